//! Formats replies to IPv6 node information queries (RFC 4620), in iputils' words.

use std::fmt::Display;
use std::io::{self, Write};

use crate::wire::node_information::{Answer, Name, Reply, Status};

/// Writes a reply and the sequence number of its query.
pub(super) fn text(line: &mut Vec<u8>, reply: &Reply<'_>, sequence: u16) -> io::Result<()> {
    match reply.status {
        Status::Success => answer(line, reply)?,
        Status::Refused => write!(line, " refused")?,
        Status::UnknownQuery => write!(line, " unknown")?,
        Status::Other(code) => write!(line, " unknown code({code:02x})")?,
    }
    write!(line, "; seq={sequence};")
}

fn answer(line: &mut Vec<u8>, reply: &Reply<'_>) -> io::Result<()> {
    match &reply.answer {
        Answer::None => Ok(()),
        Answer::Names { names, .. } => {
            let mut any = false;
            for found in names.clone() {
                separate(line, any)?;
                name(line, &found)?;
                any = true;
            }
            if any {
                Ok(())
            } else {
                write!(line, " parse error (truncated)")
            }
        }
        Answer::Ipv6(found) => addresses(
            line,
            found.clone().map(|(_, address)| address),
            reply.truncated,
        ),
        Answer::Ipv4(found) => addresses(
            line,
            found.clone().map(|(_, address)| address),
            reply.truncated,
        ),
        Answer::Unknown(_) => write!(line, " unknown qtype(0x{:02x})", reply.query_type),
    }
}

fn addresses<A: Display>(
    line: &mut Vec<u8>,
    addresses: impl Iterator<Item = A>,
    truncated: bool,
) -> io::Result<()> {
    for (index, address) in addresses.enumerate() {
        separate(line, index > 0)?;
        write!(line, "{address}")?;
    }
    if truncated {
        write!(line, " (truncated)")
    } else {
        Ok(())
    }
}

fn separate(line: &mut Vec<u8>, again: bool) -> io::Result<()> {
    write!(line, "{}", if again { ", " } else { " " })
}

/// Writes a name, with invisible characters as `\ooo`.
fn name(line: &mut Vec<u8>, name: &Name<'_>) -> io::Result<()> {
    for octet in name.text() {
        if octet.is_ascii_graphic() {
            line.push(octet);
        } else {
            write!(line, "\\{octet:03o}")?;
        }
    }
    if name.fully_qualified {
        write!(line, ".")
    } else {
        Ok(())
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::wire::node_information::parse_reply;

    /// A reply to sequence number 1 with this code, Qtype, flags and data.
    pub(crate) fn octets(code: u8, query_type: u8, flags: u8, data: &[u8]) -> Vec<u8> {
        let mut octets = vec![
            140, code, 0, 0, 0, query_type, 0, flags, 0, 1, 0, 0, 0, 0, 0, 0,
        ];
        octets.extend(data);
        octets
    }

    fn printed(octets: &[u8]) -> String {
        let mut line = Vec::new();
        text(&mut line, &parse_reply(octets).unwrap(), 1).unwrap();
        String::from_utf8(line).unwrap()
    }

    #[test]
    fn names() {
        let one = octets(0, 2, 0, b"\0\0\0\0\x04host\x07example\0");
        assert_eq!(printed(&one), " host.example.; seq=1;");
        let two = octets(0, 2, 0, b"\0\0\0\0\x04host\0\0\x01b\0");
        assert_eq!(printed(&two), " host, b.; seq=1;");
    }

    #[test]
    fn hostile_names() {
        let hostile = octets(0, 2, 0, b"\0\0\0\0\x06\x1b[2J\x9b\n\0\0");
        assert_eq!(printed(&hostile), " \\033[2J\\233\\012; seq=1;");
        let broken = octets(0, 2, 0, b"\0\0\0\0\x3fx");
        assert_eq!(printed(&broken), " parse error (truncated); seq=1;");
    }

    #[test]
    fn ipv4_addresses() {
        let two = octets(0, 4, 1, &[0, 0, 0, 0, 10, 0, 0, 1, 0, 0, 0, 0, 10, 0, 0, 2]);
        assert_eq!(printed(&two), " 10.0.0.1, 10.0.0.2 (truncated); seq=1;");
    }

    #[test]
    fn ipv6_addresses() {
        let one = octets(
            0,
            3,
            0,
            &[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
        );
        assert_eq!(printed(&one), " ::1; seq=1;");
    }

    #[test]
    fn no_answer() {
        assert_eq!(printed(&octets(1, 2, 0, &[])), " refused; seq=1;");
        assert_eq!(printed(&octets(2, 2, 0, &[])), " unknown; seq=1;");
        assert_eq!(printed(&octets(7, 2, 0, &[])), " unknown code(07); seq=1;");
        assert_eq!(
            printed(&octets(0, 9, 0, &[])),
            " unknown qtype(0x09); seq=1;"
        );
    }
}
