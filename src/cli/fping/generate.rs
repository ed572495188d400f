//! `-g`: expands a network, or a range from one address to another.

use std::fmt;
use std::net::IpAddr;

use super::Stop;
use crate::sanitize;
use crate::target::{Block, Edges, Host};

/// fping's maximum of generated addresses.
const MOST: u128 = 131_072;

/// The resolver's message for an invalid address.
const NO_ADDRESS: &str = "Name or service not known";

/// A range of addresses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Generated {
    block: Block,
    zone: Option<String>,
}

impl Generated {
    pub(super) fn addresses(&self) -> Vec<String> {
        let zone = self.zone();
        let address = |offset: u128| match self.block.first() {
            IpAddr::V4(first) => {
                let offset = u32::try_from(offset).unwrap_or(u32::MAX);
                IpAddr::V4(first.to_bits().saturating_add(offset).into())
            }
            IpAddr::V6(first) => IpAddr::V6(first.to_bits().saturating_add(offset).into()),
        };
        let offsets = 0..self.block.count();
        offsets
            .map(|offset| format!("{}{zone}", address(offset)))
            .collect()
    }

    fn zone(&self) -> String {
        let zone = self.zone.as_ref();
        zone.map(|zone| format!("%{zone}")).unwrap_or_default()
    }
}

impl fmt::Display for Generated {
    /// The range in rping's syntax.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (first, last) = (self.block.first(), self.block.last());
        write!(f, "{first}-{last}{}", self.zone())
    }
}

pub(super) fn generate(words: &[String]) -> Result<Generated, Stop> {
    match words {
        [network] => network_of(network),
        [first, last] => range(first, last),
        _ => Err(Stop::Usage),
    }
}

/// An address, and the interface after `%`.
fn address(text: &str) -> Option<(IpAddr, Option<String>)> {
    match Host::parse(text).ok()? {
        Host::Ipv4(address) => Some((address.into(), None)),
        Host::Ipv6 { address, zone } => Some((address.into(), zone)),
        Host::Name(_) => None,
    }
}

fn network_of(word: &str) -> Result<Generated, Stop> {
    let (text, prefix) = word.split_once('/').ok_or(Stop::Usage)?;
    if prefix.contains('%') {
        return Err(Stop::wrong("address scope must precede prefix length"));
    }
    let Some((address, zone)) = address(text) else {
        let text = sanitize::visible(text);
        // The comma is fping's.
        return Err(Stop::AfterComma(format!(
            "can't parse address {text}: {NO_ADDRESS}"
        )));
    };
    let (shortest, longest) = if address.is_ipv6() {
        (65, 128)
    } else {
        (1, 32)
    };
    // fping reads an invalid number as 0.
    let length = prefix.parse().unwrap_or(0_u64);
    let block = u8::try_from(length)
        .ok()
        .filter(|length| (shortest..=longest).contains(length))
        .and_then(|length| Block::network(address, length, Edges::Drop));
    let Some(block) = block else {
        return Err(Stop::wrong(format!(
            "netmask must be between {shortest} and {longest} (is: {length})"
        )));
    };
    generated(block, zone)
}

fn range(first: &str, last: &str) -> Result<Generated, Stop> {
    let parsed = |text: &str| {
        address(text).ok_or_else(|| {
            let text = sanitize::visible(text);
            Stop::wrong(format!("can't parse address {text}: {NO_ADDRESS}"))
        })
    };
    let ((first, zone), (last, zone_of_last)) = (parsed(first)?, parsed(last)?);
    if zone != zone_of_last {
        return Err(Stop::wrong("different scopes for start and end addresses"));
    }
    if first.is_ipv6() != last.is_ipv6() {
        return Err(Stop::wrong(
            "start and end of -g are of different address families",
        ));
    }
    // A reversed range is empty.
    let block = Block::new(first, last).ok_or(Stop::NoTargets)?;
    generated(block, zone)
}

fn generated(block: Block, zone: Option<String>) -> Result<Generated, Stop> {
    if block.count() > MOST {
        return Err(Stop::wrong("-g parameter generates too many addresses"));
    }
    Ok(Generated { block, zone })
}
