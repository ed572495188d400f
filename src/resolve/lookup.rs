//! A host's name to its addresses.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use anyhow::{Result, anyhow};

use super::{Resolved, hosts, musl};
use crate::config::FamilyChoice;
use crate::errno;
use crate::net::{Family, LookupFailure, NamedAddress, addresses_of};
use crate::target::{Host, WRONG_FAMILY};

/// What scripts know for a host that does not exist.
pub const UNKNOWN_HOST: &str = "Name or service not known";
pub(super) const NO_ADDRESS: &str = "No address associated with hostname";
pub(super) const TEMPORARY: &str = "Temporary failure in name resolution";
pub(super) const FAILED: &str = "Non-recoverable failure in name resolution";

/// What a lookup gives.
type Found = Result<Vec<NamedAddress>, LookupFailure>;

/// Looks up a name. `word` is the name as typed, made harmless.
///
/// # Errors
/// One line that begins with the word.
pub(super) fn forward(word: &str, name: &str, family: FamilyChoice) -> Result<Resolved> {
    let mut may_have_more = false;
    let found = find(family, |family| {
        let found = ask(name, family)?;
        may_have_more |= cfg!(target_env = "musl") && musl::may_have_more(&found, name, family);
        Ok(found)
    });
    let mut resolved = resolved(word, name, found)?;
    resolved.may_have_more = may_have_more;
    Ok(resolved)
}

/// What this host knows of a name without a name server, with or without its final dot; `None` if that is nothing.
pub(super) fn known_here(word: &str, name: &str, family: FamilyChoice) -> Option<Resolved> {
    let name = without_dot(name);
    let here = |family| match hosts::addresses_of(name, family) {
        none if none.is_empty() && is_localhost(name) => loopback(name, family),
        found => found,
    };
    resolved(word, name, find(family, |family| Ok(here(family)))).ok()
}

fn resolved(word: &str, name: &str, found: Found) -> Result<Resolved> {
    let found = found.map_err(|failure| not_found(word, &failure))?;
    let canonical = found.iter().find_map(|found| found.canonical.clone());
    // glibc 2.36 gives an empty one for a line of /etc/hosts when only one family is asked for.
    let canonical = canonical.filter(|canonical| is_name(canonical));
    let mut addresses: Vec<SocketAddr> = Vec::new();
    for NamedAddress { address, .. } in found {
        if !addresses.contains(&address) {
            addresses.push(address);
        }
    }
    if addresses.is_empty() {
        return Err(not_found(word, &LookupFailure::NoData));
    }
    Ok(Resolved {
        name: canonical.unwrap_or_else(|| name.to_owned()),
        addresses,
        numeric: false,
        may_have_more: false,
        names: Vec::new(),
    })
}

/// Whether what a resolver gave is a host's name. One that reads as an address would be taken for that.
pub(super) fn is_name(text: &str) -> bool {
    matches!(Host::parse(text), Ok(Host::Name(_)))
}

/// The addresses of the family that is wanted, from a resolver that is asked for one family or for both.
///
/// The interface of a link-local address (as from nss-myhostname) comes only with a question for both families. Where
/// `/etc/hosts` has the other family only, a name server is asked only with a question for one family.
fn find(family: FamilyChoice, mut ask: impl FnMut(Option<Family>) -> Found) -> Found {
    match family {
        FamilyChoice::Any => ask(None).map(unmapped),
        FamilyChoice::Ipv6 => {
            let ipv6 = |found| only(Family::Ipv6, found);
            match ask(None).map(ipv6) {
                Ok(found) if !found.is_empty() => Ok(found),
                Ok(_) => known_without(ask(Some(Family::Ipv6)).map(ipv6)),
                // It may have failed for the other family.
                Err(LookupFailure::Again) => ask(Some(Family::Ipv6)).map(ipv6),
                failure => failure,
            }
        }
        FamilyChoice::Ipv4 => {
            let failure = match ask(Some(Family::Ipv4)).map(|found| only(Family::Ipv4, found)) {
                Ok(found) if !found.is_empty() => return without_loopback_of_ipv6(found, &mut ask),
                Ok(_) => LookupFailure::NoData,
                Err(failure) => failure,
            };
            match (&failure, ask_for_more(&failure, &mut ask)) {
                (_, Some(found)) => known_without(Ok(only(Family::Ipv4, found))),
                (_, None) => Err(failure),
            }
        }
    }
}

/// Removes 127.0.0.1 if it stands for `::1`: glibc maps that address of `/etc/hosts` when it is asked for IPv4 only.
fn without_loopback_of_ipv6(
    mut found: Vec<NamedAddress>,
    ask: &mut impl FnMut(Option<Family>) -> Found,
) -> Found {
    let has = |found: &[NamedAddress], address: IpAddr| {
        found.iter().any(|found| found.address.ip() == address)
    };
    let (ipv4, ipv6) = (Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into());
    if has(&found, ipv4)
        && let Ok(of_both) = ask(None).map(unmapped)
        && has(&of_both, ipv6)
        && !has(&of_both, ipv4)
    {
        found.retain(|found| found.address.ip() != ipv4);
    }
    known_without(Ok(found))
}

