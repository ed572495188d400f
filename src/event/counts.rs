//! What a run counts.

use super::Standing;

/// Counters of a run. `received` never exceeds `transmitted`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Probes that left this host.
    pub transmitted: u64,
    /// Probes that were answered, in time and by an answer that carries their token.
    pub received: u64,
    /// Answers to probes that were answered before.
    pub duplicates: u64,
    /// Answers with a wrong checksum.
    pub bad_checksums: u64,
    /// Answers without the token of their probe.
    pub bad_tokens: u64,
    /// Answers that carry the token of an earlier probe with the same sequence number.
    pub stale: u64,
    /// Answers to a sequence number that was never sent or is forgotten.
    pub unexpected: u64,
    /// Answers that came after their probe's timeout, or after the probe was reported as unanswered.
    pub late: u64,
    /// Of those, the ones that are counted in `received`: no timeout had passed.
    pub late_counted: u64,
    /// Answers that were overtaken by the answer to a later probe (RFC 4737).
    pub reordered: u64,
    /// Answers counted in `received` whose data differs behind the token.
    pub altered: u64,
    /// Answers counted in `received` that carry less data than their probe.
    pub truncated: u64,
    /// Answers counted in `received` that carry more data than their probe.
    pub oversized: u64,
    /// Answers counted in `received` that came from another address.
    pub different_address: u64,
    /// Answers counted in `received` that are in no round trip: they are not what was asked for, or this host was suspended
    /// meanwhile.
    pub untimed: u64,
    /// Probes that were rejected by an ICMP error, the first one about each.
    pub rejected: u64,
    /// Probes that left, were rejected by an ICMP error while an answer would have counted, and were not answered in time
    /// after all.
    pub rejected_unanswered: u64,
    /// ICMP errors about probes, those included that say nothing new.
    pub icmp_errors: u64,
    /// Probes that did not leave this host.
    pub not_sent: u64,
    /// Of those, the ones that were too long for the path.
    pub too_long: u64,
    /// Of those that did not leave, the ones that a packet filter of this host rejected by an ICMP error. They count in
    /// `rejected` as well.
    pub filtered: u64,
    /// Probes that were in flight when this host was suspended, and were not answered since: nobody knows whether their
    /// answers came.
    pub suspended: u64,
    /// Probes that may yet be answered in time: of those nobody knows whether they are lost.
    pub in_flight: u64,
    /// Datagrams that this host had no room for in its receive queue: answers and, where the socket is raw, whatever
    /// ICMP came by while it was full.
    pub dropped_here: u64,
}

/// How many of the probes that left came to which end: each is counted once, so together they are all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Outcomes {
    /// Answered in time.
    pub received: u64,
    /// Not answered in time, and no ICMP error said why while there was time.
    pub lost: u64,
    /// Not answered in time, and an ICMP error said why.
    pub rejected: u64,
    /// In flight when this host was suspended, and not answered since: nobody knows.
    pub suspended: u64,
    /// They may yet be answered in time.
    pub in_flight: u64,
}

impl Outcomes {
    /// All probes that left.
    #[must_use]
    pub fn sent(&self) -> u64 {
        let answered_or_not = self.received.saturating_add(self.lost);
        let known = answered_or_not.saturating_add(self.rejected);
        let unknown = self.suspended.saturating_add(self.in_flight);
        known.saturating_add(unknown)
    }
}

impl Counts {
    /// One more answer that is worth this.
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

    /// Probes of which it is known whether they were answered in time.
    #[must_use]
    pub fn known(&self) -> u64 {
        let unknown = self.suspended.saturating_add(self.in_flight);
        self.transmitted.saturating_sub(unknown)
    }

    /// Of those, the ones that were not.
    #[must_use]
    pub fn lost(&self) -> u64 {
        self.known().saturating_sub(self.received)
    }

    /// What has become of the probes that left.
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

    /// Probes without an answer in time, in percent of those that left, but for those of which that is not known because
    /// they are in flight or this host was suspended: 0 to 100; none if there were none.
    #[must_use]
    #[allow(clippy::cast_precision_loss, reason = "a ratio of counters for people")]
    pub fn loss(&self) -> Option<f64> {
        let known = self.known();
        (known > 0).then(|| self.lost() as f64 * 100.0 / known as f64)
    }
}
