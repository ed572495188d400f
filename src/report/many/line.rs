//! Lines about one target: its name in a column, what happened to it, its label.

use std::io::{self, Write};
use std::time::Duration;

use super::columns::right;
use super::name_column::NameColumn;
use super::reason;
use crate::config::{Listed, Style};
use crate::event::{Answer, Rejection, Row, TargetNumber, When};
use crate::report::colour::Palette;
use crate::report::duration::Milliseconds;
use crate::report::options::LastRoute;
use crate::report::{Names, moment, problem, reply};

/// Columns of a round trip in a list of the living: more than a minute.
const ROUND_TRIP: usize = 9;

/// A line in the making.
pub(super) struct Line<'a> {
    pub(super) text: &'a mut Vec<u8>,
    pub(super) column: &'a mut NameColumn,
    pub(super) names: &'a mut dyn Names,
    pub(super) style: &'a Style,
}

impl<'a> Line<'a> {
    /// `NAME  icmp_seq=3 ttl=64 time=0.523 ms  LABEL`
    pub(super) fn answered(mut self, answer: &Answer<'_>, at: When<'_>) -> io::Result<()> {
        self.begin(answer.target, at)?;
        let mut context = reply::Context {
            style: self.style,
            timed: true,
            last_route: &mut LastRoute::default(),
            names: self.names,
        };
        reply::of_many(self.text, answer, &context)?;
        self.column.label_behind(self.text, answer.target)?;
        reply::further(self.text, answer, &mut context)?;
        writeln!(self.text)
    }

    /// `NAME  no answer yet for icmp_seq=3  LABEL`
    pub(super) fn no_answer(
        mut self,
        target: TargetNumber,
        sequence: u16,
        at: When<'_>,
    ) -> io::Result<()> {
        self.begin(target, at)?;
        let text = format!("no answer yet for icmp_seq={sequence}");
        write!(self.text, "{}", self.palette().alarm(text))?;
        self.end(target)
    }

    /// `NAME  From REPORTER icmp_seq=3 PROBLEM  LABEL`
    pub(super) fn rejected(mut self, rejection: &Rejection<'_>, at: When<'_>) -> io::Result<()> {
        self.begin(rejection.target, at)?;
        problem::rejected(self.text, rejection, self.style, self.names)?;
        self.end(rejection.target)
    }

    /// `NAME  From REPORTER: icmp_seq=3 ADVICE  LABEL`
    pub(super) fn noticed(mut self, notice: &Rejection<'_>, at: When<'_>) -> io::Result<()> {
        self.begin(notice.target, at)?;
        problem::noticed(self.text, notice, self.style, self.names)?;
        self.end(notice.target)
    }

    /// `NAME  not known: REASON  LABEL`
    pub(super) fn not_known(
        mut self,
        target: TargetNumber,
        row: &Row,
        at: When<'_>,
    ) -> io::Result<()> {
        self.begin(target, at)?;
        let mut text = Vec::new();
        reason::not_known(&mut text, row, &self.context(target), self.names)?;
        let text = String::from_utf8_lossy(&text);
        write!(self.text, "{}", self.palette().alarm(text))?;
        self.end(target)
    }

    /// `NAME  0.523 ms  LABEL` or `NAME  REASON  LABEL`, with `alive` or `dead` where both are listed.
    pub(super) fn decided(
        mut self,
        target: TargetNumber,
        row: &Row,
        listed: Listed,
        at: When<'_>,
    ) -> io::Result<()> {
        self.begin(target, at)?;
        if row.is_alive() {
            self.word(listed, "alive")?;
            self.round_trip(row.min)?;
        } else {
            self.word(listed, "dead ")?;
            let mut text = Vec::new();
            reason::text(&mut text, row, &self.context(target), self.names)?;
            let text = String::from_utf8_lossy(&text);
            write!(self.text, "{}", self.palette().alarm(text))?;
        }
        self.end(target)
    }

    fn word(&mut self, listed: Listed, word: &str) -> io::Result<()> {
        match listed {
            Listed::All => write!(self.text, "{word}  "),
            Listed::Alive | Listed::Dead => Ok(()),
        }
    }

    fn round_trip(&mut self, time: Option<Duration>) -> io::Result<()> {
        match time {
            Some(time) => right(self.text, ROUND_TRIP, Milliseconds(time))?,
            None => right(self.text, ROUND_TRIP, "-")?,
        }
        write!(self.text, " ms")
    }

    fn begin(&mut self, target: TargetNumber, at: When<'_>) -> io::Result<()> {
        if self.style.timestamps {
            moment::time_of_day(self.text, at().wall)?;
        }
        self.column.padded(self.text, target, self.names)?;
        write!(self.text, "  ")
    }

    fn end(self, target: TargetNumber) -> io::Result<()> {
        self.column.label_behind(self.text, target)?;
        writeln!(self.text)
    }

    fn context(&self, target: TargetNumber) -> reason::Context<'a> {
        reason::Context {
            target: self.column.directory().address(target),
            style: self.style,
        }
    }

    fn palette(&self) -> Palette {
        Palette::new(self.style.colour)
    }
}
