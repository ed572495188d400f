//! Opens the view of `--live`.

use std::cell::Cell;
use std::os::fd::OwnedFd;
use std::rc::Rc;

use anyhow::{Context, Result};

use super::calendar::local_time;
use crate::config::{Live as Look, Style};
use crate::event::Directory;
use crate::output::terminal::Terminal;
use crate::report::live::{Live, Subject};
use crate::report::{Curtain, Reports};
use crate::resolve::Reverse;
use crate::signals::{Signals, StopHandle};

/// A view on an open terminal.
pub(super) struct View {
    look: Look,
    screen: Terminal,
    stop: StopHandle,
    names: Reverse,
}

impl View {
    /// Opens the terminal before the thread is confined. Returns `None` if no view was requested.
    ///
    /// # Errors
    /// There is no terminal, or it cannot be queried.
    pub(super) fn open(look: Option<Look>, signals: &Signals) -> Result<Option<Self>> {
        let Some(look) = look else {
            return Ok(None);
        };
        let terminal_signals = signals.handle_terminal().context("cannot handle signals")?;
        let screen = Terminal::open(terminal_signals).context(
            "cannot open the terminal for --live; use --summary-every SECONDS or --json",
        )?;
        Ok(Some(Self {
            look,
            screen,
            stop: signals.stop_handle().context("cannot handle signals")?,
            names: Reverse::numeric(),
        }))
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
        (directory, numeric): (Rc<dyn Directory>, bool),
        curtain: Rc<Cell<Curtain>>,
    ) -> Reports<'static> {
        let subject = Subject {
            directory,
            numeric,
            style: style.clone(),
            names: Box::new(self.names),
            calendar: local_time,
        };
        let end = move || self.stop.end();
        Reports::default().and(Live::new(
            self.look,
            subject,
            self.screen,
            (text, curtain),
            end,
        ))
    }
}
