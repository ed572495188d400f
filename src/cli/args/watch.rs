//! The options about changes during a run.

use std::ffi::OsString;
use std::num::NonZero;
use std::time::Duration;

use clap::{Args, ValueHint};

use super::by;
use crate::cli::values;

/// The heading of these options, which the name `ping` does not have.
pub(in crate::cli) const WATCH: &str = "What changes";

/// The options about changes as typed.
#[derive(Debug, Clone, Default, Args)]
#[allow(
    clippy::option_option,
    reason = "an option whose value may be left out"
)]
pub(in crate::cli) struct TypedWatch {
    /// Call a target down after N probes in a row without an answer in time [default: 3]
    #[arg(long, value_name = "N", help_heading = WATCH, allow_hyphen_values = true,
        value_parser = by(values::down_after))]
    pub(in crate::cli) down_after: Option<NonZero<u32>>,
    /// Stop when a target is down, or N probes in a row are lost
    #[arg(long, value_name = "N", help_heading = WATCH, num_args = 0..=1, require_equals = true,
        value_parser = by(values::until_down))]
    pub(in crate::cli) until_down: Option<Option<NonZero<u32>>>,
    /// Stop when all targets are up: after N answers in a row [default: 1]
    #[arg(long, value_name = "N", help_heading = WATCH, num_args = 0..=1, require_equals = true,
        value_parser = by(values::until_up))]
    pub(in crate::cli) until_up: Option<Option<NonZero<u32>>>,
    /// Look up names again every SECONDS, and when a target goes down [default: only at the start]
    #[arg(long, value_name = "SECONDS", help_heading = WATCH, allow_hyphen_values = true,
        value_parser = by(values::resolve_every))]
    pub(in crate::cli) resolve_every: Option<Duration>,
    /// Tell the loss and the round trips of the last SECONDS too
    #[arg(long, value_name = "SECONDS", help_heading = WATCH, allow_hyphen_values = true,
        value_parser = by(values::window))]
    pub(in crate::cli) window: Option<Duration>,
    /// Tell the run that --export-json wrote to FILE once more
    #[arg(long, value_name = "FILE", help_heading = WATCH, allow_hyphen_values = true,
        value_hint = ValueHint::FilePath)]
    pub(in crate::cli) replay: Option<OsString>,
    /// Replay N times as fast as the run was [default: at once]
    #[arg(long, value_name = "N", help_heading = WATCH, allow_hyphen_values = true,
        value_parser = by(values::speed))]
    pub(in crate::cli) speed: Option<f64>,
}

impl TypedWatch {
    /// Whether the user requested lines about targets that go down.
    pub(in crate::cli) fn asks_for_lines(&self) -> bool {
        let until = self.until_down.is_some() || self.until_up.is_some();
        self.down_after.is_some() || until || self.resolve_every.is_some()
    }

    /// The first of these options that was given, if any.
    pub(in crate::cli) fn given(&self) -> Option<&'static str> {
        let given = [
            (self.down_after.is_some(), "--down-after"),
            (self.until_down.is_some(), "--until-down"),
            (self.until_up.is_some(), "--until-up"),
            (self.resolve_every.is_some(), "--resolve-every"),
            (self.window.is_some(), "--window"),
        ];
        let given = given.into_iter().find(|(is_given, _)| *is_given);
        given.map(|(_, option)| option)
    }
}
