//! Compares the engine's counters with the events, for each target and for all.

use std::time::Duration;

use rping::engine::{Engine, Many};
use rping::event::{Counts, RoundTrips};
use rping::event::{Reason, Results, Row, Stage, Summary, TargetNumber, TargetSummary};

use super::answers::ANSWERED;
use super::lines::Line;
use super::model::{Host, Life, Model, State};
use super::names::Name;

/// The resolution and the maximum of the round trips of one target.
const GRAIN: Duration = Duration::from_nanos(16);
const LONGEST: Duration = Duration::from_secs(68);

/// Compares all results of the engine.
pub(super) fn agrees(model: &Model, engine: &Many) {
    let total = engine.summary();
    adds_up(model, &total.counts);
    targets_agree(model, engine, &total.counts);
    let unawaited = |host| model.unawaited(host).len();
    let unawaited: usize = model.hosts.iter().map(unawaited).sum();
    let counts = Counts {
        in_flight: (model.open.len() + model.queued + unawaited) as u64,
        ..model.counts
    };
    assert_eq!(total.counts, counts);
    assert_eq!(total.sources, model.sources);
    let elapsed = model.first_and_last.map(|(first, last)| last - first);
    assert_eq!(total.elapsed, elapsed.unwrap_or_default());
    times_agree(model, &total);
    assert_eq!(engine.targets() as usize, model.hosts.len());
    assert_eq!(total.targets, model.rows());
    let rows: Vec<(TargetNumber, Row)> = (0..engine.targets())
        .map(|target| (target, engine.row(target)))
        .collect();
    // A shared probe is sent only once.
    let probed = || {
        rows.iter()
            .filter(|(target, _)| model.probed_for(*target) == *target)
    };
    let sum = |of: fn(&Row) -> u32| probed().map(|(_, row)| u64::from(of(row))).sum::<u64>();
    assert_eq!(sum(|row| row.sent), total.counts.transmitted);
    assert_eq!(sum(|row| row.received), total.counts.received);
    assert_eq!(sum(|row| row.in_flight), total.counts.in_flight);
    let alive = rows.iter().filter(|(_, row)| row.is_alive()).count();
    assert_eq!(alive, total.alive as usize);
    let probed_for = |target| &model.hosts[model.probed_for(target) as usize];
    for (target, row) in &rows {
        let host = probed_for(*target);
        row_agrees(row, host);
        let is_open =
            host.life == Life::Unknown && (host.is_probed() || host.name == Name::Pending);
        let is_undecided = model.is_alive_scan() && is_open;
        assert_eq!(engine.is_undecided(*target), is_undecided);
    }
    assert_eq!(total.alive, model.alive);
    let silent = rows
        .iter()
        .filter(|(target, _)| is_known_to_be_silent(probed_for(*target)));
    let dead = if model.is_alive_scan() {
        model.dead
    } else {
        u32::try_from(silent.count()).unwrap()
    };
    assert_eq!(total.dead, dead);
    decides(model, engine);
    let most: usize = model.lines.iter().map(|line| line.most).sum();
    let kept = engine.remembered();
    assert!(kept <= most, "{kept} probes in memory, and not {most}");
}

impl Model {
    /// With `--alive`: the probes to a target that may still be answered although the engine does not wait. For alive
    /// targets, those after an answered one.
    fn unawaited(&self, host: &Host) -> Vec<usize> {
        let remembered = host.probes.iter().enumerate().rev().take(ANSWERED);
        let behind: Vec<(usize, State)> = remembered
            .map(|(number, past)| (number, past.state))
            .take_while(|(_, state)| *state != State::Answered)
            .collect();
        let is_unanswered = behind.len() == host.probes.len().min(ANSWERED);
        let may_be_answered = |state| match host.life {
            _ if !self.is_alive_scan() => false,
            Life::Unknown => state == State::TimedOut,
            Life::Alive => !is_unanswered && matches!(state, State::Open | State::TimedOut),
            Life::Dead => false,
        };
        let them = behind.into_iter();
        let them = them.filter(|(_, state)| may_be_answered(*state));
        them.map(|(number, _)| number).collect()
    }

    pub(super) fn is_unawaited(&self, target: TargetNumber, number: usize) -> bool {
        self.unawaited(&self.hosts[target as usize])
            .contains(&number)
    }
}

