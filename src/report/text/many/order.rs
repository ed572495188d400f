//! The order of the rows.

use std::cmp::Ordering;

use super::name_column::NameColumn;
use crate::config::Sort;
use crate::event::{Directory, Results, Row, TargetNumber};

/// The targets in this order; equal ones in the given order.
///
/// Only target numbers are stored, as there may be a million: each comparison reads its rows again.
pub(super) fn order<'a>(
    sort: Sort,
    directory: &'a dyn Directory,
    column: &NameColumn,
    results: &dyn Results,
) -> Box<dyn Iterator<Item = TargetNumber> + 'a> {
    let sorted = |compare: &dyn Fn(TargetNumber, TargetNumber) -> Ordering| {
        let mut numbers: Vec<_> = directory.as_given().collect();
        numbers.sort_by(|&a, &b| compare(a, b));
        Box::new(numbers.into_iter())
    };
    match sort {
        Sort::AsGiven => directory.as_given(),
        Sort::Loss => sorted(&|a, b| loss(&results.row(b), &results.row(a))),
        Sort::RoundTrip => sorted(&|a, b| {
            let [a, b] = [a, b].map(|target| results.row(target).mean);
            (a.is_none(), a).cmp(&(b.is_none(), b))
        }),
        Sort::Address => sorted(&|a, b| {
            let [a, b] = [a, b].map(|target| column.address(target));
            (a.is_none(), a).cmp(&(b.is_none(), b))
        }),
    }
}

/// Compares two losses as exact fractions. An unknown loss is less than any other.
fn loss(a: &Row, b: &Row) -> Ordering {
    match (a.known(), b.known()) {
        (0, _) | (_, 0) => (a.known() > 0).cmp(&(b.known() > 0)),
        (of_a, of_b) => (a.lost() * of_b).cmp(&(b.lost() * of_a)),
    }
}
