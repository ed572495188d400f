//! What was typed to do harm.

use super::*;

#[test]
fn what_was_typed_is_shown_harmless() {
    let word = |octets: &[u8]| OsString::from_vec(octets.to_vec());
    for (argv, text) in [
        (vec![word(b"\xff\x1b")], r"\xff\x1b: not a host name"),
        (
            vec![word(b"-c"), word(b"\xff\n")],
            r"-c: invalid argument: '\xff\x0a': not a number: 1 <= value <= 9223372036854775807",
        ),
        (
            vec![word(b"--\x1b[2J\n")],
            r"unknown option '--\x1b[2J\x0a'",
        ),
        (vec![word(b"-\x1b")], r"unknown option '-\x1b'"),
        (
            vec![word("--\u{202e}".as_bytes())],
            r"unknown option '--\xe2\x80\xae'",
        ),
        (
            vec![word(b"-M"), word(b"\x07")],
            r"-M: invalid argument: '\x07': one of do, dont, want, probe",
        ),
        (vec![word(b"-q\x07")], r"unknown option '-\x07'"),
        (vec![word(b"--quiet=\x07")], r"-q: takes no value: '\x07'"),
    ] {
        let argv: Vec<OsString> = std::iter::once(word(b"rping")).chain(argv).collect();
        assert_eq!(refused_words(&argv, &root()), text);
    }
}

/// Words that options begin with, or that look like values.
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
                prop_assert!(!line.is_empty() && line.bytes().all(|octet| (b' '..=b'~').contains(&octet)), "{}", line);
            }
        }
    }
}
