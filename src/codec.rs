//! Probes to messages, and what arrives to claims about probes: where the engine's values and the octets of
//! `wire` meet.
//!
//! The codec knows the family, the identifier and the data of the run's probes, so it can tell what is not
//! about them; whether an answer is *worth* anything is the engine's to say.

pub mod many;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use crate::config::{Message, Request};
use crate::engine::{Claim, Evidence, Probe, TOKEN_LENGTH};
use crate::event::{Answer, Marks, Problem, Reach, Rejection, Standing};
use crate::net::{Datagram, ErrorEntry};
use crate::target::reaches_many;
use crate::wire::data::{self, Pattern};
use crate::wire::echo::HEADER_LENGTH;
use crate::wire::node_information::{self, Query, Subject};
use crate::wire::{echo::Echo, icmpv4, icmpv6, ipv4};

/// Below this much data a probe carries half a token, and below half of it none: its sequence number and
/// identifier are all that an answer can be known by.
const ROOM_FOR_HALF: usize = TOKEN_LENGTH / 2;

/// The part of a nonce (RFC 4620, section 4) that is not the sequence number.
const NONCE_TOKEN: usize = 6;

/// How the messages of one run look.
#[derive(Debug, Clone)]
pub struct Codec {
    target: SocketAddr,
    via: Vec<Ipv4Addr>,
    identifier: u16,
    message: Message,
    /// Whether an IPv4 header stands before the message: raw IPv4 sockets deliver it.
    behind_header: bool,
    /// Whether answers from other addresses than the target's are normal.
    any_source: bool,
    /// The data of the next probe, the pattern in it already.
    data: Vec<u8>,
    /// The message of the last probe.
    outgoing: Vec<u8>,
}

/// What the codec needs to know of the socket and the target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Peer {
    /// The target; its port is of no meaning.
    pub target: SocketAddr,
    /// The hops of a source route: on its way a probe is addressed to each of them in turn.
    pub via: Vec<Ipv4Addr>,
    /// The identifier of this run's probes.
    pub identifier: u16,
    /// Whether the socket is raw, and so delivers IPv4 headers.
    pub raw: bool,
    /// Whether the target is a broadcast address. (Multicast is seen from the address.)
    pub broadcast: bool,
}

