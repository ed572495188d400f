//! What was tried of each size, and how sure it is that a size does not pass.
//!
//! That a probe is not answered has two causes: it is too big for a link, or it was lost. A control, a probe of a size that
//! is known to pass, tells them apart: only a try whose control was answered counts against its size. How often controls are
//! lost says how many such tries it takes.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::event::{SizeTries, Tally};

/// How likely it may be that the size above the one that is reported passes, and all its probes were lost.
const RISK: f64 = 1e-6;

/// The same of a size that is left out while others are tried: it is tried again in the end.
const RISK_ON_THE_WAY: f64 = 0.02;

/// How many tries count against the size above the one that is reported where nothing was ever lost: if a third of all probes
/// were lost, it would take one search in a million for all of that to happen. Where the budget ends before, fewer have to do.
const SURE: u32 = 8;
const SURE_ENOUGH: u32 = 5;

/// Where anything was lost, no less loss than this is reckoned with.
const LEAST_LOSS: f64 = 0.2;

/// The most tries that are asked for. Where these are not enough, the answer is a range.
const MOST: u32 = 16;

/// The most of one size on the way.
const MOST_ON_THE_WAY: u32 = 8;

/// What was tried of one size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Tries {
    pub(super) sent: u32,
    pub(super) answered: u32,
    pub(super) altered: u32,
    pub(super) refused: u32,
    /// How many were not answered while their control was, since the size was answered last or all began anew.
    pub(super) against: u32,
    /// How many ended without an answer since then.
    pub(super) unanswered: u32,
}

/// What was tried.
#[derive(Debug, Clone, Default)]
pub(super) struct Evidence {
    sizes: BTreeMap<u32, Tries>,
    pub(super) controls: Tally,
    /// Whether a control was lost, or a size was answered only after a try of it was not.
    pub(super) has_losses: bool,
    /// Whether no further pair fits into the budget of a path that loses nothing.
    pub(super) is_budget_spent: bool,
}

impl Evidence {
    pub(super) fn of(&self, size: u32) -> Tries {
        self.sizes.get(&size).copied().unwrap_or_default()
    }

    pub(super) fn change(&mut self, size: u32, change: impl FnOnce(&mut Tries)) {
        change(self.sizes.entry(size).or_default());
    }

    /// How often a probe is lost that fits the path, by what became of controls. A few controls may have had luck.
    fn loss(&self) -> f64 {
        let loss = f64::from(self.controls.lost() + 1) / f64::from(self.controls.sent + 2);
        loss.max(LEAST_LOSS)
    }

    /// How many tries it takes to exclude by less than this risk that all of them were lost.
    fn needed(&self, risk: f64, most: u32) -> Option<u32> {
        let loss = self.loss();
        (1..=most).find(|tries| loss.powi(i32::try_from(*tries).unwrap_or(i32::MAX)) <= risk)
    }

    /// Whether a size was tried often enough to go on with another one.
    pub(super) fn is_left_out(&self, size: u32, is_first: bool) -> bool {
        let tries = self.of(size);
        if self.has_losses {
            let needed = self.needed(RISK_ON_THE_WAY, MOST_ON_THE_WAY);
            return tries.unanswered >= MOST_ON_THE_WAY
                || tries.against >= needed.unwrap_or(MOST_ON_THE_WAY);
        }
        // What this host can send is what the path mostly carries: that is worth two tries.
        tries.unanswered >= if is_first { 2 } else { 1 }
    }

    fn is_enough(&self, against: u32) -> bool {
        if self.has_losses {
            self.needed(RISK, MOST)
                .is_some_and(|needed| against >= needed)
        } else {
            against
                >= if self.is_budget_spent {
                    SURE_ENOUGH
                } else {
                    SURE
                }
        }
    }

    /// Whether more tries of this size are of no use.
    pub(super) fn is_exhausted(&self, size: u32) -> bool {
        self.of(size).against >= MOST
    }

    /// The smallest size above `answered` that does not pass for sure; `refused` if there is none. If a larger size passed,
    /// so would the smaller ones, so their tries count together.
    pub(super) fn first_excluded(&self, answered: u32, refused: u32) -> u32 {
        let mut against = 0;
        for (size, tries) in self.sizes.range(answered.saturating_add(1)..) {
            against += tries.against;
            if self.is_enough(against) {
                return refused.min(*size);
            }
        }
        refused
    }

    /// Whether a size in this range was not answered.
    pub(super) fn is_silent(&self, sizes: Range<u32>) -> bool {
        let first = self.first_silent(sizes.start);
        first.is_some_and(|first| first < sizes.end)
    }

    /// The smallest size from this one on that was not answered.
    pub(super) fn first_silent(&self, from: u32) -> Option<u32> {
        let mut sizes = self.sizes.range(from..);
        let silent = sizes.find(|(_, tries)| tries.unanswered > 0);
        silent.map(|(size, _)| *size)
    }

    /// The path has changed: what was not answered before says nothing any more.
    pub(super) fn begin_anew(&mut self) {
        for tries in self.sizes.values_mut() {
            (tries.against, tries.unanswered) = (0, 0);
        }
    }

    /// Whether replies to this size came back, but none as it was sent.
    pub(super) fn is_altered(&self, size: u32) -> bool {
        let tries = self.of(size);
        tries.altered > 0 && tries.answered == 0
    }

    /// All of it.
    pub(super) fn summary(&self) -> Vec<SizeTries> {
        let tried = self.sizes.iter().filter(|(_, tries)| tries.sent > 0);
        let summary = tried.map(|(size, tries)| SizeTries {
            size: *size,
            sent: tries.sent,
            answered: tries.answered,
            altered: tries.altered,
            refused: tries.refused,
        });
        summary.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn evidence(lost: u32, of: u32) -> Evidence {
        Evidence {
            controls: Tally {
                sent: of,
                answered: of - lost,
            },
            has_losses: lost > 0,
            ..Evidence::default()
        }
    }

    #[test]
    fn more_loss_takes_more_tries() {
        for (lost, of, sure) in [
            (0, 10, 8),
            (1, 10, 9),
            (5, 20, 11),
            (10, 30, 13),
            (15, 30, 99),
        ] {
            let mut evidence = evidence(lost, of);
            let tries = (1..99).find(|against| {
                evidence.change(1401, |tries| tries.against = *against);
                evidence.first_excluded(1400, 1501) == 1401
            });
            assert_eq!(tries.unwrap_or(99), sure, "{lost} of {of}");
        }
    }

    #[test]
    fn tries_of_smaller_sizes_count_against_larger_ones() {
        let mut evidence = evidence(0, 10);
        for (size, against) in [(1401, 4), (1410, 3), (1450, 1), (1500, 1)] {
            evidence.change(size, |tries| tries.against = against);
        }
        assert_eq!(evidence.first_excluded(1400, 1501), 1450);
        assert_eq!(evidence.first_excluded(1401, 1501), 1501);
        evidence.begin_anew();
        assert_eq!(evidence.first_excluded(1400, 1501), 1501);
    }
}
