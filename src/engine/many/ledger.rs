//! What is kept of each target: tens of octets.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::event::Reason;

/// Round trips of one target are kept to so many nanoseconds, a sixtieth of what is printed, up to 68 seconds.
const GRAIN: u64 = 16;

/// In the place of a round trip: the answer counted, but its probe was forgotten.
const UNKNOWN: u32 = u32::MAX;

/// Where a target stands. In rounds, all that have an address are asked or alive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// Its name is being looked up.
    LookedUp,
    /// Another target has its address, and its results.
    Shared,
    /// The lookup of its name failed.
    NotKnown,
    /// It turned out to be no target.
    LeftOut,
    /// It has not answered yet.
    Asked,
    /// It has answered.
    Alive,
    /// It has not, and is not asked again.
    Dead,
}

/// One target: 24 octets.
#[derive(Debug, Clone, Copy)]
pub(super) struct Target {
    /// The position of its last probe among the flights.
    pub(super) newest: u32,
    /// Probes that were tried.
    pub(super) tried: u32,
    /// Of those, the ones that did not leave.
    pub(super) not_sent: u32,
    /// Probes that were answered in time.
    pub(super) received: u32,
    /// Which of the last sixteen probes were answered; the last one is bit 0.
    pub(super) answered: u16,
    /// Which of them were not answered in time for another reason than a loss or a late answer: they have not left, were
    /// rejected, or in flight when this host was suspended.
    pub(super) excluded: u16,
    pub(super) state: State,
    /// Why it does not answer: an index of [`Reasons`].
    pub(super) reason: u8,
    /// Where it is asked who is alive: whether the last probe has had its time.
    pub(super) last_had_its_time: bool,
}

impl Target {
    /// One that can be probed.
    pub(super) const NEW: Self = Self {
        newest: 0,
        tried: 0,
        not_sent: 0,
        received: 0,
        answered: 0,
        excluded: 0,
        state: State::Asked,
        reason: 0,
        last_had_its_time: false,
    };

    /// How many probes came after the newest one with this sequence number, counted from that of the first probe; none:
    /// no probe had it.
    #[allow(
        clippy::cast_possible_truncation,
        reason = "sequence numbers are probe numbers modulo 65,536"
    )]
    pub(super) fn back(&self, ordinal: u16) -> Option<u32> {
        let newest = self.tried.checked_sub(1)?;
        let back = u32::from((newest as u16).wrapping_sub(ordinal));
        (back <= newest).then_some(back)
    }

    /// Whether the probe that so many came after was answered, as far as that is remembered.
    pub(super) fn was_answered(&self, back: u32) -> bool {
        self.answered & bit(back) != 0
    }

    /// Whether one that left after the probe that so many came after was answered, as far as that is remembered.
    pub(super) fn was_overtaken(&self, back: u32) -> bool {
        let later = bit(back).checked_sub(1).unwrap_or(u16::MAX);
        self.answered & later != 0
    }

    /// Whether the probe that so many came after has not left, was rejected or slept through, or that is forgotten.
    pub(super) fn was_excluded(&self, back: u32) -> bool {
        bit(back) == 0 || self.excluded & bit(back) != 0
    }

    /// Notes that the probe that so many came after was answered in time.
    pub(super) fn note_answer(&mut self, back: u32) {
        self.received = self.received.saturating_add(1);
        self.note_late_answer(back);
    }

    /// Notes that the probe that so many came after was answered after its time.
    pub(super) fn note_late_answer(&mut self, back: u32) {
        self.answered |= bit(back);
    }

    /// Notes that the probe that so many came after was rejected, or slept through.
    pub(super) fn exclude(&mut self, back: u32) {
        self.excluded |= bit(back);
    }

    /// The last probe has left.
    pub(super) fn last_has_left(&mut self) {
        self.excluded &= !1;
    }

    /// The last probe has had its time, and another one is to follow.
    pub(super) fn give_up_last(&mut self) {
        self.last_had_its_time = true;
    }

    /// How many of the last probes may be answered yet, though nobody waits for them, where it is asked who is alive: as
    /// long as that is not known all that have had their time, and then those behind the last one that was answered.
    pub(super) fn unawaited(&self) -> u32 {
        self.unawaited_bits().count_ones()
    }

    /// Whether the probe that so many came after is one of them.
    pub(super) fn is_unawaited(&self, back: u32) -> bool {
        self.unawaited_bits() & bit(back) != 0
    }

    fn unawaited_bits(&self) -> u16 {
        match self.state {
            State::Asked => self.superseded(),
            State::Alive => self.behind_answer(),
            _ => 0,
        }
    }

    /// Which of the last probes have left and had their time, and were not rejected.
    fn superseded(&self) -> u16 {
        let beyond = 1_u16.checked_shl(self.tried);
        let tried = beyond.map_or(u16::MAX, |beyond| beyond - 1);
        let waited_for = u16::from(!self.last_had_its_time);
        tried & !self.excluded & !waited_for
    }

    /// Which of the last probes left after the last one that was answered, and may be answered yet.
    fn behind_answer(&self) -> u16 {
        let newest = 1_u16.checked_shl(self.answered.trailing_zeros());
        // None is answered: then none is behind one.
        let later = newest.map_or(0, |newest| newest - 1);
        later & !self.excluded
    }

    /// The last probe was none.
    pub(super) fn take_back(&mut self) {
        self.tried = self.tried.saturating_sub(1);
        self.answered >>= 1;
        self.excluded >>= 1;
        // Otherwise there would have been no further one.
        self.last_had_its_time = true;
    }

    /// Notes one more probe, which is to leave.
    pub(super) fn note_probe(&mut self, position: u32) {
        self.newest = position;
        self.tried = self.tried.saturating_add(1);
        self.answered <<= 1;
        self.excluded = self.excluded << 1 | 1;
        self.last_had_its_time = false;
    }
}

