//! How the sockets for many targets come to be, in the order that keeps privileges short.

use std::io;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;

use super::super::DepartureStamps;
use super::super::confine::Unprivileged;
use super::super::error::OpenError;
use super::super::identity::Family;
use super::super::open::prepare;
use super::super::opening::Purpose;
use super::super::options::failed;
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
    /// Ends a wait when a signal makes it readable: the reading end of what `signal_hook::low_level::pipe` writes.
    pub wake: Option<UnixStream>,
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
    warnings: Vec<String>,
}

impl UnlockedBatchSockets {
    /// What could not be done but is not worth giving up for: lines for standard error.
    #[must_use]
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// Gives up all privileges, for good.
    ///
    /// # Errors
    /// A privilege could not be given up. The program must not go on.
    pub fn lock_down(self, privileges: Privileges) -> io::Result<Unprivileged<BatchSockets>> {
        Unprivileged::new(self.sockets, privileges)
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
        let mut warnings: Vec<String> = Vec::new();
        let mut unsupported = None;
        for &family in opening.families {
            if lines.iter().any(|line| line.family() == family) {
                continue;
            }
            if opening.options.identifier.is_some() && lines.iter().any(|line| !line.is_raw()) {
                // The kernel keeps the identifiers of both families in one table.
                return Err(OpenError::Impossible(
                    "one identifier cannot be that of two ping sockets; one family or raw sockets are needed",
                ));
            }
            match open_line(&opening, family, privileges, &mut warnings) {
                Ok(line) => lines.push(line),
                Err(error @ OpenError::Unsupported { .. }) => unsupported = Some(error),
                Err(error) => return Err(error),
            }
        }
        if let (true, Some(error)) = (lines.is_empty(), unsupported) {
            return Err(error);
        }
        // What fails for both sockets is said once.
        warnings.dedup();
        let wake = Waker::new(opening.wake).map_err(failed("wake descriptor"))?;
        let sockets = BatchSockets::new(lines, opening.message_length, wake);
        Ok(UnlockedBatchSockets { sockets, warnings })
    }
}

fn open_line(
    opening: &BatchOpening<'_>,
    family: Family,
    privileges: &Privileges,
    warnings: &mut Vec<String>,
) -> Result<Line, OpenError> {
    let (icmp, identity, warned) = prepare(&opening.purpose(family), privileges)?;
    warnings.extend(warned);
    let clock = opening.options.clock;
    let stamping = Stamping::ask(icmp.as_fd(), clock, opening.departures);
    Ok(Line::new(icmp, identity, stamping))
}
