//! What is told again and again.

use std::time::{Duration, Instant};

/// What is told again and again, and how often.
#[derive(Debug, Clone, Copy, Default)]
pub struct Reminders {
    /// How far the run is.
    pub progress: Option<Duration>,
    /// The state so far.
    pub status: Option<Duration>,
}

/// When something is told the next time.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reminder {
    every: Duration,
    next: Instant,
}

impl Reminder {
    pub(super) fn new(every: Option<Duration>, now: Instant) -> Option<Self> {
        let every = every?;
        let next = now.checked_add(every)?;
        Some(Self { every, next })
    }

    /// When it is told the next time.
    pub(super) fn next(&self) -> Instant {
        self.next
    }

    /// Whether it is to be told now; then the next time is one period later.
    pub(super) fn is_due(reminder: &mut Option<Self>, now: Instant) -> bool {
        let Some(reminder) = reminder else {
            return false;
        };
        let due = now >= reminder.next;
        if due {
            reminder.next = now.checked_add(reminder.every).unwrap_or(now);
        }
        due
    }
}
