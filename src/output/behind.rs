//! What is printed while a view has the terminal waits until the view is gone.

use std::cell::Cell;
use std::io;
use std::mem;
use std::rc::Rc;

use super::{MOST, lines};
use crate::report::{Backpressure, Curtain, Outlet, Retention};

/// An outlet that keeps what is put while its curtain is closed, up to the bound of every outlet.
#[derive(Debug)]
pub struct Behind<O: Outlet> {
    outlet: O,
    curtain: Rc<Cell<Curtain>>,
    kept: Vec<u8>,
    given_up: u64,
}

impl<O: Outlet> Behind<O> {
    /// What is put goes to this outlet, as long as the curtain is open.
    pub fn new(outlet: O, curtain: Rc<Cell<Curtain>>) -> Self {
        Self {
            outlet,
            curtain,
            kept: Vec::new(),
            given_up: 0,
        }
    }

    fn is_open(&self) -> bool {
        self.curtain.get() == Curtain::Open
    }

    /// Puts what was kept, which is older than all that follows.
    fn release(&mut self) -> io::Result<()> {
        if self.kept.is_empty() {
            return Ok(());
        }
        let kept = mem::take(&mut self.kept);
        self.outlet.put(&kept, Retention::Required)
    }

    fn keep(&mut self, text: &[u8], retention: Retention) {
        let is_full = self.kept.len().saturating_add(text.len()) > MOST;
        if is_full && retention == Retention::Droppable {
            self.given_up = self.given_up.saturating_add(lines(text));
        } else {
            self.kept.extend_from_slice(text);
        }
    }
}

impl<O: Outlet> Outlet for Behind<O> {
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
        let mut behind = Behind::new(Vec::new(), Rc::clone(&curtain));
        behind.put(b"one\n", Retention::Droppable).unwrap();
        curtain.set(Curtain::Closed);
        behind.put(b"two\n", Retention::Droppable).unwrap();
        behind.resume().unwrap();
        assert_eq!(behind.outlet, b"one\n");
        curtain.set(Curtain::Open);
        behind.put(b"three\n", Retention::Droppable).unwrap();
        assert_eq!(behind.outlet, b"one\ntwo\nthree\n");
    }

    #[test]
    fn lines_beyond_the_bound_are_dropped_and_counted_and_results_are_kept() {
        let curtain = Rc::new(Cell::new(Curtain::Closed));
        let mut behind = Behind::new(Vec::new(), Rc::clone(&curtain));
        let long = vec![b'x'; MOST];
        behind.put(&long, Retention::Droppable).unwrap();
        behind.put(b"line\n", Retention::Droppable).unwrap();
        behind.put(b"result\n", Retention::Required).unwrap();
        assert_eq!(behind.given_up(), 1);
        curtain.set(Curtain::Open);
        behind.settle().unwrap();
        assert_eq!(behind.outlet.len(), MOST + b"result\n".len());
    }

    #[test]
    fn stuck_terminal_gets_nothing_more() {
        let curtain = Rc::new(Cell::new(Curtain::Closed));
        let mut behind = Behind::new(Vec::new(), Rc::clone(&curtain));
        behind.put(b"one\n", Retention::Required).unwrap();
        curtain.set(Curtain::Stuck);
        behind.put(b"two\n", Retention::Required).unwrap();
        behind.settle().unwrap();
        assert_eq!(behind.outlet, b"");
    }
}
