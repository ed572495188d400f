//! The hash of a target, by which several machines divide one list into shards: the same in every version and on every
//! machine.
//!
//! It is SipHash-1-3 with a key of zeros. The hash of a list is the sum of the hashes of its distinct targets modulo 2^64, so
//! the order does not matter. Python computes the same: `PYTHONHASHSEED=0 python3 -c 'print(hash(b"web.example") % 2**64)'`.

use std::net::{IpAddr, Ipv6Addr};

use siphasher::sip::SipHasher13;

/// The hash of the 16 octets of an address in network order. An IPv4 address is hashed as its IPv4-mapped IPv6 address (RFC
/// 4291, section 2.5.5.2), so the two are one target. The interface of a link-local address is left out: its number differs
/// between machines.
///
/// ```
/// use rping::target::hash_of_address;
/// assert_eq!(hash_of_address("192.0.2.1".parse()?), 0x53a4_8c88_a8f8_7d1b);
/// assert_eq!(hash_of_address("::ffff:192.0.2.1".parse()?), 0x53a4_8c88_a8f8_7d1b);
/// # Ok::<(), std::net::AddrParseError>(())
/// ```
#[must_use]
pub fn hash_of_address(address: IpAddr) -> u64 {
    let address: Ipv6Addr = match address {
        IpAddr::V4(address) => address.to_ipv6_mapped(),
        IpAddr::V6(address) => address,
    };
    SipHasher13::new().hash(&address.octets())
}

/// The hash of a name's ASCII form (UTS 46) in lower case.
///
/// ```
/// use rping::target::hash_of_name;
/// assert_eq!(hash_of_name("web.example"), 0x51c8_a285_4298_2bde);
/// assert_eq!(hash_of_name("Web.Example"), 0x51c8_a285_4298_2bde);
/// ```
#[must_use]
pub fn hash_of_name(ascii: &str) -> u64 {
    SipHasher13::new().hash(ascii.to_ascii_lowercase().as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Expected values from Python 3.11, see the head of this module.
    #[test]
    fn hashes_equal_those_of_python() {
        for (address, hash) in [
            ("0.0.0.0", 0x637f_9b85_4acc_3815),
            ("192.0.2.1", 0x53a4_8c88_a8f8_7d1b),
            ("198.51.100.7", 0xc1c5_c09c_fd96_1a37),
            ("255.255.255.255", 0x2797_7dad_1f78_e25c),
            ("::ffff:198.51.100.7", 0xc1c5_c09c_fd96_1a37),
            ("::1", 0x10f3_5e9f_a59a_a5af),
            ("2001:db8::1", 0xf1fc_7ed3_f2b8_bc94),
            ("fe80::1", 0xc2de_0998_3cdb_200e),
        ] {
            assert_eq!(hash_of_address(address.parse().unwrap()), hash, "{address}");
        }
        for (name, hash) in [
            ("localhost", 0x0aaa_efd6_5b65_939a),
            ("LOCALHOST", 0x0aaa_efd6_5b65_939a),
            ("web.example", 0x51c8_a285_4298_2bde),
        ] {
            assert_eq!(hash_of_name(name), hash, "{name}");
        }
    }
}
