//! Lines about targets that go down and come up again. They begin with the first probe without an answer.

use std::io;
use std::time::Duration;

use super::Json;
use super::fields::{Down as DownFields, Since, Up as UpFields};
use super::values::Millis;
use crate::event::{Down, Reason, TimeDown, When};
use crate::report::{Names, Outlet, address, slug};

impl<O: Outlet, E: Outlet, N: Names> Json<O, E, N> {
    pub(super) fn down(&mut self, down: &Down, at: When<'_>) -> io::Result<()> {
        let since = self.since(down.sent, at);
        let reporter = match down.reason {
            Some(Reason::Rejected { reporter, .. } | Reason::TooBig { reporter, .. }) => reporter,
            _ => None,
        };
        let from = reporter.map(|reporter| address::numeric(reporter, &mut self.names));
        let fields = DownFields {
            probes: down.probes,
            from: from.as_deref(),
            reason: down.reason.map(slug::reason),
        };
        self.about("down", down.first, &[&since, &fields], at)
    }

    pub(super) fn up(&mut self, up: &TimeDown, at: When<'_>) -> io::Result<()> {
        let since = self.since(up.sent, at);
        let fields = UpFields {
            probes: up.outage.probes,
            down_ms: Millis(up.outage.length),
        };
        self.about("up", up.first, &[&since, &fields], at)
    }

    /// When a probe left, given when that was since the run began.
    fn since(&mut self, sent: Duration, at: When<'_>) -> Since {
        let at = at();
        let ago = at.since_start.saturating_sub(sent);
        let began = self.began.unwrap_or_default();
        Since {
            since: self
                .calendar
                .time(at.wall.checked_sub(ago).unwrap_or(at.wall)),
            since_t_ms: Millis(sent.saturating_sub(began)),
        }
    }
}
