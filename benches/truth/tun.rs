//! The network in which everything here happens: a namespace of its own, with a TUN device.

use std::fs::{File, OpenOptions};
use std::io;

use anyhow::{Context, Result};

use crate::{echo, sys};

pub(crate) const NAME: &str = "truth0";

/// The device: packets that leave are read from it, packets that arrive are written to it.
pub(crate) struct Tun {
    pub(crate) device: File,
    pub(crate) index: i32,
}

/// Leaves the network of the machine for an empty one. To be called before there are threads: a namespace belongs to
/// the thread that made it and to what that thread starts.
pub(crate) fn enter_new_network() -> Result<()> {
    sys::new_network().context("cannot make a network namespace")?;
    sys::bring_up("lo").context("cannot bring the loopback interface up")
}

/// Opens what makes devices, which needs permission. They will belong to the namespace that we are in now.
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
