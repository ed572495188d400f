//! Checks the files of `contrib` against the program, and with Prometheus' own tool if it is installed.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test reports what is wrong by panicking"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use libtest_mimic::{Arguments, Trial};

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let has_promtool = Command::new("promtool")
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok();
    if !has_promtool {
        eprintln!(
            "contrib: IGNORED: what promtool checks, because it is not installed (Debian: prometheus)"
        );
    }
    let with_promtool = [
        Trial::test("promtool_accepts_the_alert_rules", || {
            check(
                &["check", "rules", &file("alerts.yml").display().to_string()],
                None,
            );
            Ok(())
        }),
        Trial::test("promtool_accepts_a_page_of_metrics", || {
            check(&["check", "metrics"], Some(&page()));
            Ok(())
        }),
    ];
    let with_promtool = with_promtool.map(|trial| trial.with_ignored_flag(!has_promtool));
    let mut trials = Vec::from(with_promtool);
    trials.push(Trial::test("each_metric_that_is_asked_for_exists", || {
        each_metric_that_is_asked_for_exists();
        Ok(())
    }));
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("contrib/prometheus")
        .join(name)
}

/// A page of metrics about two targets. Without permission to ping, one is never probed.
fn page() -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_rping"))
        .args([
            "--export-openmetrics",
            "-",
            "-c",
            "1",
            "-W",
            "10",
            "127.0.0.1",
            "127.0.0.2",
        ])
        .output()
        .unwrap();
    let page = String::from_utf8(output.stdout).unwrap();
    if page.is_empty() {
        // No permission to ping.
        eprintln!(
            "contrib: no page of metrics: {}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    page
}

fn check(arguments: &[&str], input: Option<&str>) {
    use std::io::Write as _;
    let mut child = Command::new("promtool")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin
        .write_all(input.unwrap_or_default().as_bytes())
        .unwrap();
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{output:?}");
}

/// The names of metrics in a text.
fn metrics(text: &str) -> BTreeSet<String> {
    let is_part = |character: char| character.is_ascii_alphanumeric() || character == '_';
    let words = text.split(|character| !is_part(character));
    let names = words.filter(|word| word.starts_with("rping_"));
    let plain = |name: &str| {
        let ends = ["_bucket", "_sum", "_count"];
        let end = ends.iter().find_map(|end| name.strip_suffix(end));
        end.unwrap_or(name).to_owned()
    };
    names.map(plain).collect()
}

fn each_metric_that_is_asked_for_exists() {
    let documented = fs::read_to_string(file("../../docs/exports.md")).unwrap();
    let documented = metrics(&documented);
    assert!(documented.len() > 10, "{documented:?}");
    for name in ["alerts.yml", "dashboard.json", "README.md"] {
        let asked = metrics(&fs::read_to_string(file(name)).unwrap());
        assert!(asked.len() >= 3, "{name}: {asked:?}");
        let unknown: Vec<_> = asked.difference(&documented).collect();
        assert!(unknown.is_empty(), "{name} asks for {unknown:?}");
    }
    let page = page();
    if !page.is_empty() {
        let families = page.lines().filter_map(|line| line.strip_prefix("# TYPE "));
        let written = families.map(|line| line.split(' ').next().unwrap().to_owned());
        assert_eq!(written.collect::<BTreeSet<_>>(), documented);
    }
}
