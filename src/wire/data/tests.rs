use super::*;

/// More than two periods of every pattern.
const LENGTH: usize = 600;

fn filled(pattern: &Pattern) -> Vec<u8> {
    let mut data = vec![0xa5; LENGTH];
    fill(&mut data, pattern);
    data
}

/// Patterns of every length that the command line allows, and of some others.
fn patterns() -> impl Iterator<Item = Pattern> {
    let lengths = (0..=17).chain([63, 64, 65, 200, 599, 600, 601]);
    lengths
        .map(|length| Pattern::Repeated((1..=255).cycle().take(length).collect()))
        .chain([Pattern::Counting])
}

#[test]
fn counting_starts_with_the_data_and_wraps_after_255() {
    let data = filled(&Pattern::Counting);
    for (offset, octet) in data.iter().enumerate() {
        assert_eq!(usize::from(*octet), offset % 256);
    }
}

#[test]
fn a_pattern_of_any_length_is_repeated() {
    for length in (1..=17).chain([63, 64, 65, 200]) {
        let round: Vec<u8> = (1..=255).cycle().take(length).collect();
        let data = filled(&Pattern::Repeated(round.clone()));
        for (offset, octet) in data.iter().enumerate() {
            assert_eq!(
                *octet,
                round[offset % length],
                "pattern of {length} at {offset}"
            );
        }
    }
}

#[test]
fn an_empty_pattern_is_zeros() {
    assert_eq!(filled(&Pattern::Repeated(Vec::new())), [0; LENGTH]);
}

#[test]
fn what_was_filled_compares_equal() {
    for pattern in patterns() {
        let data = filled(&pattern);
        for from in [
            0,
            1,
            7,
            8,
            64,
            255,
            256,
            257,
            LENGTH - 1,
            LENGTH,
            LENGTH + 1,
            usize::MAX,
        ] {
            assert_eq!(
                compare(&data, &pattern, from),
                None,
                "{pattern:?} from {from}"
            );
        }
        assert_eq!(compare(&[], &pattern, 0), None);
    }
}

#[test]
fn an_altered_octet_is_found_wherever_it_is() {
    for pattern in patterns() {
        let mut data = filled(&pattern);
        for offset in 0..LENGTH {
            let expected = data[offset];
            let found = expected ^ 0x10;
            data[offset] = found;
            let mismatch = Mismatch {
                offset,
                expected,
                found,
                data: &data,
            };
            assert_eq!(compare(&data, &pattern, 0), Some(mismatch));
            assert_eq!(compare(&data, &pattern, offset), Some(mismatch));
            assert_eq!(compare(&data, &pattern, offset + 1), None);
            data[offset] = expected;
        }
    }
}

#[test]
fn the_first_of_many_differences_at_or_behind_the_start_is_given() {
    let mut data = filled(&Pattern::Counting);
    for offset in [0, 3, 255, 256, 599] {
        data[offset] = !data[offset];
    }
    let found = |from| compare(&data, &Pattern::Counting, from).map(|mismatch| mismatch.offset);
    assert_eq!(found(0), Some(0));
    assert_eq!(found(1), Some(3));
    assert_eq!(found(4), Some(255));
    assert_eq!(found(256), Some(256));
    assert_eq!(found(257), Some(599));
    assert_eq!(found(600), None);
}
