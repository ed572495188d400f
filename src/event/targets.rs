//! Who the targets of a run are. They go by their number; a [`Directory`] knows the rest.

use std::cmp::Ordering;
use std::fmt;
use std::net::{IpAddr, SocketAddr};

use super::{Change, Changed};

/// The number of a target.
pub type TargetNumber = u32;

/// Who the targets are.
pub trait Directory: fmt::Debug {
    /// How many there are.
    fn len(&self) -> TargetNumber;
    /// Whether there are none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// The address of a target; none if there is no such target, or no address for its name.
    fn address(&self, target: TargetNumber) -> Option<SocketAddr>;
    /// The name that was typed for it, where it was not typed as an address.
    fn name(&self, target: TargetNumber) -> Option<&str>;
    /// The same as it was typed, where that is another text: targets may go by the names of their addresses.
    fn typed(&self, target: TargetNumber) -> Option<&str> {
        self.name(target)
    }
    /// What the file of targets calls it besides. Untrusted text.
    fn label(&self, target: TargetNumber) -> Option<&str>;
    /// The host that probed it, where there are results of several.
    fn host(&self, _target: TargetNumber) -> Option<&str> {
        None
    }
    /// The address from which that host probed it, where it is known.
    fn source(&self, _target: TargetNumber) -> Option<IpAddr> {
        None
    }
    /// All targets in the order in which they were given, but for names that were left out.
    fn as_given(&self) -> Box<dyn Iterator<Item = TargetNumber> + '_> {
        Box::new(0..self.len())
    }
    /// The target whose probes are those of this one: another one if that had its address first.
    fn probed(&self, target: TargetNumber) -> TargetNumber {
        target
    }
    /// Which of two targets was given first.
    fn given(&self, one: TargetNumber, other: TargetNumber) -> Ordering {
        one.cmp(&other)
    }
    /// How many words turned out to be no targets because they have no address.
    fn unknown(&self) -> TargetNumber {
        0
    }
    /// The names whose addresses became known, by their position in that order; none beyond the last one so far.
    fn found(&self, _position: usize) -> Option<TargetNumber> {
        None
    }
}

/// Who the targets are, and which of them a message is about, while names are still being resolved.
pub trait TargetSource: Directory {
    /// Whose probe an answer from this address may be about; none: nobody's who is probed.
    fn find(&self, source: SocketAddr) -> Option<Sender>;
    /// The same of an answer that carries a whole token.
    fn find_answered(&self, source: SocketAddr, _token: &[u8; 16]) -> Option<Sender> {
        self.find(source)
    }
    /// Whose probe it was that was on its way to this address, as an ICMP error quotes it.
    fn find_quoted(&self, destination: SocketAddr) -> Option<TargetNumber>;
    /// Takes in what has been resolved since the last time. Never blocks.
    fn take_in(&mut self) -> News {
        News::default()
    }
    /// Looks up the name of a target once more, or those of all, where that is asked for.
    fn look_up_again(&mut self, _target: Option<TargetNumber>) {}
    /// Whether that goes on.
    fn is_looking_up_again(&self) -> bool {
        false
    }
    /// Another address that the name of this target leads to now, which gets a copy of each probe until it answers.
    fn tried(&self, _target: TargetNumber) -> Option<SocketAddr> {
        None
    }
    /// That address has answered: it is the target's from now on. Tells what has changed.
    fn accept(&self, _target: TargetNumber, _address: SocketAddr) -> Option<Changed> {
        None
    }
}

/// Whose probe an answer may be about, as far as the address of its sender tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sender {
    /// The target.
    pub target: TargetNumber,
    /// How the sender relates to it.
    pub relation: Relation,
}

/// How the sender of an answer relates to the target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relation {
    /// It is the target.
    Itself,
    /// The target is a group, and any address may answer for it.
    Member,
    /// It is an address that is tried for the target.
    Tried,
    /// It is somebody else.
    Other,
}

/// What has been resolved.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct News {
    /// So many more targets, behind the others: further addresses of names. What became of them is in `lookups`.
    pub added: TargetNumber,
    /// What became of lookups, in this order.
    pub lookups: Vec<(TargetNumber, Lookup)>,
    /// Names that have got an address that had none.
    pub changes: Vec<Change>,
    /// Lines for standard error: why names have no address.
    pub complaints: Vec<String>,
}

/// What became of the lookup of a name that is a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lookup {
    /// It has an address, which is probed.
    Found,
    /// It has the address of this target, which is probed; the results are those of both.
    Same(TargetNumber),
    /// It has no address that may be probed.
    Nothing,
    /// The lookup failed, and why: whether the name has an address is not known.
    Failed(&'static str),
    /// It is no target: its addresses are excluded, or it is invalid and invalid targets are skipped.
    LeftOut,
}
