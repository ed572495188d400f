//! `--live`.

use super::*;
use crate::config::{Live, Scale};

/// A terminal in UTF-8 that can show a view.
fn terminal() -> Environment {
    Environment {
        root: true,
        stdout_is_terminal: true,
        charset: Charset::Utf8,
        ..Environment::default()
    }
}

fn look(line: &str, environment: &Environment) -> Option<Live> {
    let line = format!("rping {line}");
    let of_one = config_in(&format!("{line} h"), environment).style;
    let of_many = parsed(&format!("{line} a b"), environment).style;
    assert_eq!(of_one, of_many);
    assert_eq!(of_one.live.is_some(), of_one.quiet, "no line is printed");
    of_one.live
}

fn refused_in(line: &str, environment: &Environment) -> String {
    parse_in(&format!("rping {line} h"), environment)
        .unwrap_err()
        .to_string()
}

#[test]
fn view_looks_as_the_terminal_and_the_options_say() {
    let usual = Live {
        ascii: false,
        colour: true,
        scale: None,
        window: None,
    };
    let terminal = terminal();
    assert_eq!(look("", &terminal), None);
    assert_eq!(look("--live", &terminal), Some(usual));
    let ascii = Some(Live {
        ascii: true,
        ..usual
    });
    assert_eq!(look("--live --ascii", &terminal), ascii);
    let charset = Charset::Ascii;
    let of_locale = Environment {
        charset,
        ..terminal.clone()
    };
    assert_eq!(look("--live", &of_locale), ascii);
    let plain = Some(Live {
        colour: false,
        ..usual
    });
    assert_eq!(look("--live --color never", &terminal), plain);
    let no_color = Environment {
        no_color: true,
        ..terminal.clone()
    };
    assert_eq!(look("--live", &no_color), plain);
    assert_eq!(look("--live --color always", &no_color), Some(usual));
}

#[test]
fn scale_is_two_times_in_milliseconds_or_another_unit() {
    let (zero, one, two) = (
        Duration::ZERO,
        Duration::from_millis(1),
        Duration::from_secs(2),
    );
    for (typed, scale) in [
        ("0:1", Scale::new(zero, one)),
        ("0:1ms", Scale::new(zero, one)),
        ("1ms:2s", Scale::new(one, two)),
        ("1000us:2000", Scale::new(one, two)),
    ] {
        let line = format!("--live --scale {typed}");
        assert_eq!(look(&line, &terminal()).unwrap().scale, scale);
    }
    for typed in [
        "", "1", "1:", ":1", "2:1", "1:1", "1:2:3", "-1:1", "1m:2m", "a:b",
    ] {
        let refusal = refused_in(&format!("--live --scale={typed}"), &terminal());
        assert!(
            refusal.starts_with("--scale: invalid argument: "),
            "{refusal}"
        );
    }
}

#[test]
fn view_needs_a_terminal_that_can_place_text() {
    let piped = Environment {
        stdout_is_terminal: false,
        ..terminal()
    };
    let dumb = Environment {
        terminal_is_dumb: true,
        ..terminal()
    };
    for environment in [piped, dumb] {
        let refusal = refused_in("--live", &environment);
        assert!(refusal.starts_with("--live needs a terminal"), "{refusal}");
        let instead = "use --summary-every SECONDS or --json";
        assert!(refusal.ends_with(instead), "{refusal}");
    }
}

#[test]
fn options_about_lines_are_refused_beside_the_view() {
    for option in [
        "--json",
        "--summary-every 1",
        "--alive",
        "--dead",
        "-a",
        "-O",
        "-D",
        "-R",
        "-T tsonly",
        "-N name",
    ] {
        let refusal = refused_in(&format!("--live {option}"), &terminal());
        let name = option.split(' ').next().unwrap();
        assert!(refusal.contains(name), "{refusal}");
        assert!(refusal.contains("does not work with --live: "), "{refusal}");
    }
    let refusal = refused_in("--live --export-csv -", &terminal());
    assert!(refusal.starts_with("usage error: --live and an export to -"));
    for option in ["-q", "-v", "-n", "-f", "--histogram", "--export-csv file"] {
        config_in(&format!("rping --live {option} h"), &terminal());
    }
}

#[test]
fn options_about_the_view_are_refused_without_it() {
    for option in ["--ascii", "--scale 0:1"] {
        let refusal = refused_in(option, &terminal());
        assert!(refusal.contains("is about --live"), "{refusal}");
    }
}

#[test]
fn view_is_refused_under_the_name_ping() {
    let refusal = parse_in("ping --live h", &terminal()).unwrap_err();
    let expected = "usage error: --live works only under the name rping";
    assert_eq!(refusal.to_string(), expected);
}
