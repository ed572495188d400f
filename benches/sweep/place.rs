//! The network namespace of this benchmark, and its addresses.

use std::fs;
use std::io::{BufWriter, Write};
use std::net::Ipv4Addr;

use anyhow::{Context, Result};
use tempfile::NamedTempFile;

use crate::{netlink, sys};

/// The first answering address: all of 127.0.0.0/8 answers.
const ANSWERING: Ipv4Addr = Ipv4Addr::new(127, 1, 0, 0);

/// The first silent address, in a network for benchmarks (RFC 2544).
const SILENT: Ipv4Addr = Ipv4Addr::new(198, 18, 0, 1);

/// A veth interface, and its other end, which nothing reads.
const WIRE: &str = "sweep0";
const FAR_END: &str = "sweep1";
const HERE: Ipv4Addr = Ipv4Addr::new(198, 51, 100, 1);
const GATEWAY: Ipv4Addr = Ipv4Addr::new(198, 51, 100, 2);
const MTU: u32 = 1500;

/// Enters an empty network namespace. Must be called before threads start: a namespace belongs to the calling thread
/// and its later children.
pub(crate) fn enter() -> Result<()> {
    sys::unshare(libc::CLONE_NEWNET).context("cannot make a network namespace")?;
    netlink::up("lo", 0);
    // The kernel must not limit its replies.
    fs::write("/proc/sys/net/ipv4/icmp_ratelimit", "0")?;
    // The other end silently drops packets to the address of this end. A single gateway saves the kernel a neighbour
    // entry for each address.
    netlink::add_veth(WIRE, FAR_END, MTU);
    netlink::up(WIRE, libc::IFF_NOARP);
    netlink::up(FAR_END, libc::IFF_NOARP);
    netlink::add_address(WIRE, HERE.into(), 30);
    netlink::add_default_route(WIRE, GATEWAY.into());
    Ok(())
}

/// A row of addresses.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Addresses {
    pub(crate) first: Ipv4Addr,
    pub(crate) count: u32,
}

impl Addresses {
    pub(crate) fn answering(count: u32) -> Self {
        let first = ANSWERING;
        Self { first, count }
    }

    pub(crate) fn silent(count: u32) -> Self {
        let first = SILENT;
        Self { first, count }
    }

    pub(crate) fn all(self) -> impl Iterator<Item = Ipv4Addr> {
        let first = self.first.to_bits();
        (first..first + self.count).map(Ipv4Addr::from_bits)
    }

    fn last(self) -> Ipv4Addr {
        Ipv4Addr::from_bits(self.first.to_bits() + self.count - 1)
    }

    /// The range in rping's syntax.
    pub(crate) fn range(self) -> String {
        format!("{}-{}", self.first, self.last())
    }

    /// The range in fping's syntax.
    pub(crate) fn ends(self) -> [String; 2] {
        [self.first.to_string(), self.last().to_string()]
    }

    /// A file with one address a line. It is deleted when dropped.
    pub(crate) fn file(self) -> Result<NamedTempFile> {
        let file = NamedTempFile::new()?;
        let mut lines = BufWriter::new(&file);
        for address in self.all() {
            writeln!(lines, "{address}")?;
        }
        lines.flush()?;
        drop(lines);
        Ok(file)
    }
}
