//! The names that this host knows itself, hosts(5).

use std::collections::HashSet;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;

use crate::net::{Family, NamedAddress};
use crate::target::Host;

const FILE: &str = "/etc/hosts";

/// Lists of blocked hosts, the longest of such files, have some megabytes.
const LONGEST: u64 = 16 << 20;

/// Those of these words, in lower case, that stand in the hosts file, so that they are looked up before those that a name
/// server is asked for. A file that cannot be read has none of them.
pub(super) fn known(words: &HashSet<String>) -> HashSet<String> {
    open().map_or_else(HashSet::new, |file| known_in(file, words))
}

/// The addresses that the file has for a name, of one family or of both, in its order.
pub(super) fn addresses_of(name: &str, family: Option<Family>) -> Vec<NamedAddress> {
    let mut found = open().map_or_else(Vec::new, |file| addresses_in(file, name));
    found.retain(|found| family.is_none_or(|family| Family::of(found.address) == family));
    found
}

fn open() -> Option<impl BufRead> {
    let file = File::open(FILE).ok()?;
    Some(BufReader::new(file).take(LONGEST))
}

/// What is in front of the comments.
fn lines(file: impl BufRead) -> impl Iterator<Item = String> {
    let lines = file.split(b'\n').map_while(Result::ok);
    lines.map(|mut line| {
        let length = line.iter().position(|octet| *octet == b'#');
        line.truncate(length.unwrap_or(line.len()));
        String::from_utf8_lossy(&line).into_owned()
    })
}

fn known_in(file: impl BufRead, words: &HashSet<String>) -> HashSet<String> {
    let mut known = HashSet::new();
    for line in lines(file) {
        let line = line.to_ascii_lowercase();
        // The address is in front of the names.
        let names = line.split_ascii_whitespace().skip(1);
        known.extend(
            names
                .filter(|name| words.contains(*name))
                .map(str::to_owned),
        );
    }
    known
}

/// The addresses of a name. The first name of a line is the canonical one. Names are compared without regard to case.
fn addresses_in(file: impl BufRead, name: &str) -> Vec<NamedAddress> {
    let name = name.strip_suffix('.').unwrap_or(name);
    let found = lines(file).filter_map(|line| {
        let mut words = line.split_ascii_whitespace();
        let address = words.next()?;
        let canonical = words.clone().next()?;
        if !words.any(|word| word.eq_ignore_ascii_case(name)) {
            return None;
        }
        Some(NamedAddress {
            address: address_of(address)?,
            canonical: Some(canonical.to_owned()),
        })
    });
    found.collect()
}

fn address_of(word: &str) -> Option<SocketAddr> {
    match Host::parse(word).ok()? {
        Host::Ipv4(address) => Some((address, 0).into()),
        Host::Ipv6 {
            address,
            zone: None,
        } => Some((address, 0).into()),
        // The C libraries take no interface here.
        Host::Ipv6 { zone: Some(_), .. } | Host::Name(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_behind_an_address_are_known_and_comments_are_not() {
        let words = ["a.example", "b.example", "c.example", "192.0.2.1"];
        let words = words.map(str::to_owned).into();
        let file = b" 192.0.2.1\tx A.Example # c.example\n\xff\n\n192.0.2.2 b.example";
        let known = known_in(&file[..], &words);
        assert_eq!(known, ["a.example", "b.example"].map(str::to_owned).into());
    }

    #[test]
    fn a_line_is_read_whatever_its_blanks_case_length_and_end() {
        let aliases = (0..999).map(|n| format!(" alias{n}.example"));
        let many = aliases.collect::<String>();
        let text = format!(
            "# 192.0.2.9 web.example\n\
             \t 192.0.2.1\tfirst.example  WEB.example # but not this.example\r\n\
             192.0.2.2 many.example{many}\n\
             nonsense web.example\n\
             192.0.2.3\n\
             2001:db8::1 web.Example"
        );
        let found = |name: &str| -> Vec<(String, String)> {
            addresses_in(text.as_bytes(), name)
                .into_iter()
                .map(|found| (found.address.ip().to_string(), found.canonical.unwrap()))
                .collect()
        };
        let line = |address: &str, canonical: &str| (address.to_owned(), canonical.to_owned());
        let web = [
            line("192.0.2.1", "first.example"),
            line("2001:db8::1", "web.Example"),
        ];
        assert_eq!(found("web.example"), web);
        assert_eq!(found("web.example."), web);
        assert_eq!(
            found("alias998.example"),
            [line("192.0.2.2", "many.example")]
        );
        assert_eq!(found("this.example"), []);
        assert_eq!(found("eb.example"), []);
    }
}
