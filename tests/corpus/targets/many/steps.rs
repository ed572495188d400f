//! Whether the engine's steps are allowed.

use std::time::{Duration, Instant};

use rping::engine::{Probe, Step};
use rping::event::{Reason, TargetNumber};

use super::model::{Life, Model, Past, State};

/// Timeouts that expire within this time are handled together.
const GROUP: Duration = Duration::from_millis(1);

/// With more targets, not every step checks each, which would be slow.
const FEW: usize = 100;

impl Model {
    /// Whether a step is allowed now.
    pub(super) fn allows(&mut self, step: Step) {
        self.let_go(self.now.min(self.drained_until));
        if let Step::Decided(target) = step {
            return self.allows_decided(target);
        }
        assert_eq!(self.decided.front(), None, "it is not told who is decided");
        let has_slept = self.woken.is_some_and(|woken| self.drained_until < woken);
        if self.is_over() && (self.has_news_of_errors || has_slept) {
            return assert_eq!(step, Step::Wait(Some(self.now)), "what is behind that");
        }
        let is_cut = |cut| self.has_passed(cut) && !self.has_due_before(cut);
        let is_over = self.is_over() || self.cut().is_some_and(is_cut);
        assert_eq!(step == Step::Done, is_over, "{step:?}");
        let may_go_on = self.cut().is_none_or(|cut| self.now < cut);
        match step {
            Step::Transmit(probe) => {
                assert!(may_go_on, "after the end");
                self.allows_transmit(&probe);
            }
            Step::NoAnswer { target, sequence } => {
                let number = self.oldest_open(target, sequence).unwrap();
                let try_number = self.probe(target, number).try_number;
                let is_last = self.is_alive_scan() && try_number + 1 == self.lines.len();
                assert!(!is_last, "it is decided");
                self.give_up(target, number);
            }
            Step::Wait(until) => self.allows_wait(until),
            Step::Decided(_) | Step::Done => {}
        }
    }

    /// Whether the timeout of a probe expired before this instant.
    fn has_due_before(&self, cut: Instant) -> bool {
        let open = self.open.first().map(|(due, ..)| *due);
        let held = self.held.first().map(|(due, _)| *due);
        open.into_iter().chain(held).any(|due| due <= cut)
    }

    /// Whether everything that arrived before this instant was processed.
    fn has_passed(&self, moment: Instant) -> bool {
        moment <= self.now.min(self.drained_until)
    }

    fn allows_decided(&mut self, target: TargetNumber) {
        assert!(self.is_alive_scan(), "nobody wants to know");
        if let Some(first) = self.decided.pop_front() {
            return assert_eq!(target, first);
        }
        assert!(!self.is_over(), "behind the end");
        let first = target;
        let target = self.probed_for(target);
        let tried = self.tried(target);
        assert_eq!(
            self.next_try(target),
            self.lines.len(),
            "it may be tried again"
        );
        match self.probe(target, tried - 1).state {
            State::NotSent | State::Filtered | State::Rejected => {
                let held = self.held.iter().find(|(_, whose)| *whose == target);
                let (due, _) = *held.unwrap();
                assert!(self.has_passed(due), "{target} has time left");
                self.held.remove(&(due, target));
            }
            _ => self.give_up(target, tried - 1),
        }
        self.decide(target, Life::Dead);
        assert_eq!(self.decided.pop_front(), Some(first));
    }

    fn give_up(&mut self, target: TargetNumber, number: usize) {
        let due = self.probe(target, number).left + self.line(target, number).timeout;
        let is_open = self.open.contains(&(due, target, number));
        assert!(is_open, "{number} to {target} is settled, or has not left");
        assert!(self.has_passed(due), "{number} to {target} has time left");
        let is_cut_off = self.cut().is_some_and(|cut| cut <= self.now && cut < due);
        assert!(!is_cut_off, "{number} to {target} had time left at the end");
        self.settle(target, number, State::TimedOut);
        // Too big for one packet, so sent in fragments.
        let host = &mut self.hosts[target as usize];
        if matches!(host.reason, Some(Reason::TooBig { .. })) {
            host.reason = None;
        }
    }

