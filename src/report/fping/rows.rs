//! The targets: their names, the width of the column of names, and the targets that share an address.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::rc::Rc;

use crate::config::FpingName;
use crate::event::{Directory, TargetNumber};
use crate::report::{Names, address};
use crate::sanitize::{self, Charset};

#[derive(Debug)]
pub(super) struct Rows {
    directory: Rc<dyn Directory>,
    shown: FpingName,
    charset: Charset,
    /// Targets that share an address, in the given order, by the one that is probed.
    sharing: BTreeMap<TargetNumber, Vec<TargetNumber>>,
    width: Width,
}

/// The width of the column so far.
#[derive(Debug, Default)]
struct Width {
    octets: usize,
    /// Targets measured, and targets measured again because their addresses became known.
    measured: TargetNumber,
    found: usize,
    /// Unresolvable names when the width was last measured.
    unknown: TargetNumber,
}

impl Rows {
    pub(super) fn new(directory: Rc<dyn Directory>, shown: FpingName, charset: Charset) -> Self {
        Self {
            directory,
            shown,
            charset,
            sharing: BTreeMap::new(),
            width: Width::default(),
        }
    }

    /// All targets that are probed, in the given order.
    pub(super) fn all(&self) -> Vec<TargetNumber> {
        self.directory.as_given().collect()
    }

    /// The number of unresolvable names.
    pub(super) fn unknown(&self) -> TargetNumber {
        self.directory.unknown()
    }

    pub(super) fn address(&self, target: TargetNumber) -> Option<SocketAddr> {
        self.directory.address(target)
    }

    /// The target that is probed in place of this one.
    pub(super) fn probed(&self, target: TargetNumber) -> TargetNumber {
        self.directory.probed(target)
    }

    /// All targets with the address of this one, which is probed, in the given order.
    pub(super) fn sharing(
        &mut self,
        target: TargetNumber,
        names: &mut dyn Names,
    ) -> Vec<TargetNumber> {
        self.take_in(names);
        let sharing = self.sharing.get(&target);
        sharing.cloned().unwrap_or_else(|| vec![target])
    }

    /// Notes names whose addresses became known.
    fn take_in(&mut self, names: &mut dyn Names) {
        while let Some(target) = self.directory.found(self.width.found) {
            self.width.found += 1;
            self.width.octets = self.width.octets.max(self.octets(target, names));
            let probed = self.directory.probed(target);
            if probed != target {
                let directory = &self.directory;
                let sharing = self.sharing.entry(probed).or_insert_with(|| vec![probed]);
                sharing.push(target);
                sharing.sort_by(|one, other| directory.given(*one, *other));
            }
        }
    }

    /// `NAME`
    pub(super) fn name(
        &self,
        line: &mut Vec<u8>,
        target: TargetNumber,
        names: &mut dyn Names,
    ) -> io::Result<()> {
        let name = self.directory.name(target);
        let name = name.map(|name| sanitize::word_in(name, self.charset));
        let address = self.directory.address(target);
        let number = |names| address.map(|address| address::numeric(address, names));
        match (self.shown, name) {
            (FpingName::Name, Some(name)) => write!(line, "{name}"),
            (FpingName::Address, Some(name)) => match number(names) {
                Some(number) => write!(line, "{number}"),
                None => write!(line, "{name}"),
            },
            (FpingName::Both, Some(name)) => match number(names) {
                Some(number) => write!(line, "{name} ({number})"),
                None => write!(line, "{name}"),
            },
            (_, None) => write!(line, "{}", number(names).unwrap_or_default()),
        }
    }

    pub(super) fn typed(&self, target: TargetNumber, names: &mut dyn Names) -> String {
        if let Some(name) = self.directory.typed(target) {
            return name.to_owned();
        }
        let address = self.directory.address(target);
        address.map_or_else(String::new, |it| address::numeric(it, names))
    }

    /// `NAME   `, padded to the width of the column.
    pub(super) fn padded(
        &mut self,
        line: &mut Vec<u8>,
        target: TargetNumber,
        names: &mut dyn Names,
    ) -> io::Result<()> {
        let width = self.width(names);
        let start = line.len();
        self.name(line, target, names)?;
        let missing = width.saturating_sub(line.len() - start);
        line.resize(line.len() + missing, b' ');
        Ok(())
    }

    fn width(&mut self, names: &mut dyn Names) -> usize {
        let unknown = self.directory.unknown();
        if unknown != self.width.unknown {
            // An unresolvable name may have been the longest.
            let octets = self
                .all()
                .into_iter()
                .map(|target| self.octets(target, names));
            self.width.octets = octets.max().unwrap_or(0);
            self.width.unknown = unknown;
        }
        while self.width.measured < self.directory.len() {
            let octets = self.octets(self.width.measured, names);
            self.width.octets = self.width.octets.max(octets);
            self.width.measured += 1;
        }
        self.take_in(names);
        self.width.octets
    }

    fn octets(&self, target: TargetNumber, names: &mut dyn Names) -> usize {
        let mut line = Vec::new();
        self.name(&mut line, target, names)
            .map_or(0, |()| line.len())
    }
}
