//! Lines about single probes, with `-c`, `-C` and `-l`.

use std::io::{self, Write};

use super::extras::Extras;
use super::json::Object;
use super::milliseconds::Milliseconds;
use super::{Text, time};
use crate::event::{Answer, Outcome, ProbeId, TargetNumber, Timing, When};
use crate::report::{Names, Outlet, Retention, address};

impl<O: Outlet, E: Outlet, N: Names> Text<O, E, N> {
    pub(super) fn replied(
        &mut self,
        answer: &Answer<'_>,
        timing: Timing,
        at: When<'_>,
    ) -> io::Result<()> {
        let extras = Extras::of(answer, self.rows.address(answer.target), at);
        let Some(probes) = self.probes() else {
            if extras.are_told(&self.style) {
                self.extras.insert(answer.target, extras);
            }
            return Ok(());
        };
        let value = answer.number.filter(|_| probes.values);
        if answer.marks.truncated || answer.mismatch.is_some() {
            if let Some(tally) = self.tally(answer.target) {
                tally.missed(value);
            }
            let name = self.name(answer.target)?;
            let number = answer.number.unwrap_or_default();
            return self.remark(&format!(
                "{name}: reply to [{number}] is damaged: not counted"
            ));
        }
        let Some(tally) = self.tally(answer.target) else {
            return Ok(());
        };
        tally.answered(timing.round_trip, value);
        if !probes.each {
            return Ok(());
        }
        for target in self.rows.sharing(answer.target, &mut self.names) {
            self.tell_sender(&extras)?;
            if self.style.json {
                self.reply_object(target, (answer, &extras), timing, at)?;
            } else {
                self.reply_line(target, (answer, &extras), timing, at)?;
            }
            self.streams.made()?;
        }
        Ok(())
    }

    /// Writes ` [<- 192.0.2.9]` if a line about the reply follows. fping writes it to standard error, before the line
    /// and without a line end.
    pub(super) fn tell_sender(&mut self, extras: &Extras) -> io::Result<()> {
        let Some(sender) = extras.elsewhere else {
            return Ok(());
        };
        let sender = address::numeric(sender, &mut self.names);
        let text = format!(" [<- {sender}]");
        self.streams.tell(text.as_bytes(), Retention::Droppable)
    }

    /// `192.0.2.1 : [0], 64 bytes, 0.044 ms (0.044 avg, 0% loss)`
    fn reply_line(
        &mut self,
        target: TargetNumber,
        (answer, extras): (&Answer<'_>, &Extras),
        timing: Timing,
        at: When<'_>,
    ) -> io::Result<()> {
        self.begin(target, at)?;
        let sums = self.sums(answer.target);
        let line = &mut self.streams.lines;
        let (number, length) = (answer.number.unwrap_or_default(), answer.length);
        let time = Milliseconds(timing.round_trip);
        write!(line, " : [{number}], {length} bytes, {time} ms (")?;
        sums.so_far(line)?;
        write!(line, ")")?;
        extras.text(line, &self.style)?;
        writeln!(line)
    }

    /// `{"resp": {"host": "192.0.2.1", "seq": 0, "size": 64, "rtt": 0.044}}`
    fn reply_object(
        &mut self,
        target: TargetNumber,
        (answer, extras): (&Answer<'_>, &Extras),
        timing: Timing,
        at: When<'_>,
    ) -> io::Result<()> {
        let style = self.style;
        let mut object = self.object("resp", target, at)?;
        object.put("seq", answer.number.unwrap_or_default())?;
        object.put("size", answer.length)?;
        object.put("rtt", Milliseconds(timing.round_trip))?;
        extras.json(&mut object, &style)?;
        object.end()
    }

    /// Begins a line about a probe: `[TIME] NAME`.
    fn begin(&mut self, target: TargetNumber, at: When<'_>) -> io::Result<()> {
        let line = &mut self.streams.lines;
        if let Some(format) = self.style.timestamps {
            write!(line, "[")?;
            time::stamp(line, format, at().wall, self.calendar)?;
            write!(line, "] ")?;
        }
        self.rows.padded(line, target, &mut self.names)
    }

    /// Begins an object about a probe.
    fn object(&mut self, kind: &str, target: TargetNumber, at: When<'_>) -> io::Result<Object<'_>> {
        let name = self.name(target)?;
        let mut object = Object::begin(&mut self.streams.lines, kind)?;
        if let Some(format) = self.style.timestamps {
            let mut time = Vec::new();
            time::stamp(&mut time, format, at().wall, self.calendar)?;
            object.text("timestamp", &String::from_utf8_lossy(&time))?;
        }
        object.text("host", &name)?;
        Ok(object)
    }

    /// Reports a probe that was sent and not answered in time.
    pub(super) fn missed(
        &mut self,
        probe: ProbeId,
        outcome: Outcome,
        at: When<'_>,
    ) -> io::Result<()> {
        let Some(probes) = self.probes() else {
            return Ok(());
        };
        let value = Some(probe.number).filter(|_| probes.values);
        let Some(tally) = self.tally(probe.target) else {
            return Ok(());
        };
        if outcome == Outcome::Suspended {
            // Whether it was answered is unknown.
            tally.unknown(value);
            return Ok(());
        }
        tally.missed(value);
        if !probes.each {
            return Ok(());
        }
        for target in self.rows.sharing(probe.target, &mut self.names) {
            if self.style.json {
                let mut object = self.object("timeout", target, at)?;
                object.put("seq", probe.number)?;
                object.end()?;
            } else {
                self.begin(target, at)?;
                let sums = self.sums(probe.target);
                let line = &mut self.streams.lines;
                write!(line, " : [{}], timed out (", probe.number)?;
                sums.so_far(line)?;
                writeln!(line, ")")?;
            }
            self.streams.made()?;
        }
        Ok(())
    }
}
