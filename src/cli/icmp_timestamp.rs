//! What `--icmp-timestamp` has no use for.

use super::Refusal;
use super::args::Typed;
use crate::config::Face;

/// Options that shape an echo request, or ask something else.
pub(super) fn refuse(typed: &Typed, face: Face) -> Result<(), Refusal> {
    if !typed.diagnosis.icmp_timestamp {
        return Ok(());
    }
    if face == Face::Ping {
        return Err(Refusal::new(
            "usage error: --icmp-timestamp works only under the name rping",
        ));
    }
    let no_use = [
        (typed.size.is_some(), "-s", "a timestamp has 12 octets"),
        (typed.pattern.is_some(), "-p", "a timestamp has no pattern"),
        (
            typed.diagnosis.sweep_size.is_some(),
            "--sweep-size",
            "a timestamp has 12 octets",
        ),
        (
            !typed.node_information.is_empty(),
            "-N",
            "ask one question at a time",
        ),
    ];
    match no_use.iter().find(|(is_given, ..)| *is_given) {
        Some((_, option, why)) => Err(Refusal::new(format!(
            "usage error: {option} does not work with --icmp-timestamp: {why}"
        ))),
        None => Ok(()),
    }
}
