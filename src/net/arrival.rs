//! What the kernel says about a datagram besides its octets, in the terms of this program.

use std::net::SocketAddr;
use std::time::{Duration, SystemTime};

use super::control::{ControlMessage, ControlMessages, Timestamps};
use super::{Stamps, address};
use crate::clock::{Alignment, Moment};

/// The most octets of options that an IPv4 header holds.
pub(super) const IP_OPTIONS: usize = 40;

/// What came with a datagram.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Circumstances<'a> {
    /// Who sent it.
    pub(super) source: SocketAddr,
    /// Time to live or hop limit with which it arrived.
    pub(super) hop_limit: Option<u8>,
    /// The options of its IPv4 header, where the kernel has taken the header off; never more than fit into one.
    pub(super) options: &'a [u8],
    /// When it arrived, on the clocks of others.
    pub(super) stamps: Timestamps,
}

/// Reads the sender's address and the control messages; none if the kernel did not even say from whom it is.
pub(super) fn describe<'a>(name: &[u8], control: &'a [u8]) -> Option<Circumstances<'a>> {
    let mut found = Circumstances {
        source: address::from_octets(name)?,
        hop_limit: None,
        options: &[],
        stamps: Timestamps::default(),
    };
    for message in ControlMessages::new(control) {
        match message {
            ControlMessage::Timestamps(given) => found.stamps = given,
            ControlMessage::HopLimit(limit) => found.hop_limit = Some(limit),
            ControlMessage::Options(options) => {
                found.options = options.get(..IP_OPTIONS).unwrap_or(options);
            }
            ControlMessage::ExtendedError(_) | ControlMessage::Unknown => {}
        }
    }
    Some(found)
}

/// Stamps that were read by now, on the clocks that the engine knows.
pub(super) fn placed(clocks: &Alignment, given: Timestamps, read: Moment) -> Stamps {
    let placed = |since_epoch: Duration| {
        let stamp = SystemTime::UNIX_EPOCH.checked_add(since_epoch)?;
        clocks.place(stamp, read)
    };
    Stamps {
        kernel: given.kernel.and_then(placed),
        hardware: given.hardware,
    }
}
