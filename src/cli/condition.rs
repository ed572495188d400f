//! Parses the value of `--fail-if`.

use std::ffi::OsStr;
use std::time::Duration;

use super::Refusal;
use super::values;
use crate::config::condition::{Comparison, Condition, Figure, Part, Unit};
use crate::event::Amount;
use crate::sanitize;

/// The prefix of figures of the window at the end of the run.
const WINDOW: &str = "window.";

/// Units of time, and how many of each are a second.
const TIMES: [(&str, u32); 3] = [("us", 1_000_000), ("ms", 1000), ("s", 1)];

/// Parses one condition. Blanks between its parts are ignored.
pub(super) fn condition(text: &OsStr) -> Result<Condition, Refusal> {
    let refuse = |why: &str| {
        let text = sanitize::excerpt(text);
        Refusal::new(format!("--fail-if: invalid argument: '{text}': {why}"))
    };
    let words: String = text.to_string_lossy().split_whitespace().collect();
    let parts = Comparison::ALL.into_iter().find_map(|comparison| {
        let (figure, bound) = words.split_once(comparison.word())?;
        Some((figure, comparison, bound))
    });
    let Some((name, comparison, typed)) = parts else {
        return Err(refuse(
            "must be a figure, one of > >= < <=, and a value, in quotes, such as 'loss>1%', 'p99>=50ms' or 'late>0'",
        ));
    };
    let (part, name) = match name.strip_prefix(WINDOW) {
        Some(name) => (Part::Window, name),
        None => (Part::Run, name),
    };
    let figure = Figure::ALL.into_iter().find(|it| it.word() == name);
    let figure = figure.ok_or_else(|| {
        let known = Figure::ALL.map(Figure::word).join(", ");
        refuse(&format!("unknown figure: use one of {known}"))
    })?;
    if part == Part::Window && !figure.is_of_window() {
        return Err(refuse("a window has only loss, min, avg, max, p50 and p99"));
    }
    let bound = bound(figure.unit(), typed).ok_or_else(|| {
        let (word, comparison) = (figure.word(), comparison.word());
        let (what, example) = match figure.unit() {
            Unit::Percent => ("a percentage from 0% to 100%", "1%"),
            Unit::RoundTrip => ("a time in us, ms or s", "50ms"),
            Unit::Outage => ("a time in us, ms or s", "5s"),
            Unit::Count => ("a whole number", "0"),
        };
        refuse(&format!(
            "{word} needs {what}, such as '{word}{comparison}{example}'"
        ))
    })?;
    Ok(Condition {
        part,
        figure,
        comparison,
        bound,
        text: words,
    })
}

fn bound(unit: Unit, typed: &str) -> Option<Amount> {
    match unit {
        Unit::Percent => percent(typed).map(Amount::Percent),
        Unit::RoundTrip => time(typed).map(Amount::RoundTrip),
        Unit::Outage => time(typed).map(Amount::Outage),
        Unit::Count => values::decimal(typed).ok().map(Amount::Count),
    }
}

fn percent(typed: &str) -> Option<f64> {
    let digits = typed.strip_suffix('%')?;
    // Rejects an exponent, a sign and `inf`.
    values::plain_seconds(digits).ok()?;
    let percent = digits.parse().ok()?;
    (0.0..=100.0).contains(&percent).then_some(percent)
}

