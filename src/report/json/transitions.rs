//! Lines about targets that go down and come up again, which begin with the first probe without an answer, and about what else
//! changes of them.

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
        // This host may have been suspended meanwhile: then that many seconds ago it was another time of day.
        let told = self.down.remove(&up.first.target);
        let since = told.unwrap_or_else(|| self.since(up.sent, at));
        let fields = UpFields {
            probes: up.outage.probes,
            down_ms: Millis(up.outage.length),
        };
        self.about("up", up.first, &[&since, &fields], at)
    }

    /// Something about a target is not as it was.
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
