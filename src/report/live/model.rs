//! What the view knows: fed by events, read by what draws.

mod figures;
mod history;
mod log;
mod target;

use std::time::{Duration, SystemTime};

pub(super) use figures::Figures;
pub(super) use history::Fate;
pub(super) use log::{Entry, Happening, Log};
pub(super) use target::{State, Target};

use target::Bounds;

use crate::config::Live as Look;
use crate::event::{
    Answer, Down, Event, NotSent, Outcome, ProbeId, Reach, Reason, Recent, Rejection, Standing,
    TargetNumber, When,
};
use crate::report::failure;
use crate::stats::Digits;

/// How many probes are kept of all targets together, and how many at least of each: 12 octets a probe.
const MOST_PROBES: usize = 2 << 20;
const FEWEST_PROBES: usize = 64;
/// A day and a half of a probe a second.
const MOST_OF_ONE: usize = 1 << 17;

/// Of more targets than this, no distribution of round trips is kept: the engine keeps none either.
const MOST_DISTRIBUTIONS: TargetNumber = 4096;

/// Over how many seconds the probes a second are counted.
const RATE_OVER: usize = 5;

/// What the view knows.
#[derive(Debug, Clone)]
pub(super) struct Model {
    targets: Vec<Target>,
    bounds: Bounds,
    /// How long the run lasts.
    pub(super) elapsed: Duration,
    /// The time of day.
    pub(super) wall: SystemTime,
    pub(super) log: Log,
    /// The shortest and the longest round trip of all.
    pub(super) seen: Option<(Duration, Duration)>,
    pub(super) up: u32,
    pub(super) down: u32,
    /// Probes that left.
    sent: u64,
    /// How many they were at the last whole seconds, the newest last.
    sent_at: Vec<(Duration, u64)>,
    nothing: Target,
}

impl Model {
    /// Nothing is known yet of this number of targets. The last part of the run, which is as long as the window, has figures of its
    /// own.
    pub(super) fn new(targets: TargetNumber, window: Option<Duration>) -> Self {
        let count = usize::try_from(targets).unwrap_or(usize::MAX).max(1);
        let digits = match targets {
            ..=1 => Some(Digits::Three),
            2..=MOST_DISTRIBUTIONS => Some(Digits::Two),
            _ => None,
        };
        Self {
            targets: Vec::new(),
            bounds: Bounds {
                probes: (MOST_PROBES / count).clamp(FEWEST_PROBES, MOST_OF_ONE),
                digits,
                window,
            },
            elapsed: Duration::ZERO,
            wall: SystemTime::UNIX_EPOCH,
            log: Log::default(),
            seen: None,
            up: 0,
            down: 0,
            sent: 0,
            sent_at: Vec::new(),
            nothing: Target::default(),
        }
    }

    /// What is known of a target.
    pub(super) fn target(&self, target: TargetNumber) -> &Target {
        let place = usize::try_from(target).unwrap_or(usize::MAX);
        self.targets.get(place).unwrap_or(&self.nothing)
    }

    fn target_mut(&mut self, target: TargetNumber) -> &mut Target {
        let place = usize::try_from(target).unwrap_or(usize::MAX);
        if place >= self.targets.len() {
            self.targets.resize_with(place + 1, Target::default);
        }
        match self.targets.get_mut(place) {
            Some(target) => target,
            None => &mut self.nothing,
        }
    }

    /// What is known of the last part of the run of a target; none: that is not asked for.
    pub(super) fn recent(&self, target: &Target) -> Option<Recent> {
        let length = self.bounds.window?;
        let nothing = Recent {
            length,
            ..Recent::default()
        };
        let recent = target.recent.as_ref();
        Some(recent.map_or(nothing, |recent| recent.until(self.elapsed)))
    }

    /// Takes note of an event. Says whether something changed that may be seen.
    pub(super) fn note(&mut self, event: &Event<'_>, at: When<'_>) -> bool {
        // Names may have more addresses than a view has room for.
        if whose(event).is_some_and(|target| target >= Look::MAX_TARGETS) {
            return false;
        }
        match event {
            Event::Sent(probe) => self.sent(*probe, at),
            Event::Answered(answer) => self.answered(answer),
            Event::NoAnswer { target, sequence } => {
                let Some(number) = self.target(*target).number_of(*sequence) else {
                    return false;
                };
                if self.target_mut(*target).fate(number) == Some(Fate::InFlight) {
                    self.end(*target, number, Fate::Lost);
                }
            }
            Event::Rejected(rejection) => self.rejected(rejection),
            Event::NotSent { probe, reason } => self.not_sent(*probe, reason, at),
            Event::Outcome { probe, outcome } => self.outcome(*probe, *outcome),
            Event::Down(down) => self.down(down, at),
            Event::Up(up) => {
                let since = up.sent.saturating_add(up.outage.length);
                self.turn(up.first.target, State::Up, since);
                self.log.push(at(), Happening::Up(**up));
            }
            Event::Changed(change) => self.log.push(at(), Happening::Changed(**change)),
            Event::Warning(text) => self.say((*text).to_owned(), at),
            Event::Suspended { length } => self.say(failure::suspended(*length), at),
            _ => return false,
        }
        true
    }

    fn sent(&mut self, probe: ProbeId, at: When<'_>) {
        let bounds = self.bounds;
        let moment = at().since_start;
        let is_new = self.target_mut(probe.target).begin(probe, moment, bounds);
        self.sent = self.sent.saturating_add(u64::from(is_new));
    }

