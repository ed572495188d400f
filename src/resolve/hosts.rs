//! The names in `/etc/hosts`, hosts(5).

use std::collections::{HashMap, HashSet};
use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::os::unix::fs::OpenOptionsExt;

use crate::net::{Family, NamedAddress};
use crate::target::Host;

const FILE: &str = "/etc/hosts";

/// How much of the file is read, in octets: lists of blocked hosts, the longest such files, have some megabytes.
const READ_MAX: u64 = 16 << 20;

/// The entries of some names.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// The addresses of each name, in lower case, in the order of the file.
    pub(super) addresses: HashMap<String, Vec<SocketAddr>>,
    /// The length of the part that is read, in octets.
    pub(super) length: u64,
}

/// The entries of these names, which must be in lower case. An unreadable file has no entries.
pub(super) fn known(words: &HashSet<String>) -> Known {
    let Some(file) = open(FILE) else {
        return Known::default();
    };
    let length = file.metadata().map_or(0, |about| about.len().min(READ_MAX));
    let addresses = known_in(start_of(file), words);
    Known { addresses, length }
}

/// The addresses of a name, of one family or of both, in the order of the file.
pub(super) fn addresses_of(name: &str, family: Option<Family>) -> Vec<NamedAddress> {
    let mut found = open(FILE).map_or_else(Vec::new, |file| addresses_in(start_of(file), name));
    found.retain(|found| family.is_none_or(|family| Family::of(found.address) == family));
    found
}

/// Opens a configuration file of the resolver. A pipe or device is not read, because it may be endless.
pub(super) fn open(path: &str) -> Option<File> {
    let mut options = OpenOptions::new();
    // Do not wait for the writer of a pipe.
    let file = options.read(true).custom_flags(libc::O_NONBLOCK);
    let file = file.open(path).ok()?;
    file.metadata().ok()?.is_file().then_some(file)
}

/// Limits reading to [`READ_MAX`].
fn start_of(file: File) -> impl BufRead {
    BufReader::new(file).take(READ_MAX)
}

/// The lines of a file without their comments.
pub(super) fn lines(file: impl BufRead) -> impl Iterator<Item = String> {
    let lines = file.split(b'\n').map_while(Result::ok);
    lines.map(|mut line| {
        let length = line.iter().position(|octet| *octet == b'#');
        line.truncate(length.unwrap_or(line.len()));
        String::from_utf8_lossy(&line).into_owned()
    })
}

fn known_in(file: impl BufRead, words: &HashSet<String>) -> HashMap<String, Vec<SocketAddr>> {
    let mut known: HashMap<String, Vec<SocketAddr>> = HashMap::new();
    for line in lines(file) {
        let line = line.to_ascii_lowercase();
        let mut line = line.split_ascii_whitespace();
        let address = line.next().and_then(address_of);
        for name in line.filter(|name| words.contains(*name)) {
            known.entry(name.to_owned()).or_default().extend(address);
        }
    }
    known
}

/// The addresses of a name. The first name of a line is the canonical one. As in glibc, case does not matter, and a final dot
/// is part of the name.
fn addresses_in(file: impl BufRead, name: &str) -> Vec<NamedAddress> {
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
        // The C libraries do not accept an interface here.
        Host::Ipv6 { zone: Some(_), .. } | Host::Name(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_after_an_address_are_known_and_comments_are_not() {
        let words = ["a.example", "b.example", "c.example", "192.0.2.1"];
        let words = words.map(str::to_owned).into();
        let file = b" 192.0.2.1\tx A.Example # c.example\n\xff\n\n192.0.2.2 b.example";
        let known = known_in(&file[..], &words);
        let line = |name: &str, host| (name.to_owned(), vec![([192, 0, 2, host], 0).into()]);
        assert_eq!(known, [line("a.example", 1), line("b.example", 2)].into());
    }

    #[test]
    fn line_is_parsed_with_any_blanks_case_length_and_ending() {
        let aliases = (0..999).map(|n| format!(" alias{n}.example"));
        let many = aliases.collect::<String>();
        let text = format!(
            "# 192.0.2.9 web.example\n\
             \t 192.0.2.1\tfirst.example  WEB.example # but not this.example\r\n\
             192.0.2.2 many.example{many}\n\
             nonsense web.example\n\
             192.0.2.3\n\
             192.0.2.4 dot.example.\n\
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
        assert_eq!(found("web.example."), []);
        assert_eq!(found("dot.example."), [line("192.0.2.4", "dot.example.")]);
        assert_eq!(found("dot.example"), []);
        assert_eq!(
            found("alias998.example"),
            [line("192.0.2.2", "many.example")]
        );
        assert_eq!(found("this.example"), []);
        assert_eq!(found("eb.example"), []);
    }
}
