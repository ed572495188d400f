//! `--json`.

use super::*;
use crate::config::Json;

#[test]
fn json_is_asked_for_by_a_letter_or_a_word_and_how_much_behind_an_equals_sign() {
    for (option, json) in [
        ("", None),
        ("-j", Some(Json::Events)),
        ("--json", Some(Json::Events)),
        ("--json=events", Some(Json::Events)),
        ("--json=all", Some(Json::All)),
        ("--json=summary", Some(Json::Summary)),
        ("-jn", Some(Json::Events)),
        ("--json --json=all", Some(Json::All)),
    ] {
        assert_eq!(config(&format!("rping {option} h")).style.json, json);
        assert_eq!(many(&format!("rping {option} a b")).style.json, json);
    }
    assert_eq!(
        refused("rping --json=some h"),
        "-j: invalid argument: 'some': must be one of events, all, summary"
    );
}

#[test]
fn what_shapes_text_is_refused_with_json() {
    for option in [
        "-q",
        "-a",
        "-O",
        "-H",
        "-R",
        "-T tsonly",
        "-N name",
        "--histogram",
        "--sort loss",
    ] {
        let name = option.split(' ').next().unwrap();
        let refusal = refused(&format!("rping --json {option} h"));
        let expected = format!("usage error: {name} does not work with --json: ");
        assert!(refusal.starts_with(&expected), "{refusal}");
    }
    for option in ["-D", "-3", "-n", "-v", "--color never", "-f"] {
        config(&format!("rping --json {option} h"));
    }
}

#[test]
fn no_names_are_looked_up_in_reverse_with_json_and_none_are_escaped_for_a_terminal() {
    let config = config("rping --json h");
    assert_eq!(config.plan.destination.reverse, ReverseLookup::Never);
    assert_eq!(config.style.charset, Charset::Utf8);
}

#[test]
fn json_does_not_exist_under_the_name_ping() {
    for line in ["ping -j h", "ping --json h"] {
        let Ok(Command::Print { text, exit, .. }) = parse_in(line, &root()) else {
            panic!("{line}");
        };
        assert!(text.starts_with("ping: invalid option -- 'j'"), "{text}");
        assert_eq!(exit, Exit::Failed);
    }
}

#[test]
fn schema_is_printed() {
    let Ok(Command::Print { text, .. }) = parse_in("rping --generate schema", &root()) else {
        panic!("nothing is printed");
    };
    assert!(text.starts_with("{\n") && text.ends_with("}\n"));
}
