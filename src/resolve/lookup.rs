//! Looks up the addresses of a name.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use anyhow::{Result, anyhow};

use super::{Resolved, hosts, musl};
use crate::config::FamilyChoice;
use crate::errno;
use crate::net::{Family, LookupFailure, NamedAddress, addresses_of};
use crate::target::{Host, WRONG_FAMILY};

/// glibc's text for an unknown host, which scripts compare.
pub const UNKNOWN_HOST: &str = "Name or service not known";
pub(super) const NO_ADDRESS: &str = "No address associated with hostname";
pub(super) const TEMPORARY: &str = "Temporary failure in name resolution";
pub(super) const FAILED: &str = "Non-recoverable failure in name resolution";

/// The result of a lookup.
type Found = Result<Vec<NamedAddress>, LookupFailure>;

/// Looks up a name. `word` is the name as typed, sanitized.
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

/// Looks up a name, with or without its final dot, without a name server; `None` if this host does not know it.
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
    // glibc 2.36 returns an empty one for a line of /etc/hosts if only one family is requested.
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

/// Whether the text from a resolver is a valid host name. One that looks like an address would mislead the user.
pub(super) fn is_name(text: &str) -> bool {
    matches!(Host::parse(text), Ok(Host::Name(_)))
}

/// Looks up the addresses of the requested family. `ask` queries the resolver for one family or for both.
///
/// glibc returns the interface of a link-local address (as from nss-myhostname) only if both families are requested. If
/// `/etc/hosts` has only the other family, it queries a name server only if one family is requested.
fn find(family: FamilyChoice, mut ask: impl FnMut(Option<Family>) -> Found) -> Found {
    match family {
        FamilyChoice::Any => ask(None).map(unmapped),
        FamilyChoice::Ipv6 => {
            let ipv6 = |found| of_family(Family::Ipv6, found);
            match ask(None).map(ipv6) {
                Ok(found) if !found.is_empty() => Ok(found),
                Ok(_) => or_wrong_family(ask(Some(Family::Ipv6)).map(ipv6)),
                // Only the other family may have failed.
                Err(LookupFailure::Again) => ask(Some(Family::Ipv6)).map(ipv6),
                failure => failure,
            }
        }
        FamilyChoice::Ipv4 => {
            let failure = match ask(Some(Family::Ipv4)).map(|found| of_family(Family::Ipv4, found))
            {
                Ok(found) if !found.is_empty() => return without_loopback_of_ipv6(found, &mut ask),
                Ok(_) => LookupFailure::NoData,
                Err(failure) => failure,
            };
            match (&failure, ask_for_both(&failure, &mut ask)) {
                (_, Some(found)) => or_wrong_family(Ok(of_family(Family::Ipv4, found))),
                (_, None) => Err(failure),
            }
        }
    }
}

/// Removes 127.0.0.1 if it stands for `::1`: glibc maps `::1` of `/etc/hosts` to it if only IPv4 is requested.
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
    or_wrong_family(Ok(found))
}

/// Looks up a name for both families after the lookup for one has found nothing.
fn ask_for_both(
    failure: &LookupFailure,
    ask: &mut impl FnMut(Option<Family>) -> Found,
) -> Option<Vec<NamedAddress>> {
    match failure {
        LookupFailure::NoName | LookupFailure::NoData => ask(None).ok(),
        _ => None,
    }
}

/// Turns "no address" into "wrong family", for a name that has addresses of some family.
fn or_wrong_family(found: Found) -> Found {
    match found {
        Ok(found) if !found.is_empty() => Ok(found),
        Ok(_) | Err(LookupFailure::NoName | LookupFailure::NoData) => {
            Err(LookupFailure::WrongFamily)
        }
        failure => failure,
    }
}

fn of_family(family: Family, found: Vec<NamedAddress>) -> Vec<NamedAddress> {
    let mut found = unmapped(found);
    found.retain(|found| Family::of(found.address) == family);
    found
}

/// Converts IPv4-mapped addresses to IPv4, as for typed ones: no IPv6 packet may carry them (RFC 4291, section 2.5.5.2).
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

/// Looks up a name with the C library's resolver, except `localhost`.
fn ask(name: &str, family: Option<Family>) -> Found {
    let mut name = name;
    if is_localhost(name) {
        let without_dot = without_dot(name);
        // The resolver would query a name server for another spelling than that of the file.
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
        // The name may be invalid in DNS, or a server may have failed.
        Err(LookupFailure::NoRecovery) => musl::addresses_of(name, family),
        found => found,
    }
}

/// Whether a name must not be queried from a name server (RFC 6761, section 6.3).
pub(super) fn is_localhost(name: &str) -> bool {
    let name = without_dot(name);
    let last = name.rsplit('.').next().unwrap_or(name);
    last.eq_ignore_ascii_case("localhost")
}

/// A name without its final dot, which marks it as fully qualified.
pub(super) fn without_dot(name: &str) -> &str {
    name.strip_suffix('.').unwrap_or(name)
}

/// The loopback addresses, IPv4 first: some hosts lack the other one.
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

/// A failed lookup: whether the name has addresses is unknown, and a later lookup may succeed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LookupFailed {
    /// The word, sanitized.
    word: String,
    /// The reason, with its value.
    text: String,
    /// The reason, without its value.
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

    /// The reason in a few words.
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

/// The error for a name without an address, or a [`LookupFailed`].
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

/// glibc's text for any C library, because scripts compare it.
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
