//! Builds and parses the packets of the scripted host without code of rping: two implementations that must agree.

use libtest_mimic::{Failed, Trial};
use std::net::IpAddr;

/// ICMP types, which differ between the families.
pub(crate) const REPLY4: u8 = 0;
pub(crate) const REQUEST4: u8 = 8;
pub(crate) const TIMESTAMP4: u8 = 13;
pub(crate) const REQUEST6: u8 = 128;
pub(crate) const REPLY6: u8 = 129;

/// An echo or timestamp request as received by the host.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    /// The packet with its IP header, for quotes in errors.
    pub(crate) packet: Vec<u8>,
    pub(crate) source: IpAddr,
    pub(crate) destination: IpAddr,
    pub(crate) hop_limit: u8,
    pub(crate) traffic_class: u8,
    /// IPv4 only.
    pub(crate) do_not_fragment: bool,
    /// IPv4 only.
    pub(crate) identification: u16,
    /// IPv4 only.
    pub(crate) options: Vec<u8>,
    pub(crate) identifier: u16,
    pub(crate) sequence: u16,
    pub(crate) data: Vec<u8>,
}

impl Request {
    /// Returns `None` for any other packet.
    ///
    /// # Panics
    ///
    /// Panics for an echo request with a wrong checksum, which the program under test must never send.
    pub(crate) fn read(packet: &[u8]) -> Option<Self> {
        let request = match packet.first()? >> 4 {
            4 if packet.get(9) == Some(&1) => Self::read4(packet),
            6 if packet.get(6) == Some(&58) => Self::read6(packet),
            _ => return None,
        };
        request.filter(|request| {
            let message = &packet[packet.len() - 8 - request.data.len()..];
            let kind = if request.source.is_ipv4() {
                REQUEST4
            } else {
                REQUEST6
            };
            assert_eq!(
                sum(&cover(request.source, request.destination, message)),
                0xffff,
                "checksum of {packet:x?}"
            );
            message[0] == kind || message[0] == TIMESTAMP4
        })
    }

    fn read4(packet: &[u8]) -> Option<Self> {
        let length = usize::from(packet[0] & 15) * 4;
        assert_eq!(
            sum(packet.get(..length)?),
            0xffff,
            "header checksum of {packet:x?}"
        );
        let message = packet.get(length..usize::from(pair(packet, 2)))?;
        Some(Self {
            packet: packet.to_vec(),
            source: four(&packet[12..16]),
            destination: four(&packet[16..20]),
            hop_limit: packet[8],
            traffic_class: packet[1],
            do_not_fragment: packet[6] & 0x40 != 0,
            identification: pair(packet, 4),
            options: packet[20..length].to_vec(),
            identifier: pair(message, 4),
            sequence: pair(message, 6),
            data: message.get(8..)?.to_vec(),
        })
    }

    fn read6(packet: &[u8]) -> Option<Self> {
        let message = packet.get(40..40 + usize::from(pair(packet, 4)))?;
        Some(Self {
            packet: packet.to_vec(),
            source: sixteen(&packet[8..24]),
            destination: sixteen(&packet[24..40]),
            hop_limit: packet[7],
            traffic_class: (packet[0] << 4) | (packet[1] >> 4),
            do_not_fragment: true,
            identification: 0,
            options: Vec::new(),
            identifier: pair(message, 4),
            sequence: pair(message, 6),
            data: message.get(8..)?.to_vec(),
        })
    }

    pub(crate) fn echo(&self) -> Vec<u8> {
        Reply::to(self).packet()
    }
}

/// A reply, valid until a trial alters it.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) source: IpAddr,
    pub(crate) destination: IpAddr,
    pub(crate) hop_limit: u8,
    pub(crate) traffic_class: u8,
    /// IPv4 options, a multiple of four octets.
    pub(crate) options: Vec<u8>,
    /// IPv6 extension headers: the number of each, and its octets, with a placeholder for the next number first.
    pub(crate) extensions: Vec<(u8, Vec<u8>)>,
    pub(crate) kind: u8,
    pub(crate) code: u8,
    pub(crate) identifier: u16,
    pub(crate) sequence: u16,
    pub(crate) data: Vec<u8>,
    pub(crate) bad_checksum: bool,
}

impl Reply {
    pub(crate) fn to(request: &Request) -> Self {
        Self {
            source: request.destination,
            destination: request.source,
            hop_limit: 64,
            traffic_class: 0,
            options: Vec::new(),
            extensions: Vec::new(),
            kind: if request.source.is_ipv4() {
                REPLY4
            } else {
                REPLY6
            },
            code: 0,
            identifier: request.identifier,
            sequence: request.sequence,
            data: request.data.clone(),
            bad_checksum: false,
        }
    }

