use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv6Addr;

use proptest::prelude::*;

use super::*;
use crate::target::{Block, Edges, Limit, Specification};

/// The block that a word names.
fn block(word: &str) -> Block {
    match Specification::parse(word, Edges::Keep).unwrap() {
        Specification::Address { address, .. } => Block::from(address),
        Specification::Block { block, .. } => block,
        Specification::Name { ascii: name, .. } => panic!("{name} is a name"),
    }
}

/// The targets of `words` without `excluded`.
fn targets(words: &[&str], excluded: &[&str]) -> Targets {
    let mut builder = Builder::new();
    for word in words {
        builder.add(block(word), 0, None).unwrap();
    }
    for word in excluded {
        builder.exclude(block(word), 0);
    }
    builder.build(Limit::MAX).unwrap()
}

/// The addresses of all targets in the order of their numbers.
fn all(targets: &Targets) -> impl Iterator<Item = SocketAddr> {
    (0..targets.len()).map(|number| targets.address(number).unwrap())
}

fn addresses(targets: &Targets) -> Vec<String> {
    all(targets)
        .map(|address| address.ip().to_string())
        .collect()
}

fn socket_address(address: &str, scope: u32) -> SocketAddr {
    match address.parse().unwrap() {
        IpAddr::V4(address) => address.socket_address(),
        IpAddr::V6(address) => Scoped { scope, address }.socket_address(),
    }
}

#[test]
fn targets_are_numbered_in_the_order_of_naming_and_ascending_in_a_block() {
    let targets = targets(
        &[
            "198.51.100.9",
            "2001:db8::1-2",
            "198.51.100.1-3",
            "2001:db8::",
        ],
        &[],
    );
    let named = [
        "198.51.100.9",
        "2001:db8::1",
        "2001:db8::2",
        "198.51.100.1",
        "198.51.100.2",
        "198.51.100.3",
        "2001:db8::",
    ];
    assert_eq!(addresses(&targets), named);
    assert_eq!(targets.len(), 7);
    for (number, address) in (0..).zip(named) {
        let address = socket_address(address, 0);
        assert_eq!(targets.address(number), Some(address));
        assert_eq!(targets.find(address), Some(number));
    }
    for other in [
        "198.51.100.0",
        "198.51.100.4",
        "198.51.100.10",
        "2001:db8::3",
        "::",
        "0.0.0.0",
    ] {
        assert_eq!(targets.find(socket_address(other, 0)), None, "{other}");
    }
    assert_eq!(targets.address(7), None);
    assert_eq!(targets.address(u64::MAX), None);
    assert!(!targets.is_empty());
}

#[test]
fn duplicate_target_keeps_the_position_of_its_first_mention() {
    let targets = targets(
        &[
            "198.51.100.2",
            "198.51.100.0/29",
            "198.51.100.4-9",
            "198.51.100.2",
        ],
        &[],
    );
    let octets = [2, 0, 1, 3, 4, 5, 6, 7, 8, 9].map(|octet| format!("198.51.100.{octet}"));
    assert_eq!(addresses(&targets), octets);
    assert_eq!(targets.duplicates(), 1 + 4 + 1);
}

#[test]
fn excluded_address_is_neither_target_nor_duplicate() {
    let targets = targets(
        &["198.51.100.0-7", "198.51.100.5-9", "2001:db8::1"],
        &[
            "198.51.100.3-5",
            "198.51.100.5-6",
            "198.51.100.8",
            "203.0.113.0/24",
            "2001:db8::/32",
        ],
    );
    let octets = [0, 1, 2, 7, 9].map(|octet| format!("198.51.100.{octet}"));
    assert_eq!(addresses(&targets), octets);
    assert_eq!(targets.duplicates(), 1);
}

#[test]
fn rest_of_a_block_keeps_its_order() {
    let excluded: Vec<String> = (0..128)
        .map(|half| format!("198.51.100.{}", half * 2))
        .collect();
    let excluded: Vec<&str> = excluded.iter().map(String::as_str).collect();
    let targets = targets(&["198.51.100.0/24"], &excluded);
    let odd = (0..128).map(|half| format!("198.51.100.{}", half * 2 + 1));
    assert!(addresses(&targets).into_iter().eq(odd));
}

#[test]
fn all_may_be_excluded() {
    let none = targets(&["198.51.100.0/24", "::1"], &["0.0.0.0/0", "::/0"]);
    assert!(none.is_empty());
    assert_eq!(none.address(0), None);
    let nothing = targets(&[], &["0.0.0.0/0"]);
    assert_eq!(nothing.len(), 0);
}

