//! In which order targets are probed.

use std::cmp::Ordering;
use std::fmt;

use crate::event::TargetNumber;

/// In which order the targets are probed.
pub trait Order: fmt::Debug {
    /// The target at this position; all positions together are all targets.
    fn at(&self, position: u32) -> TargetNumber;

    /// Which of two targets was given first; they may be probed in another order.
    fn given(&self, one: TargetNumber, other: TargetNumber) -> Ordering {
        one.cmp(&other)
    }
}

/// In the order in which they were given.
#[derive(Debug, Clone, Copy, Default)]
pub struct AsGiven;

impl Order for AsGiven {
    fn at(&self, position: u32) -> TargetNumber {
        position
    }
}
