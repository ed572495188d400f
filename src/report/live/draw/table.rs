//! A row for each target: the worst first, with a strip of its last probes.

use super::{Scene, words};
use crate::event::{Recent, RoundTrips, TargetNumber};
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
    /// Of the last part of the run, where that is asked for.
    RecentLoss,
    Last,
    P50,
    P99,
    RecentP50,
    RecentP99,
    Jitter,
}

/// The columns from the left to the right.
const COLUMNS: [Column; 10] = [
    Column::Label,
    Column::Sent,
    Column::Loss,
    Column::RecentLoss,
    Column::Last,
    Column::P50,
    Column::P99,
    Column::RecentP50,
    Column::RecentP99,
    Column::Jitter,
];

/// Those that a narrow screen has no room for are the last of these.
const BY_IMPORTANCE: [Column; 10] = [
    Column::Loss,
    Column::RecentLoss,
    Column::Last,
    Column::P99,
    Column::Label,
    Column::RecentP99,
    Column::Sent,
    Column::P50,
    Column::RecentP50,
    Column::Jitter,
];

impl Column {
    fn heading(self) -> &'static str {
        match self {
            Self::Label => "label",
            Self::Sent => "sent",
            Self::Loss | Self::RecentLoss => "loss",
            Self::Last => "last",
            Self::P50 | Self::RecentP50 => "p50",
            Self::P99 | Self::RecentP99 => "p99",
            Self::Jitter => "jitter",
        }
    }

    /// The columns of the terminal, with a gap in front.
    fn width(self, widths: Widths) -> u16 {
        match self {
            Self::Label => widths.label + 2,
            Self::Sent => 9,
            Self::Loss => 6,
            Self::Last | Self::P50 | Self::P99 | Self::Jitter => 7,
            // The heading is the widest.
            Self::RecentLoss => widths.window + 6,
            Self::RecentP50 | Self::RecentP99 => (widths.window + 5).max(7),
        }
    }

    /// Whether there is nothing to show in it.
    fn is_empty(self, widths: Widths) -> bool {
        match self {
            Self::Label => widths.label == 0,
            _ => self.is_of_window() && widths.window == 0,
        }
    }

    fn is_of_window(self) -> bool {
        matches!(self, Self::RecentLoss | Self::RecentP50 | Self::RecentP99)
    }

    /// Whether a reason may stand in its place: where a target is down, it has nothing new to tell.
    fn is_of_time(self) -> bool {
        matches!(
            self,
            Self::Last | Self::P50 | Self::P99 | Self::RecentP50 | Self::RecentP99 | Self::Jitter
        )
    }
}

