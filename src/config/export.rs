//! Output for programs, besides the text or instead of it.

use std::ffi::OsString;
use std::time::Duration;

/// The default interval between two versions of a metrics file.
pub const DEFAULT_PERIOD: Duration = Duration::from_secs(15);

/// All output for programs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exports {
    /// Output to files.
    pub files: Vec<Export>,
    /// Output to standard output instead of the text.
    pub stdout: Option<Format>,
    /// The interval between two versions of a metrics file.
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
    /// Whether there is only text.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.files.is_empty() && self.stdout.is_none()
    }

    /// All formats in use.
    pub fn formats(&self) -> impl Iterator<Item = Format> + '_ {
        let files = self.files.iter().map(|export| export.format);
        files.chain(self.stdout)
    }
}

/// An export file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Export {
    /// Its format.
    pub format: Format,
    /// Its path, as typed.
    pub file: OsString,
}

/// An output format for programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// The lines of `--json`.
    Json,
    /// A row for the outcome of each probe (RFC 4180).
    Csv,
    /// A row for each target (RFC 4180).
    CsvSummary,
    /// Metrics for Prometheus, rewritten at each interval.
    Metrics(Exposition),
    /// A line for each target, as Telegraf's `ping` writes it (line protocol).
    Influx,
}

/// The text format of metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exposition {
    /// 0.0.4 of Prometheus, which the textfile collector of `node_exporter` reads.
    Prometheus,
    /// `OpenMetrics` 1.0.
    OpenMetrics,
}
