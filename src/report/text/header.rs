//! The first lines: the target and the probes.

use std::io::{self, Write};
use std::net::SocketAddr;

use crate::event::Destination;
use crate::report::{Names, address};
use crate::sanitize::{self, Charset};

/// Octets of the ICMP header and of the IPv4 header without options.
const HEADERS: usize = 8 + 20;

/// `PATTERN: 0x...`
pub(super) fn pattern(line: &mut Vec<u8>, octets: &[u8]) -> io::Result<()> {
    write!(line, "PATTERN: 0x")?;
    for octet in octets {
        write!(line, "{octet:02x}")?;
    }
    writeln!(line)
}

/// `PING host (address) ...`
pub(super) fn start(
    line: &mut Vec<u8>,
    destination: &Destination,
    charset: Charset,
    names: &mut dyn Names,
) -> io::Result<()> {
    let target = address::numeric(destination.target, names);
    let host = sanitize::word_in(&destination.host, charset);
    write!(line, "PING {host} ({target}) ")?;
    if let Some(label) = destination.flow_label {
        write!(line, ", flow 0x{label:05x}, ")?;
    }
    source(line, destination, charset, names)?;
    if let Some(smallest) = destination.smallest {
        return writeln!(line, "{smallest} to {} bytes of data.", destination.size);
    }
    match destination.target {
        SocketAddr::V4(_) => {
            let total = destination.size + HEADERS + destination.ip_options;
            writeln!(line, "{}({total}) bytes of data.", destination.size)
        }
        SocketAddr::V6(_) => writeln!(line, "{} data bytes", destination.size),
    }
}

/// `from address device: ` if the user chose one of them. iputils prints the space between them even without a device.
fn source(
    line: &mut Vec<u8>,
    destination: &Destination,
    charset: Charset,
    names: &mut dyn Names,
) -> io::Result<()> {
    if destination.source.is_none() && destination.device.is_none() {
        return Ok(());
    }
    let source = destination
        .source
        .map(|source| address::numeric(source, names));
    let source = source.unwrap_or_default();
    let device = sanitize::word_in(destination.device.as_deref().unwrap_or_default(), charset);
    write!(line, "from {source} {device}: ")
}

/// The kind of socket, for `rping -v`.
pub(super) fn socket(destination: &Destination) -> String {
    let kind = if destination.raw { "raw" } else { "ping" };
    format!("{kind} socket, identifier {}", destination.identifier)
}

#[cfg(test)]
pub(super) mod tests;
