//! The name `fping`: whole outputs against scripted hosts, comparison with fping itself if it is installed, and
//! programs that parse fping's output.

mod clients;
mod differential;
mod options;
mod output;
mod right;

use crate::run::{Output, Run, named};
use libtest_mimic::Trial;

pub(crate) fn trials() -> Vec<Trial> {
    [
        output::trials(),
        options::trials(),
        right::trials(),
        differential::trials(),
        clients::trials(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The program under test, named `fping`.
fn fping<'a>(arguments: &str) -> Run<'a> {
    named("fping", arguments)
}

/// The output with masked times: figures in fping's format become `T`.
fn masked(output: &Output) -> Output {
    Output {
        stdout: mask(&output.stdout),
        stderr: mask(&output.stderr),
        code: output.code,
    }
}

fn mask(text: &str) -> String {
    let mut masked = String::new();
    let mut rest = text;
    while !rest.is_empty() {
        let is_part = |c: char| !" \n/(),[]".contains(c);
        let end = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
        if end == 0 {
            let separator = rest.chars().next().unwrap();
            masked.push(separator);
            rest = &rest[separator.len_utf8()..];
            continue;
        }
        let (word, behind) = rest.split_at(end);
        let is_time_of_day =
            masked.ends_with('[') && word.len() == 8 && word.matches(':').count() == 2;
        let is_whole_round_trip = word.len() >= 3
            && word.bytes().all(|octet| octet.is_ascii_digit())
            && (behind.starts_with(" ms")
                || behind.starts_with(" avg")
                || masked.ends_with('/')
                || masked.ends_with("min/avg/max = ")
                || is_value(&masked));
        if is_figure(word) || is_time_of_day || is_whole_round_trip {
            masked.push('T');
        } else {
            masked.push_str(word);
        }
        rest = behind;
    }
    masked
}

/// Whether the text before a word is the start of a row of values, as of `-C`: a target and other values.
fn is_value(front: &str) -> bool {
    let line = front.rsplit('\n').next().unwrap_or_default();
    let values = line.split_once(" : ").map(|(_, values)| values);
    values.is_some_and(|values| {
        values
            .split(' ')
            .all(|value| ["", "-", "T"].contains(&value))
    })
}

/// Three digits with a point, or seconds since 1970 with five decimals, or of a run with three.
fn is_figure(word: &str) -> bool {
    let Some((whole, decimals)) = word.split_once('.') else {
        return false;
    };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|octet| octet.is_ascii_digit());
    digits(whole)
        && digits(decimals)
        && match (whole.len(), decimals.len()) {
            (1, 2) => whole != "0",
            (1, 3) | (2, 1) | (10, 5) => true,
            // 9.995 to 10 ms and 99.95 to 100 ms round up after fping has chosen the decimals.
            (2, 2) => word == "10.00",
            (3, 1) => word == "100.0",
            _ => false,
        }
}
