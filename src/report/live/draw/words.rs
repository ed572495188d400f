//! Numbers as they stand in narrow columns.

use std::time::Duration;

use crate::report::duration::Rounded;
use crate::report::number::General;
use crate::sanitize;

/// A percentage in five columns or fewer: never 0 % where something was lost, and 100 % only where everything was.
pub(super) fn percent(percent: Option<f64>) -> String {
    match percent {
        None => "-".to_owned(),
        Some(0.0) => "0%".to_owned(),
        Some(percent) if percent < 0.1 => "<0.1%".to_owned(),
        Some(percent) if percent < 9.95 => format!("{percent:.1}%"),
        Some(percent) => format!("{:.0}%", percent.floor()),
    }
}

/// A round trip in milliseconds, to about three digits.
pub(super) fn milliseconds(round_trip: Option<Duration>) -> String {
    round_trip.map_or_else(|| "-".to_owned(), |it| Rounded(it).to_string())
}

/// A round trip with its unit, without digits that say nothing.
pub(super) fn with_unit(round_trip: Duration) -> String {
    let (number, unit) = match round_trip.as_nanos() {
        0 => return "0".to_owned(),
        1..1_000_000 => (round_trip.as_secs_f64() * 1e6, "us"),
        1_000_000..1_000_000_000 => (round_trip.as_secs_f64() * 1e3, "ms"),
        _ => (round_trip.as_secs_f64(), "s"),
    };
    let number = if number < 10.0 {
        format!("{number:.1}")
    } else {
        format!("{number:.0}")
    };
    let number = number.strip_suffix(".0").unwrap_or(&number);
    format!("{number} {unit}")
}

/// A time of the run: `1:02:03`, `02:03`.
pub(super) fn clock(elapsed: Duration) -> String {
    let seconds = elapsed.as_secs();
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    match hours {
        0 => format!("{minutes:02}:{seconds:02}"),
        _ => format!("{hours}:{minutes:02}:{seconds:02}"),
    }
}

/// How long a window is: `60s`, `5m`, `1h`.
pub(super) fn length(window: Duration) -> String {
    let seconds = window.as_secs_f64();
    let units = [(3600.0, "h"), (60.0, "m")];
    let unit = units
        .iter()
        .find(|(unit, _)| seconds >= 2.0 * unit && seconds % unit == 0.0);
    let (unit, name) = unit.copied().unwrap_or((1.0, "s"));
    format!("{}{name}", General(seconds / unit))
}

/// A number of targets.
pub(super) fn targets(count: u32) -> String {
    let s = if count == 1 { "" } else { "s" };
    format!("{count} target{s}")
}

/// A line as rows of this many columns or fewer. All but the first are indented.
pub(super) fn wrap(line: &str, width: usize) -> impl Iterator<Item = String> + use<> {
    const INDENT: &str = "  ";
    let mut rows = Vec::new();
    let mut row = String::new();
    let mut columns = 0;
    for character in line.chars() {
        let more = sanitize::columns(character.encode_utf8(&mut [0; 4]));
        if columns + more > width && columns > INDENT.len() {
            rows.push(std::mem::replace(&mut row, INDENT.to_owned()));
            columns = INDENT.len();
        }
        row.push(character);
        columns += more;
    }
    rows.push(row);
    rows.into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loss_is_never_rounded_to_none_or_to_all() {
        for (value, text) in [
            (0.0, "0%"),
            (0.0001, "<0.1%"),
            (0.14, "0.1%"),
            (9.94, "9.9%"),
            (9.96, "9%"),
            (33.3, "33%"),
            (99.99, "99%"),
            (100.0, "100%"),
        ] {
            assert_eq!(percent(Some(value)), text);
        }
        assert_eq!(percent(None), "-");
    }

    #[test]
    fn long_lines_go_on_in_the_next_row_between_characters() {
        let rows = |line: &str, width| wrap(line, width).collect::<Vec<_>>();
        assert_eq!(rows("", 5), [""]);
        assert_eq!(rows("abcde", 5), ["abcde"]);
        assert_eq!(rows("abcdefgh", 5), ["abcde", "  fgh"]);
        assert_eq!(
            rows("\u{6771}\u{4eac}e\u{301}x", 5),
            ["\u{6771}\u{4eac}e\u{301}", "  x"]
        );
        assert!(rows("abcdefgh", 0).concat().contains('h'));
    }

    #[test]
    fn times_have_the_unit_that_suits_them() {
        for (nanoseconds, text) in [
            (0, "0"),
            (20_000, "20 us"),
            (1_000_000, "1 ms"),
            (2_500_000, "2.5 ms"),
            (64_000_000, "64 ms"),
            (5_000_000_000, "5 s"),
        ] {
            assert_eq!(with_unit(Duration::from_nanos(nanoseconds)), text);
        }
        for (seconds, text) in [(1.5, "1.5s"), (60.0, "60s"), (120.0, "2m"), (7200.0, "2h")] {
            assert_eq!(length(Duration::from_secs_f64(seconds)), text);
        }
        assert_eq!(clock(Duration::from_secs(59)), "00:59");
        assert_eq!(clock(Duration::from_secs(3723)), "1:02:03");
    }
}
