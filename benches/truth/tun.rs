//! The network namespace of this benchmark, with a TUN device.

use std::fs::{File, OpenOptions};
use std::io;

use anyhow::{Context, Result};

use crate::{echo, sys};

pub(crate) const NAME: &str = "truth0";

/// The device: reading returns sent packets, writing delivers packets.
pub(crate) struct Tun {
    pub(crate) device: File,
    pub(crate) index: i32,
}

/// Enters an empty network namespace. Must be called before threads start: a namespace belongs to the calling thread
/// and its later children.
pub(crate) fn enter_new_network() -> Result<()> {
    sys::new_network().context("cannot make a network namespace")?;
    sys::bring_up("lo").context("cannot bring the loopback interface up")
}

/// Opens the TUN driver, which needs permission. Its devices belong to the current namespace.
pub(crate) fn open() -> io::Result<File> {
    OpenOptions::new()
        .read(true)
        .write(true)
        .open("/dev/net/tun")
}

impl Tun {
    pub(crate) fn new(device: File) -> Result<Self> {
        sys::become_tun(&device, NAME).context("cannot make a TUN device")?;
        let index = sys::interface_index(NAME).context("the TUN device is not there")?;
        sys::set_ipv4(NAME, echo::ipv4(1), [255, 255, 255, 0].into())
            .context("cannot set the IPv4 address")?;
        sys::bring_up(NAME).context("cannot bring the TUN device up")?;
        sys::add_ipv6(index, echo::ipv6(1), 64).context("cannot add the IPv6 address")?;
        Ok(Self { device, index })
    }
}
