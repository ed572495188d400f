//! What a run of many amounts to, of each target and of all together.

use std::time::{Duration, Instant};

use hdrhistogram::Histogram;

use super::Many;
use super::flights::Flights;
use super::ledger::{State, Target};
use crate::config::many::Mode;
use crate::event::{Counts, Progress, Reason, Results, Row, Stage, Summary, TargetNumber};

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
}

impl Distributions {
    pub(super) fn new(count: Option<u32>) -> Self {
        let few = count.is_some_and(|count| count < Row::FEWEST_FOR_P99);
        let empty = Histogram::new_with_bounds(RESOLUTION, 2 * RESOLUTION, 2).ok();
        Self {
            of: Vec::new(),
            empty: empty.filter(|_| !few).map(|mut empty| {
                empty.auto(true);
                empty
            }),
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
        let histogram = self.of.get(target)?;
        let value = Duration::from_nanos(histogram.value_at_quantile(0.99));
        Some(value.clamp(min, max))
    }
}

impl Results for Many {
    fn row(&self, target: TargetNumber) -> Row {
        let target = self.probed_for(target);
        let index = target as usize;
        let Some(entry) = self.targets.get(index) else {
            return Row::default();
        };
        if entry.state == State::LookedUp {
            return Row {
                reason: Some(Reason::LookupPending),
                ..Row::default()
            };
        }
        let spread = self.times.spread(index, entry.received);
        Row {
            sent: entry.tried.saturating_sub(entry.not_sent),
            received: entry.received,
            suspended: self.suspended.open(target),
            in_flight: self.in_flight(target, entry),
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
    pub(super) fn total(&self) -> Summary {
        Summary {
            targets: self.rows(),
            alive: self.alive,
            dead: match self.schedule.mode {
                Mode::Rounds { .. } => self.silent(),
                Mode::Alive { .. } => self.dead,
            },
            elapsed: self.tried.map_or(Duration::ZERO, |(first, last)| {
                last.saturating_duration_since(first)
            }),
            counts: Counts {
                in_flight: self.tries.iter().map(Flights::open).sum::<u64>() + self.unawaited,
                ..self.counts
            },
            sources: self.sources,
            queue_wait: self.queue_waits.median(),
            round_trips: self.round_trips.summary(),
            series: None,
        }
    }

    /// How many targets have not answered so far, as far as that is known. It takes a look at each.
    fn silent(&self) -> u32 {
        let silent = |target: &TargetNumber| {
            let row = self.row(*target);
            !row.is_alive() && !row.is_unknown()
        };
        let silent = (0..self.targets()).filter(silent);
        silent.map(|_| 1).sum()
    }

    /// How many probes to a target may be answered yet in time.
    fn in_flight(&self, target: TargetNumber, entry: &Target) -> u32 {
        let last_try = self.last_try(target);
        let flights = last_try.and_then(|number| self.tries.get(number));
        let open = flights.map_or(0, |flights| flights.open_of(target, entry.newest));
        let unawaited = self.is_alive_scan().then(|| entry.unawaited());
        open + unawaited.unwrap_or_default()
    }

    /// How far the run is. Where it is asked who is alive, it takes a look at each target.
    pub(super) fn progress_at(&self, now: Instant) -> Progress {
        let probes = self.counts.transmitted + self.counts.not_sent;
        let elapsed = now.saturating_duration_since(self.start);
        Progress {
            elapsed,
            probes,
            alive: self.alive,
            stage: match self.schedule.mode {
                Mode::Rounds { count, .. } => {
                    let of = count.map(|count| u64::from(count) * u64::from(self.most_turns()));
                    Stage::Rounds {
                        of,
                        remaining: of.and_then(|of| remaining(elapsed, probes, of)),
                    }
                }
                Mode::Alive { .. } => Stage::Alive {
                    decided: self.settled(),
                    of: self.rows(),
                    at_most: self.longest_rest(elapsed, probes),
                },
            },
        }
    }

    /// How long it takes to know of all targets who is alive if no more of them answer: to send all tries that are left, at
    /// the rate of the run, and then to wait for the last ones.
    fn longest_rest(&self, elapsed: Duration, probes: u64) -> Duration {
        let tries = self.tries.len();
        let asked = (0..).zip(&self.targets);
        let asked =
            asked.filter(|(_, entry)| matches!(entry.state, State::LookedUp | State::Asked));
        let (mut to_send, mut fewest) = (0, tries);
        for (target, entry) in asked {
            let had = self.try_of(target, entry.tried).min(tries);
            to_send += (tries - had) as u64;
            fewest = fewest.min(had);
        }
        let sending = match self.schedule.spacing.least() {
            least if !least.is_zero() => {
                let to_send = u32::try_from(to_send).unwrap_or(u32::MAX);
                Some(least.saturating_mul(to_send))
            }
            _ => remaining(elapsed, probes, probes.saturating_add(to_send)),
        };
        // The last try of those that have had the fewest is under way.
        let waits = self.tries.iter().skip(fewest.saturating_sub(1));
        let waiting: Duration = waits.map(Flights::timeout).sum();
        sending.unwrap_or_default().saturating_add(waiting)
    }
}

/// How long the rest takes if it goes on like this.
fn remaining(elapsed: Duration, done: u64, of: u64) -> Option<Duration> {
    let left = of.saturating_sub(done);
    let nanoseconds = elapsed.as_nanos().checked_mul(left.into())?;
    let nanoseconds = nanoseconds.checked_div(done.into())?;
    u64::try_from(nanoseconds).ok().map(Duration::from_nanos)
}
