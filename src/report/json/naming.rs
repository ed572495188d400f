//! The names of targets, and which of them were introduced.

use std::net::SocketAddr;
use std::rc::Rc;

use crate::event::{Directory, TargetNumber};
use crate::report::{Names, address};

#[derive(Debug)]
pub(super) struct Naming {
    directory: Rc<dyn Directory>,
    /// One bit for each target: whether a line introduced it.
    told: Vec<u64>,
    /// The target of the last line, and its name.
    last: Option<(TargetNumber, String)>,
    /// The address of the last sender, and its text.
    sender: Option<(SocketAddr, String)>,
}

impl Naming {
    pub(super) fn new(directory: Rc<dyn Directory>) -> Self {
        Self {
            directory,
            told: Vec::new(),
            last: None,
            sender: None,
        }
    }

    pub(super) fn directory(&self) -> &Rc<dyn Directory> {
        &self.directory
    }

    /// The target as typed, or its address.
    pub(super) fn name(&mut self, target: TargetNumber, names: &mut dyn Names) -> &str {
        let last = self.last.take().filter(|(last, _)| *last == target);
        let name = last.unwrap_or_else(|| (target, self.find_name(target, names)));
        &self.last.insert(name).1
    }

    fn find_name(&self, target: TargetNumber, names: &mut dyn Names) -> String {
        if let Some(name) = self.directory.name(target) {
            return name.to_owned();
        }
        let address = self.directory.address(target);
        address.map_or_else(String::new, |it| address::numeric(it, names))
    }

    /// The text of an address. Give it back with [`keep`](Self::keep): most lines have the address of the previous one.
    pub(super) fn sender(&mut self, address: SocketAddr, names: &mut dyn Names) -> String {
        match self.sender.take() {
            Some((last, text)) if last == address => text,
            _ => address::numeric(address, names),
        }
    }

    /// Keeps the text of an address for the next line.
    pub(super) fn keep(&mut self, address: SocketAddr, text: String) {
        self.sender = Some((address, text));
    }

    /// Whether the target was not introduced yet; marks it as introduced.
    pub(super) fn is_news(&mut self, target: TargetNumber) -> bool {
        let (place, bit) = ((target / 64) as usize, 1 << (target % 64));
        if self.told.len() <= place {
            self.told.resize(place + 1, 0);
        }
        let Some(told) = self.told.get_mut(place) else {
            return false;
        };
        let is_news = *told & bit == 0;
        *told |= bit;
        is_news
    }
}

/// The directory of a run with one target.
#[derive(Debug, Clone)]
pub struct Only {
    /// The host as typed.
    pub name: String,
    /// The address of the target.
    pub address: SocketAddr,
}

impl Directory for Only {
    fn len(&self) -> TargetNumber {
        1
    }

    fn address(&self, target: TargetNumber) -> Option<SocketAddr> {
        (target == 0).then_some(self.address)
    }

    fn name(&self, target: TargetNumber) -> Option<&str> {
        (target == 0).then_some(&self.name)
    }

    fn label(&self, _: TargetNumber) -> Option<&str> {
        None
    }
}
