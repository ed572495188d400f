//! What the options about files for programs mean together.

use std::ffi::OsStr;

use super::Refusal;
use super::args::TypedExports;
use crate::config::export::{Export, Exports, Format};

/// The name of standard output.
const STDOUT: &str = "-";

/// All of it.
pub(super) fn exports(typed: &TypedExports) -> Result<Exports, Refusal> {
    let TypedExports { export_csv } = typed;
    let asked = [("--export-csv", export_csv, Format::Csv)];
    let mut exports = Exports::default();
    for (option, file, format) in asked {
        let Some(file) = file else { continue };
        if file.is_empty() {
            return Err(Refusal::new(format!(
                "{option} needs the name of a file, or - for standard output"
            )));
        }
        if file == OsStr::new(STDOUT) {
            exports.stdout = Some(format);
        } else {
            let file = file.clone();
            exports.files.push(Export { format, file });
        }
    }
    Ok(exports)
}
