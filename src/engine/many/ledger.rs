//! The record of each target: tens of octets.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::event::Reason;

/// Round trips of one target are stored in units of 16 ns, a sixtieth of what is printed, up to 68 s.
const GRAIN: u64 = 16;

/// In place of a round trip: the reply counted, but its probe was forgotten.
const UNKNOWN: u32 = u32::MAX;

/// The state of a target. In rounds, all targets with an address are undecided or alive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// Its name is being looked up.
    LookupPending,
    /// Another target has the same address and is probed for both.
    Shared,
    LookupFailed,
    /// It turned out not to be a target.
    LeftOut,
    /// It has not answered yet.
    Undecided,
    Alive,
    /// It did not answer and is not probed again.
    Dead,
}

/// One target: 24 octets.
#[derive(Debug, Clone, Copy)]
pub(super) struct Target {
    /// The position of its newest probe among the flights.
    pub(super) newest: u32,
    /// Probes tried.
    pub(super) tried: u32,
    /// Those that were not sent.
    pub(super) not_sent: u32,
    /// Probes answered in time.
    pub(super) received: u32,
    /// Which of the last sixteen probes were answered; bit 0 is the newest.
    pub(super) answered: u16,
    /// Which of them were not sent, were rejected, or were in flight when this host was suspended.
    pub(super) excluded: u16,
    pub(super) state: State,
    /// Why it does not answer: a number of [`Reasons`].
    pub(super) reason: u8,
    /// In an alive scan: whether its newest probe timed out.
    pub(super) last_timed_out: bool,
}

impl Target {
    /// A target before its first probe.
    pub(super) const NEW: Self = Self {
        newest: 0,
        tried: 0,
        not_sent: 0,
        received: 0,
        answered: 0,
        excluded: 0,
        state: State::Undecided,
        reason: 0,
        last_timed_out: false,
    };

    /// How many probes were sent after the newest one with this ordinal, the sequence number relative to the first one.
    /// `None` if there is none.
    #[allow(
        clippy::cast_possible_truncation,
        reason = "sequence numbers are probe numbers modulo 65,536"
    )]
    pub(super) fn back(&self, ordinal: u16) -> Option<u32> {
        let newest = self.tried.checked_sub(1)?;
        let back = u32::from((newest as u16).wrapping_sub(ordinal));
        (back <= newest).then_some(back)
    }

    /// Whether the probe `back` before the newest was answered, as far as remembered.
    pub(super) fn was_answered(&self, back: u32) -> bool {
        self.answered & bit(back) != 0
    }

    /// Whether a probe sent later than the one `back` before the newest was answered, as far as remembered.
    pub(super) fn was_overtaken(&self, back: u32) -> bool {
        let later = bit(back).checked_sub(1).unwrap_or(u16::MAX);
        self.answered & later != 0
    }

    /// Whether the probe `back` before the newest was not sent, rejected or suspended, or is forgotten.
    pub(super) fn was_excluded(&self, back: u32) -> bool {
        bit(back) == 0 || self.excluded & bit(back) != 0
    }

    /// The probe `back` before the newest was answered in time.
    pub(super) fn note_answer(&mut self, back: u32) {
        self.received = self.received.saturating_add(1);
        self.note_late_answer(back);
    }

    /// The probe `back` before the newest was answered late.
    pub(super) fn note_late_answer(&mut self, back: u32) {
        self.answered |= bit(back);
    }

    /// The probe `back` before the newest was rejected or suspended.
    pub(super) fn exclude(&mut self, back: u32) {
        self.excluded |= bit(back);
    }

    /// The newest probe was sent.
    pub(super) fn last_has_left(&mut self) {
        self.excluded &= !1;
    }

    /// The newest probe timed out, and a retry follows.
    pub(super) fn time_out_last(&mut self) {
        self.last_timed_out = true;
    }

    /// In an alive scan: how many probes the engine does not wait for, but whose replies would count. Of an undecided
    /// target, those that timed out; of an alive one, those sent after the newest answered one.
    pub(super) fn unawaited(&self) -> u32 {
        self.unawaited_bits().count_ones()
    }

    /// Whether the probe `back` before the newest is one of them.
    pub(super) fn is_unawaited(&self, back: u32) -> bool {
        self.unawaited_bits() & bit(back) != 0
    }

    fn unawaited_bits(&self) -> u16 {
        match self.state {
            State::Undecided => self.superseded(),
            State::Alive => self.behind_answer(),
            _ => 0,
        }
    }

    /// Which of the last probes were sent and timed out, and were not rejected.
    fn superseded(&self) -> u16 {
        let beyond = 1_u16.checked_shl(self.tried);
        let tried = beyond.map_or(u16::MAX, |beyond| beyond - 1);
        let waited_for = u16::from(!self.last_timed_out);
        tried & !self.excluded & !waited_for
    }

    /// Which of the last probes were sent after the newest answered one, and may still be answered.
    fn behind_answer(&self) -> u16 {
        let newest = 1_u16.checked_shl(self.answered.trailing_zeros());
        // Without an answered probe there are none.
        let later = newest.map_or(0, |newest| newest - 1);
        later & !self.excluded
    }

    /// Undoes [`note_probe`](Self::note_probe): the probe was not sent.
    pub(super) fn undo_probe(&mut self) {
        self.tried = self.tried.saturating_sub(1);
        self.answered >>= 1;
        self.excluded >>= 1;
        // The probe would not have been sent otherwise.
        self.last_timed_out = true;
    }

    /// Notes a probe that is about to be sent.
    pub(super) fn note_probe(&mut self, position: u32) {
        self.newest = position;
        self.tried = self.tried.saturating_add(1);
        self.answered <<= 1;
        self.excluded = self.excluded << 1 | 1;
        self.last_timed_out = false;
    }
}