#[test]
fn ends_of_the_address_space_are_targets() {
    let highest = "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff";
    let targets = targets(
        &[
            "255.255.255.254/31",
            "0.0.0.0/31",
            "255.255.255.255",
            highest,
            "::/127",
            "ffff::",
        ],
        &["255.255.255.254", "0.0.0.0", "::"],
    );
    assert_eq!(
        addresses(&targets),
        ["255.255.255.255", "0.0.0.1", highest, "::1", "ffff::"]
    );
    assert_eq!(targets.duplicates(), 1);
}

#[test]
fn link_local_addresses_differ_by_their_interface() {
    let mut builder = Builder::new();
    for scope in [3, 2, 3] {
        builder.add(block("fe80::1-3"), scope, None).unwrap();
    }
    builder.exclude(block("fe80::2"), 0);
    builder.exclude(block("fe80::3"), 2);
    let targets = builder.build(Limit::DEFAULT).unwrap();
    let expected = [("fe80::1", 3), ("fe80::3", 3), ("fe80::1", 2)]
        .map(|(address, scope)| socket_address(address, scope));
    assert_eq!(all(&targets).collect::<Vec<_>>(), expected);
    assert_eq!(targets.duplicates(), 2);
    assert_eq!(targets.find(expected[2]), Some(2));
    assert_eq!(targets.find(socket_address("fe80::1", 0)), None);
    assert_eq!(targets.find(socket_address("fe80::3", 2)), None);
}

#[test]
fn ipv4_mapped_address_is_the_ipv4_address() {
    let targets = targets(&["::ffff:198.51.100.1"], &[]);
    assert_eq!(addresses(&targets), ["198.51.100.1"]);
    assert_eq!(
        targets.find(socket_address("::ffff:198.51.100.1", 0)),
        Some(0)
    );
}

#[test]
fn label_of_an_address_has_priority_over_that_of_a_block() {
    let mut builder = Builder::new();
    for (word, label) in [
        ("198.51.100.0", None),
        ("198.51.100.1", Some("core")),
        ("198.51.100.0-3", Some("rack")),
        ("198.51.100.4-5", None),
        ("198.51.100.3", Some("printer")),
        ("198.51.100.3", Some("scanner")),
        ("198.51.100.5-7", Some("hall")),
        ("198.51.100.8-9", None),
        ("198.51.100.10-11", Some("attic")),
        ("198.51.100.12", None),
        ("203.0.113.1", Some("nobody")),
        ("2001:db8::1", Some("")),
    ] {
        builder.add(block(word), 0, label).unwrap();
    }
    builder.exclude(block("203.0.113.1"), 0);
    builder.exclude(block("198.51.100.6"), 0);
    let targets = builder.build(Limit::DEFAULT).unwrap();
    let labelled: Vec<&str> = (0..=targets.len())
        .map(|number| targets.label(number).unwrap_or("-"))
        .collect();
    assert_eq!(
        labelled.join(" "),
        "- core rack printer - - hall - - attic attic - - -"
    );
    assert_eq!(targets.label(u64::MAX), None);
}

#[test]
fn limit_ignores_duplicates_and_exclusions() {
    let build = |limit| {
        let mut builder = Builder::new();
        builder.add(block("198.18.0.0/15"), 0, None).unwrap();
        builder.add(block("198.18.0.0/16"), 0, None).unwrap();
        builder.add(block("2001:db8::1"), 0, None).unwrap();
        builder.exclude(block("198.18.0.1"), 0);
        builder.build(limit).map(|targets| targets.len())
    };
    assert_eq!(build(Limit::DEFAULT), Ok(131_072));
    let slip = build(Limit::new(131_071)).unwrap_err();
    assert_eq!(
        slip.to_string(),
        "131072 targets are more than the limit of 131071: give --limit 131072 if all are meant"
    );
}

#[test]
fn block_beyond_every_limit_is_rejected_at_once() {
    let mut builder = Builder::new();
    let slip = builder.add(block("2001:db8::/64"), 0, None).unwrap_err();
    assert!(
        slip.to_string().starts_with("18446744073709551616 targets"),
        "{slip}"
    );
    assert!(builder.add(block("::/0"), 0, None).is_err());
    builder.add(block("2001:db8::/96"), 0, None).unwrap();
    builder.add(block("0.0.0.0/0"), 0, None).unwrap();
    let slip = builder.build(Limit::MAX).unwrap_err();
    assert_eq!(slip.count, 1 << 33);
}

