//! Snapshots of help, version, manual page and completions: a change of an option shows its effect for users.
//!
//! `cargo insta review`, or `INSTA_UPDATE=always cargo test --test help`, accepts changes.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test reports what is wrong by panicking"
)]

use std::collections::BTreeSet;
use std::io::Write as _;
use std::num::NonZero;
use std::process::{Command as Process, Stdio};

use rping::cli::{self, Command, Environment};
use rping::config::Plan;
use rping::exit::Exit;

fn printed(argv: &[&str], environment: &Environment) -> String {
    match cli::parse(argv, environment) {
        Ok(Command::Print { text, .. }) => text.replace(
            concat!("rping ", env!("CARGO_PKG_VERSION")),
            "rping VERSION",
        ),
        other => panic!("{argv:?}: {other:?}"),
    }
}

fn text(argv: &[&str]) -> String {
    printed(argv, &Environment::default())
}

#[test]
fn help_of_rping() {
    insta::assert_snapshot!(text(&["rping", "--help"]));
}

#[test]
fn short_help_of_rping_fits_a_screen() {
    let terminal = Environment {
        width: Some(80),
        ..Environment::default()
    };
    let help = printed(&["rping", "-h"], &terminal);
    assert!(help.lines().count() <= 45, "{help}");
    assert!(help.lines().all(|line| line.chars().count() <= 80));
    insta::assert_snapshot!(help);
}

#[test]
fn help_of_ping() {
    insta::assert_snapshot!(text(&["ping", "-h"]));
}

#[test]
fn words_of_node_information() {
    insta::assert_snapshot!(text(&["rping", "-N", "help"]));
}

#[test]
fn manual_page() {
    insta::assert_snapshot!(text(&["rping", "--generate", "man"]));
}

