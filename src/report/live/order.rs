//! In which order the rows stand.

use std::cmp::{Ordering, Reverse};

use super::model::{Model, State, Target};
use super::who::Who;
use crate::event::TargetNumber;

/// In which order the rows stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Sort {
    /// The highest loss first, and of those that lose as much, the slowest.
    #[default]
    Worst,
    /// The same in the last part of the run.
    Lately,
    /// The longest round trips first.
    Slowest,
    /// The highest jitter first.
    Jitter,
    /// By their names.
    Name,
    /// As they were given.
    Given,
}

impl Sort {
    /// The next one, of those that there are with or without a window.
    pub(super) fn next(self, has_window: bool) -> Self {
        match self {
            Self::Worst if has_window => Self::Lately,
            Self::Worst | Self::Lately => Self::Slowest,
            Self::Slowest => Self::Jitter,
            Self::Jitter => Self::Name,
            Self::Name => Self::Given,
            Self::Given => Self::Worst,
        }
    }

    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Worst => "worst first",
            Self::Lately => "worst lately first",
            Self::Slowest => "slowest first",
            Self::Jitter => "most jitter first",
            Self::Name => "by name",
            Self::Given => "as given",
        }
    }
}

/// Puts targets, which are as they were given, into this order. Equals stay as they are, and each key is found once.
pub(super) fn sort(targets: &mut [TargetNumber], sort: Sort, model: &Model, who: &mut Who) {
    match sort {
        Sort::Given => {}
        Sort::Name => targets.sort_by_cached_key(|target| who.name(*target)),
        Sort::Worst => {
            targets.sort_by_cached_key(|target| worst(model.target(who.probed(*target))));
        }
        Sort::Lately => {
            targets.sort_by_cached_key(|target| lately(model, model.target(who.probed(*target))));
        }
        Sort::Slowest => targets.sort_by_cached_key(|target| {
            let figures = &model.target(who.probed(*target)).figures;
            Reverse(figures.slowness())
        }),
        Sort::Jitter => targets.sort_by_cached_key(|target| {
            let figures = &model.target(who.probed(*target)).figures;
            Reverse(figures.round_trips().map(|times| times.jitter))
        }),
    }
}

/// Those that never answer come first, and those without any result last.
fn worst(target: &Target) -> impl Ord + use<> {
    let is_down = target.state == State::Down;
    let loss = target.figures.loss().map_or(Loss(-1.0), Loss);
    (
        Reverse(loss),
        Reverse(is_down),
        Reverse(target.figures.slowness()),
    )
}

/// The same in the last part of the run.
fn lately(model: &Model, target: &Target) -> impl Ord + use<> {
    let recent = model.recent(target).unwrap_or_default();
    let loss = recent.loss().map_or(Loss(-1.0), Loss);
    let is_down = target.state == State::Down;
    (Reverse(loss), Reverse(is_down), Reverse(recent.p99))
}

/// A percentage, which is in order.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Loss(f64);

impl Eq for Loss {}

impl PartialOrd for Loss {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Loss {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.total_cmp(&other.0)
    }
}
