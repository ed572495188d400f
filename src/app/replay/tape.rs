//! The file of a recorded run, which is read more than once.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, Read, Seek};

use anyhow::{Context, Result, bail};

use crate::report::json::replay::Line;
use crate::sanitize;

/// The longest line that is read, in octets: a distribution has some ten thousand values at most.
const LONGEST: u64 = 16 << 20;

/// The most that is kept of what cannot be read twice, such as a pipe.
const MOST_KEPT: u64 = 256 << 20;

/// What can be read again from its beginning.
trait Source: Read + Seek {}

impl<T: Read + Seek> Source for T {}

/// The lines of a recorded run.
pub(super) struct Tape {
    name: String,
    input: BufReader<Box<dyn Source>>,
    /// How many lines were read.
    number: u64,
    line: Vec<u8>,
}

impl Tape {
    /// Opens a file, or standard input for `-`. What is no regular file is read to its end, and kept.
    ///
    /// # Errors
    /// It cannot be read, or there is too much to be kept.
    pub(super) fn open(file: &OsStr) -> Result<Self> {
        let name = sanitize::visible(file);
        let opened = if file == "-" {
            kept(io::stdin().lock())
        } else {
            File::open(file).and_then(readable_again)
        };
        let source = opened.with_context(|| format!("--replay {name}: cannot read"))?;
        let Some(source) = source else {
            bail!(
                "--replay {name}: more than {} MiB that are no regular file: write them to one",
                MOST_KEPT >> 20
            );
        };
        Ok(Self {
            name,
            input: BufReader::new(source),
            number: 0,
            line: Vec::new(),
        })
    }

    /// The name of the file, for messages.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Begins anew.
    ///
    /// # Errors
    /// The system refuses it.
    pub(super) fn rewind(&mut self) -> Result<()> {
        self.number = 0;
        self.input.rewind().with_context(|| self.cannot_read())
    }

    /// The next line; none at the end. The last one may have been cut when the run was killed.
    ///
    /// # Errors
    /// The file cannot be read, or another line than the last one is none of a recorded run.
    pub(super) fn next(&mut self) -> Result<Option<Line>> {
        if !self.read()? {
            return Ok(None);
        }
        let line = Line::read(&String::from_utf8_lossy(&self.line));
        if line.is_none() && self.has_more()? {
            let (name, number) = (&self.name, self.number);
            bail!("--replay {name}: line {number} is no line of --export-json");
        }
        Ok(line)
    }

    /// Reads a line; whether there was one.
    fn read(&mut self) -> Result<bool> {
        self.line.clear();
        let mut bounded = (&mut self.input).take(LONGEST);
        let read = bounded.read_until(b'\n', &mut self.line);
        let length = read.with_context(|| self.cannot_read())?;
        self.number += 1;
        if self.line.last() != Some(&b'\n') && self.has_more()? {
            let (name, number) = (&self.name, self.number);
            bail!("--replay {name}: line {number} is too long for a line of --export-json");
        }
        Ok(length > 0)
    }

    fn has_more(&mut self) -> Result<bool> {
        let rest = self.input.fill_buf();
        let is_empty = rest.map(<[u8]>::is_empty);
        Ok(!is_empty.with_context(|| format!("--replay {}: cannot read", self.name))?)
    }

    fn cannot_read(&self) -> String {
        format!("--replay {}: cannot read", self.name)
    }
}

/// The file, or what it has where it can be read once only; none: that is too much.
fn readable_again(file: File) -> io::Result<Option<Box<dyn Source>>> {
    if file.metadata()?.is_file() {
        return Ok(Some(Box::new(file)));
    }
    kept(file)
}

fn kept(input: impl Read) -> io::Result<Option<Box<dyn Source>>> {
    let mut all = Vec::new();
    let length = input.take(MOST_KEPT + 1).read_to_end(&mut all)?;
    if length as u64 > MOST_KEPT {
        return Ok(None);
    }
    Ok(Some(Box::new(Cursor::new(all))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn events(tape: &mut Tape) -> Result<Vec<bool>> {
        let mut events = Vec::new();
        while let Some(line) = tape.next()? {
            events.push(line.is_end());
        }
        Ok(events)
    }

    fn written(text: &str) -> (tempfile::TempDir, Tape) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("run.json");
        fs::write(&path, text).unwrap();
        let tape = Tape::open(path.as_os_str()).unwrap();
        (directory, tape)
    }

    #[test]
    fn lines_are_read_again_after_a_rewind() {
        let (_directory, mut tape) = written("{\"event\":\"start\"}\n{\"event\":\"end\"}\n");
        for _ in 0..3 {
            assert_eq!(events(&mut tape).unwrap(), [false, true]);
            tape.rewind().unwrap();
        }
    }

    #[test]
    fn last_line_may_be_cut_and_no_other() {
        let (_directory, mut tape) = written("{\"event\":\"start\"}\n{\"eve");
        assert_eq!(events(&mut tape).unwrap(), [false]);
        let (_directory, mut tape) =
            written("{\"event\":\"start\"}\n{\"eve\n{\"event\":\"end\"}\n");
        let error = events(&mut tape).unwrap_err().to_string();
        assert!(
            error.ends_with("line 2 is no line of --export-json"),
            "{error}"
        );
    }

    #[test]
    fn line_without_end_is_not_read_without_end() {
        let error = Tape::open("/dev/zero".as_ref()).err().unwrap().to_string();
        assert!(
            error.ends_with("are no regular file: write them to one"),
            "{error}"
        );
        let (_directory, mut tape) = written(&"x".repeat((16 << 20) + 1));
        let error = tape.next().unwrap_err().to_string();
        assert!(error.ends_with("line 1 is too long for a line of --export-json"));
    }
}