/// What arrived, as far as it is about our probes.
#[derive(Debug, Clone, PartialEq)]
pub enum Incoming<'a> {
    /// It claims to answer a probe.
    Answer(Claim<'a>, Answer<'a>),
    /// It tells something about a probe, without rejecting it.
    Notice(Rejection<'a>),
    /// An ICMP error rejects a probe.
    Rejection(Rejection<'a>),
}

impl Codec {
    /// A codec for the probes that `message` describes.
    #[must_use]
    pub fn new(message: Message, peer: Peer) -> Self {
        let mut filled = vec![0; message.size];
        data::fill(&mut filled, &message.pattern);
        Self {
            target: peer.target,
            via: peer.via,
            identifier: peer.identifier,
            behind_header: peer.raw && peer.target.is_ipv4(),
            any_source: peer.broadcast || may_be_answered_by_another(peer.target.ip()),
            data: filled,
            outgoing: Vec::with_capacity(message.size + HEADER_LENGTH),
            message,
        }
    }

    /// The message that carries `probe`.
    pub fn encode(&mut self, probe: &Probe) -> &[u8] {
        match &self.message.request {
            Request::Echo => {
                let token = probe.token.octets();
                let room = token_room(&self.message);
                for (octet, of_token) in self.data.iter_mut().zip(token.iter().take(room)) {
                    *octet = *of_token;
                }
                let echo = Echo {
                    identifier: self.identifier,
                    sequence: probe.sequence,
                    data: &self.data,
                };
                if self.target.is_ipv4() {
                    echo.write_request(&mut self.outgoing);
                } else {
                    echo.write_request_v6(&mut self.outgoing);
                }
            }
            Request::NodeInformation { query, subject } => {
                write_query(
                    &mut self.outgoing,
                    self.target.ip(),
                    *query,
                    subject.as_ref(),
                    probe,
                );
            }
        }
        &self.outgoing
    }

    /// Reads what arrived on the socket; none if it is not about our probes.
    #[must_use]
    pub fn decode<'a>(&self, datagram: &Datagram<'a>) -> Option<Incoming<'a>> {
        if self.target.is_ipv6() {
            return self.decode_v6(datagram);
        }
        let (octets, options) = if self.behind_header {
            let packet = ipv4::Packet::parse(datagram.octets).ok()?;
            (packet.payload, packet.header.options)
        } else {
            (datagram.octets, datagram.options)
        };
        let parsed = icmpv4::parse(octets).ok()?;
        match parsed.message {
            icmpv4::Message::EchoReply(echo) => {
                // What was cut off cannot be summed up; whether it is an answer is for its token to say.
                let valid = parsed.checksum_valid || datagram.truncated;
                let answer = self.answer(datagram, octets.len(), &echo, options);
                self.claim(&echo, valid, answer)
            }
            icmpv4::Message::Error { problem, original }
                if problem.is_information() && parsed.checksum_valid =>
            {
                self.notice(datagram, problem, original)
            }
            _ => None,
        }
    }

    fn decode_v6<'a>(&self, datagram: &Datagram<'a>) -> Option<Incoming<'a>> {
        if let Request::NodeInformation { .. } = self.message.request {
            return self.decode_information(datagram);
        }
        // The kernel has verified the checksum: ICMPv6 with a wrong one reaches no socket.
        match icmpv6::parse(datagram.octets).ok()? {
            icmpv6::Message::EchoReply(echo) => {
                let answer = self.answer(datagram, datagram.octets.len(), &echo, &[]);
                self.claim(&echo, true, answer)
            }
            _ => None,
        }
    }

    fn decode_information<'a>(&self, datagram: &Datagram<'a>) -> Option<Incoming<'a>> {
        let reply = node_information::parse_reply(datagram.octets).ok()?;
        let echo = Echo {
            identifier: self.identifier,
            sequence: u16::from_be_bytes(*reply.nonce.first_chunk()?),
            data: &[],
        };
        let nonce = datagram
            .octets
            .get(HEADER_LENGTH..HEADER_LENGTH + reply.nonce.len())?;
        let (_, of_token) = nonce.split_first_chunk::<2>()?;
        let mut answer = self.answer(datagram, datagram.octets.len(), &echo, &[]);
        answer.marks.truncated = false;
        answer.information = Some(reply);
        let claim = Claim {
            sequence: echo.sequence,
            evidence: Evidence::Octets(of_token),
            checksum_valid: true,
            faithful: is_faithful(&answer),
        };
        Some(Incoming::Answer(claim, answer))
    }

    /// An echo with our identifier claims to be an answer.
    fn claim<'a>(
        &self,
        echo: &Echo<'a>,
        valid: bool,
        mut answer: Answer<'a>,
    ) -> Option<Incoming<'a>> {
        if echo.identifier != self.identifier {
            return None;
        }
        let room = token_room(&self.message);
        let evidence = match echo.data.get(..room) {
            _ if room == 0 => Evidence::NotExpected,
            Some(octets) => Evidence::Octets(octets),
            None => Evidence::Missing,
        };
        let data = echo.data.get(..self.message.size).unwrap_or(echo.data);
        answer.mismatch = data::compare(data, &self.message.pattern, room);
        let claim = Claim {
            sequence: echo.sequence,
            evidence,
            checksum_valid: valid,
            faithful: is_faithful(&answer),
        };
        Some(Incoming::Answer(claim, answer))
    }

    fn answer<'a>(
        &self,
        datagram: &Datagram<'a>,
        length: usize,
        echo: &Echo<'a>,
        options: &'a [u8],
    ) -> Answer<'a> {
        let from_target = is_same_host(datagram.source, self.target);
        Answer {
            length,
            source: datagram.source,
            identifier: echo.identifier,
            sequence: echo.sequence,
            hop_limit: datagram.hop_limit,
            standing: Standing::Reply,
            timing: None,
            marks: Marks {
                different_address: !from_target && !self.any_source,
                truncated: echo.data.len() < self.message.size,
                oversized: echo.data.len() > self.message.size,
                multicast: self.any_source,
                ..Marks::default()
            },
            mismatch: None,
            options,
            information: None,
        }
    }

    fn notice<'a>(
        &self,
        datagram: &Datagram<'a>,
        problem: icmpv4::Problem,
        original: &'a [u8],
    ) -> Option<Incoming<'a>> {
        let quoted = icmpv4::parse_original(original).ok()?;
        let (identifier, sequence) = quoted.echo?;
        let ours =
            identifier == self.identifier && self.is_on_the_way(quoted.header.destination.into());
        ours.then_some(Incoming::Notice(Rejection {
            reporter: datagram.source,
            sequence,
            problem: Problem::V4(problem),
            reach: Reach::Left,
            original: Some(original),
        }))
    }

    /// Whether our probes carry this destination, at least on a part of their way.
    fn is_on_the_way(&self, destination: IpAddr) -> bool {
        destination == self.target.ip() || self.via.iter().any(|hop| *hop == destination)
    }

    /// Reads an ICMP error from the error queue; none if it is not about our probes. The kernel has taken off
    /// the quoted IP header, and hands over the message behind it.
    #[must_use]
    pub fn decode_error<'a>(&self, entry: &ErrorEntry<'a>) -> Option<Incoming<'a>> {
        let ErrorEntry::Icmp {
            reporter,
            destination,
            kind,
            code,
            info,
            original,
        } = *entry
        else {
            return None;
        };
        let (identifier, sequence) = match (self.target, &self.message.request) {
            (SocketAddr::V4(_), _) => icmpv4::parse_request_start(original)?,
            (SocketAddr::V6(_), Request::Echo) => icmpv6::parse_request_start(original)?,
            (SocketAddr::V6(_), Request::NodeInformation { .. }) => {
                // Type 139, then the nonce behind the flags, which begins with the sequence number.
                let nonce = original.get(HEADER_LENGTH..)?.first_chunk()?;
                (self.identifier, u16::from_be_bytes(*nonce))
            }
        };
        if identifier != self.identifier || !self.is_on_the_way(destination.ip()) {
            return None;
        }
        let (problem, information) = if self.target.is_ipv4() {
            let problem = icmpv4::Problem::from_parts(kind, code, info);
            (Problem::V4(problem), problem.is_information())
        } else {
            (
                Problem::V6(icmpv6::Problem::from_parts(kind, code, info)),
                false,
            )
        };
        let rejection = Rejection {
            reporter,
            sequence,
            problem,
            reach: Reach::Left,
            original: None,
        };
        Some(if information {
            Incoming::Notice(rejection)
        } else {
            Incoming::Rejection(rejection)
        })
    }
}

