//! With `RPING_NET_JSON` in the environment, each run of rping that can also writes the lines of `--json` to a file
//! (`--export-json`). They are held to the schema, whatever the trial is about.

use crate::json::schema;
use crate::sandbox;
use serde_json::Value;
use std::env;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use tempfile::NamedTempFile;

/// With these a run has no lines of its own, other ones, or no file may be opened beside it.
const WITHOUT: [&str; 11] = [
    "--json",
    "--export",
    "--merge",
    "--replay",
    "--generate",
    "--live",
    "--doctor",
    "--as",
    "--help",
    "--version",
    "--socket",
];

/// The file of one run.
pub(crate) struct Lines(NamedTempFile);

impl Lines {
    /// Adds the option to the arguments of a run; none: nobody asks for it, or the run has no such lines.
    pub(crate) fn beside(program: &Path, arguments: &mut Vec<String>) -> Option<Self> {
        let name = program.file_name()?.to_str()?;
        let is_fping = name.starts_with("fping");
        let is_peer =
            sandbox::subject_is_peer() || sandbox::peer().is_some_and(|peer| peer == program);
        env::var_os("RPING_NET_JSON").filter(|_| !is_fping && !is_peer)?;
        let has_others = |word: &String| {
            let is_short = word.starts_with('-') && !word.starts_with("--");
            WITHOUT.iter().any(|option| word.starts_with(option))
                || (is_short && word.contains(['j', 'h', 'V']))
        };
        if arguments.iter().any(has_others) {
            return None;
        }
        let file = NamedTempFile::new().unwrap();
        // The run may be that of another user.
        fs::set_permissions(file.path(), Permissions::from_mode(0o666)).unwrap();
        let path = file.path().to_str().unwrap().to_owned();
        arguments.splice(0..0, ["--export-json".to_owned(), path]);
        Some(Self(file))
    }

    /// Checks what was written: nothing, by a run that did not begin, or lines that validate. Those of a run that was not
    /// killed end with `end`, and their outcomes add up.
    pub(crate) fn check(self, arguments: &[String], code: i32) {
        let text = fs::read_to_string(self.0.path()).unwrap();
        if text.is_empty() {
            return;
        }
        let schema = schema();
        if code > 128 {
            let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
            whole.lines().for_each(|line| drop(schema.read(line)));
            return;
        }
        let lines = schema.read_run(&text);
        let end = lines.last().unwrap();
        assert_eq!(end["exit_code"], code, "{arguments:?}: {end}");
        for figures in lines
            .iter()
            .filter(|line| line["event"] == "summary" || line["event"] == "end")
        {
            adds_up(figures, arguments);
        }
    }
}

fn adds_up(figures: &Value, arguments: &[String]) {
    let number = |field: &str| figures[field].as_u64().unwrap();
    let ends = ["received", "lost", "rejected", "suspended", "in_flight"];
    let ends: u64 = ends.map(number).iter().sum();
    assert_eq!(number("sent"), ends, "{arguments:?}: {figures}");
}
