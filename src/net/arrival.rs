//! What the kernel says about a datagram besides its octets, in the terms of this program.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::{Duration, SystemTime};

use super::control::{ControlMessage, ControlMessages, Timestamps};
use super::queue::{Point, Stamped};
use super::{Passage, Stamps, address, filter};
use crate::clock::{Alignment, ClockReading};

/// The most octets of options that an IPv4 header holds.
pub(super) const IP_OPTIONS: usize = 40;

/// How a socket hands over what it receives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Delivery {
    /// With the IPv4 header in front, in which sender, time to live and type of service are: the kernel is not asked for them besides,
    /// which would cost it a twentieth of what it does for a reply.
    Packets,
    /// ICMP messages alone.
    Messages,
}

/// What came with a datagram.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Circumstances<'a> {
    /// Who sent it.
    pub(super) source: SocketAddr,
    /// Time to live or hop limit with which it arrived.
    pub(super) hop_limit: Option<u8>,
    /// Type of service or traffic class with which it arrived.
    pub(super) traffic_class: Option<u8>,
    /// The address that it was sent to.
    pub(super) destination: Option<IpAddr>,
    /// The options of its IPv4 header, where the kernel has taken the header off; never more than fit into one.
    pub(super) options: &'a [u8],
    /// When it arrived, on the clocks of others.
    pub(super) stamps: Timestamps,
}

/// Reads where a datagram comes from, and the control messages; none if the kernel did not even say from whom it is.
pub(super) fn describe<'a>(
    delivery: Delivery,
    octets: &[u8],
    name: &[u8],
    control: &'a [u8],
) -> Option<Circumstances<'a>> {
    let mut found = match delivery {
        Delivery::Packets => of_header(octets)?,
        Delivery::Messages => Circumstances::of_message_from(address::from_octets(name)?),
    };
    for message in ControlMessages::new(control) {
        match message {
            ControlMessage::Timestamps(given) => found.stamps = given,
            ControlMessage::HopLimit(limit) => found.hop_limit = Some(limit),
            ControlMessage::TrafficClass(class) => found.traffic_class = Some(class),
            ControlMessage::Destination(address) => found.destination = Some(address),
            ControlMessage::Options(options) => {
                found.options = options.get(..IP_OPTIONS).unwrap_or(options);
            }
            ControlMessage::ExtendedError(_) | ControlMessage::Unknown => {}
        }
    }
    Some(found)
}

impl Circumstances<'_> {
    /// From whom a message is, which is all that is known without control messages.
    fn of_message_from(source: SocketAddr) -> Self {
        Self {
            source,
            hop_limit: None,
            traffic_class: None,
            destination: None,
            options: &[],
            stamps: Timestamps::default(),
        }
    }
}

/// The ICMP message of a datagram from a raw socket, if its type is that of an error that rejects a probe.
pub(super) fn error_message(delivery: Delivery, octets: &[u8]) -> Option<&[u8]> {
    let (message, errors): (_, &[u8]) = match delivery {
        Delivery::Packets => {
            let header = usize::from(octets.first()? & 0xf) * 4;
            (octets.get(header..)?, &filter::ERRORS)
        }
        Delivery::Messages => (octets, &filter::ERRORS_V6),
    };
    errors.contains(message.first()?).then_some(message)
}

/// Whether it is known from whom a datagram is.
pub(super) fn has_sender(delivery: Delivery, octets: &[u8], name: &[u8]) -> bool {
    match delivery {
        Delivery::Packets => of_header(octets).is_some(),
        Delivery::Messages => address::from_octets(name).is_some(),
    }
}

/// What is in an IPv4 header (RFC 791, section 3.1), which the kernel has verified.
fn of_header(packet: &[u8]) -> Option<Circumstances<'static>> {
    let [
        _,
        type_of_service,
        _,
        _,
        _,
        _,
        _,
        _,
        time_to_live,
        _,
        _,
        _,
        source @ ..,
    ] = packet.first_chunk::<16>()?;
    let source = SocketAddr::from((Ipv4Addr::from(*source), 0));
    let destination = packet.get(16..).and_then(|rest| rest.first_chunk::<4>());
    Some(Circumstances {
        hop_limit: Some(*time_to_live),
        traffic_class: Some(*type_of_service),
        destination: destination.map(|octets| Ipv4Addr::from(*octets).into()),
        ..Circumstances::of_message_from(source)
    })
}

