//! What a line says of the clock of a target (`--icmp-timestamp`).

use std::time::Duration;

use serde::Serialize;

use super::values::Millis;
use crate::report::peer_clock::Reading;

/// `peer_clock` of `reply` and `late`.
#[derive(Debug, Serialize)]
pub(super) struct PeerClock {
    originate: u32,
    receive: u32,
    transmit: u32,
    offset_ms: Option<f64>,
    there_ms: Option<Millis>,
    back_ms: Option<Millis>,
    swapped: bool,
}

impl From<Reading> for PeerClock {
    #[allow(
        clippy::cast_precision_loss,
        reason = "the microseconds of half a day are exact in a double"
    )]
    fn from(reading: Reading) -> Self {
        let (there, back): (Option<Duration>, Option<Duration>) = reading.ways.unzip();
        Self {
            originate: reading.times.originate,
            receive: reading.times.receive,
            transmit: reading.times.transmit,
            offset_ms: reading.clock.map(|clock| clock.ahead as f64 / 1e3),
            there_ms: there.map(Millis),
            back_ms: back.map(Millis),
            swapped: reading.clock.is_some_and(|clock| clock.is_swapped),
        }
    }
}
