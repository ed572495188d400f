//! The data of a probe: its pattern, and the differences of a reply from it.

/// Octets to which a short pattern is repeated, so that many octets are compared at once.
const UNROLLED: usize = 64;

/// One period of [`Pattern::Counting`].
const COUNTING: [u8; 256] = {
    let mut octets = [0; 256];
    let mut rest: &mut [u8] = &mut octets;
    let mut value = 0_u8;
    while let Some((octet, behind)) = rest.split_first_mut() {
        *octet = value;
        value = value.wrapping_add(1);
        rest = behind;
    }
    octets
};

/// The pattern that fills the data, from its first octet on.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Pattern {
    /// The octet at offset i is i modulo 256.
    #[default]
    Counting,
    /// These 1 to 16 octets, repeated. An empty pattern means zeros.
    Repeated(Vec<u8>),
}

impl Pattern {
    /// A whole number of periods of the pattern, never empty. It may be built in `storage`.
    fn block<'a>(&'a self, storage: &'a mut [u8; UNROLLED]) -> &'a [u8] {
        match self {
            Self::Counting => &COUNTING,
            Self::Repeated(round) if round.len() >= UNROLLED => round,
            Self::Repeated(round) => {
                for (octet, value) in storage.iter_mut().zip(round.iter().cycle()) {
                    *octet = *value;
                }
                let whole = UNROLLED - UNROLLED.checked_rem(round.len()).unwrap_or(0);
                storage.get(..whole).unwrap_or(storage)
            }
        }
    }
}

/// Fills `data` with `pattern`.
///
/// ```
/// use rping::wire::data::{Pattern, fill};
///
/// let mut data = [0; 5];
/// fill(&mut data, &Pattern::Repeated(vec![0xca, 0xfe]));
/// assert_eq!(data, [0xca, 0xfe, 0xca, 0xfe, 0xca]);
/// ```
pub fn fill(data: &mut [u8], pattern: &Pattern) {
    let mut storage = [0; UNROLLED];
    let block = pattern.block(&mut storage);
    for part in data.chunks_mut(block.len()) {
        for (octet, value) in part.iter_mut().zip(block) {
            *octet = *value;
        }
    }
}

/// The first octet of a reply that differs from the probe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mismatch<'a> {
    /// Its offset in the data.
    pub offset: usize,
    /// The octet that was sent.
    pub expected: u8,
    /// The octet that came back.
    pub found: u8,
    /// All data of the reply, for display.
    pub data: &'a [u8],
}

/// Finds the first octet of `data` at or after offset `from` that differs from the output of [`fill`].
///
/// ```
/// use rping::wire::data::{Pattern, compare};
///
/// let data = [0xff, 1, 2, 0x13];
/// let mismatch = compare(&data, &Pattern::Counting, 1).unwrap();
/// assert_eq!((mismatch.offset, mismatch.expected, mismatch.found), (3, 0x03, 0x13));
/// assert_eq!(compare(&data, &Pattern::Counting, 4), None);
/// ```
#[must_use]
pub fn compare<'a>(data: &'a [u8], pattern: &Pattern, from: usize) -> Option<Mismatch<'a>> {
    let mut storage = [0; UNROLLED];
    let block = pattern.block(&mut storage);
    let starts = (0..data.len()).step_by(block.len());
    for (start, part) in starts.zip(data.chunks(block.len())) {
        let skipped = from.saturating_sub(start);
        let (Some(part), Some(block)) = (part.get(skipped..), block.get(skipped..)) else {
            continue;
        };
        // Nearly always equal, and comparing slices is fast.
        if !block.starts_with(part)
            && let Some((within, expected, found)) = first_difference(part, block)
        {
            return Some(Mismatch {
                offset: start + skipped + within,
                expected,
                found,
                data,
            });
        }
    }
    None
}

/// Offset, expected and found octet of the first difference.
fn first_difference(part: &[u8], block: &[u8]) -> Option<(usize, u8, u8)> {
    let mut pairs = part.iter().zip(block).enumerate();
    let (offset, (found, expected)) = pairs.find(|(_, (found, expected))| found != expected)?;
    Some((offset, *expected, *found))
}

#[cfg(test)]
mod tests;
