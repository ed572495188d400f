//! Details in a router's ICMP error: its extension objects (RFC 4884), and the differences between the quoted header
//! and the header that was sent.

use std::ffi::OsStr;
use std::io::{self, Write};
use std::os::unix::ffi::OsStrExt;

use crate::config::Style;
use crate::event::{Altered, QuotedHeader, Rejection};
use crate::sanitize;
use crate::wire::extensions::{Interface, Labels, Object, Role};

/// Maximum objects in one line. An error has room for three hundred.
const MOST_OBJECTS: usize = 8;

/// Maximum octets printed of an unknown object.
const MOST_OCTETS: usize = 16;

/// The two bits of explicit congestion notification in the traffic class (RFC 3168).
const ECN: u8 = 0b11;

/// Writes all details, each in brackets: ` [MPLS label 16004 class 0 ttl 1] [sent ef, arrived cs0]`.
pub(super) fn text(line: &mut Vec<u8>, rejection: &Rejection<'_>, style: &Style) -> io::Result<()> {
    let mut objects = rejection.extensions.objects();
    for object in objects.by_ref().take(MOST_OBJECTS) {
        write!(line, " [")?;
        match object {
            Object::Labels(labels) => label_stack(line, labels)?,
            Object::Interface(interface) => self::interface(line, &interface, style)?,
            Object::Other {
                class,
                subtype,
                data,
            } => other(line, (class, subtype), data)?,
        }
        write!(line, "]")?;
    }
    match objects.count() {
        0 => {}
        more => write!(line, " [{more} more objects]")?,
    }
    match rejection.quoted {
        Some(quoted) => header(line, &quoted, rejection.problem.is_out_of_hops()),
        None => Ok(()),
    }
}

fn label_stack(line: &mut Vec<u8>, labels: Labels<'_>) -> io::Result<()> {
    write!(line, "MPLS")?;
    for (place, label) in labels.iter().enumerate() {
        let comma = if place == 0 { "" } else { "," };
        write!(
            line,
            "{comma} label {} class {} ttl {}",
            label.value, label.traffic_class, label.time_to_live
        )?;
    }
    Ok(())
}

fn interface(line: &mut Vec<u8>, interface: &Interface<'_>, style: &Style) -> io::Result<()> {
    let role = match interface.role {
        Role::Incoming => "in",
        Role::IncomingPart => "in, part",
        Role::Outgoing => "out",
        Role::NextHop => "next hop",
    };
    write!(line, "{role}:")?;
    if let Some(name) = interface.name {
        let name = sanitize::word_in(OsStr::from_bytes(name), style.charset);
        write!(line, " {name}")?;
    }
    if let Some(address) = interface.address {
        write!(line, " {address}")?;
    }
    if let Some(index) = interface.index {
        write!(line, " index {index}")?;
    }
    match interface.mtu {
        Some(mtu) => write!(line, " mtu {mtu}"),
        None => Ok(()),
    }
}

fn other(line: &mut Vec<u8>, (class, subtype): (u8, u8), data: &[u8]) -> io::Result<()> {
    write!(line, "class {class} subtype {subtype}")?;
    for (place, octet) in data.iter().take(MOST_OCTETS).enumerate() {
        let before = if place == 0 { ": " } else { "" };
        write!(line, "{before}{octet:02x}")?;
    }
    match data.len().saturating_sub(MOST_OCTETS) {
        0 => Ok(()),
        more => write!(line, " and {more} octets"),
    }
}

/// Writes changes of the header. After a time exceeded error, a time to live of 0 or 1 is expected.
fn header(line: &mut Vec<u8>, quoted: &QuotedHeader, is_out_of_hops: bool) -> io::Result<()> {
    if !is_out_of_hops || quoted.hop_limit > 1 {
        write!(line, " [ttl {} left]", quoted.hop_limit)?;
    }
    let class = quoted.traffic_class;
    if class.differs() {
        let (sent, arrived) = (traffic_class(class.sent), traffic_class(class.arrived));
        write!(line, " [sent {sent}, arrived {arrived}]")?;
    }
    match quoted.length.filter(Altered::differs) {
        Some(length) => {
            let (sent, arrived) = (length.sent, length.arrived);
            write!(line, " [length {sent} sent, {arrived} arrived]")
        }
        None => Ok(()),
    }
}

/// The name of a code point (RFC 2474, RFC 2597, RFC 3246, RFC 5865, RFC 8622), or the whole field if it has no name or
/// contains congestion notification.
fn traffic_class(field: u8) -> String {
    let point = field >> 2;
    match (field & ECN, point, point >> 3, point & 0b111) {
        (0, 46, ..) => "ef".to_owned(),
        (0, 44, ..) => "va".to_owned(),
        (0, 1, ..) => "le".to_owned(),
        (0, _, class, 0) => format!("cs{class}"),
        (0, _, class @ 1..=4, drop @ (2 | 4 | 6)) => format!("af{class}{}", drop / 2),
        _ => format!("{field:#04x}"),
    }
}

#[cfg(test)]
mod tests;
