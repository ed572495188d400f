//! Set operations on runs and spans of addresses: union without duplicates, and difference.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::key::{Key, Run, Span};

/// The sum of the lengths of all runs.
pub(super) fn count<K: Key>(runs: &[Run<K>]) -> u128 {
    runs.iter().map(Run::count).sum()
}

/// The distinct addresses, each with the tag of its first mention, sorted by address.
pub(super) fn first_mentions<K: Key>(mut runs: Vec<Run<K>>) -> Vec<Run<K>> {
    runs.sort_unstable_by_key(|run| (run.first, run.tag));
    // Fast path for equal runs, the most frequent duplicates. The sort put the first mention first.
    runs.dedup_by_key(|run| (run.first, run.extra));
    let disjoint = runs
        .iter()
        .zip(runs.iter().skip(1))
        .all(|(run, next)| run.last() < next.first);
    if disjoint { runs } else { sweep(runs) }
}

/// Sweeps over the addresses. Each goes to the run with the lowest tag that contains it.
fn sweep<K: Key>(sorted: Vec<Run<K>>) -> Vec<Run<K>> {
    let mut pieces = Vec::with_capacity(sorted.len());
    let mut waiting = sorted.into_iter().peekable();
    // Tag and last address of the runs that have started, lowest tag on top. Ended runs are removed when they come up.
    let mut active = BinaryHeap::new();
    let mut position = waiting.peek().map(|run| run.first);
    while let Some(here) = position {
        while let Some(run) = waiting.next_if(|run| run.first <= here) {
            active.push(Reverse((run.tag, run.last())));
        }
        match active.peek() {
            None => position = waiting.peek().map(|run| run.first),
            Some(Reverse((_, last))) if *last < here => {
                active.pop();
            }
            Some(&Reverse((tag, last))) => {
                let next = waiting.peek().map(|run| run.first);
                let before_next = next.filter(|next| *next <= last).and_then(Key::previous);
                let end = before_next.unwrap_or(last);
                push(&mut pieces, here, end, tag);
                position = end.next();
            }
        }
    }
    pieces
}

/// Appends a run, or extends the last one if it has the same tag and is adjacent.
pub(super) fn push<K: Key>(pieces: &mut Vec<Run<K>>, first: K, last: K, tag: u32) {
    let distance = |from: K| u32::try_from(last.distance(from)?).ok();
    if let Some(piece) = pieces.last_mut()
        && piece.tag == tag
        && piece.last().next() == Some(first)
        && let Some(extra) = distance(piece.first)
    {
        piece.extra = extra;
    } else if let Some(extra) = distance(first) {
        pieces.push(Run { first, extra, tag });
    }
}

/// The same addresses in sorted spans that are neither overlapping nor adjacent.
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

/// Removes the addresses in `excluded` from `runs`. Both must be sorted and free of overlaps.
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

/// Appends the rest of one run to `left`. No span may end before the run.
fn subtract_from<K: Key>(run: Run<K>, excluded: &[Span<K>], left: &mut Vec<Run<K>>) {
    let last = run.last();
    let mut position = Some(run.first);
    for span in excluded.iter().take_while(|span| span.first <= last) {
        let before = span.first.previous();
        if let (Some(first), Some(before)) = (position, before)
            && first <= before
        {
            push(left, first, before, run.tag);
        }
        position = span.last.next();
    }
    if let Some(first) = position
        && first <= last
    {
        push(left, first, last, run.tag);
    }
}

/// How often `runs`, which may overlap, name addresses in `excluded`, which is sorted and free of overlaps.
pub(super) fn count_excluded<K: Key>(runs: &[Run<K>], excluded: &[Span<K>]) -> u128 {
    if excluded.is_empty() {
        return 0;
    }
    let sums = Sums::new(excluded);
    let within = |run: &Run<K>| {
        let end = run.last().next().map_or(sums.all, |next| sums.below(next));
        end.wrapping_sub(sums.below(run.first))
    };
    runs.iter().map(within).sum()
}

/// Prefix sums of the lengths of spans that do not overlap. They may wrap: the difference over one run is still right.
struct Sums<'a, K> {
    spans: &'a [Span<K>],
    /// For each span, the number of addresses in the spans before it.
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

    /// The number of addresses below `key`.
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
