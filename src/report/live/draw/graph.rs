//! Round trips over time, of one target or of several.

use std::time::Duration;

use ratatui::layout::Rect;
use ratatui::style::{Color, Style};
use ratatui::symbols::Marker;
use ratatui::widgets::Widget;
use ratatui::widgets::canvas::{Canvas, Line, Points};

use super::{Scene, details, words};
use crate::event::TargetNumber;
use crate::report::live::model::{Fate, Target};
use crate::report::live::paint::{COLOURS, FAINT, Glyphs, PLAIN, Pen};
use crate::report::live::scale::Axis;

/// The room for the numbers beside the graph.
const MARGIN: u16 = 8;

/// A target in the graph.
struct Series<'a> {
    number: TargetNumber,
    target: &'a Target,
    colour: Color,
    /// What stands for it where there are no colours.
    sign: char,
}

/// Draws the graph.
pub(super) fn draw(pen: &mut Pen<'_>, scene: &mut Scene<'_>) {
    scene.view.rows = pen.height().into();
    let model = scene.model;
    let drawn = scene.view.drawn();
    let series: Vec<Series<'_>> = (drawn.iter().zip(COLOURS).zip('1'..))
        .map(|((number, colour), sign)| Series {
            number: *number,
            target: model.target(scene.who.probed(*number)),
            colour,
            sign,
        })
        .collect();
    let window = Duration::from_secs(scene.view.window());
    let begin = begin(model.elapsed, window, pen.width());
    let top = legend(pen, scene, &series);
    let area = pen.area();
    let plot = Rect {
        x: area.x + MARGIN,
        y: area.y + top,
        width: area.width.saturating_sub(MARGIN),
        height: area.height.saturating_sub(top + 2),
    };
    if plot.width == 0 || plot.height == 0 {
        return;
    }
    let axis = Axis::new(
        spread(&series, begin),
        scene.look.scale,
        scene.view.is_logarithmic,
    );
    scale(pen, top, plot.height, &axis);
    curves(pen, plot, &series, (begin, window), &axis);
    marks(pen, plot, &series, (begin, window));
    times(pen, plot, (begin, window));
}

/// When what is drawn begins: it moves by half a column, so that nothing flickers in between.
fn begin(now: Duration, window: Duration, width: u16) -> Duration {
    let step = window / (2 * u32::from(width.max(1)));
    let after = u64::try_from(now.as_nanos() % step.as_nanos().max(1)).unwrap_or(0);
    let moved = now.saturating_sub(Duration::from_nanos(after));
    moved.saturating_sub(window)
}

