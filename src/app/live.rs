//! `--live`: the view on the terminal, put together.

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

/// A view on a terminal that is open.
pub(super) struct View {
    look: Look,
    screen: Terminal,
    stop: StopHandle,
    names: Reverse,
}

impl View {
    /// Opens the terminal, before the thread is confined; none: no view is asked for.
    ///
    /// # Errors
    /// There is no terminal, or the system refuses to tell of it.
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

    /// What ends a wait when something is typed.
    ///
    /// # Errors
    /// There are no more descriptors.
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
