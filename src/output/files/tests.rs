use std::fs;
use std::os::unix::fs::{MetadataExt, symlink};

use super::*;

/// Writes these texts to a file, one after the other. Returns the failures.
fn write(path: &Path, mode: WriteMode, texts: &[&str]) -> Vec<String> {
    let mut open = OpenFiles::default();
    open.open(path.as_os_str(), mode).unwrap();
    let files = open.start(Writers::for_a_test()).unwrap();
    let mut outlet = files.outlet(0);
    for text in texts {
        outlet.put(text.as_bytes(), Retention::Required).unwrap();
        outlet.settle().unwrap();
    }
    drop(outlet);
    files.finish()
}

#[test]
fn stream_is_written_from_its_beginning() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("file");
    fs::write(&path, "what was there before, which is longer").unwrap();
    assert!(write(&path, WriteMode::Stream, &["one\n", "two\n"]).is_empty());
    assert_eq!(fs::read_to_string(path).unwrap(), "one\ntwo\n");
}

#[test]
fn page_is_replaced_as_a_whole_and_no_temporary_file_remains() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("page.prom");
    fs::write(&path, "old").unwrap();
    let before = fs::metadata(&path).unwrap().ino();
    let reader = File::open(&path).unwrap();
    assert!(write(&path, WriteMode::Page, &["one\n", "two\n"]).is_empty());
    assert_eq!(fs::read_to_string(&path).unwrap(), "two\n");
    assert_ne!(fs::metadata(&path).unwrap().ino(), before);
    assert_eq!(io::read_to_string(reader).unwrap(), "old");
    let mode = fs::metadata(&path).unwrap().mode() & 0o777;
    assert_eq!(mode & 0o600, 0o600, "{mode:o}");
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
}

#[test]
fn page_behind_a_link_is_replaced_and_the_link_stays() {
    let directory = tempfile::tempdir().unwrap();
    let (path, link) = (directory.path().join("page"), directory.path().join("link"));
    fs::write(&path, "old").unwrap();
    symlink(&path, &link).unwrap();
    assert!(write(&link, WriteMode::Page, &["new"]).is_empty());
    assert_eq!(fs::read_to_string(&path).unwrap(), "new");
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
}

#[test]
fn page_in_a_device_is_written_directly() {
    assert!(write(Path::new("/dev/null"), WriteMode::Page, &["text"]).is_empty());
}

#[test]
fn full_disk_is_reported_once() {
    let failures = write(Path::new("/dev/full"), WriteMode::Stream, &["one", "two"]);
    assert_eq!(
        failures,
        ["cannot write /dev/full: No space left on device"]
    );
}

#[test]
fn file_that_cannot_be_opened_is_an_error_at_once() {
    let directory = tempfile::tempdir().unwrap();
    let missing = directory.path().join("missing/file");
    for mode in [WriteMode::Stream, WriteMode::Page] {
        let error = OpenFiles::default().open(missing.as_os_str(), mode);
        let error = format!("{:#}", error.unwrap_err());
        let expected = format!("cannot write {}: ", missing.display());
        assert!(error.starts_with(&expected), "{error}");
    }
}

#[test]
fn lines_dropped_by_a_slow_disk_are_counted() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("file");
    let mut open = OpenFiles::default();
    open.open(path.as_os_str(), WriteMode::Stream).unwrap();
    let files = open.start(Writers::for_a_test()).unwrap();
    let mut outlet = files.outlet(0);
    // As if the queue were full.
    files.waiting.fetch_add(QUEUE_MAX, Ordering::Relaxed);
    outlet.put(b"kept\n", Retention::Required).unwrap();
    outlet.put(b"dropped\n", Retention::Droppable).unwrap();
    assert_eq!(outlet.resume().unwrap(), Backpressure::Blocked);
    drop(outlet);
    let told = files.finish();
    assert_eq!(fs::read_to_string(path).unwrap(), "kept\n");
    assert_eq!(told, ["1 line is missing in a file: the disk was too slow"]);
}
