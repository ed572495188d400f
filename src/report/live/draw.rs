//! A frame: a pure function of what is known and of what the user looks at.

mod details;
mod graph;
mod header;
mod help;
mod log;
mod map;
mod table;
mod words;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::model::Model;
use super::paint::{Glyphs, Pen};
use super::scale::Levels;
use super::view::{Tab, View};
use super::who::Who;
use crate::config::Live as Look;
use crate::report::moment::Calendar;

/// All that a frame shows.
pub(super) struct Scene<'a> {
    pub(super) model: &'a Model,
    pub(super) view: &'a mut View,
    pub(super) who: &'a mut Who,
    pub(super) look: Look,
    /// What people here call a moment.
    pub(super) calendar: Calendar,
}

impl Scene<'_> {
    fn levels(&self) -> Levels {
        Levels::new(self.model.seen, self.look.scale)
    }
}

/// Draws a frame.
pub(super) fn frame(buffer: &mut Buffer, scene: &mut Scene<'_>) {
    let glyphs = if scene.look.ascii {
        Glyphs::Ascii
    } else {
        Glyphs::Blocks
    };
    let area = buffer.area;
    let mut pen = Pen::new(buffer, area, glyphs);
    let top = header::draw(&mut pen, scene);
    header::foot(&mut pen, scene);
    let body = Rect {
        y: area.y + top,
        height: area.height.saturating_sub(top + 1),
        ..area
    };
    let mut pen = pen.within(body);
    if scene.view.helps {
        return help::draw(&mut pen, scene);
    }
    if let Some(target) = scene.view.details {
        return details::draw(&mut pen, scene, target);
    }
    match scene.view.tab {
        Tab::Table => table::draw(&mut pen, scene),
        Tab::Map => map::draw(&mut pen, scene),
        Tab::Graph => graph::draw(&mut pen, scene),
        Tab::Log => log::draw(&mut pen, scene),
    }
}

/// Draws the lines that there is room for, from the row on that the user scrolled to; returns which that is. What is longer
/// than a row goes on in the next.
fn lines(pen: &mut Pen<'_>, offset: usize, lines: &[(String, Style)]) -> usize {
    let width = pen.width();
    let rows: Vec<(String, Style)> = lines
        .iter()
        .flat_map(|(line, style)| words::wrap(line, width.into()).map(|row| (row, *style)))
        .collect();
    let offset = offset.min(rows.len().saturating_sub(pen.height().into()));
    for (y, (row, style)) in (0..pen.height()).zip(rows.iter().skip(offset)) {
        pen.text(0, y, width, row, *style);
    }
    offset
}
