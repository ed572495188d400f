//! The counters of a run.

use super::Standing;

/// Counters of a run. `received` never exceeds `transmitted`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Probes sent.
    pub transmitted: u64,
    /// Probes answered in time, by a reply with their token.
    pub received: u64,
    /// Further replies to answered probes.
    pub duplicates: u64,
    /// Replies with a wrong checksum.
    pub bad_checksums: u64,
    /// Replies without the token of their probe.
    pub bad_tokens: u64,
    /// Replies with the token of an earlier probe with the same sequence number.
    pub stale: u64,
    /// Replies to a sequence number that was never sent or is forgotten.
    pub unexpected: u64,
    /// Replies after their probe's timeout, or after the probe was reported as unanswered.
    pub late: u64,
    /// Those that count in `received`: the probe had no timeout.
    pub late_counted: u64,
    /// Replies that were overtaken by the reply to a later probe (RFC 4737).
    pub reordered: u64,
    /// Replies counted in `received` whose data differs after the token.
    pub altered: u64,
    /// Replies counted in `received` with less data than their probe.
    pub truncated: u64,
    /// Replies counted in `received` with more data than their probe.
    pub oversized: u64,
    /// Replies counted in `received` from another address.
    pub different_address: u64,
    /// Replies counted in `received` but not in the round trips: they are unfaithful, or this host was suspended meanwhile.
    pub untimed: u64,
    /// Probes rejected by an ICMP error; further errors about the same probe are not counted.
    pub rejected: u64,
    /// Sent probes that an ICMP error rejected while a reply would have counted, and that were not answered in time.
    pub rejected_unanswered: u64,
    /// All ICMP errors about probes.
    pub icmp_errors: u64,
    /// Probes that were not sent.
    pub not_sent: u64,
    /// Those that were too long for the path.
    pub too_long: u64,
    /// Those that a packet filter of this host rejected with an ICMP error. They also count in `rejected`.
    pub filtered: u64,
    /// Probes that were in flight when this host was suspended, and were not answered since: their outcome is unknown.
    pub suspended: u64,
    /// Probes that may still be answered in time: their outcome is unknown.
    pub in_flight: u64,
    /// Datagrams dropped by this host because its receive queue was full: replies and, with a raw socket, any other ICMP.
    pub dropped_here: u64,
}

/// The outcomes of the sent probes. Each probe counts once, so their sum is the number of sent probes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Outcomes {
    /// Answered in time.
    pub received: u64,
    /// Not answered in time, without an ICMP error before the timeout.
    pub lost: u64,
    /// Not answered in time, with an ICMP error.
    pub rejected: u64,
    /// In flight when this host was suspended, and not answered since.
    pub suspended: u64,
    /// May still be answered in time.
    pub in_flight: u64,
}

impl Outcomes {
    /// All sent probes.
    #[must_use]
    pub fn sent(&self) -> u64 {
        let answered_or_not = self.received.saturating_add(self.lost);
        let known = answered_or_not.saturating_add(self.rejected);
        let unknown = self.suspended.saturating_add(self.in_flight);
        known.saturating_add(unknown)
    }
}

impl Counts {
    /// Counts a reply of this class.
    pub fn add(&mut self, standing: Standing) {
        let counter = match standing {
            Standing::Reply => &mut self.received,
            Standing::Late => &mut self.late,
            Standing::Duplicate => &mut self.duplicates,
            Standing::BadChecksum => &mut self.bad_checksums,
            Standing::BadToken => &mut self.bad_tokens,
            Standing::Stale => &mut self.stale,
            Standing::Unexpected => &mut self.unexpected,
        };
        *counter += 1;
    }

    /// Probes with a known outcome.
    #[must_use]
    pub fn known(&self) -> u64 {
        let unknown = self.suspended.saturating_add(self.in_flight);
        self.transmitted.saturating_sub(unknown)
    }

    /// Probes with a known outcome that were not answered in time.
    #[must_use]
    pub fn lost(&self) -> u64 {
        self.known().saturating_sub(self.received)
    }

    /// The outcomes of the sent probes.
    #[must_use]
    pub fn outcomes(&self) -> Outcomes {
        Outcomes {
            received: self.received,
            lost: self.lost().saturating_sub(self.rejected_unanswered),
            rejected: self.rejected_unanswered,
            suspended: self.suspended,
            in_flight: self.in_flight,
        }
    }

    /// The loss in percent of the probes with a known outcome, 0 to 100. `None` if there are none.
    #[must_use]
    #[allow(clippy::cast_precision_loss, reason = "a ratio of counters for people")]
    pub fn loss(&self) -> Option<f64> {
        let known = self.known();
        (known > 0).then(|| self.lost() as f64 * 100.0 / known as f64)
    }
}
