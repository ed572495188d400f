//! Compares sequences of operations on the engine with the naive [`Model`].
//!
//! The first ten octets are the schedule. After them, each operation is a letter (only its lower five bits
//! count) with its octets. So a sequence can be typed, and most random input is meaningful.

use std::time::{Duration, Instant};

use super::Feed;
use super::model::Model;
use rping::clock::{Clock, SystemClock};
use rping::config::{Outstanding, Pace, RoundTripStart, Schedule, Timed, Timeout};
use rping::engine::{
    Claim, Engine, Evidence, IcmpError, Obstacle, One, Origin, Probe, Step, Tokens, Verdict,
};
use rping::event::Problem;
use rping::wire::icmpv4;

/// More attempts than sequence numbers, so that they wrap, but few enough to be fast.
const MOST_ATTEMPTS: usize = 70_000;

/// Longer sequences have no wrap, or a fuzzer would spend most of its time in them.
const LONGEST_WITH_A_LAP: usize = 40;

/// Maximum steps to the end of a run that ends.
const MOST_STEPS: usize = 2000;

/// The octets as a schedule and the events of a run.
pub fn check(octets: &[u8]) {
    let mut feed = Feed(octets);
    let schedule = schedule(&mut feed);
    let mut run = Run::new(schedule, octets.len() <= LONGEST_WITH_A_LAP);
    while !feed.0.is_empty() && !run.over {
        run.operation(&mut feed);
    }
    run.agree();
    run.finish();
}

fn schedule(feed: &mut Feed<'_>) -> Schedule {
    let tenths = |octet: u8| Duration::from_millis(100) * octet.into();
    let (pace, amount) = (feed.octet() % 4, feed.octet());
    let interval = Duration::from_millis(10) * amount.into();
    let (timeout, time) = (feed.octet() % 4, feed.octet());
    let (outstanding, count, deadline, preload) =
        (feed.octet() % 8, feed.octet(), feed.octet(), feed.octet());
    Schedule {
        pace: match pace {
            0 => Pace::Interval(interval),
            1 => Pace::Interval(Duration::from_nanos(amount.into())),
            2 => Pace::Flood,
            _ => Pace::Adaptive {
                initial: interval,
                floor: interval / 4,
            },
        },
        preload: u32::from(preload % 8) + 1,
        count: (count % 16 != 0).then_some((count % 16).into()),
        until_reply: outstanding == 7,
        deadline: (deadline % 4 == 1).then_some(tenths(deadline)),
        timeout: match timeout {
            0 => Timeout::Patient,
            1 => Timeout::Linger(tenths(time)),
            // The command line rejects zero.
            2 => Timeout::PerProbe(tenths(time.max(1))),
            _ => Timeout::Never,
        },
        outstanding: match outstanding {
            0 | 4 | 7 => Outstanding::Silent,
            1 | 5 => Outstanding::BeforeNext,
            2 | 6 => Outstanding::Overdue,
            _ => Outstanding::Both,
        },
        start: RoundTripStart::Queue,
        timed: if preload & 8 == 0 {
            Timed::Faithful
        } else {
            Timed::All
        },
        first_sequence: feed.pair(),
    }
}

struct Run {
    engine: One,
    model: Model,
    tokens: Tokens,
    /// Whether the sequence numbers may wrap.
    laps: bool,
    over: bool,
}

impl Run {
    fn new(schedule: Schedule, laps: bool) -> Self {
        let start = SystemClock.now();
        let tokens = Tokens::new([7; 16], [198, 51, 100, 2].into(), 13);
        Self {
            engine: One::new(schedule.clone(), tokens.clone(), start),
            model: Model::new(schedule, tokens.clone(), start),
            tokens,
            laps,
            over: false,
        }
    }

    fn operation(&mut self, feed: &mut Feed<'_>) {
        match feed.octet() & 0x1f | 0x60 {
            // A step in which the probe is not sent.
            b'n' => {
                self.step(Some(feed.obstacle()));
            }
            // Many steps; a wrap of the sequence numbers if the next letter is at the end of the alphabet.
            b'l' => {
                let times = match feed.octet() {
                    b'z' if self.laps => 65_537,
                    times => usize::from(times) / 4,
                };
                for _ in 0..2 * times {
                    self.step(None);
                }
            }
            b'w' => self
                .model
                .pass(Duration::from_micros(1 << (feed.octet() % 32))),
            b'a' => self.answer(feed),
            b'f' => self.forged(feed),
            b'e' => {
                let sequence = self.sequence(feed.octet());
                self.rejected(sequence);
            }
            b'r' => self.rejected(feed.pair()),
            b'h' => self.hear(self.model.now()),
            b'q' => {
                self.engine.stop(self.model.now());
                self.model.stop();
            }
            b'o' => {
                let note = feed.note();
                self.engine.note(0, note);
                self.model.note(note);
            }
            b'z' => {
                let found = self.engine.suspended(self.model.now());
                self.model.suspended(found);
            }
            b'c' if self.is_short() => self.agree(),
            _ => self.step(None),
        }
    }

    /// Whether full comparisons are fast enough: a wrap of the sequence numbers is slow already.
    fn is_short(&self) -> bool {
        self.model.attempts() < 1000
    }

    fn agree(&self) {
        self.model.agrees(&self.engine);
    }

    fn hear(&mut self, moment: Instant) {
        self.engine.drained_until(moment);
        self.model.drained_until(moment);
    }

