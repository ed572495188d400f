//! Reads words as fping does: each names one host, and an invalid one is an unknown name.

use std::io::{BufRead, Read as _};
use std::net::IpAddr;

use anyhow::{Context, Result};

use super::super::fping::Unopened;
use super::super::input;
use super::super::target_table::Name;
use super::{Gathering, scope};
use crate::config::many::AddressNames;
use crate::resolve::UNKNOWN_HOST;
use crate::sanitize;
use crate::target::{Block, Host, NoTarget};

/// Maximum octets of a line; the rest is ignored.
const LONGEST_LINE: u64 = 4096;

impl Gathering<'_> {
    /// Reads the words of the command line, and the first word of each line of a file that is not a comment.
    pub(super) fn hosts(&mut self) -> Result<()> {
        for word in &self.wanted.words {
            self.add_host(word)?;
        }
        for file in &self.wanted.files {
            let (_, mut reader) = input::open(file, self.until).map_err(Unopened)?;
            let mut line = Vec::new();
            while read_line(&mut reader, &mut line)? {
                let text = String::from_utf8_lossy(&line);
                let word = text.split_ascii_whitespace().next();
                if let Some(word) = word.filter(|word| !word.starts_with('#')) {
                    self.add_host(word)?;
                    self.check_size()?;
                }
            }
        }
        Ok(())
    }

    fn add_host(&mut self, word: &str) -> Result<()> {
        let (address, zone) = match Host::parse(word) {
            Ok(Host::Ipv4(address)) => (IpAddr::from(address), None),
            Ok(Host::Ipv6 { address, zone }) => (address.into(), zone),
            Ok(Host::Name(ascii)) => {
                let typed = (ascii != word).then(|| word.to_owned());
                let typed = typed.filter(|typed| sanitize::word_in(typed, self.charset) == *typed);
                self.add_named(ascii, typed);
                return Ok(());
            }
            Err(_) => {
                self.refuse(word, UNKNOWN_HOST);
                return Ok(());
            }
        };
        let block = Block::from(address);
        let admitted = scope(&block, zone.as_deref())
            .map_err(|_| NoTarget::NoInterface)
            .and_then(|given| self.admission.admit_block(&block, given));
        match admitted {
            Ok(scope) => {
                let is_first = self.addresses.insert((address, scope));
                let is_plain = address.to_string() == word || zone.is_some();
                // Targets after a name are in the order of lookups, even addresses.
                let is_in_front = self.names.is_empty();
                let goes_by_number = self.wanted.names == AddressNames::Never;
                // The resolver interprets words such as 127.1, and knows the address's name.
                if is_first && is_plain && is_in_front && goes_by_number {
                    self.builder.add(block, scope, None)?;
                } else {
                    self.add_named(word.to_owned(), None);
                }
            }
            Err(why) => self.refuse(word, &why.to_string()),
        }
        Ok(())
    }

    /// Adds a name, even a repeated one, as a new target.
    fn add_named(&mut self, ascii: String, typed: Option<String>) {
        self.builder.mark();
        self.names.push(Name {
            ascii,
            typed,
            label: None,
        });
    }

    fn refuse(&mut self, word: &str, why: &str) {
        self.refused = self.refused.saturating_add(1);
        let word = sanitize::excerpt(word);
        self.complaints.push(&format!("{word}: {why}"));
    }
}

/// Reads a line, up to the maximum length. Returns false at the end of the file.
fn read_line(reader: &mut impl BufRead, line: &mut Vec<u8>) -> Result<bool> {
    line.clear();
    let mut start = reader.by_ref().take(LONGEST_LINE);
    let read = start
        .read_until(b'\n', line)
        .context("cannot read the list of targets")?;
    if line.last() != Some(&b'\n') && read as u64 == LONGEST_LINE {
        reader
            .skip_until(b'\n')
            .context("cannot read the list of targets")?;
    }
    Ok(read > 0)
}
