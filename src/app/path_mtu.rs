//! Runs of `--pmtu`: the differences from rounds.

use std::rc::Rc;
use std::time::Instant;

use super::run::Beginning;
use super::target_table::TargetTable;
use crate::config::many::PathMtuPlan;
use crate::engine::many::Order;
use crate::engine::{Engine, PathMtu, TokensOfMany};
use crate::event::{Directory, TargetNumber};
use crate::net::Family;

/// Octets of data in the longest packet of these families.
pub(super) fn largest(families: &[Family]) -> usize {
    if families.contains(&Family::Ipv6) {
        65_527
    } else {
        65_507
    }
}

/// Creates the engine, with the time that reading the lists has left of the deadline.
pub(super) fn engine(
    (plan, tokens): (PathMtuPlan, TokensOfMany),
    (book, order): (&Rc<TargetTable>, (TargetNumber, Box<dyn Order>)),
    until: Option<Instant>,
    beginning: &Beginning<'_>,
) -> PathMtu {
    let plan = PathMtuPlan {
        deadline: until.map(|until| until.saturating_duration_since(beginning.at)),
        ..plan
    };
    let directory = Rc::clone(book) as Rc<dyn Directory>;
    let mut engine = PathMtu::new(plan, tokens, directory, order, beginning.at);
    if beginning.tells_outcomes {
        engine = engine.reporting_outcomes();
    }
    engine.add(book.names());
    engine
}
