//! The control messages of a sent message: its name for departure stamps, and its own time to live.

use libc::c_int;

use super::stamping::Label;

/// Length, level, type; one integer; padding to the word size.
const INTEGER: usize = size_of::<usize>() + 2 * size_of::<c_int>() + size_of::<usize>();

/// The same without the padding.
const FILLED: usize = size_of::<usize>() + 2 * size_of::<c_int>() + size_of::<c_int>();

/// The control messages of one message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Control {
    octets: [u8; 2 * INTEGER],
    length: usize,
}

impl Control {
    /// Encodes those that are given, for a message of this family.
    pub(super) fn new(hop_limit: Option<u8>, label: Option<Label>, is_ipv4: bool) -> Self {
        let mut control = Self {
            octets: [0; 2 * INTEGER],
            length: 0,
        };
        for message in label
            .into_iter()
            .chain(hop_limit.map(|it| limit(it, is_ipv4)))
        {
            let place = control.octets.iter_mut().skip(control.length);
            for (place, octet) in place.zip(message) {
                *place = octet;
            }
            control.length += INTEGER;
        }
        control
    }

    /// The encoded control messages.
    pub(super) fn octets(&self) -> &[u8] {
        self.octets.get(..self.length).unwrap_or_default()
    }
}

/// `IP_TTL` or `IPV6_HOPLIMIT`: an `int`.
fn limit(limit: u8, is_ipv4: bool) -> [u8; INTEGER] {
    let (level, kind) = if is_ipv4 {
        (libc::IPPROTO_IP, libc::IP_TTL)
    } else {
        (libc::IPPROTO_IPV6, libc::IPV6_HOPLIMIT)
    };
    integer(level, kind, c_int::from(limit).cast_unsigned())
}

/// A control message of one 32-bit integer.
pub(super) fn integer(level: c_int, kind: c_int, value: u32) -> [u8; INTEGER] {
    let mut octets = [0; INTEGER];
    let fields = FILLED
        .to_ne_bytes()
        .into_iter()
        .chain(level.to_ne_bytes())
        .chain(kind.to_ne_bytes())
        .chain(value.to_ne_bytes());
    for (place, octet) in octets.iter_mut().zip(fields) {
        *place = octet;
    }
    octets
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(parts: [c_int; 3]) -> Vec<u8> {
        let length = (size_of::<usize>() + 12).to_ne_bytes();
        let parts = parts.into_iter().flat_map(c_int::to_ne_bytes);
        let octets = length.into_iter().chain(parts);
        let padding = size_of::<usize>() - 4;
        octets.chain(std::iter::repeat_n(0, padding)).collect()
    }

    #[test]
    fn time_to_live_is_a_control_message_of_its_family() {
        let control = Control::new(Some(7), None, true);
        assert_eq!(control.octets(), words([0, 2, 7]));
        let control = Control::new(Some(255), None, false);
        assert_eq!(control.octets(), words([41, 52, 255]));
        assert!(Control::new(None, None, true).octets().is_empty());
    }

    #[test]
    fn name_and_time_to_live_follow_each_other() {
        let label = integer(1, 81, 0x0102_0304);
        let control = Control::new(Some(7), Some(label), true);
        let expected = [words([1, 81, 0x0102_0304]), words([0, 2, 7])].concat();
        assert_eq!(control.octets(), expected);
    }
}
