//! The statistics of all targets together.

use std::io::{self, Write};
use std::time::Duration;

use super::name_column::NameColumn;
use super::reason;
use crate::config::Style;
use crate::event::{Results, Row, Summary, TargetNumber, When};
use crate::report::number::General;
use crate::report::{Names, moment, statistics};

/// The round trips in a status line.
const MIN_AVG_MAX: &str = "min/avg/max";

/// Up to this many targets have a line each in the status.
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

/// `1 s`, or `2.54 s (at --rate 100)` if the requested period is too short for the targets.
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

/// Settings that the status depends on besides the results.
pub(super) struct Context<'a> {
    pub(super) style: &'a Style,
    pub(super) at: When<'a>,
}

/// The status so far: a line about all targets, and one for each of few.
pub(super) fn status(
    line: &mut Vec<u8>,
    total: &Summary,
    results: &dyn Results,
    context: &Context<'_>,
    (column, names): (&mut NameColumn, &mut dyn Names),
) -> io::Result<()> {
    moment::begin(line, context.style, context.at)?;
    alive(line, total)?;
    let counts = &total.counts;
    let times = total.round_trips.as_ref();
    let times = times.map(|times| (MIN_AVG_MAX, [times.min, times.mean, times.max]));
    let received = [counts.received, counts.transmitted];
    let loss = counts.loss().map(General);
    write!(line, ", ")?;
    statistics::packets_so_far(line, received, loss, times)?;
    writeln!(line)?;
    if total.targets > FEW {
        return Ok(());
    }
    for target in column.directory().as_given() {
        moment::begin(line, context.style, context.at)?;
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

/// The figures after the name of a target.
fn status_of(
    line: &mut Vec<u8>,
    row: &Row,
    context: &reason::Context<'_>,
    names: &mut dyn Names,
) -> io::Result<()> {
    let times = match (row.min, row.mean, row.max) {
        (Some(min), Some(mean), Some(max)) => Some((MIN_AVG_MAX, [min, mean, max])),
        _ => None,
    };
    write!(line, "  ")?;
    let counts = [row.received, row.sent].map(u64::from);
    statistics::packets_so_far(line, counts, row.loss().map(General), times)?;
    if !row.is_alive() {
        write!(line, ", {}", reason::text(row, context, names))?;
    }
    if let Some(recent) = &row.recent {
        write!(line, "; ")?;
        statistics::recent(line, recent)?;
    }
    Ok(())
}
