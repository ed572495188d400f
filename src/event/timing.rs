//! Round trips, and the clocks that timed them.

use std::time::Duration;

/// A round trip, and how it was timed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timing {
    /// From the departure of the probe to the arrival of the reply.
    pub round_trip: Duration,
    /// The clocks at both ends.
    pub source: Source,
    /// From the call that sent the probe until the kernel accepted it: this host's own part.
    pub sending: Option<Duration>,
    /// From there to the driver's stamp: the wait in this host's queue, or for a neighbour. Part of the round trip unless
    /// it [begins at the wire](Source::begins_at_wire).
    pub queued: Option<Duration>,
    /// From the kernel's receive stamp to the return of the call that read the reply.
    pub reading: Option<Duration>,
}

impl Timing {
    /// From the kernel's acceptance of the probe to the arrival of the reply: how long the reply was awaited, wherever the
    /// round trip begins.
    #[must_use]
    pub fn under_way(&self) -> Duration {
        let before = self.queued.filter(|_| self.source.begins_at_wire());
        self.round_trip.saturating_add(before.unwrap_or_default())
    }
}

/// The clocks that timed a round trip. The later in this list, the more it includes of this host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The interface, at both ends.
    Hardware,
    /// The kernel at both ends, from when it passed the probe to the interface's driver.
    Wire,
    /// The kernel at both ends, from when it accepted the probe.
    Kernel,
    /// This program when it sent the probe, the kernel when the reply arrived.
    Receipt,
    /// This program at both ends: before it sent the probe, and after it read the reply.
    User,
}

impl Source {
    /// Whether the round trip excludes the wait in this host's queue.
    #[must_use]
    pub fn begins_at_wire(self) -> bool {
        matches!(self, Self::Hardware | Self::Wire)
    }
}

/// How many round trips each [`Source`] timed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sources {
    /// By the interface.
    pub hardware: u64,
    /// By the kernel, from the driver on.
    pub wire: u64,
    /// By the kernel.
    pub kernel: u64,
    /// By the kernel on receipt only.
    pub receipt: u64,
    /// By this program.
    pub user: u64,
}

impl Sources {
    /// Counts a round trip.
    pub fn add(&mut self, source: Source) {
        let counter = match source {
            Source::Hardware => &mut self.hardware,
            Source::Wire => &mut self.wire,
            Source::Kernel => &mut self.kernel,
            Source::Receipt => &mut self.receipt,
            Source::User => &mut self.user,
        };
        *counter = counter.saturating_add(1);
    }
}
