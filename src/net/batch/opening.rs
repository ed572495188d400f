//! How the sockets for many targets come to be, in the order that keeps privileges short.

use std::io::{self, PipeReader};
use std::os::fd::AsFd;

use super::super::DepartureStamps;
use super::super::confine::Unprivileged;
use super::super::error::OpenError;
use super::super::identity::Family;
use super::super::lacking::Lacking;
use super::super::open::prepare;
use super::super::opening::Purpose;
use super::super::privilege::Privileges;
use super::super::stamping::Stamping;
use super::super::wake::Waker;
use super::BatchSockets;
use super::line::Line;
use crate::config::SocketOptions;

/// The receive buffer, which errors and departures share, in octets: five thousand replies of the usual size.
const RECEIVE_BUFFER: usize = 4 << 20;

/// What sockets for many targets are opened for.
#[derive(Debug)]
pub struct BatchOpening<'a> {
    /// The families to be spoken. If this system has only one of two, the other's messages are refused when they are
    /// sent (`EAFNOSUPPORT`).
    pub families: &'a [Family],
    /// What the command line asks of the sockets. What is for one target means nothing here and is passed over: the
    /// connection, the flow label, options in the IPv4 header, the sticky source address.
    pub options: &'a SocketOptions,
    /// The length of every ICMP message, header included, in octets. Longer ones may be sent, but not received whole.
    pub message_length: usize,
    /// What the kernel is to tell about when each message left.
    pub departures: DepartureStamps,
    /// The identifier of raw sockets if none was given: a fresh random number.
    pub random_identifier: u16,
    /// Ends a wait when a signal makes it readable: the reading end of what `signal_hook::low_level::pipe` writes to.
    pub wake: Option<PipeReader>,
}

impl<'a> BatchOpening<'a> {
    fn purpose(&self, family: Family) -> Purpose<'a> {
        Purpose {
            family,
            route: None,
            options: self.options,
            source: self.options.sources.of(family == Family::Ipv6),
            ip_options: &[],
            node_information: false,
            replies: 0,
            message_length: self.message_length,
            receive_buffer: RECEIVE_BUFFER,
            random_identifier: self.random_identifier,
        }
    }
}

/// Sockets that are ready but for the privileges that are still there: they can neither send nor receive.
#[derive(Debug)]
pub struct UnlockedBatchSockets {
    sockets: BatchSockets,
    lacking: Lacking,
}

impl UnlockedBatchSockets {
    /// What could not be done but is not worth giving up for.
    #[must_use]
    pub fn lacking(&self) -> &Lacking {
        &self.lacking
    }

    /// Gives up all privileges, for good.
    ///
    /// # Errors
    /// A privilege could not be given up. The program must not go on.
    pub fn lock_down(self, privileges: Privileges) -> io::Result<Unprivileged<BatchSockets>> {
        Unprivileged::new(self.sockets, self.lacking, privileges)
    }
}

impl BatchSockets {
    /// Opens and prepares a socket for each family.
    ///
    /// # Errors
    /// What stands against it, and what to do about it.
    pub fn open(
        opening: BatchOpening<'_>,
        privileges: &Privileges,
    ) -> Result<UnlockedBatchSockets, OpenError> {
        let mut lines: Vec<Line> = Vec::new();
        let mut lacking = Lacking::default();
        let mut unsupported = None;
        for &family in opening.families {
            if lines.iter().any(|line| line.family() == family) {
                continue;
            }
            if opening.options.identifier.is_some() && lines.iter().any(|line| !line.is_raw()) {
                // The kernel keeps the identifiers of both families in one table.
                return Err(OpenError::Impossible(
                    "-e with ping sockets needs a single family: give -4 or -6, or use raw sockets",
                ));
            }
            match open_line(&opening, family, privileges, &mut lacking) {
                Ok(line) => lines.push(line),
                Err(error @ OpenError::Unsupported { .. }) => unsupported = Some(error),
                Err(error) => return Err(error),
            }
        }
        if let (true, Some(error)) = (lines.is_empty(), unsupported) {
            return Err(error);
        }
        let wake = Waker::new(opening.wake);
        let sockets = BatchSockets::new(lines, opening.message_length, wake);
        Ok(UnlockedBatchSockets { sockets, lacking })
    }
}

fn open_line(
    opening: &BatchOpening<'_>,
    family: Family,
    privileges: &Privileges,
    lacking: &mut Lacking,
) -> Result<Line, OpenError> {
    let (icmp, identity, lacked) = prepare(&opening.purpose(family), privileges)?;
    lacking.append(lacked);
    let clock = opening.options.clock;
    let stamping = Stamping::ask(icmp.as_fd(), clock, opening.departures);
    Ok(Line::new(icmp, identity, stamping))
}
