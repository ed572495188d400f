//! Untrusted text made harmless: what a terminal obeys never reaches one.

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::os::unix::ffi::OsStrExt as _;

/// The longest host name (RFC 1035, section 3.1, as text without the final dot).
const LONGEST_NAME: usize = 253;

/// A host name that came from DNS, if it looks like one.
///
/// Letters, digits, `.`, `-` and `_` only, 1 to 253 octets, at least one letter or digit. There is no way to escape
/// the rest that a reader could not mistake for a name, so that whoever gets none prints the address.
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
    escape_unless(text.as_ref(), |octet| matches!(octet, b' '..=b'~'))
}

/// The same for text that has to stay one word of its line: a space is escaped as well.
#[must_use]
pub fn word(text: impl AsRef<OsStr>) -> String {
    escape_unless(text.as_ref(), |octet| octet.is_ascii_graphic())
}

fn escape_unless(text: &OsStr, harmless: impl Fn(u8) -> bool) -> String {
    let mut escaped = String::with_capacity(text.len());
    for &octet in text.as_bytes() {
        if harmless(octet) {
            escaped.push(char::from(octet));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(escaped, "\\x{octet:02x}");
        }
    }
    escaped
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
        assert_eq!(word("a (10.0.0.1) b"), r"a\x20(10.0.0.1)\x20b");
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
            let word_once = word(OsStr::from_bytes(&octets));
            prop_assert!(word_once.bytes().all(|octet| (0x21..=0x7e).contains(&octet)));
            prop_assert_eq!(word(&word_once), word_once.as_str());
        }

        #[test]
        fn printable_text_is_untouched(text in "[ -~]*") {
            prop_assert_eq!(escape(&text), text);
        }
    }
}
