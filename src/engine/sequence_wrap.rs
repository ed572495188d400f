//! Sequence numbers repeat after 65,536 probes.

use crate::event::Standing;

/// Probes until a sequence number repeats.
pub(super) const WRAP: u64 = 65_536;

/// How many wraps back a token is recognized: an answer to such a probe is told from a forged one.
const REMEMBERED: u64 = 4;

/// Classifies a token that does not match. Returns `None` if it matches the probe with this number, `Stale` if it is the
/// token of a probe 1 to 4 wraps ago, and otherwise `BadToken`. `fits` says whether it is the token of a probe.
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

/// The numbers of earlier probes with the same sequence number, as far back as they are recognized.
fn earlier(number: u64) -> impl Iterator<Item = u64> {
    (1..=REMEMBERED).filter_map(move |wraps| number.checked_sub(wraps * WRAP))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_wraps_are_recognized_and_none_before_the_first_probe() {
        let before = |number| earlier(number).collect::<Vec<_>>();
        assert!(before(WRAP - 1).is_empty());
        assert_eq!(before(2 * WRAP + 5), [WRAP + 5, 5]);
        assert_eq!(before(9 * WRAP), [8 * WRAP, 7 * WRAP, 6 * WRAP, 5 * WRAP]);
    }
}
