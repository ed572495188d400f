//! When to probe one target, and when to stop.

use std::time::Duration;

/// When to probe one target, and when to stop. Read by the engine.
#[derive(Debug, Clone, PartialEq)]
pub struct Schedule {
    /// The distance between probes.
    pub pace: Pace,
    /// How many probes are sent at once at the start, and may be in flight in a flood: 1 to 65,536.
    pub preload: u32,
    /// Stop after this number of probes; with a deadline, after this number of replies.
    pub count: Option<u64>,
    /// Whether to stop at the first reply.
    pub until_reply: bool,
    /// The latest end of the run, after its start.
    pub deadline: Option<Duration>,
    /// The timeout of probes.
    pub timeout: Timeout,
    /// When an unanswered probe is reported.
    pub outstanding: Outstanding,
    /// Which round trips enter the statistics.
    pub timed: Timed,
    /// Where a round trip begins.
    pub start: RoundTripStart,
    /// The sequence number of the first probe.
    pub first_sequence: u16,
}

/// Where a round trip begins, if the kernel delivers the time stamp.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RoundTripStart {
    /// When the kernel accepts the probe: includes the wait in the interface's queue, or for neighbour resolution.
    #[default]
    Queue,
    /// When the interface's driver gets it: excludes that wait.
    Driver,
}

/// Which round trips enter the statistics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Timed {
    /// Those of all replies that count, under the name `ping`.
    All,
    /// Those of replies with the length and the data of their probe, from the target's address.
    Faithful,
}

/// The distance between two probes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// One probe each interval, on an absolute schedule.
    Interval(Duration),
    /// As fast as replies come in, and at least a hundred a second (`-f`, `-i 0`).
    Flood,
    /// One probe each round trip (`-A`), but no faster than the floor.
    Adaptive {
        /// The distance until the first round trip is known.
        initial: Duration,
        /// The shortest distance that this user is allowed.
        floor: Duration,
    },
}

/// How long to wait for a reply before the probe is reported as unanswered and, after the last probe, the run ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Timeout {
    /// No `-W`: a probe is reported after 1 s or twice the largest round trip, whichever is longer, but at most 10 s. A later
    /// reply still counts. After the last probe the run waits as iputils does: 10 s if it received nothing, else twice the
    /// largest round trip or one interval.
    Patient,
    /// `-W` under the name `ping`: only the wait after the last probe, and only if nothing was received. `-W 0` (no
    /// timeout) is `Duration::MAX`.
    Linger(Duration),
    /// `-W` under the name `rping`: the timeout of each probe. A later reply does not count.
    PerProbe(Duration),
    /// `-W 0` under the name `rping`: no timeout.
    Never,
}

/// When an unanswered probe is reported (`no answer yet`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Outstanding {
    /// Never: `ping` without `-O`.
    #[default]
    Silent,
    /// `ping -O`: before the next probe is sent.
    BeforeNext,
    /// `rping`: when its timeout expires.
    Overdue,
    /// `rping -O`: before the next probe is sent, or when its timeout expires.
    Both,
}
