//! The table at the end: one row a target.

use std::io::{self, Write};

use super::columns::fill;
use super::figures::Columns;
use super::name_column::NameColumn;
use super::output::Output;
use super::{order, reason};
use crate::config::{Sort, Style};
use crate::event::{Results, Row, TargetNumber};
use crate::report::colour::Palette;
use crate::report::{Names, Outlet};

/// The heading of the column of names, which may all be shorter.
const TARGET: &[u8] = b"target";

/// The table in the making.
pub(super) struct Table<'a> {
    column: &'a mut NameColumn,
    names: &'a mut dyn Names,
    style: &'a Style,
    /// The width of the column of labels; none: no target has one.
    label: Option<usize>,
}

impl<'a> Table<'a> {
    pub(super) fn new(
        column: &'a mut NameColumn,
        names: &'a mut dyn Names,
        style: &'a Style,
    ) -> Self {
        Self {
            label: column.widest_label().map(|width| width.max(5)),
            column,
            names,
            style,
        }
    }

    /// Writes heading and rows, one after the other: a million of them are never in memory.
    pub(super) fn write<O: Outlet, E: Outlet>(
        mut self,
        output: &mut Output<O, E>,
        results: &dyn Results,
        sort: Sort,
    ) -> io::Result<()> {
        let directory = self.column.directory();
        let rows = directory.as_given().map(|target| results.row(target));
        let columns = Columns::of(rows);
        output.gap();
        self.heading(output.lines(), &columns)?;
        for target in order::order(sort, &*directory, self.column, results) {
            let row = results.row(target);
            self.row(output.lines(), &columns, target, &row)?;
            output.made()?;
        }
        Ok(())
    }

    fn heading(&mut self, line: &mut Vec<u8>, columns: &Columns) -> io::Result<()> {
        let mut heading = TARGET.to_vec();
        fill(&mut heading, 0, self.column.width(self.names));
        if let Some(width) = self.label {
            heading.extend_from_slice(b"  ");
            let start = heading.len();
            heading.extend_from_slice(b"label");
            fill(&mut heading, start, width);
        }
        columns.heading(&mut heading)?;
        let heading = String::from_utf8_lossy(&heading);
        let palette = Palette::new(self.style.colour);
        writeln!(line, "{}", palette.heading(heading))
    }

    fn row(
        &mut self,
        line: &mut Vec<u8>,
        columns: &Columns,
        target: TargetNumber,
        row: &Row,
    ) -> io::Result<()> {
        let start = line.len();
        self.column.padded(line, target, self.names)?;
        fill(line, start, TARGET.len());
        if let Some(width) = self.label {
            line.extend_from_slice(b"  ");
            let start = line.len();
            write!(line, "{}", self.column.label(target).unwrap_or_default())?;
            fill(line, start, width);
        }
        columns.row(line, row)?;
        if !row.is_alive() {
            self.reason(line, target, row)?;
        }
        writeln!(line)
    }

    fn reason(&mut self, line: &mut Vec<u8>, target: TargetNumber, row: &Row) -> io::Result<()> {
        let mut text = Vec::new();
        let context = reason::Context {
            target: self.column.directory().address(target),
            style: self.style,
        };
        reason::text(&mut text, row, &context, self.names)?;
        let text = String::from_utf8_lossy(&text);
        let palette = Palette::new(self.style.colour);
        write!(line, "  {}", palette.alarm(text))
    }
}
