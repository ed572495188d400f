//! When probes to many targets may leave, and how long a run may wait for the next one: held against what the schedule
//! promises, not computed.

use std::time::{Duration, Instant};

use rping::config::many::{Mode, Schedule};
use rping::event::TargetNumber;

/// What was missed is made up for as far as it would have left within this time before.
const SLACK: Duration = Duration::from_millis(10);

/// Probes may leave so much before their slot, together with others.
const GROUP: Duration = Duration::from_millis(1);

/// The slots that were taken.
#[derive(Debug)]
pub(super) struct Pace {
    start: Instant,
    /// The least distance between two probes; zero: none.
    least: Duration,
    /// From one round to the next, if there is more than one.
    period: Option<Duration>,
    /// By how much the rate is ahead of the last probe.
    debt: Duration,
    last: Instant,
    /// When each target was probed.
    launches: Vec<Vec<Instant>>,
    /// The targets that are there from the beginning, in the order in which they are probed.
    order: Vec<TargetNumber>,
    /// Targets have come later.
    has_grown: bool,
    /// The run was not asked in time, or this host had no room for a probe.
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

    /// A probe takes a slot now. `had` tells how many probes another target has had; none if it needs none.
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

    /// Nobody is probed once more before all others have been.
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

    /// Until when a run may wait that has something to send.
    pub(super) fn latest(&self, now: Instant) -> Instant {
        let all = self.least * u32::try_from(self.launches.len()).unwrap();
        match self.period {
            Some(period) => now + period.max(all),
            None if self.least.is_zero() => now,
            None => now.max(self.last + self.least + GROUP),
        }
    }
}
