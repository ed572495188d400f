//! Changes in the headers of replies: another time to live or traffic class means another path or another host.

use crate::event::{Changed, Header, TargetNumber};

/// How many replies in a row must have the new value. The paths of a load balancer may differ by a hop, and then
/// replies alternate between two values.
const ENOUGH: u8 = 3;

/// The bits of the traffic class that the sender sets; the other two signal congestion (RFC 3168).
const DIFFERENTIATED_SERVICES: u8 = 0xfc;

/// The last known headers of replies, eight octets for each target.
#[derive(Debug, Clone, Default)]
pub(super) struct Changes {
    of: Vec<Known>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Known {
    hop_limit: Option<Value>,
    traffic_class: Option<Value>,
}

/// The current value, and another one seen since.
#[derive(Debug, Clone, Copy)]
struct Value {
    current: u8,
    other: u8,
    /// How many replies in a row had `other`.
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

    /// Notes the value of the next reply. Returns the old value if this one makes `other` the current one.
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

/// Notes the value of the next reply. Returns the old and new value if it changed.
fn see(known: &mut Option<Value>, seen: Option<u8>) -> Option<(u8, u8)> {
    let seen = seen?;
    let before = known.get_or_insert(Value::first(seen)).see(seen)?;
    Some((before, seen))
}

impl Changes {
    /// Notes the header of a reply from this target. Returns what changed.
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

    /// The changes reported for replies of target 7 with these hop limits.
    fn reported(hop_limits: &[u8]) -> Vec<(u8, u8)> {
        let mut changes = Changes::default();
        let all = hop_limits
            .iter()
            .flat_map(|limit| changes.see(7, header(*limit, 0)));
        let reported = all.flatten().map(|what| match what {
            Changed::HopLimit { before, after } => (before, after),
            other => panic!("{other:?}"),
        });
        reported.collect()
    }

    #[test]
    fn change_is_reported_after_three_replies_in_a_row_with_the_new_value() {
        assert_eq!(reported(&[64, 57, 57]), []);
        assert_eq!(reported(&[64, 57, 57, 57]), [(64, 57)]);
        assert_eq!(reported(&[64, 57, 57, 57, 57, 57]), [(64, 57)]);
        assert_eq!(
            reported(&[64, 57, 57, 57, 64, 64, 64]),
            [(64, 57), (57, 64)]
        );
    }

    #[test]
    fn alternating_values_are_not_a_change() {
        assert_eq!(reported(&[64, 63, 64, 63, 63, 64, 63, 63, 64]), []);
        assert_eq!(reported(&[64, 63, 62, 61, 63, 62, 61]), []);
    }

    #[test]
    fn congestion_bits_are_not_a_change_of_the_traffic_class() {
        let mut changes = Changes::default();
        let mut see = |class| changes.see(0, header(64, class));
        for class in [0xb8, 0xbb, 0xb9, 0xbb] {
            assert_eq!(see(class), [None; 2]);
        }
        assert_eq!([see(0x03), see(0x00)], [[None; 2]; 2]);
        let (before, after) = (0xb8, 0);
        let reported = Some(Changed::TrafficClass { before, after });
        assert_eq!(see(0x01), [None, reported]);
    }

    #[test]
    fn missing_header_values_change_nothing() {
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
    fn each_target_takes_eight_octets() {
        assert_eq!(size_of::<Known>(), 8);
    }
}
