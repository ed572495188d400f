//! Texts of ICMP errors, in iputils' words.

use std::io::{self, Write};

use super::colour::Palette;
use super::{Names, address, router};
use crate::config::{Face, Style};
use crate::event::{Problem, Reach, Rejection};
use crate::wire::{icmpv4, icmpv6};

/// `From reporter icmp_seq=3 PROBLEM`, without the end of the line.
pub(super) fn rejected(
    line: &mut Vec<u8>,
    rejection: &Rejection<'_>,
    style: &Style,
    names: &mut dyn Names,
) -> io::Result<()> {
    let reporter = address::named(rejection.reporter, names);
    write!(line, "From {reporter} icmp_seq={} ", rejection.sequence)?;
    let problem = written(rejection.problem, names);
    let reach = match (rejection.reach, style.face) {
        (Reach::NotSent, Face::Rping) => " (did not leave this host)",
        (Reach::NotSent, Face::Ping) | (Reach::Left, _) => "",
    };
    let text = format!("{problem}{reach}");
    write!(line, "{}", Palette::new(style.colour).alarm(text))?;
    if style.has_diagnostics() {
        router::text(line, rejection, style)?;
    }
    Ok(())
}

/// `From reporter: icmp_seq=3 ADVICE`, without the end of the line.
pub(super) fn noticed(
    line: &mut Vec<u8>,
    notice: &Rejection<'_>,
    style: &Style,
    names: &mut dyn Names,
) -> io::Result<()> {
    let reporter = address::named(notice.reporter, names);
    write!(line, "From {reporter}: icmp_seq={} ", notice.sequence)?;
    let advice = written(notice.problem, names);
    write!(line, "{}", Palette::new(style.colour).caution(advice))
}

pub(super) fn written(problem: Problem, names: &mut dyn Names) -> String {
    let mut octets = Vec::new();
    let _ = text(&mut octets, problem, names);
    String::from_utf8_lossy(&octets).into_owned()
}

fn text(line: &mut Vec<u8>, problem: Problem, names: &mut dyn Names) -> io::Result<()> {
    match problem {
        Problem::V4(problem) => v4(line, problem, names),
        Problem::V6(problem) => v6(line, problem),
    }
}

fn v4(line: &mut Vec<u8>, problem: icmpv4::Problem, names: &mut dyn Names) -> io::Result<()> {
    use icmpv4::{Problem as P, TimeExceeded as T};
    match problem {
        P::DestinationUnreachable(reason) => unreachable_v4(line, reason),
        P::FragmentationNeeded { next_hop_mtu } => {
            write!(line, "Frag needed and DF set (mtu = {next_hop_mtu})")
        }
        P::SourceQuench => write!(line, "Source Quench"),
        P::Redirect { code, gateway } => {
            redirect(line, code)?;
            write!(line, "(New nexthop: {})", address::named_v4(gateway, names))
        }
        P::TimeExceeded(T::InTransit) => write!(line, "Time to live exceeded"),
        P::TimeExceeded(T::Reassembly) => write!(line, "Frag reassembly time exceeded"),
        P::TimeExceeded(T::Unknown(code)) => write!(line, "Time exceeded, Bad Code: {code}"),
        P::ParameterProblem { pointer, .. } => {
            write!(line, "Parameter problem: pointer = {pointer}")
        }
        P::Other { kind, code: _ } => write!(line, "Bad ICMP type: {kind}"),
    }
}

