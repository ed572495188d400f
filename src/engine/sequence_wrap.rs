//! Sequence numbers repeat after 65,536 probes.

use crate::event::Standing;

/// Probes until a sequence number repeats.
pub(super) const WRAP: u64 = 65_536;

/// How many wraps back a token is recognized, so that an old reply is not taken for a forged one.
const REMEMBERED: u64 = 4;

/// Classifies a reply by its token. Returns `None` if the token matches the probe with this number, `Stale` if it is
/// the token of a probe 1 to 4 wraps ago, and otherwise `BadToken`. `fits` tells whether it is the token of a given
/// probe.
pub(super) fn classify_mismatch(number: u64, fits: impl Fn(u64) -> bool) -> Option<Standing> {
    if fits(number) {
        return None;
    }
    let is_old = earlier(number).any(fits);
    Some(if is_old {
        Standing::Stale
    } else {
        Standing::BadToken
    })
}

/// The numbers of the earlier probes with the same sequence number that are still recognized.
fn earlier(number: u64) -> impl Iterator<Item = u64> {
    (1..=REMEMBERED).filter_map(move |wraps| number.checked_sub(wraps * WRAP))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn earlier_numbers_reach_back_four_wraps_or_to_the_first_probe() {
        let before = |number| earlier(number).collect::<Vec<_>>();
        assert!(before(WRAP - 1).is_empty());
        assert_eq!(before(2 * WRAP + 5), [WRAP + 5, 5]);
        assert_eq!(before(9 * WRAP), [8 * WRAP, 7 * WRAP, 6 * WRAP, 5 * WRAP]);
    }
}
