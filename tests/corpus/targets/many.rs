//! Compares sequences of operations on the engine for many targets with the naive [`Model`].
//!
//! The first ten octets are the schedule and the targets. After them, each operation is a letter (only its
//! lower five bits count) with its octets. As in the driver, probes are collected in an outbox and sent together.

mod account;
mod answers;
mod lines;
mod model;
mod names;
mod outages;
mod pace;
mod steps;

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use super::Feed;
use model::Model;
use rping::clock::{Clock, SystemClock};
use rping::config::RoundTripStart;
use rping::config::many::{Backoff, Fragments, Mode, Need, Schedule, Spacing};
use rping::engine::many::Order;
use rping::engine::{
    Arrival, Call, Claim, Engine, Evidence, IcmpError, Many, Obstacle, Origin, Probe, Step,
    TokensOfMany,
};
use rping::event::Problem;
use rping::event::{Lookup, Reason, TargetNumber};
use rping::wire::icmpv4;

/// More probes than sequence numbers, so that they wrap, but few enough to be fast.
const MOST_ATTEMPTS: usize = 70_000;

/// Longer sequences have no wrap, or a fuzzer would spend most of its time in them.
const LONGEST_WITH_A_LAP: usize = 40;

/// More targets than remembered tries with an expired timeout; divisible by three.
const MANY: u16 = 5001;

/// The capacity of the outbox.
const ROOM: usize = 16;

/// Steps of a run without an end of its own.
const MOST_STEPS: usize = 200;

/// The duration of the call that sends a probe.
const CALL: Duration = Duration::from_micros(20);

/// The octets as a schedule and the events of a run.
pub fn check(octets: &[u8]) {
    let mut feed = Feed(octets);
    let mut run = Run::new(&mut feed, octets.len() <= LONGEST_WITH_A_LAP);
    while !feed.0.is_empty() && !run.over {
        run.operation(&mut feed);
    }
    run.finish();
}

/// A power of two in nanoseconds, up to nine minutes, so that times coincide.
fn time(octet: u8) -> Duration {
    Duration::from_nanos(1 << (octet % 40))
}

fn schedule(feed: &mut Feed<'_>) -> Schedule {
    let (mode, amount, period) = (feed.octet(), feed.octet() % 16, feed.octet());
    let (rate, timeout, deadline) = (feed.octet() % 22, feed.octet(), feed.octet());
    Schedule {
        mode: match mode % 2 {
            0 => Mode::Rounds {
                period: time(period),
                count: (amount > 0).then_some(amount.into()),
            },
            _ => Mode::Alive {
                retries: amount.into(),
                backoff: Backoff::default(),
            },
        },
        spacing: Spacing::at_most((rate > 0).then(|| 1 << (rate - 1))),
        timeout: time(timeout),
        deadline: (deadline >= 128).then(|| time(deadline - 128)),
        start: RoundTripStart::Queue,
        first_sequence: feed.pair(),
        fragments: match mode & 4 {
            0 => Fragments::Allowed,
            _ => Fragments::Forbidden,
        },
    }
}

fn need(octet: u8) -> Need {
    match octet % 4 {
        0 if octet >= 128 => Need::Reached((octet / 32).into()),
        1 if octet >= 128 => Need::InTheEnd((octet / 32).into()),
        0 | 1 => Need::All,
        2 => Need::Number((octet / 4).into()),
        _ => Need::Percent(octet / 4 * 2 % 101),
    }
}

/// An order: the initial targets in reverse, later ones as they are added.
#[derive(Debug, Clone, Copy)]
struct Backwards(TargetNumber);

impl Order for Backwards {
    fn at(&self, position: u32) -> TargetNumber {
        match (self.0).checked_sub(position + 1) {
            Some(target) => target,
            None => position,
        }
    }
}

/// An unsent probe, and the obstacle that it will meet.
#[derive(Debug, Clone, Copy)]
struct Letter {
    probe: Probe,
    obstacle: Option<Obstacle>,
}

struct Run {
    engine: Many,
    model: Model,
    tokens: TokensOfMany,
    outbox: VecDeque<Letter>,
    /// Whether the sequence numbers may wrap.
    laps: bool,
    over: bool,
}

