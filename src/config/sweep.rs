//! `--sweep-size`: probes of growing size.

/// How many sizes there are about, where the step is not given.
const USUAL_SIZES: u16 = 20;

/// Which sizes are sent: each round has all of them, from the smallest to the largest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SizeSweep {
    /// Octets of data in the smallest probe.
    pub smallest: u16,
    /// Octets of data in the largest probe.
    pub largest: u16,
    /// How much larger the next size is; the last one may be closer.
    pub step: u16,
    /// How often each size is sent.
    pub rounds: u64,
}

impl SizeSweep {
    /// The step that makes about twenty sizes.
    #[must_use]
    pub fn usual_step(smallest: u16, largest: u16) -> u16 {
        let gaps = USUAL_SIZES - 1;
        largest.saturating_sub(smallest).div_ceil(gaps).max(1)
    }

    /// How many sizes there are.
    #[must_use]
    pub fn sizes(&self) -> u64 {
        let range = self.largest.saturating_sub(self.smallest);
        u64::from(range.div_ceil(self.step.max(1))) + 1
    }

    /// How many probes there are.
    #[must_use]
    pub fn probes(&self) -> u64 {
        self.sizes().saturating_mul(self.rounds)
    }

    /// The place of a probe's size among all sizes, where 0 is the smallest.
    #[must_use]
    pub fn place(&self, number: u64) -> u64 {
        number % self.sizes()
    }

    /// Octets of data of the size in this place.
    #[must_use]
    pub fn data(&self, place: u64) -> u16 {
        let further = u64::from(self.step).saturating_mul(place);
        let data = u64::from(self.smallest).saturating_add(further);
        u16::try_from(data).unwrap_or(u16::MAX).min(self.largest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sizes(smallest: u16, largest: u16, step: u16) -> Vec<u16> {
        let sweep = SizeSweep {
            smallest,
            largest,
            step,
            rounds: 1,
        };
        (0..sweep.probes())
            .map(|number| sweep.data(sweep.place(number)))
            .collect()
    }

    #[test]
    fn sizes_grow_by_the_step_and_end_with_the_largest() {
        assert_eq!(sizes(16, 46, 10), [16, 26, 36, 46]);
        assert_eq!(sizes(16, 40, 10), [16, 26, 36, 40]);
        assert_eq!(sizes(16, 16, 1), [16]);
        assert_eq!(sizes(65_000, 65_507, 65_507), [65_000, 65_507]);
    }

    #[test]
    fn rounds_begin_with_the_smallest_again() {
        let sweep = SizeSweep {
            smallest: 16,
            largest: 40,
            step: 10,
            rounds: 3,
        };
        assert_eq!((sweep.sizes(), sweep.probes()), (4, 12));
        assert_eq!(sweep.data(sweep.place(3)), 40);
        assert_eq!(sweep.data(sweep.place(4)), 16);
    }

    #[test]
    fn usual_step_makes_about_twenty_sizes() {
        for (smallest, largest) in [(16, 1472), (56, 65_507), (16, 35), (16, 16), (100, 130)] {
            let step = SizeSweep::usual_step(smallest, largest);
            let sizes = sizes(smallest, largest, step);
            assert!(sizes.len() <= 20, "{sizes:?}");
            assert!(step == 1 || sizes.len() > 10, "{sizes:?}");
        }
    }
}
