//! Which targets are down: those whose last probes were not answered in time, as many in a row as the user says.
//!
//! An engine passes on the probes of each target in the order of their numbers, each once it is known whether it was answered
//! in time. Something is kept only of targets that have a probe without an answer, or where the end of the run depends on them.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use super::changes::Changes;
use super::fate::PathState;
use super::outages::{Losses, Past};
use crate::config::{Until, Watching};
use crate::event::{
    Change, Down, Header, ProbeId, Reason, Recent, TargetNumber, TimeDown, Transition,
};
use crate::stats::RecentStatistics;

/// Follows which targets are down.
#[derive(Debug, Clone)]
pub(super) struct Watch {
    watching: Watching,
    /// Of targets whose last probe with a known outcome was not answered in time.
    losing: BTreeMap<TargetNumber, Losing>,
    /// The last probe about which an ICMP error said why there is no answer, where one after it was not answered.
    reasons: BTreeMap<TargetNumber, (u64, Reason)>,
    /// Whose answer ended an outage while probes before it were in flight: those say nothing any more.
    resumed: BTreeMap<TargetNumber, u64>,
    /// Where the run lasts until targets are up: how many answered in a row, the last one first.
    answering: BTreeMap<TargetNumber, Answering>,
    /// How many of those have enough.
    up: u32,
    is_down_reached: bool,
    changes: Changes,
    /// The last part of the run of each target, where that is asked for.
    recent: BTreeMap<TargetNumber, RecentStatistics>,
    transitions: VecDeque<Transition>,
}

/// A target with probes in a row that were not answered in time.
#[derive(Debug, Clone, Copy)]
struct Losing {
    first: ProbeId,
    losses: Losses,
    /// The number of the last probe that was passed on, lost or not.
    passed: u64,
    is_down: bool,
}

/// A target that answers.
#[derive(Debug, Clone, Copy)]
struct Answering {
    /// The number of the last probe that was answered.
    last: u64,
    in_a_row: u32,
}

impl Losing {
    /// How long the target is down, if it was so until then.
    fn until(&self, moment: Duration) -> TimeDown {
        TimeDown {
            first: self.first,
            sent: self.losses.first(),
            outage: self.losses.until(moment.max(self.losses.last())),
        }
    }
}

impl Watch {
    pub(super) fn new(watching: Watching) -> Self {
        Self {
            watching,
            losing: BTreeMap::new(),
            reasons: BTreeMap::new(),
            resumed: BTreeMap::new(),
            answering: BTreeMap::new(),
            up: 0,
            is_down_reached: false,
            changes: Changes::default(),
            recent: BTreeMap::new(),
            transitions: VecDeque::new(),
        }
    }

    /// The next probe of a target, whose result is known by now.
    pub(super) fn pass(&mut self, probe: ProbeId, past: &Past) {
        let target = probe.target;
        self.note_recent(target, |recent| match past.path {
            PathState::Up => recent.received(past.left),
            PathState::Down => recent.lost(past.left),
            PathState::Unknown => {}
        });
        if let Some(resumed) = self.resumed.get(&target) {
            if probe.number <= *resumed {
                return;
            }
            self.resumed.remove(&target);
        }
        match past.path {
            PathState::Up => {
                self.resume(target, past.left);
                self.forget_reason(probe);
            }
            PathState::Down => self.lose(probe, past),
            PathState::Unknown => {
                if let Some(losing) = self.losing.get_mut(&target) {
                    losing.passed = probe.number;
                }
            }
        }
    }

    fn lose(&mut self, probe: ProbeId, past: &Past) {
        self.interrupt(probe);
        let losing = self.losing.entry(probe.target).or_insert_with(|| Losing {
            first: probe,
            losses: Losses::before(past),
            passed: probe.number,
            is_down: false,
        });
        losing.losses.add(past);
        losing.passed = probe.number;
        let probes = losing.losses.probes();
        if let Some(Until::Down(enough)) = self.watching.until {
            self.is_down_reached |= probes >= u64::from(enough.get());
        }
        if losing.is_down || probes < u64::from(self.watching.after.get()) {
            return;
        }
        losing.is_down = true;
        let first = losing.first;
        let reason = self.reasons.get(&probe.target);
        let reason = reason.filter(|(number, _)| *number >= first.number);
        self.transitions.push_back(Transition::Down(Down {
            first,
            sent: losing.losses.first(),
            probes,
            reason: reason.map(|(_, reason)| *reason),
        }));
    }

    /// A probe that left at `left` was answered: the target is not down.
    fn resume(&mut self, target: TargetNumber, left: Duration) {
        if let Some(losing) = self.losing.remove(&target).filter(|it| it.is_down) {
            let up = Transition::Up(losing.until(left));
            self.transitions.push_back(up);
        }
    }

