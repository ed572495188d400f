//! The table at the end: one row for each target.

use std::io::{self, Write};

use super::columns::fill;
use super::figures::Columns;
use super::name_column::NameColumn;
use super::{order, reason};
use crate::config::Sort;
use crate::event::{Results, Row, TargetNumber};
use crate::report::colour::Palette;
use crate::report::text::page::Page;

/// The minimum width of the column of names.
const TARGET: &[u8] = b"target";

pub(super) struct Table<'a, 'b> {
    column: &'a mut NameColumn,
    page: &'a mut Page<'b>,
    /// The width of the column of labels, or `None` if no target has one.
    label: Option<usize>,
}

impl<'a, 'b> Table<'a, 'b> {
    pub(super) fn new(column: &'a mut NameColumn, page: &'a mut Page<'b>) -> Self {
        Self {
            label: column.widest_label().map(|width| width.max(5)),
            column,
            page,
        }
    }

    /// Writes heading and rows one by one: a million rows would need too much memory.
    pub(super) fn write(mut self, results: &dyn Results, sort: Sort) -> io::Result<()> {
        let directory = self.column.directory();
        let rows = directory.as_given().map(|target| results.row(target));
        let columns = Columns::of(rows);
        self.page.gap();
        self.heading(&columns)?;
        for target in order::order(sort, &*directory, self.column, results) {
            self.row(&columns, target, &results.row(target))?;
            self.page.made()?;
        }
        Ok(())
    }

    fn heading(&mut self, columns: &Columns) -> io::Result<()> {
        let mut heading = TARGET.to_vec();
        fill(&mut heading, 0, self.column.width(&mut *self.page.names));
        if let Some(width) = self.label {
            heading.extend_from_slice(b"  ");
            let start = heading.len();
            heading.extend_from_slice(b"label");
            fill(&mut heading, start, width);
        }
        columns.heading(&mut heading)?;
        let heading = String::from_utf8_lossy(&heading);
        let palette = Palette::new(self.page.style.colour);
        writeln!(self.page.lines, "{}", palette.heading(heading))
    }

    fn row(&mut self, columns: &Columns, target: TargetNumber, row: &Row) -> io::Result<()> {
        let (line, names) = (&mut self.page.lines, &mut *self.page.names);
        let start = line.len();
        self.column.padded(line, target, names)?;
        fill(line, start, TARGET.len());
        if let Some(width) = self.label {
            line.extend_from_slice(b"  ");
            let start = line.len();
            write!(line, "{}", self.column.label(target).unwrap_or_default())?;
            fill(line, start, width);
        }
        columns.row(line, row)?;
        if !row.is_alive() {
            line.extend_from_slice(b"  ");
            let context = reason::Context {
                target: self.column.address(target),
                style: &self.page.style,
            };
            let reason = reason::text(row, &context, names);
            self.page.alarm(reason)?;
        }
        writeln!(self.page.lines)
    }
}
