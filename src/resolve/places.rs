//! Which name is looked up next, and by whom.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// How many names are looked up at once: name servers limit how many questions of one host they answer at a time.
pub(super) const PLACES: usize = 16;

/// A lookup that takes longer than this gives up its place, so that the next name is looked up beside it. Most names are
/// known within 100 ms, and a server that does not answer is asked for 5 s and more.
pub(super) const SLOW: Duration = Duration::from_millis(250);

/// A word and its place among those that were given.
pub(super) type Question = (usize, String);

/// What a thread does next.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// It looks up this.
    LookUp(Question),
    /// All places are taken: it asks again after this time, or when a lookup ends.
    Wait(Duration),
    /// There is no name now, but more may be asked for: it asks again when one is.
    Idle,
    /// It ends: no names are left.
    End,
}

/// The names that are left, and the lookups that have a place.
#[derive(Debug)]
pub(super) struct Places {
    left: VecDeque<Question>,
    /// When the lookup of each thread began, while it runs.
    begun: Vec<Option<Instant>>,
    /// More names may be asked for.
    is_lasting: bool,
}

impl Places {
    /// Names, and how many threads look them up.
    pub(super) fn new(left: VecDeque<Question>, threads: usize) -> Self {
        Self {
            left,
            begun: vec![None; threads],
            is_lasting: false,
        }
    }

    /// More names may be asked for, or no more.
    pub(super) fn last(&mut self, is_lasting: bool) {
        self.is_lasting = is_lasting;
    }

    /// One more name.
    pub(super) fn ask(&mut self, question: Question) {
        self.left.push_back(question);
    }

    /// What this thread does now.
    pub(super) fn next(&mut self, thread: usize, now: Instant) -> Turn {
        if self.left.is_empty() {
            return if self.is_lasting {
                Turn::Idle
            } else {
                Turn::End
            };
        }
        let ends = self.begun.iter().flatten();
        let ends = ends.filter_map(|begun| (*begun + SLOW).checked_duration_since(now));
        let ends: Vec<Duration> = ends.filter(|time| !time.is_zero()).collect();
        if ends.len() >= PLACES {
            return Turn::Wait(ends.into_iter().min().unwrap_or(SLOW));
        }
        if let Some(begun) = self.begun.get_mut(thread) {
            *begun = Some(now);
        }
        self.left.pop_front().map_or(Turn::End, Turn::LookUp)
    }

    /// The lookup of this thread has ended.
    pub(super) fn end(&mut self, thread: usize) {
        if let Some(begun) = self.begun.get_mut(thread) {
            *begun = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{Clock, SystemClock};

    fn places(names: usize) -> Places {
        let names = (0..names).map(|place| (place, format!("n{place}.example")));
        Places::new(names.collect(), names_at_most())
    }

    fn names_at_most() -> usize {
        3 * PLACES
    }

    fn takes(turn: Turn) -> usize {
        match turn {
            Turn::LookUp((place, _)) => place,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn lookup_waits_for_a_place_until_another_ends() {
        let (mut places, now) = (places(PLACES + 1), SystemClock.now());
        for thread in 0..PLACES {
            assert_eq!(takes(places.next(thread, now)), thread);
        }
        assert_eq!(places.next(PLACES, now), Turn::Wait(SLOW));
        places.end(3);
        assert_eq!(takes(places.next(PLACES, now)), PLACES);
        assert_eq!(places.next(3, now), Turn::End);
    }

    #[test]
    fn thread_waits_for_more_names_as_long_as_they_may_be_asked_for() {
        let (mut places, now) = (places(0), SystemClock.now());
        places.last(true);
        assert_eq!(places.next(0, now), Turn::Idle);
        places.ask((7, "n7.example".to_owned()));
        assert_eq!(takes(places.next(0, now)), 7);
        places.end(0);
        assert_eq!(places.next(0, now), Turn::Idle);
        places.last(false);
        assert_eq!(places.next(0, now), Turn::End);
    }

    #[test]
    fn slow_lookup_gives_up_its_place() {
        let (mut places, now) = (places(2 * PLACES), SystemClock.now());
        let later = now + SLOW / 2;
        takes(places.next(0, now));
        for thread in 1..PLACES {
            takes(places.next(thread, later));
        }
        assert_eq!(places.next(PLACES, later), Turn::Wait(SLOW / 2));
        takes(places.next(PLACES, now + SLOW));
        assert_eq!(places.next(PLACES + 1, now + SLOW), Turn::Wait(SLOW / 2));
    }
}