/// Compares the full statistics of each target, if they are kept.
fn targets_agree(model: &Model, engine: &Many, total: &Counts) {
    let mut kept: Vec<TargetSummary> = Vec::new();
    for target in 0..engine.targets() {
        let Some(summary) = engine.target(target) else {
            return assert!(engine.targets() > 4096 || !model.keeps_everything);
        };
        let probed = model.probed_for(target);
        target_agrees(model, engine.row(target), &summary, probed);
        if probed == target {
            kept.push(summary);
        }
    }
    let each: [fn(&Counts) -> u64; 13] = [
        |counts| counts.transmitted,
        |counts| counts.received,
        |counts| counts.duplicates,
        |counts| counts.bad_tokens,
        |counts| counts.late,
        |counts| counts.reordered,
        |counts| counts.untimed,
        |counts| counts.rejected,
        |counts| counts.rejected_unanswered,
        |counts| counts.icmp_errors,
        |counts| counts.not_sent,
        |counts| counts.suspended,
        |counts| counts.in_flight,
    ];
    for (place, of) in each.iter().enumerate() {
        let sum: u64 = kept.iter().map(|summary| of(&summary.counts)).sum();
        // Messages without a target are only in the total.
        assert!(
            place == 3 || sum == of(total),
            "{place}: {kept:?} {total:?}"
        );
    }
}

fn target_agrees(model: &Model, row: Row, summary: &TargetSummary, probed: TargetNumber) {
    let host = &model.hosts[probed as usize];
    let counts = &summary.counts;
    let outcomes = counts.outcomes();
    assert_eq!(outcomes.sent(), counts.transmitted, "{outcomes:?}");
    assert_eq!(u64::from(row.sent), counts.transmitted);
    assert_eq!(u64::from(row.received), counts.received);
    assert_eq!(u64::from(row.suspended), counts.suspended);
    assert_eq!(u64::from(row.in_flight), counts.in_flight);
    let times = &host.round_trips;
    assert_eq!(
        summary.round_trips.map(|it| it.min),
        times.iter().min().copied()
    );
    assert_eq!(
        summary.round_trips.map(|it| it.max),
        times.iter().max().copied()
    );
    let values = summary.distribution.values.iter();
    let all: u64 = values.map(|(_, count)| count).sum();
    assert_eq!(all, times.len() as u64);
    let Some(outages) = summary.outages else {
        return assert!(model.is_alive_scan());
    };
    if !model.lines.iter().any(Line::may_have_forgotten) {
        assert_eq!(outages, model.outages(host));
    }
}

/// Whether an error explains a target's silence, or a timeout expired while this host was awake.
fn is_known_to_be_silent(host: &Host) -> bool {
    let in_vain = [
        State::TimedOut,
        State::Rejected,
        State::RejectedLate,
        State::AnsweredLate,
    ];
    let has_timed_out = host.probes.iter().any(|past| in_vain.contains(&past.state));
    let answered = host.probes.iter().any(|past| past.state == State::Answered);
    let says = match host.reason {
        // The next probe may be smaller.
        Some(Reason::TooBig { .. }) => false,
        Some(reason) if !reason.is_of_lookup() => true,
        _ => has_timed_out,
    };
    !answered && says
}

/// Each probe is in one state, and the counters agree.
fn adds_up(model: &Model, counts: &Counts) {
    let probes = || model.hosts.iter().flat_map(|host| &host.probes);
    let many = |state| probes().filter(|past| past.state == state).count() as u64;
    assert!(counts.received + counts.late <= counts.transmitted + model.forgiven);
    assert!(counts.reordered <= counts.received);
    assert_eq!(counts.filtered, many(State::Filtered));
    let stayed_here = many(State::NotSent) + counts.filtered;
    assert_eq!(counts.not_sent, stayed_here);
    assert_eq!(counts.suspended, many(State::Suspended));
    assert_eq!(
        counts.transmitted + counts.not_sent,
        probes().count() as u64
    );
    assert_eq!(counts.received, many(State::Answered));
    assert_eq!(counts.late, many(State::AnsweredLate) + model.forgiven);
    let under_way = counts.rejected - counts.filtered;
    let rejected = many(State::Rejected) + many(State::RejectedLate);
    assert!(rejected <= under_way && under_way <= counts.transmitted);
    assert!(many(State::Rejected) <= counts.rejected_unanswered);
    let outcomes = counts.outcomes();
    assert_eq!(outcomes.sent(), counts.transmitted, "{outcomes:?}");
    match counts.loss() {
        Some(loss) => assert!((0.0..=100.0).contains(&loss)),
        None => assert_eq!(counts.transmitted, counts.suspended + counts.in_flight),
    }
}

