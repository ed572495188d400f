//! What to send to one target when, and when the run is over.

use std::time::Duration;

/// What to send when, and when the run is over. Read by the engine.
#[derive(Debug, Clone, PartialEq)]
pub struct Schedule {
    /// The distance between probes.
    pub pace: Pace,
    /// How many probes may be sent at once at the start, and may be in flight in a flood: 1 to 65,536.
    pub preload: u32,
    /// Stop after this number of probes; with a deadline, after this number of replies.
    pub count: Option<u64>,
    /// Stop at the first reply.
    pub until_reply: bool,
    /// Stop so long after the start, whatever happened.
    pub deadline: Option<Duration>,
    /// How long a probe may stay unanswered.
    pub timeout: Timeout,
    /// When an unanswered probe is mentioned.
    pub outstanding: Outstanding,
    /// Whose round trips enter the statistics.
    pub timed: Timed,
    /// Where a round trip begins.
    pub start: RoundTripStart,
    /// The sequence number of the first probe.
    pub first_sequence: u16,
}

/// Where a round trip begins, as far as the kernel says when that was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RoundTripStart {
    /// When the kernel took the probe: with the wait in the queue of this host's interface, or for a neighbour.
    #[default]
    Queue,
    /// When the driver of the interface got it: without that wait.
    Driver,
}

/// Whose round trips enter the statistics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Timed {
    /// Those of all replies that count, under the name `ping`.
    All,
    /// Those of replies that are what was asked for: of the length and with the data of their probe, and from the
    /// target's address.
    Faithful,
}

/// The distance between two sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// One probe each interval, on an absolute schedule.
    Interval(Duration),
    /// As fast as replies come in, or a hundred a second where none does (`-f`, `-i 0`).
    Flood,
    /// One probe each round trip (`-A`), and no faster than the floor.
    Adaptive {
        /// The distance before the first reply tells a round trip.
        initial: Duration,
        /// The shortest distance that this user is allowed.
        floor: Duration,
    },
}

/// How long a probe may stay unanswered before it is reported, and after the last one the run ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Timeout {
    /// No `-W`: a probe is mentioned after a second or twice the largest round trip, whichever is longer,
    /// ten seconds at most, and a reply still counts afterwards. The last probe is waited for as in iputils:
    /// ten seconds if nothing was ever received, else twice the largest round trip or one interval.
    Patient,
    /// `-W` under the name `ping`: only the wait after the last probe, and only if nothing was received;
    /// `Duration::MAX` for `-W 0`, which means for ever.
    Linger(Duration),
    /// `-W` under the name `rping`: each probe's own time. A reply after it is late and does not count.
    PerProbe(Duration),
    /// `-W 0` under the name `rping`: for ever.
    Never,
}

/// When an unanswered probe is mentioned (`no answer yet`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Outstanding {
    /// Not at all: `ping` without `-O`.
    #[default]
    Silent,
    /// `ping -O`: before the next probe is sent.
    BeforeNext,
    /// `rping`: when the timeout of the probe expires.
    Overdue,
    /// `rping -O`: before the next probe is sent, or when the timeout of the probe expires.
    Both,
}
