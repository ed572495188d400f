//! Untrusted text made harmless: what a terminal obeys never reaches one.

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::ops::RangeInclusive;
use std::os::unix::ffi::OsStrExt as _;

use unicode_properties::{GeneralCategoryGroup, UnicodeGeneralCategory as _};
use unicode_width::UnicodeWidthChar as _;

/// The longest host name (RFC 1035, section 3.1, as text without the final dot).
const LONGEST_NAME: usize = 253;

/// How much of a value that is refused a message shows, in columns.
pub const EXCERPT: usize = 64;

/// How many marks one character carries, more than any script stacks. A tower of them covers the lines around it, and a
/// text of few columns would have any length.
const MOST_MARKS: usize = 8;

/// A host name that came from DNS, if it looks like one.
///
/// Letters, digits, `.`, `-` and `_` only, 1 to 253 octets, at least one letter or digit. There is no way to escape
/// the rest that a reader could not mistake for a name, so that the caller prints the address if it gets none.
/// International names stay in their ASCII form: a Cyrillic look-alike would deceive.
#[must_use]
pub fn name(text: &str) -> Option<&str> {
    let allowed = |octet: u8| octet.is_ascii_alphanumeric() || matches!(octet, b'.' | b'-' | b'_');
    let plausible = text.len() <= LONGEST_NAME
        && text.bytes().all(allowed)
        && text.bytes().any(|octet| octet.is_ascii_alphanumeric());
    plausible.then_some(text)
}

/// The name of an interface, if it is one visible word. The kernel allows octets that a terminal should not see.
#[must_use]
pub fn zone(text: &str) -> Option<&str> {
    let plausible = !text.is_empty() && text.bytes().all(|octet| octet.is_ascii_graphic());
    plausible.then_some(text)
}

/// Which characters reach the reader as they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Charset {
    /// Printable ASCII. To a terminal of another encoding, octets of UTF-8 may be commands.
    #[default]
    Ascii,
    /// Everything visible, for a terminal that reads UTF-8.
    Utf8,
}

/// Text of unknown origin, for messages: printable ASCII passes, every other octet becomes `\xNN`.
///
/// Escaping what is escaped already changes nothing.
///
/// ```
/// # use rping::sanitize::escape;
/// assert_eq!(escape("no-such-host"), "no-such-host");
/// assert_eq!(escape("a\x1b]52;c;\x07\nb"), r"a\x1b]52;c;\x07\x0ab");
/// assert_eq!(escape("bücher"), r"b\xc3\xbccher");
/// ```
#[must_use]
pub fn escape(text: impl AsRef<OsStr>) -> String {
    escape_in(text, Charset::Ascii)
}

/// Text of unknown origin, for columns: what is visible in this character set passes, every other octet becomes `\xNN`.
///
/// Control characters, those that turn the direction of a line, and invisible ones are never visible.
///
/// ```
/// # use rping::sanitize::{Charset, escape_in};
/// assert_eq!(escape_in("Büro 5", Charset::Utf8), "Büro 5");
/// assert_eq!(escape_in("a\u{202e}b", Charset::Utf8), r"a\xe2\x80\xaeb");
/// assert_eq!(escape_in("Büro", Charset::Ascii), r"B\xc3\xbcro");
/// ```
#[must_use]
pub fn escape_in(text: impl AsRef<OsStr>, charset: Charset) -> String {
    escape_unless(text.as_ref(), |character| {
        character == ' ' || is_visible(character, charset)
    })
}

/// The same for text that has to stay one word of its line: a space is escaped as well.
#[must_use]
pub fn word_in(text: impl AsRef<OsStr>, charset: Charset) -> String {
    escape_unless(text.as_ref(), |character| is_visible(character, charset))
}

/// Text of unknown origin, for a message: what is visible passes. What prints the message narrows it to the character set
/// of its reader with [`escape_in`], which changes nothing else.
#[must_use]
pub fn visible(text: impl AsRef<OsStr>) -> String {
    escape_in(text, Charset::Utf8)
}

/// The same for text that has to stay one word of its line: a space is escaped as well.
#[must_use]
pub fn visible_word(text: impl AsRef<OsStr>) -> String {
    word_in(text, Charset::Utf8)
}

/// A value that was typed, for the message that refuses it: no longer than is good for a line.
#[must_use]
pub fn excerpt(text: impl AsRef<OsStr>) -> String {
    cut(&visible(text), EXCERPT)
}

