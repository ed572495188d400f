//! Who the targets are, in the words of files for programs.

use std::net::SocketAddr;
use std::rc::Rc;

use crate::event::{Directory, Start, TargetNumber};
use crate::report::{Names, address};

/// Who the targets are.
pub(super) struct Subjects {
    directory: Option<Rc<dyn Directory>>,
    /// The host as it was typed, and its address, of a run of one target.
    only: Option<(String, SocketAddr)>,
    names: Box<dyn Names>,
}

/// Who a target is. Names and labels are as they were given: what writes them makes them harmless for its format.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Subject {
    /// What was typed for it; its address where that was.
    pub(super) name: String,
    /// None: it has none.
    pub(super) address: Option<String>,
    /// 4 or 6.
    pub(super) family: Option<u8>,
    /// What the list of targets calls it; empty: nothing.
    pub(super) label: String,
}

impl Subjects {
    /// `directory` knows them where there are several.
    pub(super) fn new(directory: Option<Rc<dyn Directory>>, names: Box<dyn Names>) -> Self {
        Self {
            directory,
            only: None,
            names,
        }
    }

    /// What is known before the first probe.
    pub(super) fn started(&mut self, start: &Start) {
        if let Start::One(destination) = start {
            self.only = Some((destination.host.clone(), destination.target));
        }
    }

    /// All targets, in the order in which they were given.
    pub(super) fn all(&self) -> Vec<TargetNumber> {
        match &self.directory {
            Some(directory) => directory.as_given().collect(),
            None => self.only.iter().map(|_| 0).collect(),
        }
    }

    /// Who this target is.
    pub(super) fn of(&mut self, target: TargetNumber) -> Subject {
        let (name, address, label) = match (&self.directory, &self.only) {
            (Some(directory), _) => (
                directory.name(target).map(str::to_owned),
                directory.address(target),
                directory.label(target).map(str::to_owned),
            ),
            (None, Some((host, address))) => (Some(host.clone()), Some(*address), None),
            (None, None) => (None, None, None),
        };
        let number = address.map(|address| address::numeric(address, &mut *self.names));
        Subject {
            name: name.or_else(|| number.clone()).unwrap_or_default(),
            family: address.map(|address| if address.is_ipv4() { 4 } else { 6 }),
            address: number,
            label: label.unwrap_or_default(),
        }
    }

    /// An address alone.
    pub(super) fn number(&mut self, address: SocketAddr) -> String {
        address::numeric(address, &mut *self.names)
    }
}
