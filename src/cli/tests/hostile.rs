//! Hostile command lines.

use super::*;
use crate::sanitize;

#[test]
fn what_was_typed_is_shown_harmless() {
    let word = |octets: &[u8]| OsString::from_vec(octets.to_vec());
    for (argv, text) in [
        (
            vec![word(b"\xff\x1b")],
            r"\xff\x1b: invalid host name: not UTF-8",
        ),
        (
            vec![word(b"-c"), word(b"\xff\n")],
            r"-c: invalid argument: '\xff\x0a': not a number: 1 <= value <= 9223372036854775807",
        ),
        (
            vec![word(b"--\x1b[2J\n")],
            concat!(
                r"unknown option '--\x1b[2J\x0a'",
                ": see rping --help for all options"
            ),
        ),
        (
            vec![word(b"-\x1b")],
            concat!(
                r"unknown option '-\x1b'",
                ": see rping --help for all options"
            ),
        ),
        (
            vec![word("--\u{202e}".as_bytes())],
            concat!(
                r"unknown option '--\xe2\x80\xae'",
                ": see rping --help for all options"
            ),
        ),
        (
            vec![word(b"-M"), word(b"\x07")],
            r"-M: invalid argument: '\x07': must be one of do, dont, want, probe",
        ),
        (
            vec![word(b"-\xff")],
            concat!(
                r"unknown option '-\xff'",
                ": see rping --help for all options"
            ),
        ),
        (
            vec![word(b"-q\xc3\n")],
            concat!(
                r"unknown option '-\xc3\x0a'",
                ": see rping --help for all options"
            ),
        ),
        (
            vec![word(b"--a\xffb")],
            concat!(
                r"unknown option '--a\xffb'",
                ": see rping --help for all options"
            ),
        ),
        (
            vec![word(b"-c=\xff")],
            r"-c: invalid argument: '=\xff': leave out the equals sign",
        ),
        (
            vec![word(b"-I"), word("b\u{fc}ro\n".as_bytes())],
            concat!(
                "-I: invalid argument: 'b\u{fc}ro\\x0a': ",
                "must be an IP address or the name of an interface (1 to 127 characters)"
            ),
        ),
        (
            vec![word(b"-M"), word(b"\xff\xfe")],
            r"-M: invalid argument: '\xff\xfe': must be one of do, dont, want, probe",
        ),
        (
            vec![word(b"--quiet=a\xffb")],
            r"-q takes no value: remove '=a\xffb'",
        ),
        (
            vec![word(b"-q\x07")],
            concat!(
                r"unknown option '-\x07'",
                ": see rping --help for all options"
            ),
        ),
        (
            vec![word(b"--quiet=\x07")],
            r"-q takes no value: remove '=\x07'",
        ),
    ] {
        let argv: Vec<OsString> = std::iter::once(word(b"rping")).chain(argv).collect();
        assert_eq!(refused_words(&argv, &root()), text);
    }
}

#[test]
fn refusal_of_a_long_value_is_one_short_line() {
    let long = "\u{fc}\u{301}".repeat(20_000);
    for option in [
        "", "--", "-c", "-I", "-M", "-N", "-p", "-Q", "--quiet=", "--sort=",
    ] {
        for name in ["rping", "ping"] {
            let argv = [name, &format!("{option}{long}")].map(OsString::from);
            match parse(argv, &root()) {
                Err(refusal) => {
                    let line = refusal.to_string();
                    assert!(line.contains("...") && line.len() < 1000, "{line}");
                }
                Ok(Command::Print { text, .. }) => {
                    let line = text.lines().next().unwrap_or_default();
                    assert!(line.contains("...") && line.len() < 1000, "{line}");
                }
                // The resolver decides whether the host exists.
                Ok(_) => assert_eq!(option, ""),
            }
        }
    }
}

/// Words that start like options or look like values.
fn word() -> impl Strategy<Value = OsString> {
    let octets = prop::collection::vec(any::<u8>(), 0..12).prop_map(OsString::from_vec);
    let option = "-{1,2}[a-zA-Z0-9?=]{1,3}".prop_map(OsString::from);
    let long = prop::sample::select(vec![
        "--count",
        "--via",
        "--socket",
        "--pattern",
        "--generate",
        "--color",
        "-N",
        "-T",
        "-I",
        "-Q",
        "tsprespec",
        "help",
        "::1",
        "host",
        "0.5",
        "99999999999999999999",
        "subject-name=a.b",
    ]);
    prop_oneof![octets, option, long.prop_map(OsString::from)]
}

proptest! {
    #[test]
    fn whatever_is_typed_a_refusal_is_one_harmless_line(words in prop::collection::vec(word(), 0..6)) {
        for name in ["rping", "ping"] {
            let argv = std::iter::once(OsString::from(name)).chain(words.clone());
            if let Err(refusal) = parse(argv, &root()) {
                let line = refusal.to_string();
                prop_assert!(!line.is_empty() && line == sanitize::visible(&line), "{}", line);
            }
        }
    }
}
