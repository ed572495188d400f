//! Random orders.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;

fn numbers(length: u64, key: [u8; 16]) -> Vec<u64> {
    let order = Permutation::new(length, key);
    (0..length)
        .filter_map(|position| order.get(position))
        .collect()
}

#[test]
fn every_small_length_has_each_number_once() {
    for length in 0..600 {
        for key in [0, 1, 0xff] {
            let numbers = numbers(length, [key; 16]);
            assert_eq!(u64::try_from(numbers.len()).unwrap(), length);
            assert!(
                numbers
                    .iter()
                    .copied()
                    .collect::<BTreeSet<u64>>()
                    .into_iter()
                    .eq(0..length)
            );
        }
    }
}

#[test]
fn lengths_around_powers_and_squares_have_each_number_once() {
    for length in [
        65_534, 65_535, 65_536, 65_537, 99_856, 99_855, 99_857, 131_071,
    ] {
        let mut seen = vec![false; usize::try_from(length).unwrap()];
        for number in numbers(length, *b"an order of many") {
            let seen = &mut seen[usize::try_from(number).unwrap()];
            assert!(!*seen, "{number} of {length} twice");
            *seen = true;
        }
        assert!(seen.into_iter().all(|seen| seen));
    }
}

#[test]
fn greatest_length_does_not_overflow() {
    for length in [u64::MAX, u64::MAX - 1, 1 << 63, (1 << 32) + 1, 1 << 32] {
        let order = Permutation::new(length, [3; 16]);
        let positions = [0, 1, length / 2, length - 2, length - 1];
        let found: BTreeSet<u64> = positions.iter().filter_map(|&at| order.get(at)).collect();
        assert_eq!(found.len(), positions.len());
        assert!(found.iter().all(|&number| number < length));
        assert_eq!(order.get(length), None);
    }
}

#[test]
fn each_key_gives_another_order() {
    let one = numbers(1000, [1; 16]);
    assert_eq!(one, numbers(1000, [1; 16]));
    assert_ne!(one, numbers(1000, [2; 16]));
    // On average, a random order keeps one number in place, and half of the neighbours ascending.
    let kept = one.iter().zip(0..).filter(|&(&number, at)| number == at);
    assert!(kept.count() < 10);
    let rising = one.windows(2).filter(|pair| pair[0] < pair[1]).count();
    assert!((400..600).contains(&rising), "{rising}");
}

#[test]
fn each_number_comes_to_each_position() {
    let mut met = [[0_u32; 8]; 8];
    for key in 0..800_u128 {
        for (place, number) in numbers(8, key.to_le_bytes()).into_iter().enumerate() {
            met[place][usize::try_from(number).unwrap()] += 1;
        }
    }
    // Expected: 100 each, with a standard deviation of 10.
    assert!(
        met.iter().flatten().all(|count| (40..=180).contains(count)),
        "{met:?}"
    );
}

proptest! {
    #[test]
    fn each_number_comes_once(length in 0_u64..5000, key: [u8; 16]) {
        let numbers = numbers(length, key);
        let different: BTreeSet<u64> = numbers.iter().copied().collect();
        prop_assert!(different.into_iter().eq(0..length));
        prop_assert_eq!(u64::try_from(numbers.len()).unwrap(), length);
    }

    #[test]
    fn positions_of_a_great_length_have_different_numbers(
        length in 2_u64..,
        one: u64,
        other: u64,
        key: [u8; 16],
    ) {
        let (one, other) = (one % length, other % length);
        let order = Permutation::new(length, key);
        let (found, found_too) = (order.get(one).unwrap(), order.get(other).unwrap());
        prop_assert!(found < length && found_too < length);
        prop_assert_eq!(found == found_too, one == other);
    }
}
