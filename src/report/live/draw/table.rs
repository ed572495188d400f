//! A row for each target: the worst first, with a strip of its last probes.

use super::{Scene, words};
use crate::event::{RoundTrips, TargetNumber};
use crate::report::live::model::{Figures, State, Target};
use crate::report::live::paint::{ALARM, HEADING, PLAIN, Pen, SELECTED};
use crate::report::live::scale::{LEVELS, Levels};

/// The least room for names and for the strip.
const NARROWEST_NAME: u16 = 15;
const NARROWEST_STRIP: u16 = 8;
/// The most room for a label.
const WIDEST_LABEL: u16 = 20;
/// The least room for a reason; where there is less, it covers the strip as well.
const NARROWEST_REASON: u16 = 24;

/// A column of numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Column {
    Label,
    Sent,
    Loss,
    Last,
    P50,
    P99,
    Jitter,
}

/// The columns from the left to the right.
const COLUMNS: [Column; 7] = [
    Column::Label,
    Column::Sent,
    Column::Loss,
    Column::Last,
    Column::P50,
    Column::P99,
    Column::Jitter,
];

/// Those that a narrow screen has no room for are the last of these.
const BY_IMPORTANCE: [Column; 7] = [
    Column::Loss,
    Column::Last,
    Column::P99,
    Column::Sent,
    Column::P50,
    Column::Jitter,
    Column::Label,
];

impl Column {
    fn heading(self) -> &'static str {
        match self {
            Self::Label => "label",
            Self::Sent => "sent",
            Self::Loss => "loss",
            Self::Last => "last",
            Self::P50 => "p50",
            Self::P99 => "p99",
            Self::Jitter => "jitter",
        }
    }

    /// The columns of the terminal, with a gap in front.
    fn width(self, label: u16) -> u16 {
        match self {
            Self::Label => label + 2,
            Self::Sent => 9,
            Self::Loss => 6,
            Self::Last | Self::P50 | Self::P99 | Self::Jitter => 7,
        }
    }

    /// Whether a reason may stand in its place: where a target is down, it has nothing new to tell.
    fn is_of_time(self) -> bool {
        matches!(self, Self::Last | Self::P50 | Self::P99 | Self::Jitter)
    }
}

/// Where everything stands.
#[derive(Debug, PartialEq, Eq)]
struct Layout {
    name: u16,
    /// Each column, where its room begins, and how wide it is.
    columns: Vec<(Column, u16, u16)>,
    /// Where the strip begins.
    strip: u16,
}

impl Layout {
    fn new(width: u16, widest_name: u16, label: u16) -> Self {
        let least = NARROWEST_NAME + 1 + NARROWEST_STRIP;
        let mut room = width.saturating_sub(least);
        let mut shown = Vec::new();
        for column in BY_IMPORTANCE {
            let needed = column.width(label);
            let is_empty = column == Column::Label && label == 0;
            if !is_empty && needed <= room {
                room -= needed;
                shown.push(column);
            }
        }
        let longer = widest_name.saturating_sub(NARROWEST_NAME);
        // Half of what is left, so that the strip gets something as well.
        let name = NARROWEST_NAME + longer.min(room.div_ceil(2));
        let mut x = name;
        let mut columns = Vec::new();
        for column in COLUMNS {
            if shown.contains(&column) {
                let width = column.width(label);
                columns.push((column, x, width));
                x += width;
            }
        }
        Self {
            name,
            columns,
            strip: x + 1,
        }
    }

    /// Where a reason begins, and its room.
    fn reason(&self, width: u16) -> (u16, u16) {
        let mut times = self.columns.iter().filter(|(it, ..)| it.is_of_time());
        let begin = times.next().map_or(self.strip, |(_, x, _)| x + 1);
        let room = self.strip.saturating_sub(begin + 1);
        if room < NARROWEST_REASON {
            (begin, width.saturating_sub(begin))
        } else {
            (begin, room)
        }
    }
}

/// Draws the table.
pub(super) fn draw(pen: &mut Pen<'_>, scene: &mut Scene<'_>) {
    let rows = usize::from(pen.height().saturating_sub(1));
    scene.view.rows = rows;
    scene.view.follow();
    let last = scene.view.offset.saturating_add(rows);
    let shown = scene
        .view
        .order
        .get(scene.view.offset..last.min(scene.view.order.len()));
    let shown = shown.unwrap_or_default().to_vec();
    let labels = shown.iter().filter_map(|target| scene.who.label(*target));
    let label = labels.map(|label| crate::sanitize::columns(&label)).max();
    let label = u16::try_from(label.unwrap_or(0)).unwrap_or(u16::MAX);
    let name = u16::try_from(scene.who.width()).unwrap_or(u16::MAX);
    let layout = Layout::new(pen.width(), name, label.min(WIDEST_LABEL));
    let levels = scene.levels();
    headings(pen, &layout, &levels);
    for (y, target) in (1..).zip(shown) {
        row(pen, y, &layout, scene, (target, &levels));
    }
}

