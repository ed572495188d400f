//! What a run of many amounts to, of each target and of all together.

use std::time::{Duration, Instant};

use hdrhistogram::Histogram;

use super::Many;
use crate::config::many::Mode;
use crate::event::many::{Progress, Results, Row, TargetNumber, Total};

/// With fewer round trips than this, the longest is the one that ninety-nine of a hundred are not longer than.
const HUNDRED: u32 = 100;

/// A distribution takes some kilobytes, so there is one for each of so many targets at most.
const MOST_DISTRIBUTIONS: usize = 1024;

/// Two significant digits of a number of so many nanoseconds.
const RESOLUTION: u64 = 64;

/// The round trips of each target, where there are few enough targets and many enough probes.
#[derive(Debug)]
pub(super) struct Distributions {
    of: Vec<Histogram<u32>>,
    /// What a new target begins with; none: no distributions are kept.
    empty: Option<Histogram<u32>>,
    /// Whether the longest round trip is all that is needed.
    few: bool,
}

impl Distributions {
    pub(super) fn new(count: Option<u32>) -> Self {
        let few = count.is_some_and(|count| count < HUNDRED);
        let empty = Histogram::new_with_bounds(RESOLUTION, 2 * RESOLUTION, 2).ok();
        Self {
            of: Vec::new(),
            empty: empty.filter(|_| !few).map(|mut empty| {
                empty.auto(true);
                empty
            }),
            few,
        }
    }

    pub(super) fn grow(&mut self, targets: usize) {
        if targets > MOST_DISTRIBUTIONS {
            self.of = Vec::new();
            self.empty = None;
        } else if let Some(empty) = &self.empty {
            self.of.resize(targets, empty.clone());
        }
    }

    pub(super) fn record(&mut self, target: usize, round_trip: Duration) {
        if let Some(histogram) = self.of.get_mut(target) {
            let nanoseconds = u64::try_from(round_trip.as_nanos()).unwrap_or(u64::MAX);
            // It fails only where it may not grow, and this one may.
            let _ = histogram.record(nanoseconds);
        }
    }

    /// What ninety-nine of a hundred are not longer than, given the extremes.
    fn p99(&self, target: usize, min: Duration, max: Duration) -> Option<Duration> {
        if self.few {
            return Some(max);
        }
        let histogram = self.of.get(target)?;
        let value = Duration::from_nanos(histogram.value_at_quantile(0.99));
        Some(value.clamp(min, max))
    }
}

impl Results for Many {
    fn row(&self, target: TargetNumber) -> Row {
        let index = target as usize;
        let Some(entry) = self.targets.get(index) else {
            return Row::default();
        };
        let spread = self.times.spread(index, entry.received);
        Row {
            sent: entry.tried.saturating_sub(entry.not_sent),
            received: entry.received,
            suspended: self.suspended.open(target),
            min: spread.map(|(min, ..)| min),
            mean: spread.map(|(_, mean, _)| mean),
            max: spread.map(|(.., max)| max),
            p99: spread.and_then(|(min, _, max)| self.distributions.p99(index, min, max)),
            reason: self.reasons.reason(entry.reason),
        }
    }
}

impl Many {
    /// All that was measured so far, of all targets together.
    #[must_use]
    pub fn total(&self) -> Total {
        Total {
            targets: self.targets(),
            alive: self.alive,
            // Where rounds go on and on, whoever has not answered so far is not known to be alive.
            dead: match self.schedule.mode {
                Mode::Rounds { .. } => {
                    let known = self.targets().saturating_sub(self.alive);
                    known.saturating_sub(self.unknown())
                }
                Mode::Alive { .. } => self.dead,
            },
            elapsed: self.last_tried.saturating_duration_since(self.start),
            counts: self.counts,
            sources: self.sources,
            round_trips: self.round_trips.summary(),
        }
    }

    /// How many targets did not answer because this host was suspended, for all that is known.
    fn unknown(&self) -> u32 {
        let rows = self.suspended.targets().map(|target| self.row(target));
        rows.map(|row| u32::from(row.is_unknown())).sum()
    }

    /// How far the run is.
    #[must_use]
    pub fn progress(&self, now: Instant) -> Progress {
        let tried = self.counts.transmitted + self.counts.not_sent;
        let targets = u64::from(self.targets());
        let (done, of) = match self.schedule.mode {
            Mode::Rounds { count, .. } => (tried, count.map(|count| u64::from(count) * targets)),
            Mode::Alive { .. } => (u64::from(self.alive) + u64::from(self.dead), Some(targets)),
        };
        let elapsed = now.saturating_duration_since(self.start);
        Progress {
            elapsed,
            done,
            of,
            alive: self.alive,
            remaining: of.and_then(|of| remaining(elapsed, done, of)),
        }
    }
}

/// How long the rest takes if it goes on like this.
fn remaining(elapsed: Duration, done: u64, of: u64) -> Option<Duration> {
    let left = of.saturating_sub(done);
    let nanoseconds = elapsed.as_nanos().checked_mul(left.into())?;
    let nanoseconds = nanoseconds.checked_div(done.into())?;
    u64::try_from(nanoseconds).ok().map(Duration::from_nanos)
}
