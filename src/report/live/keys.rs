//! What a person types, from the octets that a terminal sends for it (ECMA-48, and what xterm does).

use std::mem;

/// Longer sequences are no keys.
const LONGEST: usize = 32;

/// A key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Key {
    /// A character that is visible, or a blank.
    Char(char),
    Up,
    Down,
    Left,
    Right,
    PageUp,
    PageDown,
    Home,
    End,
    Enter,
    Tab,
    BackTab,
    Backspace,
    Escape,
    /// Ctrl-C, where the terminal makes no signal of it.
    Interrupt,
}

/// Octets that are no whole key yet.
#[derive(Debug, Default)]
pub(super) struct Keys {
    octets: Vec<u8>,
    /// Whether they were there at the last tick.
    is_old: bool,
}

impl Keys {
    /// The keys in what was typed. An escape at its end may be the beginning of a sequence.
    pub(super) fn of(&mut self, typed: &[u8]) -> Vec<Key> {
        self.octets.extend_from_slice(typed);
        self.is_old = false;
        let octets = mem::take(&mut self.octets);
        let mut rest = octets.as_slice();
        let mut keys = Vec::new();
        while let Some((key, length)) = first(rest) {
            keys.extend(key);
            rest = rest.get(length.max(1)..).unwrap_or_default();
        }
        self.octets = rest.to_vec();
        keys
    }

    /// Some time has passed. A key if an escape was the beginning of nothing: no terminal sends a sequence in two parts so
    /// far apart.
    pub(super) fn tick(&mut self) -> Option<Key> {
        let was_old = mem::replace(&mut self.is_old, !self.octets.is_empty());
        if !was_old {
            return None;
        }
        self.is_old = false;
        let octets = mem::take(&mut self.octets);
        (octets == [ESC]).then_some(Key::Escape)
    }
}

const ESC: u8 = 0x1b;

/// The first key of these octets, if they are one that is known, and how many they are; none: more octets are needed.
fn first(octets: &[u8]) -> Option<(Option<Key>, usize)> {
    match octets {
        [] | [ESC] | [ESC, b'[' | b'O'] => None,
        [ESC, b'[', rest @ ..] => control_sequence(rest).map(|(key, length)| (key, length + 2)),
        [ESC, b'O', last, ..] => Some((single_shift(*last), 3)),
        // Alt with a key, or an escape and then a key: the escape is one.
        [ESC, ..] => Some((Some(Key::Escape), 1)),
        [octet @ (0..=0x1f | 0x7f), ..] => Some((control(*octet), 1)),
        _ => character(octets),
    }
}

fn control(octet: u8) -> Option<Key> {
    match octet {
        0x03 => Some(Key::Interrupt),
        0x08 | 0x7f => Some(Key::Backspace),
        b'\t' => Some(Key::Tab),
        b'\r' | b'\n' => Some(Key::Enter),
        _ => None,
    }
}

fn single_shift(last: u8) -> Option<Key> {
    match last {
        b'A' => Some(Key::Up),
        b'B' => Some(Key::Down),
        b'C' => Some(Key::Right),
        b'D' => Some(Key::Left),
        b'H' => Some(Key::Home),
        b'F' => Some(Key::End),
        b'M' => Some(Key::Enter),
        _ => None,
    }
}

/// What follows `ESC [`: parameters, and an octet that ends them.
fn control_sequence(octets: &[u8]) -> Option<(Option<Key>, usize)> {
    // The Linux console sends its function keys like this.
    if let [b'[', rest @ ..] = octets {
        return rest.first().map(|_| (None, 2));
    }
    let length = octets
        .iter()
        .position(|octet| !(0x20..0x40).contains(octet));
    let Some(length) = length else {
        return (octets.len() > LONGEST).then_some((None, octets.len()));
    };
    let parameters = octets.get(..length).unwrap_or_default();
    let number = parameters.split(|octet| *octet == b';').next();
    let key = match (octets.get(length)?, number.unwrap_or_default()) {
        (b'Z', _) => Some(Key::BackTab),
        (b'~', b"1" | b"7") => Some(Key::Home),
        (b'~', b"4" | b"8") => Some(Key::End),
        (b'~', b"5") => Some(Key::PageUp),
        (b'~', b"6") => Some(Key::PageDown),
        (b'~', _) => None,
        (last, _) => single_shift(*last).filter(|key| *key != Key::Enter),
    };
    Some((key, length + 1))
}

