//! Targets given by name: the results of lookups, and names that share an address.

use rping::event::{Lookup, Reason, TargetNumber};

use super::model::{Host, Life, Model};

/// The lookup of a target's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Name {
    /// The target was given as an address.
    #[default]
    Address,
    Pending,
    LookedUp(Lookup),
}

impl Host {
    /// Whether it has an address that is probed for it.
    pub(super) fn is_probed(&self) -> bool {
        matches!(self.name, Name::Address | Name::LookedUp(Lookup::Found))
    }
}

impl Model {
    pub(super) fn add(&mut self, targets: u32) {
        let all = self.hosts.len() + targets as usize;
        self.hosts.resize_with(all, || Host {
            name: Name::Pending,
            ..Host::default()
        });
        self.pace.grow(all);
    }

    pub(super) fn pending(&self) -> Vec<TargetNumber> {
        let pending = (0..).zip(&self.hosts);
        let pending = pending.filter(|(_, host)| host.name == Name::Pending);
        pending.map(|(target, _)| target).collect()
    }

    pub(super) fn is_expecting(&self) -> bool {
        self.hosts.iter().any(|host| host.name == Name::Pending)
    }

    pub(super) fn looked_up(&mut self, target: TargetNumber, lookup: Lookup) {
        let host = &mut self.hosts[target as usize];
        host.name = Name::LookedUp(lookup);
        match lookup {
            Lookup::Nothing => {
                host.reason = Some(Reason::Unresolved);
                self.decide(target, Life::Dead);
            }
            Lookup::Failed(why) => {
                host.reason = Some(Reason::LookupFailed(why));
                self.decided.extend(self.is_alive_scan().then_some(target));
            }
            Lookup::Same(first) => {
                self.shared.push(target);
                let life = self.hosts[first as usize].life;
                if life != Life::Unknown {
                    self.count_life(life);
                    self.decided.extend(self.is_alive_scan().then_some(target));
                }
            }
            Lookup::Found | Lookup::LeftOut => {}
        }
    }

    /// The target that is probed in place of this one.
    pub(super) fn probed_for(&self, target: TargetNumber) -> TargetNumber {
        match self.hosts[target as usize].name {
            Name::LookedUp(Lookup::Same(first)) => first,
            _ => target,
        }
    }

    /// The targets with this address, in the order of their lookups.
    pub(super) fn sharing(&self, first: TargetNumber) -> Vec<TargetNumber> {
        let is_it = |target: &TargetNumber| {
            self.hosts[*target as usize].name == Name::LookedUp(Lookup::Same(first))
        };
        self.shared.iter().copied().filter(is_it).collect()
    }

    pub(super) fn count_life(&mut self, life: Life) {
        match life {
            Life::Alive => self.alive += 1,
            Life::Dead => self.dead += 1,
            Life::Unknown => {}
        }
    }

    /// The number of targets that are not skipped.
    pub(super) fn rows(&self) -> u32 {
        let left_out = Name::LookedUp(Lookup::LeftOut);
        let rows = self.hosts.iter().filter(|host| host.name != left_out);
        u32::try_from(rows.count()).unwrap()
    }

    pub(super) fn failed(&self) -> u32 {
        let failed = |host: &&Host| matches!(host.name, Name::LookedUp(Lookup::Failed(_)));
        u32::try_from(self.hosts.iter().filter(failed).count()).unwrap()
    }
}
