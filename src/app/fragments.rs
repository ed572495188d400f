//! Probes that are sent in fragments. The kernel stamps only the first fragment, so the driver's stamp is not the time
//! at which the probe had left this host: it can neither start a round trip nor give the wait in this host's queue.

use crate::config::many::Fragments;
use crate::config::{ClockChoice, RoundTripStart};
use crate::wire::echo::HEADER_LENGTH;

/// The MTU in octets if the kernel does not report one: what every host accepts (RFC 791, section 3.1).
const MTU_OF_IPV4: usize = 576;

/// The same: what every link carries (RFC 8200, section 5).
const MTU_OF_IPV6: usize = 1280;

/// The settings that the length of a family's probes depends on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Probes {
    pub(super) ipv6: bool,
    /// Octets of data after the ICMP header.
    pub(super) size: usize,
    /// Octets of options in the IPv4 header.
    pub(super) ip_options: usize,
    /// Whether this host may fragment probes.
    pub(super) fragments: Fragments,
}

impl Probes {
    /// Whether probes are longer than this MTU in octets, or than the smallest possible one if it is unknown.
    pub(super) fn in_fragments(&self, mtu: Option<u32>) -> Option<InFragments> {
        let (header, least) = if self.ipv6 {
            (40, MTU_OF_IPV6)
        } else {
            (20 + self.ip_options, MTU_OF_IPV4)
        };
        let octets = header + HEADER_LENGTH + self.size;
        let mtu = mtu.map_or(least, |mtu| usize::try_from(mtu).unwrap_or(usize::MAX));
        let may = self.fragments == Fragments::Allowed;
        (may && octets > mtu).then_some(InFragments { octets, mtu })
    }
}

/// Probes that may be sent in fragments, as far as known before the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct InFragments {
    octets: usize,
    mtu: usize,
}

impl InFragments {
    /// Starts round trips when the kernel accepts the probe. Returns a warning if the selected clock is therefore
    /// unavailable, or with `details` if the wait in this host's queue would have been printed.
    pub(super) fn settle(
        self,
        clock: &mut ClockChoice,
        start: &mut RoundTripStart,
        details: bool,
    ) -> Option<String> {
        let Self { octets, mtu } = self;
        let fragments = format!("probes of {octets} octets may leave in fragments (MTU {mtu})");
        let asked = match *clock {
            ClockChoice::Wire => "wire",
            ClockChoice::Hardware => "hardware",
            ClockChoice::Best | ClockChoice::Kernel => {
                return details
                    .then(|| format!("{fragments}: their wait in this host's queue is not known"));
            }
            ClockChoice::User => return None,
        };
        *clock = ClockChoice::Kernel;
        *start = clock.start();
        Some(format!(
            "--clock {asked}: {fragments}, and the kernel stamps only the first one: measuring with --clock kernel instead"
        ))
    }
}

#[cfg(test)]
mod tests;
