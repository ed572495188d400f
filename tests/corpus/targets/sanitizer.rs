//! Foreign text: no terminal escape passes (CVE-2022-28391), and no text is lost.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;

use rping::sanitize::{Charset, escape_in, name, word_in, zone};

/// The octets as a name, as an interface and as any typed text.
pub fn check(octets: &[u8]) {
    let text = OsStr::from_bytes(octets);
    for charset in [Charset::Ascii, Charset::Utf8] {
        let (line, word) = (escape_in(text, charset), word_in(text, charset));
        for escaped in [&line, &word] {
            assert_eq!(
                unescaped(escaped.as_bytes()),
                unescaped(octets),
                "{escaped:?}"
            );
            assert!(escaped.len() <= 4 * octets.len());
            assert!(charset == Charset::Utf8 || escaped.is_ascii());
            assert!(!escaped.chars().any(char::is_control), "{escaped:?}");
        }
        assert!(!word.chars().any(char::is_whitespace), "{word:?}");
        assert_eq!(escape_in(&line, charset), line);
        assert_eq!(word_in(&word, charset), word);
    }

    // A name from DNS was converted to text by the system, whatever its octets were.
    let text = String::from_utf8_lossy(octets);
    let allowed = |c: char| matches!(c, 'a'..='z' | 'A'..='Z' | '0'..='9' | '.' | '-' | '_');
    let plausible = text.chars().all(allowed)
        && text.chars().any(|c| c.is_ascii_alphanumeric())
        && text.len() <= 253;
    assert_eq!(name(&text), plausible.then_some(&*text));
    let visible = !text.is_empty() && text.chars().all(|c| ('!'..='~').contains(&c));
    assert_eq!(zone(&text), visible.then_some(&*text));
}

/// Replaces each `\xNN` with its octet. Typed text that looks like an escape is not distinguished.
fn unescaped(octets: &[u8]) -> Vec<u8> {
    let mut found = Vec::new();
    let mut rest = octets;
    while let Some((&octet, behind)) = rest.split_first() {
        let digit = |octet: u8| {
            char::from(octet)
                .to_digit(16)
                .filter(|_| !octet.is_ascii_uppercase())
        };
        let escaped = match rest {
            [b'\\', b'x', high, low, ..] => digit(*high).zip(digit(*low)),
            _ => None,
        };
        if let Some((high, low)) = escaped {
            found.push(u8::try_from(high * 16 + low).unwrap());
            rest = &rest[4..];
        } else {
            found.push(octet);
            rest = behind;
        }
    }
    found
}
