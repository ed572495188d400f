//! Programs that run `ping` and parse its output. The parsing rules of each, from its published source and for Linux,
//! are implemented here and applied to real output.
//!
//! None of the programs must be installed. A rule may misread the output. It then misreads iputils' output too, and
//! only the same result matters.

mod libraries;
mod live;
mod monitors;

use crate::host::Host;
use crate::link::{HOST4, HOST6};
use libtest_mimic::Trial;
use std::net::IpAddr;

pub(crate) fn trials() -> Vec<Trial> {
    [libraries::trials(), live::trials(), monitors::trials()]
        .into_iter()
        .flatten()
        .collect()
}

const BOTH: [IpAddr; 2] = [HOST4, HOST6];

/// `-4` or `-6`.
fn family(target: IpAddr) -> &'static str {
    if target.is_ipv4() { "-4" } else { "-6" }
}

/// A host that answers the first probe twice. (What follows the last reply may not be read.)
fn answering_twice() -> Host {
    Host::start(|request| {
        let times = if request.sequence == 1 { 2 } else { 1 };
        vec![request.echo(); times]
    })
}

/// Checks that the round trips are plausible and in ascending order.
#[track_caller]
fn assert_plausible(round_trips: &[f64]) {
    let ordered = round_trips.windows(2).all(|pair| pair[0] <= pair[1]);
    let measured = round_trips.iter().all(|it| *it > 0.0 && *it < 20_000.0);
    assert!(
        !round_trips.is_empty() && ordered && measured,
        "{round_trips:?}"
    );
}
