//! Where large probes vanish: behind the last hop that still reports one whose time to live ran out there.
//!
//! Hops that report nothing make the answer less precise, and never wrong.

use std::net::SocketAddr;

use crate::event::BlackHole;

/// No path has more hops.
const FARTHEST: u8 = 64;

/// How often a hop is asked: those that answer do so mostly at once, unless probes are lost.
const TRIES: u8 = 2;
const TRIES_WITH_LOSSES: u8 = 8;

/// A probe whose time to live runs out on the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Question {
    pub(super) hop: u8,
    pub(super) is_large: bool,
}

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Report {
    /// The hop said so.
    Expired(SocketAddr),
    /// The target answered.
    Answered,
    Nothing,
}

/// The search.
#[derive(Debug, Clone)]
pub(super) struct Hops {
    /// How often each question is asked.
    patience: u8,
    /// The farthest hop that reported a large probe.
    reached: Option<(u8, SocketAddr)>,
    /// The nearest one behind it that did not.
    silent: Option<u8>,
    /// How often the question that is asked now was asked in vain.
    tries: u8,
    /// Whether small probes were sent to the hop behind the last one, and who reported or answered them.
    is_next_asked: bool,
    next: Option<SocketAddr>,
}

impl Hops {
    pub(super) fn new(has_losses: bool) -> Self {
        Self {
            patience: if has_losses { TRIES_WITH_LOSSES } else { TRIES },
            reached: None,
            silent: None,
            tries: 0,
            is_next_asked: false,
            next: None,
        }
    }

    fn after(&self) -> u8 {
        self.reached.map_or(0, |(hop, _)| hop)
    }

    /// What is to be asked next; none: all is known.
    pub(super) fn question(&self) -> Option<Question> {
        let after = self.after();
        let hop = match self.silent {
            None => after.saturating_mul(2).clamp(1, FARTHEST),
            Some(silent) if silent - after > 1 => after.midpoint(silent),
            Some(_) if !self.is_next_asked => {
                let hop = after.saturating_add(1);
                return Some(Question {
                    hop,
                    is_large: false,
                });
            }
            Some(_) => return None,
        };
        (hop > after).then_some(Question {
            hop,
            is_large: true,
        })
    }

    /// What became of the question; `target` answers at the end of the path.
    pub(super) fn note(&mut self, asked: Question, report: Report, target: SocketAddr) {
        if report == Report::Nothing {
            self.tries += 1;
            if self.tries < self.patience {
                return;
            }
        }
        self.tries = 0;
        self.is_next_asked |= !asked.is_large;
        match (asked.is_large, report) {
            (true, Report::Expired(from)) => self.reached = Some((asked.hop, from)),
            (true, _) => self.silent = Some(asked.hop),
            (false, Report::Expired(from)) => self.next = Some(from),
            (false, Report::Answered) => self.next = Some(target),
            (false, Report::Nothing) => {}
        }
    }

    /// What is known so far.
    pub(super) fn found(&self) -> Option<BlackHole> {
        let before_address = self.next;
        let found = BlackHole {
            after: self.after(),
            after_address: self.reached.map(|(_, from)| from),
            before_address,
        };
        (self.reached.is_some() || before_address.is_some()).then_some(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(hop: u8) -> SocketAddr {
        ([192, 0, 2, hop], 0).into()
    }

    /// A path of `routers` routers; large probes vanish behind one of them, and some report nothing. Returns what was found, and
    /// how many probes it took.
    fn search(routers: u8, hole: u8, mute: &[u8]) -> (Option<BlackHole>, u32) {
        let (mut hops, mut asked) = (Hops::new(false), 0);
        while let Some(question) = hops.question() {
            let vanishes = question.is_large && question.hop > hole;
            let report = match question.hop {
                _ if vanishes => Report::Nothing,
                hop if mute.contains(&hop) => Report::Nothing,
                hop if hop > routers => Report::Answered,
                hop => Report::Expired(address(hop)),
            };
            hops.note(question, report, address(99));
            asked += 1;
            assert!(asked < 40);
        }
        (hops.found(), asked)
    }

    #[test]
    fn black_hole_is_found_behind_each_hop() {
        for routers in 1..=30 {
            for hole in 0..=routers {
                let (found, asked) = search(routers, hole, &[]);
                let next = if hole == routers { 99 } else { hole + 1 };
                let expected = BlackHole {
                    after: hole,
                    after_address: (hole > 0).then(|| address(hole)),
                    before_address: Some(address(next)),
                };
                assert_eq!(found, Some(expected));
                assert!(asked <= 18, "{asked}");
            }
        }
    }

    #[test]
    fn hops_that_report_nothing_never_place_it_too_far() {
        for hole in 0..=6 {
            for mute in 1..=6 {
                let (found, _) = search(6, hole, &[mute]);
                assert!(found.is_none_or(|found| found.after <= hole));
            }
        }
        let all = [1, 2, 3, 4, 5, 6];
        assert_eq!(search(6, 3, &all).0, None);
    }
}
