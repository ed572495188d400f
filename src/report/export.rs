//! What programs read: files beside the text, or in its place.
//!
//! | file | format |
//! |---|---|
//! | `csv` | a row for what became of each probe |
//! | `subjects` | who the targets are |

mod csv;
mod subjects;

use subjects::Subjects;

pub use csv::Csv;
