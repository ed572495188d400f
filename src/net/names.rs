//! The resolver of the C library: names to addresses, and addresses to names.

use std::ffi::{CString, c_int};
use std::io;
use std::net::{IpAddr, SocketAddr};

use socket2::SockAddr;

use super::identity::Family;
use super::{address, sys};

/// One address of a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedAddress {
    /// The address, with the interface where the resolver knows it; the port is 0.
    pub address: SocketAddr,
    /// The canonical name; only the first address of an answer has it. Nobody has checked it.
    pub canonical: Option<String>,
}

/// Why a lookup found no address (RFC 3493, section 6.1).
#[derive(Debug)]
pub enum LookupFailure {
    /// The name server did not answer, or could not say (`EAI_AGAIN`).
    Again,
    /// A name server refused in a way that glibc takes for "no such name" (`EAI_NONAME` with `NO_RECOVERY`), such as a
    /// format error.
    NoRecovery,
    /// There is no such name (`EAI_NONAME`).
    NoName,
    /// The name has no address of this family (`EAI_NODATA`).
    NoData,
    /// The name has addresses, but of the other family (`EAI_ADDRFAMILY`).
    WrongFamily,
    /// The name server refused (`EAI_FAIL`).
    Fail,
    /// There is no memory left (`EAI_MEMORY`).
    Memory,
    /// A system call failed (`EAI_SYSTEM`).
    System(io::Error),
    /// Another number of `netdb.h`.
    Other(i32),
}

/// `EAI_ADDRFAMILY` of glibc's `netdb.h`, which the crate `libc` lacks.
const EAI_ADDRFAMILY: c_int = -9;
/// A value of `h_errno` in `netdb.h`.
const NO_RECOVERY: c_int = 3;

impl LookupFailure {
    fn new((code, h_errno): (c_int, c_int)) -> Self {
        match code {
            libc::EAI_AGAIN => Self::Again,
            libc::EAI_NONAME if h_errno == NO_RECOVERY => Self::NoRecovery,
            libc::EAI_NONAME => Self::NoName,
            libc::EAI_NODATA => Self::NoData,
            EAI_ADDRFAMILY => Self::WrongFamily,
            libc::EAI_FAIL => Self::Fail,
            libc::EAI_MEMORY => Self::Memory,
            libc::EAI_SYSTEM => Self::System(io::Error::last_os_error()),
            other => Self::Other(other),
        }
    }
}

/// The addresses of a name in the order in which to try them (RFC 6724), of one family or of both.
///
/// # Errors
/// [`LookupFailure`] says why there are none.
pub fn addresses_of(
    name: &str,
    family: Option<Family>,
) -> Result<Vec<NamedAddress>, LookupFailure> {
    let name = CString::new(name).map_err(|_| LookupFailure::NoName)?;
    let family = match family {
        None => libc::AF_UNSPEC,
        Some(Family::Ipv4) => libc::AF_INET,
        Some(Family::Ipv6) => libc::AF_INET6,
    };
    let found = sys::addresses_of(&name, family).map_err(LookupFailure::new)?;
    let named = found.into_iter().filter_map(|(octets, canonical)| {
        Some(NamedAddress {
            address: address::from_octets(&octets)?,
            canonical: canonical.and_then(|name| name.into_string().ok()),
        })
    });
    Ok(named.collect())
}

/// The name of an address. Nobody has checked it.
#[must_use]
pub fn name_of(address: IpAddr) -> Option<String> {
    let address = SockAddr::from(SocketAddr::new(address, 0));
    sys::name_of(&address)?.into_string().ok()
}
