//! Why a target did not answer.

use std::io;
use std::net::SocketAddr;

use crate::config::Style;
use crate::errno;
use crate::event::{NotSent, Reason, Row};
use crate::report::{Names, address, failure, problem};

/// Settings that an explanation depends on besides the row.
pub(in crate::report) struct Context<'a> {
    /// The address of the target, if it has one.
    pub(in crate::report) target: Option<SocketAddr>,
    pub(in crate::report) style: &'a Style,
}

/// The reason, for the end of a line.
pub(in crate::report) fn text(row: &Row, context: &Context<'_>, names: &mut dyn Names) -> String {
    let text = match row.reason {
        Some(Reason::Rejected { problem, reporter } | Reason::TooBig { problem, reporter }) => {
            let problem = problem::written(problem, names);
            return match reporter {
                Some(reporter) => format!("{problem} from {}", address::named(reporter, names)),
                None => problem,
            };
        }
        Some(Reason::Filtered { problem }) => {
            let problem = problem::written(problem, names);
            return format!("not sent: rejected by this host ({problem})");
        }
        Some(Reason::NotSent { errno }) => return refused(errno, context),
        Some(Reason::LookupFailed(why)) => return format!("not known: {why}"),
        Some(Reason::TooLong) => "not sent: message too long",
        Some(Reason::Unresolved) => "no address to probe",
        Some(Reason::LookupPending) => "not known: its lookup is not finished",
        None if row.sent == 0 => "not probed",
        None if row.in_flight > 0 && row.is_unknown() => "no answer yet",
        None if row.is_unknown() => "not known: this host was suspended",
        None => "no answer",
    };
    text.to_owned()
}

fn refused(errno: i32, context: &Context<'_>) -> String {
    if errno == 0 {
        return "not sent".to_owned();
    }
    let error = io::Error::from_raw_os_error(errno);
    let text = format!("not sent: {}", errno::text(&error));
    match failure::advice(&NotSent::Refused(error), context.target, context.style) {
        Some(advice) => format!("{text}; {advice}"),
        None => text,
    }
}

/// Why the state of a target is unknown although it may have been probed.
pub(super) fn not_known(row: &Row, context: &Context<'_>, names: &mut dyn Names) -> String {
    let text = match row.reason {
        Some(Reason::LookupPending | Reason::LookupFailed(_)) => return text(row, context, names),
        // A failed attempt. It may be the last one only because the run ended.
        Some(_) => return format!("not known: {}", text(row, context, names)),
        None if row.sent == 0 => "not known: not probed",
        None if row.suspended > 0 => "not known: this host was suspended",
        None => "not known: no answer yet",
    };
    text.to_owned()
}
