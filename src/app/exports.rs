//! What is written for programs in one run: opened before privileges are given up, and written by a thread of its own.

use std::rc::Rc;

use anyhow::Result;

use super::Several as Lines;
use crate::config::export::{Exports, Format};
use crate::event::Directory;
use crate::net::Unprivileged;
use crate::output::Stream;
use crate::output::files::{Files, OpenFiles, Writing};
use crate::report::export::Csv;
use crate::report::{Outlet, Reports};
use crate::resolve::Reverse;

/// Files that are open.
pub(super) struct Opened {
    files: OpenFiles,
    formats: Vec<Format>,
    stdout: Option<Format>,
}

/// Opens them as the user who started this program.
///
/// # Errors
/// One cannot be written.
pub(super) fn open(exports: &Exports) -> Result<Opened> {
    let mut files = OpenFiles::default();
    for export in &exports.files {
        let writing = match export.format {
            Format::Csv => Writing::Stream,
        };
        files.open(&export.file, writing)?;
    }
    Ok(Opened {
        files,
        formats: exports.files.iter().map(|export| export.format).collect(),
        stdout: exports.stdout,
    })
}

/// What is written by now.
pub(super) struct Running {
    /// None: there are no files, and no thread.
    files: Option<Files>,
    formats: Vec<Format>,
    stdout: Option<Format>,
}

impl Opened {
    /// Starts the thread that writes files, where there are any.
    ///
    /// # Errors
    /// There is no thread to be had.
    pub(super) fn start(self, unprivileged: &Unprivileged) -> Result<Running> {
        let Self {
            files,
            formats,
            stdout,
        } = self;
        Ok(Running {
            files: if formats.is_empty() {
                None
            } else {
                Some(files.start(unprivileged.writers())?)
            },
            formats,
            stdout,
        })
    }
}

impl Running {
    /// A report for each of them, to be made before this thread is confined; `directory` knows the targets where there are several.
    pub(super) fn reports(&self, directory: Option<&Rc<dyn Directory>>) -> Reports<'static> {
        let mut reports = Reports::default();
        if let Some(files) = &self.files {
            for (number, format) in self.formats.iter().enumerate() {
                reports = with(reports, *format, files.outlet(number), directory);
            }
        }
        match self.stdout {
            Some(format) => with(reports, format, Stream::stdout(), directory),
            None => reports,
        }
    }

    /// Waits until all files are written, once their reports are gone.
    ///
    /// # Errors
    /// Some could not be written: a line for each.
    pub(super) fn finish(self) -> Result<()> {
        let failures = self.files.map(Files::finish).unwrap_or_default();
        if failures.is_empty() {
            Ok(())
        } else {
            Err(Lines(failures).into())
        }
    }
}

fn with(
    reports: Reports<'static>,
    format: Format,
    out: impl Outlet + 'static,
    directory: Option<&Rc<dyn Directory>>,
) -> Reports<'static> {
    let (directory, names) = (directory.cloned(), Reverse::numeric());
    match format {
        Format::Csv => reports.and(Csv::new(out, directory, names)),
    }
}
