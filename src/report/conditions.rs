//! Evaluates the conditions of `--fail-if` for each target.
//!
//! A figure is compared with the precision that the text prints: 50.0004 ms is 50.000 ms, which is not more than 50 ms.
//! A missing figure, such as a round trip of a target that never answered, makes no condition true.

use std::fmt::{self, Display, Formatter};
use std::time::Duration;

use super::duration::{Milliseconds, Seconds};
use super::number::General;
use super::statistics::as_counted_by;
use crate::config::Face;
use crate::config::condition::{Condition, Figure, Part};
use crate::event::{
    Amount, Counts, FailedCondition, Results, RoundTrips, Row, TargetNumber, TargetSummary,
};

/// The conditions of a run.
#[derive(Debug, Clone, Default)]
pub struct Conditions {
    conditions: Vec<Condition>,
    face: Face,
}

impl Conditions {
    /// `face` decides how probes in flight count: iputils counts them as lost.
    #[must_use]
    pub fn new(conditions: Vec<Condition>, face: Face) -> Self {
        Self { conditions, face }
    }

    /// Whether there are no conditions.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.conditions.is_empty()
    }

    /// The conditions that are true of a target, in the order given.
    pub fn failed<'a>(
        &'a self,
        target: TargetNumber,
        results: &dyn Results,
    ) -> impl Iterator<Item = FailedCondition<'a>> {
        let figures = Figures {
            row: results.row(target),
            summary: results.target(target),
            face: self.face,
        };
        self.conditions.iter().filter_map(move |condition| {
            let amount = match condition.part {
                Part::Run => figures.amount(condition.figure)?,
                Part::Window => figures.recent(condition.figure)?,
            };
            condition.is_true_of(amount).then_some(FailedCondition {
                target,
                condition: &condition.text,
                amount,
            })
        })
    }
}

struct Figures {
    row: Row,
    /// `None` if the run has too many targets to keep more than a row of each.
    summary: Option<TargetSummary>,
    face: Face,
}

impl Figures {
    fn amount(&self, figure: Figure) -> Option<Amount> {
        let time = |of_row: Option<Duration>, of: fn(&RoundTrips) -> Duration| {
            let summary = self.summary.as_ref();
            let times = summary.and_then(|summary| summary.round_trips.as_ref());
            let time = times.map(of).or(of_row)?;
            Some(Amount::RoundTrip(Milliseconds(time).printed()))
        };
        let count =
            |of: fn(&Counts) -> u64| Some(Amount::Count(of(&self.summary.as_ref()?.counts)));
        match figure {
            Figure::Loss => Some(Amount::Percent(General(self.loss()?).printed())),
            Figure::Min => time(self.row.min, |times| times.min),
            Figure::Avg => time(self.row.mean, |times| times.mean),
            Figure::Max => time(self.row.max, |times| times.max),
            Figure::Mdev => time(None, |times| times.deviation),
            Figure::P50 => time(None, |times| times.p50),
            Figure::P90 => time(None, |times| times.p90),
            Figure::P99 => time(self.row.p99, |times| times.p99),
            Figure::P99_9 => time(None, |times| times.p99_9),
            Figure::Jitter => time(None, |times| times.jitter),
            Figure::Outage => {
                let longest = self.summary.as_ref()?.outages?.longest?;
                Some(Amount::Outage(Seconds(longest.length).printed()))
            }
            Figure::Late => count(|counts| counts.late),
            Figure::Duplicates => count(|counts| counts.duplicates),
        }
    }

    /// A figure of the window at the end of the run.
    fn recent(&self, figure: Figure) -> Option<Amount> {
        let recent = self.row.recent?;
        let time = |time: Option<Duration>| Some(Amount::RoundTrip(Milliseconds(time?).printed()));
        match figure {
            Figure::Loss => Some(Amount::Percent(General(recent.loss()?).printed())),
            Figure::Min => time(recent.min),
            Figure::Avg => time(recent.mean),
            Figure::Max => time(recent.max),
            Figure::P50 => time(recent.p50),
            Figure::P99 => time(recent.p99),
            _ => None,
        }
    }

    fn loss(&self) -> Option<f64> {
        match &self.summary {
            Some(summary) => as_counted_by(self.face, &summary.counts).loss(),
            None => self.row.loss(),
        }
    }
}

/// The message on standard error for a condition that is true of a target.
pub(super) struct Failure<'a>(pub(super) &'a FailedCondition<'a>);

