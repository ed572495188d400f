//! The resolver of the C library.

use std::ffi::{CStr, CString};
use std::mem;
use std::ptr;

use libc::c_int;

use super::fit;

/// The octets of a socket address, and the canonical name, which only the first address has.
type NamedOctets = (Vec<u8>, Option<CString>);

/// The addresses of a name from the C library's resolver.
///
/// The error is a number of `netdb.h` (`EAI_...`), and the resolver's `h_errno`, or 0. With `EAI_SYSTEM`, `errno` says more.
pub(in crate::net) fn addresses_of(
    name: &CStr,
    family: c_int,
) -> Result<Vec<NamedOctets>, (c_int, c_int)> {
    // SAFETY: an `addrinfo` is integers and pointers, for which all octets zero are valid values.
    let mut hints: libc::addrinfo = unsafe { mem::zeroed() };
    hints.ai_flags = libc::AI_CANONNAME;
    hints.ai_family = family;
    hints.ai_socktype = libc::SOCK_DGRAM;
    hints.ai_protocol = libc::IPPROTO_UDP;
    let mut first: *mut libc::addrinfo = ptr::null_mut();
    set_h_errno(0);
    // SAFETY: the name ends in a zero, the service is none, the hints outlive the call, and `first` is writable.
    let code =
        unsafe { libc::getaddrinfo(name.as_ptr(), ptr::null(), &raw const hints, &raw mut first) };
    if code != 0 {
        return Err((code, h_errno()));
    }
    let mut found = Vec::new();
    // SAFETY: `first` is the head of the list, whose nodes are valid and unchanged until `freeaddrinfo`; the reference
    // does not outlive the turn of the loop.
    let mut next = unsafe { first.as_ref() };
    while let Some(entry) = next {
        if let (false, Ok(size)) = (entry.ai_addr.is_null(), usize::try_from(entry.ai_addrlen)) {
            // SAFETY: an address has as many octets as its node says, all of them initialised by the C library; they
            // need no alignment, and are copied before the list is freed.
            let octets = unsafe { std::slice::from_raw_parts(entry.ai_addr.cast::<u8>(), size) };
            // SAFETY: where there is a canonical name, it ends in a zero and lives as long as the node.
            let canonical = (!entry.ai_canonname.is_null())
                .then(|| unsafe { CStr::from_ptr(entry.ai_canonname) }.to_owned());
            found.push((octets.to_vec(), canonical));
        }
        // SAFETY: as for `first`.
        next = unsafe { entry.ai_next.as_ref() };
    }
    // SAFETY: the list came from `getaddrinfo`, is freed once, and nothing refers to it any more.
    unsafe { libc::freeaddrinfo(first) };
    Ok(found)
}

unsafe extern "C" {
    /// The address of this thread's `h_errno` (`netdb.h`). glibc and musl have this function; the crate `libc` lacks it.
    fn __h_errno_location() -> *mut c_int;
}

fn h_errno() -> c_int {
    // SAFETY: the pointer is valid for this thread, which alone uses what it points to.
    unsafe { *__h_errno_location() }
}

fn set_h_errno(number: c_int) {
    // SAFETY: as for `h_errno`.
    unsafe { *__h_errno_location() = number };
}

/// The name of an address from the C library's resolver; `None` if it has none.
pub(in crate::net) fn name_of(address: &socket2::SockAddr) -> Option<CString> {
    // `NI_MAXHOST` of `netdb.h`.
    let mut name = [0_u8; 1025];
    // SAFETY: the address has the length given and the alignment of any address; the name has room for the length given,
    // and no service is asked for.
    let code = unsafe {
        libc::getnameinfo(
            address.as_ptr().cast(),
            address.len(),
            name.as_mut_ptr().cast(),
            fit(name.len()).ok()?,
            ptr::null_mut(),
            0,
            libc::NI_NAMEREQD,
        )
    };
    let name = CStr::from_bytes_until_nul(&name).ok()?;
    (code == 0).then(|| name.to_owned())
}
