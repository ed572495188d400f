//! Files of targets: one specification per line, optionally with a label.
//!
//! ```text
//! # routers
//! 198.51.100.1        core, rack 4    # an optional label is the rest of the line
//! 198.51.100.64/26    access
//! host.example
//! ```

use std::fmt;
use std::io::{self, BufRead, Read as _};
use std::mem;

use super::block::Edges;
use super::specification::{BadSpecification, Specification};
use crate::errno;
use crate::sanitize;

/// The longest line in octets, without its line ending.
pub const LONGEST_LINE: usize = 4096;

/// The most octets of a too long line that are skipped. A file with a longer line is not a list.
const LONGEST_REST: u64 = 1 << 20;

/// The longest label in octets.
pub const LONGEST_LABEL: usize = 255;

/// Some editors put it in front of UTF-8 text (RFC 3629, section 6).
const BYTE_ORDER_MARK: &str = "\u{feff}";

/// A line with targets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The number of the line, from 1.
    pub number: u64,
    /// The targets.
    pub specification: Specification,
    /// Their label: 1 to [`LONGEST_LABEL`] octets without control characters, otherwise unsanitized.
    pub label: Option<String>,
}

/// An invalid line. Reading continues after it, unless it has no end.
///
/// Displayed as `hosts.txt:12: 198.51.100.300: invalid IPv4 address: write four numbers from 0 to 255`, on one line of
/// visible characters for any content.
#[derive(Debug)]
pub struct BadLine {
    /// The name of the file.
    pub file: String,
    /// The number of the line, from 1.
    pub number: u64,
    /// What is wrong with it.
    pub reason: BadText,
}

/// What is wrong with a line.
#[derive(Debug)]
pub enum BadText {
    /// Its first word is not a target specification.
    Specification(BadSpecification),
    /// It is longer than [`LONGEST_LINE`].
    TooLong,
    /// It is not UTF-8.
    NotUtf8,
    /// It contains a NUL, as binary files and UTF-16 do.
    Nul,
    /// The label is longer than [`LONGEST_LABEL`].
    LongLabel,
    /// The label has control characters.
    ControlInLabel,
    /// A line of exclusions has a second word.
    SecondWord,
    /// It has no end, as in a binary file. The rest of the file is not read.
    Endless,
    /// A read failed. The rest of the file is not read.
    Read(io::Error),
}

impl fmt::Display for BadLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let file = sanitize::visible(&self.file);
        write!(f, "{file}:{}: {}", self.number, self.reason)
    }
}

impl std::error::Error for BadLine {}

impl BadLine {
    /// Whether reading the file timed out.
    #[must_use]
    pub fn is_timeout(&self) -> bool {
        matches!(&self.reason, BadText::Read(error) if error.kind() == io::ErrorKind::TimedOut)
    }
}

impl fmt::Display for BadText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Specification(bad) => bad.fmt(f),
            Self::TooLong => write!(f, "line too long: at most {LONGEST_LINE} octets"),
            Self::NotUtf8 => f.write_str("not UTF-8: save the file as UTF-8 text"),
            Self::Nul => f.write_str("contains a NUL: save the file as UTF-8 text"),
            Self::LongLabel => write!(f, "label too long: at most {LONGEST_LABEL} octets"),
            Self::ControlInLabel => f.write_str("control character in the label: remove it"),
            Self::SecondWord => f.write_str(
                "text after the exclusion: write one exclusion per line, without a label",
            ),
            Self::Endless => {
                f.write_str("no end of the line within 1 MiB: the rest of the file is not read")
            }
            Self::Read(error) => write!(f, "cannot read the file: {}", errno::text(error)),
        }
    }
}

/// An iterator over the valid and invalid lines of a file.
///
/// It skips blank lines. `#` starts a comment at the beginning of a line or after white space. The first word names the
/// targets; the rest is the label, in which tabs become spaces. Lines end in LF or CRLF. A byte order mark at the beginning
/// is skipped. A too long line is rejected before its end is read. Memory use is one line of at most [`LONGEST_LINE`].
#[derive(Debug)]
pub struct Lines<R> {
    file: String,
    reader: R,
    purpose: Purpose,
    number: u64,
    buffer: Vec<u8>,
    /// Whether the rest of a too long line has to be skipped.
    is_truncated: bool,
    is_done: bool,
}

/// What the lines are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Purpose {
    Targets(Edges),
    Exclusions,
}

/// What a read has found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Found {
    Line,
    LongLine,
    EndOfFile,
}

