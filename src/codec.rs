//! Converts probes to messages, and arrivals to claims about probes: between the engine's values and the octets of `wire`.
//!
//! The codec knows the identifiers and the data of the run's probes, and ignores messages that are not about them. A
//! [`TargetSource`] finds the target that a message may be about; the engine classifies the reply.

mod errors;
mod single_target;

use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use crate::config::{Message, Request};
use crate::engine::{Claim, Evidence, TOKEN_LENGTH, Token};
use crate::event::{
    Answer, Marks, Problem, Reach, Rejection, Relation, Standing, Stranger, TargetNumber,
    TargetSource,
};
use crate::net::Datagram;
use crate::wire::data::{self, Pattern};
use crate::wire::echo::HEADER_LENGTH;
use crate::wire::extensions::Extensions;
use crate::wire::node_information::{self, Query, Subject};
use crate::wire::{echo::Echo, icmpv4, icmpv6, ipv4, timestamp};

pub use single_target::SingleTarget;

/// The least data, in octets, for half a token. With less, only sequence number and identifier match a reply to its probe.
const LEAST_FOR_HALF: usize = TOKEN_LENGTH / 2;

/// The octets of a nonce (RFC 4620, section 4) after the sequence number.
const NONCE_TOKEN: usize = 6;

/// Encodes and decodes the messages of one run.
#[derive(Debug, Clone)]
pub struct Codec {
    v4: SocketParams,
    v6: SocketParams,
    message: Message,
    /// How many octets of its token a probe carries.
    token_length: usize,
    /// The data of the next probe, filled with the pattern.
    data: Vec<u8>,
    /// The message of the last probe.
    outgoing: Vec<u8>,
    /// The time of day for the next probe, if probes carry it.
    time_of_day: u32,
    /// The type of service or traffic class of the probes.
    traffic_class: u8,
}

/// What the codec knows about the socket of one family.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SocketParams {
    /// The identifier of the probes.
    pub identifier: u16,
    /// Whether the socket is raw, and so delivers IPv4 headers.
    pub raw: bool,
}

/// An arrival about one of our probes.
#[derive(Debug, Clone, PartialEq)]
#[allow(
    clippy::large_enum_variant,
    reason = "most are answers, and none is kept: a box would be an allocation for each reply"
)]
pub enum Incoming<'a> {
    /// A message that claims to answer a probe.
    Answer(Claim<'a>, Answer<'a>),
    /// A message about a probe that is no error.
    Notice(Rejection<'a>),
    /// An ICMP error about a probe, and the ICMP message that it quotes.
    Rejection(Rejection<'a>, &'a [u8]),
    /// A reply with our identifier from an address that is not a target.
    Stranger(Stranger),
}

impl Codec {
    /// A codec for probes as `message` describes, sent through one socket for each family. The parameters of a missing
    /// socket are ignored.
    #[must_use]
    pub fn new(message: Message, v4: SocketParams, v6: SocketParams) -> Self {
        let mut filled = vec![0; message.size];
        data::fill(&mut filled, &message.pattern);
        Self {
            v4,
            v6,
            token_length: token_length(&message),
            data: filled,
            outgoing: Vec::with_capacity(message.size + HEADER_LENGTH),
            time_of_day: 0,
            traffic_class: 0,
            message,
        }
    }

    /// The same for probes with this type of service or traffic class.
    #[must_use]
    pub fn with_traffic_class(self, traffic_class: u8) -> Self {
        Self {
            traffic_class,
            ..self
        }
    }

    fn socket(&self, of: &SocketAddr) -> SocketParams {
        if of.is_ipv4() { self.v4 } else { self.v6 }
    }

    /// Sets the time since 1970 in UTC, if probes carry it.
    pub fn set_time(&mut self, since_epoch: impl FnOnce() -> Duration) {
        if self.message.request == Request::Timestamp {
            self.time_of_day = timestamp::time_of_day(since_epoch());
        }
    }

    /// Encodes the probe to this address with this sequence number and token.
    pub fn encode(&mut self, to: &SocketAddr, sequence: u16, token: &Token) -> &[u8] {
        self.encode_sized(to, sequence, token, None)
    }

