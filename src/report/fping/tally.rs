//! Counts the probes to one target in the order of their events, so that each line can include the figures so far.

use std::io::{self, Write};
use std::time::Duration;

use super::milliseconds::Milliseconds;
use crate::event::Row;

/// Probes with a known result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Sums {
    pub(super) sent: u64,
    pub(super) received: u64,
    pub(super) min: Option<Duration>,
    pub(super) max: Option<Duration>,
    total: Duration,
}

impl Sums {
    /// The probes to a target that is retried until it answers.
    pub(super) fn of_tries(row: &Row) -> Self {
        Self {
            sent: row.known(),
            received: row.received.into(),
            min: row.min,
            max: row.max,
            total: row.mean.unwrap_or_default().saturating_mul(row.received),
        }
    }

    fn answered(&mut self, time: Duration) {
        self.sent += 1;
        self.received += 1;
        self.total = self.total.saturating_add(time);
        self.min = Some(self.min.map_or(time, |min| min.min(time)));
        self.max = self.max.max(Some(time));
    }

    pub(super) fn mean(&self) -> Option<Duration> {
        let received = u128::from(self.received);
        let nanoseconds = self.total.as_nanos().checked_div(received)?;
        u64::try_from(nanoseconds).ok().map(Duration::from_nanos)
    }

    pub(super) fn lost(&self) -> u64 {
        self.sent.saturating_sub(self.received)
    }

    /// The loss in whole percent, rounded down as in fping; 0 without probes.
    pub(super) fn loss(&self) -> u64 {
        (self.lost() * 100).checked_div(self.sent).unwrap_or(0)
    }

    /// The milliseconds in which probes were lost, at one probe a period.
    pub(super) fn outage(&self, period: Duration) -> u128 {
        (period.as_nanos() * u128::from(self.lost())) / 1_000_000
    }

    /// `0.044 avg, 0% loss`
    pub(super) fn so_far(&self, line: &mut Vec<u8>) -> io::Result<()> {
        match self.mean() {
            Some(mean) => write!(line, "{} avg", Milliseconds(mean))?,
            None => write!(line, "NaN avg")?,
        }
        write!(line, ", {}% loss", self.loss())
    }