    /// Does the next step. With an obstacle, a probe is not sent.
    fn step(&mut self, obstacle: Option<Obstacle>) {
        if self.over || self.model.attempts() >= MOST_ATTEMPTS {
            return;
        }
        let now = self.model.now();
        let step = self.engine.poll(now);
        self.model.allows(step);
        match (step, obstacle) {
            (Step::Transmit(probe), obstacle) => {
                if self.is_short() {
                    self.batch(&probe);
                }
                if let Some(obstacle) = obstacle {
                    let (_, disposition) = self.engine.not_sent(probe.name, now, obstacle, 0);
                    assert_eq!(disposition, self.model.not_sent(obstacle));
                } else {
                    self.engine.left(probe.name, now);
                    self.model.sent();
                }
                // The rest of the batch is not tried, and handed out again.
                self.engine.end_batch();
            }
            (Step::Wait(until), _) => {
                let moment = until.unwrap_or(now + Duration::from_secs(1));
                self.model.pass(moment.saturating_duration_since(now));
                self.hear(self.model.now());
                let next = self.engine.poll(self.model.now());
                // The next step hands out a probe again that is due now.
                self.engine.end_batch();
                let spins = matches!(next, Step::Wait(Some(again)) if again <= self.model.now());
                assert!(!spins, "it waits for what has been");
                // Reported only once.
                if matches!(next, Step::NoAnswer { .. }) {
                    self.model.allows(next);
                }
            }
            (Step::NoAnswer { .. }, _) => {}
            (Step::Decided(_), _) => panic!("nobody asks who is alive"),
            (Step::Done, _) => self.over = true,
        }
    }

    /// Collects the probes of a batch after the first, until it is to be sent.
    fn batch(&mut self, first: &Probe) {
        let now = self.model.now();
        for name in first.name + 1.. {
            match self.engine.poll(now) {
                Step::Transmit(probe) => assert_eq!(probe.name, name),
                step => return assert_eq!(step, Step::Wait(Some(now))),
            }
        }
    }

    /// The probe of `back` attempts ago, or one that was never sent.
    fn sequence(&self, back: u8) -> u16 {
        self.model
            .sequence(self.model.attempts())
            .wrapping_sub(back.into())
    }

    /// A reply to one of the last probes, with at most one fault.
    fn answer(&mut self, feed: &mut Feed<'_>) {
        let (back, fault, part) = (feed.octet() % 32, feed.octet() % 16, feed.octet());
        let lap = if fault == 7 { 65_536 } else { 0 };
        let number = self.model.attempts().saturating_sub(back.into());
        let Some(number) = number.checked_sub(lap) else {
            return;
        };
        let token = self.tokens.of(number as u64);
        let mut octets = *token.octets();
        if fault == 6 {
            octets[usize::from(part) % 16] ^= 1;
        }
        let claim = Claim {
            target: 0,
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
        self.answered(&claim, self.model.arrival(part));
    }

    fn forged(&mut self, feed: &mut Feed<'_>) {
        let sequence = feed.pair();
        let evidence = Evidence::Octets(feed.take(16));
        // The codec asks for a token only if there is room for one, so it is never empty.
        if evidence != Evidence::Octets(&[]) {
            let claim = Claim {
                target: 0,
                sequence,
                evidence,
                checksum_valid: true,
                faithful: true,
            };
            self.answered(&claim, self.model.now());
        }
    }

    fn answered(&mut self, claim: &Claim<'_>, at: Instant) {
        self.hear(at);
        let verdict = answered(&mut self.engine, claim, at);
        self.model.answered(claim, at, &verdict);
    }

    fn rejected(&mut self, sequence: u16) {
        let number = self.engine.number_of(0, sequence);
        assert_eq!(number.is_some(), self.model.knows(sequence));
        let origin = if sequence.is_multiple_of(2) {
            Origin::ThisHost
        } else {
            Origin::Network
        };
        let error = IcmpError {
            target: 0,
            sequence,
            problem: Problem::V4(icmpv4::Problem::from_parts(3, 1, 0)),
            reporter: ([198, 51, 100, 1], 0).into(),
            origin,
            is_proven: false,
        };
        let news = self.engine.rejected(&error, self.model.now());
        let news = news.filter(|news| !news.is_repeated);
        let reach = news.map(|news| news.reach);
        assert_eq!(reach, self.model.rejected(sequence, origin));
    }

    /// A run always ends; one without an end of its own ends when it is stopped.
    fn finish(&mut self) {
        for _ in 0..MOST_STEPS {
            self.step(None);
        }
        if !self.over {
            assert!(!self.model.ends_by_itself(), "it does not end");
            self.engine.stop(self.model.now());
            self.model.stop();
            self.drain();
        }
        assert_eq!(self.engine.poll(self.model.now()), Step::Done, "for good");
        self.agree();
    }

    /// After the end nothing is sent, and few steps are left.
    fn drain(&mut self) {
        for _ in 0..self.model.attempts() + 8 {
            let step = self.engine.poll(self.model.now());
            self.model.allows(step);
            match step {
                Step::Done => self.over = true,
                Step::Wait(Some(until)) => {
                    let time = until.saturating_duration_since(self.model.now());
                    self.model.pass(time);
                    self.hear(self.model.now());
                }
                // Its timeout expired before the end.
                Step::NoAnswer { .. } => {}
                other => panic!("{other:?} behind the end"),
            }
        }
        assert!(self.over, "it was told to end");
    }
}

fn answered(engine: &mut One, claim: &Claim<'_>, at: Instant) -> Verdict {
    engine.answered(claim, at)
}