#[test]
fn version_of_rping() {
    insta::assert_snapshot!(text(&["rping", "-V"]), @r"
    rping VERSION
    provides the interface of ping from iputils 20250605
    ");
}

#[test]
fn version_of_ping_satisfies_the_tests_of_iputils() {
    insta::assert_snapshot!(text(&["ping", "-V"]), @r"
    ping from iputils 20250605 (its interface, provided by rping VERSION)
    libcap: no, IDN: yes, NLS: no, error.h: no, getrandom(): yes, __fpending(): no
    ");
}

#[test]
fn help_fits_the_terminal_but_not_beyond_100_columns() {
    for (width, widest) in [
        (None, 100),
        (Some(200), 100),
        (Some(80), 80),
        (Some(60), 60),
    ] {
        for line in help_in("rping", width).lines() {
            assert!(line.chars().count() <= widest, "{widest}: {line}");
        }
    }
}

#[test]
fn only_what_cannot_be_broken_is_wider_than_a_narrow_terminal() {
    for widest in [20, 30, 40] {
        for line in help_in("rping", Some(widest)).lines().map(str::trim) {
            let is_option = line.starts_with('-') || line.starts_with("Usage:");
            let fits = line.len() <= widest.into() || !line.contains(' ');
            assert!(fits || is_option, "{widest}: {line}");
        }
    }
}

fn help_in(program: &str, width: Option<u16>) -> String {
    let environment = Environment {
        width,
        ..Environment::default()
    };
    printed(&[program, "--help"], &environment)
}

#[test]
fn help_has_the_width_of_the_terminal_or_else_that_of_columns() {
    let columns = NonZero::new(40);
    for (width, as_wide_as) in [(Some(80), 80), (None, 40)] {
        let environment = Environment {
            width,
            columns,
            ..Environment::default()
        };
        let text = printed(&["rping", "--help"], &environment);
        assert_eq!(text, help_in("rping", Some(as_wide_as)));
    }
}

#[test]
fn help_and_manual_page_have_the_table_of_exit_codes() {
    for (program, has_many) in [("rping", true), ("ping", false)] {
        let [help, manual] =
            [&[program, "--help"][..], &[program, "--generate", "man"]].map(|argv| {
                text(argv)
                    .split_whitespace()
                    .collect::<Vec<_>>()
                    .join(" ")
                    .replace('\\', "")
            });
        for exit in Exit::ALL {
            let one = format!("{} {}", exit.code(), exit.with_one_target());
            // The help of ping is only iputils' list of options.
            assert_eq!(help.contains(&one), has_many, "{program}: {one}");
            // The manual has it as a sentence with a capital.
            assert!(manual.contains(&exit.with_one_target()[1..]), "{one}");
            for page in [&help, &manual] {
                assert_eq!(
                    page.contains(exit.with_many_targets()),
                    has_many,
                    "{program}: {page}"
                );
            }
        }
    }
}

#[test]
fn each_example_of_the_manual_page_is_understood() {
    let manual = text(&["rping", "--generate", "man"]).replace('\\', "");
    let (_, examples) = manual.split_once(".SH EXAMPLES\n").unwrap();
    let examples = examples.split(".SH ").next().unwrap();
    let lines = examples
        .lines()
        .filter_map(|line| line.strip_prefix("fB")?.strip_suffix("fR"));
    let root = Environment {
        root: true,
        ..Environment::default()
    };
    let mut many = 0;
    for line in lines {
        let argv = line.split_whitespace().take_while(|word| *word != ">");
        match cli::parse(argv, &root) {
            Ok(Command::Run { config, .. }) if matches!(config.plan, Plan::Many(_)) => many += 1,
            Ok(_) => {}
            Err(refusal) => panic!("{line}: {refusal}"),
        }
    }
    assert!(many >= 3, "{examples}");
}

#[test]
fn help_of_ping_offers_nothing_that_is_refused_under_that_name() {
    let offered = |program| {
        let text = text(&[program, "--help"]);
        let words = text
            .split_whitespace()
            .map(|word| word.trim_end_matches(',').to_owned());
        words
            .filter(|word| word.starts_with("--"))
            .collect::<BTreeSet<_>>()
    };
    let only_rping: BTreeSet<String> = &offered("rping") - &offered("ping");
    assert!(
        only_rping.contains("--targets") && only_rping.contains("--alive"),
        "{only_rping:?}"
    );
    for option in offered("ping") {
        // With or without a value, any error is not about the name.
        for argv in [vec!["ping", &option, "1", "h"], vec!["ping", &option, "h"]] {
            if let Err(refusal) = cli::parse(argv, &Environment::default()) {
                assert!(
                    !refusal.to_string().contains("many targets"),
                    "{option}: {refusal}"
                );
            }
        }
    }
}

/// Every option in the help, short and long.
fn options() -> Vec<String> {
    let text = text(&["rping", "--help"]);
    let shown = text
        .lines()
        .filter(|line| line.trim_start().starts_with('-') && line.starts_with("  "));
    let words = shown.flat_map(|line| line.split_whitespace().take(2));
    let options = words.filter(|word| word.starts_with('-') && word.len() > 1);
    options
        .map(|word| word.trim_end_matches(','))
        // An equals sign precedes an optional value.
        .map(|word| word.split("[=").next().unwrap().to_owned())
        .collect()
}

#[test]
fn all_options_of_iputils_are_there() {
    let options = options();
    for letter in "346aAbBcCdDefFhHiIlLmMnNOpqQrRsStTUvVwW".chars() {
        assert!(options.contains(&format!("-{letter}")), "-{letter}");
    }
}

#[test]
fn the_manual_page_and_the_completions_know_every_option() {
    let options = options();
    assert!(options.len() > 80, "{options:?}");
    for what in ["man", "bash", "zsh", "fish", "elvish", "powershell"] {
        let text = text(&["rping", "--generate", what]);
        for option in &options {
            let (long, name) = (option.starts_with("--"), option.trim_start_matches('-'));
            let spelled = match (what, long) {
                ("fish", true) => format!(" -l {name}"),
                ("fish", false) => format!(" -s {name}"),
                ("man", _) => format!("\\fB{}\\fR", option.replace('-', "\\-")),
                _ => option.clone(),
            };
            assert!(text.contains(&spelled), "{what} lacks {option}");
        }
    }
}

#[test]
fn completions_are_for_the_name_that_was_invoked() {
    for (program, name) in [("rping", "rping"), ("/bin/ping", "ping")] {
        let bash = text(&[program, "--generate", "bash"]);
        assert!(bash.contains(&format!("complete -F _{name} ")), "{bash}");
    }
    let bash = text(&["rping", "--generate", "bash"]);
    let head: Vec<&str> = bash.lines().take(6).collect();
    insta::assert_snapshot!(head.join("\n"), @r#"
    _rping() {
        local i cur prev opts cmd
        COMPREPLY=()
        if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
            cur="$2"
        else
    "#);
}

#[test]
fn bash_reads_its_completions() {
    let bash = Process::new("bash").arg("-n").stdin(Stdio::piped()).spawn();
    let Ok(mut bash) = bash else {
        return; // A machine without bash needs no completions for it.
    };
    let script = text(&["rping", "--generate", "bash"]);
    bash.stdin
        .take()
        .unwrap()
        .write_all(script.as_bytes())
        .unwrap();
    assert!(bash.wait().unwrap().success());
}
