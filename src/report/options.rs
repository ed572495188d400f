//! Formats the options of an IPv4 header: routes and time stamps.

use std::io::{self, Write};
use std::net::Ipv4Addr;

use super::{Names, address};
use crate::wire::options::{Ipv4Option, Options, Route, Stamp, Timestamps};

/// The last route printed. An unchanged route is not printed again.
#[derive(Debug, Default)]
pub(super) struct LastRoute(Vec<Ipv4Addr>);

/// Writes all options. Each line begins with the previous line's end.
pub(super) fn text(
    line: &mut Vec<u8>,
    octets: &[u8],
    last: &mut LastRoute,
    names: &mut dyn Names,
) -> io::Result<()> {
    for option in Options::new(octets) {
        match option {
            Ipv4Option::NoOperation => write!(line, "\nNOP")?,
            Ipv4Option::RecordRoute(route) => record_route(line, route, last, names)?,
            Ipv4Option::LooseSourceRoute(route) => source_route(line, 'L', route, names)?,
            Ipv4Option::StrictSourceRoute(route) => source_route(line, 'S', route, names)?,
            Ipv4Option::Timestamp(stamps) => timestamps(line, stamps, names)?,
            Ipv4Option::Unknown { kind, data: _ } => write!(line, "\nunknown option {kind:x}")?,
        }
    }
    Ok(())
}

fn record_route(
    line: &mut Vec<u8>,
    route: Route<'_>,
    last: &mut LastRoute,
    names: &mut dyn Names,
) -> io::Result<()> {
    if route.iter().len() == 0 {
        return Ok(());
    }
    if route.iter().eq(last.0.iter().copied()) {
        return write!(line, "\t(same route)");
    }
    last.0 = route.iter().collect();
    write!(line, "\nRR: ")?;
    addresses(line, route.iter(), names)
}

fn source_route(
    line: &mut Vec<u8>,
    initial: char,
    route: Route<'_>,
    names: &mut dyn Names,
) -> io::Result<()> {
    write!(line, "\n{initial}SRR: ")?;
    addresses(line, route.slots(), names)
}

fn addresses(
    line: &mut Vec<u8>,
    addresses: impl Iterator<Item = Ipv4Addr>,
    names: &mut dyn Names,
) -> io::Result<()> {
    for address in addresses {
        writeln!(line, "\t{}", address::named_v4(address, names))?;
    }
    Ok(())
}

/// The first standard time stamp is absolute, later ones are differences, except after a zero.
fn timestamps(line: &mut Vec<u8>, stamps: Timestamps<'_>, names: &mut dyn Names) -> io::Result<()> {
    if stamps.iter().next().is_none() {
        return Ok(());
    }
    write!(line, "\nTS: ")?;
    let (mut standard, mut other) = (0, 0);
    for entry in stamps.iter() {
        if let Some(address) = entry.address {
            write!(line, "\t{}", address::named_v4(address, names))?;
        }
        match entry.stamp {
            Stamp::Standard(stamp) => {
                since(line, stamp, &mut standard)?;
                writeln!(line)?;
            }
            Stamp::NonStandard(stamp) => {
                since(line, stamp, &mut other)?;
                writeln!(line, " not-standard")?;
            }
        }
    }
    match stamps.overflow() {
        0 => Ok(()),
        hops => writeln!(line, "Unrecorded hops: {hops}"),
    }
}

fn since(line: &mut Vec<u8>, stamp: u32, previous: &mut u32) -> io::Result<()> {
    if *previous == 0 {
        write!(line, "\t{stamp} absolute")?;
    } else {
        write!(line, "\t{}", i64::from(stamp) - i64::from(*previous))?;
    }
    *previous = stamp;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::NoNames;
    use proptest::prelude::*;

    fn printed_after(last: &mut LastRoute, octets: &[u8]) -> String {
        let mut line = Vec::new();
        text(&mut line, octets, last, &mut NoNames).unwrap();
        String::from_utf8(line).unwrap()
    }

    fn printed(octets: &[u8]) -> String {
        printed_after(&mut LastRoute::default(), octets)
    }

    #[test]
    fn a_recorded_route_and_the_same_again() {
        let route = [7, 15, 12, 10, 0, 0, 1, 10, 0, 0, 2, 0, 0, 0, 0];
        let other = [7, 15, 12, 10, 0, 0, 1, 10, 0, 0, 3, 0, 0, 0, 0];
        let mut last = LastRoute::default();
        assert_eq!(
            printed_after(&mut last, &route),
            "\nRR: \t10.0.0.1\n\t10.0.0.2\n"
        );
        assert_eq!(printed_after(&mut last, &route), "\t(same route)");
        assert_eq!(
            printed_after(&mut last, &other),
            "\nRR: \t10.0.0.1\n\t10.0.0.3\n"
        );
        assert_eq!(
            printed_after(&mut last, &route),
            "\nRR: \t10.0.0.1\n\t10.0.0.2\n"
        );
    }

    #[test]
    fn a_route_without_an_address() {
        assert_eq!(printed(&[7, 7, 4, 0, 0, 0, 0]), "");
    }

    #[test]
    fn source_routes() {
        assert_eq!(
            printed(&[131, 11, 4, 10, 0, 0, 1, 0, 0, 0, 0]),
            "\nLSRR: \t10.0.0.1\n\t0.0.0.0\n"
        );
        assert_eq!(
            printed(&[1, 137, 7, 8, 10, 0, 0, 1]),
            "\nNOP\nSSRR: \t10.0.0.1\n"
        );
    }

    #[test]
    fn time_stamps_only() {
        // 0x0370_bf72 is 57720690; the last but one is not standard.
        let octets = [
            68, 20, 21, 0x30, 3, 0x70, 0xbf, 0x72, 3, 0x70, 0xbf, 0x75, 0x80, 0, 0, 7, 3, 0x70,
            0xbf, 0x74,
        ];
        assert_eq!(
            printed(&octets),
            "\nTS: \t57720690 absolute\n\t3\n\t7 absolute not-standard\n\t-1\nUnrecorded hops: 3\n"
        );
    }

    #[test]
    fn time_stamps_that_are_not_standard() {
        let octets = [68, 12, 13, 0, 0x80, 0, 0, 7, 0x80, 0, 0, 9];
        assert_eq!(
            printed(&octets),
            "\nTS: \t7 absolute not-standard\n\t2 not-standard\n"
        );
    }

    #[test]
    fn time_stamps_with_addresses() {
        let octets = [
            68, 20, 21, 1, 10, 0, 0, 1, 0, 0, 0, 5, 10, 0, 0, 2, 0, 0, 0, 8,
        ];
        assert_eq!(
            printed(&octets),
            "\nTS: \t10.0.0.1\t5 absolute\n\t10.0.0.2\t3\n"
        );
        assert_eq!(printed(&[68, 12, 5, 1, 10, 0, 0, 1, 0, 0, 0, 0]), "");
    }

    #[test]
    fn others() {
        assert_eq!(printed(&[1, 148, 4, 0, 0]), "\nNOP\nunknown option 94");
        assert_eq!(printed(&[0, 148, 4, 0, 0]), "");
    }

    proptest! {
        #[test]
        fn any_octets_end_and_print_plain_text(octets in proptest::collection::vec(any::<u8>(), 0..41)) {
            let text = printed(&octets);
            prop_assert!(text.bytes().all(|octet| matches!(octet, b'\n' | b'\t' | b' '..=b'~')));
        }
    }
}
