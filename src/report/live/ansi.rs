//! Frames as the octets that a terminal obeys (ECMA-48), in the 16 colours that every terminal has.

use std::convert::Infallible;
use std::fmt::Write as _;
use std::mem;

use ratatui::backend::{Backend, ClearType, WindowSize};
use ratatui::buffer::Cell;
use ratatui::layout::{Position, Size};
use ratatui::style::{Color, Modifier};

/// Gathers a frame for a terminal.
#[derive(Debug)]
pub(super) struct Ansi {
    size: Size,
    colour: bool,
    frame: String,
    /// Where the cursor is after what was gathered; none: not known.
    cursor: Option<Position>,
    look: Look,
}

/// How characters look from here on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Look {
    foreground: Option<u8>,
    modifier: Modifier,
}

impl Ansi {
    pub(super) fn new(size: Size, colour: bool) -> Self {
        Self {
            size,
            colour,
            frame: String::new(),
            cursor: None,
            look: Look::default(),
        }
    }

    /// From now on frames are of this size.
    pub(super) fn set_size(&mut self, size: Size) {
        self.size = size;
    }

    /// What was gathered. The next frame continues it.
    pub(super) fn take(&mut self) -> String {
        mem::take(&mut self.frame)
    }

    fn put(&mut self, arguments: std::fmt::Arguments<'_>) {
        // Writing to a string cannot fail.
        let _ = self.frame.write_fmt(arguments);
    }

    fn go_to(&mut self, position: Position) {
        if self.cursor == Some(position) {
            return;
        }
        match self.cursor {
            Some(cursor) if cursor.y == position.y && cursor.x < position.x => {
                let right = position.x - cursor.x;
                self.put(format_args!("\x1b[{right}C"));
            }
            _ => {
                let (row, column) = (position.y.saturating_add(1), position.x.saturating_add(1));
                self.put(format_args!("\x1b[{row};{column}H"));
            }
        }
        self.cursor = Some(position);
    }

    fn set_look(&mut self, look: Look) {
        if look == self.look {
            return;
        }
        self.frame.push_str("\x1b[0");
        let modifiers = [
            (Modifier::BOLD, 1),
            (Modifier::DIM, 2),
            (Modifier::UNDERLINED, 4),
            (Modifier::REVERSED, 7),
        ];
        for (modifier, number) in modifiers {
            if look.modifier.contains(modifier) {
                self.put(format_args!(";{number}"));
            }
        }
        if let Some(foreground) = look.foreground {
            self.put(format_args!(";{foreground}"));
        }
        self.frame.push('m');
        self.look = look;
    }
}

/// The parameter of SGR. Others than these eight are not used.
fn foreground(colour: Color) -> Option<u8> {
    Some(match colour {
        Color::Red => 31,
        Color::Green => 32,
        Color::Yellow => 33,
        Color::Blue => 34,
        Color::Magenta => 35,
        Color::Cyan => 36,
        _ => return None,
    })
}

impl Backend for Ansi {
    type Error = Infallible;

    fn draw<'a, I>(&mut self, content: I) -> Result<(), Infallible>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        for (x, y, cell) in content {
            self.go_to(Position { x, y });
            self.set_look(Look {
                foreground: foreground(cell.fg).filter(|_| self.colour),
                modifier: cell.modifier,
            });
            self.frame.push_str(cell.symbol());
            let is_plain = cell.symbol().len() == 1 || !cell.symbol().is_ascii() && is_narrow(cell);
            // Where terminals disagree about a width, the next cell is gone to; so it is behind the last column.
            let next = x.saturating_add(1);
            self.cursor = (is_plain && next < self.size.width).then_some(Position { x: next, y });
        }
        Ok(())
    }

    fn hide_cursor(&mut self) -> Result<(), Infallible> {
        // It is hidden as long as the view is shown.
        Ok(())
    }

    fn show_cursor(&mut self) -> Result<(), Infallible> {
        Ok(())
    }

    fn get_cursor_position(&mut self) -> Result<Position, Infallible> {
        Ok(self.cursor.unwrap_or_default())
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> Result<(), Infallible> {
        self.go_to(position.into());
        Ok(())
    }

    fn clear(&mut self) -> Result<(), Infallible> {
        self.frame.push_str("\x1b[0m\x1b[2J");
        (self.cursor, self.look) = (None, Look::default());
        Ok(())
    }

    fn clear_region(&mut self, _: ClearType) -> Result<(), Infallible> {
        self.clear()
    }

    fn size(&self) -> Result<Size, Infallible> {
        Ok(self.size)
    }

    fn window_size(&mut self) -> Result<WindowSize, Infallible> {
        Ok(WindowSize {
            columns_rows: self.size,
            pixels: Size::default(),
        })
    }

    fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}