    /// The same with `size` octets of data; with `None` or a size above the run's, the run's size.
    pub fn encode_sized(
        &mut self,
        to: &SocketAddr,
        sequence: u16,
        token: &Token,
        size: Option<u16>,
    ) -> &[u8] {
        match &self.message.request {
            Request::Echo => {
                let token = token.octets().iter().take(self.token_length);
                for (octet, of_token) in self.data.iter_mut().zip(token) {
                    *octet = *of_token;
                }
                let size = size.map_or(self.data.len(), usize::from);
                let echo = Echo {
                    identifier: self.socket(to).identifier,
                    sequence,
                    data: self.data.get(..size).unwrap_or(&self.data),
                };
                if to.is_ipv4() {
                    echo.write_request(&mut self.outgoing);
                } else {
                    echo.write_request_v6(&mut self.outgoing);
                }
            }
            Request::Timestamp => {
                let (identifier, time) = (self.socket(to).identifier, self.time_of_day);
                timestamp::write_request(&mut self.outgoing, identifier, sequence, time);
            }
            Request::NodeInformation { query, subject } => {
                let nonce = nonce(sequence, token);
                write_query(&mut self.outgoing, to.ip(), *query, subject.as_ref(), nonce);
            }
        }
        &self.outgoing
    }

    /// Decodes a datagram; `None` if it is not about our probes.
    #[must_use]
    pub fn decode<'a>(
        &self,
        datagram: &Datagram<'a>,
        targets: &impl TargetSource,
    ) -> Option<Incoming<'a>> {
        self.decode_sized(datagram, targets, |_, _| None)
    }

    /// The same, where `sent` returns the data size of the probe with a sequence number; `None`: the run's size.
    #[must_use]
    pub fn decode_sized<'a>(
        &self,
        datagram: &Datagram<'a>,
        targets: &impl TargetSource,
        sent: impl Fn(TargetNumber, u16) -> Option<usize>,
    ) -> Option<Incoming<'a>> {
        if datagram.source.is_ipv6() {
            return self.decode_v6(datagram, targets, sent);
        }
        let (octets, options) = if self.v4.raw {
            let packet = ipv4::Packet::parse(datagram.octets).ok()?;
            (packet.payload, packet.header.options)
        } else {
            (datagram.octets, datagram.options)
        };
        if self.message.request == Request::Timestamp
            && let Ok(reply) = timestamp::parse_reply(octets)
        {
            return self.timestamp(datagram, (octets.len(), options), &reply, targets);
        }
        let parsed = icmpv4::parse(octets).ok()?;
        match parsed.message {
            icmpv4::Message::EchoReply(_) if self.message.request != Request::Echo => None,
            icmpv4::Message::EchoReply(echo) => {
                // A checksum over cut-off data is wrong, but the token can still authenticate the reply.
                let valid = parsed.checksum_valid || datagram.truncated;
                let message = MessageInfo {
                    length: octets.len(),
                    options,
                };
                self.answer(datagram, &message, &echo, valid, (targets, sent))
            }
            icmpv4::Message::Error {
                problem, original, ..
            } if problem.is_information() && parsed.checksum_valid => {
                self.notice(datagram, problem, original, targets)
            }
            _ => None,
        }
    }

    /// Timestamp messages have no room for a token: only identifier and sequence number match a reply.
    fn timestamp<'a>(
        &self,
        datagram: &Datagram<'a>,
        (length, options): (usize, &'a [u8]),
        reply: &timestamp::Reply,
        targets: &impl TargetSource,
    ) -> Option<Incoming<'a>> {
        if reply.identifier != self.v4.identifier {
            return None;
        }
        let Some(sender) = targets.find(datagram.source) else {
            return Some(Incoming::Stranger(Stranger {
                source: datagram.source,
                length,
                sequence: reply.sequence,
                hop_limit: datagram.hop_limit,
                traffic_class: datagram.traffic_class,
            }));
        };
        let answer = Answer {
            target: sender.target,
            number: None,
            length,
            source: datagram.source,
            identifier: reply.identifier,
            sequence: reply.sequence,
            hop_limit: datagram.hop_limit,
            traffic_class: datagram.traffic_class,
            destination: datagram.destination,
            times: Some(reply.times),
            standing: Standing::Reply,
            timing: None,
            marks: marks_of(sender.relation),
            mismatch: None,
            options,
            information: None,
        };
        let claim = claim(&answer, Evidence::NotExpected, reply.checksum_valid);
        Some(Incoming::Answer(claim, answer))
    }

    fn decode_v6<'a>(
        &self,
        datagram: &Datagram<'a>,
        targets: &impl TargetSource,
        sent: impl Fn(TargetNumber, u16) -> Option<usize>,
    ) -> Option<Incoming<'a>> {
        if let Request::NodeInformation { .. } = self.message.request {
            return self.decode_information(datagram, targets);
        }
        // The kernel verifies the checksum: ICMPv6 with a wrong one reaches no socket.
        let icmpv6::Message::EchoReply(echo) = icmpv6::parse(datagram.octets).ok()? else {
            return None;
        };
        let message = MessageInfo {
            length: datagram.octets.len(),
            options: &[],
        };
        self.answer(datagram, &message, &echo, true, (targets, sent))
    }

    fn decode_information<'a>(
        &self,
        datagram: &Datagram<'a>,
        targets: &impl TargetSource,
    ) -> Option<Incoming<'a>> {
        let reply = node_information::parse_reply(datagram.octets).ok()?;
        let nonce = datagram
            .octets
            .get(HEADER_LENGTH..HEADER_LENGTH + reply.nonce.len())?;
        let (sequence, of_token) = nonce.split_first_chunk()?;
        let Some(sender) = targets.find(datagram.source) else {
            return Some(Incoming::Stranger(Stranger {
                source: datagram.source,
                length: datagram.octets.len(),
                sequence: u16::from_be_bytes(*sequence),
                hop_limit: datagram.hop_limit,
                traffic_class: datagram.traffic_class,
            }));
        };
        let answer = Answer {
            target: sender.target,
            number: None,
            length: datagram.octets.len(),
            source: datagram.source,
            identifier: self.v6.identifier,
            sequence: u16::from_be_bytes(*sequence),
            hop_limit: datagram.hop_limit,
            traffic_class: datagram.traffic_class,
            destination: datagram.destination,
            times: None,
            standing: Standing::Reply,
            timing: None,
            marks: marks_of(sender.relation),
            mismatch: None,
            options: &[],
            information: Some(reply),
        };
        let claim = claim(&answer, Evidence::Octets(of_token), true);
        Some(Incoming::Answer(claim, answer))
    }

    /// Decodes an echo reply; `None` if its identifier is not ours.
    fn answer<'a>(
        &self,
        datagram: &Datagram<'a>,
        message: &MessageInfo<'a>,
        echo: &Echo<'a>,
        valid: bool,
        (targets, sent): (
            &impl TargetSource,
            impl Fn(TargetNumber, u16) -> Option<usize>,
        ),
    ) -> Option<Incoming<'a>> {
        if echo.identifier != self.socket(&datagram.source).identifier {
            return None;
        }
        let token = echo.data.first_chunk::<TOKEN_LENGTH>();
        let sender = match token.filter(|_| self.token_length == TOKEN_LENGTH) {
            Some(token) => targets.find_answered(datagram.source, token),
            None => targets.find(datagram.source),
        };
        let Some(sender) = sender else {
            return Some(Incoming::Stranger(Stranger {
                source: datagram.source,
                length: message.length,
                sequence: echo.sequence,
                hop_limit: datagram.hop_limit,
                traffic_class: datagram.traffic_class,
            }));
        };
        let size = sent(sender.target, echo.sequence).unwrap_or(self.message.size);
        let data = echo.data.get(..size).unwrap_or(echo.data);
        let answer = Answer {
            target: sender.target,
            number: None,
            length: message.length,
            source: datagram.source,
            identifier: echo.identifier,
            sequence: echo.sequence,
            hop_limit: datagram.hop_limit,
            traffic_class: datagram.traffic_class,
            destination: datagram.destination,
            times: None,
            standing: Standing::Reply,
            timing: None,
            marks: Marks {
                truncated: echo.data.len() < size,
                oversized: echo.data.len() > size,
                ..marks_of(sender.relation)
            },
            mismatch: data::compare(data, &self.message.pattern, self.token_length),
            options: message.options,
            information: None,
        };
        let claim = claim(&answer, self.evidence(echo.data), valid);
        Some(Incoming::Answer(claim, answer))
    }

    fn evidence<'a>(&self, data: &'a [u8]) -> Evidence<'a> {
        match data.get(..self.token_length) {
            _ if self.token_length == 0 => Evidence::NotExpected,
            Some(octets) => Evidence::Octets(octets),
            None => Evidence::Missing,
        }
    }

    fn notice<'a>(
        &self,
        datagram: &Datagram<'a>,
        problem: icmpv4::Problem,
        original: &'a [u8],
        targets: &impl TargetSource,
    ) -> Option<Incoming<'a>> {
        let quoted = icmpv4::parse_original(original).ok()?;
        let (identifier, sequence) = quoted.echo?;
        let destination = SocketAddr::new(quoted.header.destination.into(), 0);
        if identifier != self.v4.identifier {
            return None;
        }
        Some(Incoming::Notice(Rejection {
            target: targets.find_quoted(destination)?,
            number: None,
            reporter: datagram.source,
            sequence,
            problem: Problem::V4(problem),
            reach: Reach::Left,
            is_behind_outcome: false,
            original: Some(original),
            quoted: None,
            extensions: Extensions::default(),
        }))
    }
}

