//! The search for the path MTU to one target: a state machine that is told what becomes of its probes.
//!
//! 1. A small probe has to be answered.
//! 2. The largest one that the interface sends follows. If it is answered, that is all.
//! 3. Otherwise sizes between the largest that was answered and the smallest that was not are tried, until the two are
//!    neighbours. A router's message makes the size that it names the next one, and no more than that.
//! 4. The two are tried again and again, in pairs, until it is sure enough that the smaller one passes and the larger one
//!    does not. A larger one that is answered after all throws over what was found before.
//! 5. If nobody said that probes are too big, probes with a small time to live find where they vanish.

mod planning;

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use super::super::fate::Fate;
use super::evidence::Evidence;
use super::hops::{Hops, Question, Report};
use super::probes::{Probe, Probes, Purpose};
use crate::event::{BlackHole, MtuSource, MtuVerdict, NoPathMtu, PathMtu, Problem, TooBig};

/// What each host takes in one piece (RFC 791, section 3.2), and the same octets of data over IPv6. In octets.
const SMALLEST_V4: u32 = 68;
const SMALLEST_V6: u32 = 88;

/// More than the longest packets of the two families, in octets.
const BEYOND_V4: u32 = 65_535 + 1;
const BEYOND_V6: u32 = 40 + 65_535 + 1;

/// How many probes in a row are tried that do not leave.
const PATIENCE: u32 = 3;

/// How many different messages are kept.
const MOST_MESSAGES: usize = 8;

/// A probe that is to be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ask {
    pub(super) number: usize,
    /// Octets of data.
    pub(super) data: u32,
    pub(super) hop: Option<u8>,
}

/// Where the search is.
#[derive(Debug, Clone)]
enum Phase {
    /// A small probe has to be answered.
    Base,
    /// Sizes are tried.
    Sizes,
    /// The two neighbours are tried again.
    Confirm,
    /// The place is looked for where large probes vanish.
    Hops(Hops, Question),
    /// All is known that will be.
    Over,
}

/// The search.
#[derive(Debug, Clone)]
pub(super) struct Search {
    target: SocketAddr,
    phase: Phase,
    probes: Probes,
    evidence: Evidence,
    /// The probes that the next step depends on: a try, and its control.
    round: Vec<usize>,
    /// Of those, the ones that are still to be sent.
    to_send: Vec<usize>,
    /// The largest size that was answered.
    answered: Option<u32>,
    /// The smallest one above that was not.
    refused: u32,
    /// The smallest size that does not leave this host.
    limit: u32,
    hint: Option<u32>,
    messages: Vec<TooBig>,
    /// Whether a message was believed that said that a probe was too big which was answered: then none is believed any more.
    was_lied_to: bool,
    problem: Option<(Problem, SocketAddr)>,
    /// Controls in a row that were not answered.
    silent_controls: u32,
    /// Probes that did not leave.
    unsent: u32,
    beginnings: u32,
    /// The size that is tried.
    under_trial: Option<u32>,
    verdict: Option<MtuVerdict>,
    black_hole: Option<BlackHole>,
}

impl Search {
    /// `limit`: the longest that each probe may be waited for.
    pub(super) fn new(target: SocketAddr, limit: Option<Duration>) -> Self {
        let beyond = if target.is_ipv6() {
            BEYOND_V6
        } else {
            BEYOND_V4
        };
        let mut search = Self {
            target,
            phase: Phase::Base,
            probes: Probes::new(limit),
            evidence: Evidence::default(),
            round: Vec::new(),
            to_send: Vec::new(),
            answered: None,
            refused: beyond,
            limit: beyond,
            hint: None,
            messages: Vec::new(),
            was_lied_to: false,
            problem: None,
            silent_controls: 0,
            unsent: 0,
            beginnings: 0,
            under_trial: None,
            verdict: None,
            black_hole: None,
        };
        search.advance();
        search
    }

    /// Octets of the IP and the ICMP header.
    fn header(&self) -> u32 {
        if self.target.is_ipv6() { 48 } else { 28 }
    }

    /// Octets of data in a probe of this size.
    pub(super) fn data(&self, size: u32) -> u32 {
        size.saturating_sub(self.header())
    }

    fn smallest(&self) -> u32 {
        if self.target.is_ipv6() {
            SMALLEST_V6
        } else {
            SMALLEST_V4
        }
    }

    pub(super) fn probes(&self) -> &Probes {
        &self.probes
    }

    /// The next probe to be sent.
    pub(super) fn ask(&mut self) -> Option<Ask> {
        let number = (!self.to_send.is_empty()).then(|| self.to_send.remove(0))?;
        let probe = self.probes.get(number)?;
        Some(Ask {
            number,
            data: self.data(probe.size),
            hop: probe.hop,
        })
    }

