//! The probes to one target, and what became of each.

use std::time::{Duration, Instant};

use super::super::fate::Fate;

/// The most that a round trip may vary besides what was measured, and what a host may take to answer.
const LEEWAY: Duration = Duration::from_millis(200);

/// A probe is waited for as long as the slowest round trip so far, times this.
const FACTOR: u32 = 3;

/// The first probe is waited for this long, and none longer than the second.
const FIRST_TIMEOUT: Duration = Duration::from_secs(1);
const LONGEST_TIMEOUT: Duration = Duration::from_secs(4);

/// What a probe is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// To find out whether its size passes.
    Try,
    /// To find out whether probes of a size that passes are lost.
    Control,
    /// To have a hop report it.
    Hop,
}

/// A probe. Its place among those of its target is its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Probe {
    /// Octets of the IP packet.
    pub(super) size: u32,
    /// Its time to live, where it is to run out.
    pub(super) hop: Option<u8>,
    pub(super) purpose: Purpose,
    pub(super) fate: Fate,
    /// What came back is not what was sent.
    pub(super) is_altered: bool,
    /// Somebody said that it was too big, and was believed.
    pub(super) is_refused: bool,
    pub(super) left: Option<Instant>,
    /// Until when it is waited for; none: not any more.
    pub(super) due: Option<Instant>,
}

impl Probe {
    /// Whether its reply came as it was sent.
    pub(super) fn is_answered(&self) -> bool {
        self.fate == Fate::Answered && !self.is_altered
    }

    /// Whether nothing more is expected to come.
    pub(super) fn is_settled(&self) -> bool {
        self.due.is_none() && self.fate != Fate::Queued
    }
}

/// The probes to a target.
#[derive(Debug, Clone)]
pub(super) struct Probes {
    all: Vec<Probe>,
    /// The longest that each may be waited for, where the user says so.
    limit: Option<Duration>,
    slowest: Option<Duration>,
}

impl Probes {
    pub(super) fn new(limit: Option<Duration>) -> Self {
        Self {
            all: Vec::new(),
            limit,
            slowest: None,
        }
    }

    /// A new probe; its number.
    pub(super) fn push(&mut self, size: u32, hop: Option<u8>, purpose: Purpose) -> usize {
        self.all.push(Probe {
            size,
            hop,
            purpose,
            fate: Fate::Queued,
            is_altered: false,
            is_refused: false,
            left: None,
            due: None,
        });
        self.all.len() - 1
    }

    pub(super) fn get(&self, number: usize) -> Option<&Probe> {
        self.all.get(number)
    }

    pub(super) fn get_mut(&mut self, number: usize) -> Option<&mut Probe> {
        self.all.get_mut(number)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Probe> {
        self.all.iter()
    }

    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    /// How many left.
    pub(super) fn sent(&self) -> usize {
        self.all
            .iter()
            .filter(|probe| probe.fate.has_left())
            .count()
    }

    /// How many of those were for hops.
    pub(super) fn sent_to_hops(&self) -> u32 {
        let is_sent = |probe: &&Probe| probe.purpose == Purpose::Hop && probe.fate.has_left();
        u32::try_from(self.all.iter().filter(is_sent).count()).unwrap_or(u32::MAX)
    }

    /// How long a probe is waited for.
    fn timeout(&self) -> Duration {
        let measured = self.slowest.map_or(FIRST_TIMEOUT, |slowest| {
            LEEWAY.saturating_add(slowest.saturating_mul(FACTOR))
        });
        measured.min(self.limit.unwrap_or(LONGEST_TIMEOUT))
    }

    /// It left.
    pub(super) fn left(&mut self, number: usize, at: Instant) {
        let timeout = self.timeout();
        if let Some(probe) = self.all.get_mut(number) {
            probe.fate = Fate::InFlight;
            probe.left = Some(at);
            probe.due = Some(at.checked_add(timeout).unwrap_or(at));
        }
    }

    /// A round trip took so long.
    pub(super) fn note_round_trip(&mut self, round_trip: Duration) {
        self.slowest = self.slowest.max(Some(round_trip));
    }

    /// When the next one is not waited for any more.
    pub(super) fn next_due(&self) -> Option<Instant> {
        // Those that were sent last are the ones that are waited for.
        self.all.iter().filter_map(|probe| probe.due).min()
    }

    /// The numbers of those that are not waited for from now on.
    pub(super) fn expire(&mut self, now: Instant) -> Vec<usize> {
        let is_over = |probe: &Probe| probe.due.is_some_and(|due| due <= now);
        let over = self.all.iter_mut().enumerate();
        let over = over.filter(|(_, probe)| is_over(probe));
        over.map(|(number, probe)| {
            probe.due = None;
            if probe.fate == Fate::InFlight {
                probe.fate = Fate::TimedOut;
            }
            number
        })
        .collect()
    }
}
