//! The findings of `--doctor` as a JSON object.

use std::io;
use std::time::{Duration, SystemTime};

use serde::Serialize;

use super::VERSION;
use super::fields::Head;
use super::lines::compose;
use super::values::{Calendar, Millis};
use crate::event::Finding;

/// `doctor`
#[derive(Debug, Serialize)]
struct Doctor<'a> {
    version: &'static str,
    can_ping: bool,
    findings: Vec<Found<'a>>,
}

#[derive(Debug, Serialize)]
struct Found<'a> {
    state: &'static str,
    topic: &'static str,
    text: &'a str,
    change: Option<&'a str>,
}

/// The object and a line end.
///
/// # Errors
/// Never: it is written to memory.
pub fn doctor(findings: &[Finding], can_ping: bool, now: SystemTime) -> io::Result<String> {
    let findings = findings.iter().map(|finding| Found {
        state: finding.state.word(),
        topic: finding.topic,
        text: &finding.text,
        change: finding.change.as_deref(),
    });
    let head = Head {
        v: VERSION,
        event: "doctor",
        time: Calendar::new().time(now),
        t_ms: Millis(Duration::ZERO),
    };
    let doctor = Doctor {
        version: env!("CARGO_PKG_VERSION"),
        can_ping,
        findings: findings.collect(),
    };
    let mut line = Vec::new();
    compose(&mut line, &head, [&doctor as _])?;
    String::from_utf8(line).map_err(io::Error::other)
}