fn escape_unless(text: &OsStr, shown: impl Fn(char) -> bool) -> String {
    let mut escaped = String::with_capacity(text.len());
    // A combining mark changes the look of what is before it, which must not be a text of ours.
    let mut room_for_marks = 0_usize;
    for chunk in text.as_bytes().utf8_chunks() {
        for character in chunk.valid().chars() {
            room_for_marks = match (shown(character), is_mark(character)) {
                (true, false) => MOST_MARKS + 1,
                (true, true) => room_for_marks.saturating_sub(1),
                (false, _) => 0,
            };
            if room_for_marks > 0 {
                escaped.push(character);
            } else {
                push_octets(&mut escaped, character.encode_utf8(&mut [0; 4]).as_bytes());
            }
        }
        push_octets(&mut escaped, chunk.invalid());
    }
    escaped
}

fn push_octets(escaped: &mut String, octets: &[u8]) {
    for octet in octets {
        // Writing to a string cannot fail.
        let _ = write!(escaped, "\\x{octet:02x}");
    }
}

/// Whether it is drawn into the column of the character before it, as combining marks are, and the later letters of a
/// Hangul syllable.
fn is_mark(character: char) -> bool {
    character.general_category_group() == GeneralCategoryGroup::Mark || columns_of(character) == 0
}

/// Whether this character is visible wherever it stands: in UTF-8, and without a character before it that carries it. For
/// formats with an escape of their own.
///
/// ```
/// # use rping::sanitize::is_visible_alone;
/// assert!(is_visible_alone('ü') && is_visible_alone(' '));
/// assert!(!is_visible_alone('\u{308}') && !is_visible_alone('\u{9b}'));
/// ```
#[must_use]
pub fn is_visible_alone(character: char) -> bool {
    character == ' ' || (is_visible(character, Charset::Utf8) && !is_mark(character))
}

fn is_visible(character: char, charset: Charset) -> bool {
    if character.is_ascii() {
        return character.is_ascii_graphic();
    }
    let is_in = |range: &RangeInclusive<char>| range.contains(&character);
    // Not among them: separators, and the group of control, format, private and unassigned characters.
    charset == Charset::Utf8
        && matches!(
            character.general_category_group(),
            GeneralCategoryGroup::Letter
                | GeneralCategoryGroup::Mark
                | GeneralCategoryGroup::Number
                | GeneralCategoryGroup::Punctuation
                | GeneralCategoryGroup::Symbol
        )
        && !INVISIBLE.iter().any(is_in)
}

/// Letters, marks and symbols that show nothing: those of `Default_Ignorable_Code_Point` (Unicode, section 5.21), and some
/// that are blank by design.
const INVISIBLE: [RangeInclusive<char>; 12] = [
    '\u{34f}'..='\u{34f}',     // Combining grapheme joiner.
    '\u{115f}'..='\u{1160}',   // Hangul fillers.
    '\u{17b4}'..='\u{17b5}',   // Inherent vowels of Khmer.
    '\u{180b}'..='\u{180f}',   // Variation selectors of Mongolian.
    '\u{2800}'..='\u{2800}',   // Braille pattern without a dot.
    '\u{3164}'..='\u{3164}',   // Hangul filler.
    '\u{fe00}'..='\u{fe0f}',   // Variation selectors.
    '\u{ffa0}'..='\u{ffa0}',   // Halfwidth Hangul filler.
    '\u{16fe4}'..='\u{16fe4}', // Khitan small script filler.
    '\u{1d159}'..='\u{1d159}', // Musical null notehead.
    '\u{1d173}'..='\u{1d17a}', // Musical format characters.
    '\u{e0100}'..='\u{e01ef}', // More variation selectors.
];

/// How many columns of a terminal harmless text takes: none for a combining mark, two for a wide character.
///
/// ```
/// # use rping::sanitize::columns;
/// assert_eq!(columns("Büro"), 4);
/// assert_eq!(columns("Bu\u{308}ro"), 4);
/// assert_eq!(columns("東京"), 4);
/// ```
#[must_use]
pub fn columns(text: &str) -> usize {
    if text.is_ascii() {
        return text.len();
    }
    text.chars().map(columns_of).sum()
}

fn columns_of(character: char) -> usize {
    character.width().unwrap_or(0)
}

/// Harmless text in this many columns or fewer: three dots stand for a middle that has no room. Names that differ only at
/// their beginnings or ends stay different.
///
/// An escape, and a character with its combining marks, are kept whole or left out.
///
/// ```
/// # use rping::sanitize::cut;
/// assert_eq!(cut("東京タワー", 10), "東京タワー");
/// assert_eq!(cut("東京タワー", 8), "東...ー");
/// assert_eq!(cut(r"rack \xe3\x82\xb5 1", 16), r"rack ...\xb5 1");
/// ```
#[must_use]
pub fn cut(text: &str, room: usize) -> String {
    const DOTS: &str = "...";
    if columns(text) <= room {
        return text.to_owned();
    }
    let units = units(text);
    let room = room.saturating_sub(DOTS.len());
    let beginning = fitting(units.iter().copied(), room.div_ceil(2));
    let room = room.saturating_sub(beginning.iter().map(|unit| columns(unit)).sum());
    let end = fitting(units.iter().rev().copied(), room);
    beginning
        .into_iter()
        .chain([DOTS])
        .chain(end.into_iter().rev())
        .collect()
}

