//! The metadata of a received datagram.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::{Duration, SystemTime};

use super::control::{ControlMessage, ControlMessages, Timestamps};
use super::queue::{Point, Stamped};
use super::{Passage, Stamps, address, filter};
use crate::clock::{Alignment, ClockReading};

/// The most octets of options in an IPv4 header.
pub(super) const IP_OPTIONS: usize = 40;

/// The form in which a socket delivers datagrams.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Delivery {
    /// With the IPv4 header, which has sender, time to live and type of service. They are not requested from the kernel: that
    /// would add a twentieth to the cost of a reply.
    Packets,
    /// ICMP messages alone.
    Messages,
}

/// The metadata of a datagram.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Metadata<'a> {
    /// The sender.
    pub(super) source: SocketAddr,
    /// The time to live or hop limit on arrival.
    pub(super) hop_limit: Option<u8>,
    /// The type of service or traffic class on arrival.
    pub(super) traffic_class: Option<u8>,
    /// The destination address.
    pub(super) destination: Option<IpAddr>,
    /// The options of its IPv4 header, if the kernel has removed the header; at most [`IP_OPTIONS`].
    pub(super) options: &'a [u8],
    /// The stamps of the kernel and the interface.
    pub(super) stamps: Timestamps,
}

/// Parses the sender and the control messages of a datagram; `None` without a valid sender.
pub(super) fn metadata<'a>(
    delivery: Delivery,
    octets: &[u8],
    name: &[u8],
    control: &'a [u8],
) -> Option<Metadata<'a>> {
    let mut found = match delivery {
        Delivery::Packets => from_ip_header(octets)?,
        Delivery::Messages => Metadata::of_message_from(address::from_octets(name)?),
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

impl Metadata<'_> {
    /// The metadata of a message without control messages.
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

/// The ICMP message of a datagram from a raw socket, if it is an error that rejects a probe.
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

/// Whether a datagram has a valid sender.
pub(super) fn has_sender(delivery: Delivery, octets: &[u8], name: &[u8]) -> bool {
    match delivery {
        Delivery::Packets => from_ip_header(octets).is_some(),
        Delivery::Messages => address::from_octets(name).is_some(),
    }
}

/// Parses an IPv4 header (RFC 791, section 3.1), which the kernel has verified.
fn from_ip_header(packet: &[u8]) -> Option<Metadata<'static>> {
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
    Some(Metadata {
        hop_limit: Some(*time_to_live),
        traffic_class: Some(*type_of_service),
        destination: destination.map(|octets| Ipv4Addr::from(*octets).into()),
        ..Metadata::of_message_from(source)
    })
}

/// Converts stamps that were read at `read` to the engine's clock.
pub(super) fn align(clocks: &Alignment, given: Timestamps, read: ClockReading) -> Stamps {
    let convert = |since_epoch: Duration| {
        let stamp = SystemTime::UNIX_EPOCH.checked_add(since_epoch)?;
        clocks.place(stamp, read)
    };
    Stamps {
        kernel: given.kernel.and_then(convert),
        hardware: given.hardware,
    }
}

/// The same for a departure stamp, which is either the kernel's or the interface's; `None` if it is implausible.
pub(super) fn passage(
    clocks: &Alignment,
    stamped: &Stamped,
    read: ClockReading,
) -> Option<Passage> {
    let stamps = align(clocks, stamped.stamps, read);
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
    fn packet_has_its_sender_in_the_ip_header() {
        let name = octets::of("198.51.100.9:0");
        let found = metadata(Delivery::Packets, &HEADER, &name, &[]).unwrap();
        let expected = ("192.0.2.7:0".parse().unwrap(), Some(61), Some(184));
        let told = (found.source, found.hop_limit, found.traffic_class);
        assert_eq!(told, expected);
        assert_eq!(found.destination, Some("192.0.2.1".parse().unwrap()));
        for length in 0..16 {
            let cut = &HEADER[..length];
            assert_eq!(metadata(Delivery::Packets, cut, &name, &[]), None);
        }
    }

    #[test]
    fn error_is_distinguished_from_a_reply_after_a_header_of_any_length() {
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
    fn message_has_its_sender_from_the_kernel() {
        let name = octets::of("198.51.100.9:0");
        let found = metadata(Delivery::Messages, &HEADER, &name, &[]).unwrap();
        let expected = ("198.51.100.9:0".parse().unwrap(), None, None);
        let told = (found.source, found.hop_limit, found.traffic_class);
        assert_eq!(told, expected);
        assert_eq!(metadata(Delivery::Messages, &HEADER, &[], &[]), None);
    }
}
