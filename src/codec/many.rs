//! The codec of a run of many targets, of both families.
//!
//! It knows the identifier and the data of the run's probes, and not the targets: who an answer comes from is looked up by
//! its address, and what it is worth is the engine's to say.

use std::cmp::Ordering;
use std::net::SocketAddr;

use super::token_room;
use crate::config::Message;
use crate::engine::{Evidence, Token};
use crate::event::Problem;
use crate::net::{Datagram, ErrorEntry};
use crate::wire::data;
use crate::wire::echo::{Echo, HEADER_LENGTH};
use crate::wire::{icmpv4, icmpv6, ipv4};

/// What the codec needs to know of the socket of one family.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Side {
    /// The identifier of the probes.
    pub identifier: u16,
    /// Whether the socket is raw, and so delivers IPv4 headers.
    pub raw: bool,
}

/// How the messages of one run look.
#[derive(Debug, Clone)]
pub struct ManyCodec {
    v4: Side,
    v6: Side,
    message: Message,
    /// How many octets of its token a probe carries.
    room: usize,
    /// The data of the next probe, the pattern in it already.
    data: Vec<u8>,
    /// The message of the last probe.
    outgoing: Vec<u8>,
}

/// An echo reply with our identifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reply<'a> {
    /// Who sent it. The port is 0.
    pub source: SocketAddr,
    /// The sequence number in it.
    pub sequence: u16,
    /// Time to live or hop limit on arrival, where the kernel told it.
    pub hop_limit: Option<u8>,
    /// What stands in the place of the token.
    pub evidence: Evidence<'a>,
    /// Whether it arrived as it was sent, as far as its checksum tells.
    pub valid: bool,
    /// Whether its data is what was sent, behind the token, as far as it goes.
    pub altered: bool,
    /// How much data it carries, beside the probe.
    pub amount: Ordering,
}

/// An ICMP error that quotes a probe with our identifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rejection {
    /// Where the probe was going. The port is 0; a link-local address has the scope of the interface through which
    /// the error came.
    pub destination: SocketAddr,
    /// Its sequence number.
    pub sequence: u16,
    /// Who complained.
    pub reporter: SocketAddr,
    /// What it says.
    pub problem: Problem,
}

impl ManyCodec {
    /// A codec for echo requests with the data that `message` describes.
    #[must_use]
    pub fn new(message: Message, v4: Side, v6: Side) -> Self {
        let mut filled = vec![0; message.size];
        data::fill(&mut filled, &message.pattern);
        Self {
            v4,
            v6,
            room: token_room(&message),
            data: filled,
            outgoing: Vec::with_capacity(message.size + HEADER_LENGTH),
            message,
        }
    }

    fn side(&self, of: &SocketAddr) -> Side {
        if of.is_ipv4() { self.v4 } else { self.v6 }
    }

    /// The message to this address that carries this sequence number and token.
    pub fn encode(&mut self, to: &SocketAddr, sequence: u16, token: &Token) -> &[u8] {
        for (octet, of_token) in self
            .data
            .iter_mut()
            .zip(token.octets().iter().take(self.room))
        {
            *octet = *of_token;
        }
        let echo = Echo {
            identifier: self.side(to).identifier,
            sequence,
            data: &self.data,
        };
        if to.is_ipv4() {
            echo.write_request(&mut self.outgoing);
        } else {
            echo.write_request_v6(&mut self.outgoing);
        }
        &self.outgoing
    }