#[test]
fn all_of_ipv4_takes_as_much_memory_as_one_address() {
    let all = targets(&["0.0.0.0/0"], &[]);
    assert_eq!(all.len(), 1 << 32);
    let last = socket_address("255.255.255.255", 0);
    assert_eq!(all.address((1 << 32) - 1), Some(last));
    assert_eq!(all.find(last), Some((1 << 32) - 1));
    assert_eq!(all.address(1 << 32), None);
    let one = targets(&["198.51.100.1"], &[]);
    assert_eq!(octets(&all), octets(&one));
    assert_eq!(octets(&one), 16);
}

/// The memory of the index without labels, besides the structure itself.
fn octets(targets: &Targets) -> usize {
    targets.ipv4.octets() + targets.ipv6.octets()
}

/// Numbers of 32 bits without an order that are all different: the multiplier is odd.
fn scattered(count: u32) -> impl Iterator<Item = u32> + Clone {
    (0..count).map(|number| number.wrapping_mul(0x9e37_79b1))
}

#[test]
fn scattered_addresses_take_16_octets_each_or_32_for_ipv6() {
    assert_eq!(size_of::<Run<Ipv4Addr>>() + size_of::<u32>(), 16);
    assert_eq!(size_of::<Run<Scoped>>() + size_of::<u32>(), 32);
    let million = 1_000_000;
    let ipv4 = scattered(million).map(|bits| IpAddr::V4(Ipv4Addr::from_bits(bits)));
    let ipv6 = scattered(million).map(|bits| {
        let low = u128::from(bits) << 4;
        IpAddr::V6(Ipv6Addr::from_bits(0x2001_0db8 << 96 | low))
    });
    let build = |addresses: &mut dyn Iterator<Item = IpAddr>| {
        let mut builder = Builder::new();
        for address in addresses {
            builder.add(Block::from(address), 0, None).unwrap();
        }
        builder.build(Limit::MAX).unwrap()
    };
    let targets = build(&mut ipv4.clone());
    assert_eq!(targets.len(), u64::from(million));
    assert!(octets(&targets) <= 16_000_000);
    for (number, address) in (0..).zip(ipv4).step_by(1009) {
        assert_eq!(targets.find(SocketAddr::new(address, 7)), Some(number));
        assert_eq!(targets.address(number).unwrap().ip(), address);
    }
    let targets = build(&mut ipv6.clone());
    assert_eq!(targets.len(), u64::from(million));
    assert!(octets(&targets) <= 32_000_000);
    assert!(all(&targets).map(|address| address.ip()).eq(ipv6));
}

#[test]
fn consecutive_addresses_are_one_run() {
    let mut builder = Builder::new();
    for last in 0..=255 {
        let address = Ipv4Addr::new(198, 51, 100, last);
        let address = Block::from(IpAddr::from(address));
        builder.add(address, 0, Some("one")).unwrap();
    }
    let targets = builder.build(Limit::DEFAULT).unwrap();
    assert_eq!((targets.len(), octets(&targets)), (256, 16));
    assert_eq!(targets.label(255), Some("one"));
}

/// A mention of a block in a small space, so that blocks overlap in all ways.
#[derive(Debug, Clone)]
struct Mention {
    family: usize,
    scope: u32,
    first: u8,
    behind: u8,
    label: Option<String>,
}

/// The small spaces: at both ends of a family, and in the middle.
const SPACES: [&str; 5] = [
    "0.0.0.0",
    "255.255.255.192",
    "::",
    "fe80::",
    "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffc0",
];

/// The number of addresses in each.
const SPACE: u8 = 64;

impl Mention {
    fn address(&self, place: u8) -> IpAddr {
        match SPACES[self.family].parse().unwrap() {
            IpAddr::V4(start) => Ipv4Addr::plus(start, place.into()).into(),
            IpAddr::V6(address) => Scoped { scope: 0, address }
                .plus(place.into())
                .address
                .into(),
        }
    }

    fn places(&self) -> std::ops::RangeInclusive<u8> {
        self.first..=(self.first + self.behind).min(SPACE - 1)
    }

    fn block(&self) -> Block {
        let places = self.places();
        Block::new(self.address(*places.start()), self.address(*places.end())).unwrap()
    }

    fn addresses(&self) -> impl Iterator<Item = (IpAddr, u32)> {
        self.places().map(|place| {
            let address = self.address(place);
            (address, if address.is_ipv4() { 0 } else { self.scope })
        })
    }
}