/// Whether two addresses are one host's. Link-local ones are only on the same interface; where one of the two does not
/// name any, as a target that `-I` leads to, the other's is as good (RFC 4007, section 6).
fn is_same_host(one: SocketAddr, other: SocketAddr) -> bool {
    let same_scope = match (one, other) {
        (SocketAddr::V6(one), SocketAddr::V6(other)) => {
            let scopes = [one.scope_id(), other.scope_id()];
            scopes.contains(&0) || one.scope_id() == other.scope_id()
        }
        _ => true,
    };
    same_scope && one.ip() == other.ip()
}

/// How many octets of its token a probe carries: all 16, or 8, or none where there is no room. Where iputils puts no
/// time stamp, a pattern that the user asked for has all of the data.
fn token_room(message: &Message) -> usize {
    match (message.size, &message.pattern) {
        (TOKEN_LENGTH.., _) => TOKEN_LENGTH,
        (ROOM_FOR_HALF.., Pattern::Counting) => ROOM_FOR_HALF,
        _ => 0,
    }
}

/// Whether answers to this address rightly come from others: multicast, broadcast, and the anycast address
/// of all routers of a subnet (RFC 4291, section 2.6.1), which is seen from an interface identifier of zero.
fn may_be_answered_by_another(address: IpAddr) -> bool {
    let anycast = match address {
        IpAddr::V4(_) => false,
        IpAddr::V6(address) => {
            let [_, _, _, _, interface @ ..] = address.segments();
            interface == [0; 4]
        }
    };
    anycast || reaches_many(address)
}

fn write_query(
    out: &mut Vec<u8>,
    target: IpAddr,
    query: Query,
    subject: Option<&Subject>,
    probe: &Probe,
) {
    let about_target = match target {
        IpAddr::V6(address) => Subject::Ipv6(address),
        IpAddr::V4(_) => Subject::Ipv6(Ipv6Addr::UNSPECIFIED),
    };
    let mut nonce = [0; 2 + NONCE_TOKEN];
    let octets = probe
        .sequence
        .to_be_bytes()
        .into_iter()
        .chain(*probe.token.octets());
    for (place, octet) in nonce.iter_mut().zip(octets) {
        *place = octet;
    }
    node_information::write_query(out, query, subject.unwrap_or(&about_target), nonce);
}

