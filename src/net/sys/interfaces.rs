//! Addresses and MTUs of the interfaces of this host.

use std::ffi::CStr;
use std::io;
use std::mem;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::ptr;

use libc::{c_char, c_int, c_uint};

use super::done;

/// All addresses of all interfaces: the interface's name, and the octets of a `sockaddr_in` or `sockaddr_in6`.
pub(in crate::net) fn interface_addresses() -> io::Result<Vec<(String, Vec<u8>)>> {
    let mut first: *mut libc::ifaddrs = ptr::null_mut();
    // SAFETY: the function writes one pointer to `first`, which is alive and writable.
    done(unsafe { libc::getifaddrs(&raw mut first) })?;
    let mut found = Vec::new();
    // SAFETY: `first` is null or the head of the list, whose nodes are valid and unchanged until `freeifaddrs`; the
    // reference does not outlive the turn of the loop.
    let mut next = unsafe { first.as_ref() };
    while let Some(entry) = next {
        if !entry.ifa_name.is_null() && !entry.ifa_addr.is_null() {
            // SAFETY: a node's name is a string with a terminating zero that lives as long as the node.
            let name = unsafe { CStr::from_ptr(entry.ifa_name) };
            // SAFETY: a node's address begins with its family, whatever that is.
            let family = unsafe { (*entry.ifa_addr).sa_family };
            let size = match c_int::from(family) {
                libc::AF_INET => size_of::<libc::sockaddr_in>(),
                libc::AF_INET6 => size_of::<libc::sockaddr_in6>(),
                _ => 0,
            };
            // SAFETY: an address of these two families has the size of its structure, all of it initialised by the C
            // library; it is read as octets, which need no alignment, and copied before the list is freed.
            let octets = unsafe { std::slice::from_raw_parts(entry.ifa_addr.cast::<u8>(), size) };
            found.push((name.to_string_lossy().into_owned(), octets.to_vec()));
        }
        // SAFETY: as for `first`.
        next = unsafe { entry.ifa_next.as_ref() };
    }
    // SAFETY: the list came from `getifaddrs`, is freed once, and nothing refers to it any more.
    unsafe { libc::freeifaddrs(first) };
    Ok(found)
}

// From `linux/sockios.h`: the constants of the crate `libc` have another type than its function takes.
const SIOCGIFFLAGS: libc::Ioctl = 0x8913;
const SIOCGIFMTU: libc::Ioctl = 0x8921;
const SIOCETHTOOL: libc::Ioctl = 0x8946;
const SIOCGHWTSTAMP: libc::Ioctl = 0x89b1;

/// A request about the interface of this name.
fn request_about(name: &str) -> io::Result<libc::ifreq> {
    // SAFETY: an `ifreq` is integers, octets and pointers, for which all octets zero are valid values.
    let mut request: libc::ifreq = unsafe { mem::zeroed() };
    // The last octet stays the terminating zero.
    let room = request.ifr_name.len() - 1;
    if name.len() > room {
        return Err(io::Error::from_raw_os_error(libc::ENODEV));
    }
    for (place, octet) in request.ifr_name.iter_mut().zip(name.bytes()) {
        *place = c_char::from_ne_bytes([octet]);
    }
    Ok(request)
}

/// The MTU in octets of the interface with this name; `None` if it is down. Any socket will do.
pub(in crate::net) fn mtu_in_use(socket: BorrowedFd<'_>, name: &str) -> io::Result<Option<c_int>> {
    let mut request = request_about(name)?;
    let mut ask = |what| {
        // SAFETY: the kernel reads the name, which ends with a zero, and writes within `request`, which is borrowed
        // mutably and outlives the call.
        done(unsafe { libc::ioctl(socket.as_raw_fd(), what, &raw mut request) })?;
        Ok::<_, io::Error>(request.ifr_ifru)
    };
    // SAFETY: a successful call has filled in this member of the union.
    let flags = unsafe { ask(SIOCGIFFLAGS)?.ifru_flags };
    // SAFETY: as above.
    let mtu = unsafe { ask(SIOCGIFMTU)?.ifru_mtu };
    let is_up = c_int::from(flags) & libc::IFF_UP != 0;
    Ok(is_up.then_some(mtu))
}

/// `ETHTOOL_GET_TS_INFO` of `linux/ethtool.h`.
const ETHTOOL_GET_TS_INFO: u32 = 0x41;

/// What the interface of this name can stamp (`SOF_TIMESTAMPING_`), and whether its own clock stamps what arrives. Any
/// socket will do.
pub(in crate::net) fn clock_of(socket: BorrowedFd<'_>, name: &str) -> io::Result<(c_uint, bool)> {
    // `struct ethtool_ts_info`: the command, what can be stamped, a clock, two masks, each with three numbers behind it.
    let mut info = [0_u32; 11];
    // `struct hwtstamp_config` of `linux/net_tstamp.h`: no flags, what is stamped of departures and of arrivals.
    let mut config = [0_u32; 3];
    info[0] = ETHTOOL_GET_TS_INFO;
    let ask = |what, data: *mut u32| {
        let mut request = request_about(name)?;
        request.ifr_ifru.ifru_data = data.cast();
        // SAFETY: the kernel reads the name, which ends with a zero, and reads and writes the structure that belongs to
        // the request, for which `data` has room; both outlive the call.
        done(unsafe { libc::ioctl(socket.as_raw_fd(), what, &raw mut request) })
    };
    ask(SIOCETHTOOL, info.as_mut_ptr())?;
    let is_on = ask(SIOCGHWTSTAMP, config.as_mut_ptr()).is_ok() && config[2] != 0;
    Ok((info[1], is_on))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_interface_has_no_clock_of_its_own() {
        let socket = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
        let (flags, is_on) = clock_of(std::os::fd::AsFd::as_fd(&socket), "lo").unwrap();
        assert_eq!(flags & libc::SOF_TIMESTAMPING_TX_HARDWARE, 0);
        assert_ne!(flags & libc::SOF_TIMESTAMPING_RX_SOFTWARE, 0);
        assert!(!is_on);
        assert!(clock_of(std::os::fd::AsFd::as_fd(&socket), "no such").is_err());
    }

    #[test]
    fn interface_addresses_include_the_loopback_address() {
        let found = interface_addresses().unwrap();
        let address = [127, 0, 0, 1];
        assert!(
            found
                .iter()
                .any(|(name, octets)| name == "lo" && octets.get(4..8) == Some(&address))
        );
        assert!(
            found
                .iter()
                .all(|(_, octets)| [0, 16, 28].contains(&octets.len()))
        );
    }
}