    /// Reads what arrived; none if it is no echo reply with our identifier.
    #[must_use]
    pub fn decode<'a>(&self, datagram: &Datagram<'a>) -> Option<Reply<'a>> {
        let (echo, valid) = if datagram.source.is_ipv4() {
            let octets = if self.v4.raw {
                ipv4::Packet::parse(datagram.octets).ok()?.payload
            } else {
                datagram.octets
            };
            let parsed = icmpv4::parse(octets).ok()?;
            let icmpv4::Message::EchoReply(echo) = parsed.message else {
                return None;
            };
            (echo, parsed.checksum_valid)
        } else {
            // The kernel has verified the checksum: ICMPv6 with a wrong one reaches no socket.
            let icmpv6::Message::EchoReply(echo) = icmpv6::parse(datagram.octets).ok()? else {
                return None;
            };
            (echo, true)
        };
        (echo.identifier == self.side(&datagram.source).identifier).then(|| Reply {
            source: datagram.source,
            sequence: echo.sequence,
            hop_limit: datagram.hop_limit,
            evidence: self.evidence(echo.data),
            // What was cut off cannot be summed up; whether it is an answer is for its token to say.
            valid: valid || datagram.truncated,
            altered: self.is_altered(echo.data),
            amount: echo.data.len().cmp(&self.message.size),
        })
    }

    fn evidence<'a>(&self, data: &'a [u8]) -> Evidence<'a> {
        match data.get(..self.room) {
            _ if self.room == 0 => Evidence::NotExpected,
            Some(octets) => Evidence::Octets(octets),
            None => Evidence::Missing,
        }
    }

    fn is_altered(&self, data: &[u8]) -> bool {
        let data = data.get(..self.message.size).unwrap_or(data);
        data::compare(data, &self.message.pattern, self.room).is_some()
    }

    /// Reads an ICMP error from the error queue; none if it is not about a probe with our identifier, or tells
    /// something that rejects nothing.
    #[must_use]
    pub fn decode_error(&self, entry: &ErrorEntry<'_>) -> Option<Rejection> {
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
        let (identifier, sequence) = if destination.is_ipv4() {
            icmpv4::parse_request_start(original)?
        } else {
            icmpv6::parse_request_start(original)?
        };
        let problem = if destination.is_ipv4() {
            let problem = icmpv4::Problem::from_parts(kind, code, info);
            if problem.is_information() {
                return None;
            }
            Problem::V4(problem)
        } else {
            Problem::V6(icmpv6::Problem::from_parts(kind, code, info))
        };
        (identifier == self.side(&destination).identifier).then_some(Rejection {
            destination,
            sequence,
            reporter,
            problem,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::clock::{Clock, SystemClock};
    use crate::config::Request;
    use crate::engine::TokensOfMany;
    use crate::net::Stamps;
    use crate::wire::data::Pattern;

    const V4: &str = "198.51.100.7:0";
    const V6: &str = "[2001:db8::7]:0";

    fn codec(size: usize) -> ManyCodec {
        let ping_socket = |identifier| Side {
            identifier,
            raw: false,
        };
        let message = Message {
            size,
            pattern: Pattern::Counting,
            request: Request::Echo,
        };
        ManyCodec::new(message, ping_socket(4), ping_socket(6))
    }

    fn datagram<'a>(source: &str, octets: &'a [u8]) -> Datagram<'a> {
        Datagram {
            source: source.parse().unwrap(),
            octets,
            truncated: false,
            hop_limit: Some(64),
            options: &[],
            read: SystemClock.now() + Duration::ZERO,
            stamps: Stamps::default(),
        }
    }

    /// The reply to the last request: another type, and for IPv4 the checksum corrected by the difference.
    fn reply(request: &[u8]) -> Vec<u8> {
        let mut octets = request.to_vec();
        if octets[0] == 8 {
            octets[0] = 0;
            let sum = u32::from(u16::from_be_bytes([octets[2], octets[3]])) + 0x0800;
            let folded = u16::try_from((sum & 0xffff) + (sum >> 16)).unwrap();
            octets[2..4].copy_from_slice(&folded.to_be_bytes());
        } else {
            octets[0] = 129;
        }
        octets
    }

    #[test]
    fn what_is_sent_comes_back_with_its_token() {
        let tokens = TokensOfMany::new([1; 16]);
        for (address, size) in [(V4, 56), (V6, 56), (V4, 8), (V6, 3)] {
            let mut codec = codec(size);
            let to = address.parse().unwrap();
            let token = tokens.of(3, 9);
            let answer = reply(codec.encode(&to, 10, &token));
            let got = codec.decode(&datagram(address, &answer)).unwrap();
            assert_eq!((got.source, got.sequence), (to, 10));
            assert!(got.valid && !got.altered && got.amount.is_eq());
            assert!(got.evidence.fits(&token));
            assert_eq!(got.evidence.fits(&tokens.of(3, 8)), size < 8);
        }
    }

    #[test]
    fn replies_to_others_and_requests_are_none() {
        let mut codec = codec(56);
        let to = V4.parse().unwrap();
        let request = codec
            .encode(&to, 1, &TokensOfMany::new([1; 16]).of(0, 0))
            .to_vec();
        assert_eq!(codec.decode(&datagram(V4, &request)), None);
        let mut other = reply(&request);
        other[5] ^= 1;
        assert_eq!(codec.decode(&datagram(V4, &other)), None);
        assert_eq!(codec.decode(&datagram(V4, &[])), None);
    }

    #[test]
    fn what_is_damaged_or_cut_is_seen() {
        let mut codec = codec(56);
        let to = V4.parse().unwrap();
        let answer = reply(codec.encode(&to, 1, &TokensOfMany::new([1; 16]).of(0, 0)));
        let mut damaged = answer.clone();
        damaged[40] ^= 1;
        let got = codec.decode(&datagram(V4, &damaged)).unwrap();
        assert!(!got.valid && got.altered);
        let got = codec.decode(&datagram(V4, &answer[..40])).unwrap();
        assert!(got.amount.is_lt() && !got.valid);
    }

    #[test]
    fn what_was_cut_off_on_receipt_is_oversized_and_not_damaged() {
        for address in [V4, V6] {
            let (mut codec, tokens) = (codec(56), TokensOfMany::new([1; 16]));
            let to = address.parse().unwrap();
            let mut answer = reply(codec.encode(&to, 1, &tokens.of(0, 0)));
            answer.extend([0xa5; 100]);
            let cut = Datagram {
                truncated: true,
                ..datagram(address, &answer)
            };
            let got = codec.decode(&cut).unwrap();
            assert!(got.valid && got.amount.is_gt() && !got.altered);
            assert!(got.evidence.fits(&tokens.of(0, 0)));
        }
    }

    #[test]
    fn an_error_tells_where_the_probe_was_going() {
        let mut codec = codec(56);
        for (address, kind, code) in [(V4, 3, 1), (V6, 1, 3)] {
            let to: SocketAddr = address.parse().unwrap();
            let token = TokensOfMany::new([1; 16]).of(0, 0);
            let original = codec.encode(&to, 77, &token).to_vec();
            let entry = |original| ErrorEntry::Icmp {
                reporter: address.parse().unwrap(),
                destination: to,
                kind,
                code,
                info: 0,
                original,
            };
            let got = codec.decode_error(&entry(&original)).unwrap();
            assert_eq!((got.destination, got.sequence), (to, 77));
            let mut other = original.clone();
            other[5] ^= 1;
            assert_eq!(codec.decode_error(&entry(&other)), None);
            assert_eq!(codec.decode_error(&entry(&original[..7])), None);
        }
    }

    #[test]
    fn advice_is_no_error() {
        let mut codec = codec(56);
        let to: SocketAddr = V4.parse().unwrap();
        let token = TokensOfMany::new([1; 16]).of(0, 0);
        let original = codec.encode(&to, 77, &token).to_vec();
        for kind in [4, 5] {
            let entry = ErrorEntry::Icmp {
                reporter: to,
                destination: to,
                kind,
                code: 0,
                info: 0,
                original: &original,
            };
            assert_eq!(codec.decode_error(&entry), None);
        }
    }
}
