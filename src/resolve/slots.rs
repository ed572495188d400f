//! The schedule of lookups over threads.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// The maximum number of concurrent lookups: name servers limit the concurrent queries of one host.
pub(super) const SLOTS: usize = 16;

/// A lookup that takes longer than this releases its slot, so that the next one can start. Most answers arrive within
/// 100 ms; a lookup with a silent server takes 5 s and more.
pub(super) const SLOW: Duration = Duration::from_millis(250);

/// A word and its index in the list.
pub(super) type Job = (usize, String);

/// What a thread has to do next.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// Do this lookup.
    LookUp(Job),
    /// All slots are taken: try again after this time, or when a lookup ends.
    Wait(Duration),
    /// No jobs now, but more may follow: wait for one.
    Idle,
    /// No jobs are left: exit.
    End,
}

/// The remaining jobs, and the lookups in progress.
#[derive(Debug)]
pub(super) struct Slots {
    jobs: VecDeque<Job>,
    /// The start of each thread's lookup, while it runs.
    started: Vec<Option<Instant>>,
    /// Whether more jobs may follow.
    is_lasting: bool,
}

impl Slots {
    /// Creates a schedule for this number of threads.
    pub(super) fn new(jobs: VecDeque<Job>, threads: usize) -> Self {
        Self {
            jobs,
            started: vec![None; threads],
            is_lasting: false,
        }
    }

    /// Sets whether more jobs may follow.
    pub(super) fn set_lasting(&mut self, is_lasting: bool) {
        self.is_lasting = is_lasting;
    }

    /// Adds a job.
    pub(super) fn push(&mut self, job: Job) {
        self.jobs.push_back(job);
    }

    /// Returns what this thread has to do next.
    pub(super) fn next(&mut self, thread: usize, now: Instant) -> Turn {
        if self.jobs.is_empty() {
            return if self.is_lasting {
                Turn::Idle
            } else {
                Turn::End
            };
        }
        let taken = self.started.iter().flatten();
        let taken = taken.filter_map(|started| (*started + SLOW).checked_duration_since(now));
        let taken: Vec<Duration> = taken.filter(|time| !time.is_zero()).collect();
        if taken.len() >= SLOTS {
            return Turn::Wait(taken.into_iter().min().unwrap_or(SLOW));
        }
        if let Some(started) = self.started.get_mut(thread) {
            *started = Some(now);
        }
        self.jobs.pop_front().map_or(Turn::End, Turn::LookUp)
    }

    /// Releases the slot of this thread: its lookup has ended.
    pub(super) fn release(&mut self, thread: usize) {
        if let Some(started) = self.started.get_mut(thread) {
            *started = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{Clock, SystemClock};

    fn slots(names: usize) -> Slots {
        let names = (0..names).map(|index| (index, format!("n{index}.example")));
        Slots::new(names.collect(), 3 * SLOTS)
    }

    fn takes(turn: Turn) -> usize {
        match turn {
            Turn::LookUp((index, _)) => index,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn lookup_waits_for_a_slot_until_another_ends() {
        let (mut slots, now) = (slots(SLOTS + 1), SystemClock.now());
        for thread in 0..SLOTS {
            assert_eq!(takes(slots.next(thread, now)), thread);
        }
        assert_eq!(slots.next(SLOTS, now), Turn::Wait(SLOW));
        slots.release(3);
        assert_eq!(takes(slots.next(SLOTS, now)), SLOTS);
        assert_eq!(slots.next(3, now), Turn::End);
    }

    #[test]
    fn thread_waits_while_more_jobs_may_follow() {
        let (mut slots, now) = (slots(0), SystemClock.now());
        slots.set_lasting(true);
        assert_eq!(slots.next(0, now), Turn::Idle);
        slots.push((7, "n7.example".to_owned()));
        assert_eq!(takes(slots.next(0, now)), 7);
        slots.release(0);
        assert_eq!(slots.next(0, now), Turn::Idle);
        slots.set_lasting(false);
        assert_eq!(slots.next(0, now), Turn::End);
    }

    #[test]
    fn slow_lookup_releases_its_slot() {
        let (mut slots, now) = (slots(2 * SLOTS), SystemClock.now());
        let later = now + SLOW / 2;
        takes(slots.next(0, now));
        for thread in 1..SLOTS {
            takes(slots.next(thread, later));
        }
        assert_eq!(slots.next(SLOTS, later), Turn::Wait(SLOW / 2));
        takes(slots.next(SLOTS, now + SLOW));
        assert_eq!(slots.next(SLOTS + 1, now + SLOW), Turn::Wait(SLOW / 2));
    }
}
