//! What is known of a recorded run once its lines were looked at.

use std::collections::{BTreeMap, BTreeSet};
use std::mem;
use std::rc::Rc;
use std::time::Duration;

use super::Player;
use super::line::Line;
use super::recorded::{Introduced, Recorded, Rows, Target};
use crate::event::{Destination, Directory, Question, Several, Start};

/// What has to be known of a recorded run before it is told: who its targets are, and what was asked.
#[derive(Debug, Default)]
pub struct Recording {
    targets: Introduced,
    start: Option<Line>,
    /// Whether it was asked who is alive.
    is_scan: bool,
    /// Whether lines tell when probes left.
    has_departures: bool,
    /// When the last line was told.
    length: Duration,
}

impl Recording {
    /// Looks at a line, in the order of the file.
    pub fn look_at(&mut self, line: Line) {
        self.length = self.length.max(line.time());
        match line.event() {
            "start" => self.start = Some(line),
            "target" => {
                let introduced = line.target().map(|target| (target, Target::of(&line)));
                self.targets.extend(introduced);
            }
            "alive" | "dead" | "unknown" => self.is_scan = true,
            "sent" => self.has_departures = true,
            _ => {}
        }
    }

    /// How long the run was.
    #[must_use]
    pub fn length(&self) -> Duration {
        self.length
    }

    /// Whether the run had a single target, and the text about it is that of one.
    #[must_use]
    pub fn is_of_one(&self) -> bool {
        let start = self.start.as_ref();
        start.is_some_and(|start| start.text("targets_hash").is_none())
    }

    /// What tells it; none if it has no first line.
    #[must_use]
    pub fn player(mut self) -> Option<Player> {
        let is_of_one = self.is_of_one();
        let targets = Rc::new(Recorded::from(mem::take(&mut self.targets)));
        Some(Player {
            start: start(&self, &targets, is_of_one)?,
            timeout: self.start.as_ref()?.milliseconds("timeout_ms"),
            targets,
            is_of_one,
            tells_departures: false,
            has_departures: self.has_departures,
            rows: Rows::default(),
            rejected: BTreeSet::new(),
            unsent: BTreeSet::new(),
            reasons: BTreeMap::new(),
            departures: None,
            lost: Vec::new(),
            down: BTreeMap::new(),
        })
    }
}

/// What was known before the first probe.
fn start(recording: &Recording, targets: &Recorded, is_of_one: bool) -> Option<Start> {
    let line = recording.start.as_ref()?;
    let size = line.number("size_bytes").unwrap_or_default();
    if is_of_one {
        let target = targets.address(0)?;
        let named = targets.name(0).map(str::to_owned);
        return Some(Start::One(Destination {
            host: named.unwrap_or_else(|| target.ip().to_string()),
            target,
            source: None,
            device: None,
            size,
            smallest: None,
            ip_options: 0,
            flow_label: None,
            identifier: 0,
            raw: line.text("socket") == Some("raw"),
        }));
    }
    Some(Start::Several(Several {
        targets: line.number("targets")?,
        duplicates: 0,
        size,
        question: if recording.is_scan {
            Question::Alive
        } else {
            Question::Rounds {
                period: line.milliseconds("interval_ms").unwrap_or_default(),
                count: line.number("count"),
            }
        },
    }))
}
