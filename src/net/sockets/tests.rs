//! Real sockets, on the loopback interface only. Tests that need a missing privilege are skipped.

use crate::config::{PathMtuDiscovery, SocketChoice, SocketOptions};
use crate::net::rig::of_kind;

mod many;
mod one;

/// All compatible options at once.
fn every_option(kind: SocketChoice, device: bool) -> SocketOptions {
    SocketOptions {
        device: device.then(|| "lo".to_owned()),
        sticky_source: true,
        connect: true,
        time_to_live: Some(7),
        traffic_class: Some(0x10),
        path_mtu_discovery: Some(PathMtuDiscovery::Do),
        flow_label: Some(0),
        broadcast: true,
        no_multicast_loop: true,
        bypass_routing: true,
        send_buffer: Some(100_000),
        ..of_kind(kind)
    }
}