/// Whether an answer is what was asked for.
fn is_faithful(answer: &Answer<'_>) -> bool {
    let Marks {
        different_address,
        truncated,
        oversized,
        ..
    } = answer.marks;
    answer.mismatch.is_none() && !(different_address || truncated || oversized)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{Clock, SystemClock};
    use crate::net::Stamps;

    const IDENTIFIER: u16 = 13;

    fn codec(via: &[[u8; 4]]) -> Codec {
        let message = Message {
            size: 56,
            pattern: Pattern::Counting,
            request: Request::Echo,
        };
        let peer = Peer {
            target: ([192, 0, 2, 9], 0).into(),
            via: via.iter().copied().map(Ipv4Addr::from).collect(),
            identifier: IDENTIFIER,
            raw: true,
            broadcast: false,
        };
        Codec::new(message, peer)
    }

    /// Whether an error counts as ours whose quote was on its way to this address.
    fn accepts(codec: &Codec, destination: [u8; 4]) -> bool {
        let mut original = Vec::new();
        Echo {
            identifier: IDENTIFIER,
            sequence: 7,
            data: &[],
        }
        .write_request(&mut original);
        let entry = ErrorEntry::Icmp {
            reporter: ([192, 0, 2, 1], 0).into(),
            destination: (destination, 0).into(),
            kind: 3,
            code: 1,
            info: 0,
            original: &original,
        };
        matches!(
            codec.decode_error(&entry),
            Some(Incoming::Rejection(Rejection { sequence: 7, .. }))
        )
    }

    #[test]
    fn advice_with_a_wrong_checksum_is_none() {
        let mut original = vec![0x45, 0, 0, 84, 0, 0, 0, 0, 64, 1, 0, 0];
        original.extend([192, 0, 2, 1, 192, 0, 2, 9]);
        original.extend([8, 0, 0, 0, 0, 13, 0, 7]);
        // A Redirect for the host, by way of 192.0.2.2.
        let mut message = vec![5, 1, 0, 0, 192, 0, 2, 2];
        message.extend(&original);
        let sum = crate::wire::checksum::checksum(&message);
        for (checksum, told) in [(sum, true), (sum ^ 1, false)] {
            message[2..4].copy_from_slice(&checksum.to_be_bytes());
            let mut packet = vec![0x45, 0, 0, 56, 0, 0, 0, 0, 64, 1, 0, 0];
            packet.extend([192, 0, 2, 1, 192, 0, 2, 8]);
            packet.extend(&message);
            let datagram = Datagram {
                source: ([192, 0, 2, 1], 0).into(),
                octets: &packet,
                truncated: false,
                hop_limit: Some(64),
                options: &[],
                read: SystemClock.now(),
                stamps: Stamps::default(),
            };
            let found = codec(&[]).decode(&datagram);
            let is_notice = matches!(found, Some(Incoming::Notice(Rejection { sequence: 7, .. })));
            assert_eq!(is_notice, told, "{found:?}");
        }
    }

    #[test]
    fn a_link_local_address_is_another_host_s_on_another_interface() {
        let same = |one: &str, other: &str| {
            is_same_host(one.parse().unwrap(), other.parse().unwrap())
                && is_same_host(other.parse().unwrap(), one.parse().unwrap())
        };
        assert!(same("[fe80::1%3]:0", "[fe80::1%3]:0"));
        assert!(!same("[fe80::1%3]:0", "[fe80::1%4]:0"));
        assert!(!same("[fe80::1%3]:0", "[fe80::2%3]:0"));
        assert!(same("[fe80::1%3]:0", "[fe80::1]:0"), "one is not known");
        assert!(same("[2001:db8::1]:0", "[2001:db8::1]:0"));
        assert!(!same("[2001:db8::1]:0", "[2001:db8::2]:0"));
        assert!(same("192.0.2.1:0", "192.0.2.1:0"));
        assert!(!same("192.0.2.1:0", "192.0.2.2:0"));
        assert!(!same("192.0.2.1:0", "[::ffff:192.0.2.1]:0"));
    }

    #[test]
    fn an_error_quotes_the_target_or_a_hop_on_the_way() {
        let (target, first, second) = ([192, 0, 2, 9], [192, 0, 2, 2], [192, 0, 2, 3]);
        let routed = codec(&[first, second]);
        assert!([target, first, second].map(|to| accepts(&routed, to)) == [true; 3]);
        assert!(!accepts(&routed, [192, 0, 2, 4]));
        let direct = codec(&[]);
        assert!(accepts(&direct, target) && !accepts(&direct, first));
    }
}
