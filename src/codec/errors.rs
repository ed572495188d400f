//! ICMP errors: which probe they are about, and what they say of it.

use std::net::SocketAddr;

use super::{Codec, Incoming, LEAST_FOR_HALF};
use crate::config::Request;
use crate::engine::Probe;
use crate::event::{Problem, Reach, Rejection, TargetSource};
use crate::net::ErrorEntry;
use crate::wire::echo::HEADER_LENGTH;
use crate::wire::{icmpv4, icmpv6, timestamp};

impl Codec {
    /// Whether what an ICMP error quotes, from the ICMP header on, is this probe to this address: as far as it goes, and at
    /// least 16 bits that depend on its token.
    ///
    /// Some routers quote eight octets only. Over IPv4 the checksum is among them; over IPv6 the kernel makes it.
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

    /// Reads an ICMP error from the error queue; none if it is not about our probes. The kernel has taken off
    /// the quoted IP header, and hands over the message behind it.
    #[must_use]
    pub fn decode_error(
        &self,
        entry: &ErrorEntry,
        targets: &impl TargetSource,
    ) -> Option<Incoming<'static>> {
        let &ErrorEntry::Icmp {
            reporter,
            destination,
            kind,
            code,
            info,
            ref original,
        } = entry
        else {
            return None;
        };
        let (identifier, sequence) = match (destination, &self.message.request) {
            (SocketAddr::V4(_), Request::Timestamp) => timestamp::parse_request_start(original)?,
            (SocketAddr::V4(_), _) => icmpv4::parse_request_start(original)?,
            (SocketAddr::V6(_), Request::Echo | Request::Timestamp) => {
                icmpv6::parse_request_start(original)?
            }
            (SocketAddr::V6(_), Request::NodeInformation { .. }) => {
                // Type 139, then the nonce behind the flags, which begins with the sequence number.
                let nonce = original.get(HEADER_LENGTH..)?.first_chunk()?;
                (self.v6.identifier, u16::from_be_bytes(*nonce))
            }
        };
        if identifier != self.side(&destination).identifier {
            return None;
        }
        let (problem, is_information) = if destination.is_ipv4() {
            let problem = icmpv4::Problem::from_parts(kind, code, info);
            (Problem::V4(problem), problem.is_information())
        } else {
            let problem = icmpv6::Problem::from_parts(kind, code, info);
            (Problem::V6(problem), false)
        };
        let rejection = Rejection {
            target: targets.find_quoted(destination)?,
            number: None,
            reporter,
            sequence,
            problem,
            reach: Reach::Left,
            is_behind_outcome: false,
            original: None,
        };
        Some(if is_information {
            Incoming::Notice(rejection)
        } else {
            Incoming::Rejection(rejection)
        })
    }
}
