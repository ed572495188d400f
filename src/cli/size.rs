//! Checks the size of a probe as far as the command line decides it.

use super::Refusal;
use crate::config::{Config, Destination, FamilyChoice, Single};
use crate::target::Host;

/// Too large for a datagram of either family.
const TOO_LARGE_FOR_ANY: usize = 65_528;

/// Checks the size if the address family is known without a resolver. Otherwise it is checked after the lookup.
pub(super) fn check_early(config: &Config<Single>) -> Result<(), Refusal> {
    let Destination { family, host, .. } = &config.plan.destination;
    let ipv6 = match (family, Host::parse(host)) {
        (FamilyChoice::Ipv4, _) | (_, Ok(Host::Ipv4(_))) => false,
        (FamilyChoice::Ipv6, _) | (_, Ok(Host::Ipv6 { .. })) => true,
        // Too large even for IPv6: report the IPv4 limit, which users expect.
        _ if config.message.size >= TOO_LARGE_FOR_ANY => false,
        _ => return Ok(()),
    };
    let fits = config
        .message
        .check_size(ipv6, config.socket.ip_option.is_some());
    fits.map_err(|error| Refusal::new(error.to_string()))
}
