//! The text about one target: iputils' first line, replies with their sender, a flood as a row of dots, statistics.

use std::io;
use std::net::SocketAddr;

use super::flood::{self, Flood};
use super::header;
use super::page::Page;
use crate::config::{Face, Style};
use crate::event::{Answer, Destination, Event, Rejection, Standing, Start, Summary};
use crate::report::options::LastRoute;
use crate::report::peer_clock::{self, PeerClocks};
use crate::report::{dump, reply, statistics};
use crate::sanitize;

/// The data size that iputils needs for its time stamp. Under the name `ping`, smaller probes have no round trip.
pub(in crate::report) const TIMED_SIZE: usize = 16;

/// The only target.
#[derive(Debug)]
pub(super) struct OneTarget {
    /// The host as named in the first line.
    host: String,
    /// `None` before the first line.
    pub(super) address: Option<SocketAddr>,
    /// Whether to show round trips.
    timed: bool,
    last_route: LastRoute,
    flood: Flood,
    clocks: PeerClocks,
    /// What the last answer told of the target's clock.
    reading: Option<peer_clock::Reading>,
}

impl OneTarget {
    pub(super) fn new(style: &Style) -> Self {
        Self {
            host: String::new(),
            address: None,
            timed: true,
            last_route: LastRoute::default(),
            flood: Flood::new(style.face, style.width),
            clocks: PeerClocks::default(),
            reading: None,
        }
    }

    /// Prints what exists only with one target. Called before the rest of an event.
    pub(super) fn event(&mut self, page: &mut Page<'_>, event: &Event<'_>) -> io::Result<()> {
        match event {
            Event::Started(Start::One(destination)) => self.first_line(page, destination)?,
            Event::Answered(answer) => {
                self.reading = self.clocks.read(answer);
                if answer.standing == Standing::Reply {
                    page.failures.forget();
                }
                if answer.information.is_some() && page.style.face == Face::Ping {
                    self.timed = false;
                }
            }
            _ => {}
        }
        if page.style.flood && !page.style.quiet {
            self.draw(page, event)?;
        }
        Ok(())
    }

    fn first_line(&mut self, page: &mut Page<'_>, destination: &Destination) -> io::Result<()> {
        self.host.clone_from(&destination.host);
        self.address = Some(destination.target);
        self.timed = page.style.face == Face::Rping || destination.size >= TIMED_SIZE;
        if page.style.has_diagnostics() {
            page.message(header::socket(destination))?;
        }
        let line = &mut page.lines;
        if let (Some(pattern), false) = (&page.style.announced_pattern, page.style.quiet) {
            header::pattern(line, pattern)?;
        }
        header::start(line, destination, page.style.charset, &mut *page.names)?;
        page.made()
    }

    /// Draws the change that an event makes to the row of dots. While the reader is behind, only marks that erase
    /// visible dots matter.
    fn draw(&mut self, page: &mut Page<'_>, event: &Event<'_>) -> io::Result<()> {
        let is_blocked = matches!(event, Event::Sent(_)) && page.is_blocked();
        let mark = self.flood.mark(event, is_blocked);
        let bell = match event {
            Event::Answered(_) if page.style.audible => "\x07",
            _ => "",
        };
        for mark in [mark, bell] {
            if !mark.is_empty() && (!page.is_blocked() || flood::takes_back(mark)) {
                page.put_character(mark)?;
            }
        }
        Ok(())
    }

    /// `64 bytes from 192.0.2.1: icmp_seq=3 ttl=64 time=0.523 ms`
    pub(super) fn answer(&mut self, page: &mut Page<'_>, answer: &Answer<'_>) -> io::Result<()> {
        let mut context = reply::Context {
            style: &page.style,
            timed: self.timed,
            last_route: &mut self.last_route,
            names: &mut *page.names,
            reading: self.reading,
        };
        reply::text(&mut page.lines, answer, &mut context)
    }

    /// Writes the datagram that an ICMP message quotes, in lines after the message.
    pub(super) fn quote(&mut self, page: &mut Page<'_>, message: &Rejection<'_>) -> io::Result<()> {
        let Some(original) = message.original.filter(|_| page.style.verbose) else {
            return Ok(());
        };
        dump::original(
            &mut page.lines,
            original,
            page.style.face,
            &mut self.last_route,
            &mut *page.names,
        )
    }

    /// The status so far.
    pub(super) fn status(
        &self,
        line: &mut Vec<u8>,
        summary: &Summary,
        style: &Style,
    ) -> io::Result<()> {
        statistics::status(line, summary, &self.context(style))
    }

    /// The last lines.
    pub(super) fn finished(
        &self,
        line: &mut Vec<u8>,
        summary: &Summary,
        style: &Style,
    ) -> io::Result<()> {
        statistics::text(line, summary, &self.context(style))?;
        match self.clocks.best(0) {
            Some(clock) => peer_clock::best(line, clock),
            None => Ok(()),
        }
    }

    /// The sanitized host, as named in the first line.
    pub(super) fn name(&self, style: &Style) -> String {
        sanitize::word_in(&self.host, style.charset)
    }

    fn context<'a>(&'a self, style: &'a Style) -> statistics::Context<'a> {
        statistics::Context {
            style,
            host: &self.host,
            timed: self.timed,
        }
    }
}
