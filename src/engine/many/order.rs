//! The order in which targets are probed.

use std::cmp::Ordering;
use std::fmt;

use crate::event::TargetNumber;

/// The order in which targets are probed.
pub trait Order: fmt::Debug {
    /// The target at this position. The order is a permutation of all targets.
    fn at(&self, position: u32) -> TargetNumber;

    /// The order in which the user gave two targets, which may differ from the order of probing.
    fn given(&self, one: TargetNumber, other: TargetNumber) -> Ordering {
        one.cmp(&other)
    }
}

/// The order in which the user gave them.
#[derive(Debug, Clone, Copy, Default)]
pub struct AsGiven;

impl Order for AsGiven {
    fn at(&self, position: u32) -> TargetNumber {
        position
    }
}
