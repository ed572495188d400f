//! Probes of growing size: which size each has, and the round trips of each size.

use std::time::Duration;

use super::super::fate::Fate;
use super::window::Window;
use crate::config::SizeSweep;
use crate::event::{OfSize, Sweep};
use crate::stats::sizes::{fit, mark_lossy};

/// The round trips of each size.
#[derive(Debug, Clone)]
pub(super) struct Sizes {
    asked: SizeSweep,
    /// In the order of the sizes.
    times: Vec<Vec<Duration>>,
}

impl Sizes {
    pub(super) fn new(asked: SizeSweep) -> Self {
        let sizes = usize::try_from(asked.sizes()).unwrap_or(0);
        Self {
            asked,
            times: vec![Vec::new(); sizes],
        }
    }

    /// Octets of data of a probe.
    pub(super) fn data(&self, number: u64) -> u16 {
        self.asked.data(self.asked.place(number))
    }

    pub(super) fn note(&mut self, number: u64, round_trip: Duration) {
        let place = usize::try_from(self.asked.place(number));
        if let Some(times) = place.ok().and_then(|place| self.times.get_mut(place)) {
            times.push(round_trip);
        }
    }

    /// What was measured, by what became of the probes. All of them are in memory.
    pub(super) fn results(&self, window: &Window) -> Sweep {
        let mut sizes: Vec<OfSize> = (0..)
            .zip(&self.times)
            .map(|(place, times)| {
                let mut times = times.clone();
                times.sort_unstable();
                let median = times.get(times.len().saturating_sub(1) / 2);
                OfSize {
                    data: self.asked.data(place),
                    sent: 0,
                    lost: 0,
                    min: times.first().copied(),
                    median: median.copied(),
                    is_lossy: false,
                }
            })
            .collect();
        for number in 0..window.next_number() {
            let is_lost = match window.fate(number) {
                Some(Fate::Answered) => false,
                Some(
                    Fate::Overdue
                    | Fate::TimedOut
                    | Fate::AnsweredLate
                    | Fate::Rejected
                    | Fate::RejectedLate,
                ) => true,
                Some(
                    Fate::Queued
                    | Fate::InFlight
                    | Fate::NotSent
                    | Fate::Filtered
                    | Fate::Suspended,
                )
                | None => continue,
            };
            let place = usize::try_from(self.asked.place(number));
            if let Some(size) = place.ok().and_then(|place| sizes.get_mut(place)) {
                size.sent += 1;
                size.lost += u32::from(is_lost);
            }
        }
        mark_lossy(&mut sizes);
        Sweep {
            step: self.asked.step,
            rounds: self.asked.rounds,
            fit: fit(&sizes),
            sizes,
        }
    }
}
