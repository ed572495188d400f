//! What each key does.

use std::time::Duration;

use super::keys::Key;
use super::playback::Wish;
use super::view::{Tab, View, WINDOWS};

/// What a key asks for beyond what the user looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Request {
    /// Something of the run.
    Wish(Wish),
    /// Hold the display, or go on.
    Hold,
    /// Let the figures begin anew.
    Reset,
    /// Put the rows into order at once.
    Sort,
}

/// The keys, as help explains them.
pub(super) const KEYS: [(&str, &str); 17] = [
    ("arrows", "go to a row"),
    ("PgUp PgDn", "go a screen up or down"),
    ("Home End", "go to the first or last row"),
    ("Enter", "details of the row"),
    ("Tab", "next view: table, map, graph, log"),
    ("g", "graph of the marked targets"),
    ("m", "mark the row for the graph (up to 8)"),
    ("l", "graph: linear or logarithmic"),
    ("+ -", "graph: a shorter or longer time"),
    ("/", "show only names with this in them"),
    ("s", "next order of the rows"),
    ("f", "freeze the order of the rows"),
    ("r", "reset the figures of the view"),
    ("Escape", "one step back"),
    ("?", "this help"),
    ("q Ctrl-C", "end the run"),
    ("Ctrl-Z", "stop; fg goes on"),
];

/// The one whose meaning a recorded run changes.
pub(super) const HOLD: (&str, &str) = ("Space", "hold the display; probing goes on");

/// Those of a recorded run.
pub(super) const KEYS_OF_REPLAY: [(&str, &str); 5] = [
    ("Space", "hold the recorded run, or go on"),
    ("Left Right", "back or on, by a tenth of the graph"),
    ("< >", "the same in the map, where arrows choose"),
    ("p n", "to the previous or next entry of the log"),
    ("[ ]", "half or twice as fast"),
];

impl View {
    /// Does what this key asks for.
    pub(super) fn press(&mut self, key: Key) -> Option<Request> {
        if key == Key::Interrupt {
            return Some(Request::Wish(Wish::End));
        }
        if self.is_typing {
            self.type_filter(key);
            return Some(Request::Sort);
        }
        if let Some(wish) = self.of_replay(key) {
            return Some(Request::Wish(wish));
        }
        match key {
            Key::Char(character) => return self.press_character(character),
            Key::Enter => self.enter(),
            Key::Tab => self.turn(1),
            Key::BackTab => self.turn(Tab::ALL.len() - 1),
            Key::Escape => return self.step_back(),
            key => self.go_by(key),
        }
        None
    }

    /// What a key asks of a recorded run.
    fn of_replay(&self, key: Key) -> Option<Wish> {
        self.playback?;
        let is_map = self.tab == Tab::Map && !self.is_covered();
        let step = || self.step();
        Some(match key {
            Key::Left if !is_map => Wish::Back(step()),
            Key::Right if !is_map => Wish::On(step()),
            Key::Char('<') => Wish::Back(step()),
            Key::Char('>') => Wish::On(step()),
            Key::Char(' ') => Wish::Hold,
            Key::Char('p') => Wish::Previous,
            Key::Char('n') => Wish::Next,
            Key::Char('[') => Wish::Slower,
            Key::Char(']') => Wish::Faster,
            _ => return None,
        })
    }

    /// How far the user goes in a recorded run at once.
    fn step(&self) -> Duration {
        Duration::from_secs(self.window()) / 10
    }

    /// Whether help or details cover what is shown.
    fn is_covered(&self) -> bool {
        self.helps || self.details.is_some()
    }

    fn press_character(&mut self, character: char) -> Option<Request> {
        match character {
            'q' => return Some(Request::Wish(Wish::End)),
            ' ' => return Some(Request::Hold),
            'r' => return Some(Request::Reset),
            's' => {
                self.sort = self.sort.next(self.has_window);
                self.is_frozen = false;
                return Some(Request::Sort);
            }
            'f' => self.is_frozen = !self.is_frozen,
            '?' => self.cover(!self.helps, None),
            '/' => {
                self.cover(false, None);
                self.is_typing = true;
            }
            'm' => self.mark(),
            'g' => {
                self.cover(false, None);
                self.tab = if self.tab == Tab::Graph {
                    Tab::Table
                } else {
                    Tab::Graph
                };
            }
            'l' => self.is_logarithmic = !self.is_logarithmic,
            '+' | '=' => self.window = self.window.saturating_sub(1),
            '-' => self.window = (self.window + 1).min(WINDOWS.len() - 1),
            _ => {}
        }
        None
    }

    /// Covers the screen, or no longer.
    fn cover(&mut self, helps: bool, details: Option<u32>) {
        (self.helps, self.details, self.cover_offset) = (helps, details, 0);
    }

    fn enter(&mut self) {
        let target = self.selected.or(self.drawn().first().copied());
        if self.is_covered() {
            self.cover(false, None);
        } else {
            self.cover(false, target);
        }
    }

    fn turn(&mut self, by: usize) {
        self.cover(false, None);
        self.tab = self.tab.next(by);
    }

    fn step_back(&mut self) -> Option<Request> {
        if self.is_covered() {
            self.cover(false, None);
        } else if !self.filter.is_empty() {
            self.filter.clear();
            return Some(Request::Sort);
        } else if self.selected.is_some() {
            self.selected = None;
            self.offset = 0;
        }
        None
    }

    fn type_filter(&mut self, key: Key) {
        match key {
            Key::Char(character) => self.filter.push(character),
            Key::Backspace => drop(self.filter.pop()),
            Key::Enter | Key::Tab => self.is_typing = false,
            Key::Escape => {
                self.is_typing = false;
                self.filter.clear();
            }
            _ => self.go_by(key),
        }
    }

    /// Goes where an arrow or another such key leads.
    fn go_by(&mut self, key: Key) {
        let page = isize::try_from(self.rows.max(1)).unwrap_or(isize::MAX);
        let rows = match key {
            Key::Up => -1,
            Key::Down => 1,
            Key::PageUp => -page,
            Key::PageDown => page,
            Key::Home => isize::MIN,
            Key::End => isize::MAX,
            Key::Left | Key::Right if self.tab == Tab::Map => 0,
            _ => return,
        };
        if self.is_covered() {
            self.cover_offset = self.cover_offset.saturating_add_signed(rows);
            return;
        }
        match self.tab {
            Tab::Log => self.log_offset = self.log_offset.saturating_add_signed(rows),
            Tab::Map => {
                let width = isize::try_from(self.columns.max(1)).unwrap_or(isize::MAX);
                self.go_in_map(match key {
                    Key::Left => -1,
                    Key::Right => 1,
                    _ => rows.saturating_mul(width),
                });
            }
            Tab::Table | Tab::Graph => self.go(rows),
        }
    }
}
