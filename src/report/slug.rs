//! Reasons as single words for programs. Scripts compare them, so they never change.

use crate::event::{Problem, Reason};
use crate::wire::{icmpv4, icmpv6};

pub(super) fn problem(problem: Problem) -> &'static str {
    match problem {
        Problem::V4(problem) => v4(problem),
        Problem::V6(problem) => v6(problem),
    }
}

/// The word for the reason why a target did not answer.
pub(super) fn reason(reason: Reason) -> &'static str {
    match reason {
        Reason::Rejected { problem: why, .. } | Reason::TooBig { problem: why, .. } => problem(why),
        Reason::NotSent { .. } => "not_sent",
        Reason::TooLong => "not_sent_too_long",
        Reason::Filtered { .. } => "not_sent_filtered",
        Reason::Unresolved => "no_address",
        Reason::LookupPending => "lookup_pending",
        Reason::LookupFailed(_) => "lookup_failed",
    }
}

/// The reason with this word, or `None` if the word is unknown. Details that the word does not contain stay unknown.
#[must_use]
pub fn meaning(word: &str, is_ipv6: bool) -> Option<Reason> {
    let known = [
        Reason::NotSent { errno: 0 },
        Reason::TooLong,
        Reason::Unresolved,
        Reason::LookupPending,
    ];
    if let Some(found) = known.into_iter().find(|known| reason(*known) == word) {
        return Some(found);
    }
    let problem_of = |kind, code| {
        if is_ipv6 {
            Problem::V6(icmpv6::Problem::from_parts(kind, code, 0))
        } else {
            Problem::V4(icmpv4::Problem::from_parts(kind, code, 0))
        }
    };
    let parts = (0..=u8::MAX).flat_map(|kind| (0..=u8::MAX).map(move |code| (kind, code)));
    let mut problems = parts.map(|(kind, code)| problem_of(kind, code));
    let has_word = |found: &Problem| problem(*found) == word && word != "other";
    problems.find(has_word).map(|problem| Reason::Rejected {
        problem,
        reporter: None,
    })
}

fn v4(problem: icmpv4::Problem) -> &'static str {
    use icmpv4::{Problem as P, RedirectCode as R, TimeExceeded as T, Unreachable as U};
    match problem {
        P::DestinationUnreachable(reason) => match reason {
            U::Network => "destination_net_unreachable",
            U::Host => "destination_host_unreachable",
            U::Protocol => "destination_protocol_unreachable",
            U::Port => "destination_port_unreachable",
            U::SourceRouteFailed => "source_route_failed",
            U::NetworkUnknown => "destination_net_unknown",
            U::HostUnknown => "destination_host_unknown",
            U::SourceHostIsolated => "source_host_isolated",
            U::NetworkProhibited => "destination_net_prohibited",
            U::HostProhibited => "destination_host_prohibited",
            U::NetworkTypeOfService => "destination_net_unreachable_for_tos",
            U::HostTypeOfService => "destination_host_unreachable_for_tos",
            U::CommunicationProhibited => "packet_filtered",
            U::PrecedenceViolation => "precedence_violation",
            U::PrecedenceCutoff => "precedence_cutoff",
            U::Unknown(_) => "destination_unreachable",
        },
        P::FragmentationNeeded { .. } => "fragmentation_needed",
        P::SourceQuench => "source_quench",
        P::Redirect { code, .. } => match code {
            R::Network => "redirect_network",
            R::Host => "redirect_host",
            R::TypeOfServiceAndNetwork => "redirect_tos_and_network",
            R::TypeOfServiceAndHost => "redirect_tos_and_host",
            R::Unknown(_) => "redirect",
        },
        P::TimeExceeded(what) => match what {
            T::InTransit => "time_to_live_exceeded",
            T::Reassembly => "reassembly_time_exceeded",
            T::Unknown(_) => "time_exceeded",
        },
        P::ParameterProblem { .. } => "parameter_problem",
        P::Other { .. } => "other",
    }
}

fn v6(problem: icmpv6::Problem) -> &'static str {
    use icmpv6::{ParameterProblem as W, Problem as P, TimeExceeded as T, Unreachable as U};
    match problem {
        P::DestinationUnreachable(reason) => match reason {
            U::NoRoute => "no_route",
            U::Prohibited => "administratively_prohibited",
            U::BeyondScope => "beyond_scope_of_source_address",
            U::Address => "address_unreachable",
            U::Port => "port_unreachable",
            U::SourcePolicy => "source_address_failed_policy",
            U::RejectRoute => "reject_route",
            U::Unknown(_) => "destination_unreachable",
        },
        P::PacketTooBig { .. } => "packet_too_big",
        P::TimeExceeded(what) => match what {
            T::HopLimit => "hop_limit_exceeded",
            T::Reassembly => "reassembly_time_exceeded",
            T::Unknown(_) => "time_exceeded",
        },
        P::ParameterProblem { code, .. } => match code {
            W::HeaderField => "wrong_header_field",
            W::NextHeader => "unknown_next_header",
            W::Option => "unknown_option",
            W::Unknown(_) => "parameter_problem",
        },
        P::Other { .. } => "other",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn each_kind_of_error_has_a_word_of_its_own() {
        for family in [
            (|kind, code| v4(icmpv4::Problem::from_parts(kind, code, 0))) as fn(u8, u8) -> _,
            |kind, code| v6(icmpv6::Problem::from_parts(kind, code, 0)),
        ] {
            let mut words = BTreeSet::new();
            for (kind, codes) in [
                (1, 0..=6),
                (2, 0..=0),
                (3, 0..=15),
                (4, 0..=0),
                (5, 0..=3),
                (11, 0..=1),
            ] {
                for code in codes {
                    let word = family(kind, code);
                    let is_of_its_own = words.insert(word);
                    let is_unknown =
                        ["other", "destination_unreachable", "time_exceeded"].contains(&word);
                    assert!(is_of_its_own || is_unknown, "{kind} {code}: {word}");
                    let plain = |octet: u8| octet.is_ascii_lowercase() || octet == b'_';
                    assert!(word.bytes().all(plain), "{word}");
                }
            }
        }
        assert_eq!(
            v4(icmpv4::Problem::from_parts(3, 1, 0)),
            "destination_host_unreachable"
        );
    }
}