/// A character in UTF-8. An octet that begins none is passed over.
fn character(octets: &[u8]) -> Option<(Option<Key>, usize)> {
    let chunk = octets.utf8_chunks().next()?;
    if let Some(character) = chunk.valid().chars().next() {
        let key = (!character.is_control()).then_some(Key::Char(character));
        return Some((key, character.len_utf8()));
    }
    let invalid = chunk.invalid().len();
    // The rest of a character may follow.
    let may_go_on = invalid == octets.len() && invalid < 4 && octets.first() >= Some(&0xc2);
    (!may_go_on).then_some((None, invalid))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn typed(octets: &[u8]) -> Vec<Key> {
        Keys::default().of(octets)
    }

    #[test]
    fn keys_of_several_terminals_are_known() {
        for (octets, key) in [
            (&b"\x1b[A"[..], Key::Up),
            (b"\x1bOA", Key::Up),
            (b"\x1b[1;5B", Key::Down),
            (b"\x1b[5~", Key::PageUp),
            (b"\x1b[6;2~", Key::PageDown),
            (b"\x1b[H", Key::Home),
            (b"\x1b[1~", Key::Home),
            (b"\x1b[7~", Key::Home),
            (b"\x1bOF", Key::End),
            (b"\x1b[8~", Key::End),
            (b"\x1b[Z", Key::BackTab),
            (b"\t", Key::Tab),
            (b"\r", Key::Enter),
            (b"\n", Key::Enter),
            (b"\x7f", Key::Backspace),
            (b"\x08", Key::Backspace),
            (b"\x03", Key::Interrupt),
            (b"q", Key::Char('q')),
            ("\u{fc}".as_bytes(), Key::Char('\u{fc}')),
        ] {
            assert_eq!(typed(octets), [key], "{octets:?}");
        }
    }

    #[test]
    fn unknown_sequences_are_passed_over_as_a_whole() {
        for octets in [
            &b"\x1b[15~q"[..],
            b"\x1b[[Aq",
            b"\x1b[?1;2cq",
            b"\x1bOPq",
            b"\xffq",
            b"\x01q",
            b"\xc3\x28q",
        ] {
            let keys = typed(octets);
            assert_eq!(keys.last(), Some(&Key::Char('q')), "{octets:?}");
        }
    }

    #[test]
    fn sequence_that_comes_in_parts_is_one_key() {
        let mut keys = Keys::default();
        for octet in *b"\x1b[1;" {
            assert_eq!(keys.of(&[octet]), []);
        }
        assert_eq!(keys.of(b"2A"), [Key::Up]);
        assert_eq!(keys.of(&[0xc3]), []);
        assert_eq!(keys.of(&[0xbc]), [Key::Char('\u{fc}')]);
    }

    #[test]
    fn escape_alone_is_a_key_once_nothing_has_followed_from_one_tick_to_the_next() {
        let mut keys = Keys::default();
        assert_eq!(keys.of(b"\x1b"), []);
        assert_eq!(keys.tick(), None);
        assert_eq!(keys.tick(), Some(Key::Escape));
        assert_eq!((keys.tick(), keys.tick()), (None, None));
        assert_eq!(typed(b"\x1bq"), [Key::Escape, Key::Char('q')]);
        assert_eq!(typed(b"\x1b\x1b[A"), [Key::Escape, Key::Up]);
    }

    #[test]
    fn half_a_sequence_is_forgotten_in_time() {
        let mut keys = Keys::default();
        assert_eq!(keys.of(b"\x1b[1"), []);
        assert_eq!((keys.tick(), keys.tick()), (None, None));
        assert_eq!(keys.of(b"q"), [Key::Char('q')]);
    }

    proptest! {
        #[test]
        fn any_octets_are_some_keys_and_few_are_kept(octets: Vec<u8>) {
            let mut keys = Keys::default();
            let found = keys.of(&octets);
            prop_assert!(found.len() <= octets.len());
            prop_assert!(keys.octets.len() <= LONGEST + 2);
        }
    }
}
