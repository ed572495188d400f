//! Why probes were rejected, until it is known what became of them.

use std::collections::BTreeMap;

use crate::event::{Problem, TargetNumber};

/// The last error about each probe that may still be answered in time.
#[derive(Debug, Default)]
pub(super) struct Rejections(BTreeMap<(TargetNumber, u64), Rejection>);

/// Who rejected a probe, and why.
#[derive(Debug, Clone)]
pub(super) struct Rejection {
    pub(super) from: String,
    pub(super) problem: Problem,
}

impl Rejections {
    pub(super) fn note(&mut self, target: TargetNumber, number: u64, rejection: Rejection) {
        self.0.insert((target, number), rejection);
    }

    /// It is known what became of this probe.
    pub(super) fn take(&mut self, target: TargetNumber, number: u64) -> Option<Rejection> {
        self.0.remove(&(target, number))
    }

    #[cfg(test)]
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
