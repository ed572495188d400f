//! What is written for programs, beside the text or in its place.

use std::ffi::OsString;
use std::time::Duration;

/// How often a file of metrics is written anew, unless it is said.
pub const DEFAULT_PERIOD: Duration = Duration::from_secs(15);

/// All that is written for programs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exports {
    /// What goes to a file.
    pub files: Vec<Export>,
    /// What goes to standard output, in place of the text.
    pub stdout: Option<Format>,
    /// How often a file of metrics is written anew.
    pub every: Duration,
}

impl Default for Exports {
    fn default() -> Self {
        Self {
            files: Vec::new(),
            stdout: None,
            every: DEFAULT_PERIOD,
        }
    }
}

impl Exports {
    /// Whether nothing is written but the text.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.files.is_empty() && self.stdout.is_none()
    }

    /// All formats that are written.
    pub fn formats(&self) -> impl Iterator<Item = Format> + '_ {
        let files = self.files.iter().map(|export| export.format);
        files.chain(self.stdout)
    }
}

/// A file for programs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Export {
    /// What is in it.
    pub format: Format,
    /// Its path, as typed.
    pub file: OsString,
}

/// A format that programs read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// The lines of `--json`.
    Json,
    /// A row for what became of each probe (RFC 4180).
    Csv,
    /// A row for each target (RFC 4180).
    CsvSummary,
    /// Metrics for Prometheus, written anew again and again.
    Metrics(Exposition),
    /// A line for each target, as Telegraf's `ping` writes it (line protocol).
    Influx,
}

/// Which text format metrics have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exposition {
    /// 0.0.4 of Prometheus, which the textfile collector of `node_exporter` reads.
    Prometheus,
    /// `OpenMetrics` 1.0.
    OpenMetrics,
}
