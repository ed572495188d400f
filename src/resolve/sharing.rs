//! Lookups before the first probe: names that share an address with another target.
//!
//! Otherwise a reply could arrive before a thread has read `/etc/hosts`, and targets with the same address would be listed in
//! another order than given. Names that need a name server are not looked up here, so no probe waits for one.

use std::collections::{HashMap, HashSet};
use std::io::{BufReader, Read};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use super::lookup::is_localhost;
use super::pool::{Answer, plain_name};
use super::{LookupOptions, forward, hosts};
use crate::config::FamilyChoice;
use crate::config::many::AddressNames;
use crate::target::Host;

const NSSWITCH: &str = "/etc/nsswitch.conf";

/// How much of that file is read, in octets.
const READ_MAX: u64 = 1 << 16;

/// Each lookup reads the whole hosts file. All together read at most this number of octets, which takes some tenths of a
/// second. The threads look up the remaining names.
const READ_MAX_OF_ALL: u64 = 64 << 20;

/// Looks up words that are addresses, and then names that share an address with another target according to `/etc/hosts`,
/// in the given order. `is_given` returns whether an address is a target itself.
///
/// With [`LookupOptions::in_order`], it looks up all words that need no name server, and the answers are in the given order.
///
/// The answers come from the resolver, as for other names. If the resolver has another source before `/etc/hosts`, no name
/// is looked up.
#[must_use]
pub fn look_up_shared(
    words: &[String],
    options: LookupOptions,
    is_given: impl Fn(SocketAddr) -> bool,
) -> Vec<Answer> {
    let family = options.family;
    if options.names != AddressNames::Never {
        // The reverse lookups need a name server.
        return Vec::new();
    }
    let mut all = known_as_addresses(words, family);
    if all.len() == words.len() || !is_hosts_file_first() {
        return all;
    }
    let names: Vec<String> = words.iter().map(|word| plain_name(word)).collect();
    let known = hosts::known(&names.iter().cloned().collect());
    let most = READ_MAX_OF_ALL / known.length.max(1);
    let addresses = |(word, name): (&String, &String)| {
        if needs_server(word) {
            return Vec::new();
        }
        addresses(name, family, &known.addresses)
    };
    let addresses: Vec<Vec<SocketAddr>> = words.iter().zip(&names).map(addresses).collect();
    let indices = if options.in_order {
        let indices = addresses.iter().enumerate();
        let known = indices.filter(|(_, addresses)| !addresses.is_empty());
        known.map(|(index, _)| index).collect()
    } else {
        sharing(&addresses, is_given)
    };
    let indices = indices.into_iter();
    let indices = indices.take(usize::try_from(most).unwrap_or(usize::MAX));
    let answer = |index: usize| {
        let outcome = forward(words.get(index)?, family);
        Some(Answer { index, outcome })
    };
    all.extend(indices.filter_map(answer));
    if options.in_order {
        all.sort_by_key(|answer| answer.index);
    }
    all
}

/// The answers for words that are addresses, which need no lookup.
fn known_as_addresses(words: &[String], family: FamilyChoice) -> Vec<Answer> {
    let words = words.iter().enumerate();
    let addresses =
        words.filter(|(_, word)| !matches!(Host::parse(word), Ok(Host::Name(_)) | Err(_)));
    let answer = |(index, word): (usize, &String)| Answer {
        index,
        outcome: forward(word, family),
    };
    addresses.map(answer).collect()
}

/// Whether a name needs a name server even if it is in `/etc/hosts`: a final dot makes it a different name there.
fn needs_server(word: &str) -> bool {
    matches!(Host::parse(word), Ok(Host::Name(name)) if name.ends_with('.') && !is_localhost(&name))
}

/// The known addresses of a name in the requested family.
fn addresses(
    name: &str,
    family: FamilyChoice,
    known: &HashMap<String, Vec<SocketAddr>>,
) -> Vec<SocketAddr> {
    let mut addresses = match known.get(name) {
        Some(found) => found.clone(),
        None if is_localhost(name) => vec![
            (Ipv4Addr::LOCALHOST, 0).into(),
            (Ipv6Addr::LOCALHOST, 0).into(),
        ],
        None => Vec::new(),
    };
    addresses.retain(|address| match family {
        FamilyChoice::Any => true,
        FamilyChoice::Ipv4 => address.is_ipv4(),
        FamilyChoice::Ipv6 => address.is_ipv6(),
    });
    addresses
}

