//! What the user reads. An output format implements one small trait: [`text`] is the one for people. The other files are
//! parts of its lines.
//!
//! A report is given [`Event`]s and writes text to the [`Outlet`]s it owns. It opens nothing, asks no clock and
//! decides nothing: an event says what happened, the [`Style`](crate::config::Style) says how it looks.
//! Text that came from elsewhere, from DNS, from the command line or from a packet, passes through
//! [`sanitize`](crate::sanitize) before it is written.

use std::fmt;
use std::io;
use std::net::SocketAddr;

use crate::event::{Event, When};

mod address;
mod colour;
pub mod conditions;
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
pub mod ping_json;
mod problem;
mod reply;
mod router;
mod slug;
mod statistics;
pub mod text;

pub use moment::Calendar;
pub use outlet::{Backpressure, Curtain, Outlet, Retention};

/// A reader of events that makes them visible: one output format.
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
    /// Tells of one event. The time of day is asked for where it matters, which with `-q` it never does: to read a
    /// clock costs as much as all that is done with a reply in a flood.
    ///
    /// What it writes may stay in memory until [`Report::flush`], but for the last event's.
    ///
    /// # Errors
    ///
    /// Any error of the writer behind it, above all a broken pipe: the reader exited.
    fn event(&mut self, event: &Event<'_>, at: When<'_>) -> io::Result<()>;

    /// Lets the reader see what was told, as far as the reader takes it now. Called before each wait, so that a quarter of a million
    /// lines are not as many system calls, and yet none is held back.
    ///
    /// # Errors
    ///
    /// As [`Report::event`].
    fn flush(&mut self) -> io::Result<Backpressure>;
}

/// Several reports on one run, each told of each event in this order.
#[derive(Default)]
pub struct Reports<'a>(Vec<Box<dyn Report + 'a>>);

impl<'a> Reports<'a> {
    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// One more.
    #[must_use]
    pub fn and(mut self, report: impl Report + 'a) -> Self {
        self.0.push(Box::new(report));
        self
    }
}

/// A report, and others beside it.
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

/// Names for the numbers that are printed.
///
/// What it returns need not be clean: the report prints a name only if it is a plausible one.
pub trait Names {
    /// The host name of an address. Never blocks; none: not known, or not known yet.
    fn name(&mut self, address: SocketAddr) -> Option<String>;

    /// How the user typed this name, if that is another text; harmless for the reader's character set.
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