/// All that is known of a name that has no address of one family.
fn ask_for_more(
    failure: &LookupFailure,
    ask: &mut impl FnMut(Option<Family>) -> Found,
) -> Option<Vec<NamedAddress>> {
    match failure {
        LookupFailure::NoName | LookupFailure::NoData => ask(None).ok(),
        _ => None,
    }
}

/// What was found of one family for a name that has addresses of some family.
fn known_without(found: Found) -> Found {
    match found {
        Ok(found) if !found.is_empty() => Ok(found),
        Ok(_) | Err(LookupFailure::NoName | LookupFailure::NoData) => {
            Err(LookupFailure::WrongFamily)
        }
        failure => failure,
    }
}

fn only(family: Family, found: Vec<NamedAddress>) -> Vec<NamedAddress> {
    let mut found = unmapped(found);
    found.retain(|found| Family::of(found.address) == family);
    found
}

/// A mapped address is IPv4's business, as where it was typed: no IPv6 packet may carry it (RFC 4291, section 2.5.5.2).
fn unmapped(mut found: Vec<NamedAddress>) -> Vec<NamedAddress> {
    for NamedAddress { address, .. } in &mut found {
        if let SocketAddr::V6(mapped) = address
            && let Some(ipv4) = mapped.ip().to_ipv4_mapped()
        {
            *address = (ipv4, 0).into();
        }
    }
    found
}

/// Asks for a name: answers `localhost` here, and asks the C library's resolver for the rest.
fn ask(name: &str, family: Option<Family>) -> Found {
    let mut name = name;
    if is_localhost(name) {
        let without_dot = without_dot(name);
        // Another spelling than that of the file would be asked of a name server.
        let spellings = [name, without_dot].into_iter();
        let mut known = spellings.filter(|name| !hosts::addresses_of(name, family).is_empty());
        match known.next() {
            Some(spelling) => name = spelling,
            None => return Ok(loopback(without_dot, family)),
        }
    }
    if cfg!(target_env = "musl") {
        return musl::addresses_of(name, family);
    }
    match addresses_of(name, family) {
        // It may be a name that no server can be asked for, or a server that does not understand the question.
        Err(LookupFailure::NoRecovery) => musl::addresses_of(name, family),
        found => found,
    }
}

/// These names are never asked of a name server (RFC 6761, section 6.3).
pub(super) fn is_localhost(name: &str) -> bool {
    let name = without_dot(name);
    let last = name.rsplit('.').next().unwrap_or(name);
    last.eq_ignore_ascii_case("localhost")
}

/// A name without its final dot, which says only that it is complete.
pub(super) fn without_dot(name: &str) -> &str {
    name.strip_suffix('.').unwrap_or(name)
}

/// That of IPv4 first, for there are hosts without the other one.
fn loopback(name: &str, family: Option<Family>) -> Vec<NamedAddress> {
    let addresses: [SocketAddr; 2] = [
        (Ipv4Addr::LOCALHOST, 0).into(),
        (Ipv6Addr::LOCALHOST, 0).into(),
    ];
    let wanted = |address: &SocketAddr| family.is_none_or(|family| Family::of(*address) == family);
    let named = |address| NamedAddress {
        address,
        canonical: Some(name.to_owned()),
    };
    addresses.into_iter().filter(wanted).map(named).collect()
}

/// A lookup that ended without an answer: whether the name has addresses is not known, and may be known later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LookupFailed {
    /// How the word is shown.
    word: String,
    /// What happened, with its value.
    text: String,
    /// The same, without its value.
    why: &'static str,
}

impl LookupFailed {
    pub(super) fn new(word: &str, why: &'static str, text: String) -> Self {
        let word = word.to_owned();
        Self { word, text, why }
    }

    #[cfg(test)]
    pub(crate) fn for_a_test(word: &str, why: &'static str) -> Self {
        Self::new(word, why, why.to_owned())
    }

    /// What happened, in a few words.
    #[must_use]
    pub fn why(&self) -> &'static str {
        self.why
    }
}

impl fmt::Display for LookupFailed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.word, self.text)
    }
}

impl std::error::Error for LookupFailed {}

/// A name without an address, or a [`LookupFailed`].
fn not_found(word: &str, failure: &LookupFailure) -> anyhow::Error {
    let why = reason(failure);
    let text = match failure {
        LookupFailure::NoName | LookupFailure::NoData | LookupFailure::WrongFamily => {
            return anyhow!("{word}: {why}");
        }
        LookupFailure::Again
        | LookupFailure::NoRecovery
        | LookupFailure::Fail
        | LookupFailure::Memory => why.to_owned(),
        LookupFailure::System(error) => errno::text(error),
        LookupFailure::Other(code) => format!("{why}: code {code}"),
    };
    LookupFailed::new(word, why, text).into()
}

/// The words of glibc, whatever C library this binary is linked to: scripts compare them.
fn reason(failure: &LookupFailure) -> &'static str {
    match failure {
        LookupFailure::Again | LookupFailure::NoRecovery => TEMPORARY,
        LookupFailure::NoName => UNKNOWN_HOST,
        LookupFailure::NoData => NO_ADDRESS,
        LookupFailure::WrongFamily => WRONG_FAMILY,
        LookupFailure::Fail => FAILED,
        LookupFailure::Memory => "Memory allocation failure",
        LookupFailure::System(_) => "System error",
        LookupFailure::Other(_) => "Unknown error",
    }
}

#[cfg(test)]
mod tests;
