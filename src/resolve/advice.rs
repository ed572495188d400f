//! Advice for failed lookups. Not for the name `ping`, because iputils prints none.

use anyhow::{Error, anyhow};

use super::lookup::{FAILED, NO_ADDRESS, TEMPORARY, UNKNOWN_HOST};
use crate::config::FamilyChoice;
use crate::target::WRONG_FAMILY;

const CHECK_NAME: &str = "; check the name, or give an address";
const CHECK_SERVERS: &str = "; check the name servers in /etc/resolv.conf, or give an address";

/// Appends advice to the error of a failed lookup. Other errors stay unchanged.
#[must_use]
pub fn advise(error: Error, family: FamilyChoice) -> Error {
    let text = error.to_string();
    let endings = [
        (UNKNOWN_HOST, CHECK_NAME),
        (NO_ADDRESS, CHECK_NAME),
        (TEMPORARY, CHECK_SERVERS),
        (FAILED, CHECK_SERVERS),
        (WRONG_FAMILY, other_family(family)),
    ];
    let ending = endings.iter().find(|(ending, _)| text.ends_with(ending));
    match ending {
        Some((_, advice)) => anyhow!("{text}{advice}"),
        None => error,
    }
}

fn other_family(family: FamilyChoice) -> &'static str {
    match family {
        FamilyChoice::Any => "",
        FamilyChoice::Ipv4 => {
            ": it has no IPv4 address; leave out -4, or the option that needs IPv4"
        }
        FamilyChoice::Ipv6 => {
            ": it has no IPv6 address; leave out -6, or the option that needs IPv6"
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failed_lookups_get_advice_and_other_errors_stay() {
        for (text, family, advised) in [
            (
                "a: Name or service not known",
                FamilyChoice::Any,
                "a: Name or service not known; check the name, or give an address",
            ),
            (
                "a: No address associated with hostname",
                FamilyChoice::Any,
                "a: No address associated with hostname; check the name, or give an address",
            ),
            (
                "a: Non-recoverable failure in name resolution",
                FamilyChoice::Any,
                "a: Non-recoverable failure in name resolution; check the name servers in /etc/resolv.conf, or give an address",
            ),
            (
                "a: Address family for hostname not supported",
                FamilyChoice::Ipv6,
                "a: Address family for hostname not supported: it has no IPv6 address; leave out -6, or the option that needs IPv6",
            ),
            (
                "a: Too many open files",
                FamilyChoice::Any,
                "a: Too many open files",
            ),
        ] {
            assert_eq!(advise(anyhow!("{text}"), family).to_string(), advised);
        }
    }
}
