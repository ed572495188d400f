//! Lookups of names and addresses. They never block the loop.

mod advice;
mod hosts;
mod inline;
mod lookup;
mod musl;
mod pool;
mod question;
mod reverse;
mod servers;
mod sharing;
mod slots;
mod spelling;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6};

use anyhow::{Context, Result, bail};

use crate::config::FamilyChoice;
use crate::config::many::AddressNames;
use crate::net::interface_index;
use crate::sanitize;
use crate::target::{Host, WRONG_FAMILY, needs_interface};

pub use advice::advise;
pub use inline::InlineLookup;
pub use lookup::{LookupFailed, UNKNOWN_HOST};
pub use musl::MAX_ADDRESSES;
pub use pool::{Answer, Pool, Threads};
pub use reverse::Reverse;
pub use servers::name_servers;
pub use sharing::look_up_shared;
pub use spelling::Spelling;

/// The columns of a name that a message shows: no valid name is longer.
const LONGEST_SHOWN: usize = 253;

/// A resolved host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolved {
    /// The name that the resolver returned; for an address, what was typed.
    pub name: String,
    /// Its addresses in the order of preference (RFC 6724); at least one. Ports are 0.
    pub addresses: Vec<SocketAddr>,
    /// Whether the host was given as an address.
    pub numeric: bool,
    /// Whether the resolver returned [`MAX_ADDRESSES`], its maximum.
    pub may_have_more: bool,
    /// The name of each address; empty if they were not looked up.
    pub names: Vec<Option<String>>,
}

/// How to look up the names of many targets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LookupOptions {
    /// The requested address family.
    pub family: FamilyChoice,
    /// The words whose addresses are looked up in reverse.
    pub names: AddressNames,
    /// Whether all addresses of a name are used, not only the first.
    pub all_addresses: bool,
    /// Whether all words that need no name server are resolved before the first probe, in the given order.
    pub in_order: bool,
}

impl From<FamilyChoice> for LookupOptions {
    fn from(family: FamilyChoice) -> Self {
        Self {
            family,
            ..Self::default()
        }
    }
}

impl LookupOptions {
    /// Looks up a word and, if requested, the names of its addresses.
    fn look_up(self, word: &str) -> Result<Resolved> {
        let resolved = forward(word, self.family)?;
        let are_named = match self.names {
            AddressNames::Never => false,
            AddressNames::OfAddresses => resolved.numeric,
            AddressNames::OfAll => true,
        };
        if !are_named {
            return Ok(resolved);
        }
        let most = if self.all_addresses { usize::MAX } else { 1 };
        let addresses = resolved.addresses.iter().take(most);
        let names = addresses.map(|address| reverse::reverse_name(address.ip()));
        let names = names.collect();
        Ok(Resolved { names, ..resolved })
    }
}

/// Looks up a host. An address needs no resolver.
///
/// # Errors
/// One line that begins with the host, such as `nowhere.example: Name or service not known`.
pub fn forward(word: &str, family: FamilyChoice) -> Result<Resolved> {
    let host = Host::parse(word);
    // The word is at an end of the message, so a blank in it cannot mislead the user.
    let blanks_shown = sanitize::cut(&sanitize::visible(word), LONGEST_SHOWN);
    // Only for messages from here on.
    let word = &sanitize::cut(&sanitize::visible_word(word), LONGEST_SHOWN);
    match host.with_context(|| blanks_shown)? {
        Host::Ipv4(_) if family == FamilyChoice::Ipv6 => bail!("{word}: {WRONG_FAMILY}"),
        Host::Ipv6 { .. } if family == FamilyChoice::Ipv4 => bail!("{word}: {WRONG_FAMILY}"),
        Host::Ipv4(address) => Ok(literal(word, (address, 0).into())),
        Host::Ipv6 { address, zone } => {
            let scope = zone.map_or(Ok(0), |zone| scope_of(word, address, &zone))?;
            Ok(literal(
                word,
                SocketAddrV6::new(address, 0, 0, scope).into(),
            ))
        }
        Host::Name(name) => lookup::forward(word, &name, family),
    }
}

fn literal(word: &str, address: SocketAddr) -> Resolved {
    Resolved {
        name: word.to_owned(),
        addresses: vec![address],
        numeric: true,
        may_have_more: false,
        names: Vec::new(),
    }
}

/// The number of the interface after `%`.
///
/// # Errors
/// One line that begins with the word: there is no such interface, or the address needs none.
pub fn scope_of(word: &str, address: Ipv6Addr, zone: &str) -> Result<u32> {
    let named = needs_interface(address).then(|| interface_index(zone));
    // As in the C library, which accepts interface names only for link-local unicast and multicast.
    let scope = named.flatten().or_else(|| zone.parse().ok());
    match scope {
        Some(scope) if scope != 0 => Ok(scope),
        _ => bail!(
            "{word}: {} is no interface, or the address takes none; \"ip link\" lists the interfaces",
            sanitize::visible_word(zone)
        ),
    }
}

/// Looks up one IPv4 hop of a route.
///
/// # Errors
/// As [`forward`].
pub fn hop(word: &str) -> Result<Ipv4Addr> {
    let resolved = forward(word, FamilyChoice::Ipv4)?;
    let first = resolved.addresses.first().map(SocketAddr::ip);
    match first {
        Some(IpAddr::V4(address)) => Ok(address),
        _ => bail!("{word}: {WRONG_FAMILY}"),
    }
}