pub(super) fn time(typed: &str) -> Option<Duration> {
    let (digits, in_a_second) = TIMES
        .iter()
        .find_map(|(unit, number)| Some((typed.strip_suffix(unit)?, number)))?;
    values::plain_seconds(digits)
        .ok()?
        .checked_div(*in_a_second)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Condition, String> {
        condition(text.as_ref()).map_err(|refusal| refusal.to_string())
    }

    fn ns(nanoseconds: u64) -> Duration {
        Duration::from_nanos(nanoseconds)
    }

    #[test]
    fn condition_is_a_figure_a_comparison_and_a_bound() {
        for (text, figure, comparison, bound) in [
            (
                "loss>1%",
                Figure::Loss,
                Comparison::Above,
                Amount::Percent(1.0),
            ),
            (
                "loss>=.5%",
                Figure::Loss,
                Comparison::AtLeast,
                Amount::Percent(0.5),
            ),
            (
                "loss<100%",
                Figure::Loss,
                Comparison::Below,
                Amount::Percent(100.0),
            ),
            (
                "p99>50ms",
                Figure::P99,
                Comparison::Above,
                Amount::RoundTrip(ns(50_000_000)),
            ),
            (
                "p99.9<=1.5us",
                Figure::P99_9,
                Comparison::AtMost,
                Amount::RoundTrip(ns(1500)),
            ),
            (
                "jitter>0s",
                Figure::Jitter,
                Comparison::Above,
                Amount::RoundTrip(ns(0)),
            ),
            (
                "outage>0.5s",
                Figure::Outage,
                Comparison::Above,
                Amount::Outage(ns(500_000_000)),
            ),
            ("late>0", Figure::Late, Comparison::Above, Amount::Count(0)),
            (
                "duplicates<9",
                Figure::Duplicates,
                Comparison::Below,
                Amount::Count(9),
            ),
            (
                " p50 >= 20 ms\t",
                Figure::P50,
                Comparison::AtLeast,
                Amount::RoundTrip(ns(20_000_000)),
            ),
        ] {
            let words = text.split_whitespace().collect();
            let expected = Condition {
                part: Part::Run,
                figure,
                comparison,
                bound,
                text: words,
            };
            assert_eq!(read(text), Ok(expected), "{text}");
        }
        for figure in Figure::ALL {
            let bound = match figure.unit() {
                Unit::Percent => "1%",
                Unit::RoundTrip | Unit::Outage => "1s",
                Unit::Count => "1",
            };
            let read = read(&format!("{}<{bound}", figure.word())).unwrap();
            assert_eq!(read.figure, figure);
        }
    }

    #[test]
    fn what_is_no_condition_is_refused_with_what_is_allowed() {
        let refused = |text: &str, why: &str| {
            let line = format!("--fail-if: invalid argument: '{text}': {why}");
            assert_eq!(read(text), Err(line));
        };
        for text in ["", "loss", "loss1%", "loss=1%", "loss==1%", "1%"] {
            refused(
                text,
                "must be a figure, one of > >= < <=, and a value, in quotes, such as 'loss>1%', 'p99>=50ms' or 'late>0'",
            );
        }
        for text in [">1%", "Loss>1%", "los>1%", "p95>1ms", "1%<loss"] {
            refused(
                text,
                "unknown figure: use one of loss, min, avg, max, mdev, p50, p90, p99, p99.9, jitter, outage, late, duplicates",
            );
        }
        for bound in [
            "", "1", "%", "-1%", "+1%", "1e1%", "inf%", "nan%", "100.1%", "1ms", ">1%", "1%%",
        ] {
            refused(
                &format!("loss>{bound}"),
                "loss needs a percentage from 0% to 100%, such as 'loss>1%'",
            );
        }
        for bound in [
            "50",
            "s",
            "1m",
            "-1ms",
            "1e3ms",
            "1ns",
            "1%",
            "18446744073709551616s",
        ] {
            refused(
                &format!("max<={bound}"),
                "max needs a time in us, ms or s, such as 'max<=50ms'",
            );
            refused(
                &format!("outage<{bound}"),
                "outage needs a time in us, ms or s, such as 'outage<5s'",
            );
        }
        for bound in ["", "1.5", "-1", "1%", "1s", "18446744073709551616"] {
            refused(
                &format!("late>{bound}"),
                "late needs a whole number, such as 'late>0'",
            );
        }
    }

    #[test]
    fn figure_of_the_window_has_a_word_in_front_and_is_one_that_a_window_has() {
        let condition = read(" window.loss > 1%").unwrap();
        assert_eq!(
            (condition.part, condition.figure),
            (Part::Window, Figure::Loss)
        );
        assert_eq!(condition.text, "window.loss>1%");
        let refused = |text: &str, why: &str| {
            let line = format!("--fail-if: invalid argument: '{text}': {why}");
            assert_eq!(read(text), Err(line));
        };
        let only = "a window has only loss, min, avg, max, p50 and p99";
        refused("window.p90>1ms", only);
        refused("window.late>1", only);
    }

    #[test]
    fn refusal_is_harmless_for_a_terminal() {
        let refusal = condition("\u{1b}[2J>1%".as_ref()).unwrap_err();
        assert!(!refusal.to_string().contains('\u{1b}'));
    }
}
