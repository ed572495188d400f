//! How large a probe may be, as far as the command line tells.

use super::Refusal;
use crate::config::{Config, Destination, FamilyChoice, Single};
use crate::target::Host;

/// What fits into no datagram of either family.
const TOO_LARGE_FOR_ANY: usize = 65_528;

/// Checks the size where the address family is known without a resolver. For the rest it is checked once the resolver
/// has told.
pub(super) fn check_early(config: &Config<Single>) -> Result<(), Refusal> {
    let Destination { family, host, .. } = &config.plan.destination;
    let ipv6 = match (family, Host::parse(host)) {
        (FamilyChoice::Ipv4, _) | (_, Ok(Host::Ipv4(_))) => false,
        (FamilyChoice::Ipv6, _) | (_, Ok(Host::Ipv6 { .. })) => true,
        // IPv4 is what people have in mind.
        _ if config.message.size >= TOO_LARGE_FOR_ANY => false,
        _ => return Ok(()),
    };
    let fits = config
        .message
        .check_size(ipv6, config.socket.ip_option.is_some());
    fits.map_err(|error| Refusal::new(error.to_string()))
}
