//! Output formats. Each implements the trait [`Report`]; [`text`] is the one for people. The other files format parts
//! of its lines.
//!
//! A report receives [`Event`]s and writes to the [`Outlet`]s that it owns. It opens nothing, reads no clock and
//! decides nothing: the event says what happened, the [`Style`](crate::config::Style) how to print it. Foreign text
//! from DNS, the command line or a packet passes through [`sanitize`](crate::sanitize) first.

use std::fmt;
use std::io;
use std::net::SocketAddr;

use crate::event::{Event, When};

mod address;
mod colour;
pub mod conditions;
pub mod doctor;
mod dump;
mod duration;
pub mod export;
mod failure;
mod fields;
pub mod fping;
mod histogram;
pub mod json;
#[cfg(feature = "live")]
pub mod live;
mod moment;
mod node_information;
mod not_losses;
mod number;
mod options;
mod outlet;
mod peer_clock;
pub mod ping_json;
mod problem;
mod reply;
mod router;
mod slug;
mod statistics;
pub mod text;

pub use moment::Calendar;
pub use outlet::{Backpressure, Curtain, Outlet, Retention};

/// An output format: shows events to the user or to a program.
///
/// A run may have several at once, see [`Reports`]:
///
/// ```
/// use std::io;
/// use std::time::UNIX_EPOCH;
///
/// use rping::event::{Event, ProbeId, When};
/// use rping::report::{Backpressure, Report, Reports};
///
/// /// Counts probes.
/// #[derive(Default)]
/// struct Sent(u64);
///
/// impl Report for Sent {
///     fn event(&mut self, event: &Event<'_>, _at: When<'_>) -> io::Result<()> {
///         self.0 += u64::from(matches!(event, Event::Sent(_)));
///         Ok(())
///     }
///
///     fn flush(&mut self) -> io::Result<Backpressure> {
///         Ok(Backpressure::Free)
///     }
/// }
///
/// let (mut one, mut other) = (Sent::default(), Sent::default());
/// let mut reports = Reports::default().and(&mut one).and(&mut other);
/// reports.event(&Event::Sent(ProbeId::default()), &|| UNIX_EPOCH.into())?;
/// drop(reports);
/// assert_eq!((one.0, other.0), (1, 1));
/// # Ok::<(), io::Error>(())
/// ```
pub trait Report {
    /// Reports one event. `at` returns the time of day. Reports call it only if they print it, since reading a clock
    /// costs as much as all other processing of a reply in a flood.
    ///
    /// Output may stay in memory until [`Report::flush`], except that of the last event.
    ///
    /// # Errors
    ///
    /// An error of the outlet, most often a broken pipe: the reader exited.
    fn event(&mut self, event: &Event<'_>, at: When<'_>) -> io::Result<()>;

    /// Writes buffered output, as far as the reader accepts it now. The loop calls it before each wait: many lines
    /// share a system call, and none is delayed.
    ///
    /// # Errors
    ///
    /// As [`Report::event`].
    fn flush(&mut self) -> io::Result<Backpressure>;
}

/// Several reports on one run. Each event goes to each of them, in this order.
#[derive(Default)]
pub struct Reports<'a>(Vec<Box<dyn Report + 'a>>);

impl<'a> Reports<'a> {
    /// Whether there are no reports.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds a report.
    #[must_use]
    pub fn and(mut self, report: impl Report + 'a) -> Self {
        self.0.push(Box::new(report));
        self
    }
}

/// A report and the reports beside it.
#[derive(Debug)]
pub struct Beside<'a, R>(pub R, pub Reports<'a>);

impl<R: Report> Report for Beside<'_, R> {
    fn event(&mut self, event: &Event<'_>, at: When<'_>) -> io::Result<()> {
        self.0.event(event, at)?;
        self.1.event(event, at)
    }

    fn flush(&mut self) -> io::Result<Backpressure> {
        Ok(self.0.flush()?.and(self.1.flush()?))
    }
}

impl<R: Report> Report for &mut R {
    fn event(&mut self, event: &Event<'_>, at: When<'_>) -> io::Result<()> {
        (**self).event(event, at)
    }

    fn flush(&mut self) -> io::Result<Backpressure> {
        (**self).flush()
    }
}

impl fmt::Debug for Reports<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Reports").field(&self.0.len()).finish()
    }
}

impl Report for Reports<'_> {
    fn event(&mut self, event: &Event<'_>, at: When<'_>) -> io::Result<()> {
        self.0
            .iter_mut()
            .try_for_each(|report| report.event(event, at))
    }

    fn flush(&mut self) -> io::Result<Backpressure> {
        self.0
            .iter_mut()
            .try_fold(Backpressure::Free, |flow, report| {
                Ok(flow.and(report.flush()?))
            })
    }
}

/// Host and interface names for the addresses that are printed.
///
/// An implementation may return unsafe text: the report prints only plausible names.
pub trait Names {
    /// The host name of an address, or `None` if it is not known yet. Never blocks.
    fn name(&mut self, address: SocketAddr) -> Option<String>;

    /// The name as the user typed it, if that differs. Sanitized for the reader's character set.
    fn as_typed(&self, _name: &str) -> Option<&str> {
        None
    }

    /// The name of the interface with this index, which is the scope of an IPv6 link-local address.
    fn zone(&mut self, scope: u32) -> Option<String>;
}

/// No names at all: every address is printed as a number.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoNames;

impl Names for NoNames {
    fn name(&mut self, _address: SocketAddr) -> Option<String> {
        None
    }

    fn zone(&mut self, _scope: u32) -> Option<String> {
        None
    }
}
