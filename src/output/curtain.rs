//! Output that is held back while the live view has the terminal.

use std::cell::Cell;
use std::io;
use std::mem;
use std::rc::Rc;

use super::{BUFFER_MAX, lines};
use crate::report::{Backpressure, Curtain, Outlet, Retention};

/// An outlet that buffers while its curtain is closed, up to the bound of every outlet.
#[derive(Debug)]
pub struct CurtainedOutlet<O: Outlet> {
    outlet: O,
    curtain: Rc<Cell<Curtain>>,
    buffer: Vec<u8>,
    given_up: u64,
}

impl<O: Outlet> CurtainedOutlet<O> {
    /// Creates an outlet that passes text on to this one while the curtain is open.
    pub fn new(outlet: O, curtain: Rc<Cell<Curtain>>) -> Self {
        Self {
            outlet,
            curtain,
            buffer: Vec::new(),
            given_up: 0,
        }
    }

    fn is_open(&self) -> bool {
        self.curtain.get() == Curtain::Open
    }

    /// Passes on the buffered text, which precedes all later text.
    fn release(&mut self) -> io::Result<()> {
        if self.buffer.is_empty() {
            return Ok(());
        }
        let buffer = mem::take(&mut self.buffer);
        self.outlet.put(&buffer, Retention::Required)
    }

    fn keep(&mut self, text: &[u8], retention: Retention) {
        let is_full = self.buffer.len().saturating_add(text.len()) > BUFFER_MAX;
        if is_full && retention == Retention::Droppable {
            self.given_up = self.given_up.saturating_add(lines(text));
        } else {
            self.buffer.extend_from_slice(text);
        }
    }
}

impl<O: Outlet> Outlet for CurtainedOutlet<O> {
    fn put(&mut self, text: &[u8], retention: Retention) -> io::Result<()> {
        match self.curtain.get() {
            Curtain::Open => {
                self.release()?;
                self.outlet.put(text, retention)
            }
            Curtain::Closed => {
                self.keep(text, retention);
                Ok(())
            }
            Curtain::Stuck => Ok(()),
        }
    }

    fn resume(&mut self) -> io::Result<Backpressure> {
        if !self.is_open() {
            return Ok(Backpressure::Free);
        }
        self.release()?;
        self.outlet.resume()
    }

    fn is_blocked(&self) -> bool {
        self.is_open() && self.outlet.is_blocked()
    }

    fn given_up(&mut self) -> u64 {
        let given_up = self.outlet.given_up();
        given_up.saturating_add(mem::take(&mut self.given_up))
    }

    fn settle(&mut self) -> io::Result<()> {
        if !self.is_open() {
            return Ok(());
        }
        self.release()?;
        self.outlet.settle()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_behind_a_closed_curtain_is_put_when_it_opens() {
        let curtain = Rc::new(Cell::new(Curtain::Open));
        let mut outlet = CurtainedOutlet::new(Vec::new(), Rc::clone(&curtain));
        outlet.put(b"one\n", Retention::Droppable).unwrap();
        curtain.set(Curtain::Closed);
        outlet.put(b"two\n", Retention::Droppable).unwrap();
        outlet.resume().unwrap();
        assert_eq!(outlet.outlet, b"one\n");
        curtain.set(Curtain::Open);
        outlet.put(b"three\n", Retention::Droppable).unwrap();
        assert_eq!(outlet.outlet, b"one\ntwo\nthree\n");
    }

    #[test]
    fn lines_beyond_the_bound_are_dropped_and_counted_and_results_are_kept() {
        let curtain = Rc::new(Cell::new(Curtain::Closed));
        let mut outlet = CurtainedOutlet::new(Vec::new(), Rc::clone(&curtain));
        let long = vec![b'x'; BUFFER_MAX];
        outlet.put(&long, Retention::Droppable).unwrap();
        outlet.put(b"line\n", Retention::Droppable).unwrap();
        outlet.put(b"result\n", Retention::Required).unwrap();
        assert_eq!(outlet.given_up(), 1);
        curtain.set(Curtain::Open);
        outlet.settle().unwrap();
        assert_eq!(outlet.outlet.len(), BUFFER_MAX + b"result\n".len());
    }

    #[test]
    fn stuck_terminal_gets_nothing_more() {
        let curtain = Rc::new(Cell::new(Curtain::Closed));
        let mut outlet = CurtainedOutlet::new(Vec::new(), Rc::clone(&curtain));
        outlet.put(b"one\n", Retention::Required).unwrap();
        curtain.set(Curtain::Stuck);
        outlet.put(b"two\n", Retention::Required).unwrap();
        outlet.settle().unwrap();
        assert_eq!(outlet.outlet, b"");
    }
}
