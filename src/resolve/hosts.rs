//! Which names this host knows itself, so that they are looked up before those that a name server is asked for.

use std::collections::HashSet;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};

const FILE: &str = "/etc/hosts";

/// Lists of blocked hosts, the longest of such files, have some megabytes.
const LONGEST: u64 = 16 << 20;

/// Those of these words, in lower case, that stand in the hosts file. A file that cannot be read has none of them.
pub(super) fn known(words: &HashSet<String>) -> HashSet<String> {
    match File::open(FILE) {
        Ok(file) => known_in(BufReader::new(file).take(LONGEST), words),
        Err(_) => HashSet::new(),
    }
}

fn known_in(file: impl BufRead, words: &HashSet<String>) -> HashSet<String> {
    let mut known = HashSet::new();
    for line in file.split(b'\n').map_while(Result::ok) {
        let line = String::from_utf8_lossy(&line).to_ascii_lowercase();
        let line = line.split('#').next().unwrap_or_default();
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
}