fn unreachable_v4(line: &mut Vec<u8>, reason: icmpv4::Unreachable) -> io::Result<()> {
    use icmpv4::Unreachable as U;
    let text = match reason {
        U::Network => "Destination Net Unreachable",
        U::Host => "Destination Host Unreachable",
        U::Protocol => "Destination Protocol Unreachable",
        U::Port => "Destination Port Unreachable",
        U::SourceRouteFailed => "Source Route Failed",
        U::NetworkUnknown => "Destination Net Unknown",
        U::HostUnknown => "Destination Host Unknown",
        U::SourceHostIsolated => "Source Host Isolated",
        U::NetworkProhibited => "Destination Net Prohibited",
        U::HostProhibited => "Destination Host Prohibited",
        U::NetworkTypeOfService => "Destination Net Unreachable for Type of Service",
        U::HostTypeOfService => "Destination Host Unreachable for Type of Service",
        U::CommunicationProhibited => "Packet filtered",
        U::PrecedenceViolation => "Precedence Violation",
        U::PrecedenceCutoff => "Precedence Cutoff",
        U::Unknown(code) => return write!(line, "Dest Unreachable, Bad Code: {code}"),
    };
    write!(line, "{text}")
}

fn redirect(line: &mut Vec<u8>, code: icmpv4::RedirectCode) -> io::Result<()> {
    use icmpv4::RedirectCode as R;
    let text = match code {
        R::Network => "Redirect Network",
        R::Host => "Redirect Host",
        R::TypeOfServiceAndNetwork => "Redirect Type of Service and Network",
        R::TypeOfServiceAndHost => "Redirect Type of Service and Host",
        R::Unknown(code) => return write!(line, "Redirect, Bad Code: {code}"),
    };
    write!(line, "{text}")
}

fn v6(line: &mut Vec<u8>, problem: icmpv6::Problem) -> io::Result<()> {
    use icmpv6::Problem as P;
    match problem {
        P::DestinationUnreachable(reason) => {
            write!(line, "Destination unreachable: ")?;
            unreachable_v6(line, reason)
        }
        P::PacketTooBig { mtu, code: 0 } => write!(line, "Packet too big: mtu={mtu}"),
        P::PacketTooBig { mtu, code } => write!(line, "Packet too big: mtu={mtu}, code={code}"),
        P::TimeExceeded(what) => {
            write!(line, "Time exceeded: ")?;
            time_exceeded_v6(line, what)
        }
        P::ParameterProblem { code, pointer } => {
            write!(line, "Parameter problem: ")?;
            parameter_v6(line, code)?;
            write!(line, " at {pointer}")
        }
        P::Other { kind, code: _ } => write!(line, "unknown icmp type: {kind}"),
    }
}

fn unreachable_v6(line: &mut Vec<u8>, reason: icmpv6::Unreachable) -> io::Result<()> {
    use icmpv6::Unreachable as U;
    let text = match reason {
        U::NoRoute => "No route",
        U::Prohibited => "Administratively prohibited",
        U::BeyondScope => "Beyond scope of source address",
        U::Address => "Address unreachable",
        U::Port => "Port unreachable",
        U::SourcePolicy => "Source address failed ingress/egress policy",
        U::RejectRoute => "Reject route to destination",
        U::Unknown(code) => return write!(line, "Unknown code {code}"),
    };
    write!(line, "{text}")
}

fn time_exceeded_v6(line: &mut Vec<u8>, what: icmpv6::TimeExceeded) -> io::Result<()> {
    use icmpv6::TimeExceeded as T;
    match what {
        T::HopLimit => write!(line, "Hop limit"),
        T::Reassembly => write!(line, "Defragmentation failure"),
        T::Unknown(code) => write!(line, "code {code}"),
    }
}

