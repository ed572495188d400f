//! Names of many targets that are looked up before the first probe: those that share an address with another target.
//!
//! A reply may come before a thread has read `/etc/hosts`. Then the targets of one address would not be listed in the order
//! in which they were given. Names that only a name server knows are not looked up here, so no probe waits for one.

use std::collections::{HashMap, HashSet};
use std::io::{BufReader, Read};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use super::lookup::is_localhost;
use super::pool::{Answer, plain_name};
use super::{Wanted, forward, hosts};
use crate::config::FamilyChoice;
use crate::config::many::AddressNames;
use crate::target::Host;

const SWITCH: &str = "/etc/nsswitch.conf";

/// More of that file is not read, in octets.
const LONGEST: u64 = 1 << 16;

/// Each lookup reads the whole hosts file. Together they read at most this much, in octets, which takes some tenths of a
/// second. The names behind are looked up by the threads.
const MOST_READ: u64 = 64 << 20;

/// Looks up the names that share an address with another target, as far as `/etc/hosts` tells, in the order given, and
/// before them words that are addresses.
/// `is_given` says whether an address was given by itself.
///
/// With [`Wanted::in_order`], all words that this host knows itself are looked up, and the answers are in the order given.
///
/// They are the resolver's answers, as for other names. No name is looked up where the resolver asks others before it reads
/// `/etc/hosts`.
#[must_use]
pub fn known_to_share(
    words: &[String],
    wanted: Wanted,
    is_given: impl Fn(SocketAddr) -> bool,
) -> Vec<Answer> {
    let family = wanted.family;
    if wanted.names != AddressNames::Never {
        // A server is asked for the name of each address.
        return Vec::new();
    }
    let mut all = known_as_addresses(words, family);
    if all.len() == words.len() || !begins_with_hosts_file() {
        return all;
    }
    let names: Vec<String> = words.iter().map(|word| plain_name(word)).collect();
    let known = hosts::known(&names.iter().cloned().collect());
    let most = MOST_READ / known.length.max(1);
    let addresses = |(word, name): (&String, &String)| {
        if asks_server(word) {
            return Vec::new();
        }
        addresses(name, family, &known.addresses)
    };
    let addresses: Vec<Vec<SocketAddr>> = words.iter().zip(&names).map(addresses).collect();
    let places = if wanted.in_order {
        let places = addresses.iter().enumerate();
        let known = places.filter(|(_, addresses)| !addresses.is_empty());
        known.map(|(place, _)| place).collect()
    } else {
        sharing(&addresses, is_given)
    };
    let places = places.into_iter();
    let places = places.take(usize::try_from(most).unwrap_or(usize::MAX));
    let answer = |place: usize| {
        let outcome = forward(words.get(place)?, family);
        Some(Answer { place, outcome })
    };
    all.extend(places.filter_map(answer));
    if wanted.in_order {
        all.sort_by_key(|answer| answer.place);
    }
    all
}

/// The answers about words that are addresses, as that of a target that was given before: nobody is asked.
fn known_as_addresses(words: &[String], family: FamilyChoice) -> Vec<Answer> {
    let words = words.iter().enumerate();
    let addresses =
        words.filter(|(_, word)| !matches!(Host::parse(word), Ok(Host::Name(_)) | Err(_)));
    let answer = |(place, word): (usize, &String)| Answer {
        place,
        outcome: forward(word, family),
    };
    addresses.map(answer).collect()
}

/// Whether a name server is asked for a name even if it stands in `/etc/hosts`: one that ends with a dot is another name
/// there.
fn asks_server(word: &str) -> bool {
    matches!(Host::parse(word), Ok(Host::Name(name)) if name.ends_with('.') && !is_localhost(&name))
}

/// The addresses of a name, without those of the family that is not wanted.
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

/// The places of the names that have an address which another name has as well, or which was given.
fn sharing(names: &[Vec<SocketAddr>], is_given: impl Fn(SocketAddr) -> bool) -> Vec<usize> {
    let (mut seen, mut shared) = (HashMap::new(), HashSet::new());
    for (place, addresses) in names.iter().enumerate() {
        for address in addresses {
            let first = *seen.entry(address).or_insert(place);
            if first != place || is_given(*address) {
                shared.insert(address);
            }
        }
    }
    let has_one = |addresses: &Vec<SocketAddr>| addresses.iter().any(|it| shared.contains(it));
    let places = names.iter().enumerate();
    let places = places.filter_map(|(place, addresses)| has_one(addresses).then_some(place));
    places.collect()
}

/// Whether the resolver reads `/etc/hosts` first, and asks no other source for a name that it finds there.
fn begins_with_hosts_file() -> bool {
    if cfg!(target_env = "musl") {
        return true;
    }
    // Without the file, a resolver's default may be another.
    let file = hosts::open(SWITCH).map(|file| BufReader::new(file).take(LONGEST));
    file.is_some_and(|file| begins_with_files(hosts::lines(file)))
}

/// nsswitch.conf(5): the first source is `files`, and no action changes what follows when it has the name.
fn begins_with_files(lines: impl Iterator<Item = String>) -> bool {
    let sources = lines.filter_map(|line| {
        let (database, sources) = line.split_once(':')?;
        (database.trim() == "hosts").then(|| sources.to_owned())
    });
    let begin = |sources: &String| {
        let mut words = sources.split_ascii_whitespace();
        words.next() == Some("files") && !words.next().is_some_and(|next| next.starts_with('['))
    };
    let mut sources = sources.peekable();
    sources.peek().is_some() && sources.all(|sources| begin(&sources))
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;

    #[test]
    fn names_share_an_address_with_another_name_or_with_an_address_that_was_given() {
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
    fn name_with_a_final_dot_is_asked_of_a_server_except_localhost() {
        for (word, asks) in [
            ("web.example.", true),
            ("web.example", false),
            ("localhost.", false),
            ("a.localhost.", false),
        ] {
            assert_eq!(asks_server(word), asks, "{word}");
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
    fn hosts_file_is_first_only_where_each_line_says_so() {
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
                begins_with_files(hosts::lines(text.as_bytes())),
                begins,
                "{text}"
            );
        }
    }
}
