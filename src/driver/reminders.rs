//! What is done periodically.

use std::time::{Duration, Instant};

/// How often each thing is done.
#[derive(Debug, Clone, Copy, Default)]
pub struct Reminders {
    /// Report the progress.
    pub progress: Option<Duration>,
    /// Report the status.
    pub status: Option<Duration>,
    /// Report a snapshot, for output that is rewritten each time.
    pub snapshot: Option<Duration>,
    /// Look up names again.
    pub lookups: Option<Duration>,
}

/// When each of them is due.
#[derive(Debug)]
pub(super) struct Due {
    every: Reminders,
    progress: Option<Instant>,
    status: Option<Instant>,
    snapshot: Option<Instant>,
    lookups: Option<Instant>,
    /// The earliest of these.
    next: Option<Instant>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "each is due or not, independent of the others"
)]
pub(super) struct DueNow {
    pub(super) progress: bool,
    pub(super) status: bool,
    pub(super) snapshot: bool,
    pub(super) lookups: bool,
}

impl Due {
    pub(super) fn new(every: Reminders, now: Instant) -> Self {
        let first = |period: Option<Duration>| now.checked_add(period?);
        let mut due = Self {
            every,
            progress: first(every.progress),
            status: first(every.status),
            snapshot: first(every.snapshot),
            lookups: first(every.lookups),
            next: None,
        };
        due.find_next();
        due
    }

    fn find_next(&mut self) {
        let all = [self.progress, self.status, self.snapshot, self.lookups];
        self.next = all.into_iter().flatten().min();
    }

    /// When the next one is due.
    pub(super) fn next(&self) -> Option<Instant> {
        self.next
    }

    /// Takes those that are due; each is due again one period later.
    pub(super) fn take(&mut self, now: Instant) -> DueNow {
        if self.next.is_none_or(|next| now < next) {
            return DueNow::default();
        }
        let due_now = DueNow {
            progress: take(&mut self.progress, self.every.progress, now),
            status: take(&mut self.status, self.every.status, now),
            snapshot: take(&mut self.snapshot, self.every.snapshot, now),
            lookups: take(&mut self.lookups, self.every.lookups, now),
        };
        self.find_next();
        due_now
    }
}

fn take(due: &mut Option<Instant>, every: Option<Duration>, now: Instant) -> bool {
    let is_due = due.is_some_and(|due| now >= due);
    if is_due {
        *due = every.and_then(|every| now.checked_add(every));
    }
    is_due
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{Clock, SystemClock};

    #[test]
    fn each_is_due_one_period_after_the_last_time() {
        let start = SystemClock.now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let every = Reminders {
            progress: Some(Duration::from_secs(2)),
            status: Some(Duration::from_secs(5)),
            snapshot: Some(Duration::from_secs(7)),
            lookups: Some(Duration::from_secs(8)),
        };
        let mut due = Due::new(every, start);
        assert_eq!(due.next(), Some(at(2)));
        assert_eq!(due.take(at(1)), DueNow::default());
        let due_now = due.take(at(3));
        assert!(due_now.progress && !due_now.status);
        assert_eq!(due.next(), Some(at(5)));
        let due_now = due.take(at(5));
        assert!(due_now.progress && due_now.status);
        assert_eq!(due.next(), Some(at(7)));
        assert!(due.take(at(7)).snapshot);
        assert_eq!(due.next(), Some(at(8)));
        assert!(due.take(at(8)).lookups);
        assert_eq!(due.next(), Some(at(9)));
    }

    #[test]
    fn nothing_is_due_without_reminders() {
        let start = SystemClock.now();
        let mut due = Due::new(Reminders::default(), start);
        assert_eq!(due.next(), None);
        assert_eq!(
            due.take(start + Duration::from_secs(1000)),
            DueNow::default()
        );
    }
}