fn mention() -> impl Strategy<Value = Mention> {
    let behind = prop_oneof![3 => Just(0), 2 => 0..8_u8, 1 => 0..SPACE];
    let label = prop::option::weighted(0.3, "[a-c]{0,2}");
    (0..SPACES.len(), 0..3_u32, 0..SPACE, behind, label).prop_map(
        |(family, scope, first, behind, label)| Mention {
            family,
            scope,
            first,
            behind,
            label,
        },
    )
}

fn mentions() -> impl Strategy<Value = Vec<Mention>> {
    prop::collection::vec(mention(), 0..24)
}

/// A naive model: targets as a list of single addresses.
#[derive(Debug, Default, PartialEq, Eq)]
struct Model {
    order: Vec<(IpAddr, u32)>,
    labels: Vec<Option<String>>,
    duplicates: u128,
}

impl Model {
    fn of(named: &[Mention], excluded: &[Mention]) -> Self {
        let not = |(address, scope): &(IpAddr, u32)| {
            excluded.iter().any(|mention| {
                let mut addresses = mention.addresses();
                addresses.any(|(other, at)| other == *address && (at == 0 || at == *scope))
            })
        };
        let mut model = Self::default();
        let mut own = BTreeMap::new();
        let mut of_blocks = BTreeMap::new();
        let mut seen = BTreeSet::new();
        for mention in named {
            let alone = mention.places().count() == 1;
            let label = mention.label.clone().filter(|label| !label.is_empty());
            for address in mention.addresses() {
                if not(&address) {
                    continue;
                }
                if let Some(label) = label.clone().filter(|_| alone) {
                    own.entry(address).or_insert(label);
                }
                if seen.insert(address) {
                    model.order.push(address);
                    of_blocks.insert(address, label.clone().filter(|_| !alone));
                } else {
                    model.duplicates += 1;
                }
            }
        }
        let label = |address| {
            own.get(address)
                .cloned()
                .or_else(|| of_blocks[address].clone())
        };
        model.labels = model.order.iter().map(label).collect();
        model
    }

    fn as_built(targets: &Targets) -> Self {
        Self {
            order: all(targets)
                .map(|address| (address.ip(), scope_of(address)))
                .collect(),
            labels: (0..targets.len())
                .map(|number| targets.label(number).map(str::to_owned))
                .collect(),
            duplicates: targets.duplicates(),
        }
    }
}

fn build(named: &[Mention], excluded: &[Mention]) -> Targets {
    let mut builder = Builder::new();
    for mention in named {
        builder
            .add(mention.block(), mention.scope, mention.label.as_deref())
            .unwrap();
    }
    for mention in excluded {
        builder.exclude(mention.block(), mention.scope);
    }
    builder.build(Limit::DEFAULT).unwrap()
}

/// The exclusions, joined after each of them.
fn joined(excluded: &[Mention]) -> Exclusions {
    let mut exclusions = Exclusions::default();
    for mention in excluded {
        exclusions.add(mention.block(), mention.scope);
        exclusions.join();
    }
    exclusions
}

