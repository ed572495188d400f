//! `--live`: a view on the whole terminal while the run lasts, and the text of the run behind it.
//!
//! ```text
//! events ─► Model ──┐
//! keys ───► View ───┼─► draw::frame ─► cells that changed ─► Screen
//! names ──► Who ────┘
//! ```
//!
//! The `Model` knows what happened, and the `View` what the user looks at. A frame is a function of both. Frames are
//! drawn when the run tells how far it is, a few times a second, and only where something changed and the terminal has taken
//! the last one. No probe waits for any of this.
//!
//! A recorded run is shown in the same way. Then a [`Playback`] says how it is told, and a [`Wish`] what is to be told next.

mod ansi;
mod control;
mod draw;
mod keys;
mod model;
mod order;
mod paint;
mod playback;
mod scale;
mod screen;
mod view;
mod who;

use std::cell::Cell;
use std::fmt;
use std::io;
use std::rc::Rc;
use std::time::Duration;

use ratatui::Terminal;

pub use playback::{Playback, State, Wish};
pub use screen::Screen;

use super::moment::Calendar;
use super::{Backpressure, Curtain, Names, Report};
use crate::config::{Live as Look, Style};
use crate::event::{Directory, Event, When};
use ansi::Ansi;
use control::Request;
use draw::Scene;
use keys::Keys;
use model::Model;
use view::View;
use who::Who;

/// A view of a run on a screen, and the text of the run before and after it.
pub struct Live<S, R> {
    text: R,
    screen: S,
    curtain: Rc<Cell<Curtain>>,
    wish: Box<dyn FnMut(Wish)>,
    look: Look,
    calendar: Calendar,
    terminal: Option<Terminal<Ansi>>,
    keys: Keys,
    typed: Vec<u8>,
    model: Model,
    /// What is shown while the display is held.
    held: Option<Box<Model>>,
    view: View,
    who: Who,
    /// Whether something changed since the last frame.
    is_dirty: bool,
    /// The second for which the rows were put into order.
    sorted_at: Option<u64>,
}

/// What a view is of.
pub struct Subject {
    /// The targets.
    pub directory: Rc<dyn Directory>,
    /// Whether targets that have an address go by it alone.
    pub numeric: bool,
    /// How text about them looks.
    pub style: Style,
    /// The names of interfaces.
    pub names: Box<dyn Names>,
    /// What people here call a moment.
    pub calendar: Calendar,
}

impl fmt::Debug for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subject").finish_non_exhaustive()
    }
}

impl<S: Screen, R: Report> Live<S, R> {
    /// A view with this look on this screen. `text` is what the user reads before and after it, and `curtain` tells its outlets
    /// when. `wish` is told what the user asks of the run.
    pub fn new(
        look: Look,
        subject: Subject,
        screen: S,
        (text, curtain): (R, Rc<Cell<Curtain>>),
        wish: impl FnMut(Wish) + 'static,
    ) -> Self {
        let targets = subject.directory.len();
        let numeric = subject.numeric;
        Self {
            text,
            screen,
            curtain,
            wish: Box::new(wish),
            look,
            calendar: subject.calendar,
            terminal: None,
            keys: Keys::default(),
            typed: Vec::new(),
            model: Model::new(targets, look.window),
            held: None,
            view: View::new(targets, look.window.is_some()),
            who: Who::new(subject.directory, numeric, subject.style, subject.names),
            is_dirty: false,
            sorted_at: None,
        }
    }

    /// Shows that a recorded run is told, and how.
    pub fn play(&mut self, playback: Playback) {
        self.is_dirty |= self.view.playback != Some(playback);
        self.view.playback = Some(playback);
    }

    /// Forgets what happened: the run is told from its beginning on once more.
    pub fn rewind(&mut self) {
        self.model = Model::new(self.who.directory().len(), self.look.window);
    }

    /// When the log noted its newest entry, as a time of the run.
    pub fn newest_entry(&self) -> Option<Duration> {
        Some(self.model.log.newest().next()?.at)
    }

    /// When the log noted the newest entry before this time of the run.
    pub fn entry_before(&self, moment: Duration) -> Option<Duration> {
        let mut entries = self.model.log.newest();
        Some(entries.find(|entry| entry.at < moment)?.at)
    }

