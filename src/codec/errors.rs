//! ICMP errors: which probe they are about, and what they mean.

use std::net::{SocketAddr, SocketAddrV6};

use super::{Codec, Incoming, LEAST_FOR_HALF};
use crate::config::Request;
use crate::engine::Probe;
use crate::event::{Altered, Problem, QuotedHeader, Reach, Rejection, TargetNumber, TargetSource};
use crate::net::ErrorEntry;
use crate::wire::echo::HEADER_LENGTH;
use crate::wire::extensions::{Extensions, LEAST_QUOTE, Place};
use crate::wire::{icmpv4, icmpv6, ipv4, ipv6, timestamp};

impl Codec {
    /// Whether an ICMP error quotes this probe to this address, from the ICMP header on: all quoted octets match, and at
    /// least 16 bits of them depend on the token.
    ///
    /// Some routers quote only eight octets. Over IPv4, these include the checksum; over IPv6, the kernel computes it.
    #[must_use]
    pub fn quotes(&self, original: &[u8], to: &SocketAddr, probe: &Probe) -> bool {
        let mut own = Self {
            data: self.data.clone(),
            outgoing: Vec::new(),
            message: self.message.clone(),
            ..*self
        };
        let sent = own.encode_sized(to, probe.sequence, &probe.token, probe.shape.data);
        let token = HEADER_LENGTH..HEADER_LENGTH + self.token_length;
        let is_token = |quoted: &[u8]| {
            sent.get(token.clone())
                .is_some_and(|it| it.starts_with(quoted))
        };
        let quoted = original.get(HEADER_LENGTH..).unwrap_or_default();
        let quoted = quoted.get(..self.token_length).unwrap_or(quoted);
        let is_checksum = original.get(2..4) == sent.get(2..4);
        is_token(quoted) && (quoted.len() >= LEAST_FOR_HALF || (to.is_ipv4() && is_checksum))
    }

    /// Decodes an ICMP error; `None` if it is not about our probes.
    #[must_use]
    pub fn decode_error<'a>(
        &self,
        entry: &'a ErrorEntry,
        targets: &impl TargetSource,
    ) -> Option<Incoming<'a>> {
        self.decode_error_sized(entry, targets, |_, _| None)
    }

    /// The same, where `sent` returns the data size of the probe with a sequence number; `None`: the run's size.
    #[must_use]
    pub fn decode_error_sized<'a>(
        &self,
        entry: &'a ErrorEntry,
        targets: &impl TargetSource,
        sent: impl Fn(TargetNumber, u16) -> Option<usize>,
    ) -> Option<Incoming<'a>> {
        let error = match entry {
            ErrorEntry::Icmp { .. } => from_error_queue(entry)?,
            ErrorEntry::Message { reporter, octets } => from_raw(*reporter, octets)?,
            ErrorEntry::Local { .. } => return None,
        };
        let (identifier, sequence) = self.quoted_probe(error.destination, error.message)?;
        if identifier != self.socket(&error.destination).identifier {
            return None;
        }
        let target = targets.find_quoted(error.destination)?;
        let is_notice = match error.problem {
            Problem::V4(problem) => problem.is_information(),
            Problem::V6(_) => false,
        };
        let size = || sent(target, sequence).unwrap_or(self.message.size);
        let rejection = Rejection {
            target,
            number: None,
            reporter: error.reporter,
            sequence,
            problem: error.problem,
            reach: Reach::Left,
            is_behind_outcome: false,
            original: None,
            quoted: error.header.map(|header| QuotedHeader {
                hop_limit: header.hop_limit,
                traffic_class: Altered {
                    sent: self.traffic_class,
                    arrived: header.traffic_class,
                },
                length: header.length.map(|(around, arrived)| Altered {
                    sent: to_u32(around + HEADER_LENGTH + size()),
                    arrived: to_u32(arrived),
                }),
            }),
            extensions: error.extensions,
        };
        Some(if is_notice {
            Incoming::Notice(rejection)
        } else {
            Incoming::Rejection(rejection, error.message)
        })
    }

    /// The identifier and sequence number in a quoted ICMP message to this address.
    fn quoted_probe(&self, destination: SocketAddr, message: &[u8]) -> Option<(u16, u16)> {
        match (destination, &self.message.request) {
            (SocketAddr::V4(_), Request::Timestamp) => timestamp::parse_request_start(message),
            (SocketAddr::V4(_), _) => icmpv4::parse_request_start(message),
            (SocketAddr::V6(_), Request::Echo | Request::Timestamp) => {
                icmpv6::parse_request_start(message)
            }
            (SocketAddr::V6(_), Request::NodeInformation { .. }) => {
                // Type 139; the nonce follows the flags and begins with the sequence number.
                let nonce = message.get(HEADER_LENGTH..)?.first_chunk()?;
                Some((self.v6.identifier, u16::from_be_bytes(*nonce)))
            }
        }
    }
}

