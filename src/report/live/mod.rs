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

mod ansi;
mod control;
mod draw;
mod keys;
mod model;
mod order;
mod paint;
mod scale;
mod screen;
mod view;
mod who;

use std::cell::Cell;
use std::fmt;
use std::io;
use std::rc::Rc;

use ratatui::Terminal;

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
    end: Box<dyn FnMut()>,
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
    /// when. `end` asks for the end of the run.
    pub fn new(
        look: Look,
        subject: Subject,
        screen: S,
        (text, curtain): (R, Rc<Cell<Curtain>>),
        end: impl FnMut() + 'static,
    ) -> Self {
        let targets = subject.directory.len();
        let numeric = subject.numeric;
        Self {
            text,
            screen,
            curtain,
            end: Box::new(end),
            look,
            calendar: subject.calendar,
            terminal: None,
            keys: Keys::default(),
            typed: Vec::new(),
            model: Model::new(targets),
            held: None,
            view: View::new(targets),
            who: Who::new(subject.directory, numeric, subject.style, subject.names),
            is_dirty: false,
            sorted_at: None,
        }
    }

    fn enter(&mut self) {
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
            Some(Request::End) => (self.end)(),
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
