//! A line of a recorded run, field by field. A missing field, or one of another type, is `None`: later versions may
//! have more.

use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::Value;

use crate::event::{Moment, ProbeId, Source, TargetNumber};

/// More probes than any run has.
const TOO_MANY: u64 = 1 << 48;

/// The JSON object of a line.
#[derive(Debug, Clone)]
pub struct Line(Value);

impl Line {
    /// Returns `None` if the text is not an object with an event.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let line = Self(serde_json::from_str(text).ok()?);
        line.text("event")?;
        Some(line)
    }

    /// When it was told, since the run began.
    #[must_use]
    pub fn time(&self) -> Duration {
        self.milliseconds("t_ms").unwrap_or_default()
    }

    /// The time of day at which the run began, by the clock of this line.
    #[must_use]
    pub fn began(&self) -> Option<SystemTime> {
        self.time_of_day("time")?.checked_sub(self.time())
    }

    /// Whether it tells the end of the run.
    #[must_use]
    pub fn is_end(&self) -> bool {
        self.event() == "end"
    }

    pub(super) fn event(&self) -> &str {
        self.text("event").unwrap_or_default()
    }

    pub(super) fn text(&self, field: &str) -> Option<&str> {
        self.0.get(field)?.as_str()
    }

    pub(super) fn number<T: TryFrom<u64>>(&self, field: &str) -> Option<T> {
        T::try_from(self.0.get(field)?.as_u64()?).ok()
    }

    /// A counter, or 0 if it is missing.
    pub(super) fn count(&self, field: &str) -> u64 {
        self.number(field).unwrap_or_default()
    }

    pub(super) fn is(&self, field: &str) -> bool {
        self.0.get(field).and_then(Value::as_bool) == Some(true)
    }

    pub(super) fn milliseconds(&self, field: &str) -> Option<Duration> {
        let milliseconds = self.0.get(field)?.as_f64()?;
        Duration::try_from_secs_f64(milliseconds / 1000.0).ok()
    }

    /// The object in this field.
    pub(super) fn inside(&self, field: &str) -> Option<Self> {
        let inside = self.0.get(field)?;
        inside.is_object().then(|| Self(inside.clone()))
    }

    /// The address in this field, without the interface of a link-local one.
    pub(super) fn address(&self, field: &str) -> Option<SocketAddr> {
        let text = self.text(field)?;
        let address: IpAddr = text.split('%').next()?.parse().ok()?;
        Some((address, 0).into())
    }

    pub(super) fn target(&self) -> Option<TargetNumber> {
        self.number("target")
    }

    pub(super) fn set_target(&mut self, target: Option<TargetNumber>) {
        if let Some(field) = self.0.get_mut("target") {
            *field = target.into();
        }
    }

    pub(super) fn probe(&self) -> Option<ProbeId> {
        let number = self.count("seq");
        (number < TOO_MANY).then_some(())?;
        Some(ProbeId {
            target: self.target()?,
            number,
            sequence: self.number("icmp_seq")?,
        })
    }

    /// The time of the line.
    pub(super) fn moment(&self) -> Moment {
        Moment {
            wall: self.time_of_day("time").unwrap_or(UNIX_EPOCH),
            since_start: self.time(),
        }
    }

    pub(super) fn time_of_day(&self, field: &str) -> Option<SystemTime> {
        humantime::parse_rfc3339(self.text(field)?).ok()
    }

    pub(super) fn source(&self) -> Source {
        match self.text("clock") {
            Some("hardware") => Source::Hardware,
            Some("wire") => Source::Wire,
            Some("receipt") => Source::Receipt,
            Some("user") => Source::User,
            _ => Source::Kernel,
        }
    }
}