/// The bit of the probe that so many came after; none if it is forgotten.
fn bit(back: u32) -> u16 {
    1_u16.checked_shl(back).unwrap_or(0)
}

/// The round trips of each target.
#[derive(Debug)]
pub(super) struct Times {
    kept: Kept,
    /// How many answers of a target count that have none, where there are any.
    untimed: BTreeMap<usize, u32>,
}

/// Of one answer of each target, or of many.
#[derive(Debug)]
enum Kept {
    /// The first one in grains, and of the targets that have answered again, all.
    One(Vec<u32>, BTreeMap<usize, Moments>),
    Many(Vec<Moments>),
}

/// Shortest, longest and sum, in grains.
#[derive(Debug, Clone, Copy)]
struct Moments {
    min: u32,
    max: u32,
    sum: u64,
}

impl Moments {
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

    /// Of so many round trips.
    fn spread(&self, number: u32) -> Spread {
        let mean = self.sum / u64::from(number.max(1));
        [self.min.into(), mean, self.max.into()]
            .map(duration)
            .into()
    }
}

/// Shortest, mean and longest.
pub(super) type Spread = (Duration, Duration, Duration);

impl Times {
    /// Of targets that are asked until they answer, and rarely answer more than once.
    pub(super) fn of_one() -> Self {
        Self::new(Kept::One(Vec::new(), BTreeMap::new()))
    }

    /// Of targets that answer again and again.
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
            Kept::Many(moments) => moments.resize(targets, Moments::NONE),
        }
    }

    /// One more answer of this target counts, and has no round trip.
    pub(super) fn note_untimed(&mut self, target: usize) {
        *self.untimed.entry(target).or_default() += 1;
    }

    pub(super) fn record(&mut self, target: usize, round_trip: Duration) {
        let grains = grains(round_trip);
        match &mut self.kept {
            Kept::One(times, more) => match times.get_mut(target) {
                Some(time) if *time == UNKNOWN => *time = grains,
                Some(first) => {
                    let moments = more.entry(target).or_insert_with(|| {
                        let mut moments = Moments::NONE;
                        moments.record(*first);
                        moments
                    });
                    moments.record(grains);
                }
                None => {}
            },
            Kept::Many(moments) => {
                if let Some(moments) = moments.get_mut(target) {
                    moments.record(grains);
                }
            }
        }
    }

    /// Of a target that has answered so often.
    pub(super) fn spread(&self, target: usize, received: u32) -> Option<Spread> {
        let untimed = self.untimed.get(&target).copied().unwrap_or(0);
        let known = received.saturating_sub(untimed);
        if known == 0 {
            return None;
        }
        match &self.kept {
            Kept::One(times, more) => {
                if let Some(moments) = more.get(&target) {
                    return Some(moments.spread(known));
                }
                let grains = times.get(target).filter(|grains| **grains != UNKNOWN)?;
                let time = duration(u64::from(*grains));
                Some((time, time, time))
            }
            Kept::Many(moments) => Some(moments.get(target)?.spread(known)),
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

/// The reasons that were given, each once.
#[derive(Debug, Default)]
pub(super) struct Reasons {
    given: Vec<Reason>,
}

/// How many reasons are told apart by who complained; behind them by what was said only, of which there is not so much.
const REPORTERS: usize = 128;

impl Reasons {
    /// The number of a reason; 0 where there are too many to remember.
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
    fn a_target_takes_tens_of_octets() {
        assert_eq!(size_of::<Target>(), 24);
        assert_eq!(size_of::<Moments>(), 16);
    }

    #[test]
    fn it_is_remembered_which_of_the_last_probes_were_answered() {
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
    fn probes_behind_the_last_answered_one_may_be_answered_yet_unless_excluded() {
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
        target.take_back();
        target.note_answer(0);
        assert_eq!(target.behind_answer(), 0);
        assert!(target.was_overtaken(1) && !target.was_overtaken(0));
        assert!(target.was_excluded(1) && !target.was_excluded(2) && target.was_excluded(16));
    }

    #[test]
    fn probes_of_an_undecided_target_that_had_their_time_may_be_answered_yet_unless_excluded() {
        let mut target = Target::NEW;
        assert_eq!(target.unawaited(), 0);
        for position in 0..3 {
            target.note_probe(position);
            assert_eq!(target.unawaited(), position, "the last one has not left");
            target.last_has_left();
            assert_eq!(target.unawaited(), position, "the last one is waited for");
            target.give_up_last();
            assert_eq!(target.unawaited(), position + 1);
        }
        target.exclude(1);
        assert_eq!(target.unawaited(), 2);
        target.note_probe(3);
        target.take_back();
        assert_eq!(target.unawaited(), 2);
        target.state = State::Dead;
        assert_eq!(target.unawaited(), 0);
    }

    #[test]
    fn a_second_round_trip_of_a_target_that_was_asked_again_is_kept_as_well() {
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
    fn times_are_kept_to_a_sixtieth_of_what_is_printed() {
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
    fn each_reason_is_kept_once_and_not_more_than_there_is_room_for() {
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