/// The parts of an ICMP error.
struct Parts<'a> {
    reporter: SocketAddr,
    /// The destination of the quoted message.
    destination: SocketAddr,
    problem: Problem,
    header: Option<Header>,
    /// The quoted ICMP message.
    message: &'a [u8],
    extensions: Extensions<'a>,
}

/// The quoted IP header.
struct Header {
    hop_limit: u8,
    traffic_class: u8,
    /// The length of the header and of the whole packet, in octets; `None` for a fragment.
    length: Option<(usize, usize)>,
}

/// An entry of the error queue: the kernel has removed the quoted IP header.
fn from_error_queue(entry: &ErrorEntry) -> Option<Parts<'_>> {
    let &ErrorEntry::Icmp {
        reporter,
        destination,
        kind,
        code,
        info,
        ref original,
        extensions_at,
    } = entry
    else {
        return None;
    };
    let (problem, header) = if destination.is_ipv4() {
        let problem = icmpv4::Problem::from_parts(kind, code, info);
        (Problem::V4(problem), ipv4::FIXED)
    } else {
        let problem = icmpv6::Problem::from_parts(kind, code, info);
        (Problem::V6(problem), ipv6::FIXED)
    };
    let place = match extensions_at {
        Some(at) => Place::Told(at.into()),
        None => Place::Likely(LEAST_QUOTE - header),
    };
    let (message, extensions) = if problem.may_be_extended() {
        place.split(original)
    } else {
        (&original[..], Extensions::default())
    };
    Some(Parts {
        reporter,
        destination,
        problem,
        header: None,
        message,
        extensions,
    })
}

/// A whole error from a raw socket.
fn from_raw(reporter: SocketAddr, octets: &[u8]) -> Option<Parts<'_>> {
    if let SocketAddr::V6(from) = reporter {
        return from_raw_v6(from, octets);
    }
    let parsed = icmpv4::parse(octets).ok()?;
    let icmpv4::Message::Error {
        problem,
        original,
        extensions,
    } = parsed.message
    else {
        return None;
    };
    let ipv4::Packet { header, payload } = ipv4::Packet::parse_original(original).ok()?;
    let is_ours = parsed.checksum_valid && header.protocol == icmpv4::PROTOCOL;
    let is_first = header.fragment_offset == 0;
    (is_ours && is_first).then_some(Parts {
        reporter,
        destination: SocketAddr::new(header.destination.into(), 0),
        problem: Problem::V4(problem),
        header: Some(Header {
            hop_limit: header.time_to_live,
            traffic_class: header.type_of_service,
            length: (!header.has_more_fragments())
                .then_some((header.header_length.into(), header.total_length.into())),
        }),
        message: payload,
        extensions,
    })
}

/// The same over IPv6: the kernel verified the checksum. A link-local destination is on the link of the error's sender.
fn from_raw_v6(from: SocketAddrV6, octets: &[u8]) -> Option<Parts<'_>> {
    let icmpv6::Message::Error {
        problem,
        original,
        extensions,
    } = icmpv6::parse(octets).ok()?
    else {
        return None;
    };
    let packet = ipv6::Packet::parse_original(original)?;
    let scope = if packet.destination.is_unicast_link_local() {
        from.scope_id()
    } else {
        0
    };
    (packet.protocol == icmpv6::PROTOCOL).then_some(Parts {
        reporter: from.into(),
        destination: SocketAddrV6::new(packet.destination, 0, 0, scope).into(),
        problem: Problem::V6(problem),
        header: Some(Header {
            hop_limit: packet.hop_limit,
            traffic_class: packet.traffic_class,
            length: packet.length.map(|length| (ipv6::FIXED, length)),
        }),
        message: packet.payload,
        extensions,
    })
}

fn to_u32(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}
