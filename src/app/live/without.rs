//! A build without `--live`. The command line rejects the option.

use std::cell::Cell;
use std::os::fd::OwnedFd;
use std::rc::Rc;

use anyhow::Result;

use crate::config::{Live as Look, Style};
use crate::event::Directory;
use crate::report::{Curtain, Reports};
use crate::signals::Signals;

/// Never constructed.
pub(super) enum View {}

impl View {
    /// Always returns `None`.
    pub(super) fn open(_: Option<Look>, _: &Signals) -> Result<Option<Self>> {
        Ok(None)
    }

    pub(super) fn input(&self) -> Result<OwnedFd> {
        match *self {}
    }

    pub(super) fn before(
        self,
        _: Reports<'static>,
        _: &Style,
        _: (Rc<dyn Directory>, bool),
        _: Rc<Cell<Curtain>>,
    ) -> Reports<'static> {
        match self {}
    }
}