impl Display for Failure<'_> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        write!(formatter, "--fail-if {}: ", self.0.condition)?;
        match self.0.amount {
            Amount::Percent(percent) => write!(formatter, "{}%", General(percent)),
            Amount::RoundTrip(time) => write!(formatter, "{} ms", Milliseconds(time)),
            Amount::Outage(length) => write!(formatter, "{} s", Seconds(length)),
            Amount::Count(count) => count.fmt(formatter),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::condition::{Comparison, Unit};
    use crate::event::{Outage, Outages, Recent};

    fn ns(nanoseconds: u64) -> Duration {
        Duration::from_nanos(nanoseconds)
    }

    /// A row, and a summary unless the run keeps only rows.
    #[derive(Debug, Default)]
    struct Known(Row, Option<TargetSummary>);

    impl Results for Known {
        fn row(&self, _: TargetNumber) -> Row {
            self.0
        }

        fn target(&self, _: TargetNumber) -> Option<TargetSummary> {
            self.1.clone()
        }
    }

    fn condition(figure: Figure, comparison: Comparison, bound: Amount) -> Condition {
        let text = format!("{}{}X", figure.word(), comparison.word());
        Condition {
            part: Part::Run,
            figure,
            comparison,
            bound,
            text,
        }
    }

    /// The message for a comparison of a figure with a bound.
    fn said(
        known: &Known,
        face: Face,
        (figure, comparison, bound): (Figure, Comparison, Amount),
    ) -> Option<String> {
        let conditions = Conditions::new(vec![condition(figure, comparison, bound)], face);
        let failed: Vec<_> = conditions.failed(0, known).collect();
        failed.first().map(|failed| Failure(failed).to_string())
    }

    fn holds(known: &Known, condition: (Figure, Comparison, Amount)) -> bool {
        said(known, Face::Rping, condition).is_some()
    }

    fn with_round_trips(nanoseconds: u64) -> Known {
        let time = ns(nanoseconds);
        let summary = TargetSummary {
            round_trips: Some(RoundTrips {
                min: time,
                mean: time,
                max: time,
                deviation: time,
                ewma: time,
                p50: time,
                p90: time,
                p99: time,
                p99_9: time,
                jitter: time,
            }),
            ..TargetSummary::default()
        };
        Known(Row::default(), Some(summary))
    }

    fn with_counts(counts: Counts) -> Known {
        let summary = TargetSummary {
            counts,
            ..TargetSummary::default()
        };
        Known(Row::default(), Some(summary))
    }

    const ROUND_TRIPS: [Figure; 9] = [
        Figure::Min,
        Figure::Avg,
        Figure::Max,
        Figure::Mdev,
        Figure::P50,
        Figure::P90,
        Figure::P99,
        Figure::P99_9,
        Figure::Jitter,
    ];

    #[test]
    fn round_trips_are_compared_to_the_microsecond_that_is_printed() {
        let bound = Amount::RoundTrip(ns(50_000_000));
        for figure in ROUND_TRIPS {
            for (nanoseconds, above, at_least) in [
                (49_999_499, false, false),
                (49_999_500, false, true),
                (50_000_499, false, true),
                (50_000_500, true, true),
            ] {
                let known = with_round_trips(nanoseconds);
                let holds = |comparison| holds(&known, (figure, comparison, bound));
                assert_eq!(holds(Comparison::Above), above, "{figure:?} {nanoseconds}");
                assert_eq!(holds(Comparison::AtMost), !above);
                assert_eq!(holds(Comparison::AtLeast), at_least);
                assert_eq!(holds(Comparison::Below), !at_least);
            }
        }
    }

    #[test]
    fn loss_is_compared_with_the_six_digits_that_are_printed() {
        let lost = |received, transmitted| {
            with_counts(Counts {
                transmitted,
                received,
                ..Counts::default()
            })
        };
        let above = |bound| (Figure::Loss, Comparison::Above, Amount::Percent(bound));
        let at_least = |bound| (Figure::Loss, Comparison::AtLeast, Amount::Percent(bound));
        // 1.4 % is not 1 %.
        assert!(holds(&lost(986, 1000), above(1.0)));
        assert!(!holds(&lost(99, 100), above(1.0)) && holds(&lost(99, 100), at_least(1.0)));
        // 33.3333... % is printed as 33.3333 %.
        assert!(holds(&lost(2, 3), at_least(33.3333)) && !holds(&lost(2, 3), above(33.3333)));
        assert!(holds(&lost(1, 3), at_least(66.6667)) && !holds(&lost(1, 3), above(66.6667)));
        // 0.00001 % is printed as 1e-05 %.
        assert!(holds(&lost(9_999_999, 10_000_000), at_least(0.00001)));
        assert!(!holds(&lost(9, 9), above(0.0)) && holds(&lost(9, 9), at_least(0.0)));
    }

    #[test]
    fn outage_is_compared_to_the_millisecond_that_is_printed() {
        let outage = |nanoseconds| {
            let longest = Outage {
                first: 1,
                last: 2,
                length: ns(nanoseconds),
                probes: 2,
            };
            let outages = Outages {
                longest: Some(longest),
                ..Outages::default()
            };
            let summary = TargetSummary {
                outages: Some(outages),
                ..TargetSummary::default()
            };
            Known(Row::default(), Some(summary))
        };
        let above = (
            Figure::Outage,
            Comparison::Above,
            Amount::Outage(ns(5_000_000_000)),
        );
        assert!(!holds(&outage(5_000_499_999), above) && holds(&outage(5_000_500_000), above));
    }

    #[test]
    fn late_replies_and_duplicates_are_counted() {
        let known = with_counts(Counts {
            late: 2,
            duplicates: 3,
            ..Counts::default()
        });
        let count =
            |figure, bound| holds(&known, (figure, Comparison::Above, Amount::Count(bound)));
        assert!(count(Figure::Late, 1) && !count(Figure::Late, 2));
        assert!(count(Figure::Duplicates, 2) && !count(Figure::Duplicates, 3));
    }

    #[test]
    fn figure_that_is_not_there_makes_no_condition_true() {
        let never_probed = Known(Row::default(), Some(TargetSummary::default()));
        for known in [Known::default(), never_probed] {
            for figure in Figure::ALL {
                let least = match figure.unit() {
                    Unit::Percent => Amount::Percent(0.0),
                    Unit::RoundTrip => Amount::RoundTrip(Duration::ZERO),
                    Unit::Outage => Amount::Outage(Duration::ZERO),
                    // Counts are known here, and no reply came: zero is a figure.
                    Unit::Count if known.1.is_some() => continue,
                    Unit::Count => Amount::Count(0),
                };
                for comparison in [Comparison::AtLeast, Comparison::AtMost] {
                    assert!(!holds(&known, (figure, comparison, least)), "{figure:?}");
                }
            }
        }
    }

    #[test]
    fn row_is_enough_for_loss_and_three_round_trips() {
        let row = Row {
            sent: 4,
            received: 3,
            min: Some(ns(1_000_000)),
            mean: Some(ns(2_000_000)),
            max: Some(ns(3_000_000)),
            ..Row::default()
        };
        let known = Known(row, None);
        for figure in Figure::ALL {
            let least = match figure.unit() {
                Unit::Percent => Amount::Percent(0.0),
                Unit::RoundTrip => Amount::RoundTrip(Duration::ZERO),
                Unit::Outage => Amount::Outage(Duration::ZERO),
                Unit::Count => Amount::Count(0),
            };
            let is_known = holds(&known, (figure, Comparison::AtLeast, least));
            assert_eq!(is_known, figure.is_of_every_row(), "{figure:?}");
        }
    }

    #[test]
    fn probe_in_flight_is_lost_under_the_name_ping_only() {
        let known = with_counts(Counts {
            transmitted: 4,
            received: 3,
            in_flight: 1,
            ..Counts::default()
        });
        let above = (Figure::Loss, Comparison::Above, Amount::Percent(1.0));
        assert_eq!(said(&known, Face::Rping, above), None);
        let loss = said(&known, Face::Ping, above);
        assert_eq!(loss.as_deref(), Some("--fail-if loss>X: 25%"));
    }

    #[test]
    fn amounts_are_told_as_they_are_printed() {
        let tell = |amount| {
            let failed = FailedCondition {
                target: 0,
                condition: "max>1ms",
                amount,
            };
            Failure(&failed).to_string()
        };
        for (amount, text) in [
            (Amount::Percent(33.3333), "33.3333%"),
            (Amount::RoundTrip(ns(61_204_000)), "61.204 ms"),
            (Amount::Outage(ns(2_500_000_000)), "2.500 s"),
            (Amount::Count(7), "7"),
        ] {
            assert_eq!(tell(amount), format!("--fail-if max>1ms: {text}"));
        }
    }

    #[test]
    fn conditions_fail_in_the_order_in_which_they_were_given() {
        let zero = Amount::RoundTrip(Duration::ZERO);
        let figures = [Figure::Max, Figure::Outage, Figure::Min];
        let conditions = figures.map(|figure| condition(figure, Comparison::Above, zero));
        let conditions = Conditions::new(conditions.into(), Face::Rping);
        let known = with_round_trips(1_000_000);
        let failed = conditions.failed(7, &known);
        let failed: Vec<_> = failed
            .map(|it| (it.target, it.condition.to_owned()))
            .collect();
        assert_eq!(failed, [(7, "max>X".to_owned()), (7, "min>X".to_owned())]);
    }

    #[test]
    fn condition_about_the_window_is_true_of_the_last_part_of_the_run() {
        let row = Row {
            sent: 100,
            received: 99,
            recent: Some(Recent {
                length: Duration::from_secs(60),
                received: 3,
                lost: 1,
                min: Some(ns(1_000_000)),
                mean: Some(ns(2_000_000)),
                max: Some(ns(9_000_400)),
                p50: None,
                p99: Some(ns(8_000_000)),
            }),
            ..Row::default()
        };
        let amount = |figure| {
            let figures = Figures {
                row,
                summary: None,
                face: Face::Rping,
            };
            figures.recent(figure)
        };
        let time = |nanoseconds| Some(Amount::RoundTrip(ns(nanoseconds)));
        assert_eq!(amount(Figure::Loss), Some(Amount::Percent(25.0)));
        assert_eq!(amount(Figure::Min), time(1_000_000));
        assert_eq!(amount(Figure::Avg), time(2_000_000));
        assert_eq!(
            amount(Figure::Max),
            time(9_000_000),
            "as precise as printed"
        );
        assert_eq!(amount(Figure::P50), None);
        assert_eq!(amount(Figure::P99), time(8_000_000));
        assert_eq!(amount(Figure::P90), None);
    }
}
