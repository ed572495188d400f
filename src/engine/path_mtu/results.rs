//! What a run amounts to, besides the path MTUs.

use super::super::fate::Fate;
use super::PathMtu;
use crate::event::{Distribution, Results, Row, Summary, TargetNumber};

impl Results for PathMtu {
    fn row(&self, target: TargetNumber) -> Row {
        let counts = self.targets.counts(target);
        Row {
            sent: counts.sent,
            received: counts.received,
            suspended: counts.suspended,
            in_flight: self.in_flight(target),
            min: counts.min,
            mean: counts.sum.checked_div(counts.timed),
            max: counts.max,
            p99: counts.max,
            reason: self.targets.reason(target),
            ..Row::default()
        }
    }

    fn distribution(&self) -> Distribution {
        self.total.round_trips.distribution()
    }
}

impl PathMtu {
    /// How many probes to a target may be answered yet.
    fn in_flight(&self, target: TargetNumber) -> u32 {
        let Some(search) = self.targets.search(target) else {
            return 0;
        };
        let all = search.probes().iter();
        let count = all.filter(|probe| probe.fate == Fate::InFlight).count();
        u32::try_from(count).unwrap_or(u32::MAX)
    }

    /// All that was measured so far, of all targets together.
    pub(super) fn total(&self) -> Summary {
        let active = self.targets.numbers();
        let in_flight = active.map(|target| u64::from(self.in_flight(target))).sum();
        Summary {
            targets: self.targets.len(),
            alive: self.targets.known(),
            dead: self.targets.silent(),
            elapsed: self.run.elapsed(),
            counts: self.total.counts(in_flight),
            sources: self.total.sources,
            queue_wait: None,
            round_trips: self.total.round_trips.summary(),
            series: None,
        }
    }
}
