//! Summaries as Netdata reads them from a plugin (`-N`): the charts of each target once, then their values.

use std::io::{self, Write};
use std::time::Duration;

use super::Text;
use super::tally::Sums;
use crate::config::FpingIntervals;
use crate::report::{Names, Outlet};

struct Chart {
    name: &'static str,
    /// Title and unit.
    title: &'static str,
    /// The position and style of the chart.
    place: &'static str,
    dimensions: &'static str,
}

const PACKETS: Chart = Chart {
    name: "packets",
    title: "'FPing Packets' packets",
    place: "line 110020",
    dimensions: "DIMENSION xmt sent absolute 1 1\nDIMENSION rcv received absolute 1 1\n",
};

const QUALITY: Chart = Chart {
    name: "quality",
    title: "'FPing Quality' percentage",
    place: "area 110010",
    dimensions: "DIMENSION returned '' absolute 1 1\n",
};

const LATENCY: Chart = Chart {
    name: "latency",
    title: "'FPing Latency' ms",
    place: "area 110000",
    dimensions: "DIMENSION min minimum absolute 1 1000000\n\
                 DIMENSION max maximum absolute 1 1000000\n\
                 DIMENSION avg average absolute 1 1000000\n",
};

impl<O: Outlet, E: Outlet, N: Names> Text<O, E, N> {
    /// Writes the values since the last interval. Intervals have the length `every`.
    pub(super) fn charts(&mut self, every: Duration) -> io::Result<()> {
        for target in self.rows.all() {
            let host = self.name(target)?;
            let id = identifier(&self.rows.typed(target, &mut self.names));
            let is_new = self.charted.insert(target);
            let sums = self.sums_of_interval(target, FpingIntervals::Netdata(every));
            for (chart, values) in [
                (PACKETS, packets(&sums)),
                (QUALITY, quality(&sums)),
                (LATENCY, latency(&sums)),
            ] {
                let line = &mut self.streams.lines;
                let Chart { name, title, .. } = chart;
                if is_new {
                    let (place, seconds) = (chart.place, every.as_secs_f64());
                    writeln!(
                        line,
                        "CHART fping.{id}_{name} '' {title} '{host}' fping.{name} {place} {seconds:.0}"
                    )?;
                    line.extend(chart.dimensions.bytes());
                }
                write!(line, "BEGIN fping.{id}_{name}\n{values}END\n")?;
                self.streams.made()?;
            }
        }
        Ok(())
    }
}

/// Netdata's name for a chart.
fn identifier(name: &str) -> String {
    let plain = |octet: u8| match octet {
        octet if octet.is_ascii_alphanumeric() => char::from(octet),
        _ => '_',
    };
    name.bytes().map(plain).collect()
}

fn packets(sums: &Sums) -> String {
    let (sent, received) = (sums.sent, sums.received);
    format!("SET xmt = {sent}\nSET rcv = {received}\n")
}

fn quality(sums: &Sums) -> String {
    let returned = (sums.received * 100).checked_div(sums.sent).unwrap_or(0);
    format!("SET returned = {returned}\n")
}

/// Latencies in nanoseconds.
fn latency(sums: &Sums) -> String {
    let (Some(min), Some(mean), Some(max)) = (sums.min, sums.mean(), sums.max) else {
        return String::new();
    };
    let [min, mean, max] = [min, mean, max].map(|time| time.as_nanos());
    format!("SET min = {min}\nSET avg = {mean}\nSET max = {max}\n")
}
