//! Which size is tried next, between one that was answered and one that was not.

/// MTUs that links and tunnels have, in octets. Between two of them the search halves.
const KNOWN: [u32; 38] = [
    296,    // serial lines (RFC 1144)
    508,    // ARCNET (RFC 1051)
    576,    // what each host takes (RFC 791)
    1006,   // SLIP (RFC 1055)
    1280,   // what each IPv6 link takes (RFC 8200)
    1340,   // IPv6 tunnels in PPPoE and WireGuard
    1380,   // VPNs of clouds
    1400,   // VPN clients
    1420,   // WireGuard (over IPv6)
    1430,   // VXLAN over IPv6
    1436,   // GRE in IPsec
    1440,   // WireGuard over IPv4
    1446,   // IPsec tunnels
    1450,   // VXLAN over IPv4
    1454,   // PPPoE of NTT
    1460,   // Google Cloud
    1462,   // PPPoE and L2TP
    1472,   // GRE with a key
    1476,   // GRE (RFC 2784)
    1480,   // IP in IP (RFC 2003), 6in4 (RFC 4213)
    1484,   // GRE in MPLS
    1488,   // PPPoE with a VLAN
    1492,   // PPPoE (RFC 2516), LLC
    1496,   // MPLS, a VLAN tag inside
    1500,   // Ethernet (RFC 894)
    1504,   // Ethernet with room for a tag
    1600,   // Ethernet with room for tunnels
    2002,   // token ring
    2304,   // wireless LAN
    4352,   // FDDI (RFC 1390)
    4470,   // POS
    8896,   // Google Cloud, jumbo frames
    9000,   // Ethernet, jumbo frames
    9001,   // Amazon
    9216,   // Ethernet, jumbo frames of switches
    17_914, // token ring of 16 Mbit/s
    32_768, // loopback of other systems
    49_152, // nothing: it halves the largest gap
];

/// The next size to try, if there is one between the two. `hint` is what a router named.
pub(super) fn next(answered: u32, refused: u32, hint: Option<u32>) -> Option<u32> {
    let above = answered.checked_add(1).filter(|above| *above < refused)?;
    if let Some(hint) = hint.filter(|hint| (above..refused).contains(hint)) {
        return Some(hint);
    }
    // A size that was named and answered is the one, unless the next larger is answered too.
    if hint == Some(answered) {
        return Some(above);
    }
    let first = KNOWN.partition_point(|size| *size < above);
    let end = KNOWN.partition_point(|size| *size < refused);
    if let Some(between) = KNOWN.get(first..end).filter(|between| !between.is_empty()) {
        return between.get(between.len() / 2).copied();
    }
    if KNOWN.contains(&answered) {
        return Some(above);
    }
    Some(answered.midpoint(refused))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many sizes are tried until the MTU is known, which is looked for between these.
    fn steps(mtu: u32, answered: u32, refused: u32) -> u32 {
        let (mut answered, mut refused, mut steps) = (answered, refused, 0);
        while let Some(size) = next(answered, refused, None) {
            assert!(answered < size && size < refused);
            if size <= mtu {
                answered = size;
            } else {
                refused = size;
            }
            steps += 1;
        }
        assert_eq!((answered, refused), (mtu, mtu + 1));
        steps
    }

    #[test]
    fn known_sizes_rise() {
        assert!(KNOWN.is_sorted_by(|one, other| one < other));
    }

    #[test]
    fn every_mtu_is_found_in_few_steps() {
        let of_ethernet = (68..1500).map(|mtu| steps(mtu, 68, 1500)).max();
        assert_eq!(of_ethernet, Some(15));
        for mtu in KNOWN.into_iter().filter(|mtu| *mtu < 1500) {
            assert!(steps(mtu, 68, 1500) <= 6, "{mtu}");
        }
        let of_all = (68..65_535).map(|mtu| steps(mtu, 68, 65_535)).max();
        assert_eq!(of_all, Some(20));
    }

    #[test]
    fn hint_is_tried_first_and_then_the_size_above_it() {
        assert_eq!(next(68, 1500, Some(1423)), Some(1423));
        assert_eq!(next(1423, 1500, Some(1423)), Some(1424));
        assert_eq!(next(1423, 1424, Some(1423)), None);
        assert_eq!(next(1000, 1500, Some(900)), next(1000, 1500, None));
    }
}