/// Stamps that were read by now, on the clocks that the engine knows.
pub(super) fn placed(clocks: &Alignment, given: Timestamps, read: ClockReading) -> Stamps {
    let placed = |since_epoch: Duration| {
        let stamp = SystemTime::UNIX_EPOCH.checked_add(since_epoch)?;
        clocks.place(stamp, read)
    };
    Stamps {
        kernel: given.kernel.and_then(placed),
        hardware: given.hardware,
    }
}

/// The same for a message that was sent: the interface and the kernel tell separately. None if the stamp cannot be
/// believed.
pub(super) fn passage(
    clocks: &Alignment,
    stamped: &Stamped,
    read: ClockReading,
) -> Option<Passage> {
    let stamps = placed(clocks, stamped.stamps, read);
    match (stamped.point, stamps.hardware) {
        (Point::Queue, _) => stamps.kernel.map(Passage::Queue),
        (Point::Driver, Some(at)) => Some(Passage::Interface(at)),
        (Point::Driver, None) => stamps.kernel.map(Passage::Driver),
    }
}

#[cfg(test)]
mod tests {
    use super::address::octets;
    use super::*;

    /// The header of a packet from 192.0.2.7 to 192.0.2.1 with a time to live of 61 and a type of service of 184.
    const HEADER: [u8; 20] = [
        0x45, 184, 0, 28, 0, 0, 0, 0, 61, 1, 0, 0, 192, 0, 2, 7, 192, 0, 2, 1,
    ];

    #[test]
    fn the_header_of_a_packet_says_from_whom_it_is() {
        let name = octets::of("198.51.100.9:0");
        let found = describe(Delivery::Packets, &HEADER, &name, &[]).unwrap();
        let expected = ("192.0.2.7:0".parse().unwrap(), Some(61), Some(184));
        let told = (found.source, found.hop_limit, found.traffic_class);
        assert_eq!(told, expected);
        assert_eq!(found.destination, Some("192.0.2.1".parse().unwrap()));
        for length in 0..16 {
            let cut = &HEADER[..length];
            assert_eq!(describe(Delivery::Packets, cut, &name, &[]), None);
        }
    }

    #[test]
    fn error_is_told_from_a_reply_behind_a_header_of_any_length() {
        let of_packet = |words: u8, kind: u8| {
            let header = usize::from(words) * 4;
            let packet = [&[0x40 | words][..], &[0; 59]].concat();
            let packet = [&packet[..header], &[kind, 1, 2]].concat();
            error_message(Delivery::Packets, &packet).map(<[u8]>::to_vec)
        };
        for words in [5, 15] {
            for kind in [3, 11, 12] {
                assert_eq!(of_packet(words, kind), Some(vec![kind, 1, 2]));
            }
            for kind in [0, 4, 5, 8, 14] {
                assert_eq!(of_packet(words, kind), None, "type {kind}");
            }
        }
        for (octets, expected) in [
            (&[][..], None),
            (&[1], Some(&[1][..])),
            (&[4, 0], Some(&[4, 0])),
            (&[129, 0], None),
        ] {
            assert_eq!(error_message(Delivery::Messages, octets), expected);
        }
        assert_eq!(error_message(Delivery::Packets, &[0x4f, 3, 3]), None);
    }

    #[test]
    fn of_a_message_the_kernel_says_it() {
        let name = octets::of("198.51.100.9:0");
        let found = describe(Delivery::Messages, &HEADER, &name, &[]).unwrap();
        let expected = ("198.51.100.9:0".parse().unwrap(), None, None);
        let told = (found.source, found.hop_limit, found.traffic_class);
        assert_eq!(told, expected);
        assert_eq!(describe(Delivery::Messages, &HEADER, &[], &[]), None);
    }
}
