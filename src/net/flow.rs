//! IPv6 flow labels (RFC 6437). Linux requires a lease for a label.

use std::io;
use std::net::Ipv6Addr;
use std::os::fd::BorrowedFd;

use super::sys;

/// `IPV6_FL_A_GET`: lease a label.
const GET: u8 = 0;
/// `IPV6_FL_S_EXCL`: for this socket alone.
const EXCLUSIVE: u8 = 1;
/// `IPV6_FL_F_CREATE`: create the label.
const CREATE: u16 = 1;
/// The position of the label in the request, after the destination.
const LABEL: std::ops::Range<usize> = 16..20;

/// Leases a label; 0: the kernel chooses one. Returns it in network order, for `sin6_flowinfo`.
pub(super) fn lease(socket: BorrowedFd<'_>, to: Ipv6Addr, label: u32) -> io::Result<u32> {
    let mut request = request(to, label);
    let (level, name) = (libc::IPPROTO_IPV6, libc::IPV6_FLOWLABEL_MGR);
    sys::set_option_in_place(socket, level, name, &mut request)?;
    let granted = request.get(LABEL).and_then(|octets| octets.try_into().ok());
    Ok(u32::from_ne_bytes(granted.unwrap_or_default()))
}

/// A `struct in6_flowlabel_req`: destination, label, action, sharing, flags, then times and padding, which are zero.
fn request(to: Ipv6Addr, label: u32) -> Vec<u8> {
    [
        &to.octets()[..],
        &label.to_be_bytes(),
        &[GET, EXCLUSIVE],
        &CREATE.to_ne_bytes(),
        &[0; 8],
    ]
    .concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn request_has_the_layout_of_the_kernel_s_structure() {
        let octets = request(Ipv6Addr::LOCALHOST, 0x000a_bcde);
        assert_eq!(octets.len(), 32);
        assert_eq!(octets[15..20], [1, 0, 0x0a, 0xbc, 0xde]);
        assert_eq!(octets[20..22], [0, 1]);
    }
}