    fn enter(&mut self) {
        if self.terminal.is_some() {
            // The recorded run begins once more.
            return;
        }
        self.curtain.set(Curtain::Closed);
        self.screen.enter();
        let ansi = Ansi::new(self.screen.size(), self.look.colour);
        self.terminal = Terminal::new(ansi).ok();
        self.is_dirty = true;
        self.refresh();
        self.draw();
    }

    fn leave(&mut self) {
        if self.terminal.take().is_none() {
            return;
        }
        self.curtain.set(if self.screen.leave() {
            Curtain::Open
        } else {
            Curtain::Stuck
        });
    }

    /// What is shown: what was known when the display was held, or what is known now.
    fn shown(&self) -> &Model {
        self.held.as_deref().unwrap_or(&self.model)
    }

    fn refresh(&mut self) {
        let model = self.held.as_deref().unwrap_or(&self.model);
        self.view.refresh(model, &mut self.who);
    }

    /// Some time has passed.
    fn tick(&mut self, event: &Event<'_>, at: When<'_>) {
        let Event::Progress(progress) = event else {
            return;
        };
        if self.model.tick(progress.elapsed, at().wall) && self.held.is_none() {
            self.is_dirty = true;
        }
        if let Some(key) = self.keys.tick() {
            self.press(key);
        }
        let second = self.shown().elapsed.as_secs();
        if self.sorted_at != Some(second) {
            self.sorted_at = Some(second);
            self.refresh();
        }
        self.draw();
    }

    /// Draws a frame, unless nothing changed or the terminal has not taken the last one.
    fn draw(&mut self) {
        if !self.is_dirty || !self.screen.is_ready() {
            return;
        }
        let Some(terminal) = &mut self.terminal else {
            return;
        };
        self.is_dirty = false;
        terminal.backend_mut().set_size(self.screen.size());
        let mut scene = Scene {
            model: self.held.as_deref().unwrap_or(&self.model),
            view: &mut self.view,
            who: &mut self.who,
            look: self.look,
            calendar: self.calendar,
        };
        let drawn = terminal.draw(|frame| draw::frame(frame.buffer_mut(), &mut scene));
        // It writes to memory, which does not fail.
        if drawn.is_ok() {
            let frame = terminal.backend_mut().take();
            self.screen.show(frame.as_bytes());
        }
    }

    /// Does what was typed, and notices what became of the terminal.
    fn look_at_terminal(&mut self) {
        if self.terminal.is_none() {
            return;
        }
        if self.screen.take_change()
            && let Some(terminal) = &mut self.terminal
        {
            terminal.backend_mut().set_size(self.screen.size());
            let _ = terminal.clear();
            self.is_dirty = true;
        }
        self.typed.clear();
        self.screen.read(&mut self.typed);
        if self.typed.is_empty() {
            return;
        }
        for key in self.keys.of(&self.typed) {
            self.press(key);
        }
    }

    fn press(&mut self, key: keys::Key) {
        self.is_dirty = true;
        match self.view.press(key) {
            Some(Request::Wish(wish)) => (self.wish)(wish),
            Some(Request::Hold) => self.hold(),
            Some(Request::Reset) => {
                self.model.reset();
                self.held = self.held.take().map(|_| Box::new(self.model.clone()));
            }
            Some(Request::Sort) => self.refresh(),
            None => {}
        }
    }

    fn hold(&mut self) {
        self.held = match self.held.take() {
            Some(_) => None,
            None => Some(Box::new(self.model.clone())),
        };
        self.view.is_held = self.held.is_some();
    }
}

impl<S: Screen, R: Report> Report for Live<S, R> {
    fn event(&mut self, event: &Event<'_>, at: When<'_>) -> io::Result<()> {
        if self.model.note(event, at) && self.held.is_none() {
            self.is_dirty = true;
        }
        match event {
            Event::Progress(_) => {
                self.tick(event, at);
                return Ok(());
            }
            // It is shown all the time.
            Event::Status(..) => return Ok(()),
            Event::Finished(..) | Event::Ended(_) => self.leave(),
            _ => {}
        }
        self.text.event(event, at)?;
        if matches!(event, Event::Started(_)) {
            self.enter();
        }
        Ok(())
    }

    fn flush(&mut self) -> io::Result<Backpressure> {
        self.look_at_terminal();
        self.text.flush()
    }
}

impl<S, R> fmt::Debug for Live<S, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Live").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