/// The bit of the probe `back` before the newest; 0 if it is forgotten.
fn bit(back: u32) -> u16 {
    1_u16.checked_shl(back).unwrap_or(0)
}

/// The round trips of each target.
#[derive(Debug)]
pub(super) struct Times {
    kept: Kept,
    /// Replies that count but have no round trip, for targets with such replies.
    untimed: BTreeMap<usize, u32>,
}

#[derive(Debug)]
enum Kept {
    /// The first round trip in grains, and the sums of targets with more than one.
    One(Vec<u32>, BTreeMap<usize, Sums>),
    Many(Vec<Sums>),
}

/// Minimum, maximum and sum, in grains.
#[derive(Debug, Clone, Copy)]
struct Sums {
    min: u32,
    max: u32,
    sum: u64,
}

impl Sums {
    const NONE: Self = Self {
        min: u32::MAX,
        max: 0,
        sum: 0,
    };

    fn record(&mut self, grains: u32) {
        self.min = self.min.min(grains);
        self.max = self.max.max(grains);
        self.sum = self.sum.saturating_add(grains.into());
    }

    /// Minimum, mean and maximum of `number` round trips.
    fn spread(&self, number: u32) -> Spread {
        let mean = self.sum / u64::from(number.max(1));
        [self.min.into(), mean, self.max.into()]
            .map(duration)
            .into()
    }
}

/// Minimum, mean and maximum.
pub(super) type Spread = (Duration, Duration, Duration);

impl Times {
    /// For an alive scan, where targets rarely answer more than once.
    pub(super) fn of_one() -> Self {
        Self::new(Kept::One(Vec::new(), BTreeMap::new()))
    }

    /// For rounds.
    pub(super) fn of_many() -> Self {
        Self::new(Kept::Many(Vec::new()))
    }

    fn new(kept: Kept) -> Self {
        Self {
            kept,
            untimed: BTreeMap::new(),
        }
    }

    pub(super) fn grow(&mut self, targets: usize) {
        match &mut self.kept {
            Kept::One(times, _) => times.resize(targets, UNKNOWN),
            Kept::Many(sums) => sums.resize(targets, Sums::NONE),
        }
    }

    /// Counts a reply without a round trip.
    pub(super) fn note_untimed(&mut self, target: usize) {
        *self.untimed.entry(target).or_default() += 1;
    }

    pub(super) fn record(&mut self, target: usize, round_trip: Duration) {
        let grains = grains(round_trip);
        match &mut self.kept {
            Kept::One(times, more) => match times.get_mut(target) {
                Some(time) if *time == UNKNOWN => *time = grains,
                Some(first) => {
                    let sums = more.entry(target).or_insert_with(|| {
                        let mut sums = Sums::NONE;
                        sums.record(*first);
                        sums
                    });
                    sums.record(grains);
                }
                None => {}
            },
            Kept::Many(sums) => {
                if let Some(sums) = sums.get_mut(target) {
                    sums.record(grains);
                }
            }
        }
    }

    /// The spread of a target with `received` replies.
    pub(super) fn spread(&self, target: usize, received: u32) -> Option<Spread> {
        let untimed = self.untimed.get(&target).copied().unwrap_or(0);
        let known = received.saturating_sub(untimed);
        if known == 0 {
            return None;
        }
        match &self.kept {
            Kept::One(times, more) => {
                if let Some(sums) = more.get(&target) {
                    return Some(sums.spread(known));
                }
                let grains = times.get(target).filter(|grains| **grains != UNKNOWN)?;
                let time = duration(u64::from(*grains));
                Some((time, time, time))
            }
            Kept::Many(sums) => Some(sums.get(target)?.spread(known)),
        }
    }
}

fn grains(time: Duration) -> u32 {
    let grains = u32::try_from(time.as_nanos() / u128::from(GRAIN));
    grains.map_or(UNKNOWN - 1, |grains| grains.min(UNKNOWN - 1))
}

fn duration(grains: u64) -> Duration {
    Duration::from_nanos(grains.saturating_mul(GRAIN))
}

/// The distinct reasons.
#[derive(Debug, Default)]
pub(super) struct Reasons {
    given: Vec<Reason>,
}

