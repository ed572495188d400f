use std::fs;
use std::os::unix::fs::{MetadataExt, symlink};

use super::*;

/// Writes these texts to a file, one after the other; tells what went wrong.
fn write(path: &Path, writing: Writing, texts: &[&str]) -> Vec<String> {
    let mut open = OpenFiles::default();
    open.open(path.as_os_str(), writing).unwrap();
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
    assert!(write(&path, Writing::Stream, &["one\n", "two\n"]).is_empty());
    assert_eq!(fs::read_to_string(path).unwrap(), "one\ntwo\n");
}

#[test]
fn page_is_replaced_as_a_whole_and_nothing_is_left_beside_it() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("page.prom");
    fs::write(&path, "old").unwrap();
    let before = fs::metadata(&path).unwrap().ino();
    let reader = File::open(&path).unwrap();
    assert!(write(&path, Writing::Page, &["one\n", "two\n"]).is_empty());
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
    assert!(write(&link, Writing::Page, &["new"]).is_empty());
    assert_eq!(fs::read_to_string(&path).unwrap(), "new");
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
}

#[test]
fn page_in_what_is_no_file_is_written_there() {
    assert!(write(Path::new("/dev/null"), Writing::Page, &["text"]).is_empty());
}

#[test]
fn full_disk_is_told_once() {
    let failures = write(Path::new("/dev/full"), Writing::Stream, &["one", "two"]);
    assert_eq!(
        failures,
        ["cannot write /dev/full: No space left on device"]
    );
}

#[test]
fn file_that_cannot_be_opened_is_an_error_at_once() {
    let directory = tempfile::tempdir().unwrap();
    let missing = directory.path().join("missing/file");
    for writing in [Writing::Stream, Writing::Page] {
        let error = OpenFiles::default().open(missing.as_os_str(), writing);
        let error = format!("{:#}", error.unwrap_err());
        let expected = format!("cannot write {}: ", missing.display());
        assert!(error.starts_with(&expected), "{error}");
    }
}

#[test]
fn what_the_disk_is_too_slow_for_is_counted() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("file");
    let mut open = OpenFiles::default();
    open.open(path.as_os_str(), Writing::Stream).unwrap();
    let files = open.start(Writers::for_a_test()).unwrap();
    let mut outlet = files.outlet(0);
    // As if that much was waiting.
    files.waiting.fetch_add(MOST, Ordering::Relaxed);
    outlet.put(b"kept\n", Retention::Required).unwrap();
    outlet.put(b"dropped\n", Retention::Droppable).unwrap();
    assert_eq!(outlet.resume().unwrap(), Backpressure::Blocked);
    drop(outlet);
    let told = files.finish();
    assert_eq!(fs::read_to_string(path).unwrap(), "kept\n");
    assert_eq!(told, ["1 line is missing in a file: the disk was too slow"]);
}
