//! Files for programs: opened before privileges are dropped, and written by a thread of their own.

use std::io;
use std::rc::Rc;
use std::time::Duration;

use anyhow::Result;

use super::Several as Lines;
use crate::config::Json as Detail;
use crate::config::export::{Export, Exports, Format};
use crate::event::Directory;
use crate::net::{Privileges, Unprivileged};
use crate::output::Stream;
use crate::output::files::{FileOutlet, Files, OpenFiles, WriteMode};
use crate::report::export::{Csv, CsvSummary, Influx, Metrics};
use crate::report::json::{Json, Run};
use crate::report::{Outlet, Reports};
use crate::resolve::Reverse;

/// Open files.
pub(super) struct Opened {
    files: OpenFiles,
    exports: Exports,
}

/// Opens the files as the user who started the program.
///
/// # Errors
/// A file cannot be opened for writing.
pub(super) fn open(exports: &Exports, privileges: &Privileges) -> Result<Opened> {
    let mut files = OpenFiles::default();
    for export in &exports.files {
        let file = &export.file;
        match export.format {
            // It is rewritten after all rights are dropped.
            Format::Metrics(_) => files.open(file, WriteMode::Page)?,
            Format::Json | Format::Csv | Format::CsvSummary | Format::Influx => {
                privileges.as_the_user(|| files.open(file, WriteMode::Stream))?;
            }
        }
    }
    Ok(Opened {
        files,
        exports: exports.clone(),
    })
}

/// The files of a run.
pub(super) struct Running {
    /// `None` without files: then there is no thread.
    files: Option<Files>,
    exports: Exports,
}

impl Opened {
    /// Starts the thread that writes the files, if there are any.
    ///
    /// # Errors
    /// The thread cannot be started.
    pub(super) fn start(self, unprivileged: &Unprivileged) -> Result<Running> {
        let Self { files, exports } = self;
        Ok(Running {
            files: if exports.files.is_empty() {
                None
            } else {
                Some(files.start(unprivileged.writers())?)
            },
            exports,
        })
    }
}

impl Running {
    /// A report for each file, to be created before this thread is confined. `directory` has the targets if there are
    /// several.
    pub(super) fn reports(&self, directory: Option<&Rc<dyn Directory>>) -> Reports<'static> {
        let mut reports = Reports::default();
        if let Some(files) = &self.files {
            for (number, export) in self.exports.files.iter().enumerate() {
                reports = with(reports, export.format, files.outlet(number), directory);
            }
        }
        match self.exports.stdout {
            Some(format) => with(reports, format, Stream::stdout(), directory),
            None => reports,
        }
    }

    /// The file for JSON lines, if there is one. It needs data that must be read before this thread is confined.
    pub(super) fn json(&self) -> Option<JsonFile> {
        let mut exports = self.exports.files.iter();
        let number = exports.position(|export| export.format == Format::Json)?;
        Some(JsonFile {
            out: self.files.as_ref()?.outlet(number),
            names: Reverse::numeric(),
        })
    }

    /// The period at which files are rewritten, if any is.
    pub(super) fn period(&self) -> Option<Duration> {
        let is_page = |export: &Export| matches!(export.format, Format::Metrics(_));
        let has_page = self.exports.files.iter().any(is_page);
        has_page.then_some(self.exports.every)
    }

    /// Waits until all files are written, after their reports were dropped.
    ///
    /// # Errors
    /// Files that could not be written: a line for each.
    pub(super) fn finish(self) -> Result<()> {
        let failures = self.files.map(Files::finish).unwrap_or_default();
        if failures.is_empty() {
            Ok(())
        } else {
            Err(Lines(failures).into())
        }
    }
}

/// A file for JSON lines, whose content depends on data of the run that is not known when it is opened.
pub(super) struct JsonFile {
    out: FileOutlet,
    names: Reverse,
}

/// Adds the report for JSON lines. `about` returns the settings of the run and its targets.
///
/// # Errors
/// Those of `about`.
pub(super) fn and_json(
    reports: Reports<'static>,
    file: Option<JsonFile>,
    program: &str,
    about: impl FnOnce() -> Result<(Run, Rc<dyn Directory>)>,
) -> Result<Reports<'static>> {
    let Some(JsonFile { out, names }) = file else {
        return Ok(reports);
    };
    let (run, directory) = about()?;
    // The text prints the warnings to standard error.
    let outlets = (out, io::sink());
    let lines = Json::new(Detail::Events, run, program, directory, outlets, names);
    Ok(reports.and(lines))
}

fn with(
    reports: Reports<'static>,
    format: Format,
    out: impl Outlet + 'static,
    directory: Option<&Rc<dyn Directory>>,
) -> Reports<'static> {
    let (directory, names) = (directory.cloned(), Reverse::numeric());
    match format {
        // Added by [`and_json`].
        Format::Json => reports,
        Format::Csv => reports.and(Csv::new(out, directory, names)),
        Format::CsvSummary => reports.and(CsvSummary::new(out, directory, names)),
        Format::Influx => reports.and(Influx::new(out, directory, names)),
        Format::Metrics(exposition) => reports.and(Metrics::new(out, exposition, directory, names)),
    }
}
