//! Lines about targets that go down, come up again or change. Those about a time down begin with its first unanswered probe.

use std::io;
use std::time::Duration;

use super::Json;
use super::fields::{Change as ChangeFields, Down as DownFields, Of, Since, Up as UpFields, Value};
use super::lines::Part;
use super::values::Millis;
use crate::event::{Change, Changed, Down, Reason, TimeDown, When};
use crate::report::{Names, Outlet, Retention, address, slug};

impl<O: Outlet, E: Outlet, N: Names> Json<O, E, N> {
    pub(super) fn down(&mut self, down: &Down, at: When<'_>) -> io::Result<()> {
        let since = self.since(down.sent, at);
        self.down.insert(down.first.target, since);
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
        // If this host was suspended meanwhile, the wall clock does not give the time at which the target went down.
        let told = self.down.remove(&up.first.target);
        let since = told.unwrap_or_else(|| self.since(up.sent, at));
        let fields = UpFields {
            probes: up.outage.probes,
            down_ms: Millis(up.outage.length),
        };
        self.about("up", up.first, &[&since, &fields], at)
    }

    /// Writes a line about a changed property of a target.
    pub(super) fn changed(&mut self, change: &Change, at: When<'_>) -> io::Result<()> {
        let mut numeric = |address| Value::Text(address::numeric(address, &mut self.names));
        let (what, before, after) = match change.what {
            Changed::HopLimit { before, after } => {
                ("ttl", Some(Value::Number(before)), Value::Number(after))
            }
            Changed::TrafficClass { before, after } => {
                ("tos", Some(Value::Number(before)), Value::Number(after))
            }
            Changed::Address { before, after } => {
                ("address", before.map(&mut numeric), numeric(after))
            }
        };
        let fields = ChangeFields {
            what,
            before,
            after,
        };
        self.introduce(change.target, None, at)?;
        let head = self.head("change", at);
        let of = Of {
            target: change.target,
            name: self.naming.name(change.target, &mut self.names),
        };
        let parts: [&dyn Part; 2] = [&of, &fields];
        self.lines
            .line(&head, parts, Retention::Droppable, self.latest)
    }

    /// The times at which a probe was sent, `sent` after the start of the run.
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
