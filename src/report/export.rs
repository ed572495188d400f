//! What programs read: files beside the text, or in its place.
//!
//! | file | format |
//! |---|---|
//! | `csv` | a row for what became of each probe |
//! | `summary` | a row for each target |
//! | `influx` | a line for each target |
//! | `metrics` | a page that is written anew again and again |
//! | `figures` | what is measured of a target, under the names of `--json` |
//! | `subjects` | who the targets are |

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