    pub(super) fn has_to_send(&self) -> bool {
        !self.to_send.is_empty()
    }

    /// Whether all is known, and no probe is under way.
    pub(super) fn is_over(&self) -> bool {
        matches!(self.phase, Phase::Over) && self.probes.iter().all(Probe::is_settled)
    }

    /// When something is to be done though nothing arrives.
    pub(super) fn due(&self) -> Option<Instant> {
        self.probes.next_due()
    }

    /// A probe left.
    pub(super) fn left(&mut self, number: usize, at: Instant) {
        self.probes.left(number, at);
        self.unsent = 0;
        let Some(&Probe { size, purpose, .. }) = self.probes.get(number) else {
            return;
        };
        match purpose {
            Purpose::Try => self.evidence.change(size, |tries| tries.sent += 1),
            Purpose::Control => self.evidence.controls.sent += 1,
            Purpose::Hop => {}
        }
    }

    /// A probe is to be sent again: a queue of this host was full.
    pub(super) fn send_again(&mut self, number: usize) {
        self.to_send.insert(0, number);
    }

    /// A probe did not leave. Where it was too long, `mtu` is the interface's.
    pub(super) fn not_sent(&mut self, number: usize, errno: i32, mtu: Option<u32>) {
        let Some(probe) = self.probes.get_mut(number) else {
            return;
        };
        probe.fate = Fate::NotSent;
        let size = probe.size;
        self.unsent += 1;
        let is_too_long = mtu.is_some() && self.answered.is_some_and(|answered| answered < size);
        if is_too_long {
            let fits = mtu.and_then(|mtu| mtu.checked_add(1));
            let first = fits.filter(|first| *first <= size && self.answered < Some(*first));
            self.limit = self.limit.min(first.unwrap_or(size));
            self.refused = self.refused.min(self.limit);
            self.unsent = 0;
        } else if self.unsent >= PATIENCE {
            self.conclude(MtuVerdict::None(NoPathMtu::NotSent { errno }));
        }
        self.advance();
    }

    /// A probe was answered; `is_faithful`: by what was sent.
    pub(super) fn answered(
        &mut self,
        number: usize,
        round_trip: Option<Duration>,
        is_faithful: bool,
    ) {
        let Some(probe) = self.probes.get_mut(number) else {
            return;
        };
        let was_given_up = probe.fate == Fate::TimedOut;
        (probe.fate, probe.due) = (Fate::Answered, None);
        probe.is_altered = !is_faithful;
        let Probe {
            size,
            purpose,
            is_refused,
            ..
        } = *probe;
        if let Some(round_trip) = round_trip {
            self.probes.note_round_trip(round_trip);
        }
        self.evidence.has_losses |= was_given_up;
        if is_faithful {
            self.was_lied_to |= is_refused;
            self.passed(size);
        }
        match (purpose, is_faithful) {
            (Purpose::Control, true) => {
                self.evidence.controls.answered += 1;
                self.silent_controls = 0;
            }
            (Purpose::Try, true) => self.evidence.change(size, |tries| {
                tries.answered += 1;
                // A late reply takes back what its silence said.
                tries.unanswered = 0;
                tries.against = 0;
            }),
            (Purpose::Try, false) => self.evidence.change(size, |tries| tries.altered += 1),
            (Purpose::Control | Purpose::Hop, _) => {}
        }
        self.advance();
    }

    /// What came back is so damaged that it is no reply, but it is no silence either.
    pub(super) fn damaged(&mut self, number: usize) {
        let Some(probe) = self.probes.get_mut(number) else {
            return;
        };
        probe.is_altered = true;
        if let Probe {
            size,
            purpose: Purpose::Try,
            ..
        } = *probe
        {
            self.evidence.change(size, |tries| tries.altered += 1);
        }
    }

    /// This size passes.
    fn passed(&mut self, size: u32) {
        self.answered = self.answered.max(Some(size));
        if size < self.refused {
            return;
        }
        // What was taken for too big was not, or is not any more.
        let above = size.saturating_add(1);
        if self.evidence.is_silent(self.refused..above) {
            self.beginnings += 1;
            self.evidence.has_losses = true;
            self.evidence.begin_anew();
        }
        // Where only a message said so, all else that was found out holds.
        let silent = self.evidence.first_silent(above);
        self.refused = silent.unwrap_or(self.limit).max(above);
        self.hint = None;
        (self.under_trial, self.verdict) = (None, None);
        self.phase = Phase::Sizes;
        self.round.clear();
        self.give_up_unsent();
    }

