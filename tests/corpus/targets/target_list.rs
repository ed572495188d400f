//! A file of targets: valid and invalid lines, with labels.

use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};

use rping::sanitize;
use rping::target::list::{LONGEST_LABEL, Lines};
use rping::target::{Block, Builder, Edges, Limit, Specification};

/// Up to this many addresses are also kept in a plain set.
const FEW: u128 = 2048;

/// The first octet selects the treatment of network edges, and which lines are exclusions.
pub fn check(octets: &[u8]) {
    let (&first, file) = octets.split_first().unwrap_or((&0, &[]));
    let edges = if first & 1 == 0 {
        Edges::Drop
    } else {
        Edges::Keep
    };
    let mut builder = Builder::new();
    let (mut named, mut excluded) = (Vec::new(), Vec::new());
    let lines = file.split(|&octet| octet == b'\n').count();
    let mut last = 0;
    for line in Lines::of_targets("hosts\n.txt", file, edges) {
        let line = match line {
            Ok(line) => line,
            Err(bad) => {
                let text = bad.to_string();
                assert_eq!(text, sanitize::visible(&text));
                assert!(
                    text.starts_with(&format!("hosts\\x0a.txt:{}: ", bad.number)),
                    "{text}"
                );
                continue;
            }
        };
        assert!(line.number > last && line.number <= lines as u64);
        last = line.number;
        let label = line.label.as_deref();
        assert!(label.is_none_or(|label| (1..=LONGEST_LABEL).contains(&label.len())));
        let block = match line.specification {
            Specification::Name { ascii: name, .. } => {
                assert!(
                    name.bytes().all(|octet| (b'!'..=b'~').contains(&octet)),
                    "{name:?}"
                );
                continue;
            }
            Specification::Address { address, .. } => Block::from(address),
            Specification::Block { block, .. } => block,
        };
        assert!(block.first() <= block.last() && block.count() >= 1);
        if first & 2 != 0 && line.number % 3 == 0 {
            builder.exclude(block, 0);
            excluded.push(block);
        } else if builder.add(block, 0, label).is_ok() {
            named.push(block);
        }
    }
    let Ok(targets) = builder.build(Limit::MAX) else {
        return;
    };
    let all = named.iter().chain(&excluded).map(Block::count);
    if all.fold(0, u128::saturating_add) <= FEW {
        agrees(&targets, &named, &excluded);
    }
    for number in [0, targets.len() / 2, targets.len().saturating_sub(1)] {
        let address = targets.address(number);
        assert_eq!(address.is_some(), number < targets.len());
        assert_eq!(
            address.and_then(|address| targets.find(address)),
            address.map(|_| number)
        );
    }
    assert_eq!(targets.address(targets.len()), None);
}

/// Compares all addresses one by one.
fn agrees(targets: &rping::target::Targets, named: &[Block], excluded: &[Block]) {
    let excluded: BTreeSet<IpAddr> = excluded.iter().flat_map(addresses).collect();
    let mut expected: Vec<IpAddr> = Vec::new();
    let mut seen = BTreeSet::new();
    for address in named.iter().flat_map(addresses) {
        if !excluded.contains(&address) && seen.insert(address) {
            expected.push(address);
        }
    }
    let found = (0..targets.len()).filter_map(|number| targets.address(number));
    let found: Vec<IpAddr> = found.map(|address| address.ip()).collect();
    assert_eq!(found, expected);
    for (number, address) in expected.into_iter().enumerate() {
        assert_eq!(
            targets.find(SocketAddr::new(address, 0)),
            Some(number as u64)
        );
    }
}

fn addresses(block: &Block) -> Vec<IpAddr> {
    match (block.first(), block.last()) {
        (IpAddr::V4(first), IpAddr::V4(last)) => (first.to_bits()..=last.to_bits())
            .map(|bits| IpAddr::V4(bits.into()))
            .collect(),
        (IpAddr::V6(first), IpAddr::V6(last)) => (first.to_bits()..=last.to_bits())
            .map(|bits| IpAddr::V6(bits.into()))
            .collect(),
        other => panic!("a block of two families: {other:?}"),
    }
}
