use proptest::prelude::*;

use super::*;

/// Formats what a word names as text.
fn read(word: &str) -> String {
    let text = |addresses: String, zone: Option<String>| match zone {
        Some(zone) => format!("{addresses} on {zone}"),
        None => addresses,
    };
    match Specification::parse(word, Edges::Drop) {
        Ok(Specification::Name { ascii: name, .. }) => format!("name {name}"),
        Ok(Specification::Address { address, zone }) => text(address.to_string(), zone),
        Ok(Specification::Block { block, zone }) => text(format!("block {block}"), zone),
        Err(error) => error.reason.to_string(),
    }
}

fn check(table: &[(&str, &str)]) {
    for (word, expected) in table {
        assert_eq!(&read(word), expected, "{word}");
    }
}

#[test]
fn hosts_are_parsed_as_hosts() {
    check(&[
        ("host.example", "name host.example"),
        ("BÜCHER.example", "name xn--bcher-kva.example"),
        ("198.51.100.1", "198.51.100.1"),
        ("127.1", "127.0.0.1"),
        ("2001:db8::1", "2001:db8::1"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("fe80::1%eth0", "fe80::1 on eth0"),
        ("::ffff:198.51.100.1", "198.51.100.1"),
    ]);
}

#[test]
fn name_with_hyphens_is_not_a_range() {
    check(&[
        ("my-host", "name my-host"),
        ("web-1", "name web-1"),
        ("10-20", "name 10-20"),
        ("10-0-0-1.example", "name 10-0-0-1.example"),
        (
            "198.51.100.10-static.example",
            "name 198.51.100.10-static.example",
        ),
        ("198.51.100.10-20.example", "name 198.51.100.10-20.example"),
        ("rack.1-a", "name rack.1-a"),
        ("web-1.198-51.example", "name web-1.198-51.example"),
    ]);
}

#[test]
fn network_is_named_by_any_of_its_addresses() {
    check(&[
        ("198.51.100.0/24", "block 198.51.100.1-198.51.100.254"),
        ("198.51.100.7/24", "block 198.51.100.1-198.51.100.254"),
        ("198.51.100.7/31", "block 198.51.100.6-198.51.100.7"),
        ("198.51.100.7/32", "block 198.51.100.7"),
        ("0.0.0.0/0", "block 0.0.0.1-255.255.255.254"),
        ("2001:db8::7/120", "block 2001:db8::-2001:db8::ff"),
        ("[2001:db8::7]/127", "block 2001:db8::6-2001:db8::7"),
        ("::/0", "block ::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
        ("fe80::%br-lan/120", "block fe80::-fe80::ff on br-lan"),
        ("::ffff:c633:6407/124", "block 198.51.100.1-198.51.100.14"),
        (
            "::ffff:198.51.100.7/120",
            "block 198.51.100.1-198.51.100.254",
        ),
    ]);
    let kept = Specification::parse("198.51.100.7/24", Edges::Keep).unwrap();
    let Specification::Block { block, .. } = kept else {
        panic!("{kept:?}");
    };
    assert_eq!(block.to_string(), "198.51.100.0-198.51.100.255");
}

#[test]
fn range_ends_with_an_address_or_another_last_part() {
    check(&[
        ("198.51.100.10-20", "block 198.51.100.10-198.51.100.20"),
        ("198.51.100.0-255", "block 198.51.100.0-198.51.100.255"),
        ("198.51.100.10-10", "block 198.51.100.10"),
        (
            "198.51.100.10-198.51.101.20",
            "block 198.51.100.10-198.51.101.20",
        ),
        (
            "::ffff:198.51.100.10-20",
            "block 198.51.100.10-198.51.100.20",
        ),
        ("2001:db8::1-2001:db8::ff", "block 2001:db8::1-2001:db8::ff"),
        ("2001:db8::1-ff", "block 2001:db8::1-2001:db8::ff"),
        ("2001:db8::1-20", "block 2001:db8::1-2001:db8::20"),
        ("2001:db8::-ffff", "block 2001:db8::-2001:db8::ffff"),
        (
            "[2001:db8::1]-[2001:db8::ff]",
            "block 2001:db8::1-2001:db8::ff",
        ),
    ]);
}

#[test]
fn hyphens_of_interfaces_and_ranges_are_distinguished() {
    check(&[
        ("fe80::1%br-lan", "fe80::1 on br-lan"),
        ("fe80::1%veth-a", "fe80::1 on veth-a"),
        ("fe80::1-ff%br-lan", "block fe80::1-fe80::ff on br-lan"),
        ("fe80::1-fe80::ff%eth0", "block fe80::1-fe80::ff on eth0"),
        ("fe80::1%eth0-fe80::ff", "block fe80::1-fe80::ff on eth0"),
        (
            "fe80::1%br-lan-fe80::ff",
            "block fe80::1-fe80::ff on br-lan",
        ),
        (
            "fe80::1%br-lan-fe80::ff%br-lan",
            "block fe80::1-fe80::ff on br-lan",
        ),
        (
            "[fe80::1%eth0]-[fe80::ff%eth0]",
            "block fe80::1-fe80::ff on eth0",
        ),
        ("[fe80::1%eth0]-ff", "block fe80::1-fe80::ff on eth0"),
        (
            "fe80::1%eth0-fe80::ff%eth1",
            "the ends of the range are on different interfaces: name one, at the end",
        ),
    ]);
}

#[test]
fn errors_say_what_is_allowed() {
    let ipv4 = "invalid IPv4 address: write four numbers from 0 to 255";
    let ipv6 = "invalid IPv6 address";
    let parts = "incomplete IPv4 address: write all four numbers, as in 198.51.100.0/24";
    let of_name = "a prefix length needs an address, as in 198.51.100.0/24";
    let length4 = "invalid prefix length: use a number from 0 to 32";
    let length6 = "invalid prefix length: use a number from 0 to 128";
    let port = "ping uses no ports: leave out the colon and the port";
    let url = "a URL is not a host: give only the host name or address in it";
    let mapped = "invalid prefix length: use a number from 96 to 128";
    let end4 = "invalid end of the range: use a number from 0 to 255 or an address, as in 198.51.100.10-20";
    let end6 = "invalid end of the range: use 1 to 4 hexadecimal digits or an address, as in 2001:db8::1-ff";
    let families = "the ends of the range are of different families: use IPv4 or IPv6 for both";
    let reversed = "the range ends before it begins: swap its ends";
    check(&[
        ("", "the host is empty: name a host or an address"),
        ("198.51.100.300", ipv4),
        ("198.51.100.300/24", ipv4),
        ("198.51.100.300-20", ipv4),
        ("10/8", parts),
        ("198.51.100/24", parts),
        ("198.51.100-198.51.101", parts),
        ("host.example/24", of_name),
        ("/24", "the host is empty: name a host or an address"),
        ("198.51.100.0/33", length4),
        ("198.51.100.0/", length4),
        ("198.51.100.0/-1", length4),
        ("198.51.100.0/+8", length4),
        ("198.51.100.0/024", length4),
        ("198.51.100.0/24/8", length4),
        ("198.51.100.0/255.255.255.0", length4),
        ("2001:db8::/129", length6),
        ("2001:db8::/1000", length6),
        ("fe80::/64%eth0", length6),
        ("::ffff:198.51.100.0/24", mapped),
        ("198.51.100.10-300", end4),
        ("198.51.100.10-", end4),
        ("198.51.100.10-020", end4),
        ("198.51.100.10-20-30", end4),
        ("198.51.100.10-100.20", end4),
        ("198.51.100.10-198.51.100.300", end4),
        ("2001:db8::1-10000", end6),
        ("2001:db8::1-0000f", end6),
        ("2001:db8::1-xyz", end6),
        ("2001:db8::1-", end6),
        ("2001:db8::1-+f", end6),
        ("2001:db8::198.51.0.1-20", end6),
        ("fe80::1-ff%", end6),
        ("198.51.100.1-2001:db8::1", families),
        ("2001:db8::1-198.51.100.1", families),
        ("198.51.100.20-10", reversed),
        ("198.51.100.20-198.51.100.19", reversed),
        ("2001:db8::2-1", reversed),
        ("2001:db8::g-ff", ipv6),
        ("host:80", port),
        ("198.51.100.1:80", port),
        ("[2001:db8::1]:443", port),
        ("web-1.example:443/24", port),
        ("http://web.example/", url),
        ("https://198.51.100.1:443", url),
        ("[2001:db8::1-ff]", ipv6),
    ]);
}

#[test]
fn error_is_one_short_line_with_the_word() {
    let told = |word: &str| {
        Specification::parse(word, Edges::Drop)
            .unwrap_err()
            .to_string()
    };
    assert_eq!(
        told("198.51.100.0/33"),
        "198.51.100.0/33: invalid prefix length: use a number from 0 to 32"
    );
    assert_eq!(told("a\x1b[2J\nb"), r"a\x1b[2J\x0ab: invalid host name");
    let reason = ": host name too long: at most 253 characters";
    for long in [
        "ü".repeat(100_000),
        "e\u{301}\u{302}\u{303}".repeat(30_000),
        "\u{301}".repeat(100_000),
    ] {
        let line = told(&long);
        let excerpt = line.strip_suffix(reason).unwrap_or_default();
        assert!(excerpt.contains("..."), "{line}");
        assert!(
            sanitize::columns(excerpt) <= 64 && line.len() < 1000,
            "{line}"
        );
    }
}

proptest! {
    #[test]
    fn any_text_is_parsed_without_panic(text: String) {
        let _ = Specification::parse(&text, Edges::Drop);
    }

    #[test]
    fn almost_valid_specification_is_parsed_without_panic(
        text in "[0-9a-f.:/%\\[\\]-]{0,40}",
        edges in prop_oneof![Just(Edges::Drop), Just(Edges::Keep)],
    ) {
        match Specification::parse(&text, edges) {
            Ok(Specification::Block { block, .. }) => prop_assert!(block.first() <= block.last()),
            Ok(_) => {}
            Err(error) => prop_assert!(error.to_string().is_ascii()),
        }
    }

    #[test]
    fn displayed_blocks_are_parsed_as_the_same(first: u32, behind: u16) {
        let first = Ipv4Addr::from_bits(first);
        let last = Ipv4Addr::from_bits(first.to_bits().saturating_add(behind.into()));
        let block = Block::new(first.into(), last.into()).unwrap();
        let read = Specification::parse(&block.to_string(), Edges::Drop).unwrap();
        let zone = None;
        if first == last {
            prop_assert_eq!(read, Specification::Address { address: first.into(), zone });
        } else {
            prop_assert_eq!(read, Specification::Block { block, zone });
        }
    }
}
