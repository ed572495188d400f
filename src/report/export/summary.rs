//! The statistics of each target at the end of the run, as comma-separated values (RFC 4180): one row for each target.

use std::fmt::{self, Write as _};
use std::io::{self, Write as _};
use std::rc::Rc;

use super::Subjects;
use super::csv;
use super::figures::figures;
use crate::event::{Directory, Event, Results, Row, TargetNumber, When};
use crate::report::{Backpressure, Names, Outlet, Report, Retention, slug};

/// A row for each target.
pub struct CsvSummary<O> {
    out: O,
    subjects: Subjects,
}

impl<O> fmt::Debug for CsvSummary<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CsvSummary").finish_non_exhaustive()
    }
}

impl<O: Outlet> CsvSummary<O> {
    /// `directory` has the targets if there are several.
    pub fn new(out: O, directory: Option<Rc<dyn Directory>>, names: impl Names + 'static) -> Self {
        Self {
            out,
            subjects: Subjects::new(directory, Box::new(names)),
        }
    }

    fn header(&mut self) -> io::Result<()> {
        let mut header = String::from("target,name,address,label");
        for (name, _) in figures(None, &Row::default()) {
            let _ = write!(header, ",{name}");
        }
        header += ",reason\r\n";
        self.out.put(header.as_bytes(), Retention::Required)
    }

    fn row(&mut self, target: TargetNumber, results: &dyn Results) -> io::Result<()> {
        let subject = self.subjects.of(target);
        let kept = results.row(target);
        let mut row = Vec::new();
        write!(row, "{target},")?;
        csv::text(&mut row, &subject.name);
        row.push(b',');
        csv::text(&mut row, &subject.address.unwrap_or_default());
        row.push(b',');
        csv::text(&mut row, &subject.label);
        for (_, figure) in figures(results.target(target).as_ref(), &kept) {
            write!(row, ",{}", figure.unwrap_or_default())?;
        }
        row.push(b',');
        csv::text(&mut row, kept.reason.map_or("", slug::reason));
        row.extend_from_slice(b"\r\n");
        self.out.put(&row, Retention::Required)
    }
}

impl<O: Outlet> Report for CsvSummary<O> {
    fn event(&mut self, event: &Event<'_>, _: When<'_>) -> io::Result<()> {
        match event {
            Event::Started(start) => {
                self.subjects.started(start);
                self.header()
            }
            Event::Finished(_, results) => {
                let all = self.subjects.all();
                all.into_iter()
                    .try_for_each(|target| self.row(target, *results))
            }
            _ => Ok(()),
        }
    }

    fn flush(&mut self) -> io::Result<Backpressure> {
        self.out.resume()
    }
}

#[cfg(test)]
mod tests;
