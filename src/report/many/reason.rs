//! Why a target did not answer.

use std::io::{self, Write};
use std::net::SocketAddr;

use crate::config::Style;
use crate::event::{NotSent, Reason, Row};
use crate::report::{Names, address, failure, problem};
use crate::words;

/// What an explanation depends on besides the row.
pub(super) struct Context<'a> {
    /// The address of the target, if it has one.
    pub(super) target: Option<SocketAddr>,
    pub(super) style: &'a Style,
}

/// The reason, without the end of the line.
pub(super) fn text(
    line: &mut Vec<u8>,
    row: &Row,
    context: &Context<'_>,
    names: &mut dyn Names,
) -> io::Result<()> {
    match row.reason {
        Some(Reason::Rejected { problem, reporter } | Reason::TooBig { problem, reporter }) => {
            problem::text(line, problem, names)?;
            match reporter {
                Some(reporter) => write!(line, " from {}", address::named(reporter, names)),
                None => Ok(()),
            }
        }
        Some(Reason::Filtered { problem }) => {
            write!(line, "not sent: rejected by this host (")?;
            problem::text(line, problem, names)?;
            write!(line, ")")
        }
        Some(Reason::TooLong) => write!(line, "not sent: message too long"),
        Some(Reason::NotSent { errno }) => {
            let error = io::Error::from_raw_os_error(errno);
            write!(line, "not sent: {}", words::of(&error))?;
            let refused = NotSent::Refused(error);
            match failure::advice(&refused, context.target, context.style) {
                Some(advice) => write!(line, "; {advice}"),
                None => Ok(()),
            }
        }
        Some(Reason::Unresolved) => write!(line, "no address to probe"),
        Some(Reason::LookupPending) => write!(line, "not known: its lookup is not finished"),
        Some(Reason::LookupFailed(why)) => write!(line, "not known: {why}"),
        None if row.sent == 0 => write!(line, "not probed"),
        None if row.in_flight > 0 && row.is_unknown() => write!(line, "no answer yet"),
        None if row.is_unknown() => write!(line, "not known: this host was suspended"),
        None => write!(line, "no answer"),
    }
}

/// Why it is not known whether it answers, though it may have been probed.
pub(super) fn not_known(
    line: &mut Vec<u8>,
    row: &Row,
    context: &Context<'_>,
    names: &mut dyn Names,
) -> io::Result<()> {
    match row.reason {
        Some(Reason::LookupPending | Reason::LookupFailed(_)) => text(line, row, context, names),
        // An error of a try, which may have been the last one only because the run ended.
        Some(_) => {
            write!(line, "not known: ")?;
            text(line, row, context, names)
        }
        None if row.sent == 0 => write!(line, "not known: not probed"),
        None if row.suspended > 0 => write!(line, "not known: this host was suspended"),
        None => write!(line, "not known: no answer yet"),
    }
}