impl Run {
    fn new(feed: &mut Feed<'_>, laps: bool) -> Self {
        let schedule = schedule(feed);
        let (need, who) = (need(feed.octet()), feed.octet());
        let (start, tokens) = (SystemClock.now(), TokensOfMany::new([7; 16]));
        let targets = u32::from(who % 8);
        let backwards = Backwards(if who & 8 == 0 { 0 } else { targets });
        let order: Vec<TargetNumber> = (0..targets).map(|place| backwards.at(place)).collect();
        let mut engine = Many::new(schedule.clone(), need, tokens.clone(), targets, start);
        let may_grow = who & 16 == 0;
        if may_grow {
            engine = engine.with_more_targets_of_names();
        }
        let keeps_everything = who & 32 == 0;
        if keeps_everything {
            engine = engine.keeping_everything();
        }
        let mut run = Self {
            engine: engine.in_order(Box::new(backwards)),
            model: Model::new(schedule, need, tokens.clone(), start, &order),
            tokens,
            outbox: VecDeque::new(),
            laps,
            over: false,
        };
        let names = if who >= 128 { 2 } else { 0 };
        run.engine.add(names);
        run.model.add(names);
        run.model.may_grow = may_grow;
        run.model.keeps_everything = keeps_everything;
        run
    }

    fn operation(&mut self, feed: &mut Feed<'_>) {
        let letter = feed.octet();
        match letter & 0x1f | 0x60 {
            // A step in which the probe will not be sent.
            b'n' => self.step(Some(feed.obstacle())),
            // Many steps; if the next letter is at the end of the alphabet, a step for each of many targets, or a wrap
            // of the sequence numbers.
            b'l' => {
                let times = match feed.octet() {
                    b'y' if self.laps => usize::from(MANY) / 3,
                    // With many targets the model would be too slow.
                    b'z' if self.laps && self.has_few() => 65_600,
                    times => usize::from(times) / 4,
                };
                for _ in 0..3 * times {
                    self.step(None);
                }
            }
            b'w' => self.model.stall(time(feed.octet())),
            b'b' => self.send_all_but(0, time(feed.octet())),
            kind @ (b'a' | b'd' | b'e' | b'f' | b'h' | b'r' | b'j') => {
                // A capital letter: the outbox was full, and the newest probe is not sent yet.
                let kept = usize::from(letter & 0x20 == 0);
                self.send_all_but(kept, Duration::ZERO);
                self.listen(kind, feed);
            }
            b't' => {
                let targets = match feed.octet() {
                    b'z' if self.laps && self.has_few() => u32::from(MANY),
                    targets => u32::from(targets % 4),
                };
                let first = self.engine.targets();
                self.add(targets);
                for target in first..self.engine.targets() {
                    self.looked_up(target, 0);
                }
            }
            b'z' => {
                let found = self.engine.suspended(self.model.now);
                assert_eq!(found, self.model.suspended());
            }
            b'p' => self.add(u32::from(feed.octet() % 4)),
            b'v' => {
                let (which, lookup) = (feed.octet(), feed.octet());
                let pending = self.model.pending();
                if let Some(target) = pending.get(usize::from(which) % pending.len().max(1)) {
                    self.looked_up(*target, lookup);
                }
            }
            b'x' => self.looked_up_all(2),
            b'k' => self.looked_up_all(3),
            b'q' => {
                self.engine.stop(self.model.now);
                self.model.stop();
            }
            b'g' => {
                self.engine.note_stranger();
                self.model.note_stranger();
            }
            b'o' => {
                let note = feed.note();
                self.engine.note(0, note);
                self.model.note(note);
            }
            b'c' if self.model.attempts() < 1000 => account::agrees(&self.model, &self.engine),
            _ => self.step(None),
        }
    }

    fn has_few(&self) -> bool {
        self.engine.targets() < u32::from(MANY)
    }

    /// The receive queue was read up to some instant, or emptied.
    fn listen(&mut self, kind: u8, feed: &mut Feed<'_>) {
        match kind {
            b'a' => self.answer(feed),
            b'd' | b'j' => self.departed(kind == b'j', feed),
            b'f' => self.forged(feed),
            b'h' => self.hear(self.model.now),
            _ => {
                let (target, back) = self.probe(feed);
                let sequence = match kind {
                    b'e' => self.model.sequence(back),
                    _ => feed.pair(),
                };
                self.rejected(target, sequence, feed.octet());
            }
        }
    }

    /// A target, or an unknown one, and the number of a probe to it, or of one never sent.
    fn probe(&self, feed: &mut Feed<'_>) -> (TargetNumber, usize) {
        let target = u32::from(feed.octet()) % (self.engine.targets() + 1);
        let back = usize::from(feed.octet() % 32);
        let number = self.model.tried(target).saturating_sub(back);
        (target, number)
    }

