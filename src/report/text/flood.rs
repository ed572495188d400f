//! A flood as a row of dots: one for each probe that has no answer yet.

use crate::config::Face;
use crate::event::{Event, NotSent, Reach, Standing};

/// What to print when a probe did not leave: it has no dot.
const NOT_SENT: &str = "E";

/// Takes the last character of the row away.
const ERASE: &str = "\u{8} \u{8}";

/// Whether a mark takes away what is in the row.
pub(super) fn takes_back(mark: &str) -> bool {
    mark.starts_with('\u{8}')
}

/// The row of dots. It never grows beyond the terminal, because a wrapped line cannot be erased.
#[derive(Debug)]
pub(super) struct Flood {
    face: Face,
    /// Columns of the terminal, if it is one.
    width: Option<u16>,
    /// Dots in the row.
    shown: u64,
    /// Probes without an answer that found no room in the row.
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

    /// What to print when this happens. `is_blocked`: a probe leaves while the reader of the row takes nothing.
    pub(super) fn mark(&mut self, event: &Event<'_>, is_blocked: bool) -> &'static str {
        match event {
            // The row waits where its reader does.
            Event::Sent(_) if is_blocked => {
                self.hidden += 1;
                ""
            }
            Event::Sent(_) => self.sent(),
            Event::Answered(answer) => self.answered(answer.standing),
            // A probe that did not leave has no dot. iputils takes one away all the same.
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

    /// What to print when a probe leaves.
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

    /// What to print when something answers. `rping` only erases the dots of probes that this answers;
    /// iputils erases one for whatever arrives.
    fn answered(&mut self, standing: Standing) -> &'static str {
        match (standing, self.face) {
            (Standing::Reply | Standing::Late, _) | (Standing::Duplicate, Face::Ping) => {
                self.take(ERASE, "")
            }
            (Standing::BadChecksum | Standing::BadToken, _) => self.take("\u{8}C", "C"),
            (Standing::Duplicate | Standing::Stale | Standing::Unexpected, _) => "",
        }
    }

    /// What to print when an ICMP error answers.
    fn rejected(&mut self) -> &'static str {
        self.take("\u{8}E", "E")
    }

    /// `over` replaces a dot; `alone` is for a row without one. A probe without a dot of its own leaves the row as it is.
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
