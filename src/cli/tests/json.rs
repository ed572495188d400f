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
fn ping_prints_objects_of_iputils_behind_j() {
    for line in ["ping -j h", "ping -jn h", "ping --json h"] {
        let style = config(line).style;
        assert_eq!((style.json, style.ping_json), (None, true), "{line}");
    }
    let style = config("rping -j h").style;
    assert_eq!((style.json, style.ping_json), (Some(Json::Events), false));
    // The names of senders are looked up, as in iputils.
    let reverse = config("ping -j h").plan.destination.reverse;
    assert_eq!(reverse, ReverseLookup::ForNames);
    for option in ["-q", "-O", "-D", "-H", "-v", "-f", "-3", "-p ff"] {
        config(&format!("ping -j {option} h"));
    }
    for option in ["-a", "-R", "-T tsonly", "-N name"] {
        let refusal = refused(&format!("ping -j {option} h"));
        let name = option.split(' ').next().unwrap();
        let expected = format!("usage error: {name} does not work with -j: ");
        assert!(refusal.starts_with(&expected), "{refusal}");
    }
    assert!(
        refused("ping -j --targets list")
            .contains("options for many targets work only under the name rping")
    );
}

#[test]
fn version_is_an_object_where_j_stands_before_it() {
    for (line, is_json) in [
        ("ping -jV", true),
        ("ping -j -V", true),
        ("ping --json --version", true),
        ("ping -V -j", false),
        ("ping -Vj", false),
        ("ping -I j -V", false),
        ("ping -Ij -V", false),
        ("rping -jV", false),
    ] {
        let Ok(Command::Print { text, .. }) = parse_in(line, &root()) else {
            panic!("{line}");
        };
        assert_eq!(
            text.starts_with("{\"version\":\"20"),
            is_json,
            "{line}: {text}"
        );
    }
}

#[test]
fn value_of_json_does_not_exist_under_the_name_ping() {
    for line in ["ping --json=all h", "ping --json=summary h"] {
        let Ok(Command::Print { text, exit, .. }) = parse_in(line, &root()) else {
            panic!("{line}");
        };
        assert!(
            text.starts_with("ping: unrecognized option '--json="),
            "{text}"
        );
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
