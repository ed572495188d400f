//! Opens the view of `--live`.

use std::cell::Cell;
use std::os::fd::OwnedFd;
use std::rc::Rc;

use anyhow::{Context, Result};

use super::calendar::local_time;
use crate::config::{Live as Look, Style};
use crate::event::Directory;
use crate::output::terminal::Terminal;
use crate::report::live::{Live, Subject, Wish};
use crate::report::{Curtain, Reports};
use crate::resolve::Reverse;
use crate::signals::{Signals, StopHandle};

/// A view on an open terminal.
pub(super) struct View {
    look: Look,
    screen: Terminal,
    stop: Option<StopHandle>,
    names: Reverse,
}

impl View {
    /// Opens the terminal before the thread is confined. Returns `None` if no view was requested.
    ///
    /// # Errors
    /// There is no terminal, or it cannot be queried.
    pub(super) fn open(look: Option<Look>, signals: &Signals) -> Result<Option<Self>> {
        look.map(|look| Self::with(look, signals)).transpose()
    }

    /// Opens the terminal for a view that was requested.
    ///
    /// # Errors
    /// As of [`open`](Self::open).
    pub(super) fn with(look: Look, signals: &Signals) -> Result<Self> {
        let terminal_signals = signals.handle_terminal().context("cannot handle signals")?;
        let screen = Terminal::open(terminal_signals).context(
            "cannot open the terminal for --live; use --summary-every SECONDS or --json",
        )?;
        Ok(Self {
            look,
            screen,
            stop: Some(signals.stop_handle().context("cannot handle signals")?),
            names: Reverse::numeric(),
        })
    }

    /// The descriptor that ends a wait when a key is pressed.
    ///
    /// # Errors
    /// The process has too many open files.
    pub(super) fn input(&self) -> Result<OwnedFd> {
        self.screen
            .input()
            .context("cannot open the terminal for --live")
    }

    /// The view of these targets, with the text behind it.
    pub(super) fn before(
        mut self,
        text: Reports<'static>,
        style: &Style,
        whom: (Rc<dyn Directory>, bool),
        curtain: Rc<Cell<Curtain>>,
    ) -> Reports<'static> {
        let mut stop = self.stop.take();
        let wish = move |wish| {
            if let (Wish::End, Some(stop)) = (wish, &mut stop) {
                stop.end();
            }
        };
        Reports::default().and(self.of(style, whom, (text, curtain), wish))
    }

    /// The view of these targets, which asks somebody else for what the user wishes.
    pub(super) fn of(
        self,
        style: &Style,
        (directory, numeric): (Rc<dyn Directory>, bool),
        behind: (Reports<'static>, Rc<Cell<Curtain>>),
        wish: impl FnMut(Wish) + 'static,
    ) -> Live<Terminal, Reports<'static>> {
        let subject = Subject {
            directory,
            numeric,
            style: style.clone(),
            names: Box::new(self.names),
            calendar: local_time,
        };
        Live::new(self.look, subject, self.screen, behind, wish)
    }
}
