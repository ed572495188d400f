//! The column of target names, wide enough for most of them.

use std::fmt;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::rc::Rc;

use super::columns;
use crate::event::{Directory, TargetNumber};
use crate::report::{Names, address};
use crate::sanitize::{self, Charset};

/// Maximum width of the column. A longer name shifts the rest of its line.
const WIDEST: usize = 40;

/// Maximum width of a label. A longer one is cut.
const LONGEST_LABEL: usize = 40;

/// The directory of the targets, and the width of their names.
#[derive(Debug)]
pub(in crate::report) struct NameColumn {
    directory: Rc<dyn Directory>,
    /// Whether to print only the address of a target that has one.
    numeric: bool,
    /// Characters that names and labels may contain.
    charset: Charset,
    /// The width of the column so far.
    width: usize,
    /// Number of targets measured for `width`.
    measured: TargetNumber,
    /// Number of targets measured again because their addresses became known.
    found: usize,
}

impl NameColumn {
    pub(in crate::report) fn new(
        directory: Rc<dyn Directory>,
        numeric: bool,
        charset: Charset,
    ) -> Self {
        Self {
            directory,
            numeric,
            charset,
            width: 0,
            measured: 0,
            found: 0,
        }
    }

    pub(in crate::report) fn directory(&self) -> Rc<dyn Directory> {
        Rc::clone(&self.directory)
    }

    /// Whether this target was given by name.
    pub(super) fn is_named(&self, target: TargetNumber) -> bool {
        self.directory.name(target).is_some()
    }

    pub(in crate::report) fn address(&self, target: TargetNumber) -> Option<SocketAddr> {
        self.directory.address(target)
    }

    /// The name to print for a target, if it was given by name.
    fn name(&self, target: TargetNumber) -> Option<&str> {
        let hidden = self.numeric && self.address(target).is_some();
        self.directory.name(target).filter(|_| !hidden)
    }

    /// Writes the name as typed with its address, or only the address, and the host's name for a result of one of
    /// several hosts.
    pub(in crate::report) fn who(
        &self,
        line: &mut Vec<u8>,
        target: TargetNumber,
        names: &mut dyn Names,
    ) -> io::Result<()> {
        self.target(line, target, names)?;
        match self.directory.host(target) {
            Some(host) => write!(line, " from {}", sanitize::word_in(host, self.charset)),
            None => Ok(()),
        }
    }

    fn target(
        &self,
        line: &mut Vec<u8>,
        target: TargetNumber,
        names: &mut dyn Names,
    ) -> io::Result<()> {
        let address = self.address(target);
        let Some(name) = self.name(target) else {
            return numeric(line, address, target, names);
        };
        write!(line, "{}", sanitize::word_in(name, self.charset))?;
        if address.is_some() {
            line.extend_from_slice(b" (");
            numeric(line, address, target, names)?;
            line.push(b')');
        }
        Ok(())
    }

    /// The same, padded to the width of the column.
    pub(super) fn padded(
        &mut self,
        line: &mut Vec<u8>,
        target: TargetNumber,
        names: &mut dyn Names,
    ) -> io::Result<()> {
        let width = self.width(names);
        let start = line.len();
        self.who(line, target, names)?;
        columns::fill(line, start, width);
        Ok(())
    }

    /// Writes the name or address as typed, for another program.
    pub(in crate::report) fn word(
        &self,
        line: &mut Vec<u8>,
        target: TargetNumber,
        names: &mut dyn Names,
    ) -> io::Result<()> {
        match self.name(target) {
            Some(name) => write!(line, "{}", sanitize::word_in(name, self.charset)),
            None => numeric(line, self.address(target), target, names),
        }
    }

    /// The label from the file of targets, if there is one: printable, and cut to a maximum width.
    pub(in crate::report) fn label(&self, target: TargetNumber) -> Option<String> {
        let label = sanitize::escape_in(self.directory.label(target)?.trim(), self.charset);
        let label = sanitize::cut(&label, LONGEST_LABEL);
        (!label.is_empty()).then_some(label)
    }

    /// Writes the label at the end of a line.
    pub(super) fn label_behind(&self, line: &mut Vec<u8>, target: TargetNumber) -> io::Result<()> {
        match self.label(target) {
            Some(label) => write!(line, "  {label}"),
            None => Ok(()),
        }
    }

    /// The width of the widest label, if there is one.
    pub(super) fn widest_label(&self) -> Option<usize> {
        let labels = self
            .directory
            .as_given()
            .filter_map(|target| self.label(target));
        labels.map(|label| sanitize::columns(&label)).max()
    }

    pub(in crate::report) fn width(&mut self, names: &mut dyn Names) -> usize {
        while self.width < WIDEST
            && let Some(target) = self.next_to_measure()
        {
            self.width = WIDEST.min(self.width.max(self.width_of(target, names)));
        }
        self.width
    }

    /// The next target not measured since its name or address became known.
    fn next_to_measure(&mut self) -> Option<TargetNumber> {
        if self.measured < self.directory.len() {
            self.measured += 1;
            return Some(self.measured - 1);
        }
        let target = self.directory.found(self.found)?;
        self.found += 1;
        Some(target)
    }

    fn width_of(&self, target: TargetNumber, names: &mut dyn Names) -> usize {
        let mut counted = Vec::new();
        match (self.name(target), self.address(target)) {
            // Only addresses without a name come in millions: their width is computed without formatting them.
            (None, Some(SocketAddr::V4(v4))) if self.directory.host(target).is_none() => {
                let digits = |octet: u8| 1 + usize::from(octet > 9) + usize::from(octet > 99);
                3 + v4.ip().octets().map(digits).iter().sum::<usize>()
            }
            _ => self
                .who(&mut counted, target, names)
                .map_or(0, |()| columns::count(&counted)),
        }
    }
}

fn numeric(
    line: &mut Vec<u8>,
    address: Option<SocketAddr>,
    target: TargetNumber,
    names: &mut dyn Names,
) -> io::Result<()> {
    match address {
        Some(SocketAddr::V4(v4)) => {
            address::dotted(line, *v4.ip());
            Ok(())
        }
        Some(address) => write!(line, "{}", address::numeric(address, names)),
        None => write!(line, "{}", Nobody(target)),
    }
}

/// A target without name and address.
struct Nobody(TargetNumber);

impl fmt::Display for Nobody {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "target-{}", u64::from(self.0) + 1)
    }
}
