//! Optional fields in the line of a reply.

use std::io::{self, Write};
use std::net::{IpAddr, SocketAddr};
use std::time::UNIX_EPOCH;

use super::json::Object;
use crate::config::{FpingLines, FpingListed, FpingStyle};
use crate::event::{Answer, When};
use crate::wire::timestamp;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Extras {
    /// The sender, if it is not the target.
    pub(super) elsewhere: Option<SocketAddr>,
    /// The times in the reply, and its arrival in milliseconds since midnight UTC.
    times: Option<(timestamp::Times, u32)>,
    destination: Option<IpAddr>,
    traffic_class: Option<u8>,
    hop_limit: Option<u8>,
}

impl Extras {
    /// `probed` is the address of the target.
    pub(super) fn of(answer: &Answer<'_>, probed: Option<SocketAddr>, at: When<'_>) -> Self {
        let arrived = || at().wall.duration_since(UNIX_EPOCH).unwrap_or_default();
        let times = answer.times;
        let times = times.map(|times| (times, timestamp::time_of_day(arrived())));
        let is_elsewhere = probed.is_some_and(|probed| probed.ip() != answer.source.ip());
        Self {
            elsewhere: is_elsewhere.then_some(answer.source),
            times,
            destination: answer.destination,
            traffic_class: answer.traffic_class,
            hop_limit: answer.hop_limit,
        }
    }

    /// Whether this style prints any of the fields.
    pub(super) fn are_told(&self, style: &FpingStyle) -> bool {
        self.elsewhere.is_some()
            || style.times
            || style.destination
            || style.traffic_class
            || style.hop_limit
    }

    /// `, timestamps: Originate=1 Receive=2 Transmit=3 Localreceive=4 (DST 192.0.2.1) (TOS 0) (TTL 64)`
    pub(super) fn text(&self, line: &mut Vec<u8>, style: &FpingStyle) -> io::Result<()> {
        if let (true, Some((times, arrived))) = (style.times, self.times) {
            let is_list = style.lines == FpingLines::Targets(FpingListed::Alive);
            let timestamp::Times {
                originate,
                receive,
                transmit,
            } = times;
            write!(
                line,
                "{} timestamps: Originate={originate} Receive={receive} Transmit={transmit} Localreceive={arrived}",
                if is_list { "" } else { "," }
            )?;
        }
        let number = |number: Option<u8>| number.map(|number| number.to_string());
        let address = self.destination.map(|address| address.to_string());
        for (is_told, name, value) in [
            (style.destination, "DST", address),
            (style.traffic_class, "TOS", number(self.traffic_class)),
            (style.hop_limit, "TTL", number(self.hop_limit)),
        ] {
            if is_told {
                let value = value.as_deref().unwrap_or("unknown");
                write!(line, " ({name} {value})")?;
            }
        }
        Ok(())
    }

    /// `"tos": 0, "ttl": 64, "replyDst": "192.0.2.1"`
    pub(super) fn json(&self, object: &mut Object<'_>, style: &FpingStyle) -> io::Result<()> {
        if let (true, Some((times, arrived))) = (style.times, self.times) {
            let timestamp::Times {
                originate,
                receive,
                transmit,
            } = times;
            let times = format!(
                "{{\"originate\": {originate}, \"receive\": {receive}, \"transmit\": {transmit}, \"localreceive\": {arrived}}}"
            );
            object.put("timestamps", times)?;
        }
        for (is_told, key, value) in [
            (style.traffic_class, "tos", self.traffic_class),
            (style.hop_limit, "ttl", self.hop_limit),
        ] {
            if is_told {
                object.put(key, value.map_or(-1, i16::from))?;
            }
        }
        if style.destination {
            let address = self.destination.map(|address| address.to_string());
            object.text("replyDst", address.as_deref().unwrap_or("unknown"))?;
        }
        Ok(())
    }
}