    pub(crate) fn packet(&self) -> Vec<u8> {
        let [a, b] = self.identifier.to_be_bytes();
        let [c, d] = self.sequence.to_be_bytes();
        let mut message = icmp(
            self.source,
            self.destination,
            [self.kind, self.code],
            [a, b, c, d],
            &self.data,
        );
        if self.bad_checksum {
            message[2] ^= 0x55;
        }
        Ip {
            source: self.source,
            destination: self.destination,
            hop_limit: self.hop_limit,
            traffic_class: self.traffic_class,
            options: &self.options,
            extensions: &self.extensions,
        }
        .packet(&message)
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Complaint {
    pub(crate) source: IpAddr,
    pub(crate) destination: IpAddr,
    pub(crate) kind: u8,
    pub(crate) code: u8,
    /// The octets between checksum and quote: MTU, pointer or next hop.
    pub(crate) rest: [u8; 4],
    pub(crate) quote: Vec<u8>,
}

impl Complaint {
    pub(crate) fn about(request: &Request, source: IpAddr, kind: u8, code: u8) -> Self {
        let quote = request.packet.clone();
        Self {
            source,
            destination: request.source,
            kind,
            code,
            rest: [0; 4],
            quote,
        }
    }

    pub(crate) fn rest(self, rest: u32) -> Self {
        Self {
            rest: rest.to_be_bytes(),
            ..self
        }
    }

    pub(crate) fn packet(&self) -> Vec<u8> {
        let message = icmp(
            self.source,
            self.destination,
            [self.kind, self.code],
            self.rest,
            &self.quote,
        );
        Ip {
            source: self.source,
            destination: self.destination,
            hop_limit: 63,
            traffic_class: 0,
            options: &[],
            extensions: &[],
        }
        .packet(&message)
    }
}

/// An ICMP message of either family with its checksum.
pub(crate) fn icmp(
    source: IpAddr,
    destination: IpAddr,
    kind: [u8; 2],
    rest: [u8; 4],
    body: &[u8],
) -> Vec<u8> {
    let mut message = [&kind[..], &[0, 0], &rest, body].concat();
    let checksum = !sum(&cover(source, destination, &message));
    message[2..4].copy_from_slice(&checksum.to_be_bytes());
    message
}

struct Ip<'a> {
    source: IpAddr,
    destination: IpAddr,
    hop_limit: u8,
    traffic_class: u8,
    options: &'a [u8],
    extensions: &'a [(u8, Vec<u8>)],
}

impl Ip<'_> {
    fn packet(&self, message: &[u8]) -> Vec<u8> {
        match (self.source, self.destination) {
            (IpAddr::V4(source), IpAddr::V4(destination)) => {
                assert_eq!(self.options.len() % 4, 0, "options are padded");
                let size = u8::try_from(20 + self.options.len()).unwrap();
                let total = u16::try_from(usize::from(size) + message.len())
                    .unwrap()
                    .to_be_bytes();
                let first = [
                    0x40 | (size / 4),
                    self.traffic_class,
                    total[0],
                    total[1],
                    0xbe,
                    0xef,
                    0,
                    0,
                ];
                let second = [self.hop_limit, 1, 0, 0];
                let mut header = [
                    &first[..],
                    &second,
                    &source.octets(),
                    &destination.octets(),
                    self.options,
                ]
                .concat();
                let checksum = !sum(&header);
                header[10..12].copy_from_slice(&checksum.to_be_bytes());
                [&header, message].concat()
            }
            (IpAddr::V6(source), IpAddr::V6(destination)) => {
                let mut next = 58;
                let mut payload = message.to_vec();
                for (number, extension) in self.extensions.iter().rev() {
                    payload = [&[next], &extension[1..], &payload].concat();
                    next = *number;
                }
                let length = u16::try_from(payload.len()).unwrap().to_be_bytes();
                let first = [
                    0x60 | self.traffic_class >> 4,
                    self.traffic_class << 4,
                    0,
                    0,
                ];
                let second = [length[0], length[1], next, self.hop_limit];
                [
                    &first[..],
                    &second,
                    &source.octets(),
                    &destination.octets(),
                    &payload,
                ]
                .concat()
            }
            _ => panic!("one family per packet"),
        }
    }
}

/// The octets that the checksum covers: for ICMPv6, a pseudo-header first (RFC 8200, section 8.1).
fn cover(source: IpAddr, destination: IpAddr, message: &[u8]) -> Vec<u8> {
    match (source, destination) {
        (IpAddr::V6(source), IpAddr::V6(destination)) => {
            let length = u32::try_from(message.len()).unwrap().to_be_bytes();
            [
                &source.octets()[..],
                &destination.octets(),
                &length,
                &[0, 0, 0, 58],
                message,
            ]
            .concat()
        }
        _ => message.to_vec(),
    }
}

/// RFC 1071 as in its section 4.1: pairs of octets in network order, with carries added.
pub(crate) fn sum(octets: &[u8]) -> u16 {
    let mut sum = 0_u32;
    for pair in octets.chunks(2) {
        sum += u32::from(pair[0]) << 8 | pair.get(1).map_or(0, |&octet| u32::from(octet));
        sum = (sum & 0xffff) + (sum >> 16);
    }
    u16::try_from(sum).unwrap()
}

fn pair(octets: &[u8], at: usize) -> u16 {
    u16::from_be_bytes([octets[at], octets[at + 1]])
}

fn four(octets: &[u8]) -> IpAddr {
    IpAddr::from(<[u8; 4]>::try_from(octets).unwrap())
}

fn sixteen(octets: &[u8]) -> IpAddr {
    IpAddr::from(<[u8; 16]>::try_from(octets).unwrap())
}

pub(crate) fn trials() -> Vec<Trial> {
    vec![Trial::test(
        "fixture::checksum_of_rfc_1071_section_3",
        || {
            let value = sum(&[0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7]);
            if value == 0xddf2 {
                Ok(())
            } else {
                Err(Failed::from(format!("{value:#x}")))
            }
        },
    )]
}
