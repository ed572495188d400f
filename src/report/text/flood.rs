//! A flood as a row of dots: one for each unanswered probe.

use crate::config::Face;
use crate::event::{Event, NotSent, Reach, Standing};

/// The mark for a probe that was not sent: it has no dot.
const NOT_SENT: &str = "E";

/// Erases the last character of the row.
const ERASE: &str = "\u{8} \u{8}";

/// Whether a mark erases characters of the row.
pub(super) fn takes_back(mark: &str) -> bool {
    mark.starts_with('\u{8}')
}

/// The row of dots. It never exceeds the width of the terminal, because a wrapped line cannot be erased.
#[derive(Debug)]
pub(super) struct Flood {
    face: Face,
    /// Columns, if the output is a terminal.
    width: Option<u16>,
    /// Dots in the row.
    shown: u64,
    /// Unanswered probes without a dot, because the row is full.
    hidden: u64,
}

impl Flood {
    pub(super) fn new(face: Face, width: Option<u16>) -> Self {
        Self {
            face,
            width,
            shown: 0,
            hidden: 0,
        }
    }

    /// Returns what to print for an event. With `is_blocked`, the reader of the row accepts no output.
    pub(super) fn mark(&mut self, event: &Event<'_>, is_blocked: bool) -> &'static str {
        match event {
            // No new dots while the reader is behind.
            Event::Sent(_) if is_blocked => {
                self.hidden += 1;
                ""
            }
            Event::Sent(_) => self.sent(),
            Event::Answered(answer) => self.answered(answer.standing),
            // A probe that was not sent has no dot. iputils erases one nevertheless.
            Event::Rejected(rejection)
                if rejection.reach == Reach::NotSent && self.face == Face::Rping =>
            {
                ""
            }
            Event::Rejected(_) => self.rejected(),
            Event::NotSent { reason, .. } if !matches!(reason, NotSent::Broken(_)) => NOT_SENT,
            _ => "",
        }
    }

    /// Returns what to print for a sent probe.
    fn sent(&mut self) -> &'static str {
        if self
            .width
            .is_none_or(|width| self.shown + 1 < u64::from(width))
        {
            self.shown += 1;
            "."
        } else {
            self.hidden += 1;
            ""
        }
    }

    /// Returns what to print for a reply. `rping` erases the dot of the answered probe; iputils erases one for every message.
    fn answered(&mut self, standing: Standing) -> &'static str {
        match (standing, self.face) {
            (Standing::Reply | Standing::Late, _) | (Standing::Duplicate, Face::Ping) => {
                self.take(ERASE, "")
            }
            (Standing::BadChecksum | Standing::BadToken, _) => self.take("\u{8}C", "C"),
            (Standing::Duplicate | Standing::Stale | Standing::Unexpected, _) => "",
        }
    }

    /// Returns what to print for an ICMP error.
    fn rejected(&mut self) -> &'static str {
        self.take("\u{8}E", "E")
    }

    /// Returns `over`, which replaces a dot, or `alone` if the row is empty. The row stays as it is for a probe without
    /// a dot.
    fn take(&mut self, over: &'static str, alone: &'static str) -> &'static str {
        if self.hidden > 0 {
            self.hidden -= 1;
            return alone;
        }
        if self.shown > 0 {
            self.shown -= 1;
            return over;
        }
        match self.face {
            Face::Ping => over,
            Face::Rping => alone,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn dots_come_and_go() {
        for face in [Face::Ping, Face::Rping] {
            let mut flood = Flood::new(face, None);
            assert_eq!(flood.sent(), ".");
            assert_eq!(flood.answered(Standing::Reply), "\u{8} \u{8}");
            flood.sent();
            assert_eq!(flood.answered(Standing::BadChecksum), "\u{8}C");
            flood.sent();
            assert_eq!(flood.rejected(), "\u{8}E");
        }
    }

    #[test]
    fn a_duplicate_has_no_dot_to_erase() {
        let mut flood = Flood::new(Face::Rping, None);
        flood.sent();
        flood.sent();
        assert_eq!(flood.answered(Standing::Reply), ERASE);
        for other in [Standing::Duplicate, Standing::Stale, Standing::Unexpected] {
            assert_eq!(flood.answered(other), "", "{other:?}");
        }
        assert_eq!(flood.answered(Standing::Late), ERASE);
        assert_eq!(flood.answered(Standing::Reply), "");
        let mut ping = Flood::new(Face::Ping, None);
        assert_eq!(ping.answered(Standing::Duplicate), ERASE);
    }

    #[test]
    fn the_row_fits_the_terminal() {
        let mut flood = Flood::new(Face::Ping, Some(4));
        let row: String = (0..10).map(|_| flood.sent()).collect();
        assert_eq!(row, "...");
        let back: String = (0..10).map(|_| flood.answered(Standing::Reply)).collect();
        assert_eq!(back, "\u{8} \u{8}".repeat(3));
    }

    proptest! {
        #[test]
        fn as_many_dots_as_fit_of_the_probes_without_an_answer(
            width in 0_u16..20,
            sends in proptest::collection::vec(any::<bool>(), 0..200),
        ) {
            let mut flood = Flood::new(Face::Rping, Some(width));
            let (mut waiting, mut dots) = (0_u64, 0_u64);
            for send in sends {
                if send {
                    dots += u64::from(flood.sent() == ".");
                    waiting += 1;
                } else if waiting > 0 {
                    dots -= u64::from(flood.answered(Standing::Reply) == ERASE);
                    waiting -= 1;
                }
                prop_assert_eq!(dots, waiting.min(u64::from(width).saturating_sub(1)));
            }
        }
    }
}
