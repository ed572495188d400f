//! Selects the targets of one shard.

use super::key::{Key, Run};
use super::overlap;
use crate::config::many::Shard;
use crate::target::hash::hash_of_address;

/// The targets of the other shards.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct OtherShards {
    pub(super) targets: u64,
    /// The sum of their hashes.
    pub(super) hash: u64,
}

/// Keeps the addresses of one shard. Those of other shards are counted and never stored.
pub(super) fn select<K: Key>(
    runs: Vec<Run<K>>,
    shard: Shard,
    others: &mut OtherShards,
) -> Vec<Run<K>> {
    let mut taken = Vec::new();
    for run in runs {
        for (key, hash) in hashes(&run) {
            if shard.takes(hash) {
                overlap::push(&mut taken, key, key, run.tag);
            } else {
                others.targets += 1;
                others.hash = others.hash.wrapping_add(hash);
            }
        }
    }
    taken
}

/// The sum of the hashes of all addresses, modulo 2^64.
pub(super) fn hash<K: Key>(runs: &[Run<K>]) -> u64 {
    let hashes = runs.iter().flat_map(hashes);
    hashes.fold(0, |sum, (_, hash)| sum.wrapping_add(hash))
}

/// The addresses of a run, each with its hash.
fn hashes<K: Key>(run: &Run<K>) -> impl Iterator<Item = (K, u64)> {
    let first = run.first;
    (0..=run.extra).map(move |distance| {
        let key = first.plus(distance);
        (key, hash_of_address(key.socket_address().ip()))
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::net::IpAddr;

    use crate::config::many::Shard;
    use crate::target::{Block, Builder, Edges, Limit, Specification, Targets};

    fn builder(words: &[&str]) -> Builder {
        let mut builder = Builder::new();
        for word in words {
            let block = match Specification::parse(word, Edges::Keep).unwrap() {
                Specification::Address { address, .. } => Block::from(address),
                Specification::Block { block, .. } => block,
                Specification::Name { ascii, .. } => panic!("{ascii} is a name"),
            };
            builder.add(block, 0, Some(word)).unwrap();
        }
        builder
    }

    fn shard(words: &[&str], number: u32, of: u32) -> Targets {
        let shard = Shard::new(number, of);
        assert!(shard.is_some());
        builder(words).build_shard(Limit::MAX, shard).unwrap()
    }

    fn addresses(targets: &Targets) -> Vec<IpAddr> {
        let addresses = (0..targets.len()).map(|number| targets.address(number).unwrap().ip());
        addresses.collect()
    }

    const LIST: [&str; 6] = [
        "192.0.2.9",
        "2001:db8::/121",
        "192.0.2.0/25",
        "192.0.2.128",
        "::ffff:192.0.2.7",
        "2001:db8::1:0-3f",
    ];

    #[test]
    fn each_target_is_in_one_shard_in_the_order_of_the_list() {
        let all = builder(&LIST).build(Limit::DEFAULT).unwrap();
        for of in 1..=5 {
            let shards: Vec<_> = (1..=of).map(|number| shard(&LIST, number, of)).collect();
            let mut seen = BTreeSet::new();
            for shard in &shards {
                assert!(!shard.is_empty() && shard.of_all_shards() == all.len());
                assert_eq!(
                    (shard.hash(), shard.duplicates()),
                    (all.hash(), all.duplicates())
                );
                let numbers: Vec<u64> = addresses(shard)
                    .iter()
                    .map(|address| all.find((*address, 0).into()).unwrap())
                    .collect();
                assert!(numbers.is_sorted(), "{numbers:?}");
                seen.extend(numbers);
            }
            assert_eq!(seen.len() as u64, all.len());
            let sum: u64 = shards.iter().map(Targets::len).sum();
            assert_eq!(sum, all.len(), "{of} shards");
        }
    }

    /// Expected from `PYTHONHASHSEED=0 python3`: `hash(ip_address("::ffff:192.0.2.1").packed) % 2**64 % 3 + 1`.
    #[test]
    fn shard_of_an_address_equals_that_of_python() {
        let last_octets = |number| -> Vec<u8> {
            let targets = shard(&["192.0.2.0/28"], number, 3);
            let octets = |address: &IpAddr| match address {
                IpAddr::V4(address) => address.octets()[3],
                IpAddr::V6(_) => panic!("{address}"),
            };
            addresses(&targets).iter().map(octets).collect()
        };
        let shards = [
            vec![2, 5, 8, 9, 10, 11, 14, 15],
            vec![3],
            vec![0, 1, 4, 6, 7, 12, 13],
        ];
        assert_eq!([1, 2, 3].map(last_octets), shards);
    }

    #[test]
    fn networks_ranges_and_addresses_are_divided_alike() {
        let words: Vec<String> = (0..64).map(|last| format!("192.0.2.{last}")).collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        for number in 1..=4 {
            let of_words = addresses(&shard(&words, number, 4));
            assert_eq!(addresses(&shard(&["192.0.2.0/26"], number, 4)), of_words);
            assert_eq!(addresses(&shard(&["192.0.2.0-63"], number, 4)), of_words);
        }
    }

    #[test]
    fn additional_line_moves_no_target_to_another_shard() {
        let longer = [&["198.51.100.1-9"][..], &LIST, &["2001:db8::ffff"]].concat();
        for number in 1..=3 {
            let before = addresses(&shard(&LIST, number, 3));
            let after = addresses(&shard(&longer, number, 3));
            assert!(before.iter().all(|address| after.contains(address)));
        }
        assert_ne!(shard(&longer, 1, 3).hash(), shard(&LIST, 1, 3).hash());
    }

    #[test]
    fn hash_of_a_list_depends_on_its_targets_and_not_on_their_order() {
        let reversed: Vec<&str> = LIST.iter().rev().copied().collect();
        let twice = [LIST, LIST].concat();
        let hash = shard(&LIST, 1, 1).hash();
        assert_eq!(shard(&reversed, 1, 2).hash(), hash);
        assert_eq!(shard(&twice, 2, 2).hash(), hash);
        assert_ne!(shard(&LIST[..5], 1, 1).hash(), hash);
    }

    #[test]
    fn labels_and_marks_match_the_targets_of_a_shard() {
        let all = builder(&LIST).build(Limit::DEFAULT).unwrap();
        let mut marked = builder(&LIST[..3]);
        marked.mark();
        let half = Shard::new(1, 2);
        let before = marked.build_shard(Limit::DEFAULT, half).unwrap();
        assert_eq!(before.marks(), [before.len()]);
        let some = shard(&LIST, 1, 2);
        for number in 0..some.len() {
            let address = some.address(number).unwrap();
            assert_eq!(some.find(address), Some(number));
            assert_eq!(some.label(number), all.label(all.find(address).unwrap()));
        }
    }

    #[test]
    fn shards_of_a_network_are_of_even_size_and_take_little_memory() {
        for number in 1..=4 {
            let quarter = shard(&["198.18.0.0/16"], number, 4);
            // Three standard deviations of a fair choice.
            assert!(quarter.len().abs_diff(16_384) < 333, "{}", quarter.len());
        }
        let half = shard(&["10.0.0.0/12"], 1, 2);
        let octets = half.ipv4.octets() as u64;
        assert!(octets < half.of_all_shards() * 9 / 2, "{octets}");
    }

    #[test]
    fn limit_counts_the_targets_of_all_shards() {
        for number in 1..=4 {
            let build = |limit| {
                let builder = builder(&["192.0.2.0/24"]);
                builder.build_shard(Limit::new(limit), Shard::new(number, 4))
            };
            assert!(build(256).is_ok());
            assert_eq!(build(255).unwrap_err().count, 256);
        }
    }
}
