//! What replies of a target tell besides: another time to live or traffic class means another path, or another host.

use crate::event::{Changed, Header, TargetNumber};

/// How many replies in a row must have another value: the paths of a load balancer may differ by a hop, and then each reply has
/// the other value.
const ENOUGH: u8 = 3;

/// The bits of a traffic class that are the sender's; the other two tell of congestion on the way (RFC 3168).
const DIFFERENTIATED_SERVICES: u8 = 0xfc;

/// What is known of the headers of replies: eight octets a target.
#[derive(Debug, Clone, Default)]
pub(super) struct Changes {
    of: Vec<Known>,
}

/// Of one target.
#[derive(Debug, Clone, Copy, Default)]
struct Known {
    hop_limit: Option<Value>,
    traffic_class: Option<Value>,
}

/// A value, and another one that was seen lately.
#[derive(Debug, Clone, Copy)]
struct Value {
    current: u8,
    other: u8,
    /// How often the other one was seen in a row.
    times: u8,
}

impl Value {
    fn first(value: u8) -> Self {
        Self {
            current: value,
            other: value,
            times: 0,
        }
    }

    /// The next one; if it has become the value, what was it before.
    fn see(&mut self, value: u8) -> Option<u8> {
        if value == self.current {
            self.times = 0;
            return None;
        }
        self.times = if value == self.other { self.times } else { 0 } + 1;
        self.other = value;
        if self.times < ENOUGH {
            return None;
        }
        self.times = 0;
        Some(std::mem::replace(&mut self.current, value))
    }
}

/// A value that was seen; tells the one before if it has changed.
fn see(known: &mut Option<Value>, seen: Option<u8>) -> Option<(u8, u8)> {
    let seen = seen?;
    let before = known.get_or_insert(Value::first(seen)).see(seen)?;
    Some((before, seen))
}

impl Changes {
    /// A reply of this target had this header; tells what has changed.
    pub(super) fn see(&mut self, target: TargetNumber, header: Header) -> [Option<Changed>; 2] {
        let index = target as usize;
        if self.of.len() <= index {
            self.of.resize(index + 1, Known::default());
        }
        let Some(known) = self.of.get_mut(index) else {
            return [None; 2];
        };
        let class = header.traffic_class;
        let services = class.map(|class| class & DIFFERENTIATED_SERVICES);
        let hop_limit = see(&mut known.hop_limit, header.hop_limit);
        let traffic_class = see(&mut known.traffic_class, services);
        [
            hop_limit.map(|(before, after)| Changed::HopLimit { before, after }),
            traffic_class.map(|(before, after)| Changed::TrafficClass { before, after }),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(hop_limit: u8, traffic_class: u8) -> Header {
        Header {
            hop_limit: Some(hop_limit),
            traffic_class: Some(traffic_class),
        }
    }

    /// What is told of replies of target 7 with these hop limits.
    fn told(hop_limits: &[u8]) -> Vec<(u8, u8)> {
        let mut changes = Changes::default();
        let all = hop_limits
            .iter()
            .flat_map(|limit| changes.see(7, header(*limit, 0)));
        let told = all.flatten().map(|what| match what {
            Changed::HopLimit { before, after } => (before, after),
            other => panic!("{other:?}"),
        });
        told.collect()
    }

    #[test]
    fn other_value_is_told_when_it_was_seen_three_times_in_a_row() {
        assert_eq!(told(&[64, 57, 57]), []);
        assert_eq!(told(&[64, 57, 57, 57]), [(64, 57)]);
        assert_eq!(told(&[64, 57, 57, 57, 57, 57]), [(64, 57)]);
        assert_eq!(told(&[64, 57, 57, 57, 64, 64, 64]), [(64, 57), (57, 64)]);
    }

    #[test]
    fn values_that_take_turns_are_no_change() {
        assert_eq!(told(&[64, 63, 64, 63, 63, 64, 63, 63, 64]), []);
        assert_eq!(told(&[64, 63, 62, 61, 63, 62, 61]), []);
    }

    #[test]
    fn congestion_is_no_change_of_the_traffic_class() {
        let mut changes = Changes::default();
        let mut see = |class| changes.see(0, header(64, class));
        for class in [0xb8, 0xbb, 0xb9, 0xbb] {
            assert_eq!(see(class), [None; 2]);
        }
        assert_eq!([see(0x03), see(0x00)], [[None; 2]; 2]);
        let (before, after) = (0xb8, 0);
        let told = Some(Changed::TrafficClass { before, after });
        assert_eq!(see(0x01), [None, told]);
    }

    #[test]
    fn header_that_the_kernel_does_not_tell_says_nothing() {
        let mut changes = Changes::default();
        for hop_limit in [Some(64), None, Some(57), None, Some(57), None] {
            let header = Header {
                hop_limit,
                traffic_class: None,
            };
            assert_eq!(changes.see(0, header), [None; 2]);
        }
        assert!(changes.see(0, header(57, 0))[0].is_some());
    }

    #[test]
    fn eight_octets_are_kept_of_a_target() {
        assert_eq!(size_of::<Known>(), 8);
    }
}
