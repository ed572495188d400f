//! Makes a musl binary find the same names as a glibc binary.
//!
//! musl fails for the whole name if a server does not respond for one family. It waits 5 s for a server that refuses or
//! does not exist, and it misses lines of `/etc/hosts`. Therefore this module reads the file, and queries the servers itself
//! to learn which records exist. Only then does it call musl's resolver, which queries again and parses the records.
//!
//! A glibc binary uses it after a failure that glibc calls final: glibc reports some of these as an unknown name.

use std::cmp::Reverse;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};

use rand::TryRng;
use rand::rngs::SysRng;

use super::hosts;
use super::question::{Question, Reply};
use super::servers::Servers;
use crate::net::{self, Family, LookupFailure, NamedAddress};

/// The most addresses that musl's resolver returns (`MAXADDRS` of its `lookup.h`).
pub const MAX_ADDRESSES: usize = 48;

/// Whether musl's resolver may have dropped addresses. Those of the hosts file are read here, without a limit.
pub(super) fn may_have_more(found: &[NamedAddress], name: &str, family: Option<Family>) -> bool {
    found.len() >= MAX_ADDRESSES && hosts::addresses_of(name, family).is_empty()
}

/// Looks up a name.
///
/// # Errors
/// The name has no address, or the lookup failed.
pub(super) fn addresses_of(
    name: &str,
    family: Option<Family>,
) -> Result<Vec<NamedAddress>, LookupFailure> {
    let known = hosts::addresses_of(name, family);
    if !known.is_empty() {
        return Ok(sorted(known));
    }
    if !is_valid_query_name(name) {
        return Err(LookupFailure::NoName);
    }
    let servers = Servers::read();
    let mut failures = Vec::new();
    for candidate in servers.candidates(name) {
        match ask(&servers, &candidate, family) {
            Ok(found) => return Ok(found),
            Err(failure) => failures.push(failure),
        }
    }
    Err(decisive(failures))
}

/// Whether a name may be sent to a name server: glibc's rule (`res_hnok`).
fn is_valid_query_name(name: &str) -> bool {
    let allowed = |octet: u8| octet.is_ascii_alphanumeric() || matches!(octet, b'.' | b'-' | b'_');
    !name.starts_with('-') && name.bytes().all(allowed)
}

fn ask(
    servers: &Servers,
    name: &str,
    family: Option<Family>,
) -> Result<Vec<NamedAddress>, LookupFailure> {
    let families = match family {
        None => vec![Family::Ipv4, Family::Ipv6],
        Some(family) => vec![family],
    };
    let questions = families
        .iter()
        .map(|family| Question::new(identifier()?, name, *family));
    let questions: Option<Vec<Question>> = questions.collect();
    let replies = servers.ask(&questions.ok_or(LookupFailure::NoName)?);
    let known = families.into_iter().zip(&replies);
    let known: Vec<Family> = known
        .filter_map(|(family, reply)| (*reply == Reply::Records).then_some(family))
        .collect();
    // The final dot skips `/etc/hosts` and the search domains.
    let absolute = format!("{}.", name.trim_end_matches('.'));
    match *known {
        [] => Err(decisive(replies.into_iter().map(failure))),
        [family] => net::addresses_of(&absolute, Some(family)),
        _ => net::addresses_of(&absolute, None),
    }
}

fn failure(reply: Reply) -> LookupFailure {
    match reply {
        Reply::Failed => LookupFailure::Again,
        Reply::NoName => LookupFailure::NoName,
        Reply::Records | Reply::NoData => LookupFailure::NoData,
    }
}

/// The failure to report of several: a temporary one has priority, because then the name may exist.
fn decisive(failures: impl IntoIterator<Item = LookupFailure>) -> LookupFailure {
    let weight = |failure: &LookupFailure| match failure {
        LookupFailure::NoName => 0,
        LookupFailure::NoData => 1,
        _ => 2,
    };
    let decisive = failures.into_iter().max_by_key(weight);
    decisive.unwrap_or(LookupFailure::NoName)
}

/// A random identifier, which only the server knows.
fn identifier() -> Option<[u8; 2]> {
    let mut octets = [0; 2];
    SysRng.try_fill_bytes(&mut octets).ok()?;
    Some(octets)
}

/// Sorts as glibc does: addresses with a route first, IPv6 before IPv4, otherwise in the order of the file.
fn sorted(mut found: Vec<NamedAddress>) -> Vec<NamedAddress> {
    let canonical = found.first().and_then(|first| first.canonical.clone());
    found.sort_by_cached_key(|found| Reverse((has_route(found.address), found.address.is_ipv6())));
    if let Some(first) = found.first_mut() {
        first.canonical = canonical;
    }
    found
}

/// Whether the kernel has a route. Connecting a UDP socket sends nothing.
fn has_route(address: SocketAddr) -> bool {
    let any: IpAddr = match address {
        SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    };
    let mut target = address;
    // Some kernels reject port 0.
    target.set_port(9);
    let socket = UdpSocket::bind((any, 0));
    socket.and_then(|socket| socket.connect(target)).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn temporary_failure_has_priority() {
        let decided = |replies: &[Reply]| decisive(replies.iter().map(|reply| failure(*reply)));
        assert!(matches!(
            decided(&[Reply::NoName, Reply::Failed]),
            LookupFailure::Again
        ));
        assert!(matches!(
            decided(&[Reply::NoData, Reply::NoName]),
            LookupFailure::NoData
        ));
        assert!(matches!(decided(&[Reply::NoName]), LookupFailure::NoName));
        assert!(matches!(decided(&[]), LookupFailure::NoName));
    }

    #[test]
    fn invalid_names_are_not_queried() {
        for name in ["web", "web.example.", "a_b.example", "a.-b.example"] {
            assert!(is_valid_query_name(name), "{name}");
        }
        for name in ["-web.example", "a+b", "a@b", "a,b"] {
            assert!(!is_valid_query_name(name), "{name}");
        }
    }

    #[test]
    fn addresses_with_a_route_come_first() {
        let named = |address: &str| NamedAddress {
            address: address.parse().unwrap(),
            canonical: None,
        };
        // A link-local address has no route without an interface.
        let found = sorted(vec![named("[fe80::1]:0"), named("127.0.0.1:0")]);
        assert_eq!(found, [named("127.0.0.1:0"), named("[fe80::1]:0")]);
    }
}
