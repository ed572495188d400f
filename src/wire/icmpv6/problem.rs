//! Meanings of `ICMPv6` errors.

use super::{DESTINATION_UNREACHABLE, PACKET_TOO_BIG, PARAMETER_PROBLEM, TIME_EXCEEDED};

/// The report of a node about an original packet (RFC 4443 section 3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Problem {
    /// Type 1: the packet cannot be delivered.
    DestinationUnreachable(Unreachable),
    /// Type 2: too big for the next hop.
    PacketTooBig {
        /// The next hop's MTU in octets.
        mtu: u32,
        /// Must be ignored by receivers; printed if it is not 0.
        code: u8,
    },
    /// Type 3: the packet or a fragment of it was in transit for too long.
    TimeExceeded(TimeExceeded),
    /// Type 4: a node could not process the packet.
    ParameterProblem {
        /// The reason.
        code: ParameterProblem,
        /// The offset of the invalid octet in the original packet; may be beyond the quote.
        pointer: u32,
    },
    /// A type that is not an error of RFC 4443.
    Other {
        /// The type field.
        kind: u8,
        /// The code field.
        code: u8,
    },
}

impl Problem {
    /// From the type and code of a message, and the number in the four octets after its checksum. Linux returns it as
    /// `ee_info` in `sock_extended_err`, in host order: the MTU in octets for type 2, the pointer for type 4, otherwise
    /// ignored.
    ///
    /// ```
    /// use rping::wire::icmpv6::Problem;
    ///
    /// assert_eq!(Problem::from_parts(2, 0, 1280), Problem::PacketTooBig { mtu: 1280, code: 0 });
    /// ```
    #[must_use]
    pub const fn from_parts(kind: u8, code: u8, info: u32) -> Self {
        match kind {
            DESTINATION_UNREACHABLE => Self::DestinationUnreachable(Unreachable::from_code(code)),
            PACKET_TOO_BIG => Self::PacketTooBig { mtu: info, code },
            TIME_EXCEEDED => Self::TimeExceeded(TimeExceeded::from_code(code)),
            PARAMETER_PROBLEM => Self::ParameterProblem {
                code: ParameterProblem::from_code(code),
                pointer: info,
            },
            _ => Self::Other { kind, code },
        }
    }

    /// The type and code of a message with this meaning.
    ///
    /// ```
    /// use rping::wire::icmpv6::Problem;
    ///
    /// assert_eq!(Problem::from_parts(1, 4, 0).type_and_code(), (1, 4));
    /// ```
    #[must_use]
    pub const fn type_and_code(self) -> (u8, u8) {
        match self {
            Self::DestinationUnreachable(why) => (DESTINATION_UNREACHABLE, why.code()),
            Self::PacketTooBig { code, .. } => (PACKET_TOO_BIG, code),
            Self::TimeExceeded(what) => (TIME_EXCEEDED, what.code()),
            Self::ParameterProblem { code, .. } => (PARAMETER_PROBLEM, code.code()),
            Self::Other { kind, code } => (kind, code),
        }
    }
}

/// Why a packet could not be delivered (RFC 4443 section 3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Unreachable {
    /// Code 0: no route to the destination.
    NoRoute,
    /// Code 1: communication is administratively prohibited.
    Prohibited,
    /// Code 2: the destination is beyond the scope of the source address.
    BeyondScope,
    /// Code 3: no host answers for the address on its link, or there is another reason.
    Address,
    /// Code 4: no program listens on the port.
    Port,
    /// Code 5: the source address failed an ingress or egress policy.
    SourcePolicy,
    /// Code 6: the route to the destination is a reject route.
    RejectRoute,
    /// Any other code.
    Unknown(u8),
}

impl Unreachable {
    /// From the code field.
    #[must_use]
    pub const fn from_code(code: u8) -> Self {
        match code {
            0 => Self::NoRoute,
            1 => Self::Prohibited,
            2 => Self::BeyondScope,
            3 => Self::Address,
            4 => Self::Port,
            5 => Self::SourcePolicy,
            6 => Self::RejectRoute,
            other => Self::Unknown(other),
        }
    }

    /// The code field.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::NoRoute => 0,
            Self::Prohibited => 1,
            Self::BeyondScope => 2,
            Self::Address => 3,
            Self::Port => 4,
            Self::SourcePolicy => 5,
            Self::RejectRoute => 6,
            Self::Unknown(code) => code,
        }
    }
}

/// What was exceeded (RFC 4443 section 3.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TimeExceeded {
    /// Code 0: the hop limit, in transit.
    HopLimit,
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
            0 => Self::HopLimit,
            1 => Self::Reassembly,
            other => Self::Unknown(other),
        }
    }

    /// The code field.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::HopLimit => 0,
            Self::Reassembly => 1,
            Self::Unknown(code) => code,
        }
    }
}

/// The part that a node could not process (RFC 4443 section 3.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ParameterProblem {
    /// Code 0: an invalid header field.
    HeaderField,
    /// Code 1: an unknown next header type.
    NextHeader,
    /// Code 2: an unknown option.
    Option,
    /// Any other code.
    Unknown(u8),
}

impl ParameterProblem {
    /// From the code field.
    #[must_use]
    pub const fn from_code(code: u8) -> Self {
        match code {
            0 => Self::HeaderField,
            1 => Self::NextHeader,
            2 => Self::Option,
            other => Self::Unknown(other),
        }
    }

    /// The code field.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::HeaderField => 0,
            Self::NextHeader => 1,
            Self::Option => 2,
            Self::Unknown(code) => code,
        }
    }
}