fn parameter_v6(line: &mut Vec<u8>, what: icmpv6::ParameterProblem) -> io::Result<()> {
    use icmpv6::ParameterProblem as P;
    match what {
        P::HeaderField => write!(line, "Wrong header field"),
        P::NextHeader => write!(line, "Unknown header"),
        P::Option => write!(line, "Unknown option"),
        P::Unknown(code) => write!(line, "code {code}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::NoNames;

    fn printed(problem: Problem) -> String {
        let mut line = Vec::new();
        text(&mut line, problem, &mut NoNames).unwrap();
        String::from_utf8(line).unwrap()
    }

    #[test]
    fn every_error_of_ipv4() {
        for (kind, code, info, text) in [
            (3, 0, 0, "Destination Net Unreachable"),
            (3, 1, 0, "Destination Host Unreachable"),
            (3, 2, 0, "Destination Protocol Unreachable"),
            (3, 3, 0, "Destination Port Unreachable"),
            (3, 4, 1400, "Frag needed and DF set (mtu = 1400)"),
            (3, 5, 0, "Source Route Failed"),
            (3, 6, 0, "Destination Net Unknown"),
            (3, 7, 0, "Destination Host Unknown"),
            (3, 8, 0, "Source Host Isolated"),
            (3, 9, 0, "Destination Net Prohibited"),
            (3, 10, 0, "Destination Host Prohibited"),
            (3, 11, 0, "Destination Net Unreachable for Type of Service"),
            (3, 12, 0, "Destination Host Unreachable for Type of Service"),
            (3, 13, 0, "Packet filtered"),
            (3, 14, 0, "Precedence Violation"),
            (3, 15, 0, "Precedence Cutoff"),
            (3, 16, 0, "Dest Unreachable, Bad Code: 16"),
            (4, 0, 0, "Source Quench"),
            (5, 0, 0x0a00_0001, "Redirect Network(New nexthop: 10.0.0.1)"),
            (5, 1, 0x0a00_0001, "Redirect Host(New nexthop: 10.0.0.1)"),
            (
                5,
                2,
                0x0a00_0001,
                "Redirect Type of Service and Network(New nexthop: 10.0.0.1)",
            ),
            (
                5,
                3,
                0x0a00_0001,
                "Redirect Type of Service and Host(New nexthop: 10.0.0.1)",
            ),
            (
                5,
                4,
                0x0a00_0001,
                "Redirect, Bad Code: 4(New nexthop: 10.0.0.1)",
            ),
            (11, 0, 0, "Time to live exceeded"),
            (11, 1, 0, "Frag reassembly time exceeded"),
            (11, 2, 0, "Time exceeded, Bad Code: 2"),
            (12, 0, 20, "Parameter problem: pointer = 20"),
            (42, 0, 0, "Bad ICMP type: 42"),
        ] {
            let problem = icmpv4::Problem::from_parts(kind, code, info);
            assert_eq!(
                printed(Problem::V4(problem)),
                text,
                "type {kind} code {code}"
            );
        }
    }

    #[test]
    fn every_error_of_ipv6() {
        for (kind, code, info, text) in [
            (1, 0, 0, "Destination unreachable: No route"),
            (
                1,
                1,
                0,
                "Destination unreachable: Administratively prohibited",
            ),
            (
                1,
                2,
                0,
                "Destination unreachable: Beyond scope of source address",
            ),
            (1, 3, 0, "Destination unreachable: Address unreachable"),
            (1, 4, 0, "Destination unreachable: Port unreachable"),
            (
                1,
                5,
                0,
                "Destination unreachable: Source address failed ingress/egress policy",
            ),
            (
                1,
                6,
                0,
                "Destination unreachable: Reject route to destination",
            ),
            (1, 7, 0, "Destination unreachable: Unknown code 7"),
            (2, 0, 1280, "Packet too big: mtu=1280"),
            (2, 9, 1280, "Packet too big: mtu=1280, code=9"),
            (3, 0, 0, "Time exceeded: Hop limit"),
            (3, 1, 0, "Time exceeded: Defragmentation failure"),
            (3, 2, 0, "Time exceeded: code 2"),
            (4, 0, 40, "Parameter problem: Wrong header field at 40"),
            (4, 1, 40, "Parameter problem: Unknown header at 40"),
            (4, 2, 40, "Parameter problem: Unknown option at 40"),
            (4, 3, 40, "Parameter problem: code 3 at 40"),
            (100, 0, 0, "unknown icmp type: 100"),
        ] {
            let problem = icmpv6::Problem::from_parts(kind, code, info);
            assert_eq!(
                printed(Problem::V6(problem)),
                text,
                "type {kind} code {code}"
            );
        }
    }
}
