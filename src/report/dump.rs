//! Octets that are worth a look: data that came back altered, a header that an ICMP error quotes.

use std::io::{self, Write};

use super::Names;
use super::options::{self, LastRoute};
use crate::config::Face;
use crate::wire::data::Mismatch;
use crate::wire::ipv4::{Header, Packet};

/// Where iputils begins to show data: behind the time stamp that it sends. A row has 32 octets.
const FIRST: usize = 16;
const ROW: usize = 32;

/// The most rows that are shown of one reply, so that a stream of altered large ones stays readable.
const MOST_ROWS: usize = 16;

/// Which octet differs, and the data in rows of 32, each line beginning with the end of the line before.
///
/// Under the name `ping` all of the data is shown, otherwise not more than 16 rows from the wrong octet on.
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
/// iputils prints the 16-bit fields in the byte order of the machine; so does the face `ping`, since that is what
/// its readers know. Octets that are no IPv4 header are not printed.
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
mod tests {
    use super::*;
    use crate::report::NoNames;

    fn counting(size: u8) -> Vec<u8> {
        (0..size).collect()
    }

    fn printed(mismatch: &Mismatch<'_>, face: Face) -> String {
        let mut line = Vec::new();
        wrong_data(&mut line, mismatch, face).unwrap();
        String::from_utf8(line).unwrap()
    }

    #[test]
    fn wrong_data_in_rows() {
        let mut data = counting(56);
        data[20] = 0xff;
        let mismatch = Mismatch {
            offset: 20,
            expected: 0x14,
            found: 0xff,
            data: &data,
        };
        for face in [Face::Ping, Face::Rping] {
            assert_eq!(
                printed(&mismatch, face),
                "\nwrong data byte #20 should be 0x14 but was 0xff\
                \n#16\t10 11 12 13 ff 15 16 17 18 19 1a 1b 1c 1d 1e 1f \
                20 21 22 23 24 25 26 27 28 29 2a 2b 2c 2d 2e 2f \
                \n#48\t30 31 32 33 34 35 36 37 "
            );
        }
    }

    #[test]
    fn wrong_data_at_the_start() {
        let data = [9, 1, 2];
        let mismatch = Mismatch {
            offset: 0,
            expected: 0,
            found: 9,
            data: &data,
        };
        assert_eq!(
            printed(&mismatch, Face::Ping),
            "\nwrong data byte #0 should be 0x0 but was 0x9\n#0\t9 1 2 "
        );
    }

    #[test]
    fn a_large_dump_is_bounded_under_the_name_rping() {
        let data = vec![0_u8; 65_507];
        let mismatch = Mismatch {
            offset: 1_050,
            expected: 1,
            found: 0,
            data: &data,
        };
        let whole = printed(&mismatch, Face::Ping);
        assert_eq!(whole.lines().count(), 2 + (65_507_usize - 16).div_ceil(32));
        let bounded = printed(&mismatch, Face::Rping);
        let lines: Vec<_> = bounded.lines().collect();
        assert_eq!(lines.len(), 2 + 16 + 1);
        assert!(lines[2].starts_with("#1040\t"), "{}", lines[2]);
        assert_eq!(lines[18], "(1999 more rows)");
        assert_eq!(32 + 16 + 1999, (65_507_usize - 16).div_ceil(32));
    }

    #[test]
    fn a_mismatch_behind_the_data_is_harmless() {
        let mismatch = Mismatch {
            offset: 70_000,
            expected: 1,
            found: 0,
            data: &[],
        };
        assert_eq!(
            printed(&mismatch, Face::Rping),
            "\nwrong data byte #70000 should be 0x1 but was 0x0"
        );
    }

    const QUOTED: [u8; 28] = [
        0x45, 0, 0, 0x54, 0x12, 0x34, 0x40, 0, 64, 1, 0xab, 0xcd, 10, 0, 0, 1, 10, 0, 0, 2, 8, 0,
        0xf7, 0xcd, 0, 13, 0, 37,
    ];

    fn quoted(octets: &[u8], face: Face) -> String {
        let mut line = Vec::new();
        original(
            &mut line,
            octets,
            face,
            &mut LastRoute::default(),
            &mut NoNames,
        )
        .unwrap();
        String::from_utf8(line).unwrap()
    }

    #[test]
    fn a_quoted_header() {
        assert_eq!(
            quoted(&QUOTED, Face::Rping),
            "Vr HL TOS  Len   ID Flg  off TTL Pro  cks      Src      Dst Data\n \
            4  5  00 0054 1234   2 0000  40  01 abcd 10.0.0.1  10.0.0.2 \n"
        );
    }

    #[test]
    #[cfg(target_endian = "little")]
    fn a_quoted_header_as_iputils_prints_it() {
        assert_eq!(
            quoted(&QUOTED, Face::Ping),
            "Vr HL TOS  Len   ID Flg  off TTL Pro  cks      Src      Dst Data\n \
            4  5  00 5400 3412   0 0040  40  01 cdab 10.0.0.1  10.0.0.2 \n"
        );
    }

    #[test]
    fn a_quoted_header_with_options_ends_its_line() {
        let mut octets = QUOTED[..20].to_vec();
        octets[0] = 0x46;
        octets.extend([1, 1, 1, 0]);
        assert!(quoted(&octets, Face::Rping).ends_with("10.0.0.2 \n\nNOP\nNOP\nNOP\n"));
    }

    #[test]
    fn what_is_no_header_is_not_printed() {
        for octets in [&[][..], &[0x45; 19], &[0x60; 40], &[0x4f; 20]] {
            assert_eq!(quoted(octets, Face::Rping), "");
        }
    }
}
