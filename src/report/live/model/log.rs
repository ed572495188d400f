//! What happened, for people to read later.

use std::collections::VecDeque;
use std::time::{Duration, SystemTime};

use crate::event::{Change, Down, Moment, TargetNumber, TimeDown};

/// How many entries are kept: a screen of them an hour, for a week.
const MOST: usize = 10_000;

/// What happened, the newest last.
#[derive(Debug, Clone, Default)]
pub(in crate::report::live) struct Log {
    entries: VecDeque<Entry>,
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::report::live) struct Entry {
    /// When it was told: the time of the run, and the time of day.
    pub(in crate::report::live) at: Duration,
    pub(in crate::report::live) wall: SystemTime,
    pub(in crate::report::live) what: Happening,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::report::live) enum Happening {
    /// A target does not answer any more, since then by the time of day.
    Down(Down, SystemTime),
    /// A target answers again.
    Up(TimeDown),
    /// Something about a target is not as it was.
    Changed(Change),
    /// Something that the run tells.
    Message(String),
}

impl Happening {
    /// The target that it is about.
    pub(in crate::report::live) fn target(&self) -> Option<TargetNumber> {
        match self {
            Self::Down(down, _) => Some(down.first.target),
            Self::Up(up) => Some(up.first.target),
            Self::Changed(change) => Some(change.target),
            Self::Message(_) => None,
        }
    }
}

impl Log {
    pub(super) fn push(&mut self, now: Moment, what: Happening) {
        if self.entries.len() >= MOST {
            self.entries.pop_front();
        }
        self.entries.push_back(Entry {
            at: now.since_start,
            wall: now.wall,
            what,
        });
    }

    /// How many there are.
    pub(in crate::report::live) fn len(&self) -> usize {
        self.entries.len()
    }

    /// The newest first.
    pub(in crate::report::live) fn newest(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().rev()
    }
}
