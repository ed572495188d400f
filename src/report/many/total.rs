//! What the run amounts to, all targets together.

use std::io::{self, Write};
use std::time::Duration;

use super::name_column::NameColumn;
use super::reason;
use crate::config::Style;
use crate::event::{Results, Row, Summary, TargetNumber, When};
use crate::report::duration::Milliseconds;
use crate::report::number::General;
use crate::report::{Names, moment, statistics};

/// So many targets have a line each in a state in between.
pub(super) const FEW: TargetNumber = 20;

/// The last lines.
pub(super) fn text(line: &mut Vec<u8>, total: &Summary, style: &Style) -> io::Result<()> {
    statistics::heading(line, &targets(total.targets), style)?;
    alive(line, total)?;
    writeln!(line)?;
    let context = statistics::Context {
        style,
        host: "",
        timed: true,
    };
    statistics::lines(line, total, &context)
}

/// `3 targets`
pub(super) fn targets(number: TargetNumber) -> String {
    format!("{number} target{}", if number == 1 { "" } else { "s" })
}

/// `1 s`, or `2.54 s (at --rate 100)` where the targets do not fit into the period that was asked for.
pub(super) fn period(asked: Duration, targets: TargetNumber, rate: Option<u32>) -> String {
    let allowed = rate.map(|rate| (rate, Duration::from_secs(targets.into()) / rate.max(1)));
    match allowed {
        Some((rate, longer)) if longer > asked => {
            format!("{} s (at --rate {rate})", General(longer.as_secs_f64()))
        }
        _ => format!("{} s", General(asked.as_secs_f64())),
    }
}

/// `2 of 3 targets alive, 1 dead`
fn alive(line: &mut Vec<u8>, total: &Summary) -> io::Result<()> {
    write!(line, "{} of {} alive", total.alive, targets(total.targets))?;
    let rest = total.targets.saturating_sub(total.alive);
    let unknown = rest.saturating_sub(total.dead);
    if total.dead > 0 {
        write!(line, ", {} dead", total.dead)?;
    }
    if unknown > 0 {
        write!(line, ", {unknown} not known")?;
    }
    Ok(())
}

/// What the lines of a state depend on besides the results.
pub(super) struct Context<'a> {
    pub(super) style: &'a Style,
    pub(super) at: When<'a>,
}

impl Context<'_> {
    /// Begins a line: with `-D` by the time of day.
    fn begin(&self, line: &mut Vec<u8>) -> io::Result<()> {
        if self.style.timestamps {
            moment::time_of_day(line, (self.at)().wall)?;
        }
        Ok(())
    }
}

/// The state so far: a line of all, and one of each target where there are few.
pub(super) fn status(
    line: &mut Vec<u8>,
    total: &Summary,
    results: &dyn Results,
    context: &Context<'_>,
    (column, names): (&mut NameColumn, &mut dyn Names),
) -> io::Result<()> {
    context.begin(line)?;
    alive(line, total)?;
    let counts = &total.counts;
    let times = total.round_trips.as_ref();
    let times = times.map(|times| [times.min, times.mean, times.max]);
    write!(line, ", ")?;
    packets(
        line,
        [counts.received, counts.transmitted],
        counts.loss(),
        times,
    )?;
    writeln!(line)?;
    if total.targets > FEW {
        return Ok(());
    }
    for target in column.directory().as_given() {
        context.begin(line)?;
        column.padded(line, target, names)?;
        let reason = reason::Context {
            target: column.directory().address(target),
            style: context.style,
        };
        status_of(line, &results.row(target), &reason, names)?;
        column.label_behind(line, target)?;
        writeln!(line)?;
    }
    Ok(())
}

/// Behind the name of a target.
fn status_of(
    line: &mut Vec<u8>,
    row: &Row,
    context: &reason::Context<'_>,
    names: &mut dyn Names,
) -> io::Result<()> {
    let times = match (row.min, row.mean, row.max) {
        (Some(min), Some(mean), Some(max)) => Some([min, mean, max]),
        _ => None,
    };
    write!(line, "  ")?;
    let counts = [row.received, row.sent].map(u64::from);
    packets(line, counts, row.loss(), times)?;
    if row.is_alive() {
        return Ok(());
    }
    write!(line, ", ")?;
    reason::text(line, row, context, names)
}

/// `6/9 packets, 33.3333% loss, min/avg/max = 0.100/0.200/0.300 ms`
fn packets(
    line: &mut Vec<u8>,
    [received, sent]: [u64; 2],
    loss: Option<f64>,
    times: Option<[Duration; 3]>,
) -> io::Result<()> {
    write!(line, "{received}/{sent} packets")?;
    if let Some(loss) = loss {
        write!(line, ", {}% loss", General(loss))?;
    }
    if let Some(times) = times {
        let [min, mean, max] = times.map(Milliseconds);
        write!(line, ", min/avg/max = {min}/{mean}/{max} ms")?;
    }
    Ok(())
}
