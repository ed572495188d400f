//! The table at the end: one row a target.

use std::io::{self, Write};

use super::columns::{fill, right};
use super::output::Output;
use super::roster::Roster;
use super::{order, reason};
use crate::config::{Sort, Style};
use crate::event::many::{Results, Row, TargetNumber};
use crate::report::colour::Palette;
use crate::report::duration::Milliseconds;
use crate::report::number::General;
use crate::report::{Names, Outlet};

/// Columns of a number of probes, of the loss, and of a round trip.
const PROBES: usize = 10;
const LOSS: usize = 9;
const ROUND_TRIP: usize = 11;

/// How the columns are laid out.
pub(super) struct Table<'a> {
    roster: &'a mut Roster,
    names: &'a mut dyn Names,
    palette: Palette,
    /// The width of the column of labels; none: no target has one.
    label: Option<usize>,
    /// Whether a distribution was kept of each target.
    percentile: bool,
}

impl<'a> Table<'a> {
    pub(super) fn new(roster: &'a mut Roster, names: &'a mut dyn Names, style: &Style) -> Self {
        Self {
            label: roster.longest_label().map(|width| width.max(5)),
            roster,
            names,
            palette: Palette::new(style.colour),
            percentile: false,
        }
    }

    /// Writes heading and rows, one after the other: a million of them are never in memory.
    pub(super) fn write<O: Outlet, E: Outlet>(
        mut self,
        output: &mut Output<O, E>,
        targets: TargetNumber,
        results: &dyn Results,
        sort: Sort,
    ) -> io::Result<()> {
        // All rows have a distribution or none has; the first that was answered tells.
        let mut rows = (0..targets).map(|target| results.row(target));
        let answered = rows.find(Row::is_alive);
        self.percentile = answered.is_some_and(|row| row.p99.is_some());
        output.gap();
        self.heading(output.lines())?;
        let order = order::order(sort, targets, self.roster, results);
        for position in 0..targets {
            let ordered = usize::try_from(position).ok().and_then(|at| order.get(at));
            let target = ordered.copied().unwrap_or(position);
            self.row(output.lines(), target, &results.row(target))?;
            output.made()?;
        }
        Ok(())
    }

    fn heading(&mut self, line: &mut Vec<u8>) -> io::Result<()> {
        let mut heading = b"target".to_vec();
        fill(&mut heading, 0, self.roster.width(self.names));
        if let Some(width) = self.label {
            heading.extend_from_slice(b"  ");
            let start = heading.len();
            heading.extend_from_slice(b"label");
            fill(&mut heading, start, width);
        }
        for (width, text) in [(PROBES, "sent"), (PROBES, "received"), (LOSS, "loss %")] {
            right(&mut heading, width, text)?;
        }
        let round_trips = ["min ms", "avg ms", "max ms", "p99 ms"];
        for text in round_trips.iter().take(self.round_trips()) {
            right(&mut heading, ROUND_TRIP, text)?;
        }
        let heading = String::from_utf8_lossy(&heading);
        writeln!(line, "{}", self.palette.heading(heading))
    }

    /// How many columns of round trips there are.
    fn round_trips(&self) -> usize {
        if self.percentile { 4 } else { 3 }
    }

    fn row(&mut self, line: &mut Vec<u8>, target: TargetNumber, row: &Row) -> io::Result<()> {
        self.roster.column(line, target, self.names)?;
        if let Some(width) = self.label {
            line.extend_from_slice(b"  ");
            let start = line.len();
            write!(line, "{}", self.roster.label(target).unwrap_or_default())?;
            fill(line, start, width);
        }
        right(line, PROBES, row.sent)?;
        right(line, PROBES, row.received)?;
        match row.loss() {
            Some(loss) => right(line, LOSS, General(loss))?,
            None => right(line, LOSS, "-")?,
        }
        let round_trips = [row.min, row.mean, row.max, row.p99];
        for time in round_trips.into_iter().take(self.round_trips()) {
            match time {
                Some(time) => right(line, ROUND_TRIP, Milliseconds(time))?,
                None => right(line, ROUND_TRIP, "-")?,
            }
        }
        if !row.is_alive() {
            self.reason(line, row)?;
        }
        writeln!(line)
    }

    fn reason(&mut self, line: &mut Vec<u8>, row: &Row) -> io::Result<()> {
        let mut text = Vec::new();
        reason::text(&mut text, row, self.names)?;
        let text = String::from_utf8_lossy(&text);
        write!(line, "  {}", self.palette.alarm(text))
    }
}
