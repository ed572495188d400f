//! Dumps octets: data that came back altered, and the header that an ICMP error quotes.

use std::io::{self, Write};

use super::Names;
use super::options::{self, LastRoute};
use crate::config::Face;
use crate::wire::data::Mismatch;
use crate::wire::ipv4::{Header, Packet};

/// iputils starts its dump here, after its time stamp. A row has 32 octets.
const FIRST: usize = 16;
const ROW: usize = 32;

/// Maximum rows for one reply, so that many large altered replies stay readable.
const MOST_ROWS: usize = 16;

/// The first octet that differs, then the data in rows of 32 octets; each line begins with the previous line's end.
///
/// Under the name `ping` all data is shown, otherwise at most 16 rows from the wrong octet on.
pub(super) fn wrong_data(
    line: &mut Vec<u8>,
    mismatch: &Mismatch<'_>,
    face: Face,
) -> io::Result<()> {
    let Mismatch {
        offset,
        expected,
        found,
        data,
    } = *mismatch;
    write!(
        line,
        "\nwrong data byte #{offset} should be 0x{expected:x} but was 0x{found:x}"
    )?;
    let first = if offset < FIRST { 0 } else { FIRST };
    let shown = data.get(first..).unwrap_or_default();
    let rows = shown.len().div_ceil(ROW);
    let (skipped, most) = match face {
        Face::Rping if rows > MOST_ROWS => ((offset - first) / ROW, MOST_ROWS),
        _ => (0, rows),
    };
    let start = first + skipped * ROW;
    for (index, row) in shown.chunks(ROW).skip(skipped).take(most).enumerate() {
        write!(line, "\n#{}\t", start + index * ROW)?;
        for octet in row {
            write!(line, "{octet:x} ")?;
        }
    }
    match rows.saturating_sub(skipped + most) {
        0 => Ok(()),
        more => write!(line, "\n({more} more rows)"),
    }
}

/// The header of the datagram that an ICMP error quotes, with its options, as whole lines.
///
/// iputils prints the 16-bit fields in the machine's byte order; so does the face `ping`, because scripts expect it.
/// Octets that are not an IPv4 header are not printed.
pub(super) fn original(
    line: &mut Vec<u8>,
    octets: &[u8],
    face: Face,
    last: &mut LastRoute,
    names: &mut dyn Names,
) -> io::Result<()> {
    let Ok(Packet { header, .. }) = Packet::parse_original(octets) else {
        return Ok(());
    };
    writeln!(
        line,
        "Vr HL TOS  Len   ID Flg  off TTL Pro  cks      Src      Dst Data"
    )?;
    fields(line, &header, face)?;
    options::text(line, header.options, last, names)?;
    if line.last() != Some(&b'\n') {
        writeln!(line)?;
    }
    Ok(())
}

fn fields(line: &mut Vec<u8>, header: &Header<'_>, face: Face) -> io::Result<()> {
    let order = |field: u16| match face {
        Face::Ping => u16::from_ne_bytes(field.to_be_bytes()),
        Face::Rping => field,
    };
    let fragment = order((u16::from(header.flags) << 13) | header.fragment_offset);
    write!(
        line,
        " {:1x}  {:1x}  {:02x}",
        header.version,
        header.header_length / 4,
        header.type_of_service
    )?;
    write!(
        line,
        " {:04x} {:04x}",
        order(header.total_length),
        order(header.identification)
    )?;
    write!(line, "   {:1x} {:04x}", fragment >> 13, fragment & 0x1fff)?;
    write!(
        line,
        "  {:02x}  {:02x} {:04x}",
        header.time_to_live,
        header.protocol,
        order(header.checksum)
    )?;
    writeln!(line, " {}  {} ", header.source, header.destination)
}

#[cfg(test)]
mod tests;
