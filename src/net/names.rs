//! Forward and reverse lookups with the resolver of the C library.

use std::ffi::{CString, c_int};
use std::io;
use std::net::{IpAddr, SocketAddr};

use socket2::SockAddr;

use super::identity::Family;
use super::{address, sys};

/// One address of a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedAddress {
    /// The address with port 0, and with the interface if the resolver returned it.
    pub address: SocketAddr,
    /// The canonical name, unchecked; only the first address of an answer has it.
    pub canonical: Option<String>,
}

/// Why a lookup found no address (RFC 3493, section 6.1).
#[derive(Debug)]
pub enum LookupFailure {
    /// The name server did not respond, or failed temporarily (`EAI_AGAIN`).
    Again,
    /// A name server failed in a way that glibc reports as "no such name" (`EAI_NONAME` with `NO_RECOVERY`), such as with a
    /// format error.
    NoRecovery,
    /// There is no such name (`EAI_NONAME`).
    NoName,
    /// The name has no address of this family (`EAI_NODATA`).
    NoData,
    /// The name has only addresses of the other family (`EAI_ADDRFAMILY`).
    WrongFamily,
    /// The name server refused (`EAI_FAIL`).
    Fail,
    /// Out of memory (`EAI_MEMORY`).
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

/// The addresses of a name in the order of preference (RFC 6724), of one family or of both.
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

/// The name of an address, unchecked.
#[must_use]
pub fn name_of(address: IpAddr) -> Option<String> {
    let address = SockAddr::from(SocketAddr::new(address, 0));
    sys::name_of(&address)?.into_string().ok()
}
