//! Internationalized names, printed as the user typed them.

use crate::sanitize::{self, Charset};
use crate::target::Host;

/// How an internationalized name is printed: as typed if it is visible in the character set, else in its ASCII form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spelling {
    ascii: String,
    shown: String,
}

impl Spelling {
    /// `None` for ASCII, or if the word is not a name.
    #[must_use]
    pub fn of(word: &str, charset: Charset) -> Option<Self> {
        if word.is_ascii() {
            return None;
        }
        let Ok(Host::Name(ascii)) = Host::parse(word) else {
            return None;
        };
        let is_visible = sanitize::word_in(word, charset) == word;
        let shown = if is_visible { word } else { &ascii }.to_owned();
        Some(Self { ascii, shown })
    }

    /// The printed form, sanitized.
    #[must_use]
    pub fn shown(&self) -> &str {
        &self.shown
    }

    /// The printed form, if `name` from a resolver is the same name.
    #[must_use]
    pub fn of_same(&self, name: &str) -> Option<&str> {
        let without_dot = |name| str::strip_suffix(name, '.').unwrap_or(name);
        without_dot(name)
            .eq_ignore_ascii_case(without_dot(&self.ascii))
            .then_some(&self.shown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn same_name_is_printed_as_typed_where_utf_8_is_read() {
        let spelling = Spelling::of("GR\u{dc}N.example", Charset::Utf8).unwrap();
        assert_eq!(spelling.shown(), "GR\u{dc}N.example");
        let same = spelling.of_same("XN--grn-ioa.example.");
        assert_eq!(same, Some("GR\u{dc}N.example"));
        assert_eq!(spelling.of_same("web.example"), None);
        let ascii = Spelling::of("gr\u{fc}n.example", Charset::Ascii).unwrap();
        assert_eq!(ascii.shown(), "xn--grn-ioa.example");
    }

    #[test]
    fn name_with_invisible_characters_is_printed_in_its_ascii_form() {
        let spelling = Spelling::of("gr\u{fc}\u{ad}n.example", Charset::Utf8).unwrap();
        assert_eq!(spelling.shown(), "xn--grn-ioa.example");
    }

    #[test]
    fn ascii_names_and_nonsense_have_no_other_spelling() {
        assert_eq!(Spelling::of("xn--grn-ioa.example", Charset::Utf8), None);
        assert_eq!(
            Spelling::of("gr\u{fc}n\u{202e}.example/", Charset::Utf8),
            None
        );
    }
}
