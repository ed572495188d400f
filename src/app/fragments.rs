//! Probes that leave in fragments. The kernel stamps the first fragment only, so the driver's stamp does not say when the
//! probe had left this host: no round trip begins with it, and it does not tell the wait in this host's queue.

use crate::config::many::Fragments;
use crate::config::{ClockChoice, RoundTripStart};
use crate::wire::echo::HEADER_LENGTH;

/// The MTU in octets where the kernel does not say one: what each host takes (RFC 791, section 3.1).
const MTU_OF_IPV4: usize = 576;

/// The same: what each link takes (RFC 8200, section 5).
const MTU_OF_IPV6: usize = 1280;

/// What decides how long the probes of a family are.
#[derive(Debug, Clone, Copy)]
pub(super) struct Probes {
    pub(super) ipv6: bool,
    /// Octets of data behind the ICMP header.
    pub(super) size: usize,
    /// Octets of options in the IPv4 header.
    pub(super) ip_options: usize,
    /// Whether this host may send them in fragments at all.
    pub(super) fragments: Fragments,
}

impl Probes {
    /// Whether they are longer than this MTU in octets. Without one, the least that links have is assumed.
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

/// Probes so long that they may leave in fragments, as far as is known before the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct InFragments {
    octets: usize,
    mtu: usize,
}

impl InFragments {
    /// Lets round trips begin when the kernel takes the probe. Returns a line for the user, where a clock was asked for
    /// that cannot be had, or with `details` where the wait in this host's queue would be told.
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
