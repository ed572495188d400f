//! Makes a binary with musl's resolver find the names that one with glibc's finds.
//!
//! musl fails for the whole name when a server does not answer for one family. It waits 5 s for a server that refuses or
//! does not exist, and it misses lines of `/etc/hosts`. Therefore this module reads the file, and asks the servers itself
//! which records exist. Only then does it call musl's resolver, which asks again and reads the records.
//!
//! A binary with glibc comes here where glibc calls a failure final: for some it says only that there is no such name.

use std::cmp::Reverse;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};

use rand::TryRng;
use rand::rngs::SysRng;

use super::hosts;
use super::question::{Question, Reply};
use super::servers::Servers;
use crate::net::{self, Family, LookupFailure, NamedAddress};

/// More addresses of a name musl's resolver does not give (`MAXADDRS` of its `lookup.h`).
pub const MOST_ADDRESSES: usize = 48;

/// Whether musl's resolver may have left out some of the addresses that it has found. The hosts file is read here, whole.
pub(super) fn may_have_more(found: &[NamedAddress], name: &str, family: Option<Family>) -> bool {
    found.len() >= MOST_ADDRESSES && hosts::addresses_of(name, family).is_empty()
}

/// Looks up a name.
///
/// # Errors
/// Why it has no address.
pub(super) fn addresses_of(
    name: &str,
    family: Option<Family>,
) -> Result<Vec<NamedAddress>, LookupFailure> {
    let known = hosts::addresses_of(name, family);
    if !known.is_empty() {
        return Ok(in_order(known));
    }
    if !may_be_asked_for(name) {
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

/// Whether a name server may have such a name: the rule of glibc (`res_hnok`).
fn may_be_asked_for(name: &str) -> bool {
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
    // With a dot at its end the name is not looked for in `/etc/hosts` nor in other domains.
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

/// The failure to report of several: a temporary one first, because then nothing is known of the name.
fn decisive(failures: impl IntoIterator<Item = LookupFailure>) -> LookupFailure {
    let weight = |failure: &LookupFailure| match failure {
        LookupFailure::NoName => 0,
        LookupFailure::NoData => 1,
        _ => 2,
    };
    let decisive = failures.into_iter().max_by_key(weight);
    decisive.unwrap_or(LookupFailure::NoName)
}

/// A random identifier, so that only the server knows it.
fn identifier() -> Option<[u8; 2]> {
    let mut octets = [0; 2];
    SysRng.try_fill_bytes(&mut octets).ok()?;
    Some(octets)
}

/// Sorts as glibc does: addresses with a route first, IPv6 before IPv4, else in the order of the file.
fn in_order(mut found: Vec<NamedAddress>) -> Vec<NamedAddress> {
    let canonical = found.first().and_then(|first| first.canonical.clone());
    found.sort_by_cached_key(|found| Reverse((has_route(found.address), found.address.is_ipv6())));
    if let Some(first) = found.first_mut() {
        first.canonical = canonical;
    }
    found
}

/// Connecting a socket for datagrams sends nothing.
fn has_route(address: SocketAddr) -> bool {
    let any: IpAddr = match address {
        SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    };
    let mut target = address;
    // Some kernels refuse port 0.
    target.set_port(9);
    let socket = UdpSocket::bind((any, 0));
    socket.and_then(|socket| socket.connect(target)).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failure_that_may_pass_outweighs_those_that_do_not() {
        let told = |replies: &[Reply]| decisive(replies.iter().map(|reply| failure(*reply)));
        assert!(matches!(
            told(&[Reply::NoName, Reply::Failed]),
            LookupFailure::Again
        ));
        assert!(matches!(
            told(&[Reply::NoData, Reply::NoName]),
            LookupFailure::NoData
        ));
        assert!(matches!(told(&[Reply::NoName]), LookupFailure::NoName));
        assert!(matches!(told(&[]), LookupFailure::NoName));
    }

    #[test]
    fn names_that_no_name_server_has_are_not_asked_for() {
        for name in ["web", "web.example.", "a_b.example", "a.-b.example"] {
            assert!(may_be_asked_for(name), "{name}");
        }
        for name in ["-web.example", "a+b", "a@b", "a,b"] {
            assert!(!may_be_asked_for(name), "{name}");
        }
    }

    #[test]
    fn addresses_with_a_route_come_first() {
        let named = |address: &str| NamedAddress {
            address: address.parse().unwrap(),
            canonical: None,
        };
        // No host is reached at this address of IPv6 without an interface.
        let found = in_order(vec![named("[fe80::1]:0"), named("127.0.0.1:0")]);
        assert_eq!(found, [named("127.0.0.1:0"), named("[fe80::1]:0")]);
    }
}