    /// What was to be sent is of no use any more.
    fn give_up_unsent(&mut self) {
        for number in std::mem::take(&mut self.to_send) {
            if let Some(probe) = self.probes.get_mut(number) {
                probe.fate = Fate::NotSent;
            }
        }
    }

    /// A message said that a probe was too big. `is_proven`: it quotes the probe.
    pub(super) fn too_big(&mut self, number: usize, mtu: u32, from: SocketAddr, is_proven: bool) {
        let Some(probe) = self.probes.get(number) else {
            return;
        };
        let size = probe.size;
        let is_in_flight = probe.due.is_some() && !self.was_lied_to;
        let passed = self.answered.unwrap_or(u32::MAX);
        let is_believed =
            is_proven && is_in_flight && passed < size && (passed..size).contains(&mtu);
        let message = TooBig {
            from,
            mtu,
            is_believed,
        };
        if self.messages.len() < MOST_MESSAGES && !self.messages.contains(&message) {
            self.messages.push(message);
        }
        if probe.purpose == Purpose::Try {
            self.evidence.change(size, |tries| tries.refused += 1);
        }
        if is_believed && let Some(probe) = self.probes.get_mut(number) {
            probe.is_refused = true;
        }
        if is_believed && matches!(self.phase, Phase::Sizes) {
            // The next size need not wait until it is sure that this one is not answered.
            self.hint = Some(mtu);
            self.refused = self.refused.min(size);
            self.round.clear();
            self.give_up_unsent();
            self.advance();
        }
    }

    /// A hop reports that the time to live of a probe ran out there.
    pub(super) fn expired_at(&mut self, number: usize, from: SocketAddr) {
        if let Phase::Hops(hops, question) = &mut self.phase
            && self.round.contains(&number)
        {
            hops.note(*question, Report::Expired(from), self.target);
            self.round.clear();
            self.advance();
        }
    }

    /// A message rejects a probe; an answer would still count.
    pub(super) fn refuse(&mut self, number: usize) {
        if let Some(probe) = self.probes.get_mut(number) {
            probe.fate = Fate::Rejected;
        }
    }

    /// Somebody says why a probe is not answered.
    pub(super) fn rejected(&mut self, problem: Problem, from: SocketAddr) {
        self.problem = Some((problem, from));
    }

    /// This host was suspended: what was in flight says nothing. Returns the numbers of those probes.
    pub(super) fn suspended(&mut self) -> Vec<usize> {
        let mut numbers = Vec::new();
        for number in 0..self.probes.len() {
            if let Some(probe) = self.probes.get_mut(number)
                && probe.fate == Fate::InFlight
            {
                (probe.fate, probe.due) = (Fate::Suspended, None);
                numbers.push(number);
            }
        }
        self.round.retain(|number| self.to_send.contains(number));
        self.advance();
        numbers
    }

    /// The time of some probes is over. Returns their numbers.
    pub(super) fn expire(&mut self, now: Instant) -> Vec<usize> {
        let over = self.probes.expire(now);
        for &number in &over {
            self.count_silence(number);
        }
        self.advance();
        over
    }

    fn count_silence(&mut self, number: usize) {
        let Some(&Probe {
            size,
            purpose,
            is_altered,
            ..
        }) = self.probes.get(number)
        else {
            return;
        };
        match purpose {
            Purpose::Control => {
                self.evidence.has_losses = true;
                self.silent_controls += 1;
            }
            Purpose::Try if self.answered < Some(size) && !is_altered => {
                self.evidence.change(size, |tries| tries.unanswered += 1);
            }
            Purpose::Try | Purpose::Hop => {}
        }
    }

    /// What was found out; `expected`: what the user expects at least.
    pub(super) fn result(&self, expected: Option<u32>) -> PathMtu {
        let ended = MtuVerdict::None(NoPathMtu::Ended { answered: None });
        let verdict = self.verdict.unwrap_or(ended);
        let learned = match verdict {
            MtuVerdict::None(_) => None,
            MtuVerdict::AtLeast(_) => Some(MtuSource::Interface),
            MtuVerdict::Exact(mtu) | MtuVerdict::Range { lower: mtu, .. } => {
                let named = |message: &&TooBig| message.is_believed && message.mtu == mtu;
                let message = self.messages.iter().find(named);
                Some(message.map_or(MtuSource::Silence, |it| MtuSource::Message(it.from)))
            }
        };
        let is_below = |expected: &u32| verdict.lower().is_some_and(|mtu| mtu < *expected);
        PathMtu {
            header: self.header(),
            verdict,
            learned,
            messages: self.messages.clone(),
            black_hole: self.black_hole,
            tries: self.evidence.summary(),
            controls: self.evidence.controls,
            hop_probes: self.probes.sent_to_hops(),
            below: expected.filter(is_below),
        }
    }
}