/// The same with a compaction after each mention.
fn build_forgetting(named: &[Mention], excluded: &[Mention]) -> Targets {
    let mut builder = Builder::new();
    for mention in excluded {
        builder.exclude(mention.block(), mention.scope);
    }
    for mention in named {
        builder
            .add(mention.block(), mention.scope, mention.label.as_deref())
            .unwrap();
        builder.compact();
    }
    builder.build(Limit::DEFAULT).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn targets_equal_a_plain_list_of_addresses(
        named in mentions(),
        excluded in prop::collection::vec(mention(), 0..8),
    ) {
        let targets = build(&named, &excluded);
        prop_assert_eq!(Model::as_built(&targets), Model::of(&named, &excluded));
        let targets = build_forgetting(&named, &excluded);
        prop_assert_eq!(Model::as_built(&targets), Model::of(&named, &excluded));
    }

    #[test]
    fn each_address_is_found_by_its_number_and_no_other(
        named in mentions(),
        excluded in prop::collection::vec(mention(), 0..8),
        stranger in mention(),
    ) {
        let targets = build(&named, &excluded);
        for number in 0..targets.len() {
            let address = targets.address(number).unwrap();
            prop_assert_eq!(targets.find(address), Some(number));
        }
        prop_assert_eq!(targets.address(targets.len()), None);
        let all: BTreeSet<SocketAddr> = all(&targets).collect();
        for (address, scope) in stranger.addresses() {
            let address = socket_address(&address.to_string(), scope);
            prop_assert_eq!(targets.find(address).is_some(), all.contains(&address));
        }
    }

    #[test]
    fn joined_exclusions_hold_the_same_addresses(
        excluded in prop::collection::vec(mention(), 0..8),
        asked in mentions(),
    ) {
        let exclusions = joined(&excluded);
        for (address, scope) in asked.iter().flat_map(Mention::addresses) {
            let expected = excluded.iter().any(|mention| {
                mention.block().holds(address)
                    && (address.is_ipv4() || mention.scope == 0 || mention.scope == scope)
            });
            prop_assert_eq!(exclusions.holds(address, scope), expected);
        }
    }

    #[test]
    fn great_blocks_are_handled_like_small_ones(
        words in prop::collection::vec((any::<u32>(), 8_u8..=32), 1..6),
        probe: u32,
        position: u64,
    ) {
        let network = |&(address, length): &(u32, u8)| {
            Block::network(Ipv4Addr::from_bits(address).into(), length, Edges::Keep).unwrap()
        };
        let blocks: Vec<Block> = words.iter().map(network).collect();
        let mut builder = Builder::new();
        for block in &blocks {
            builder.add(*block, 0, None).unwrap();
        }
        let targets = builder.build(Limit::MAX).unwrap();
        let named: u128 = blocks.iter().map(Block::count).sum();
        prop_assert_eq!(u128::from(targets.len()) + targets.duplicates(), named);
        let probe = IpAddr::V4(Ipv4Addr::from_bits(probe));
        let within = blocks.iter().any(|block| (block.first()..=block.last()).contains(&probe));
        prop_assert_eq!(targets.find(SocketAddr::new(probe, 0)).is_some(), within);
        let number = position % targets.len();
        prop_assert_eq!(targets.find(targets.address(number).unwrap()), Some(number));
    }
}

#[test]
fn mark_counts_the_targets_named_before_it() {
    let mut builder = Builder::new();
    builder.mark();
    builder.exclude(block("192.0.2.4"), 0);
    for word in [
        "192.0.2.1",
        "192.0.2.2",
        "2001:db8::1",
        "192.0.2.1-4",
        "192.0.2.5",
    ] {
        builder.add(block(word), 0, None).unwrap();
        builder.mark();
    }
    builder.mark();
    let targets = builder.build(Limit::MAX).unwrap();
    assert_eq!(targets.marks(), [0, 1, 2, 3, 4, 5, 5]);
    let words = [
        "192.0.2.1",
        "192.0.2.2",
        "2001:db8::1",
        "192.0.2.3",
        "192.0.2.5",
    ];
    assert_eq!(addresses(&targets), words);
}

#[test]
fn endless_list_of_duplicates_takes_bounded_memory() {
    let mut builder = Builder::new();
    builder.exclude(block("198.51.100.7"), 0);
    for _ in 0..10_000 {
        for (word, label) in [
            ("198.51.100.9", Some("nine")),
            ("198.51.100.7", Some("seven")),
            ("198.51.100.0/29", Some("block")),
            ("198.51.100.3", None),
            ("2001:db8::9", Some("nine")),
            ("198.51.100.4", Some("four")),
            ("2001:db8::7", None),
            ("198.51.100.9", Some("again")),
        ] {
            for _ in 0..4 {
                builder.add(block(word), 0, label).unwrap();
            }
        }
    }
    // More than 1.5 million were added.
    assert!(builder.size() < 1 << 19, "{}", builder.size());
    let targets = builder.build(Limit::MAX).unwrap();
    let labelled = |number| (targets.address(number).unwrap().ip(), targets.label(number));
    let told: Vec<String> = (0..targets.len())
        .map(|number| format!("{:?}", labelled(number)))
        .collect();
    let mut expected = vec!["(198.51.100.9, Some(\"nine\"))".to_owned()];
    expected.extend((0..7).map(|octet| match octet {
        4 => "(198.51.100.4, Some(\"four\"))".to_owned(),
        _ => format!("(198.51.100.{octet}, Some(\"block\"))"),
    }));
    expected.push("(2001:db8::9, Some(\"nine\"))".to_owned());
    expected.push("(2001:db8::7, None)".to_owned());
    assert_eq!(told, expected);
    // Excluded addresses do not count.
    assert_eq!(targets.duplicates(), 40_000 * (2 + 7 + 1 + 1 + 1 + 1) - 10);
}
