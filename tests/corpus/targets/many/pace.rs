//! When probes to many targets may be sent, and how long a run may wait for the next one: checked against the promises
//! of the schedule, not computed like it.

use std::time::{Duration, Instant};

use rping::config::many::{Mode, Schedule};
use rping::event::TargetNumber;

/// Missed probes are made up for if they were due within this time.
const SLACK: Duration = Duration::from_millis(10);

/// Probes may be sent this much before their slot, to share a batch.
const GROUP: Duration = Duration::from_millis(1);

/// The slots taken so far.
#[derive(Debug)]
pub(super) struct Pace {
    start: Instant,
    /// The minimum distance of two probes, or zero.
    least: Duration,
    /// The period of rounds, if there is more than one.
    period: Option<Duration>,
    /// How far the rate is ahead of the last probe.
    debt: Duration,
    last: Instant,
    /// When each target was probed.
    launches: Vec<Vec<Instant>>,
    /// The initial targets, in the order of probing.
    order: Vec<TargetNumber>,
    /// Whether targets were added.
    has_grown: bool,
    /// Whether the run was not polled in time, or the queues of this host were full.
    has_stalled: bool,
}

impl Pace {
    pub(super) fn new(schedule: &Schedule, start: Instant, order: Vec<TargetNumber>) -> Self {
        Self {
            start,
            least: schedule.spacing.least(),
            period: match schedule.mode {
                Mode::Rounds { count: Some(1), .. } | Mode::Alive { .. } => None,
                Mode::Rounds { period, .. } => Some(period),
            },
            debt: Duration::ZERO,
            last: start,
            launches: vec![Vec::new(); order.len()],
            order,
            has_grown: false,
            has_stalled: false,
        }
    }

    pub(super) fn grow(&mut self, targets: usize) {
        self.has_grown |= targets > self.launches.len();
        self.launches.resize(targets, Vec::new());
    }

    pub(super) fn stall(&mut self) {
        self.has_stalled = true;
    }

    /// Takes a slot for a probe. `had` returns the number of probes to another target, or `None` if it needs none.
    pub(super) fn launch(
        &mut self,
        target: TargetNumber,
        now: Instant,
        had: impl Fn(TargetNumber) -> Option<usize>,
    ) {
        self.keeps_rate(now);
        self.keeps_order(target, had);
        if let Some(period) = self.period {
            self.keeps_rounds(target, now, period);
        }
        self.last = now;
        self.launches[target as usize].push(now);
    }

    fn keeps_rate(&mut self, now: Instant) {
        self.debt = self.debt.saturating_sub(now - self.last) + self.least;
        let most = self.least + SLACK + GROUP;
        assert!(
            self.least.is_zero() || self.debt <= most,
            "a burst: {:?} ahead",
            self.debt
        );
    }

    /// No target is probed again before all others were.
    fn keeps_order(&self, target: TargetNumber, had: impl Fn(TargetNumber) -> Option<usize>) {
        let Some(place) = self.order.iter().position(|other| *other == target) else {
            return;
        };
        let number = self.launches[target as usize].len();
        let is_first = number == 0;
        for (other_place, other) in self.order.iter().enumerate() {
            let Some(had) = had(*other).filter(|_| is_first || self.period.is_some()) else {
                continue;
            };
            let least = number + usize::from(other_place < place);
            assert!(had >= least, "{target} before {other}, which has had {had}");
        }
    }

    fn keeps_rounds(&self, target: TargetNumber, now: Instant, period: Duration) {
        let launches = &self.launches[target as usize];
        let number = launches.len();
        let rounds = (now - self.start).as_nanos() / period.as_nanos();
        assert!(rounds >= number as u128, "round {number} before its time");
        if self.has_grown {
            return;
        }
        if let Some(before) = number.checked_sub(2) {
            let burst = now - launches[before] < period;
            assert!(!burst, "three probes within a period");
        }
        let all = self.least * u32::try_from(self.launches.len()).unwrap();
        if !self.has_stalled && all <= period {
            assert_eq!(rounds, number as u128, "not in the period of its own");
        }
    }

    /// The latest end of a wait while there are probes to send.
    pub(super) fn latest(&self, now: Instant) -> Instant {
        let all = self.least * u32::try_from(self.launches.len()).unwrap();
        match self.period {
            Some(period) => now + period.max(all),
            None if self.least.is_zero() => now,
            None => now.max(self.last + self.least + GROUP),
        }
    }
}
