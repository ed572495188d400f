//! fping's own JSON of `-J`: each line is an object with one key, the kind of the line. fping's JSON is not always
//! valid; here names are escaped, and standard output has no other text.

use std::fmt::Display;
use std::io::{self, Write};

use super::milliseconds::Milliseconds;
use super::tally::Sums;

/// A line that is being written: `{"KIND": {"KEY": VALUE, ...}}`.
#[derive(Debug)]
pub(super) struct Object<'a> {
    line: &'a mut Vec<u8>,
    /// The text before the next key.
    separator: &'static str,
}

impl<'a> Object<'a> {
    pub(super) fn begin(line: &'a mut Vec<u8>, kind: &str) -> io::Result<Self> {
        write!(line, "{{\"{kind}\": {{")?;
        let separator = "";
        Ok(Self { line, separator })
    }

    /// Adds a number or formatted JSON.
    pub(super) fn put(&mut self, key: &str, value: impl Display) -> io::Result<()> {
        let separator = std::mem::replace(&mut self.separator, ", ");
        write!(self.line, "{separator}\"{key}\": {value}")
    }

    pub(super) fn text(&mut self, key: &str, value: &str) -> io::Result<()> {
        let quoted = serde_json::to_string(value)?;
        self.put(key, quoted)
    }

    /// Adds the end of an interval, in seconds since 1970. fping omits the blank after it.
    pub(super) fn time(&mut self, seconds: u64) -> io::Result<()> {
        self.put("time", seconds)?;
        self.separator = ",";
        Ok(())
    }

    /// Adds the figures of probes; with `-o` also the milliseconds in which they were lost.
    pub(super) fn sums(&mut self, sums: &Sums, outage: Option<u128>) -> io::Result<()> {
        self.put("xmt", sums.sent)?;
        self.put("rcv", sums.received)?;
        self.put("loss", sums.loss())?;
        if let Some(outage) = outage {
            self.put("outage(ms)", outage)?;
        }
        if let (Some(min), Some(mean), Some(max)) = (sums.min, sums.mean(), sums.max) {
            self.put("rttMin", Milliseconds(min))?;
            self.put("rttAvg", Milliseconds(mean))?;
            self.put("rttMax", Milliseconds(max))?;
        }
        Ok(())
    }

    pub(super) fn end(self) -> io::Result<()> {
        self.line.write_all(b"}}\n")
    }
}
