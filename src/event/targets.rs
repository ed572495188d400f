//! The targets of a run. They are identified by number; a [`Directory`] knows the rest.

use std::cmp::Ordering;
use std::fmt;
use std::net::{IpAddr, SocketAddr};

use super::{Change, Changed};

/// The number of a target.
pub type TargetNumber = u32;

/// The names and addresses of the targets.
pub trait Directory: fmt::Debug {
    /// How many there are.
    fn len(&self) -> TargetNumber;
    /// Whether there are none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// The address of a target; `None` if there is no such target, or its name has no address.
    fn address(&self, target: TargetNumber) -> Option<SocketAddr>;
    /// The name of a target, if it was not given as an address.
    fn name(&self, target: TargetNumber) -> Option<&str>;
    /// The text that the user typed for it, if different: a target may have the reverse name of its address.
    fn typed(&self, target: TargetNumber) -> Option<&str> {
        self.name(target)
    }
    /// Its label in the file of targets. Untrusted text.
    fn label(&self, target: TargetNumber) -> Option<&str>;
    /// The host that probed it, in results of several hosts.
    fn host(&self, _target: TargetNumber) -> Option<&str> {
        None
    }
    /// The address from which that host probed it, if known.
    fn source(&self, _target: TargetNumber) -> Option<IpAddr> {
        None
    }
    /// All targets in the order in which they were given, except names left out.
    fn as_given(&self) -> Box<dyn Iterator<Item = TargetNumber> + '_> {
        Box::new(0..self.len())
    }
    /// The target that is probed for this one: another one if that had the same address first.
    fn probed(&self, target: TargetNumber) -> TargetNumber {
        target
    }
    /// The order in which two targets were given.
    fn given(&self, one: TargetNumber, other: TargetNumber) -> Ordering {
        one.cmp(&other)
    }
    /// How many words turned out not to be targets, because they have no address.
    fn unknown(&self) -> TargetNumber {
        0
    }
    /// The targets whose addresses became known, by position in that order; `None` beyond the last one so far.
    fn found(&self, _position: usize) -> Option<TargetNumber> {
        None
    }
}

/// The targets while their names are being resolved, and which of them a message is about.
pub trait TargetSource: Directory {
    /// The target whose probe a reply from this address may answer; `None` if it is not a target.
    fn find(&self, source: SocketAddr) -> Option<Sender>;
    /// The same for a reply that carries a whole token.
    fn find_answered(&self, source: SocketAddr, _token: &[u8; 16]) -> Option<Sender> {
        self.find(source)
    }
    /// The target of a probe to this address, which an ICMP error quotes.
    fn find_quoted(&self, destination: SocketAddr) -> Option<TargetNumber>;
    /// Takes the lookups that finished since the last call. Never blocks.
    fn collect_lookups(&mut self) -> LookupUpdates {
        LookupUpdates::default()
    }
    /// Looks up the name of one target again, or of all, if that is asked for.
    fn look_up_again(&mut self, _target: Option<TargetNumber>) {}
    /// Whether names are looked up again.
    fn is_looking_up_again(&self) -> bool {
        false
    }
    /// A new address of this target's name. It gets a copy of each probe until it answers.
    fn candidate(&self, _target: TargetNumber) -> Option<SocketAddr> {
        None
    }
    /// The candidate answered: it is the target's address from now on. Returns what changed.
    fn accept(&self, _target: TargetNumber, _address: SocketAddr) -> Option<Changed> {
        None
    }
}

/// The target whose probe a reply may answer, judging by the sender's address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sender {
    /// The target.
    pub target: TargetNumber,
    /// How the sender relates to it.
    pub relation: Relation,
}

/// How the sender of a reply relates to the target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relation {
    /// It is the target.
    Itself,
    /// The target is a group, and any member may answer.
    Member,
    /// It is a candidate for the target's new address.
    Candidate,
    /// Another host.
    Other,
}

/// What finished lookups found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LookupUpdates {
    /// How many targets to add behind the others, for further addresses of names. Their lookups are in `lookups`.
    pub added: TargetNumber,
    /// The results of lookups, in order.
    pub lookups: Vec<(TargetNumber, Lookup)>,
    /// Names that got an address at last.
    pub changes: Vec<Change>,
    /// Lines for standard error: why names have no address.
    pub complaints: Vec<String>,
}

/// The result of looking up a target's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lookup {
    /// It has an address, which is probed.
    Found,
    /// It has the address of this target, and shares its results.
    Same(TargetNumber),
    /// It has no valid address.
    Nothing,
    /// The lookup failed, with the reason: it is unknown whether the name has an address.
    Failed(&'static str),
    /// It is not a target: its addresses are excluded, or it is invalid and invalid targets are skipped.
    LeftOut,
}
