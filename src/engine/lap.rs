//! Sequence numbers repeat: a lap is as many probes as there are of them.

use crate::event::Standing;

/// Probes with different sequence numbers.
pub(super) const LAP: u64 = 65_536;

/// An answer to a probe of so many laps ago is told from one that is forged.
const REMEMBERED: u64 = 4;

/// What an answer about the probe of this number is worth that does not carry its token, where `fits` says whether it
/// carries that of a probe; none if it does.
pub(super) fn strange(number: u64, fits: impl Fn(u64) -> bool) -> Option<Standing> {
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

/// The numbers of earlier probes with the same sequence number, as far as they are remembered.
fn earlier(number: u64) -> impl Iterator<Item = u64> {
    (1..=REMEMBERED).filter_map(move |laps| number.checked_sub(laps * LAP))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_laps_are_remembered_and_none_before_the_first_probe() {
        let before = |number| earlier(number).collect::<Vec<_>>();
        assert_eq!(before(LAP - 1), []);
        assert_eq!(before(2 * LAP + 5), [LAP + 5, 5]);
        assert_eq!(before(9 * LAP), [8 * LAP, 7 * LAP, 6 * LAP, 5 * LAP]);
    }
}
