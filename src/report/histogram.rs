//! Draws the distribution of round trips: one bar for each range. A bar's length is the logarithm of its count, so the
//! few slow replies stay visible beside many fast ones.

use std::io::{self, Write};

use super::duration::Milliseconds;
use crate::event::Bin;

/// Width when the output is not a terminal.
const COLUMNS: u16 = 80;

/// Maximum length of a bar, however wide the terminal is.
const LONGEST: usize = 100;

/// Draws one line for each range, with block characters on a terminal and ASCII elsewhere.
pub(super) fn text(line: &mut Vec<u8>, bins: &[Bin], terminal: Option<u16>) -> io::Result<()> {
    let bar = if terminal.is_some() { "\u{2588}" } else { "#" };
    let rows: Vec<[String; 3]> = bins.iter().map(row).collect();
    let [from, to, count] = [0, 1, 2].map(|cell| {
        let widths = rows.iter().filter_map(|row| row.get(cell)).map(String::len);
        widths.max().unwrap_or(0)
    });
    let columns = usize::from(terminal.unwrap_or(COLUMNS));
    // Some terminals wrap a line that ends in the last column.
    let room = columns.saturating_sub(from + to + count + " -  ms    ".len() + 1);
    let most = bins.iter().map(|bin| bin.count).max().unwrap_or(0);
    for (bin, [begin, end, number]) in bins.iter().zip(&rows) {
        let length = length(bin.count, most, room.clamp(1, LONGEST));
        if begin == end {
            // All round trips print alike.
            write!(line, "{begin} ms  {number}")?;
        } else {
            write!(line, "{begin:>from$} - {end:>to$} ms  {number:>count$}")?;
        }
        let gap = if length > 0 { "  " } else { "" };
        writeln!(line, "{gap}{}", bar.repeat(length))?;
    }
    Ok(())
}

fn row(bin: &Bin) -> [String; 3] {
    [
        Milliseconds(bin.from).to_string(),
        Milliseconds(bin.to).to_string(),
        bin.count.to_string(),
    ]
}

/// Zero for a count of zero, otherwise from one up to `room` for the highest count.
#[allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a number of columns"
)]
fn length(count: u64, most: u64, room: usize) -> usize {
    if count == 0 {
        return 0;
    }
    let part = logarithm(count) / logarithm(most);
    ((part * room as f64 + 0.5) as usize).clamp(1, room)
}

/// The binary logarithm of `count + 1`, linear between powers of two: precise enough for a bar, and needs no maths library.
#[allow(clippy::cast_precision_loss, reason = "a number of columns")]
fn logarithm(count: u64) -> f64 {
    let count = count.saturating_add(1);
    let whole = count.ilog2();
    let power = 1_u64 << whole;
    f64::from(whole) + (count - power) as f64 / power as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn bins() -> Vec<Bin> {
        let bin = |from, to, count| Bin {
            from: Duration::from_micros(from),
            to: Duration::from_micros(to),
            count,
        };
        vec![
            bin(900, 3000, 99),
            bin(3000, 10_000, 0),
            bin(10_000, 33_000, 9),
        ]
    }

    fn drawn(terminal: Option<u16>) -> String {
        let mut line = Vec::new();
        text(&mut line, &bins(), terminal).unwrap();
        String::from_utf8(line).unwrap()
    }

    #[test]
    fn bars_are_as_long_as_the_logarithm_of_their_count() {
        let plain = drawn(None);
        let bars: Vec<usize> = plain
            .lines()
            .map(|line| line.matches('#').count())
            .collect();
        assert_eq!(bars, [55, 0, 27], "{plain}");
        let first = plain.lines().next().unwrap();
        assert!(first.starts_with(" 0.900 -  3.000 ms  99  ###"), "{plain}");
        assert_eq!(first.len(), 80 - 1, "it does not wrap");
    }

    #[test]
    fn round_trips_that_read_alike_are_no_range() {
        let one = Bin {
            from: Duration::from_nanos(12_600),
            to: Duration::from_nanos(13_400),
            count: 3,
        };
        let mut line = Vec::new();
        text(&mut line, &[one], Some(30)).unwrap();
        let line = String::from_utf8(line).unwrap();
        assert!(line.starts_with("0.013 ms  3  \u{2588}"), "{line}");
    }

    #[test]
    fn a_terminal_gets_blocks_that_fit_it() {
        for line in drawn(Some(60)).lines() {
            assert!(line.chars().count() <= 60, "{line}");
            assert!(!line.contains('#'));
        }
        let narrow = drawn(Some(5));
        assert!(
            narrow
                .lines()
                .all(|line| line.matches('\u{2588}').count() <= 1)
        );
    }
}
