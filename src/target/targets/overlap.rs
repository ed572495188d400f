//! Runs that overlap, and what is left of them when each address is taken once.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::key::{Key, Run, Span};

/// How many addresses there are in runs that do not overlap, or how often addresses are named by runs that do.
pub(super) fn count<K: Key>(runs: &[Run<K>]) -> u128 {
    runs.iter().map(Run::count).sum()
}

/// Each address once, with the tag of the first mention, in the order of the addresses.
pub(super) fn first_mentions<K: Key>(mut runs: Vec<Run<K>>) -> Vec<Run<K>> {
    runs.sort_unstable_by_key(|run| (run.first, run.tag));
    // The sort put the first mention first. Most duplicates are of this kind.
    runs.dedup_by_key(|run| (run.first, run.behind));
    let disjoint = runs
        .iter()
        .zip(runs.iter().skip(1))
        .all(|(run, next)| run.last() < next.first);
    if disjoint { runs } else { sweep(runs) }
}

/// Walks through the addresses; of the runs that have one, the one mentioned first gets it.
fn sweep<K: Key>(sorted: Vec<Run<K>>) -> Vec<Run<K>> {
    let mut pieces = Vec::with_capacity(sorted.len());
    let mut waiting = sorted.into_iter().peekable();
    // The runs that have begun: tag and last address, the lowest tag on top. What has ended goes when it comes up.
    let mut begun = BinaryHeap::new();
    let mut place = waiting.peek().map(|run| run.first);
    while let Some(here) = place {
        while let Some(run) = waiting.next_if(|run| run.first <= here) {
            begun.push(Reverse((run.tag, run.last())));
        }
        match begun.peek() {
            None => place = waiting.peek().map(|run| run.first),
            Some(Reverse((_, last))) if *last < here => {
                begun.pop();
            }
            Some(&Reverse((tag, last))) => {
                let next = waiting.peek().map(|run| run.first);
                let before_next = next.filter(|next| *next <= last).and_then(Key::previous);
                let end = before_next.unwrap_or(last);
                take(&mut pieces, here, end, tag);
                place = end.next();
            }
        }
    }
    pieces
}

/// Adds a piece, or makes the one before longer if it goes on.
pub(super) fn take<K: Key>(pieces: &mut Vec<Run<K>>, first: K, last: K, tag: u32) {
    let distance = |from: K| u32::try_from(last.distance(from)?).ok();
    if let Some(piece) = pieces.last_mut()
        && piece.tag == tag
        && piece.last().next() == Some(first)
        && let Some(behind) = distance(piece.first)
    {
        piece.behind = behind;
    } else if let Some(behind) = distance(first) {
        pieces.push(Run { first, behind, tag });
    }
}

/// The same addresses in spans that neither overlap nor touch, in the order of the addresses.
pub(super) fn merged<K: Key>(mut spans: Vec<Span<K>>) -> Vec<Span<K>> {
    spans.sort_unstable_by_key(|span| span.first);
    spans.dedup_by(|next, span| {
        let joins = next.first <= span.last || next.first.previous() == Some(span.last);
        if joins {
            span.last = span.last.max(next.last);
        }
        joins
    });
    spans
}

/// What is left of `runs` without the addresses in `excluded`. Both are sorted and neither overlaps itself.
pub(super) fn subtract<K: Key>(runs: Vec<Run<K>>, mut excluded: &[Span<K>]) -> Vec<Run<K>> {
    if excluded.is_empty() {
        return runs;
    }
    let mut left = Vec::with_capacity(runs.len());
    for run in runs {
        while let [span, rest @ ..] = excluded
            && span.last < run.first
        {
            excluded = rest;
        }
        subtract_from(run, excluded, &mut left);
    }
    left
}

/// Adds to `left` what is left of one run; no span ends before it.
fn subtract_from<K: Key>(run: Run<K>, excluded: &[Span<K>], left: &mut Vec<Run<K>>) {
    let last = run.last();
    let mut place = Some(run.first);
    for span in excluded.iter().take_while(|span| span.first <= last) {
        let before = span.first.previous();
        if let (Some(first), Some(before)) = (place, before)
            && first <= before
        {
            take(left, first, before, run.tag);
        }
        place = span.last.next();
    }
    if let Some(first) = place
        && first <= last
    {
        take(left, first, last, run.tag);
    }
}

/// How often addresses in `excluded`, sorted and without overlaps, are named by runs that may overlap.
pub(super) fn count_excluded<K: Key>(runs: &[Run<K>], excluded: &[Span<K>]) -> u128 {
    if excluded.is_empty() {
        return 0;
    }
    let sums = Sums::new(excluded);
    let within = |run: &Run<K>| {
        let behind = run.last().next().map_or(sums.all, |next| sums.below(next));
        behind.wrapping_sub(sums.below(run.first))
    };
    runs.iter().map(within).sum()
}

/// How many addresses there are in spans that do not overlap, up to any address. The sums may wrap: the difference of
/// two that are no more than a run apart is true all the same.
struct Sums<'a, K> {
    spans: &'a [Span<K>],
    /// How many are in the spans before each.
    before: Vec<u128>,
    all: u128,
}

impl<'a, K: Key> Sums<'a, K> {
    fn new(spans: &'a [Span<K>]) -> Self {
        let mut all = 0_u128;
        let mut before = Vec::with_capacity(spans.len());
        for span in spans {
            before.push(all);
            all = all.wrapping_add(span.count());
        }
        Self { spans, before, all }
    }

    /// How many are below `key`.
    fn below(&self, key: K) -> u128 {
        let spans = self.spans.partition_point(|span| span.first < key);
        let last = spans.checked_sub(1);
        let Some((span, before)) = last.and_then(|at| self.spans.get(at).zip(self.before.get(at)))
        else {
            return 0;
        };
        let of_span = key.distance(span.first).filter(|_| key <= span.last);
        before.wrapping_add(of_span.unwrap_or_else(|| span.count()))
    }
}
