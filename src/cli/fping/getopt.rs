//! Splits a command line into fping's options by a table, one by one, as fping's parser does.
//!
//! clap cannot do this: the error for two exclusive options depends on their order, and an unknown option is reported
//! in a text that scripts match, and only when its turn comes.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt as _;

use super::options::{Declared, Is, OPTIONS, Switch, Valued};

/// An option or another word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Item {
    Switch(Switch),
    Value(Valued, OsString),
    Word(OsString),
    /// The message of fping's parser.
    Bad(String),
}

/// The rest of a command line.
#[derive(Debug)]
pub(super) struct Items<'a> {
    words: std::slice::Iter<'a, OsString>,
    /// The letters after the last option in the same word.
    bundle: &'a [u8],
    /// Whether `--` was read.
    only_words: bool,
}

impl<'a> Items<'a> {
    pub(super) fn new(words: &'a [OsString]) -> Self {
        Self {
            words: words.iter(),
            bundle: &[],
            only_words: false,
        }
    }

    fn letter(&mut self, letter: u8) -> Item {
        let shown = char::from(letter);
        match find(|declared| declared.letter == Some(letter)) {
            None => {
                self.bundle = &[];
                Item::Bad(format!("invalid option -- '{shown}'"))
            }
            Some(Is::Switch(switch)) => Item::Switch(switch),
            Some(Is::Valued(option)) => {
                let rest = std::mem::take(&mut self.bundle);
                let attached = (!rest.is_empty()).then(|| OsStr::from_bytes(rest));
                self.value(option, attached, &shown.to_string())
            }
        }
    }

    fn name(&mut self, text: &[u8]) -> Item {
        let mut parts = text.splitn(2, |octet| *octet == b'=');
        let name = String::from_utf8_lossy(parts.next().unwrap_or_default());
        let attached = parts.next().map(OsStr::from_bytes);
        match (find(|declared| declared.name == Some(&name)), attached) {
            (None, _) => {
                let shown = String::from_utf8_lossy(text);
                Item::Bad(format!("invalid option -- '{shown}'"))
            }
            (Some(Is::Switch(switch)), None) => Item::Switch(switch),
            (Some(Is::Switch(_)), Some(_)) => {
                Item::Bad(format!("option takes no arguments -- '{name}'"))
            }
            (Some(Is::Valued(option)), attached) => self.value(option, attached, &name),
        }
    }

    /// The value of an option: the attached text, or else the next word.
    fn value(&mut self, option: Valued, attached: Option<&OsStr>, shown: &str) -> Item {
        match attached
            .map(OsStr::to_owned)
            .or_else(|| self.words.next().cloned())
        {
            Some(value) => Item::Value(option, value),
            None => Item::Bad(format!("option requires an argument -- '{shown}'")),
        }
    }
}

fn find(wanted: impl Fn(&Declared) -> bool) -> Option<Is> {
    let declared = OPTIONS.iter().find(|declared| wanted(declared));
    declared.map(|declared| declared.is)
}

impl Iterator for Items<'_> {
    type Item = Item;

    fn next(&mut self) -> Option<Item> {
        if let Some((letter, rest)) = self.bundle.split_first() {
            self.bundle = rest;
            return Some(self.letter(*letter));
        }
        let word = self.words.next()?;
        let octets = word.as_bytes();
        if self.only_words {
            return Some(Item::Word(word.clone()));
        }
        match octets {
            b"--" => {
                self.only_words = true;
                self.next()
            }
            [b'-', b'-', name @ ..] => Some(self.name(name)),
            [b'-', letter, rest @ ..] => {
                self.bundle = rest;
                Some(self.letter(*letter))
            }
            _ => Some(Item::Word(word.clone())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn items(line: &str) -> Vec<Item> {
        let words: Vec<OsString> = line.split(' ').map(OsString::from).collect();
        Items::new(&words).collect()
    }

    fn value(text: &str) -> Item {
        Item::Value(Valued::Count, text.into())
    }

    fn bad(text: &str) -> Vec<Item> {
        vec![Item::Bad(text.to_owned())]
    }

    #[test]
    fn letters_are_bundled_and_the_last_one_takes_the_rest_or_the_next_word() {
        let alive = Item::Switch(Switch::Alive);
        for line in ["-ac3", "-ac 3", "-a --count=3", "--alive --count 3"] {
            assert_eq!(items(line), [alive.clone(), value("3")], "{line}");
        }
        assert_eq!(items("-c-1"), [value("-1")]);
        assert_eq!(items("--count="), [value("")]);
    }

    #[test]
    fn words_stand_anywhere_and_behind_two_hyphens_all_are_words() {
        let word = |text: &str| Item::Word(text.into());
        assert_eq!(
            items("b -a - -- -a"),
            [
                word("b"),
                Item::Switch(Switch::Alive),
                word("-"),
                word("-a")
            ]
        );
    }

    #[test]
    fn what_is_no_option_is_refused_in_the_words_of_fping() {
        assert_eq!(items("-Z"), bad("invalid option -- 'Z'"));
        assert_eq!(items("--aliv"), bad("invalid option -- 'aliv'"));
        assert_eq!(items("--cou=3"), bad("invalid option -- 'cou=3'"));
        assert_eq!(items("-c"), bad("option requires an argument -- 'c'"));
        assert_eq!(
            items("--count"),
            bad("option requires an argument -- 'count'")
        );
        assert_eq!(
            items("--alive=1"),
            bad("option takes no arguments -- 'alive'")
        );
    }
}
