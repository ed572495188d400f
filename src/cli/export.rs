//! The meaning of the options about exported files.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::path::Path;

use super::Refusal;
use super::args::TypedExports;
use crate::config::export::{DEFAULT_PERIOD, Export, Exports, Exposition, Format};
use crate::sanitize;

const STDOUT: &str = "-";

pub(super) fn exports(typed: &TypedExports) -> Result<Exports, Refusal> {
    let TypedExports {
        export_json,
        export_csv,
        export_csv_summary,
        export_openmetrics,
        export_influx,
        export_every,
        merge: _,
    } = typed;
    let metrics = |file: &OsString| Format::Metrics(exposition(file));
    if export_json.as_deref() == Some(OsStr::new(STDOUT)) {
        return Err(Refusal::new(
            "--export-json - is --json: use that, or name a file",
        ));
    }
    let asked = [
        ("--export-json", export_json, Format::Json),
        ("--export-csv", export_csv, Format::Csv),
        (
            "--export-csv-summary",
            export_csv_summary,
            Format::CsvSummary,
        ),
        (
            "--export-openmetrics",
            export_openmetrics,
            (export_openmetrics.as_ref()).map_or(Format::Csv, metrics),
        ),
        ("--export-influx", export_influx, Format::Influx),
    ];
    let mut exports = Exports {
        every: export_every.unwrap_or(DEFAULT_PERIOD),
        ..Exports::default()
    };
    let mut on_stdout = None;
    for (option, file, format) in asked {
        let Some(file) = file else { continue };
        if file.is_empty() {
            return Err(Refusal::new(format!(
                "{option} needs the name of a file, or - for standard output"
            )));
        }
        if file == OsStr::new(STDOUT) {
            if let Some(other) = on_stdout.replace(option) {
                return Err(Refusal::new(format!(
                    "{other} - and {option} - cannot both have standard output: give one of them a file"
                )));
            }
            exports.stdout = Some(format);
        } else {
            let file = file.clone();
            exports.files.push(Export { format, file });
        }
    }
    if export_every.is_some() && export_openmetrics.is_none() {
        return Err(Refusal::new(
            "--export-every is about --export-openmetrics: add that, or leave it out",
        ));
    }
    check_names(&exports)?;
    Ok(exports)
}

/// Rejects one file for two formats.
fn check_names(exports: &Exports) -> Result<(), Refusal> {
    let names = exports.files.iter().map(|export| &export.file);
    let mut seen = BTreeSet::new();
    for name in names {
        if !seen.insert(name) {
            let name = sanitize::visible(name);
            return Err(Refusal::new(format!(
                "{name} is given for two exports: give each a file of its own"
            )));
        }
    }
    Ok(())
}

/// The text format of a metrics file, by its name.
fn exposition(file: &OsStr) -> Exposition {
    match Path::new(file).extension() {
        Some(extension) if extension == "om" => Exposition::OpenMetrics,
        _ => Exposition::Prometheus,
    }
}
