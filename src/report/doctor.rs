//! The findings of `--doctor` as lines for people: state, topic and text, followed by a line with the remedy.

use std::fmt::Write as _;

use super::colour::Palette;
use crate::config::Doctor;
use crate::event::{Finding, State};
use crate::sanitize;

/// The width of the column of states.
const STATE: usize = 7;
/// The width of the column of topics.
const TOPIC: usize = 11;

/// A line for each finding, and one for its remedy if there is any.
#[must_use]
pub fn lines(findings: &[Finding], style: &Doctor) -> String {
    let palette = Palette::new(style.colour);
    let mut lines = String::new();
    for finding in findings {
        let word = format!("{:STATE$}", finding.state.word());
        let word = match finding.state {
            State::Ok => word,
            State::Warning => palette.caution(word).to_string(),
            State::Problem => palette.alarm(word).to_string(),
        };
        let text = sanitize::escape_in(&finding.text, style.charset);
        let _ = writeln!(lines, "{word}  {:TOPIC$}  {text}", finding.topic);
        if let Some(change) = &finding.change {
            let change = sanitize::escape_in(change, style.charset);
            let _ = writeln!(lines, "{:STATE$}  {:TOPIC$}  change: {change}", "", "");
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(colour: bool) -> String {
        let finding = |state, topic, text: &str, change: Option<&str>| Finding {
            state,
            topic,
            text: text.to_owned(),
            change: change.map(str::to_owned),
        };
        let style = Doctor {
            json: false,
            colour,
            charset: sanitize::Charset::Ascii,
        };
        let findings = [
            finding(State::Ok, "program", "/bin/r\x1bping", None),
            finding(State::Warning, "IPv6", "none", None),
            finding(
                State::Problem,
                "raw socket",
                "not permitted",
                Some("sudo a"),
            ),
        ];
        lines(&findings, &style)
    }

    #[test]
    fn columns_are_aligned_and_a_word_says_the_state() {
        let expected = "\
ok       program      /bin/r\\x1bping
warning  IPv6         none
problem  raw socket   not permitted
                      change: sudo a
";
        assert_eq!(found(false), expected);
    }

    #[test]
    fn colours_mark_only_the_word_and_do_not_move_columns() {
        let expected = "\
ok       program      /bin/r\\x1bping
\x1b[33mwarning\x1b[0m  IPv6         none
\x1b[31mproblem\x1b[0m  raw socket   not permitted
                      change: sudo a
";
        assert_eq!(found(true), expected);
    }
}
