//! The identity of targets in files for programs.

use std::net::SocketAddr;
use std::rc::Rc;

use crate::event::{Directory, Start, TargetNumber};
use crate::report::{Names, address};

pub(super) struct Subjects {
    directory: Option<Rc<dyn Directory>>,
    /// The host as typed and its address, in a run with one target.
    only: Option<(String, SocketAddr)>,
    names: Box<dyn Names>,
}

/// The identity of a target. Names and labels are unescaped: the writer of each format escapes them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Subject {
    /// The target as typed, or its address.
    pub(super) name: String,
    pub(super) address: Option<String>,
    /// 4 or 6.
    pub(super) family: Option<u8>,
    /// The label from the list of targets, or an empty string.
    pub(super) label: String,
}

impl Subjects {
    /// `directory` has the targets if there are several.
    pub(super) fn new(directory: Option<Rc<dyn Directory>>, names: Box<dyn Names>) -> Self {
        Self {
            directory,
            only: None,
            names,
        }
    }

    /// Notes the only target.
    pub(super) fn started(&mut self, start: &Start) {
        if let Start::One(destination) = start {
            self.only = Some((destination.host.clone(), destination.target));
        }
    }

    /// All targets, in the given order.
    pub(super) fn all(&self) -> Vec<TargetNumber> {
        match &self.directory {
            Some(directory) => directory.as_given().collect(),
            None => self.only.iter().map(|_| 0).collect(),
        }
    }

    /// The identity of a target.
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

    pub(super) fn number(&mut self, address: SocketAddr) -> String {
        address::numeric(address, &mut *self.names)
    }
}