/// How wide is what is not the same in each run; zero: it is not there.
#[derive(Debug, Clone, Copy, Default)]
struct Widths {
    name: u16,
    label: u16,
    /// Of the length of the window.
    window: u16,
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
    fn new(width: u16, widths: Widths) -> Self {
        let least = NARROWEST_NAME + 1 + NARROWEST_STRIP;
        let mut room = width.saturating_sub(least);
        let mut shown = Vec::new();
        for column in BY_IMPORTANCE {
            let needed = column.width(widths);
            if !column.is_empty(widths) && needed <= room {
                room -= needed;
                shown.push(column);
            }
        }
        let longer = widths.name.saturating_sub(NARROWEST_NAME);
        // Half of what is left, so that the strip gets something as well.
        let name = NARROWEST_NAME + longer.min(room.div_ceil(2));
        let mut x = name;
        let mut columns = Vec::new();
        for column in COLUMNS {
            if shown.contains(&column) {
                let width = column.width(widths);
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

    /// Whether labels have a column.
    fn has_labels(&self) -> bool {
        self.columns.iter().any(|(it, ..)| *it == Column::Label)
    }

    /// Whether something of the last part of the run is shown.
    fn has_window(&self) -> bool {
        self.columns.iter().any(|(it, ..)| it.is_of_window())
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
    let columns = |text: &str| u16::try_from(text.len()).unwrap_or(u16::MAX);
    let name = u16::try_from(scene.who.width()).unwrap_or(u16::MAX);
    let window = scene.look.window.map(words::length);
    let widths = Widths {
        name,
        label: label.min(WIDEST_LABEL),
        window: window.as_ref().map_or(0, |it| columns(it)),
    };
    let layout = Layout::new(pen.width(), widths);
    let levels = scene.levels();
    headings(pen, &layout, &levels, window.as_deref());
    for (y, target) in (1..).zip(shown) {
        row(pen, y, &layout, scene, (target, &levels));
    }
}

fn headings(pen: &mut Pen<'_>, layout: &Layout, levels: &Levels, window: Option<&str>) {
    pen.text(0, 0, layout.name, "target", HEADING);
    for (column, x, width) in &layout.columns {
        let heading = column.heading();
        match window.filter(|_| column.is_of_window()) {
            _ if *column == Column::Label => {
                pen.text(x + 2, 0, width - 2, heading, HEADING);
            }
            Some(window) => pen.right(*x, 0, *width, &format!("{heading}/{window}"), HEADING),
            None => pen.right(*x, 0, *width, heading, HEADING),
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
    // People know a target by its label.
    let label = scene.who.label(number).filter(|_| !layout.has_labels());
    let label = label.map(|label| crate::sanitize::cut(&label, room.into()));
    let name = label.unwrap_or_else(|| scene.who.short_name(number, room.into()));
    pen.text(x, y, room, &name, style);
    let has_reason = is_down || target.figures.known() == 0 && target.reason.is_some();
    let times = target.figures.round_trips();
    let recent = layout.has_window().then(|| scene.model.recent(target));
    let figures = (&target.figures, times.as_ref(), recent.flatten());
    for (column, x, width) in &layout.columns {
        if *column == Column::Label {
            let label = scene.who.label(number).unwrap_or_default();
            pen.name(x + 2, y, width - 2, &label, PLAIN);
        } else if !(has_reason && column.is_of_time()) {
            pen.right(*x, y, *width, &cell(*column, figures), PLAIN);
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

fn cell(
    column: Column,
    (figures, times, recent): (&Figures, Option<&RoundTrips>, Option<Recent>),
) -> String {
    let recent = recent.unwrap_or_default();
    match column {
        Column::Label => String::new(),
        Column::Sent => figures.sent().to_string(),
        Column::Loss => words::percent(figures.loss()),
        Column::Last => words::milliseconds(figures.last),
        Column::P50 => words::milliseconds(times.map(|times| times.p50)),
        Column::P99 => words::milliseconds(times.map(|times| times.p99)),
        Column::RecentLoss => words::percent(recent.loss()),
        Column::RecentP50 => words::milliseconds(recent.p50),
        Column::RecentP99 => words::milliseconds(recent.p99),
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
        shown(width, label, 0)
    }

    fn shown(width: u16, label: u16, window: u16) -> Vec<Column> {
        let name = 30;
        let widths = Widths {
            name,
            label,
            window,
        };
        let layout = Layout::new(width, widths);
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
        let without_window: Vec<Column> = COLUMNS
            .into_iter()
            .filter(|it| !it.is_of_window())
            .collect();
        assert_eq!(columns(80, 0), without_window[1..]);
        assert_eq!(columns(120, 10), without_window);
        assert_eq!(columns(5, 10), []);
    }

    #[test]
    fn window_has_its_loss_on_each_screen_and_its_percentiles_where_there_is_room() {
        assert_eq!(shown(40, 0, 3), [Column::Loss, Column::RecentLoss]);
        let of_usual = shown(80, 0, 3);
        assert!(of_usual.contains(&Column::RecentLoss) && of_usual.contains(&Column::RecentP99));
        assert_eq!(shown(200, 10, 3), COLUMNS);
    }

    #[test]
    fn reason_covers_the_strip_only_where_there_is_no_other_room() {
        let widths = Widths {
            name: 15,
            ..Widths::default()
        };
        let (begin, room) = Layout::new(40, widths).reason(40);
        assert_eq!(begin + room, 40);
        let wide = Layout::new(200, widths);
        let (begin, room) = wide.reason(200);
        assert_eq!(begin + room + 1, wide.strip);
    }
}
