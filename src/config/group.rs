//! What an ordinary user may do to an address that many hosts answer for: iputils' rules.

use std::fmt;
use std::time::Duration;

use super::{Config, Pace, PathMtuDiscovery, Single};

/// The shortest interval at which an ordinary user may probe such an address.
const SHORTEST_INTERVAL: Duration = Duration::from_secs(1);

/// An address that many hosts answer for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    /// All hosts of a network.
    Broadcast,
    /// All that have joined a group.
    Multicast,
}

impl fmt::Display for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Broadcast => "broadcast",
            Self::Multicast => "multicast",
        })
    }
}

/// Why an ordinary user may not probe such an address so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GroupError {
    /// The probes may follow one another too fast.
    Interval(Group),
    /// The probes may be fragmented, and fragments to many hosts multiply.
    Fragments(Group),
}

impl fmt::Display for GroupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Interval(group) => write!(
                f,
                "minimal interval for {group} ping for user must be >= {} ms, use -i {} (or higher)",
                SHORTEST_INTERVAL.as_millis(),
                SHORTEST_INTERVAL.as_secs(),
            ),
            Self::Fragments(group) => write!(f, "{group} ping does not fragment"),
        }
    }
}

impl std::error::Error for GroupError {}

impl Config<Single> {
    /// Whether an ordinary user may probe a group so. (Among many targets only root may probe one at all.)
    ///
    /// # Errors
    /// The line of iputils.
    pub fn check_group(&self, group: Group) -> Result<(), GroupError> {
        let shortest = match self.plan.schedule.pace {
            Pace::Interval(interval) => interval,
            // It begins like this. What follows is held by `keep_group_pace`.
            Pace::Adaptive { initial, .. } => initial,
            Pace::Flood => Duration::ZERO,
        };
        if shortest < SHORTEST_INTERVAL {
            return Err(GroupError::Interval(group));
        }
        match self.socket.path_mtu_discovery {
            None | Some(PathMtuDiscovery::Do) => Ok(()),
            Some(_) => Err(GroupError::Fragments(group)),
        }
    }

    /// The replies that set the pace of `-A` come from many hosts: an ordinary user's probes to a group leave no faster than
    /// any others of that user. iputils has no such limit.
    pub fn keep_group_pace(&mut self) {
        if let Pace::Adaptive { floor, .. } = &mut self.plan.schedule.pace {
            *floor = SHORTEST_INTERVAL.max(*floor);
        }
    }
}
