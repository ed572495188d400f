//! ICMP errors in fping's words.

use crate::event::Problem;
use crate::wire::icmpv4::{self, Unreachable};
use crate::wire::icmpv6;

/// The text of an error, and fping's name for the probe.
pub(super) fn words(problem: Problem) -> (String, &'static str) {
    match problem {
        Problem::V4(problem) => (of_ipv4(problem), "ICMP Echo"),
        Problem::V6(problem) => (of_ipv6(problem), "ICMPv6 Echo Request"),
    }
}

fn of_ipv4(problem: icmpv4::Problem) -> String {
    use icmpv4::Problem as P;
    let text = match problem {
        P::DestinationUnreachable(why) => unreachable(why),
        P::FragmentationNeeded { .. } => "ICMP Unreachable (Fragmentation Needed)",
        P::SourceQuench => "ICMP Source Quench",
        P::Redirect { .. } => "ICMP Redirect",
        P::TimeExceeded(_) => "ICMP Time Exceeded",
        P::ParameterProblem { .. } => "ICMP Parameter Problem",
        P::Other { kind, .. } => return format!("ICMP {kind}"),
    };
    text.to_owned()
}

fn unreachable(why: Unreachable) -> &'static str {
    match why {
        Unreachable::Network => "ICMP Network Unreachable",
        Unreachable::Host => "ICMP Host Unreachable",
        Unreachable::Protocol => "ICMP Protocol Unreachable",
        Unreachable::Port => "ICMP Port Unreachable",
        Unreachable::SourceRouteFailed => "ICMP Unreachable (Source Route Failed)",
        Unreachable::NetworkUnknown => "ICMP Unreachable (Destination Network Unknown)",
        Unreachable::HostUnknown => "ICMP Unreachable (Destination Host Unknown)",
        Unreachable::SourceHostIsolated => "ICMP Unreachable (Source Host Isolated)",
        Unreachable::NetworkProhibited => {
            "ICMP Unreachable (Communication with Network Prohibited)"
        }
        Unreachable::HostProhibited => "ICMP Unreachable (Communication with Host Prohibited)",
        Unreachable::NetworkTypeOfService => {
            "ICMP Unreachable (Network Unreachable For Type Of Service)"
        }
        Unreachable::HostTypeOfService => "ICMP Unreachable (Host Unreachable For Type Of Service)",
        Unreachable::CommunicationProhibited => {
            "ICMP Unreachable (Communication Administratively Prohibited)"
        }
        Unreachable::PrecedenceViolation => "ICMP Unreachable (Host Precedence Violation)",
        Unreachable::PrecedenceCutoff => "ICMP Unreachable (Precedence cutoff in effect)",
        Unreachable::Unknown(_) => "ICMP Unreachable (Invalid Code)",
    }
}

fn of_ipv6(problem: icmpv6::Problem) -> String {
    use icmpv6::Problem as P;
    let text = match problem {
        P::DestinationUnreachable(why) => {
            return format!("ICMPv6 Destination Unreachable ({})", unreachable_ipv6(why));
        }
        P::PacketTooBig { .. } => "ICMPv6 Packet Too Big",
        P::TimeExceeded(_) => "ICMPv6 Time Exceeded",
        P::ParameterProblem { .. } => "ICMPv6 Parameter Problem",
        P::Other { kind, .. } => return format!("ICMPv6 {kind}"),
    };
    text.to_owned()
}

fn unreachable_ipv6(why: icmpv6::Unreachable) -> &'static str {
    match why {
        icmpv6::Unreachable::NoRoute => "No route to destination",
        icmpv6::Unreachable::Prohibited => {
            "Communication with destination administratively prohibited"
        }
        icmpv6::Unreachable::BeyondScope => "Beyond scope of source address",
        icmpv6::Unreachable::Address => "Address unreachable",
        icmpv6::Unreachable::Port => "Port unreachable",
        icmpv6::Unreachable::SourcePolicy => "Source address failed ingress/egress policy",
        icmpv6::Unreachable::RejectRoute => "Reject route to destination",
        icmpv6::Unreachable::Unknown(_) => "Unknown code",
    }
}
