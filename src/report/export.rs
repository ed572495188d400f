//! Output for programs: files written beside the text or instead of it.
//!
//! | file | format |
//! |---|---|
//! | `csv` | a row for the outcome of each probe |
//! | `summary` | a row for each target |
//! | `influx` | a line for each target |
//! | `metrics` | a page that is rewritten periodically |
//! | `figures` | the figures of a target, under their `--json` names |
//! | `subjects` | the identity of each target |

mod csv;
mod figures;
mod influx;
mod metrics;
#[cfg(test)]
mod rig;
mod subjects;
mod summary;

use subjects::Subjects;

pub use csv::Csv;
pub use influx::Influx;
pub use metrics::Metrics;
pub use summary::CsvSummary;