    fn allows_wait(&self, until: Option<Instant>) {
        let open = self.open.iter().map(|(due, ..)| *due);
        let held = self.held.iter().map(|(due, _)| *due);
        let by_now = |due: &Instant| *due <= self.now;
        let dues = open.take_while(by_now).chain(held.take_while(by_now));
        let mut moments = dues.chain(self.cut());
        if until.is_some_and(|until| until <= self.now) {
            let undrained = moments.any(|moment| moment <= self.now && self.drained_until < moment);
            return assert!(undrained, "there is nothing to look for");
        }
        let passed = moments.find(|moment| *moment <= self.now);
        assert_eq!(passed, None, "something is to be done");
        let until_at_most = |moment: Instant, why: &str| {
            assert!(
                until.is_some_and(|until| until <= moment),
                "it waits beyond {why}"
            );
        };
        if let Some(cut) = self.cut() {
            until_at_most(cut, "the end");
        }
        if let Some((due, ..)) = self.open.first() {
            until_at_most(*due + GROUP, "the time of a probe");
        }
        if let Some((due, _)) = self.held.first() {
            until_at_most(*due + GROUP, "the time of a try that failed here");
        }
        let retry = self.resume.unwrap_or(self.now);
        if !self.roomless.is_empty() {
            until_at_most(retry, "the next probe, which has no room");
        } else if self.hosts.len() < FEW && self.hosts.iter().any(|host| self.wants(host)) {
            let slot = self.pace.latest(self.now);
            until_at_most(slot.max(retry), "the next probe");
        }
    }

    fn allows_transmit(&mut self, probe: &Probe) {
        let due = self.open.first().is_some_and(|(due, ..)| *due <= self.now);
        assert!(!due, "somebody has had his time");
        let resume = self.resume.unwrap_or(self.now);
        assert!(resume <= self.now, "there is no room yet");
        let target = probe.target;
        let host = &self.hosts[target as usize];
        let number = host.probes.len();
        assert_eq!(probe.sequence, self.sequence(number));
        let token = self.tokens.of(target, u32::try_from(number).unwrap());
        assert_eq!(probe.token, token);
        let is_new = self.seen.insert(*token.octets());
        if !self.roomless.remove(&target) {
            assert!(self.wants(host), "it is not to be probed");
            assert!(is_new, "another probe has its token");
            let first = self.roomless.first();
            assert_eq!(first, None, "somebody else has waited for room");
            let (hosts, is_alive_scan) = (&self.hosts, self.is_alive_scan());
            self.pace.launch(target, self.now, |other| {
                let host = &hosts[other as usize];
                let is_decided = is_alive_scan && host.life != Life::Unknown;
                (host.is_probed() && !is_decided).then_some(host.probes.len())
            });
        }
        self.remember(probe, number);
    }

    fn remember(&mut self, probe: &Probe, number: usize) {
        let try_number = self.next_try(probe.target);
        self.forget_rejected(try_number);
        let place = self.lines[try_number].push(probe.target, number);
        self.hosts[probe.target as usize].probes.push(Past {
            name: probe.name,
            left: self.now,
            entered: None,
            driver: None,
            try_number,
            place,
            state: State::Queued,
        });
        self.queued += 1;
        self.counts.transmitted += 1;
        let first = self.first_and_last.map_or(self.now, |(first, _)| first);
        self.first_and_last = Some((first, self.now));
    }

    /// After its timeout, a reply to a rejected or suspended probe no longer counts.
    fn forget_rejected(&mut self, try_number: usize) {
        let first = |model: &mut Self| {
            let (place, whose) = model.lines[try_number].waiting.first_key_value()?;
            Some((*place, *whose))
        };
        while let Some((place, (target, which))) = first(self) {
            let (past, timeout) = (*self.probe(target, which), self.lines[try_number].timeout);
            if !past.state.may_be_answered_yet() || self.now < past.left + timeout {
                return;
            }
            self.lines[try_number].waiting.remove(&place);
        }
    }
}
