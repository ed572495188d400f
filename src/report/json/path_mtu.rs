//! The line about a path MTU.

use std::net::SocketAddr;

use serde::Serialize;

use super::fields::Of;
use super::lines::Part;
use super::{Json, Names, Outlet, address};
use crate::event::{MtuSource, MtuVerdict, NoPathMtu, PathMtu, TargetNumber, When};

/// `pmtu`, after [`Of`].
#[derive(Debug, Serialize)]
struct Fields<'a> {
    address: Option<&'a str>,
    mtu_bytes: Option<u32>,
    lower_bytes: Option<u32>,
    upper_bytes: Option<u32>,
    verdict: &'static str,
    reason: Option<&'static str>,
    learned: Option<&'static str>,
    messages: &'a [Message],
    black_hole: Option<BlackHole>,
    tries: &'a [Tries],
    controls: Controls,
}

#[derive(Debug, Serialize)]
struct Message {
    from: String,
    mtu_bytes: u32,
    believed: bool,
}

#[derive(Debug, Serialize)]
struct BlackHole {
    after_hop: u8,
    after: Option<String>,
    before: Option<String>,
}

#[derive(Debug, Serialize)]
struct Tries {
    size_bytes: u32,
    sent: u32,
    answered: u32,
    altered: u32,
    refused: u32,
}

#[derive(Debug, Serialize)]
struct Controls {
    sent: u32,
    answered: u32,
}

impl<O: Outlet, E: Outlet, N: Names> Json<O, E, N> {
    /// Writes the path MTU of a target.
    pub(super) fn path_mtu(
        &mut self,
        target: TargetNumber,
        found: &PathMtu,
        at: When<'_>,
    ) -> std::io::Result<()> {
        self.introduce(target, None, at)?;
        let address = self.naming.directory().address(target);
        let names = &mut self.names;
        let mut numeric = |it: SocketAddr| address::numeric(it, names);
        let address = address.map(&mut numeric);
        let messages: Vec<Message> = (found.messages.iter())
            .map(|message| Message {
                from: numeric(message.from),
                mtu_bytes: message.mtu,
                believed: message.is_believed,
            })
            .collect();
        let black_hole = found.black_hole.map(|hole| BlackHole {
            after_hop: hole.after,
            after: hole.after_address.map(&mut numeric),
            before: hole.before_address.map(&mut numeric),
        });
        let tries: Vec<Tries> = (found.tries.iter())
            .map(|tries| Tries {
                size_bytes: tries.size,
                sent: tries.sent,
                answered: tries.answered,
                altered: tries.altered,
                refused: tries.refused,
            })
            .collect();
        let fields = Fields {
            address: address.as_deref(),
            mtu_bytes: exact(found.verdict),
            lower_bytes: found.verdict.lower(),
            upper_bytes: found.verdict.upper(),
            verdict: word(found.verdict),
            reason: reason(found.verdict),
            learned: found.learned.map(learned),
            messages: &messages,
            black_hole,
            tries: &tries,
            controls: Controls {
                sent: found.controls.sent,
                answered: found.controls.answered,
            },
        };
        let name = self.naming.name(target, &mut self.names).to_owned();
        let of = Of {
            target,
            name: &name,
        };
        let parts: [&dyn Part; 2] = [&of, &fields];
        self.tell("pmtu", &parts, at)
    }
}

fn exact(verdict: MtuVerdict) -> Option<u32> {
    match verdict {
        MtuVerdict::Exact(mtu) => Some(mtu),
        _ => None,
    }
}

fn word(verdict: MtuVerdict) -> &'static str {
    match verdict {
        MtuVerdict::Exact(_) => "exact",
        MtuVerdict::AtLeast(_) => "at_least",
        MtuVerdict::Range { .. } => "range",
        MtuVerdict::None(_) => "none",
    }
}

fn reason(verdict: MtuVerdict) -> Option<&'static str> {
    let MtuVerdict::None(why) = verdict else {
        return None;
    };
    Some(match why {
        NoPathMtu::Unanswered { .. } => "unanswered",
        NoPathMtu::NotSent { .. } => "not_sent",
        NoPathMtu::Altered { .. } => "altered",
        NoPathMtu::Changed { .. } => "changed",
        NoPathMtu::Ended { .. } => "ended",
    })
}

fn learned(source: MtuSource) -> &'static str {
    match source {
        MtuSource::Interface => "interface",
        MtuSource::Message(_) => "message",
        MtuSource::Silence => "silence",
    }
}
