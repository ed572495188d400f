//! A door to the readers of what the kernel tells, which are private otherwise: for the fuzz targets and for the replay
//! of their corpus (`tests/corpus`). Nothing else comes through here.

use std::net::SocketAddr;
use std::time::Duration;

use super::ErrorEntry;
use super::control::{ControlMessage, ControlMessages, Timestamps};
use super::queue::{self, Entry};

/// What one entry of a control buffer says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Said<'a> {
    /// When the datagram came in, since the epoch.
    Stamp(Duration),
    /// With what time to live or hop limit.
    HopLimit(u8),
    /// With which options in its IPv4 header.
    Options(&'a [u8]),
    /// What went wrong, and who sent the ICMP error.
    Error(Option<SocketAddr>),
    /// Anything else.
    Other,
}

/// All entries of a control buffer.
pub fn control_messages(buffer: &[u8]) -> impl Iterator<Item = Said<'_>> {
    #[allow(
        clippy::match_wildcard_for_single_variants,
        reason = "whatever else there is, or will be, is nothing that a target asks for"
    )]
    ControlMessages::new(buffer).map(|message| match message {
        ControlMessage::Timestamps(Timestamps {
            kernel: Some(stamp),
            ..
        }) => Said::Stamp(stamp),
        ControlMessage::HopLimit(limit) => Said::HopLimit(limit),
        ControlMessage::Options(options) => Said::Options(options),
        ControlMessage::ExtendedError(error) => Said::Error(error.offender),
        _ => Said::Other,
    })
}

/// Reads an entry of the error queue from its three parts, and shows it to `see`.
pub fn error_entry<T>(
    original: &[u8],
    name: &[u8],
    control: &[u8],
    see: impl FnOnce(Option<ErrorEntry>) -> T,
) -> T {
    match queue::interpret(original, name, control) {
        Some(Entry::Error(entry)) => see(Some(entry)),
        _ => see(None),
    }
}
