//! A page in one of the two text formats.

use std::fmt::{Display, Write as _};
use std::time::Duration;

use super::super::subjects::Subject;
use crate::config::export::Exposition;
use crate::report::fields::Seconds;

/// The type of a metric family.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Counter,
    Gauge,
    Histogram,
    Info,
}

#[derive(Debug)]
pub(super) struct Page {
    exposition: Exposition,
    text: String,
    /// The name of the current family's samples.
    name: String,
}

impl Page {
    pub(super) fn new(exposition: Exposition) -> Self {
        Self {
            exposition,
            text: String::new(),
            name: String::new(),
        }
    }

    /// Begins a family. In `OpenMetrics` its name lacks the suffix of its samples.
    pub(super) fn family(&mut self, kind: Kind, name: &str, help: &str) {
        let suffix = match kind {
            Kind::Counter => "_total",
            Kind::Info => "_info",
            Kind::Gauge | Kind::Histogram => "",
        };
        self.name = format!("{name}{suffix}");
        let (family, kind) = match (self.exposition, kind) {
            (Exposition::OpenMetrics, Kind::Info) => (name, "info"),
            (Exposition::Prometheus, Kind::Info) => (self.name.as_str(), "gauge"),
            (Exposition::OpenMetrics, Kind::Counter) => (name, "counter"),
            (Exposition::Prometheus, Kind::Counter) => (self.name.as_str(), "counter"),
            (_, Kind::Gauge) => (name, "gauge"),
            (_, Kind::Histogram) => (name, "histogram"),
        };
        let _ = writeln!(self.text, "# HELP {family} {help}");
        let _ = writeln!(self.text, "# TYPE {family} {kind}");
    }

    /// Writes a sample. `labels` are those of its target.
    pub(super) fn sample(
        &mut self,
        suffix: &str,
        labels: &str,
        more: &[(&str, &str)],
        value: impl Display,
    ) {
        let mut all = labels.to_owned();
        for (name, value) in more {
            let comma = if all.is_empty() { "" } else { "," };
            let _ = write!(all, "{comma}{name}=\"{value}\"");
        }
        let name = &self.name;
        let _ = match all.as_str() {
            "" => writeln!(self.text, "{name}{suffix} {value}"),
            all => writeln!(self.text, "{name}{suffix}{{{all}}} {value}"),
        };
    }

    pub(super) fn finish(mut self) -> String {
        if self.exposition == Exposition::OpenMetrics {
            self.text += "# EOF\n";
        }
        self.text
    }
}

pub(super) fn labels(subject: &Subject) -> String {
    let family = subject
        .family
        .map_or("", |family| if family == 4 { "4" } else { "6" });
    let labels = [
        ("target", subject.name.as_str()),
        ("address", subject.address.as_deref().unwrap_or_default()),
        ("family", family),
        ("label", &subject.label),
    ];
    let labels = labels.map(|(name, value)| format!("{name}=\"{}\"", escaped(value)));
    labels.join(",")
}

/// Escapes text for a quoted string.
fn escaped(text: &str) -> String {
    let text = text.replace('\\', "\\\\").replace('"', "\\\"");
    text.replace('\n', "\\n")
}

/// A time in seconds, exact to the nanosecond.
pub(super) fn seconds(time: Duration) -> String {
    Seconds(time).to_string()
}
