//! What follows from a round of probes: a verdict, or the next round.

use super::super::super::fate::Fate;
use super::super::hops::{Hops, Report};
use super::super::ladder;
use super::super::probes::{Probe, Purpose};
use super::{Phase, Search};
use crate::event::{MtuVerdict, NoPathMtu};

/// The most probes to a target on a path that loses nothing, and on one that does.
const BUDGET: usize = 40;
const BUDGET_WITH_LOSSES: usize = 400;

/// How many probes of the smallest size are tried.
const PATIENCE: u32 = 3;

/// How many replies that are not what was sent are enough to give up.
const ENOUGH_ALTERED: u32 = 3;

/// After this many controls in a row without an answer, the path is another one.
const CHANGED: u32 = 8;

/// How often a size may turn out to pass that was taken for too big.
const MOST_BEGINNINGS: u32 = 4;

impl Search {
    /// Goes on as far as that needs no answer.
    pub(super) fn advance(&mut self) {
        while !matches!(self.phase, Phase::Over) && self.is_round_over() {
            self.weigh_round();
            self.evidence.is_budget_spent = self.probes.sent() + 2 > BUDGET;
            self.round.clear();
            self.give_up_unsent();
            if let Some(verdict) = self.verdict_now() {
                self.conclude(verdict);
            }
            self.plan();
        }
    }

    /// Whether all is known that the next step depends on. A try that is answered needs no control.
    fn is_round_over(&self) -> bool {
        let mut round = self
            .round
            .iter()
            .filter_map(|number| self.probes.get(*number));
        let is_answered = |probe: &Probe| probe.purpose == Purpose::Try && probe.is_answered();
        round.clone().any(is_answered) || round.all(Probe::is_settled)
    }

    /// A try counts against its size if its control was answered.
    fn weigh_round(&mut self) {
        let round: Vec<Probe> = (self.round.iter())
            .filter_map(|number| self.probes.get(*number).copied())
            .collect();
        if let (Phase::Hops(hops, question), [probe]) = (&mut self.phase, &*round) {
            let report = match probe.fate {
                Fate::Answered => Report::Answered,
                Fate::NotSent | Fate::Suspended => return,
                _ => Report::Nothing,
            };
            return hops.note(*question, report, self.target);
        }
        if let [tried, control] = &*round
            && control.is_answered()
            && matches!(tried.fate, Fate::TimedOut | Fate::Rejected)
            && !tried.is_altered
        {
            self.evidence.change(tried.size, |tries| tries.against += 1);
        }
    }

    /// What is known for good.
    fn verdict_now(&self) -> Option<MtuVerdict> {
        if self.verdict.is_some() {
            return None;
        }
        let Some(answered) = self.answered else {
            return self.no_base().map(MtuVerdict::None);
        };
        if self.silent_controls >= CHANGED {
            return Some(MtuVerdict::None(NoPathMtu::Changed { size: answered }));
        }
        if answered.saturating_add(1) >= self.limit {
            return Some(MtuVerdict::AtLeast(answered));
        }
        if let Some(size) = self.altered_above(answered) {
            return Some(MtuVerdict::None(NoPathMtu::Altered { size }));
        }
        let is_spent = self.beginnings > MOST_BEGINNINGS || self.probes.len() >= BUDGET_WITH_LOSSES;
        let is_confirmed = matches!(self.phase, Phase::Confirm);
        let upper = self.evidence.first_excluded(answered, self.limit) - 1;
        match upper {
            upper if is_confirmed && upper == answered => Some(MtuVerdict::Exact(answered)),
            upper if is_spent || (is_confirmed && self.evidence.is_exhausted(self.refused)) => {
                Some(MtuVerdict::Range {
                    lower: answered,
                    upper,
                })
            }
            _ => None,
        }
    }

    /// Why nothing can be found out at all.
    fn no_base(&self) -> Option<NoPathMtu> {
        let size = self.smallest();
        let tries = self.evidence.of(size);
        if tries.unanswered + tries.altered < PATIENCE {
            return None;
        }
        let problem = self.problem;
        Some(match tries.altered {
            0 => NoPathMtu::Unanswered { size, problem },
            _ => NoPathMtu::Altered { size },
        })
    }

