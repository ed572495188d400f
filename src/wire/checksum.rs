//! The Internet checksum of RFC 1071: the complement of the one's complement sum of 16-bit words.

/// A checksum over a message in parts, for example a header and its data.
///
/// The parts may have any length: the next part continues one of odd length, and only the end of the message is padded
/// with a zero octet (RFC 1071 section 1).
///
/// ```
/// use rping::wire::checksum::{Checksum, checksum};
///
/// let mut sum = Checksum::new();
/// sum.add(b"\x08\x00\x00");
/// sum.add(b"\x00\x00\x0d\x00\x25");
/// assert_eq!(sum.finish(), 0xf7cd);
/// assert_eq!(checksum(b"\x08\x00\x00\x00\x00\x0d\x00\x25"), 0xf7cd);
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct Checksum {
    /// The sum so far, at most 16 bits wide between calls of `add`, of words in the byte order of this machine.
    sum: u64,
    /// Whether the number of octets so far is odd, so that the next octet completes a word.
    half: bool,
}

impl Checksum {
    /// A checksum over nothing.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            sum: 0,
            half: false,
        }
    }

    /// Continues the message with `octets`.
    pub fn add(&mut self, octets: &[u8]) {
        let mut octets = octets;
        if self.half
            && let Some((&octet, rest)) = octets.split_first()
        {
            self.sum += u64::from(u16::from_ne_bytes([0, octet]));
            self.half = false;
            octets = rest;
        }
        self.add_from_word_boundary(octets);
        self.sum = fold(self.sum).into();
    }

    /// Adds 32 bits at a time, in the byte order of this machine, which is corrected at the end: RFC 1071 section 2 (B)
    /// and (C) show that neither changes the result.
    fn add_from_word_boundary(&mut self, octets: &[u8]) {
        let (words, rest) = octets.as_chunks::<4>();
        for word in words {
            // Wrapping lets the compiler add many words at once. It would take 16 GiB to wrap.
            self.sum = self.sum.wrapping_add(u32::from_ne_bytes(*word).into());
        }
        let last = match *rest {
            [] => [0, 0, 0, 0],
            [a] => [a, 0, 0, 0],
            [a, b] => [a, b, 0, 0],
            [a, b, c, ..] => [a, b, c, 0],
        };
        self.sum = self.sum.wrapping_add(u32::from_ne_bytes(last).into());
        self.half |= rest.len() % 2 == 1;
    }

    /// The value of the checksum field, if the field was zero when it was added.
    #[must_use]
    pub fn finish(self) -> u16 {
        u16::from_be(!fold(self.sum))
    }
}

/// Adds the carries until none is left: folding can carry again.
fn fold(sum: u64) -> u16 {
    let mut sum = sum;
    loop {
        match u16::try_from(sum) {
            Ok(folded) => return folded,
            Err(_) => sum = (sum & 0xffff) + (sum >> 16),
        }
    }
}

/// The checksum of a message whose checksum field is zero.
#[must_use]
pub fn checksum(octets: &[u8]) -> u16 {
    let mut sum = Checksum::new();
    sum.add(octets);
    sum.finish()
}

/// Whether a message with a checksum arrived unchanged (RFC 1071 section 1, step 3).
///
/// ```
/// use rping::wire::checksum::is_valid;
///
/// assert!(is_valid(b"\x08\x00\xf7\xcd\x00\x0d\x00\x25"));
/// assert!(!is_valid(b"\x08\x00\xf7\xcd\x00\x0d\x00\x26"));
/// ```
#[must_use]
pub fn is_valid(octets: &[u8]) -> bool {
    checksum(octets) == 0
}

#[cfg(test)]
mod tests;
