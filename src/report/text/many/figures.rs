//! The figures in a row of the table, in columns as wide as their content.

use std::fmt::{self, Display, Formatter};
use std::io;
use std::time::Duration;

use super::columns::right;
use crate::event::{Recent, Row};
use crate::report::duration::Milliseconds;
use crate::report::number::General;

const HEADINGS: [&str; 7] = [
    "sent", "recv", "loss %", "min ms", "avg ms", "max ms", "p99 ms",
];

/// Headings of the window at the end of the run, the last columns.
const RECENT: [&str; 3] = ["loss %", "avg ms", "p99 ms"];

enum Figure {
    Probes(u32),
    Percent(Option<f64>),
    Time(Option<Duration>),
}

impl Display for Figure {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Probes(number) => number.fmt(formatter),
            Self::Percent(Some(percent)) => General(percent).fmt(formatter),
            Self::Time(Some(time)) => Milliseconds(time).fmt(formatter),
            Self::Percent(None) | Self::Time(None) => formatter.write_str("-"),
        }
    }
}

fn figures(row: &Row) -> [Figure; 7] {
    [
        Figure::Probes(row.sent),
        Figure::Probes(row.received),
        Figure::Percent(row.loss()),
        Figure::Time(row.min),
        Figure::Time(row.mean),
        Figure::Time(row.max),
        Figure::Time(row.p99),
    ]
}

/// The figures of the window.
fn recent(row: &Row) -> [Figure; 3] {
    let recent = row.recent.unwrap_or_default();
    [
        Figure::Percent(recent.loss()),
        Figure::Time(recent.mean),
        Figure::Time(recent.p99),
    ]
}

/// `loss % (60 s)`
fn headings_of(recent: Recent) -> [String; 3] {
    let length = General(recent.length.as_secs_f64());
    RECENT.map(|heading| format!("{heading} ({length} s)"))
}

/// The layout of the figures.
#[derive(Debug)]
pub(super) struct Columns {
    /// `None` for a column that is left out.
    widths: Vec<usize>,
    /// The headings of the window, which are wider than its figures.
    recent: Option<[String; 3]>,
}

impl Columns {
    /// The layout for these rows. The last column is left out if it would only repeat the one before it.
    pub(super) fn of(rows: impl Iterator<Item = Row>) -> Self {
        // Except for the loss, the largest figure is also the widest.
        let mut most = Row::default();
        let mut loss = 0;
        let (mut has_percentile, mut recent) = (false, None);
        for row in rows {
            most = Row {
                sent: most.sent.max(row.sent),
                received: most.received.max(row.received),
                min: most.min.max(row.min),
                mean: most.mean.max(row.mean),
                max: most.max.max(row.max),
                p99: most.p99.max(row.p99),
                ..most
            };
            loss = loss.max(width_of_loss(&row));
            recent = recent.or(row.recent);
            has_percentile |= row.p99.is_some() && row.received >= Row::FEWEST_FOR_P99;
        }
        let mut figures = figures(&most).map(|figure| figure.to_string().len());
        let [_, _, of_loss, ..] = &mut figures;
        *of_loss = loss;
        let widths = figures.iter().zip(HEADINGS);
        let widths = widths.map(|(&width, heading)| width.max(heading.len()));
        Self {
            widths: widths.take(if has_percentile { 7 } else { 6 }).collect(),
            recent: recent.map(headings_of),
        }
    }

    pub(super) fn heading(&self, line: &mut Vec<u8>) -> io::Result<()> {
        self.write(line, HEADINGS)?;
        let Some(headings) = &self.recent else {
            return Ok(());
        };
        self.write_recent(line, headings)
    }

    pub(super) fn row(&self, line: &mut Vec<u8>, row: &Row) -> io::Result<()> {
        self.write(line, figures(row))?;
        self.write_recent(line, &recent(row))
    }

    fn write_recent(&self, line: &mut Vec<u8>, cells: &[impl Display; 3]) -> io::Result<()> {
        let headings = self.recent.iter().flatten();
        for (heading, cell) in headings.zip(cells) {
            line.extend_from_slice(b"  ");
            right(line, heading.len(), cell)?;
        }
        Ok(())
    }

    fn write(&self, line: &mut Vec<u8>, cells: [impl Display; 7]) -> io::Result<()> {
        for (width, cell) in self.widths.iter().zip(cells) {
            line.extend_from_slice(b"  ");
            right(line, *width, cell)?;
        }
        Ok(())
    }
}

/// Nearly all of a million targets lose nothing or everything, and need no formatting.
fn width_of_loss(row: &Row) -> usize {
    let nothing_else = row.received == 0 || row.received == row.sent;
    if nothing_else {
        return "100".len();
    }
    Figure::Percent(row.loss()).to_string().len()
}