    /// `xmt/rcv/%loss = 3/2/33%, min/avg/max = 0.10/0.20/0.30`. With `-o`, the time without replies is in between.
    pub(super) fn summary(&self, line: &mut Vec<u8>, outage: Option<Duration>) -> io::Result<()> {
        let (sent, received, percent) = (self.sent, self.received, self.loss());
        write!(line, "xmt/rcv/%loss = {sent}/{received}/{percent}%")?;
        if let Some(period) = outage {
            let outage = self.outage(period);
            write!(line, ", outage(ms) = {outage}")?;
        }
        if let (Some(min), Some(mean), Some(max)) = (self.min, self.mean(), self.max) {
            let [min, mean, max] = [min, mean, max].map(Milliseconds);
            write!(line, ", min/avg/max = {min}/{mean}/{max}")?;
        }
        Ok(())
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Tally {
    /// Since the start.
    pub(super) all: Sums,
    /// Since the last summary of an interval.
    pub(super) interval: Sums,
    /// With `-C`: the round trip of each probe, by its number.
    values: Vec<Option<Duration>>,
}

impl Tally {
    /// Counts a probe that was answered after `time`.
    pub(super) fn answered(&mut self, time: Duration, value: Option<u64>) {
        self.all.answered(time);
        self.interval.answered(time);
        self.note(value, Some(time));
    }

    pub(super) fn missed(&mut self, value: Option<u64>) {
        self.all.sent += 1;
        self.interval.sent += 1;
        self.note(value, None);
    }

    /// Notes a probe with an unknown outcome.
    pub(super) fn unknown(&mut self, value: Option<u64>) {
        self.note(value, None);
    }

    /// Stores the round trip of a probe, if round trips are kept.
    fn note(&mut self, value: Option<u64>, time: Option<Duration>) {
        let Some(index) = value.and_then(|number| usize::try_from(number).ok()) else {
            return;
        };
        if self.values.len() <= index {
            self.values.resize(index + 1, None);
        }
        if let Some(value) = self.values.get_mut(index) {
            *value = time;
        }
    }

    /// `0.10 - 0.05`, with one value for each probe.
    pub(super) fn values(&self, line: &mut Vec<u8>) -> io::Result<()> {
        for (number, value) in self.values.iter().enumerate() {
            let blank = if number > 0 { " " } else { "" };
            match value {
                Some(time) => write!(line, "{blank}{}", Milliseconds(*time))?,
                None => write!(line, "{blank}-")?,
            }
        }
        Ok(())
    }

    /// The same as a JSON array: `[0.10, null, 0.05]`.
    pub(super) fn json_values(&self) -> String {
        let value = |value: &Option<Duration>| match value {
            Some(time) => Milliseconds(*time).to_string(),
            None => "null".to_owned(),
        };
        let values: Vec<String> = self.values.iter().map(value).collect();
        format!("[{}]", values.join(", "))
    }

    pub(super) fn begin_interval(&mut self) {
        self.interval = Sums::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(write: impl FnOnce(&mut Vec<u8>) -> io::Result<()>) -> String {
        let mut line = Vec::new();
        write(&mut line).unwrap();
        String::from_utf8(line).unwrap()
    }

    fn tally() -> Tally {
        let mut tally = Tally::default();
        tally.answered(Duration::from_micros(100), Some(0));
        tally.missed(Some(1));
        tally.answered(Duration::from_micros(300), Some(2));
        tally
    }

    #[test]
    fn a_summary_has_the_loss_in_whole_percent_and_the_average() {
        let sums = tally().all;
        assert_eq!(
            text(|line| sums.summary(line, None)),
            "xmt/rcv/%loss = 3/2/33%, min/avg/max = 0.100/0.200/0.300"
        );
        assert_eq!(
            text(|line| sums.summary(line, Some(Duration::from_millis(500)))),
            "xmt/rcv/%loss = 3/2/33%, outage(ms) = 500, min/avg/max = 0.100/0.200/0.300"
        );
        assert_eq!(text(|line| sums.so_far(line)), "0.200 avg, 33% loss");
    }

    #[test]
    fn without_a_reply_there_is_no_average() {
        let mut tally = Tally::default();
        assert_eq!(
            text(|line| tally.all.summary(line, None)),
            "xmt/rcv/%loss = 0/0/0%"
        );
        tally.missed(None);
        assert_eq!(
            text(|line| tally.all.summary(line, None)),
            "xmt/rcv/%loss = 1/0/100%"
        );
        assert_eq!(text(|line| tally.all.so_far(line)), "NaN avg, 100% loss");
    }

    /// fping keeps the average in 32 bits of nanoseconds and prints `-1.3e+03`.
    #[test]
    fn the_average_of_more_than_two_seconds_is_right() {
        let mut tally = Tally::default();
        tally.answered(Duration::from_millis(3001), None);
        assert_eq!(
            text(|line| tally.all.summary(line, None)),
            "xmt/rcv/%loss = 1/1/0%, min/avg/max = 3001/3001/3001"
        );
        assert_eq!(text(|line| tally.all.so_far(line)), "3001 avg, 0% loss");
    }

    #[test]
    fn values_stand_in_the_order_of_their_probes() {
        let mut tally = tally();
        tally.answered(Duration::from_millis(12), Some(4));
        assert_eq!(text(|line| tally.values(line)), "0.100 - 0.300 - 12.0");
    }

    #[test]
    fn an_interval_begins_anew_and_the_whole_goes_on() {
        let mut tally = tally();
        tally.begin_interval();
        tally.missed(None);
        assert_eq!((tally.interval.sent, tally.interval.received), (1, 0));
        assert_eq!((tally.all.sent, tally.all.received), (4, 2));
    }
}