/// The indices of names with an address that another name has as well, or that is a target itself.
fn sharing(names: &[Vec<SocketAddr>], is_given: impl Fn(SocketAddr) -> bool) -> Vec<usize> {
    let (mut seen, mut shared) = (HashMap::new(), HashSet::new());
    for (index, addresses) in names.iter().enumerate() {
        for address in addresses {
            let first = *seen.entry(address).or_insert(index);
            if first != index || is_given(*address) {
                shared.insert(address);
            }
        }
    }
    let has_one = |addresses: &Vec<SocketAddr>| addresses.iter().any(|it| shared.contains(it));
    let indices = names.iter().enumerate();
    let indices = indices.filter_map(|(index, addresses)| has_one(addresses).then_some(index));
    indices.collect()
}

/// Whether the resolver reads `/etc/hosts` first, and uses no other source for a name that it finds there.
fn is_hosts_file_first() -> bool {
    if cfg!(target_env = "musl") {
        return true;
    }
    // Without this file, the resolver's default may have another order.
    let file = hosts::open(NSSWITCH).map(|file| BufReader::new(file).take(READ_MAX));
    file.is_some_and(|file| is_files_first(hosts::lines(file)))
}

/// Whether the first source in nsswitch.conf(5) is `files`, without an action for a name that it has.
fn is_files_first(lines: impl Iterator<Item = String>) -> bool {
    let sources = lines.filter_map(|line| {
        let (database, sources) = line.split_once(':')?;
        (database.trim() == "hosts").then(|| sources.to_owned())
    });
    let is_first = |sources: &String| {
        let mut words = sources.split_ascii_whitespace();
        words.next() == Some("files") && !words.next().is_some_and(|next| next.starts_with('['))
    };
    let mut sources = sources.peekable();
    sources.peek().is_some() && sources.all(|sources| is_first(&sources))
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;

    #[test]
    fn names_share_an_address_with_another_name_or_a_given_address() {
        let at = |host: u8| SocketAddr::from(([192, 0, 2, host], 0));
        let names = [
            vec![at(1)],
            vec![at(2), at(3)],
            vec![],
            vec![at(4), at(4)],
            vec![at(5)],
            vec![at(6), at(5)],
        ];
        let given = |address| address == at(3);
        assert_eq!(sharing(&names, given), [1, 4, 5]);
    }

    #[test]
    fn name_with_a_final_dot_needs_a_server_except_localhost() {
        for (word, asks) in [
            ("web.example.", true),
            ("web.example", false),
            ("localhost.", false),
            ("a.localhost.", false),
        ] {
            assert_eq!(needs_server(word), asks, "{word}");
        }
    }

    #[test]
    fn addresses_of_the_other_family_are_not_shared() {
        let both = [Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()];
        let both = both.map(|address: IpAddr| SocketAddr::from((address, 0)));
        let known = [("a.example".to_owned(), both.to_vec())].into();
        for name in ["a.example", "localhost"] {
            let found = |family| addresses(name, family, &known);
            assert_eq!(found(FamilyChoice::Any), both, "{name}");
            assert_eq!(found(FamilyChoice::Ipv4), both[..1], "{name}");
            assert_eq!(found(FamilyChoice::Ipv6), both[1..], "{name}");
        }
        assert_eq!(addresses("b.example", FamilyChoice::Any, &known), []);
    }

    #[test]
    fn hosts_file_is_first_only_if_each_line_says_so() {
        for (text, begins) in [
            ("passwd: files\nhosts: files dns", true),
            (" hosts :\tfiles", true),
            ("hosts: files mdns4_minimal [NOTFOUND=return] dns", true),
            ("hosts: files [SUCCESS=merge] dns", false),
            ("hosts: resolve [!UNAVAIL=return] files dns", false),
            ("hosts: files\nhosts: dns files", false),
            ("# hosts: files\npasswd: files", false),
            ("hosts:", false),
            ("", false),
        ] {
            assert_eq!(
                is_files_first(hosts::lines(text.as_bytes())),
                begins,
                "{text}"
            );
        }
    }
}
