//! Which targets are down: those whose last probes, as many in a row as the user asks for, had no timely reply.
//!
//! An engine passes on each target's probes in the order of their numbers, each as soon as its outcome is known. State
//! is kept only for targets with an unanswered probe, and for those that decide when the run ends.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use super::changes::Changes;
use super::fate::PathState;
use super::outages::{Losses, PastProbe};
use crate::config::{Until, Watching};
use crate::event::{
    Change, Down, Header, ProbeId, Reason, Recent, TargetNumber, TimeDown, Transition,
};
use crate::stats::RecentStatistics;

/// Tracks which targets are down.
#[derive(Debug, Clone)]
pub(super) struct Watch {
    watching: Watching,
    /// Targets whose last probe with a known outcome had no timely reply.
    losing: BTreeMap<TargetNumber, Losing>,
    /// The newest probe of each target that an ICMP error rejected, and the error; dropped when that probe or a later
    /// one is answered.
    reasons: BTreeMap<TargetNumber, (u64, Reason)>,
    /// Targets whose reply ended an outage while older probes were in flight: the outcomes of probes up to this number
    /// are ignored.
    resumed: BTreeMap<TargetNumber, u64>,
    /// For a run that lasts until targets are up: replies in a row.
    answering: BTreeMap<TargetNumber, Answering>,
    /// How many targets have enough of them.
    up: u32,
    is_down_reached: bool,
    changes: Changes,
    /// Statistics of the window at the end of the run, with `--window`.
    recent: BTreeMap<TargetNumber, RecentStatistics>,
    transitions: VecDeque<Transition>,
}

/// A target with unanswered probes in a row.
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
    /// The number of the last answered probe.
    last: u64,
    in_a_row: u32,
}

impl Losing {
    /// The outage, if it lasted until `moment`.
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

    /// Takes the next probe of a target, whose outcome is known.
    pub(super) fn pass(&mut self, probe: ProbeId, past: &PastProbe) {
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

    fn lose(&mut self, probe: ProbeId, past: &PastProbe) {
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

    /// The target is not down: it answered a probe sent at `left`.
    fn resume(&mut self, target: TargetNumber, left: Duration) {
        if let Some(losing) = self.losing.remove(&target).filter(|it| it.is_down) {
            let up = Transition::Up(losing.until(left));
            self.transitions.push_back(up);
        }
    }

    /// A probe sent at `left` was answered; older ones may be in flight. A target that was down is up at once.
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
            // The probe was passed on as unanswered: its reply was slow, or reached a suspended host.
            self.losing.remove(&target);
        }
    }

    /// Notes something in the target's window, with `--window`.
    fn note_recent(&mut self, target: TargetNumber, note: impl FnOnce(&mut RecentStatistics)) {
        if let Some(length) = self.watching.window {
            let recent = self.recent.entry(target);
            note(recent.or_insert_with(|| RecentStatistics::new(length)));
        }
    }

    /// Notes the round trip of a probe sent at `left`.
    pub(super) fn timed(&mut self, target: TargetNumber, left: Duration, round_trip: Duration) {
        self.note_recent(target, |recent| recent.timed(left, round_trip));
    }

    /// A probe sent at `left` was passed on as lost, and its reply counts after all.
    pub(super) fn regained(&mut self, target: TargetNumber, left: Duration) {
        self.note_recent(target, |recent| recent.regained(left));
    }

    /// The statistics of the target's window, `passed` after the start of the run.
    pub(super) fn recent(&self, target: TargetNumber, passed: Duration) -> Option<Recent> {
        let length = self.watching.window?;
        let recent = self.recent.get(&target);
        let nothing = || RecentStatistics::new(length).until(passed);
        Some(recent.map_or_else(nothing, |recent| recent.until(passed)))
    }

    /// Notes the ICMP error that rejected this probe.
    pub(super) fn explain(&mut self, probe: ProbeId, reason: Reason) {
        self.reasons.insert(probe.target, (probe.number, reason));
    }

    /// Drops the reason of this probe or an older one.
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

    /// This host was suspended: losses before and after are not in a row. A target that is down stays down.
    pub(super) fn suspended(&mut self) {
        self.losing.retain(|_, losing| losing.is_down);
    }

    /// The next transition not reported yet.
    pub(super) fn next(&mut self) -> Option<Transition> {
        self.transitions.pop_front()
    }

    /// How long a target has been down at the end of the run; `end` returns when a probe sent at a given time times
    /// out.
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

    /// A probe was not answered in time: replies before and after it are not in a row.
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

    /// Whether the condition that ends the run is met.
    pub(super) fn is_reached(&self, targets: u32) -> bool {
        match self.watching.until {
            None => false,
            Some(Until::Down(_)) => self.is_down_reached,
            Some(Until::Up(_)) => targets > 0 && self.up >= targets,
        }
    }

    /// Whether the run succeeds only if that condition is met.
    pub(super) fn has_goal(&self) -> bool {
        self.watching.until.is_some()
    }
}

#[cfg(test)]
mod tests;
