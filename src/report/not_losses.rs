//! Events that are not losses, at the end of the statistics: one line for each kind.

use std::io::{self, Write};

use crate::event::Counts;

/// A counter, or the sum of several.
type Counter = fn(&Counts) -> u64;

struct Kind {
    name: &'static str,
    count: Counter,
    /// The explanation for a count of one, and for more.
    words: [&'static str; 2],
    /// Subsets of the count, with their names.
    details: &'static [(Counter, &'static str)],
}

/// In the order of the lines.
const KINDS: &[Kind] = &[
    Kind {
        name: "not sent",
        count: |counts| counts.not_sent,
        words: [
            "probe did not leave this host",
            "probes did not leave this host",
        ],
        details: &[
            (|counts| counts.too_long, "too long for the path"),
            (|counts| counts.filtered, "rejected by its packet filter"),
        ],
    },
    Kind {
        name: "in flight",
        count: |counts| counts.in_flight,
        words: [
            "probe was waiting for its reply when the run ended",
            "probes were waiting for their replies when the run ended",
        ],
        details: &[],
    },
    Kind {
        name: "suspended",
        count: |counts| counts.suspended,
        words: [
            "probe was in flight when this host was suspended",
            "probes were in flight when this host was suspended",
        ],
        details: &[],
    },
    Kind {
        name: "dropped here",
        count: |counts| counts.dropped_here,
        words: [
            "datagram dropped because the receive buffer of this host was full",
            "datagrams dropped because the receive buffer of this host was full",
        ],
        details: &[],
    },
    Kind {
        name: "late",
        count: |counts| counts.late,
        words: ["reply came late", "replies came late"],
        details: &[
            (|counts| counts.late_counted, "counted"),
            (
                |counts| counts.late.saturating_sub(counts.late_counted),
                "not counted",
            ),
        ],
    },
    Kind {
        name: "reordered",
        count: |counts| counts.reordered,
        words: [
            "reply was overtaken by the reply to a later probe",
            "replies were overtaken by the reply to a later probe",
        ],
        details: &[],
    },
    Kind {
        name: "corrupt",
        count: |counts| {
            let forged = counts.bad_checksums.saturating_add(counts.bad_tokens);
            forged.saturating_add(counts.altered)
        },
        words: [
            "reply was damaged, forged or meant for another ping",
            "replies were damaged, forged or meant for another ping",
        ],
        details: &[
            (|counts| counts.bad_checksums, "bad checksum"),
            (|counts| counts.bad_tokens, "wrong token"),
            (|counts| counts.altered, "altered data"),
        ],
    },
    Kind {
        name: "unexpected",
        count: |counts| counts.unexpected.saturating_add(counts.stale),
        words: [
            "reply to no probe in flight",
            "replies to no probe in flight",
        ],
        details: &[(|counts| counts.stale, "stale, 65536 or more probes old")],
    },
    Kind {
        name: "truncated",
        count: |counts| counts.truncated,
        words: [
            "reply carried less data than its probe",
            "replies carried less data than their probes",
        ],
        details: &[],
    },
    Kind {
        name: "oversized",
        count: |counts| counts.oversized,
        words: [
            "reply carried more data than its probe",
            "replies carried more data than their probes",
        ],
        details: &[],
    },
    Kind {
        name: "different address",
        count: |counts| counts.different_address,
        words: [
            "reply came from another address than the target's",
            "replies came from another address than the target's",
        ],
        details: &[],
    },
    Kind {
        name: "untimed",
        count: |counts| counts.untimed,
        words: [
            "reply counts, but its round trip does not",
            "replies count, but their round trips do not",
        ],
        details: &[],
    },
];

/// `kind: number explanation`, or `kind: number explanation (number detail, ...)`. A kind with a count of zero has no line.
pub(super) fn lines(line: &mut Vec<u8>, counts: &Counts) -> io::Result<()> {
    for kind in KINDS {
        let count = (kind.count)(counts);
        let words = match (count, kind.words) {
            (0, _) => continue,
            (1, [one, _]) => one,
            (_, [_, more]) => more,
        };
        write!(line, "{}: {count} {words}", kind.name)?;
        details(line, kind.details, counts)?;
        writeln!(line)?;
    }
    Ok(())
}

/// Writes the subsets that are not zero, in parentheses.
fn details(line: &mut Vec<u8>, parts: &[(Counter, &str)], counts: &Counts) -> io::Result<()> {
    let mut before = " (";
    for (counter, what) in parts {
        let count = counter(counts);
        if count > 0 {
            write!(line, "{before}{count} {what}")?;
            before = ", ";
        }
    }
    if before == ", " {
        write!(line, ")")?;
    }
    Ok(())
}