    fn hear(&mut self, moment: Instant) {
        self.engine.drained_until(moment);
        self.model.drained_until(moment);
    }

    fn add(&mut self, targets: u32) {
        if self.engine.is_expecting() && self.model.may_grow {
            self.engine.add(targets);
            self.model.add(targets);
        }
    }

    fn looked_up(&mut self, target: TargetNumber, lookup: u8) {
        let hosts = (0..).zip(&self.model.hosts);
        let probed: Vec<TargetNumber> = hosts
            .filter(|(_, host)| host.is_probed())
            .map(|(target, _)| target)
            .collect();
        let lookup = match lookup % 8 {
            2 => Lookup::Nothing,
            3 => Lookup::Failed("why"),
            4 => Lookup::LeftOut,
            5.. if !probed.is_empty() => {
                Lookup::Same(probed[usize::from(lookup / 8) % probed.len()])
            }
            _ => Lookup::Found,
        };
        self.engine.looked_up(target, lookup);
        self.model.looked_up(target, lookup);
    }

    fn looked_up_all(&mut self, lookup: u8) {
        for target in self.model.pending() {
            self.looked_up(target, lookup);
        }
    }

    /// Does the next step, as the driver does. With an obstacle, a probe will not be sent.
    fn step(&mut self, obstacle: Option<Obstacle>) {
        if self.over || self.model.attempts() >= MOST_ATTEMPTS {
            return;
        }
        let now = self.model.now;
        let step = self.engine.poll(now);
        self.model.allows(step);
        match step {
            Step::Transmit(probe) => {
                if self.outbox.len() >= ROOM {
                    self.send_all_but(0, Duration::ZERO);
                }
                self.outbox.push_back(Letter { probe, obstacle });
            }
            Step::NoAnswer { .. } | Step::Decided(_) => {}
            Step::Wait(_) | Step::Done if !self.outbox.is_empty() => {
                self.send_all_but(0, Duration::ZERO);
            }
            Step::Wait(until) => {
                let until = until.unwrap_or(now + Duration::from_secs(1));
                self.model.pass(until.saturating_duration_since(now));
                self.hear(self.model.now);
            }
            Step::Done => self.over = true,
        }
    }

    /// Sends the probes in the outbox except the last `kept`; each takes `each`.
    fn send_all_but(&mut self, kept: usize, each: Duration) {
        while self.outbox.len() > kept
            && let Some(Letter { probe, obstacle }) = self.outbox.pop_front()
        {
            if !each.is_zero() {
                self.model.stall(each);
            }
            let now = self.model.now;
            let Some(obstacle) = obstacle else {
                let returned = now + CALL;
                self.engine.left(
                    probe.name,
                    Call {
                        begun: now,
                        returned,
                    },
                );
                self.model.left(&probe);
                continue;
            };
            let errno = match obstacle {
                Obstacle::Busy => 1,
                Obstacle::TooLong { .. } => 2,
                Obstacle::Refused => 3,
            };
            let (told, disposition) = self.engine.not_sent(probe.name, now, obstacle, errno);
            assert_eq!(disposition, self.model.not_sent(&probe, obstacle, errno));
            let told = told.map(|told| (told.target, told.sequence));
            assert_eq!(told, Some((probe.target, probe.sequence)));
        }
    }

    /// A true or false kernel time stamp of a probe's entry into the queue, or of the driver.
    fn departed(&mut self, by_driver: bool, feed: &mut Feed<'_>) {
        let ((target, number), after) = (self.probe(feed), feed.octet());
        let Some((name, left)) = self.model.name(target, number) else {
            return;
        };
        let at = if after < 224 {
            left + time(after)
        } else {
            left.checked_sub(time(after)).unwrap_or(left)
        };
        if by_driver {
            self.engine.departed(name, at);
        } else {
            self.engine.entered(name, at);
        }
        self.model.departed(by_driver, target, number, at);
    }

