//! How things look: characters and styles, and a pen that never leaves the paper.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier, Style};

use super::model::Fate;
use super::scale::Levels;
use crate::sanitize;

/// A heading.
pub(super) const HEADING: Style = Style::new().add_modifier(Modifier::BOLD);
/// What is less important.
pub(super) const FAINT: Style = Style::new().add_modifier(Modifier::DIM);
/// The selected row.
pub(super) const SELECTED: Style = Style::new().add_modifier(Modifier::REVERSED);
/// Lost, or down.
pub(super) const ALARM: Style = Style::new().fg(Color::Red);
/// Late, or not sent.
pub(super) const CAUTION: Style = Style::new().fg(Color::Yellow);
/// Rejected.
pub(super) const REJECTED: Style = Style::new().fg(Color::Magenta);
/// What is as it should be.
pub(super) const PLAIN: Style = Style::new();

/// The colours of the targets in the graph, which also have numbers.
pub(super) const COLOURS: [Color; 8] = [
    Color::Reset,
    Color::Cyan,
    Color::Magenta,
    Color::Green,
    Color::Yellow,
    Color::Blue,
    Color::Red,
    Color::Reset,
];

const BLOCKS: [&str; 8] = [
    "\u{2581}", "\u{2582}", "\u{2583}", "\u{2584}", "\u{2585}", "\u{2586}", "\u{2587}", "\u{2588}",
];
const DIGITS: [&str; 8] = ["1", "2", "3", "4", "5", "6", "7", "8"];

/// Which characters are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Glyphs {
    Ascii,
    Blocks,
}

impl Glyphs {
    /// One of the eight levels of a round trip.
    pub(super) fn level(self, level: usize) -> &'static str {
        let levels = match self {
            Self::Ascii => DIGITS,
            Self::Blocks => BLOCKS,
        };
        levels.get(level).copied().unwrap_or(" ")
    }

    /// A horizontal line.
    pub(super) fn line(self) -> &'static str {
        match self {
            Self::Ascii => "-",
            Self::Blocks => "\u{2500}",
        }
    }

    /// What became of a probe, as one character. Different kinds have different characters, with colours or without.
    pub(super) fn fate(self, fate: Fate, levels: &Levels) -> (&'static str, Style) {
        match fate {
            Fate::InFlight => (".", FAINT),
            Fate::Answered(None) => ("?", PLAIN),
            Fate::Answered(Some(round_trip)) => (self.level(levels.of(round_trip.into())), PLAIN),
            Fate::Late { .. } => ("~", CAUTION),
            Fate::Lost => ("!", ALARM),
            Fate::Rejected => ("E", REJECTED),
            Fate::NotSent => ("x", CAUTION),
            Fate::Suspended => ("z", FAINT),
        }
    }
}

/// Draws text on a part of a frame.
pub(super) struct Pen<'a> {
    buffer: &'a mut Buffer,
    area: Rect,
    pub(super) glyphs: Glyphs,
}

impl<'a> Pen<'a> {
    /// For this part of the frame.
    pub(super) fn new(buffer: &'a mut Buffer, area: Rect, glyphs: Glyphs) -> Self {
        Self {
            area: area.intersection(buffer.area),
            buffer,
            glyphs,
        }
    }

    /// For a smaller part.
    pub(super) fn within(&mut self, area: Rect) -> Pen<'_> {
        Pen {
            area: area.intersection(self.area),
            buffer: self.buffer,
            glyphs: self.glyphs,
        }
    }

    pub(super) fn area(&self) -> Rect {
        self.area
    }

    pub(super) fn width(&self) -> u16 {
        self.area.width
    }

    pub(super) fn height(&self) -> u16 {
        self.area.height
    }

    pub(super) fn buffer(&mut self) -> &mut Buffer {
        self.buffer
    }

    /// Writes harmless text from this place of the part on, as far as there is room; tells how many columns that took.
    pub(super) fn text(&mut self, x: u16, y: u16, room: u16, text: &str, style: Style) -> u16 {
        let room = room.min(self.area.width.saturating_sub(x));
        if y >= self.area.height || room == 0 {
            return 0;
        }
        let (left, top) = (self.area.x + x, self.area.y + y);
        // What it covers leaves nothing behind.
        let style = Style::reset().patch(style);
        let (end, _) = self.buffer.set_stringn(left, top, text, room.into(), style);
        end.saturating_sub(left)
    }

    /// The same, ending at the end of the room. What does not fit is cut.
    pub(super) fn right(&mut self, x: u16, y: u16, room: u16, text: &str, style: Style) {
        let columns = u16::try_from(sanitize::columns(text)).unwrap_or(u16::MAX);
        let gap = room.saturating_sub(columns);
        self.text(x.saturating_add(gap), y, room - gap, text, style);
    }

    /// The same from the left, with dots in the place of a middle that has no room.
    pub(super) fn name(&mut self, x: u16, y: u16, room: u16, text: &str, style: Style) -> u16 {
        self.text(x, y, room, &sanitize::cut(text, room.into()), style)
    }

    /// Gives a whole row this style.
    pub(super) fn restyle(&mut self, y: u16, style: Style) {
        if y < self.area.height {
            let row = Rect {
                y: self.area.y + y,
                height: 1,
                ..self.area
            };
            self.buffer.set_style(row, style);
        }
    }
}