/// Up to this many reasons are distinguished by reporter; later ones only by the error, which is a small set.
const REPORTERS: usize = 128;

impl Reasons {
    /// The number of a reason; 0 if there are too many.
    pub(super) fn number(&mut self, reason: Reason) -> u8 {
        let reason = match reason {
            reason if self.given.len() < REPORTERS || self.given.contains(&reason) => reason,
            Reason::Rejected { problem, .. } => Reason::Rejected {
                problem,
                reporter: None,
            },
            Reason::TooBig { problem, .. } => Reason::TooBig {
                problem,
                reporter: None,
            },
            reason => reason,
        };
        let known = self.given.iter().position(|given| *given == reason);
        let index = known.unwrap_or(self.given.len());
        let Ok(number) = u8::try_from(index + 1) else {
            return 0;
        };
        if known.is_none() {
            self.given.push(reason);
        }
        number
    }

    pub(super) fn reason(&self, number: u8) -> Option<Reason> {
        let index = usize::from(number).checked_sub(1)?;
        self.given.get(index).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn target_takes_24_octets() {
        assert_eq!(size_of::<Target>(), 24);
        assert_eq!(size_of::<Sums>(), 16);
    }

    #[test]
    fn answers_to_the_last_sixteen_probes_are_remembered() {
        let mut target = Target::NEW;
        for position in 0..3 {
            target.note_probe(position);
        }
        target.note_answer(2);
        target.note_answer(0);
        assert!(target.was_answered(0) && !target.was_answered(1) && target.was_answered(2));
        target.note_probe(3);
        assert!(!target.was_answered(0) && target.was_answered(1) && target.was_answered(3));
        assert!(!target.was_answered(16) && !target.was_answered(u32::MAX));
    }

    #[test]
    fn probes_after_the_last_answered_one_may_be_answered_unless_excluded() {
        let mut target = Target::NEW;
        for position in 0..4 {
            target.note_probe(position);
            target.last_has_left();
        }
        assert_eq!(target.behind_answer(), 0, "none is answered");
        target.note_answer(3);
        assert_eq!(target.behind_answer(), 0b111);
        target.exclude(1);
        assert_eq!(target.behind_answer(), 0b101);
        target.note_probe(4);
        assert_eq!(target.behind_answer(), 0b1010, "the last one has not left");
        target.undo_probe();
        target.note_answer(0);
        assert_eq!(target.behind_answer(), 0);
        assert!(target.was_overtaken(1) && !target.was_overtaken(0));
        assert!(target.was_excluded(1) && !target.was_excluded(2) && target.was_excluded(16));
    }

    #[test]
    fn timed_out_probes_of_an_undecided_target_are_unawaited_unless_excluded() {
        let mut target = Target::NEW;
        assert_eq!(target.unawaited(), 0);
        for position in 0..3 {
            target.note_probe(position);
            assert_eq!(target.unawaited(), position, "the last one has not left");
            target.last_has_left();
            assert_eq!(target.unawaited(), position, "the last one is waited for");
            target.time_out_last();
            assert_eq!(target.unawaited(), position + 1);
        }
        target.exclude(1);
        assert_eq!(target.unawaited(), 2);
        target.note_probe(3);
        target.undo_probe();
        assert_eq!(target.unawaited(), 2);
        target.state = State::Dead;
        assert_eq!(target.unawaited(), 0);
    }

    #[test]
    fn further_round_trips_of_an_alive_scan_are_kept() {
        let mut times = Times::of_one();
        times.grow(2);
        for milliseconds in [4, 2, 6] {
            times.record(1, Duration::from_millis(milliseconds));
        }
        let [min, mean, max] = [2, 4, 6].map(Duration::from_millis);
        assert_eq!(times.spread(1, 3), Some((min, mean, max)));
        assert_eq!(times.spread(0, 0), None);
    }

    #[test]
    fn round_trips_are_kept_to_16_nanoseconds() {
        let mut times = Times::of_many();
        times.grow(2);
        for microseconds in [1, 2, 6] {
            times.record(1, Duration::from_micros(microseconds));
        }
        let micros = |microseconds: u64| Duration::from_micros(microseconds);
        let (min, mean, max) = times.spread(1, 3).unwrap();
        for (kept, truth) in [(min, 1), (mean, 3), (max, 6)] {
            assert!(micros(truth).abs_diff(kept) <= Duration::from_nanos(GRAIN));
        }
        assert_eq!(times.spread(0, 0), None);
    }

    #[test]
    fn reasons_are_kept_once_each_and_up_to_255() {
        let mut reasons = Reasons::default();
        let reason = |errno| Reason::NotSent { errno };
        let first = reasons.number(reason(1));
        assert_eq!(reasons.number(reason(1)), first);
        assert_eq!(reasons.reason(first), Some(reason(1)));
        assert_eq!(reasons.reason(0), None);
        let numbers: Vec<u8> = (0..1000)
            .map(|errno| reasons.number(reason(errno)))
            .collect();
        assert!(numbers.contains(&0) && reasons.given.len() == 255);
    }
}
