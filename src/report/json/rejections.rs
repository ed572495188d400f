//! The reasons of rejected probes, kept until the outcome of the probe is known.

use std::collections::BTreeMap;

use crate::event::{Problem, TargetNumber};

/// The last error about each probe whose timeout has not expired.
#[derive(Debug, Default)]
pub(super) struct Rejections(BTreeMap<(TargetNumber, u64), Rejection>);

/// The sender and reason of an error.
#[derive(Debug, Clone)]
pub(super) struct Rejection {
    pub(super) from: String,
    pub(super) problem: Problem,
}

impl Rejections {
    pub(super) fn note(&mut self, target: TargetNumber, number: u64, rejection: Rejection) {
        self.0.insert((target, number), rejection);
    }

    /// Removes the error about a probe whose outcome is known.
    pub(super) fn take(&mut self, target: TargetNumber, number: u64) -> Option<Rejection> {
        self.0.remove(&(target, number))
    }

    #[cfg(test)]
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