/// Properties of a reply's ICMP message.
struct MessageInfo<'a> {
    /// The length of the message.
    length: usize,
    /// The options of the IPv4 header.
    options: &'a [u8],
}

/// How many octets of its token a probe carries: 16, 8, or 0 if there is no room. Below 16 octets, where iputils sends no
/// time stamp, a pattern given by the user fills all of the data.
fn token_length(message: &Message) -> usize {
    match (message.size, &message.pattern) {
        _ if message.request == Request::Timestamp => 0,
        (TOKEN_LENGTH.., _) => TOKEN_LENGTH,
        (LEAST_FOR_HALF.., Pattern::Counting) => LEAST_FOR_HALF,
        _ => 0,
    }
}

/// The sequence number, followed by the first octets of the token.
fn nonce(sequence: u16, token: &Token) -> [u8; 2 + NONCE_TOKEN] {
    let mut nonce = [0; 2 + NONCE_TOKEN];
    let octets = sequence.to_be_bytes().into_iter().chain(*token.octets());
    for (place, octet) in nonce.iter_mut().zip(octets) {
        *place = octet;
    }
    nonce
}

fn write_query(
    out: &mut Vec<u8>,
    target: IpAddr,
    query: Query,
    subject: Option<&Subject>,
    nonce: [u8; 2 + NONCE_TOKEN],
) {
    let about_target = match target {
        IpAddr::V6(address) => Subject::Ipv6(address),
        IpAddr::V4(_) => Subject::Ipv6(Ipv6Addr::UNSPECIFIED),
    };
    node_information::write_query(out, query, subject.unwrap_or(&about_target), nonce);
}

/// The marks that follow from the sender of a reply.
fn marks_of(relation: Relation) -> Marks {
    Marks {
        different_address: relation == Relation::Other,
        multicast: relation == Relation::Member,
        ..Marks::default()
    }
}

/// The claim of a reply. It is faithful if length, data and address are the expected ones.
fn claim<'a>(answer: &Answer<'_>, evidence: Evidence<'a>, checksum_valid: bool) -> Claim<'a> {
    let Marks {
        different_address,
        truncated,
        oversized,
        ..
    } = answer.marks;
    Claim {
        target: answer.target,
        sequence: answer.sequence,
        evidence,
        checksum_valid,
        faithful: answer.mismatch.is_none() && !(different_address || truncated || oversized),
    }
}

#[cfg(test)]
mod tests;
