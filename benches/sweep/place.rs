//! Where everything here happens: a network namespace of its own, and the addresses in it.

use std::fs;
use std::io::{BufWriter, Write};
use std::net::Ipv4Addr;

use anyhow::{Context, Result};
use tempfile::NamedTempFile;

use crate::{netlink, sys};

/// The first of the addresses that answer: all of 127.0.0.0/8 does.
const ANSWERING: Ipv4Addr = Ipv4Addr::new(127, 1, 0, 0);

/// The first of those that do not: a network for benchmarks (RFC 2544).
const SILENT: Ipv4Addr = Ipv4Addr::new(198, 18, 0, 1);

/// One end of a wire to nowhere, and who is said to be at its other end.
const WIRE: &str = "sweep0";
const FAR_END: &str = "sweep1";
const HERE: Ipv4Addr = Ipv4Addr::new(198, 51, 100, 1);
const GATEWAY: Ipv4Addr = Ipv4Addr::new(198, 51, 100, 2);
const MTU: u32 = 1500;

/// Leaves the network of the machine for an empty one. To be called before there are threads: a namespace belongs to
/// the thread that made it and to what that thread starts.
pub(crate) fn enter() -> Result<()> {
    sys::unshare(libc::CLONE_NEWNET).context("cannot make a network namespace")?;
    netlink::up("lo", 0);
    // The kernel answers as often as it is asked.
    fs::write("/proc/sys/net/ipv4/icmp_ratelimit", "0")?;
    // Nobody at the other end takes packets that were sent to the address of this end: they vanish there, and nobody
    // complains. One gateway for all, or the kernel would have to keep a neighbour for each of them.
    netlink::add_veth(WIRE, FAR_END, MTU);
    netlink::up(WIRE, libc::IFF_NOARP);
    netlink::up(FAR_END, libc::IFF_NOARP);
    netlink::add_address(WIRE, HERE.into(), 30);
    netlink::add_default_route(WIRE, GATEWAY.into());
    Ok(())
}

/// So many addresses in a row.
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

    /// As rping reads a range.
    pub(crate) fn range(self) -> String {
        format!("{}-{}", self.first, self.last())
    }

    /// As fping reads one.
    pub(crate) fn ends(self) -> [String; 2] {
        [self.first.to_string(), self.last().to_string()]
    }

    /// A file with one address a line, for as long as it is held.
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
