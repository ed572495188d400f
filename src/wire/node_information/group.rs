//! The multicast group of nodes with a name.

use std::net::Ipv6Addr;

use md5::{Digest, Md5};

/// The group of RFC 4620 section 5: `ff02::2:ff00:0/104` and the first 24 bits of the MD5 hash over the first label of
/// an encoded name, including its length octet.
///
/// iputils uses another group, with the 32 bits of the drafts and without the last octet of the label in the hash. Only
/// its own former daemon `ninfod` listens there.
///
/// ```
/// use rping::wire::node_information::{encode_name, group_address};
///
/// let dns = encode_name("Host.example.org", true)?;
/// assert_eq!(dns, b"\x04host\x07example\x03org\x00");
/// assert!(group_address(&dns).to_string().starts_with("ff02::2:ff"));
/// // Only the first label counts, because a node may not know its domain.
/// assert_eq!(group_address(&dns), group_address(b"\x04host\x00\x00"));
/// # Ok::<(), rping::wire::node_information::NameError>(())
/// ```
#[must_use]
pub fn group_address(dns: &[u8]) -> Ipv6Addr {
    let [h0, h1, h2] = hash(dns);
    Ipv6Addr::from([0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0xff, h0, h1, h2])
}

/// The first 24 bits of the hash over the first label with its length octet.
fn hash(dns: &[u8]) -> [u8; 3] {
    let length = dns.first().copied().unwrap_or(0);
    let label = dns.get(..=usize::from(length)).unwrap_or(dns);
    let digest: [u8; 16] = Md5::digest(label).into();
    let [h0, h1, h2, ..] = digest;
    [h0, h1, h2]
}
