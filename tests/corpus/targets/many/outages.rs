//! Outages, computed from all probes of a target.

use rping::event::{Outage, Outages};

use super::model::{Host, Model, State};

impl Model {
    /// All outages of a target: from each lost probe after an answered one to the next answered one.
    pub(super) fn outages(&self, host: &Host) -> Outages {
        let tells = |state| match state {
            State::Answered => Some(true),
            State::TimedOut | State::Rejected | State::RejectedLate | State::AnsweredLate => {
                Some(false)
            }
            State::Queued | State::Open | State::NotSent | State::Filtered | State::Suspended => {
                None
            }
        };
        let told: Vec<(usize, bool)> = (host.probes.iter().enumerate())
            .filter_map(|(number, past)| Some((number, tells(past.state)?)))
            .collect();
        let mut outages = Outages::default();
        let gaps = told.split(|(_, is_answered)| *is_answered);
        for gap in gaps.filter(|gap| !gap.is_empty()) {
            let (first, last) = (gap[0].0, gap[gap.len() - 1].0);
            let next = told.get(told.partition_point(|(number, _)| *number <= last));
            let left = |number: usize| host.probes[number].left;
            let end = match next {
                Some((number, _)) => left(*number),
                None => (left(last) + self.schedule.timeout)
                    .min(self.drained_until)
                    .max(left(last)),
            };
            let outage = Outage {
                first: self.sequence(first),
                last: self.sequence(last),
                length: end - left(first),
                probes: gap.len() as u64,
            };
            outages.count += 1;
            outages.total += outage.length;
            let extent = |outage: &Outage| (outage.length, outage.probes);
            if outages.longest.as_ref().map(extent) < Some(extent(&outage)) {
                outages.longest = Some(outage);
            }
        }
        outages
    }
}