impl<R: BufRead> Lines<R> {
    /// Reads a file of targets; `file` is its name in errors, such as `hosts.txt` or `standard input`.
    pub fn of_targets(file: impl Into<String>, reader: R, edges: Edges) -> Self {
        Self::new(file.into(), reader, Purpose::Targets(edges))
    }

    /// Reads a file of exclusions. Networks are excluded with their edges, and nothing may follow the first word: a second
    /// address would be taken for a label, and probed.
    pub fn of_exclusions(file: impl Into<String>, reader: R) -> Self {
        Self::new(file.into(), reader, Purpose::Exclusions)
    }

    fn new(file: String, reader: R, purpose: Purpose) -> Self {
        Self {
            file,
            reader,
            purpose,
            number: 0,
            buffer: Vec::new(),
            is_truncated: false,
            is_done: false,
        }
    }

    /// Reads the next line with its ending into the buffer, as far as it is not too long.
    fn fill_buffer(&mut self) -> io::Result<Found> {
        self.buffer.clear();
        let mut line_and_end = self.reader.by_ref().take(LONGEST_LINE as u64 + 2);
        line_and_end.read_until(b'\n', &mut self.buffer)?;
        self.is_truncated = line_and_end.limit() == 0 && !self.buffer.ends_with(b"\n");
        Ok(match line(&self.buffer).len() {
            _ if self.buffer.is_empty() => Found::EndOfFile,
            0..=LONGEST_LINE => Found::Line,
            _ => Found::LongLine,
        })
    }

    /// Skips the part of the last line that did not fit the buffer.
    fn skip_rest(&mut self) -> Result<(), BadText> {
        if !mem::take(&mut self.is_truncated) {
            return Ok(());
        }
        let mut rest = self.reader.by_ref().take(LONGEST_REST);
        rest.skip_until(b'\n').map_err(BadText::Read)?;
        if rest.limit() == 0 {
            return Err(BadText::Endless);
        }
        Ok(())
    }

    /// Reads the next line; `None` if it is blank.
    fn read_line(&mut self) -> Result<Option<Line>, BadText> {
        self.skip_rest()?;
        self.number += 1;
        match self.fill_buffer().map_err(BadText::Read)? {
            Found::Line => self.parse_buffer(),
            Found::LongLine => Err(BadText::TooLong),
            Found::EndOfFile => {
                self.is_done = true;
                Ok(None)
            }
        }
    }

    /// Parses the buffer; `None` if the line is blank.
    fn parse_buffer(&self) -> Result<Option<Line>, BadText> {
        let text = line(&self.buffer);
        if text.contains(&0) {
            return Err(BadText::Nul);
        }
        let text = str::from_utf8(text).map_err(|_| BadText::NotUtf8)?;
        let marked = (self.number == 1).then(|| text.strip_prefix(BYTE_ORDER_MARK));
        let text = without_comment(marked.flatten().unwrap_or(text)).trim();
        if text.is_empty() {
            return Ok(None);
        }
        let (word, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
        let edges = match self.purpose {
            Purpose::Targets(edges) => edges,
            Purpose::Exclusions if rest.is_empty() => Edges::Keep,
            Purpose::Exclusions => return Err(BadText::SecondWord),
        };
        Ok(Some(Line {
            number: self.number,
            specification: Specification::parse(word, edges).map_err(BadText::Specification)?,
            label: label(rest.trim_start())?,
        }))
    }
}

impl<R: BufRead> Iterator for Lines<R> {
    type Item = Result<Line, BadLine>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.is_done {
            let read = self.read_line();
            self.is_done |= matches!(read, Err(BadText::Read(_) | BadText::Endless));
            let read = read.map_err(|reason| BadLine {
                file: self.file.clone(),
                number: self.number,
                reason,
            });
            if let Some(read) = read.transpose() {
                return Some(read);
            }
        }
        None
    }
}

/// A line without its line ending.
fn line(octets: &[u8]) -> &[u8] {
    let line = octets.strip_suffix(b"\n").unwrap_or(octets);
    line.strip_suffix(b"\r").unwrap_or(line)
}

fn without_comment(text: &str) -> &str {
    let mut before = ' ';
    for (at, character) in text.char_indices() {
        if character == '#' && before.is_whitespace() {
            return text.get(..at).unwrap_or(text);
        }
        before = character;
    }
    text
}

fn label(text: &str) -> Result<Option<String>, BadText> {
    if text.is_empty() {
        return Ok(None);
    }
    let label = text.replace('\t', " ");
    if label.len() > LONGEST_LABEL {
        return Err(BadText::LongLabel);
    }
    if label.contains(char::is_control) {
        return Err(BadText::ControlInLabel);
    }
    Ok(Some(label))
}

#[cfg(test)]
mod tests;
