//! Meanings of ICMP errors.

use std::net::Ipv4Addr;

use super::{DESTINATION_UNREACHABLE, PARAMETER_PROBLEM, REDIRECT, SOURCE_QUENCH, TIME_EXCEEDED};

/// Code 4 of Destination Unreachable. It has a number, and so a variant of its own.
const FRAGMENTATION_NEEDED: u8 = 4;

/// The report of a host or router about an original datagram.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Problem {
    /// Type 3 except code 4: the datagram cannot be delivered.
    DestinationUnreachable(Unreachable),
    /// Type 3, code 4: too big for the next hop, and must not be fragmented.
    FragmentationNeeded {
        /// The next hop's MTU in octets (RFC 1191 section 4); 0 from routers that do not report it.
        next_hop_mtu: u32,
    },
    /// Type 4: send more slowly. Deprecated by RFC 6633.
    SourceQuench,
    /// Type 5: there is a better first hop; the datagram itself was forwarded.
    Redirect {
        /// The datagrams that it applies to.
        code: RedirectCode,
        /// The better first hop.
        gateway: Ipv4Addr,
    },
    /// Type 11: the datagram or a fragment of it was in transit for too long.
    TimeExceeded(TimeExceeded),
    /// Type 12: the header of the datagram is invalid.
    ParameterProblem {
        /// 0 if the pointer is valid.
        code: u8,
        /// The offset of the invalid octet in the original header.
        pointer: u32,
    },
    /// A type that is not an error of RFC 792.
    Other {
        /// The type field.
        kind: u8,
        /// The code field.
        code: u8,
    },
}

impl Problem {
    /// From the type and code of a message, and its number.
    ///
    /// `info` is Linux's `ee_info` in `sock_extended_err`, in host order: the next-hop MTU in octets for type 3 code 4,
    /// the gateway for type 5, the pointer for type 12, otherwise ignored.
    ///
    /// ```
    /// use rping::wire::icmpv4::Problem;
    ///
    /// assert_eq!(Problem::from_parts(3, 4, 1400), Problem::FragmentationNeeded { next_hop_mtu: 1400 });
    /// ```
    #[must_use]
    pub fn from_parts(kind: u8, code: u8, info: u32) -> Self {
        match kind {
            DESTINATION_UNREACHABLE if code == FRAGMENTATION_NEEDED => {
                Self::FragmentationNeeded { next_hop_mtu: info }
            }
            DESTINATION_UNREACHABLE => Self::DestinationUnreachable(Unreachable::from_code(code)),
            SOURCE_QUENCH => Self::SourceQuench,
            REDIRECT => Self::Redirect {
                code: RedirectCode::from_code(code),
                gateway: Ipv4Addr::from_bits(info),
            },
            TIME_EXCEEDED => Self::TimeExceeded(TimeExceeded::from_code(code)),
            PARAMETER_PROBLEM => Self::ParameterProblem {
                code,
                pointer: info,
            },
            _ => Self::Other { kind, code },
        }
    }

    /// From the type and code of a message, and the four octets after its checksum.
    pub(super) fn from_message(kind: u8, code: u8, word: [u8; 4]) -> Self {
        let [w0, w1, w2, w3] = word;
        let info = match kind {
            // RFC 1191 section 4 uses the low 16 bits; RFC 4884 stores a length in the others.
            DESTINATION_UNREACHABLE => u16::from_be_bytes([w2, w3]).into(),
            PARAMETER_PROBLEM => w0.into(),
            _ => u32::from_be_bytes([w0, w1, w2, w3]),
        };
        Self::from_parts(kind, code, info)
    }

    /// The type and code of a message with this meaning.
    ///
    /// ```
    /// use rping::wire::icmpv4::Problem;
    ///
    /// assert_eq!(Problem::from_parts(3, 4, 1400).type_and_code(), (3, 4));
    /// ```
    #[must_use]
    pub const fn type_and_code(self) -> (u8, u8) {
        match self {
            Self::DestinationUnreachable(why) => (DESTINATION_UNREACHABLE, why.code()),
            Self::FragmentationNeeded { .. } => (DESTINATION_UNREACHABLE, FRAGMENTATION_NEEDED),
            Self::SourceQuench => (SOURCE_QUENCH, 0),
            Self::Redirect { code, .. } => (REDIRECT, code.code()),
            Self::TimeExceeded(what) => (TIME_EXCEEDED, what.code()),
            Self::ParameterProblem { code, .. } => (PARAMETER_PROBLEM, code),
            Self::Other { kind, code } => (kind, code),
        }
    }

    /// Whether the message only informs while the datagram travels on (Source Quench and Redirect): nothing was
    /// rejected, and a reply may follow.
    #[must_use]
    pub const fn is_information(&self) -> bool {
        matches!(self, Self::SourceQuench | Self::Redirect { .. })
    }
}