    /// A reply to one of the last probes, with at most one fault.
    fn answer(&mut self, feed: &mut Feed<'_>) {
        let ((target, number), fault, part) = (self.probe(feed), feed.octet() % 16, feed.octet());
        let stamp = feed.octet();
        let lap = if fault == 7 { 65_536 } else { 0 };
        let Some(number) = number.checked_sub(lap) else {
            return;
        };
        let of = if fault == 8 { target + 1 } else { target };
        let token = self.tokens.of(of, u32::try_from(number).unwrap());
        let mut octets = *token.octets();
        if fault == 6 {
            octets[usize::from(part) % 16] ^= 1;
        }
        let claim = Claim {
            target,
            sequence: self.model.sequence(number),
            evidence: match fault {
                3 => Evidence::Missing,
                4 => Evidence::NotExpected,
                5 => Evidence::Octets(&octets[..8]),
                _ => Evidence::Octets(&octets),
            },
            checksum_valid: fault != 2,
            faithful: fault != 9,
        };
        let read = self.model.arrival(part);
        let arrival = Arrival {
            read,
            kernel: match stamp {
                0 => None,
                1..224 => read.checked_sub(time(stamp)),
                _ => read.checked_add(time(stamp)),
            },
            hardware: (stamp % 7 == 6).then_some(Duration::from_secs(1)),
        };
        self.answered(&claim, arrival);
    }

    fn forged(&mut self, feed: &mut Feed<'_>) {
        let ((target, _), sequence) = (self.probe(feed), feed.pair());
        let evidence = Evidence::Octets(feed.take(16));
        // The codec asks for a token only if there is room for one, so it is never empty.
        if evidence != Evidence::Octets(&[]) {
            let claim = Claim {
                target,
                sequence,
                evidence,
                checksum_valid: true,
                faithful: true,
            };
            self.answered(&claim, self.model.now.into());
        }
    }

    fn answered(&mut self, claim: &Claim<'_>, arrival: Arrival) {
        self.hear(arrival.read);
        let verdict = self.engine.answered(claim, arrival);
        self.model.answered(claim, &arrival, &verdict);
    }

    fn rejected(&mut self, target: TargetNumber, sequence: u16, what: u8) {
        let problem = Problem::V4(icmpv4::Problem::from_parts(3, what % 16, 0));
        let reporter = SocketAddr::from(([198, 51, 100, what / 64], 0));
        let origin = match what & 0x20 {
            0 => Origin::Network,
            _ => Origin::ThisHost,
        };
        let about = (target, sequence);
        let error = IcmpError {
            target,
            sequence,
            problem,
            reporter,
            origin,
            is_proven: false,
        };
        let news = self.engine.rejected(&error, self.model.now);
        let news = news.filter(|news| !news.is_repeated);
        let reach = news.map(|news| news.reach);
        let is_advice = what % 16 == 4 && self.model.schedule.fragments == Fragments::Allowed;
        let reporter = Some(reporter);
        let reason = if is_advice {
            Reason::TooBig { problem, reporter }
        } else {
            Reason::Rejected { problem, reporter }
        };
        (self.model).rejected(about, problem, reason, origin, reach);
    }

    /// A run always ends; one without an end of its own ends when it is stopped.
    fn finish(&mut self) {
        if !self.over {
            self.looked_up_all(3);
        }
        let most = self.model.most_attempts();
        for _ in 0..most.map_or(MOST_STEPS, |most| 8 * most + MOST_STEPS) {
            self.step(None);
        }
        let too_many = self.model.attempts() >= MOST_ATTEMPTS;
        if !self.over {
            assert!(most.is_none() || too_many, "it does not end");
            self.engine.stop(self.model.now);
            self.model.stop();
            self.drain();
        }
        // The final batch may require one more look.
        self.hear(self.model.now);
        assert_eq!(self.engine.poll(self.model.now), Step::Done, "for good");
        account::agrees(&self.model, &self.engine);
    }

    /// After the end nothing is sent, and few steps are left.
    fn drain(&mut self) {
        let undecided = self.engine.targets() as usize + self.model.open.len();
        for _ in 0..undecided + 8 {
            let step = self.engine.poll(self.model.now);
            self.model.allows(step);
            match step {
                Step::Done if self.outbox.is_empty() => return,
                Step::Done | Step::Wait(_) if !self.outbox.is_empty() => {
                    self.send_all_but(0, Duration::ZERO);
                }
                Step::Wait(until) => assert!(until <= Some(self.model.now), "behind the end"),
                // Their timeouts expired before the end.
                Step::NoAnswer { .. } | Step::Decided(_) | Step::Done => {}
                other @ Step::Transmit(_) => panic!("{other:?} behind the end"),
            }
            self.hear(self.model.now);
        }
        panic!("it was told to end");
    }
}