fn times_agree(model: &Model, total: &Summary) {
    let Some(times) = total.round_trips else {
        return assert!(model.round_trips.is_empty());
    };
    assert_eq!(Some(&times.min), model.round_trips.iter().min());
    assert_eq!(Some(&times.max), model.round_trips.iter().max());
    let sum: u128 = model.round_trips.iter().map(Duration::as_nanos).sum();
    assert_eq!(times.mean.as_nanos(), sum / model.round_trips.len() as u128);
    let RoundTrips {
        min,
        p50,
        p90,
        p99,
        p99_9,
        max,
        ..
    } = times;
    let ordered = [min, p50, p90, p99, p99_9, max];
    assert!(ordered.is_sorted(), "{ordered:?}");
    assert!(times.deviation <= times.max && times.jitter <= times.max);
}

fn row_agrees(row: &Row, host: &Host) {
    let many = |state| {
        host.probes
            .iter()
            .filter(|past| past.state == state)
            .count()
    };
    assert!(row.received <= row.sent);
    let stayed_here = many(State::NotSent) + many(State::Filtered);
    assert_eq!(row.sent as usize, host.probes.len() - stayed_here);
    assert_eq!(row.received as usize, many(State::Answered));
    assert_eq!(row.suspended as usize, many(State::Suspended));
    if let Some(loss) = row.loss() {
        assert!((0.0..=100.0).contains(&loss));
    }
    let pending = (host.name == Name::Pending).then_some(Reason::LookupPending);
    assert_eq!(row.reason, pending.or(host.reason));
    let times = &host.round_trips;
    let (Some(min), Some(mean), Some(max)) = (row.min, row.mean, row.max) else {
        let found = (row.min, row.mean, row.max, row.p99);
        assert_eq!(found, (None, None, None, None));
        return assert!(times.is_empty());
    };
    assert!(!times.is_empty(), "{row:?} of no round trip");
    assert!(min <= mean && mean <= max, "{row:?}");
    assert!(
        row.p99.is_none_or(|p99| min <= p99 && p99 <= max),
        "{row:?}"
    );
    let bounded = times.iter().map(|time| (*time).min(LONGEST));
    let (shortest, longest) = (bounded.clone().min(), bounded.clone().max());
    let sum: Duration = bounded.sum();
    let (shortest, longest) = (shortest.unwrap(), longest.unwrap());
    // The mean of values rounded down is rounded down too. Values above the maximum count in full.
    let is_bounded = times.iter().any(|time| *time > LONGEST);
    let known = u32::try_from(times.len()).unwrap();
    let mean_truth = (mean, sum / known, 2 * GRAIN);
    let means = (!is_bounded).then_some(mean_truth);
    let ends = [(min, shortest, GRAIN), (max, longest, GRAIN)];
    for (kept, truth, grain) in ends.into_iter().chain(means) {
        let kept = kept.min(LONGEST);
        let close = kept <= truth && truth <= kept + grain;
        assert!(close, "{kept:?} is {truth:?}");
    }
}

/// Compares the required number of answers with the state.
fn decides(model: &Model, engine: &Many) {
    assert_eq!(engine.is_success(), model.has_enough());
    let progress = engine.progress(model.now);
    assert_eq!(progress.elapsed, model.now - model.start);
    assert_eq!(progress.alive, model.alive);
    assert_eq!(progress.probes, model.attempts() as u64);
    match progress.stage {
        Stage::Rounds { of, .. } => {
            assert_eq!(of, model.most_attempts().map(|of| of as u64));
            assert!(of.is_none_or(|of| progress.probes <= of), "{progress:?}");
        }
        Stage::Alive {
            decided,
            of,
            at_most,
        } => {
            assert_eq!(decided, model.alive + model.dead + model.failed());
            assert_eq!(of, model.rows());
            let longest: Duration = model.lines.iter().map(|line| line.timeout).sum();
            assert!(decided == of || at_most >= model.lines.last().unwrap().timeout);
            assert!(decided < of || at_most <= longest, "{progress:?}");
        }
    }
}