fn headings(pen: &mut Pen<'_>, layout: &Layout, levels: &Levels) {
    pen.text(0, 0, layout.name, "target", HEADING);
    for (column, x, width) in &layout.columns {
        let heading = column.heading();
        if *column == Column::Label {
            pen.text(x + 2, 0, width - 2, heading, HEADING);
        } else {
            pen.right(*x, 0, *width, heading, HEADING);
        }
    }
    let (lowest, highest) = (pen.glyphs.level(0), pen.glyphs.level(LEVELS - 1));
    let low = words::with_unit(levels.begin(1));
    let high = words::with_unit(levels.begin(LEVELS - 1));
    let text = format!("{lowest} <{low}  {highest} >={high}");
    let room = pen.width().saturating_sub(layout.strip);
    if crate::sanitize::columns(&text) <= room.into() {
        pen.text(layout.strip, 0, room, &text, HEADING);
    } else {
        pen.text(layout.strip, 0, room, "ms", HEADING);
    }
}

fn row(
    pen: &mut Pen<'_>,
    y: u16,
    layout: &Layout,
    scene: &mut Scene<'_>,
    (number, levels): (TargetNumber, &Levels),
) {
    let target = scene.model.target(scene.who.probed(number));
    let is_down = target.state == State::Down;
    let style = if is_down { ALARM } else { PLAIN };
    let mark = scene.view.marks.iter().position(|marked| *marked == number);
    let mark = mark.map_or_else(String::new, |mark| format!("{}:", mark + 1));
    let x = pen.text(0, y, layout.name, &mark, style);
    let room = layout.name.saturating_sub(x);
    let name = scene.who.short_name(number, room.into());
    pen.text(x, y, room, &name, style);
    let has_reason = is_down || target.figures.known() == 0 && target.reason.is_some();
    let times = target.figures.round_trips();
    for (column, x, width) in &layout.columns {
        if *column == Column::Label {
            let label = scene.who.label(number).unwrap_or_default();
            pen.name(x + 2, y, width - 2, &label, PLAIN);
        } else if !(has_reason && column.is_of_time()) {
            pen.right(
                *x,
                y,
                *width,
                &cell(*column, &target.figures, times.as_ref()),
                PLAIN,
            );
        }
    }
    strip(pen, y, layout.strip, target, levels);
    if has_reason {
        let (x, room) = layout.reason(pen.width());
        let reason = scene.who.reason(number, target);
        let blank = " ".repeat(room.into());
        pen.text(x, y, room, &blank, PLAIN);
        pen.text(x, y, room, &reason, ALARM);
    }
    if scene.view.selected == Some(number) {
        pen.restyle(y, SELECTED);
    }
}

fn cell(column: Column, figures: &Figures, times: Option<&RoundTrips>) -> String {
    match column {
        Column::Label => String::new(),
        Column::Sent => figures.sent().to_string(),
        Column::Loss => words::percent(figures.loss()),
        Column::Last => words::milliseconds(figures.last),
        Column::P50 => words::milliseconds(times.map(|times| times.p50)),
        Column::P99 => words::milliseconds(times.map(|times| times.p99)),
        Column::Jitter => words::milliseconds(times.map(|times| times.jitter)),
    }
}

/// A cell for each of the last probes, the newest at the right.
fn strip(pen: &mut Pen<'_>, y: u16, begin: u16, target: &Target, levels: &Levels) {
    let cells = (begin..pen.width()).rev();
    for (x, probe) in cells.zip(target.history.newest()) {
        let (glyph, style) = pen.glyphs.fate(probe.fate, levels);
        pen.text(x, y, 1, glyph, style);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns(width: u16, label: u16) -> Vec<Column> {
        let layout = Layout::new(width, 30, label);
        layout.columns.iter().map(|(column, ..)| *column).collect()
    }

    #[test]
    fn narrow_screen_has_the_columns_that_matter_most() {
        assert_eq!(columns(40, 0), [Column::Loss, Column::Last]);
        assert_eq!(
            columns(60, 0),
            [
                Column::Sent,
                Column::Loss,
                Column::Last,
                Column::P50,
                Column::P99
            ]
        );
        assert_eq!(columns(80, 0), COLUMNS[1..]);
        assert_eq!(columns(120, 10), COLUMNS);
        assert_eq!(columns(5, 10), []);
    }

    #[test]
    fn reason_covers_the_strip_only_where_there_is_no_other_room() {
        let (begin, room) = Layout::new(40, 15, 0).reason(40);
        assert_eq!(begin + room, 40);
        let wide = Layout::new(200, 15, 0);
        let (begin, room) = wide.reason(200);
        assert_eq!(begin + room + 1, wide.strip);
    }
}
