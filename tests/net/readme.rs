//! Runs the sessions in the documents, and compares the output.

use crate::namespace::rping_trial;
use crate::run::named;
use crate::sandbox;
use libtest_mimic::Trial;
use std::fs;

/// The documents with sessions, and the number of sessions in each.
const SHOWN: [(&str, usize); 3] = [
    (include_str!("../../docs/many-targets.md"), 4),
    (include_str!("../../docs/measurements.md"), 1),
    (include_str!("../../docs/session-light.svg"), 2),
];

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        rping_trial(
            "readme::each_session_has_the_lines_that_are_printed",
            || {
                let directory = tempfile::tempdir().unwrap();
                let hosts = directory.path().join("hosts.txt");
                for (document, sessions) in SHOWN {
                    let mut held = 0;
                    for Step { typed, told } in steps(document) {
                        match typed.split_once(' ').unwrap() {
                            ("cat", "hosts.txt") => fs::write(&hosts, told).unwrap(),
                            ("rping", arguments) => {
                                let hosts = hosts.to_str().unwrap();
                                let arguments = arguments.replace("hosts.txt", hosts);
                                let output = named("rping", &arguments)
                                    .run()
                                    .without_lines_about_this_kernel();
                                let printed = output.stderr + &output.stdout;
                                assert_eq!(shape(&printed), shape(&told), "{typed}:\n{printed}");
                                held += 1;
                            }
                            _ => panic!("what does {typed} do?"),
                        }
                    }
                    assert_eq!(held, sessions);
                }
            },
        )
        .with_ignored_flag(sandbox::subject_is_peer() || !sandbox::has_name_service()),
    ]
}

/// A command typed at a prompt, and its output.
struct Step {
    typed: String,
    told: String,
}

fn steps(document: &str) -> Vec<Step> {
    let session = if document.starts_with("<svg") {
        drawn(document)
    } else {
        let blocks = document.split("```console\n").skip(1);
        blocks
            .map(|block| block.split("```").next().unwrap())
            .collect()
    };
    let steps = session.split("$ ").skip(1).map(|step| {
        let (typed, told) = step.split_once('\n').unwrap();
        Step {
            typed: typed.to_owned(),
            told: told.to_owned(),
        }
    });
    steps.collect()
}

/// The text of a picture made by `docs/picture`.
fn drawn(picture: &str) -> String {
    let lines = picture.lines().filter(|line| line.starts_with("<text "));
    let text = lines.map(|line| {
        let text = line.split('<').filter_map(|tag| tag.split_once('>'));
        text.map(|(_, text)| text).collect::<String>() + "\n"
    });
    text.collect::<String>().replace("\n\n$ ", "\n$ ")
}

/// Lines without figures and column spacing. Lines end early if they depend on the address of localhost or the kinds of
/// time stamps. Which of two replies is read first is random.
fn shape(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = text.lines().map(line).collect();
    let is_reply = |line: &String| line.contains(" icmp_seq=");
    if let Some(first) = lines.iter().position(is_reply) {
        let replies = lines.iter().filter(|line| is_reply(line)).count();
        lines[first..first + replies].sort();
    }
    lines
}

fn line(line: &str) -> String {
    const CUT: [&str; 4] = [
        "ping: raw socket, ",
        "PING localhost ",
        "64 bytes from ",
        "timed by: ",
    ];
    if let Some(begin) = CUT.iter().find(|begin| line.contains(**begin)) {
        return (*begin).to_owned();
    }
    // The program is run with a path, which is removed.
    let line = match line.strip_prefix("rping: ") {
        Some(message) => format!("ping: {message}"),
        None => line.to_owned(),
    };
    let words: Vec<String> = line.split_whitespace().map(word).collect();
    words.join(" ")
}

/// Replaces decimals and milliseconds by `#`.
fn word(word: &str) -> String {
    let (name, value) = word.split_once('=').unwrap_or(("", word));
    let is_figure = |text: &str| match text.strip_suffix("ms") {
        Some(whole) => whole.parse::<u64>().is_ok(),
        None => text.contains('.') && text.parse::<f64>().is_ok(),
    };
    if !value.split('/').all(is_figure) {
        return word.to_owned();
    }
    let figures: Vec<&str> = value.split('/').map(|_| "#").collect();
    format!("{name} {}", figures.join("/"))
}