    /// The size whose replies are neither answers nor silence.
    fn altered_above(&self, answered: u32) -> Option<u32> {
        let under_trial = self.under_trial.filter(|size| {
            let tries = self.evidence.of(*size);
            tries.altered >= ENOUGH_ALTERED && tries.answered == 0
        });
        let is_confirmed = matches!(self.phase, Phase::Confirm);
        let of_neighbour =
            Some(self.refused).filter(|size| is_confirmed && self.evidence.is_altered(*size));
        under_trial.or(of_neighbour).filter(|size| *size > answered)
    }

    /// The search has its answer; where probes vanish may be looked for yet.
    pub(super) fn conclude(&mut self, verdict: MtuVerdict) {
        self.verdict = Some(verdict);
        self.round.clear();
        self.give_up_unsent();
        let vanish = matches!(verdict, MtuVerdict::Exact(_)) && self.messages.is_empty();
        let hops = Hops::new(self.evidence.has_losses);
        self.phase = match hops.question().filter(|_| vanish) {
            Some(question) => Phase::Hops(hops, question),
            None => Phase::Over,
        };
    }

    /// The run is over before the search is.
    pub(in super::super) fn cut(&mut self) {
        let answered = self.answered;
        let ended = MtuVerdict::None(NoPathMtu::Ended { answered });
        self.verdict.get_or_insert(ended);
        self.give_up_unsent();
        self.phase = Phase::Over;
    }

    /// The next probes.
    fn plan(&mut self) {
        match &self.phase {
            Phase::Over => {}
            Phase::Base if self.answered.is_none() => {
                self.push(self.smallest(), None, Purpose::Try);
            }
            Phase::Base | Phase::Sizes => self.plan_size(),
            Phase::Confirm => self.push_pair(self.refused),
            Phase::Hops(..) => self.plan_hop(),
        }
    }

    fn plan_size(&mut self) {
        self.phase = Phase::Sizes;
        self.under_trial = self.size_to_try();
        let Some(size) = self.under_trial else {
            self.phase = Phase::Confirm;
            return self.push_pair(self.refused);
        };
        let is_tried = self.evidence.of(size).unanswered > 0;
        if is_tried || self.evidence.has_losses {
            self.push_pair(size);
        } else {
            self.push(size, None, Purpose::Try);
        }
    }

    /// The same size again, if it was not tried often enough, or the next one; none if there is none between those that
    /// passed and those that did not.
    fn size_to_try(&mut self) -> Option<u32> {
        let answered = self.answered?;
        let largest = self.limit - 1;
        if let Some(size) = self.under_trial
            && (answered.saturating_add(1)..self.refused).contains(&size)
        {
            if !self.evidence.is_left_out(size, size == largest) {
                return Some(size);
            }
            self.refused = size;
        }
        if self.refused == self.limit && answered < largest {
            return Some(largest);
        }
        ladder::next(answered, self.refused, self.hint)
    }

    fn plan_hop(&mut self) {
        let has_losses = self.evidence.has_losses;
        let budget = if has_losses {
            BUDGET_WITH_LOSSES
        } else {
            BUDGET
        };
        let is_affordable = self.probes.sent() < budget;
        let Phase::Hops(hops, question) = &mut self.phase else {
            return;
        };
        let Some(next) = hops.question().filter(|_| is_affordable) else {
            self.black_hole = hops.found();
            self.phase = Phase::Over;
            return;
        };
        *question = next;
        let size = if next.is_large {
            self.refused
        } else {
            self.smallest()
        };
        self.push(size, Some(next.hop), Purpose::Hop);
    }

    fn push(&mut self, size: u32, hop: Option<u8>, purpose: Purpose) {
        let number = self.probes.push(size, hop, purpose);
        self.round.push(number);
        self.to_send.push(number);
    }

    /// A try, and a control: the largest size that passed, so that what befalls large probes befalls it as well.
    fn push_pair(&mut self, size: u32) {
        self.push(size, None, Purpose::Try);
        if let Some(answered) = self.answered {
            self.push(answered, None, Purpose::Control);
        }
    }
}