/// Whether it is one of the characters that the view itself draws, which every terminal shows in one column.
fn is_narrow(cell: &Cell) -> bool {
    let mut characters = cell.symbol().chars();
    let drawn = characters.next().is_some_and(
        |character| matches!(character, '\u{2500}'..='\u{259f}' | '\u{2801}'..='\u{28ff}'),
    );
    drawn && characters.next().is_none()
}

#[cfg(test)]
mod tests {
    use ratatui::Terminal;
    use ratatui::buffer::Buffer;
    use ratatui::style::Style;

    use super::*;

    const SIZE: Size = Size {
        width: 10,
        height: 2,
    };

    /// What a terminal is sent for each of these frames.
    fn sent(colour: bool, frames: &[fn(&mut Buffer)]) -> Vec<String> {
        let mut terminal = Terminal::new(Ansi::new(SIZE, colour)).unwrap();
        let mut sent = Vec::new();
        for draw in frames {
            terminal.draw(|frame| draw(frame.buffer_mut())).unwrap();
            sent.push(terminal.backend_mut().take());
        }
        sent
    }

    #[test]
    fn frame_has_only_what_changed() {
        let first = |buffer: &mut Buffer| buffer.set_string(0, 0, "one two", Style::new());
        let second = |buffer: &mut Buffer| buffer.set_string(0, 0, "one too", Style::new());
        assert_eq!(
            sent(true, &[first, second, second]),
            ["\x1b[1;1Hone\x1b[1Ctwo", "\x1b[1;6Ho", ""]
        );
    }

    #[test]
    fn colours_are_left_out_where_none_are_wanted_and_other_looks_stay() {
        let draw = |buffer: &mut Buffer| {
            let style = Style::new().fg(Color::Red).add_modifier(Modifier::BOLD);
            buffer.set_string(0, 0, "!", style);
        };
        assert_eq!(sent(true, &[draw]), ["\x1b[1;1H\x1b[0;1;31m!"]);
        assert_eq!(sent(false, &[draw]), ["\x1b[1;1H\x1b[0;1m!"]);
    }

    #[test]
    fn cell_behind_a_wide_character_is_gone_to() {
        let draw = |buffer: &mut Buffer| buffer.set_string(0, 0, "\u{6771}a", Style::new());
        assert_eq!(sent(true, &[draw]), ["\x1b[1;1H\u{6771}\x1b[1;3Ha"]);
    }

    #[test]
    fn screen_that_is_cleared_is_drawn_as_a_whole() {
        let mut terminal = Terminal::new(Ansi::new(SIZE, true)).unwrap();
        let draw = |terminal: &mut Terminal<Ansi>| {
            let text = |buffer: &mut Buffer| buffer.set_string(0, 1, "x", Style::new());
            terminal.draw(|frame| text(frame.buffer_mut())).unwrap();
            terminal.backend_mut().take()
        };
        assert_eq!(draw(&mut terminal), "\x1b[2;1Hx");
        terminal.clear().unwrap();
        let (_, frame) = draw(&mut terminal)
            .split_once("\x1b[2J")
            .map(|(before, behind)| (before.to_owned(), behind.to_owned()))
            .unwrap();
        assert!(frame.ends_with('x'), "{frame:?}");
    }
}
