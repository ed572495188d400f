//! Access to private parsers of kernel data, only for fuzz targets and the replay of their corpus (`tests/corpus`).

use std::net::SocketAddr;
use std::time::Duration;

use super::ErrorEntry;
use super::control::{ControlMessage, ControlMessages, Timestamps};
use super::queue::{self, Entry};

/// A parsed entry of a control buffer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Said<'a> {
    /// The arrival stamp, since the epoch.
    Stamp(Duration),
    /// The time to live or hop limit.
    HopLimit(u8),
    /// The options of the IPv4 header.
    Options(&'a [u8]),
    /// An error, with the sender of the ICMP error.
    Error(Option<SocketAddr>),
    /// Anything else.
    Other,
}

/// All entries of a control buffer.
pub fn control_messages(buffer: &[u8]) -> impl Iterator<Item = Said<'_>> {
    #[allow(
        clippy::match_wildcard_for_single_variants,
        reason = "fuzz targets do not use any other variant"
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

/// Parses an entry of the error queue from its three parts, and passes it to `see`.
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
