//! The token in a probe's data, which authenticates its reply.
//!
//! A host that never saw the probe cannot guess its token, and a reply from an earlier wrap of the 16-bit sequence
//! numbers carries another one. The token is a keyed hash, so no table is kept. It contains no time: the engine never
//! believes a reply's claim about time.

use std::cell::Cell;
use std::hash::{Hash, Hasher};
use std::net::IpAddr;

use siphasher::sip128::{Hasher128, SipHasher24};

/// The longest token in octets; shorter data carries its first octets.
pub const TOKEN_LENGTH: usize = 16;

/// The token of one probe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token([u8; TOKEN_LENGTH]);

impl Token {
    /// The octets for the probe's data.
    #[must_use]
    pub fn octets(&self) -> &[u8; TOKEN_LENGTH] {
        &self.0
    }
}

/// What a reply carries in place of the token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Evidence<'a> {
    /// The probe's data had no room for a token.
    NotExpected,
    /// The octets at the token's place; shorter than a token where the data is.
    Octets(&'a [u8]),
    /// The reply is cut off before the end of the token.
    Missing,
}

impl Evidence<'_> {
    /// Whether the reply may answer the probe that carried `token`.
    #[must_use]
    pub fn fits(&self, token: &Token) -> bool {
        match self {
            Self::NotExpected => true,
            Self::Octets(octets) => token.0.starts_with(octets),
            Self::Missing => false,
        }
    }
}

/// The tokens of a run with one target.
#[derive(Debug, Clone)]
pub struct Tokens {
    /// The hash of what all tokens share, computed once.
    common: SipHasher24,
    /// The last probe and its token. In a flood most replies answer the newest probe, and a hash takes a twentieth of
    /// rping's instructions for an echo.
    newest: Cell<Option<(u64, Token)>>,
}

impl Tokens {
    /// `key` is a secret, new in each run.
    #[must_use]
    pub fn new(key: [u8; 16], target: IpAddr, identifier: u16) -> Self {
        let mut common = SipHasher24::new_with_key(&key);
        (target, identifier).hash(&mut common);
        Self {
            common,
            newest: Cell::new(None),
        }
    }

    /// The token of the probe with this number.
    #[must_use]
    pub fn of(&self, number: u64) -> Token {
        if let Some((_, token)) = self.newest.get().filter(|(newest, _)| *newest == number) {
            return token;
        }
        let mut hasher = self.common;
        hasher.write_u64(number);
        let token = Token(hasher.finish128().as_bytes());
        self.newest.set(Some((number, token)));
        token
    }
}

/// The tokens of a run with many targets.
///
/// The last four octets of a whole token encode the target's number, so that a reply from another address finds its
/// target. The others are the hash.
#[derive(Debug, Clone)]
pub struct TokensOfMany {
    keyed: SipHasher24,
    /// XOR mask for the target's number, so that the token of target 0 does not end in zeros.
    mask: u32,
}

impl TokensOfMany {
    /// `key` is a secret, new in each run.
    #[must_use]
    pub fn new(key: [u8; 16]) -> Self {
        let keyed = SipHasher24::new_with_key(&key);
        let [first, second, third, fourth, ..] = keyed.finish128().as_bytes();
        Self {
            keyed,
            mask: u32::from_be_bytes([first, second, third, fourth]),
        }
    }

    /// The token of this target's probe with this number.
    #[must_use]
    pub fn of(&self, target: u32, number: u32) -> Token {
        let mut hasher = self.keyed;
        hasher.write_u64(u64::from(target) << 32 | u64::from(number));
        let mut octets = hasher.finish128().as_bytes();
        if let Some((_, last)) = octets.split_last_chunk_mut() {
            *last = (target ^ self.mask).to_be_bytes();
        }
        Token(octets)
    }

    /// The target encoded in this token. [`Evidence::fits`] tells whether the token is genuine.
    #[must_use]
    pub fn target_of(&self, token: &[u8; TOKEN_LENGTH]) -> u32 {
        let [.., first, second, third, fourth] = *token;
        u32::from_be_bytes([first, second, third, fourth]) ^ self.mask
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    fn tokens(key: u8, last_octet: u8, identifier: u16) -> Tokens {
        let target = Ipv4Addr::new(198, 51, 100, last_octet);
        Tokens::new([key; 16], target.into(), identifier)
    }

    #[test]
    fn token_depends_on_key_number_target_and_identifier() {
        let one = tokens(1, 2, 3).of(4);
        assert_eq!(one, tokens(1, 2, 3).of(4));
        for other in [
            tokens(9, 2, 3).of(4),
            tokens(1, 9, 3).of(4),
            tokens(1, 2, 9).of(4),
            tokens(1, 2, 3).of(4 + 65_536),
        ] {
            assert_ne!(one, other);
        }
    }

    #[test]
    fn token_does_not_depend_on_earlier_calls() {
        let tokens = tokens(1, 2, 3);
        let repeated = [4, 4, 5, 4, 6, 5].map(|number| tokens.of(number));
        let alone = [4, 4, 5, 4, 6, 5].map(|number| self::tokens(1, 2, 3).of(number));
        assert_eq!(repeated, alone);
    }

    #[test]
    fn token_of_many_encodes_its_target() {
        let tokens = TokensOfMany::new([1; 16]);
        for target in [0, 1, 131_071, u32::MAX] {
            for number in [0, 7, 65_536] {
                let token = tokens.of(target, number);
                assert_eq!(tokens.target_of(token.octets()), target);
                // The first half is a hash of target and number.
                assert_ne!(
                    token.octets()[..8],
                    tokens.of(target, number + 1).octets()[..8]
                );
                assert_ne!(
                    token.octets()[..8],
                    tokens.of(target ^ 1, number).octets()[..8]
                );
            }
        }
        let other = TokensOfMany::new([2; 16]);
        assert_ne!(tokens.of(3, 4), other.of(3, 4));
    }

    #[test]
    fn evidence_is_compared_in_its_whole_length() {
        let token = tokens(1, 2, 3).of(4);
        let octets = token.octets();
        assert!(Evidence::Octets(octets).fits(&token));
        assert!(Evidence::Octets(&octets[..8]).fits(&token));
        assert!(Evidence::NotExpected.fits(&token));
        assert!(!Evidence::Missing.fits(&token));
        let mut altered = *octets;
        altered[15] ^= 1;
        assert!(!Evidence::Octets(&altered).fits(&token));
    }
}
