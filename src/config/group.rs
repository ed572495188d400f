//! iputils' limits for an unprivileged user who probes a broadcast or multicast address.

use std::fmt;
use std::time::Duration;

use super::{Config, Pace, PathMtuDiscovery, Single};

/// The shortest interval at which an unprivileged user may probe a group.
const SHORTEST_INTERVAL: Duration = Duration::from_secs(1);

/// The kind of an address that reaches many hosts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    /// All hosts of a network.
    Broadcast,
    /// The members of a multicast group.
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

/// Why an unprivileged user may not probe a group in this way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GroupError {
    /// The interval is too short.
    Interval(Group),
    /// Probes may be fragmented, and each host would receive all fragments.
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
    /// Checks that an unprivileged user may probe a group in this way. (Among many targets only root may probe one.)
    ///
    /// # Errors
    /// The line of iputils.
    pub fn check_group(&self, group: Group) -> Result<(), GroupError> {
        let shortest = match self.plan.schedule.pace {
            Pace::Interval(interval) => interval,
            // Only the first interval: `keep_group_pace` limits the others.
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

    /// Limits the pace of `-A` to a group, which the replies of many hosts would set. iputils has no such limit.
    pub fn keep_group_pace(&mut self) {
        if let Pace::Adaptive { floor, .. } = &mut self.plan.schedule.pace {
            *floor = SHORTEST_INTERVAL.max(*floor);
        }
    }
}
