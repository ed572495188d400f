//! Markdown tables that are also aligned as plain text.

use std::time::Duration;

/// A table with text columns first, and number columns after them.
pub(crate) struct Table {
    words: usize,
    rows: Vec<Vec<String>>,
}

impl Table {
    pub(crate) fn new(words: &[&str], numbers: impl IntoIterator<Item = String>) -> Self {
        let mut header: Vec<String> = words.iter().map(|&word| word.to_owned()).collect();
        header.extend(numbers);
        Self {
            words: words.len(),
            rows: vec![header],
        }
    }

    pub(crate) fn row(&mut self, cells: Vec<String>) {
        self.rows.push(cells);
    }

    pub(crate) fn print(&self, title: &str) {
        println!("\n{title}\n");
        let columns = self.rows.first().map_or(0, Vec::len);
        let width = |column: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(column));
            cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..columns).map(width).collect();
        for (number, row) in self.rows.iter().enumerate() {
            let cell = |(column, cell): (usize, &String)| {
                let width = widths[column];
                if column < self.words {
                    format!(" {cell:<width$} |")
                } else {
                    format!(" {cell:>width$} |")
                }
            };
            println!("|{}", row.iter().enumerate().map(cell).collect::<String>());
            if number == 0 {
                let rule = |(column, width): (usize, &usize)| {
                    let dashes = "-".repeat(width + 1);
                    let end = if column < self.words { '-' } else { ':' };
                    format!("{dashes}{end}|")
                };
                println!(
                    "|{}",
                    widths.iter().enumerate().map(rule).collect::<String>()
                );
            }
        }
    }
}

#[derive(Debug, Default, Clone)]
pub(crate) struct Sample(Vec<Duration>);

impl Sample {
    pub(crate) fn extend(&mut self, more: impl IntoIterator<Item = Duration>) {
        self.0.extend(more);
        self.0.sort_unstable();
    }

    /// The smallest value that `percent` of a hundred values do not exceed.
    pub(crate) fn percentile(&self, percent: usize) -> Option<Duration> {
        let rank = (self.0.len() * percent).div_ceil(100);
        self.0.get(rank.checked_sub(1)?).copied()
    }

    pub(crate) fn median(&self) -> Option<Duration> {
        self.percentile(50)
    }
}

/// Microseconds with one decimal, or a dash if there is no measurement.
pub(crate) fn micros(time: Option<Duration>) -> String {
    time.map_or_else(dash, |time| format!("{:.1}", time.as_secs_f64() * 1e6))
}

/// Nanoseconds as signed microseconds with one decimal.
pub(crate) fn signed_micros(nanoseconds: i64) -> String {
    let tenths = (nanoseconds.unsigned_abs() + 50) / 100;
    let sign = if nanoseconds < 0 { '-' } else { '+' };
    format!("{sign}{}.{}", tenths / 10, tenths % 10)
}

/// `theirs` as a multiple of `ours`, or a dash if one is missing.
pub(crate) fn ratio(theirs: Option<Duration>, ours: Option<Duration>) -> String {
    match (theirs, ours) {
        (Some(theirs), Some(ours)) if !ours.is_zero() => {
            format!("{:.1}", theirs.as_secs_f64() / ours.as_secs_f64())
        }
        _ => dash(),
    }
}

pub(crate) fn dash() -> String {
    "-".to_owned()
}
