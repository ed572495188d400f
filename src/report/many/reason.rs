//! Why a target did not answer.

use std::io::{self, Write};

use crate::event::{Reason, Row};
use crate::report::{Names, address, problem};
use crate::words;

/// The reason, without the end of the line.
pub(super) fn text(line: &mut Vec<u8>, row: &Row, names: &mut dyn Names) -> io::Result<()> {
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
            write!(line, "not sent: {}", words::of(&error))
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
pub(super) fn not_known(line: &mut Vec<u8>, row: &Row, names: &mut dyn Names) -> io::Result<()> {
    match row.reason {
        Some(_) => text(line, row, names),
        None if row.sent == 0 => write!(line, "not known: not probed"),
        None if row.suspended > 0 => write!(line, "not known: this host was suspended"),
        None => write!(line, "not known: no answer yet"),
    }
}
