//! How long a round trip took, and whose clocks say so.

use std::time::Duration;

/// How long a round trip took, and how that is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timing {
    /// From the departure of the probe to the arrival of its answer.
    pub round_trip: Duration,
    /// Who took the time at both ends.
    pub source: Source,
    /// From the call that sent the probe to the moment at which the kernel took it: this host's own part.
    pub sending: Option<Duration>,
    /// From there to the driver's stamp: the wait in this host's queue, or for a neighbour. A part of the round trip,
    /// unless it [begins at the wire](Source::begins_at_wire).
    pub queued: Option<Duration>,
    /// From the arrival of the answer by the kernel's stamp to the return of the call that read it.
    pub reading: Option<Duration>,
}

impl Timing {
    /// From the moment at which the kernel took the probe to the arrival of its answer: so long it is waited for, wherever
    /// the round trip begins.
    #[must_use]
    pub fn under_way(&self) -> Duration {
        let before = self.queued.filter(|_| self.source.begins_at_wire());
        self.round_trip.saturating_add(before.unwrap_or_default())
    }
}

/// Who took the time at the ends of a round trip. The further down, the more of it is this host's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The interface, at both ends.
    Hardware,
    /// The kernel, at both ends: from the moment at which the driver of the interface got the probe.
    Wire,
    /// The kernel, at both ends: from the moment at which it took the probe.
    Kernel,
    /// The kernel when the answer came in, this program when it sent the probe.
    Receipt,
    /// This program: when it sent the probe, and when it got round to reading the answer.
    User,
}

impl Source {
    /// Whether the wait in this host's queue is no part of the round trip.
    #[must_use]
    pub fn begins_at_wire(self) -> bool {
        matches!(self, Self::Hardware | Self::Wire)
    }
}

/// How many round trips were timed by whom; see [`Source`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sources {
    /// By the interface.
    pub hardware: u64,
    /// By the kernel, from the driver on.
    pub wire: u64,
    /// By the kernel.
    pub kernel: u64,
    /// By the kernel at the receiving end only.
    pub receipt: u64,
    /// By this program.
    pub user: u64,
}

impl Sources {
    /// One more from this source.
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