/// The shortest and the longest round trip that is drawn.
fn spread(series: &[Series<'_>], begin: Duration) -> (Duration, Duration) {
    let probes = series
        .iter()
        .flat_map(|one| one.target.history.since(begin));
    let times = probes.filter_map(|probe| probe.fate.round_trip());
    let spread = times.fold(None, |spread: Option<(Duration, Duration)>, time| {
        let (min, max) = spread.unwrap_or((time, time));
        Some((min.min(time), max.max(time)))
    });
    spread.unwrap_or((Duration::from_millis(1), Duration::from_millis(1)))
}

/// Who the curves are, with their figures. Tells how many lines that takes.
fn legend(pen: &mut Pen<'_>, scene: &mut Scene<'_>, series: &[Series<'_>]) -> u16 {
    let most = usize::from(pen.height() / 3).max(1);
    let width = pen.width();
    if let ([one], 1) = (series, scene.who.directory().len()) {
        let mut text = of_only(one.target);
        let recent = scene.model.recent(one.target);
        text.extend(recent.as_ref().map(details::recently));
        let mut y = 0;
        for line in text.iter().take(most) {
            pen.text(0, y, width, line, PLAIN);
            y += 1;
        }
        return y;
    }
    let mut y = 0;
    for one in series.iter().take(most) {
        let style = Style::new().fg(one.colour);
        let figures = of_several(one.target);
        let room = width.saturating_sub(u16::try_from(figures.len()).unwrap_or(width) + 3);
        let sign = if series.len() > 1 { one.sign } else { ' ' };
        pen.text(0, y, 2, &format!("{sign} "), style);
        let room = room.max(10);
        let name = scene.who.short_name(one.number, room.into());
        let used = pen.text(2, y, room, &name, style);
        pen.text(used + 4, y, width, &figures, PLAIN);
        y += 1;
    }
    y
}

/// The figures of the only target.
fn of_only(target: &Target) -> Vec<String> {
    let figures = &target.figures;
    let loss = words::percent(figures.loss());
    let times = figures.round_trips();
    let of = |time: Option<Duration>| words::milliseconds(time);
    vec![
        format!(
            "sent {}  received {}  loss {loss}  late {}  rejected {}  not sent {}",
            figures.sent(),
            figures.received,
            figures.late,
            figures.rejected,
            figures.not_sent
        ),
        format!(
            "ms: last {}  p50 {}  p99 {}  jitter {}  min {}  avg {}  max {}",
            of(figures.last),
            of(times.map(|times| times.p50)),
            of(times.map(|times| times.p99)),
            of(times.map(|times| times.jitter)),
            of(times.map(|times| times.min)),
            of(times.map(|times| times.mean)),
            of(times.map(|times| times.max)),
        ),
    ]
}

/// Those of one of several targets.
fn of_several(target: &Target) -> String {
    let figures = &target.figures;
    let times = figures.round_trips();
    format!(
        "loss {}  last {}  p50 {}  p99 {} ms",
        words::percent(figures.loss()),
        words::milliseconds(figures.last),
        words::milliseconds(times.map(|times| times.p50)),
        words::milliseconds(times.map(|times| times.p99)),
    )
}

/// The numbers beside the graph, as many as leave every other row free. The ends come first, and no other takes their place.
fn scale(pen: &mut Pen<'_>, top: u16, height: u16, axis: &Axis) {
    let mut taken = Vec::new();
    let room = usize::from(height / 2).saturating_sub(1);
    for number in axis.numbers(room) {
        let y = column(1.0 - axis.height(number), height);
        if !taken.contains(&y) {
            taken.push(y);
            pen.right(0, top + y, MARGIN - 1, &words::with_unit(number), FAINT);
        }
    }
}

/// Where on the graph something of this time is, from 0 to the width of the time that is drawn.
fn across(at: Duration, begin: Duration) -> f64 {
    at.saturating_sub(begin).as_secs_f64()
}

fn curves(
    pen: &mut Pen<'_>,
    plot: Rect,
    series: &[Series<'_>],
    (begin, window): (Duration, Duration),
    axis: &Axis,
) {
    let glyphs = pen.glyphs;
    for one in series {
        let marker = match glyphs {
            Glyphs::Blocks => Marker::Braille,
            Glyphs::Ascii if series.len() > 1 => Marker::Custom(one.sign),
            Glyphs::Ascii => Marker::Custom('*'),
        };
        let canvas = Canvas::default()
            .x_bounds([0.0, window.as_secs_f64()])
            .y_bounds([0.0, 1.0])
            .marker(marker)
            .paint(|context| {
                let mut last: Option<(f64, f64)> = None;
                for probe in one.target.history.since(begin) {
                    let height = probe.fate.round_trip().map(|it| axis.height(it));
                    let place = height.map(|height| (across(probe.at(), begin), height));
                    if let Some((x, y)) = place {
                        let (from_x, from_y) = last.unwrap_or((x, y));
                        context.draw(&Line::new(from_x, from_y, x, y, one.colour));
                        context.draw(&Points::new(&[(x, y)], one.colour));
                    }
                    // The next one, which is in flight, breaks no line.
                    if probe.fate != Fate::InFlight {
                        last = place;
                    }
                }
            });
        canvas.render(plot, pen.buffer());
    }
}

/// The axis, with a mark for what was not answered in time.
fn marks(
    pen: &mut Pen<'_>,
    plot: Rect,
    series: &[Series<'_>],
    (begin, window): (Duration, Duration),
) {
    let y = (plot.y + plot.height).saturating_sub(pen.area().y);
    let line = pen.glyphs.line().repeat(plot.width.into());
    pen.text(MARGIN, y, plot.width, &line, FAINT);
    let levels = super::Levels::new(None, None);
    for severity in [severity_of_late, severity_of_loss] {
        for one in series {
            for probe in one
                .target
                .history
                .since(begin)
                .filter(|it| severity(it.fate))
            {
                let part = across(probe.at(), begin) / window.as_secs_f64();
                let (glyph, style) = pen.glyphs.fate(probe.fate, &levels);
                pen.text(MARGIN + column(part, plot.width), y, 1, glyph, style);
            }
        }
    }
}

fn severity_of_late(fate: Fate) -> bool {
    matches!(fate, Fate::Late { .. } | Fate::NotSent | Fate::Suspended)
}

fn severity_of_loss(fate: Fate) -> bool {
    matches!(fate, Fate::Lost | Fate::Rejected)
}

/// The column of a part of the width, or the row of a part of the height.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a part, from 0 to 1"
)]
fn column(part: f64, width: u16) -> u16 {
    let column = part.clamp(0.0, 1.0) * f64::from(width.saturating_sub(1));
    (column + 0.5) as u16
}

/// The times below the axis.
fn times(pen: &mut Pen<'_>, plot: Rect, (begin, window): (Duration, Duration)) {
    let y = (plot.y + plot.height + 1).saturating_sub(pen.area().y);
    let end = words::clock(begin.saturating_add(window));
    pen.text(MARGIN, y, plot.width, &words::clock(begin), FAINT);
    pen.right(MARGIN, y, plot.width, &end, FAINT);
}