/// Why a datagram could not be delivered: the codes of Destination Unreachable except 4.
///
/// Codes 0 to 5 are of RFC 792, 6 to 12 of RFC 1122 section 3.2.2.1, 13 to 15 of RFC 1812 section 5.2.7.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Unreachable {
    /// Code 0: no route to the network.
    Network,
    /// Code 1: the host is unreachable on its network.
    Host,
    /// Code 2: the host does not support the protocol.
    Protocol,
    /// Code 3: no program listens on the port.
    Port,
    /// Code 5: the source route failed.
    SourceRouteFailed,
    /// Code 6: no such network.
    NetworkUnknown,
    /// Code 7: no such host.
    HostUnknown,
    /// Code 8: the source host is isolated.
    SourceHostIsolated,
    /// Code 9: communication with the network is administratively prohibited.
    NetworkProhibited,
    /// Code 10: communication with the host is administratively prohibited.
    HostProhibited,
    /// Code 11: no route to the network for this type of service.
    NetworkTypeOfService,
    /// Code 12: the host is unreachable for this type of service.
    HostTypeOfService,
    /// Code 13: a filter rejected the datagram.
    CommunicationProhibited,
    /// Code 14: the precedence is not permitted.
    PrecedenceViolation,
    /// Code 15: the precedence is below the minimum.
    PrecedenceCutoff,
    /// Any other code.
    Unknown(u8),
}

impl Unreachable {
    /// From the code field. Code 4 is [`Problem::FragmentationNeeded`], and `Unknown` here.
    #[must_use]
    pub const fn from_code(code: u8) -> Self {
        match code {
            0 => Self::Network,
            1 => Self::Host,
            2 => Self::Protocol,
            3 => Self::Port,
            5 => Self::SourceRouteFailed,
            6 => Self::NetworkUnknown,
            7 => Self::HostUnknown,
            8 => Self::SourceHostIsolated,
            9 => Self::NetworkProhibited,
            10 => Self::HostProhibited,
            11 => Self::NetworkTypeOfService,
            12 => Self::HostTypeOfService,
            13 => Self::CommunicationProhibited,
            14 => Self::PrecedenceViolation,
            15 => Self::PrecedenceCutoff,
            other => Self::Unknown(other),
        }
    }

    /// The code field.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::Network => 0,
            Self::Host => 1,
            Self::Protocol => 2,
            Self::Port => 3,
            Self::SourceRouteFailed => 5,
            Self::NetworkUnknown => 6,
            Self::HostUnknown => 7,
            Self::SourceHostIsolated => 8,
            Self::NetworkProhibited => 9,
            Self::HostProhibited => 10,
            Self::NetworkTypeOfService => 11,
            Self::HostTypeOfService => 12,
            Self::CommunicationProhibited => 13,
            Self::PrecedenceViolation => 14,
            Self::PrecedenceCutoff => 15,
            Self::Unknown(code) => code,
        }
    }
}

/// The datagrams for which a Redirect names a better first hop (RFC 792, page 12).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RedirectCode {
    /// Code 0: all to the network.
    Network,
    /// Code 1: all to the host.
    Host,
    /// Code 2: those to the network with this type of service.
    TypeOfServiceAndNetwork,
    /// Code 3: those to the host with this type of service.
    TypeOfServiceAndHost,
    /// Any other code.
    Unknown(u8),
}

impl RedirectCode {
    /// From the code field.
    #[must_use]
    pub const fn from_code(code: u8) -> Self {
        match code {
            0 => Self::Network,
            1 => Self::Host,
            2 => Self::TypeOfServiceAndNetwork,
            3 => Self::TypeOfServiceAndHost,
            other => Self::Unknown(other),
        }
    }

    /// The code field.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::Network => 0,
            Self::Host => 1,
            Self::TypeOfServiceAndNetwork => 2,
            Self::TypeOfServiceAndHost => 3,
            Self::Unknown(code) => code,
        }
    }
}

/// What was exceeded (RFC 792, page 6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TimeExceeded {
    /// Code 0: the time to live, in transit.
    InTransit,
    /// Code 1: the time for reassembly of fragments.
    Reassembly,
    /// Any other code.
    Unknown(u8),
}

impl TimeExceeded {
    /// From the code field.
    #[must_use]
    pub const fn from_code(code: u8) -> Self {
        match code {
            0 => Self::InTransit,
            1 => Self::Reassembly,
            other => Self::Unknown(other),
        }
    }

    /// The code field.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::InTransit => 0,
            Self::Reassembly => 1,
            Self::Unknown(code) => code,
        }
    }
}