/// As many of these as there is room for, in columns.
fn fitting<'a>(units: impl Iterator<Item = &'a str>, room: usize) -> Vec<&'a str> {
    let mut used = 0;
    units
        .take_while(|unit| {
            used += columns(unit);
            used <= room
        })
        .collect()
}

/// The parts that a cut leaves whole.
fn units(text: &str) -> Vec<&str> {
    let mut units = Vec::new();
    let mut rest = text;
    while let Some((unit, behind)) = rest.split_at_checked(length_of_unit(rest))
        && !unit.is_empty()
    {
        units.push(unit);
        rest = behind;
    }
    units
}

/// In octets; 0 of an empty text.
fn length_of_unit(text: &str) -> usize {
    if let [b'\\', b'x', high, low, ..] = text.as_bytes()
        && high.is_ascii_hexdigit()
        && low.is_ascii_hexdigit()
    {
        return 4;
    }
    let mut characters = text.char_indices().skip(1);
    let next = characters.find(|(_, character)| columns_of(*character) > 0);
    next.map_or(text.len(), |(at, _)| at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_that_a_terminal_would_obey_are_none() {
        for hostile in [
            "",
            ".",
            "..",
            "-",
            "a b",
            "a\x1b[2J",
            "a\x07",
            "\x1b]52;c;ZXZpbA==\x07",
            "a\n64 bytes from 10.0.0.1: icmp_seq=1 ttl=64 time=0.1 ms",
            "a\u{9b}2J",
            "a\u{202e}b",
            "аррle.com",
            "a(b)",
            "a%b",
            "a/b",
            &"a".repeat(254),
        ] {
            assert_eq!(name(hostile), None, "{hostile:?}");
        }
    }

    #[test]
    fn ordinary_names_pass() {
        for ordinary in [
            "localhost",
            "one.one.one.one",
            "xn--80ak6aa92e.com",
            "_dmarc.example.org.",
            "10-0-0-1.dyn.example.net",
            &"a".repeat(253),
        ] {
            assert_eq!(name(ordinary), Some(ordinary));
        }
    }

    #[test]
    fn interfaces_with_odd_names_are_none() {
        assert_eq!(zone("eth0.7@if3"), Some("eth0.7@if3"));
        for hostile in ["", "eth\x1b[2J", "e 0", "\u{9b}"] {
            assert_eq!(zone(hostile), None, "{hostile:?}");
        }
    }

    #[test]
    fn a_word_has_no_space() {
        assert_eq!(visible_word("a (10.0.0.1) b"), r"a\x20(10.0.0.1)\x20b");
    }

    #[test]
    fn what_is_visible_is_printed_where_utf_8_is_read() {
        for visible in [
            "Büro",
            "Bu\u{308}ro",
            "東京",
            "Ελλάδα",
            "שלום",
            "مرحبا",
            "हिन्दी",
            "🖥",
            "±µ½",
            "한국어",
        ] {
            assert_eq!(escape_in(visible, Charset::Utf8), visible);
            assert_eq!(word_in(visible, Charset::Utf8), visible);
            assert!(escape_in(visible, Charset::Ascii).is_ascii());
        }
    }

    #[test]
    fn what_is_invisible_or_a_command_is_escaped_in_every_character_set() {
        for hidden in [
            '\0',
            '\n',
            '\x1b',
            '\x7f',
            '\u{80}',
            '\u{9b}',
            '\u{9d}',
            '\u{a0}',
            '\u{ad}',
            '\u{34f}',
            '\u{61c}',
            '\u{115f}',
            '\u{180e}',
            '\u{200b}',
            '\u{200d}',
            '\u{200e}',
            '\u{200f}',
            '\u{2028}',
            '\u{202a}',
            '\u{202e}',
            '\u{2060}',
            '\u{2066}',
            '\u{2069}',
            '\u{2800}',
            '\u{3000}',
            '\u{3164}',
            '\u{e000}',
            '\u{fe0f}',
            '\u{feff}',
            '\u{ffa0}',
            '\u{fff9}',
            '\u{e0001}',
            '\u{e0041}',
            '\u{e0100}',
            '\u{10ffff}',
        ] {
            for charset in [Charset::Ascii, Charset::Utf8] {
                let text = escape_in(format!("a{hidden}b"), charset);
                let middle = &text[1..text.len() - 1];
                assert!(
                    middle.starts_with("\\x") && text.is_ascii(),
                    "{hidden:?}: {text}"
                );
            }
        }
    }

    #[test]
    fn a_mark_needs_a_character_of_its_own_text_before_it() {
        assert_eq!(escape_in("\u{308}a", Charset::Utf8), r"\xcc\x88a");
        assert_eq!(escape_in("\x1b\u{308}a", Charset::Utf8), r"\x1b\xcc\x88a");
        assert_eq!(
            escape_in("a\u{308}\u{301}", Charset::Utf8),
            "a\u{308}\u{301}"
        );
    }

    #[test]
    fn character_carries_a_bounded_number_of_marks() {
        let marks = |count| "\u{301}".repeat(count);
        let most = format!("e{}", marks(MOST_MARKS));
        assert_eq!(escape_in(&most, Charset::Utf8), most);
        assert_eq!(
            escape_in(format!("{most}{}a", marks(2)), Charset::Utf8),
            format!(r"{most}\xcc\x81\xcc\x81a")
        );
        let syllable = "\u{1112}\u{1161}\u{11ab}";
        assert_eq!(escape_in(syllable, Charset::Utf8), syllable);
        let vowels = "\u{1161}".repeat(100);
        assert!(escape_in(vowels, Charset::Utf8).is_ascii());
    }

    #[test]
    fn text_is_cut_between_characters_at_columns() {
        assert_eq!(cut("abcdef", 6), "abcdef");
        assert_eq!(cut("abcdefg", 6), "ab...g");
        // A wide character that has half its room is left out; a mark stays with its letter.
        assert_eq!(cut("東京都渋谷", 9), "東...渋谷");
        assert_eq!(cut("東京都渋谷", 8), "東...谷");
        assert_eq!(
            cut("e\u{301}e\u{301}e\u{301}e\u{301}e\u{301}", 4),
            "e\u{301}..."
        );
        assert_eq!(
            cut("e\u{301}e\u{301}e\u{301}e\u{301}e\u{301}o\u{301}\u{308}", 5),
            "e\u{301}...o\u{301}\u{308}"
        );
    }

    #[test]
    fn escape_is_kept_whole_where_text_is_cut() {
        assert_eq!(cut(r"\x01\x02\x03\x04", 15), r"\x01...\x03\x04");
        assert_eq!(cut(r"\x01\x02\x03\x04", 14), r"\x01...\x04");
        assert_eq!(cut(r"\x01\x02\x03\x04", 11), r"\x01...\x04");
        assert_eq!(cut(r"\x01\x02\x03\x04", 9), r"...\x04");
    }

    #[test]
    fn texts_with_a_common_beginning_differ_when_they_are_cut() {
        let label = |last: &str| cut(&escape(format!("サーバー室の棚{last}")), 40);
        assert_ne!(label("一"), label("二"));
    }

    #[test]
    fn octets_that_are_no_utf_8_are_escaped() {
        assert_eq!(escape(OsStr::from_bytes(b"a\xff\x80b")), r"a\xff\x80b");
    }

    proptest! {
        #[test]
        fn escaped_text_is_printable_and_escaping_is_idempotent(octets: Vec<u8>) {
            let once = escape(OsStr::from_bytes(&octets));
            prop_assert!(once.bytes().all(|octet| (0x20..=0x7e).contains(&octet)));
            prop_assert_eq!(escape(&once), once.as_str());
            let word_once = word_in(OsStr::from_bytes(&octets), Charset::Ascii);
            prop_assert!(word_once.bytes().all(|octet| (0x21..=0x7e).contains(&octet)));
            prop_assert_eq!(word_in(&word_once, Charset::Ascii), word_once.as_str());
        }

        #[test]
        fn visible_text_has_no_control_character_and_cutting_fits(octets: Vec<u8>, text: String, room in 3_usize..20) {
            for text in [OsStr::from_bytes(&octets), OsStr::new(&text)] {
                let once = word_in(text, Charset::Utf8);
                prop_assert!(!once.chars().any(|c| c.is_control() || c.is_whitespace()));
                prop_assert_eq!(word_in(&once, Charset::Utf8), once.as_str());
                let short = cut(&once, room);
                prop_assert!(columns(&short) <= room && short.chars().count() <= room * (MOST_MARKS + 1));
            }
        }

        #[test]
        fn printable_text_is_untouched(text in "[ -~]*") {
            prop_assert_eq!(escape(&text), text);
        }
    }
}
