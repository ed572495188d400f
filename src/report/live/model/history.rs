//! The last probes to a target, and what became of each.

use std::collections::VecDeque;
use std::time::Duration;

/// The finest that is kept of a round trip: as fine as the engine keeps it for many targets.
const GRAIN: u64 = 16;

/// A round trip, up to a minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::report::live) struct RoundTrip(u32);

impl From<Duration> for RoundTrip {
    fn from(duration: Duration) -> Self {
        let grains = duration.as_nanos() / u128::from(GRAIN);
        Self(u32::try_from(grains).unwrap_or(u32::MAX))
    }
}

impl From<RoundTrip> for Duration {
    fn from(RoundTrip(grains): RoundTrip) -> Self {
        Self::from_nanos(u64::from(grains) * GRAIN)
    }
}

/// What has become of a probe so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::report::live) enum Fate {
    /// It may yet be answered in time.
    InFlight,
    /// It was answered in time. Without a round trip this host does not know when.
    Answered(Option<RoundTrip>),
    /// It was answered late.
    Late {
        round_trip: Option<RoundTrip>,
        /// Whether the answer counts all the same: no timeout was given.
        is_counted: bool,
    },
    /// Nothing came in time.
    Lost,
    /// An ICMP error came.
    Rejected,
    /// It did not leave this host.
    NotSent,
    /// This host was suspended meanwhile.
    Suspended,
}

impl Fate {
    /// Whether it was answered, and the answer counts.
    pub(in crate::report::live) fn is_counted(self) -> bool {
        match self {
            Self::Answered(_) => true,
            Self::Late { is_counted, .. } => is_counted,
            _ => false,
        }
    }

    /// Whether it counts as not answered.
    pub(in crate::report::live) fn is_missed(self) -> bool {
        match self {
            Self::Lost | Self::Rejected => true,
            Self::Late { is_counted, .. } => !is_counted,
            _ => false,
        }
    }

    /// How long the answer took, where there is one.
    pub(in crate::report::live) fn round_trip(self) -> Option<Duration> {
        match self {
            Self::Answered(round_trip) | Self::Late { round_trip, .. } => {
                round_trip.map(Into::into)
            }
            _ => None,
        }
    }
}

/// One probe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::report::live) struct Probe {
    /// When it was sent, since the start of the run: in milliseconds, up to 49 days.
    at: u32,
    pub(in crate::report::live) fate: Fate,
}

impl Probe {
    /// When it was sent, since the start of the run.
    pub(in crate::report::live) fn at(&self) -> Duration {
        Duration::from_millis(self.at.into())
    }
}

/// The last probes to a target.
#[derive(Debug, Clone, Default)]
pub(in crate::report::live) struct History {
    /// The number of the first one that is kept.
    first: u64,
    probes: VecDeque<Probe>,
}

impl History {
    /// The number of the next probe.
    pub(in crate::report::live) fn next(&self) -> u64 {
        self.first + self.probes.len() as u64
    }

    /// The probe of this number was sent, or tried, at this time; the number may leave some out. Keeps as many as `most`.
    pub(super) fn begin(&mut self, number: u64, at: Duration, most: usize) {
        let at = u32::try_from(at.as_millis()).unwrap_or(u32::MAX);
        if let Some(known) = self.get_mut(number) {
            known.at = at;
            return;
        }
        let missing = number.saturating_add(1).saturating_sub(self.next());
        if missing > most as u64 {
            self.probes.clear();
            self.first = number;
        }
        while self.next() <= number {
            if self.probes.len() >= most {
                self.probes.pop_front();
                self.first += 1;
            }
            self.probes.push_back(Probe {
                at,
                fate: Fate::InFlight,
            });
        }
    }

    /// The probe of this number, if it is kept.
    pub(super) fn get_mut(&mut self, number: u64) -> Option<&mut Probe> {
        let place = number.checked_sub(self.first)?;
        self.probes.get_mut(usize::try_from(place).ok()?)
    }

    /// The newest probes, the newest one first.
    pub(in crate::report::live) fn newest(&self) -> impl Iterator<Item = &Probe> {
        self.probes.iter().rev()
    }

    /// Those sent since then, the oldest first.
    pub(in crate::report::live) fn since(&self, moment: Duration) -> impl Iterator<Item = &Probe> {
        let before = self.probes.partition_point(|probe| probe.at() < moment);
        self.probes.range(before..)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(milliseconds: u64) -> Duration {
        Duration::from_millis(milliseconds)
    }

    #[test]
    fn only_the_last_probes_are_kept() {
        let mut history = History::default();
        for number in 0..10 {
            history.begin(number, ms(number), 4);
        }
        assert_eq!(history.next(), 10);
        assert!(history.get_mut(5).is_none());
        history.get_mut(6).unwrap().fate = Fate::Lost;
        let fates: Vec<Fate> = history.newest().map(|probe| probe.fate).collect();
        assert_eq!(fates[3], Fate::Lost);
        assert_eq!(fates.len(), 4);
    }

    #[test]
    fn numbers_may_be_left_out_and_far_ahead() {
        let mut history = History::default();
        history.begin(2, ms(1), 4);
        assert_eq!(history.next(), 3);
        history.begin(u64::MAX - 1, ms(2), 4);
        assert_eq!(history.newest().count(), 1);
        history.begin(1, ms(3), 4);
        assert_eq!(history.newest().count(), 1);
    }

    #[test]
    fn probes_are_found_by_their_time() {
        let mut history = History::default();
        for number in 0..10 {
            history.begin(number, ms(number * 100), 100);
        }
        let since: Vec<Duration> = history.since(ms(750)).map(Probe::at).collect();
        assert_eq!(since, [ms(800), ms(900)]);
    }

    #[test]
    fn round_trips_are_kept_to_16_ns_and_up_to_a_minute() {
        let kept = |duration: Duration| Duration::from(RoundTrip::from(duration));
        assert_eq!(kept(Duration::from_nanos(47)), Duration::from_nanos(32));
        assert!(kept(Duration::MAX) > Duration::from_secs(60));
    }
}