    fn answered(&mut self, answer: &Answer<'_>) {
        let Some(number) = answer.number else {
            return;
        };
        let round_trip = answer.timing.map(|timing| timing.round_trip);
        let kept = round_trip.map(Into::into);
        let fate = match answer.standing {
            Standing::Reply if answer.marks.overdue => Fate::Late {
                round_trip: kept,
                is_counted: true,
            },
            Standing::Reply => Fate::Answered(kept),
            Standing::Late => Fate::Late {
                round_trip: kept,
                is_counted: false,
            },
            _ => return,
        };
        if let (Standing::Reply, Some(round_trip)) = (answer.standing, round_trip) {
            let (min, max) = self.seen.unwrap_or((round_trip, round_trip));
            self.seen = Some((min.min(round_trip), max.max(round_trip)));
        }
        self.end(answer.target, number, fate);
    }

    fn rejected(&mut self, rejection: &Rejection<'_>) {
        let Rejection {
            target,
            problem,
            reporter,
            ..
        } = *rejection;
        self.target_mut(target).reason = Some(match rejection.reach {
            Reach::NotSent => Reason::Filtered { problem },
            Reach::Left => Reason::Rejected {
                problem,
                reporter: Some(reporter),
            },
        });
        let fate = match rejection.reach {
            Reach::NotSent => Fate::NotSent,
            Reach::Left => Fate::Rejected,
        };
        if let Some(number) = rejection.number
            && !rejection.is_behind_outcome
        {
            self.end(target, number, fate);
        }
    }

    fn not_sent(&mut self, probe: ProbeId, reason: &NotSent, at: When<'_>) {
        let moment = at().since_start;
        let bounds = self.bounds;
        let target = self.target_mut(probe.target);
        target.begin(probe, moment, bounds);
        target.reason = Some(match reason {
            NotSent::Refused(error) | NotSent::Broken(error) => Reason::NotSent {
                errno: error.raw_os_error().unwrap_or_default(),
            },
            NotSent::TooLong { .. } => Reason::TooLong,
        });
        self.end(probe.target, probe.number, Fate::NotSent);
    }

    fn outcome(&mut self, probe: ProbeId, outcome: Outcome) {
        let fate = match outcome {
            Outcome::Lost => Fate::Lost,
            Outcome::Rejected => Fate::Rejected,
            Outcome::Suspended => Fate::Suspended,
        };
        self.end(probe.target, probe.number, fate);
    }

    fn end(&mut self, target: TargetNumber, number: u64, fate: Fate) {
        let bounds = self.bounds;
        let one = self.target_mut(target);
        let before = one.state;
        one.end(number, fate, bounds);
        let after = one.state;
        self.count(before, after);
    }

    fn down(&mut self, down: &Down, at: When<'_>) {
        self.turn(down.first.target, State::Down, down.sent);
        let now = at();
        let began = now.before(now.since_start.saturating_sub(down.sent)).wall;
        self.log.push(now, Happening::Down(*down, began));
    }

    fn turn(&mut self, target: TargetNumber, state: State, since: Duration) {
        let one = self.target_mut(target);
        let before = one.state;
        one.turn(state, since);
        self.count(before, state);
    }

    fn count(&mut self, before: State, after: State) {
        for (state, is_more) in [(before, false), (after, true)] {
            let counter = match state {
                State::Unknown => continue,
                State::Up => &mut self.up,
                State::Down => &mut self.down,
            };
            *counter = if is_more {
                counter.saturating_add(1)
            } else {
                counter.saturating_sub(1)
            };
        }
    }

    fn say(&mut self, text: String, at: When<'_>) {
        self.log.push(at(), Happening::Message(text));
    }

    /// It is this time now. Says whether that may be seen.
    pub(super) fn tick(&mut self, elapsed: Duration, wall: SystemTime) -> bool {
        let is_new_second = elapsed.as_secs() != self.elapsed.as_secs() || self.sent_at.is_empty();
        (self.elapsed, self.wall) = (elapsed, wall);
        if is_new_second {
            if self.sent_at.len() > RATE_OVER {
                self.sent_at.remove(0);
            }
            self.sent_at.push((elapsed, self.sent));
        }
        is_new_second
    }

    /// Probes a second, of the last seconds; none: not known yet.
    #[allow(clippy::cast_precision_loss, reason = "a rate for people")]
    pub(super) fn rate(&self) -> Option<f64> {
        let (first, last) = (self.sent_at.first()?, self.sent_at.last()?);
        let time = last.0.saturating_sub(first.0).as_secs_f64();
        (time > 0.0).then(|| last.1.saturating_sub(first.1) as f64 / time)
    }

    /// The figures begin anew.
    pub(super) fn reset(&mut self) {
        self.targets.iter_mut().for_each(Target::reset);
        self.seen = None;
    }
}

/// The target that an event is about, of those events that the view takes note of.
fn whose(event: &Event<'_>) -> Option<TargetNumber> {
    Some(match event {
        Event::Sent(probe) | Event::NotSent { probe, .. } | Event::Outcome { probe, .. } => {
            probe.target
        }
        Event::Answered(answer) => answer.target,
        Event::NoAnswer { target, .. } => *target,
        Event::Rejected(rejection) => rejection.target,
        Event::Down(down) => down.first.target,
        Event::Up(up) => up.first.target,
        Event::Changed(change) => change.target,
        _ => return None,
    })
}