    /// A probe that left at `left` has its answer, and it may be that older ones are in flight. A target that is down is up at
    /// once.
    pub(super) fn answered(&mut self, probe: ProbeId, left: Duration) {
        self.note_answer(probe);
        let target = probe.target;
        let losing = self.losing.get(&target);
        let Some(losing) = losing.filter(|losing| probe.number >= losing.first.number) else {
            return;
        };
        if losing.is_down {
            let resumed = self.resumed.entry(target).or_default();
            *resumed = probe.number.max(*resumed);
            self.resume(target, left);
        } else if probe.number <= losing.passed {
            // It was passed on without its answer, which took long, or came to a host that slept.
            self.losing.remove(&target);
        }
    }

    /// Notes something in the last part of the run, where that is asked for.
    fn note_recent(&mut self, target: TargetNumber, note: impl FnOnce(&mut RecentStatistics)) {
        if let Some(length) = self.watching.window {
            let recent = self.recent.entry(target);
            note(recent.or_insert_with(|| RecentStatistics::new(length)));
        }
    }

    /// The round trip of a probe that left then took so long.
    pub(super) fn timed(&mut self, target: TargetNumber, left: Duration, round_trip: Duration) {
        self.note_recent(target, |recent| recent.timed(left, round_trip));
    }

    /// A probe that left then was passed on as lost, and is answered after all.
    pub(super) fn regained(&mut self, target: TargetNumber, left: Duration) {
        self.note_recent(target, |recent| recent.regained(left));
    }

    /// The last part of the run of a target, which has lasted so long.
    pub(super) fn recent(&self, target: TargetNumber, passed: Duration) -> Option<Recent> {
        let length = self.watching.window?;
        let recent = self.recent.get(&target);
        let nothing = || RecentStatistics::new(length).until(passed);
        Some(recent.map_or_else(nothing, |recent| recent.until(passed)))
    }

    /// An ICMP error says why this probe is not answered.
    pub(super) fn explain(&mut self, probe: ProbeId, reason: Reason) {
        self.reasons.insert(probe.target, (probe.number, reason));
    }

    /// What was said of this probe, or of older ones, is no reason any more.
    fn forget_reason(&mut self, probe: ProbeId) {
        let reason = self.reasons.get(&probe.target);
        if reason.is_some_and(|(number, _)| *number <= probe.number) {
            self.reasons.remove(&probe.target);
        }
    }

    /// An accepted reply of this target had this header.
    pub(super) fn note_header(&mut self, target: TargetNumber, header: Header) {
        for what in self.changes.see(target, header).into_iter().flatten() {
            let change = Change { target, what };
            self.transitions.push_back(Transition::Changed(change));
        }
    }

    /// This host was suspended: what was lost before and what is lost after are not in a row. A target that is down stays so.
    pub(super) fn suspended(&mut self) {
        self.losing.retain(|_, losing| losing.is_down);
    }

    /// What happened that was not told so far, in this order.
    pub(super) fn next(&mut self) -> Option<Transition> {
        self.transitions.pop_front()
    }

    /// How long a target is down that is down at the end, given when the time of a probe that left then is over.
    pub(super) fn time_down(
        &self,
        target: TargetNumber,
        end: impl Fn(Duration) -> Duration,
    ) -> Option<TimeDown> {
        let losing = self.losing.get(&target).filter(|losing| losing.is_down)?;
        Some(losing.until(end(losing.losses.last())))
    }

    fn note_answer(&mut self, probe: ProbeId) {
        let Some(Until::Up(enough)) = self.watching.until else {
            return;
        };
        let before = self.answering.get(&probe.target).copied();
        if before.is_some_and(|before| probe.number <= before.last) {
            return;
        }
        let next = before.filter(|before| probe.number == before.last + 1);
        let in_a_row = next.map_or(0, |before| before.in_a_row).saturating_add(1);
        let last = probe.number;
        self.answering
            .insert(probe.target, Answering { last, in_a_row });
        let had_enough = before.is_some_and(|before| before.in_a_row >= enough.get());
        self.up += u32::from(in_a_row >= enough.get());
        self.up -= u32::from(had_enough);
    }

    /// A probe was not answered in time: those before it and those after it do not answer in a row.
    fn interrupt(&mut self, probe: ProbeId) {
        let Some(Until::Up(enough)) = self.watching.until else {
            return;
        };
        let answering = self.answering.get_mut(&probe.target);
        if let Some(answering) = answering.filter(|answering| probe.number > answering.last) {
            self.up -= u32::from(answering.in_a_row >= enough.get());
            answering.in_a_row = 0;
        }
    }

    /// Whether that has happened which ends the run, given how many targets there are.
    pub(super) fn is_reached(&self, targets: u32) -> bool {
        match self.watching.until {
            None => false,
            Some(Until::Down(_)) => self.is_down_reached,
            Some(Until::Up(_)) => targets > 0 && self.up >= targets,
        }
    }

    /// Whether something has to happen for the run to be a success.
    pub(super) fn has_goal(&self) -> bool {
        self.watching.until.is_some()
    }
}

#[cfg(test)]
mod tests;
