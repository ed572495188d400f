//! The only target of a run.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use crate::event::{Directory, Relation, Sender, TargetNumber, TargetSource};
use crate::target::reaches_many;

/// The only target of a run, with number 0. Tokens identify its probes, so replies from other addresses count, and are
/// marked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SingleTarget {
    target: SocketAddr,
    via: Vec<Ipv4Addr>,
    is_group: bool,
}

impl SingleTarget {
    /// The target at this address; the port is ignored. `via` are the hops of a source route: on its way, a probe is
    /// addressed to each of them in turn. Unlike multicast, broadcast cannot be told from the address.
    #[must_use]
    pub fn new(target: SocketAddr, via: Vec<Ipv4Addr>, is_broadcast: bool) -> Self {
        Self {
            target,
            via,
            is_group: is_broadcast || may_be_answered_by_another(target.ip()),
        }
    }
}

impl Directory for SingleTarget {
    fn len(&self) -> TargetNumber {
        1
    }

    fn address(&self, target: TargetNumber) -> Option<SocketAddr> {
        (target == 0).then_some(self.target)
    }

    fn name(&self, _: TargetNumber) -> Option<&str> {
        None
    }

    fn label(&self, _: TargetNumber) -> Option<&str> {
        None
    }
}

impl TargetSource for SingleTarget {
    fn find(&self, source: SocketAddr) -> Option<Sender> {
        let relation = if self.is_group {
            Relation::Member
        } else if is_same_host(source, self.target) {
            Relation::Itself
        } else {
            Relation::Other
        };
        let target = 0;
        Some(Sender { target, relation })
    }

    fn find_quoted(&self, destination: SocketAddr) -> Option<TargetNumber> {
        let destination = destination.ip();
        let is_on_the_way =
            destination == self.target.ip() || self.via.iter().any(|hop| *hop == destination);
        is_on_the_way.then_some(0)
    }
}

/// Whether two addresses belong to the same host. Link-local addresses must be on the same interface, unless one of them
/// names no interface, as a target with `-I` (RFC 4007, section 6).
fn is_same_host(one: SocketAddr, other: SocketAddr) -> bool {
    let same_scope = match (one, other) {
        (SocketAddr::V6(one), SocketAddr::V6(other)) => {
            let scopes = [one.scope_id(), other.scope_id()];
            scopes.contains(&0) || one.scope_id() == other.scope_id()
        }
        _ => true,
    };
    same_scope && one.ip() == other.ip()
}

/// Whether other hosts may answer for this address: multicast, broadcast, and the anycast address of a subnet's routers,
/// which has the interface identifier zero (RFC 4291, section 2.6.1).
fn may_be_answered_by_another(address: IpAddr) -> bool {
    let anycast = match address {
        IpAddr::V4(_) => false,
        IpAddr::V6(address) => {
            let [_, _, _, _, interface @ ..] = address.segments();
            interface == [0; 4]
        }
    };
    anycast || reaches_many(address)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn same_link_local_address_on_another_interface_is_another_host() {
        let same = |one: &str, other: &str| {
            is_same_host(one.parse().unwrap(), other.parse().unwrap())
                && is_same_host(other.parse().unwrap(), one.parse().unwrap())
        };
        assert!(same("[fe80::1%3]:0", "[fe80::1%3]:0"));
        assert!(!same("[fe80::1%3]:0", "[fe80::1%4]:0"));
        assert!(!same("[fe80::1%3]:0", "[fe80::2%3]:0"));
        assert!(same("[fe80::1%3]:0", "[fe80::1]:0"), "one is not known");
        assert!(same("[2001:db8::1]:0", "[2001:db8::1]:0"));
        assert!(!same("[2001:db8::1]:0", "[2001:db8::2]:0"));
        assert!(same("192.0.2.1:0", "192.0.2.1:0"));
        assert!(!same("192.0.2.1:0", "192.0.2.2:0"));
        assert!(!same("192.0.2.1:0", "[::ffff:192.0.2.1]:0"));
    }

    #[test]
    fn error_about_the_target_or_a_source_route_hop_is_accepted() {
        let address = |octet| SocketAddr::from(([192, 0, 2, octet], 0));
        let routed = SingleTarget::new(address(9), vec![[192, 0, 2, 2].into()], false);
        let found = [9, 2, 4].map(|octet| routed.find_quoted(address(octet)));
        assert_eq!(found, [Some(0), Some(0), None]);
    }

    #[test]
    fn sender_is_the_target_a_group_member_or_another_host() {
        let relation = |target: &str, source: &str| {
            let sole = SingleTarget::new(target.parse().unwrap(), Vec::new(), false);
            sole.find(source.parse().unwrap()).unwrap().relation
        };
        let (one, other) = ("192.0.2.9:0", "192.0.2.8:0");
        assert_eq!(relation(one, one), Relation::Itself);
        assert_eq!(relation(one, other), Relation::Other);
        assert_eq!(relation("224.0.0.1:0", other), Relation::Member);
        assert_eq!(
            relation("[2001:db8::]:0", "[2001:db8::1]:0"),
            Relation::Member
        );
        let broadcast = SingleTarget::new("192.0.2.255:0".parse().unwrap(), Vec::new(), true);
        let sender = broadcast.find(other.parse().unwrap()).unwrap();
        assert_eq!(sender.relation, Relation::Member);
    }
}
