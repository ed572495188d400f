//! The results of a run with many targets, for each target and in total.

use std::time::{Duration, Instant};

use super::Many;
use super::flights::Flights;
use super::ledger::{State, Target};
use crate::config::many::Mode;
use crate::event::{
    Distribution, Outages, Progress, Reason, Results, Row, Stage, Summary, TargetNumber,
    TargetSummary, TimeDown,
};
use crate::stats::RoundTripStatistics;

impl Results for Many {
    fn row(&self, target: TargetNumber) -> Row {
        let target = self.probed_for(target);
        let index = target as usize;
        let Some(entry) = self.targets.get(index) else {
            return Row::default();
        };
        if entry.state == State::LookupPending {
            return Row {
                reason: Some(Reason::LookupPending),
                ..Row::default()
            };
        }
        let times = self.records.of(target).map(|record| &record.round_trips);
        let spread = match times {
            Some(times) => times.spread(),
            None => self.times.spread(index, entry.received),
        };
        Row {
            sent: entry.tried.saturating_sub(entry.not_sent),
            received: entry.received,
            suspended: self.suspended.open(target),
            in_flight: self.in_flight(target, entry),
            min: spread.map(|(min, ..)| min),
            mean: spread.map(|(_, mean, _)| mean),
            max: spread.map(|(.., max)| max),
            p99: times.and_then(RoundTripStatistics::p99),
            reason: self.reasons.reason(entry.reason),
            recent: self.recent(target),
        }
    }

    fn target(&self, target: TargetNumber) -> Option<TargetSummary> {
        self.target_summary(self.probed_for(target))
    }

    fn time_down(&self, target: TargetNumber) -> Option<TimeDown> {
        self.time_down_of(target)
    }

    fn outages(&self) -> Option<Outages> {
        self.all_outages()
    }

    fn distribution(&self) -> Distribution {
        self.records.total.round_trips.distribution()
    }
}

impl Many {
    /// Everything measured so far, for all targets together.
    pub(super) fn total(&self) -> Summary {
        let total = &self.records.total;
        let in_flight = self.tries.iter().map(Flights::open).sum::<u64>() + self.unawaited;
        Summary {
            targets: self.valid_targets(),
            alive: self.alive,
            dead: match self.schedule.mode {
                Mode::Rounds { .. } => self.silent(),
                Mode::Alive { .. } => self.dead,
            },
            elapsed: self.run.elapsed(),
            counts: total.counts(in_flight),
            sources: total.sources,
            queue_wait: total.queue_waits.median(),
            round_trips: total.round_trips.summary(),
            series: None,
        }
    }

    /// How many targets have not answered, as far as known. Visits each target.
    fn silent(&self) -> u32 {
        let silent = |target: &TargetNumber| {
            let row = self.row(*target);
            !row.is_alive() && !row.is_unknown()
        };
        let silent = (0..self.targets()).filter(silent);
        silent.map(|_| 1).sum()
    }

    /// How many probes of a target may still be answered in time.
    pub(super) fn in_flight(&self, target: TargetNumber, entry: &Target) -> u32 {
        let last_try = self.last_try(target);
        let flights = last_try.and_then(|number| self.tries.get(number));
        let open = flights.map_or(0, |flights| flights.open_of(target, entry.newest));
        let unawaited = self.is_alive_scan().then(|| entry.unawaited());
        open + unawaited.unwrap_or_default()
    }

    /// How far the run has come. In an alive scan, visits each target.
    pub(super) fn progress_at(&self, now: Instant) -> Progress {
        let counts = &self.records.total.counts;
        let probes = counts.transmitted + counts.not_sent;
        let elapsed = self.run.passed(now);
        Progress {
            elapsed,
            probes,
            alive: self.alive,
            stage: match self.schedule.mode {
                Mode::Rounds { count, .. } => {
                    let of =
                        count.map(|count| u64::from(count) * u64::from(self.max_probed_targets()));
                    Stage::Rounds {
                        of,
                        remaining: of.and_then(|of| remaining(elapsed, probes, of)),
                    }
                }
                Mode::Alive { .. } => Stage::Alive {
                    decided: self.decided_targets(),
                    of: self.valid_targets(),
                    at_most: self.longest_remaining(elapsed, probes),
                },
            },
        }
    }

    /// The longest that an alive scan can still take: if no more targets answer, it sends all remaining tries at its rate,
    /// and then waits for the last ones.
    fn longest_remaining(&self, elapsed: Duration, probes: u64) -> Duration {
        let tries = self.tries.len();
        let asked = (0..).zip(&self.targets);
        let asked = asked
            .filter(|(_, entry)| matches!(entry.state, State::LookupPending | State::Undecided));
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
        // The last try of the targets with the fewest tries is in flight.
        let waits = self.tries.iter().skip(fewest.saturating_sub(1));
        let waiting: Duration = waits.map(Flights::timeout).sum();
        sending.unwrap_or_default().saturating_add(waiting)
    }
}

/// How long the rest takes at the same pace.
fn remaining(elapsed: Duration, done: u64, of: u64) -> Option<Duration> {
    let left = of.saturating_sub(done);
    let nanoseconds = elapsed.as_nanos().checked_mul(left.into())?;
    let nanoseconds = nanoseconds.checked_div(done.into())?;
    u64::try_from(nanoseconds).ok().map(Duration::from_nanos)
}
