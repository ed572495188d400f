//! Runs many targets in the same order of steps as one: read the targets, open the sockets, drop privileges. Only then
//! are names looked up, and datagrams read by a confined thread.

use std::cmp::Ordering;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use super::calendar::local_time;
use super::fragments::{InFragments, Probes};
use super::random::random;
use super::run::{self, Beginning, Kind, Warnings};
use super::target_table::{ResolvingTargets, TargetTable};
use super::{Outlets, PROGRESS, departure_stamps, fping, get_ready, json, list, path_mtu};
use crate::clock::{Clock, SystemClock};
use crate::config::condition::Condition;
use crate::config::export::Format;
use crate::config::many::{Mode, Need, Schedule};
use crate::config::{Config, Face, Json, Live, Message, Several, Watching};
use crate::driver::{Finished, ReceiveMode, Reminders};
use crate::engine::many::{MAX_RECORDS, MAX_TARGETS_OF_MANY_TRIES, Order};
use crate::engine::{Engine, Many, TokensOfMany};
use crate::event::{Directory, Question, Several as Told, Start, TargetNumber};
use crate::exit::Exit;
use crate::net::{DepartureStamps, Family, Privileges, SocketTargets, Sockets, smallest_mtu};
use crate::report::Reports;
use crate::report::json::Run;
use crate::report::text::Text;
use crate::resolve::{InlineLookup, LookupOptions, Pool, Reverse, Threads, look_up_shared};
use crate::target::Permutation;

/// At higher rates the kernel's send time stamps are not requested, because they would slow the run down.
const MOST_DEPARTURES: u32 = 20_000;

/// At higher rates the driver's time stamps, which measure the wait in this host's queue, are only requested
/// explicitly: at full speed they cost an eighth of the CPU time. Below this rate the cost is not measurable.
const MOST_QUEUE_WAITS: u32 = 2000;

/// Runs what the command line asks for.
///
/// # Errors
/// One line for standard error, without the program's name.
#[inline(never)] // As in `one`.
pub(super) fn run(
    mut config: Config<Several>,
    noted: &[&'static str],
    privileges: Privileges,
) -> Result<Exit> {
    let deadline = config.plan.schedule.deadline;
    let until = deadline.and_then(|deadline| SystemClock.now().checked_add(deadline));
    let list::Listed {
        book,
        duplicates,
        complaints,
        families,
        hash,
    } = list::read(
        &config.plan.targets,
        &config.socket,
        config.style.charset,
        until,
    )?;
    fping::check_targets(&config, &book, &complaints)?;
    if complaints.is_empty() {
        // Otherwise the messages come first: they may be the reason.
        check(&config, &book)?;
    }
    let book = Rc::new(book);
    for family in &families {
        let ipv6 = *family == Family::Ipv6;
        config.message.check_size(ipv6, false)?;
    }
    let in_fragments = in_fragments(&config, &families);
    let details = config.style.has_diagnostics();
    let clock_warning = in_fragments.and_then(|it| {
        let start = &mut config.plan.schedule.start;
        it.settle(&mut config.socket.clock, start, details)
    });
    let departures = departures(&config, in_fragments.is_none());
    // A signal still ends the process.
    let words = book.words();
    let wanted = LookupOptions {
        family: config.plan.targets.family,
        names: config.plan.targets.names,
        all_addresses: config.plan.targets.all_addresses,
        in_order: config.plan.targets.hosts_only,
    };
    let alone = InlineLookup::look_up(&words, wanted, book.fixed() > 0, until);
    let known = match alone {
        Some(_) => Vec::new(),
        None => look_up_shared(&words, wanted, |address| book.has(address)),
    };
    let again = config.plan.resolve_every.is_some();
    let targets = SocketTargets::Many(&families);
    let names = Reverse::numeric();
    let directory: Rc<dyn Directory> = Rc::clone(&book) as _;
    let largest = largest(&config, &families);
    let targets = (targets, departures, largest);
    let (ready, (pool, without_threads)) = get_ready(
        &config,
        targets,
        privileges,
        Some(&directory),
        |lookups, signals| {
            if let Some(alone) = alone {
                return Ok((Pool::answered(alone.answers), Some(alone.warning)));
            }
            let waker = signals.waker().context("cannot wait for lookups")?;
            let threads = Threads {
                lookups,
                is_lasting: again,
                on_answer: Arc::new(move || waker.wake()),
            };
            Ok((Pool::start(words, known, wanted, threads), None))
        },
    )?;
    let own = without_threads.into_iter().chain(clock_warning);
    let warnings = Warnings {
        before: noted.iter().map(|it| (*it).to_owned()).collect(),
        after: own.chain(complaints).collect(),
    };
    let tokens = TokensOfMany::new(random()?);
    let of_any_sender = (config.plan.targets.any_sender).then(|| tokens.clone());
    let targets =
        ResolvingTargets::new(Rc::clone(&book), pool, again).telling_senders(of_any_sender);
    let kind = ManyTargets {
        config,
        book,
        duplicates,
        hash,
        largest,
    };
    let targets = (targets, names);
    if let Some(plan) = kind.config.plan.path_mtu.as_deref() {
        let order = order(&kind.config, &kind.book)?;
        let engine = |beginning: &Beginning<'_>| {
            let asked = (*plan, tokens);
            Ok(path_mtu::engine(
                asked,
                (&kind.book, order),
                until,
                beginning,
            ))
        };
        return run::run(&kind, ready, targets, warnings, engine);
    }
    let engine = |beginning: &Beginning<'_>| kind.engine((until, tokens), beginning);
    run::run(&kind, ready, targets, warnings, engine)
}

/// Octets of data in the largest possible probe.
fn largest(config: &Config<Several>, families: &[Family]) -> usize {
    match &config.plan.path_mtu {
        Some(_) => path_mtu::largest(families),
        None => config.message.size,
    }
}

struct ManyTargets {
    config: Config<Several>,
    book: Rc<TargetTable>,
    duplicates: u64,
    /// The hash of the whole list.
    hash: u64,
    /// Octets of data in the largest possible probe.
    largest: usize,
}

impl Kind for ManyTargets {
    type Plan = Several;
    type Targets = ResolvingTargets;
    const RECEIVE_MODE: ReceiveMode = ReceiveMode::Batched;

    fn config(&self) -> &Config<Several> {
        &self.config
    }

    fn message(&self) -> Message {
        Message {
            size: self.largest,
            ..self.config.message.clone()
        }
    }

    fn about(&self, host: Option<String>, sockets: &Sockets) -> Result<(Run, Rc<dyn Directory>)> {
        let targets = (self.listed(), self.hash);
        let run = json::run_of_many(&self.config, targets, (host, sockets))?;
        Ok((run, Rc::clone(&self.book) as Rc<dyn Directory>))
    }

    fn text(&self, outlets: Outlets, names: Reverse) -> Reports<'static> {
        let config = &self.config;
        if let Some(style) = config.plan.fping {
            let text = fping::report(config, style, &self.book, outlets, names);
            return Reports::default().and(text);
        }
        let styles = (config.style.clone(), config.plan.style);
        let directory = Rc::clone(&self.book) as Rc<dyn Directory>;
        let text = Text::of_many(styles, &config.program, directory, outlets, names);
        Reports::default().and(text.with_calendar(local_time))
    }

    fn is_numeric(&self) -> bool {
        self.config.plan.style.numeric
    }

    fn text_has_outcomes(&self) -> bool {
        self.config.plan.fping.is_some()
    }

    fn start(&self, _sockets: &Sockets) -> Start {
        Start::Several(Told {
            targets: self.listed(),
            duplicates: self.duplicates,
            size: self.config.message.size,
            question: match self.config.plan.schedule.mode {
                _ if self.config.plan.path_mtu.is_some() => Question::PathMtu,
                Mode::Rounds { period, count } => Question::Rounds {
                    period,
                    count: count.map(u64::from),
                },
                Mode::Alive { .. } => Question::Alive,
            },
        })
    }

    fn reminders(&self) -> Reminders {
        let has_progress = self.config.plan.path_mtu.is_none();
        let progress = self.config.plan.style.progress.filter(|_| has_progress);
        Reminders {
            progress: progress.map(|_| PROGRESS),
            status: self.config.plan.summary_every,
            snapshot: None,
            lookups: self.config.plan.resolve_every,
        }
    }

    /// An unresolved name is a failure, unless enough other targets answered. Then it does not matter when, or whether,
    /// the name server reported it.
    fn exit(&self, finished: Finished) -> Result<Exit> {
        let Self { config, book, .. } = self;
        if config.plan.fping.is_some() {
            return Ok(fping::exit(config, book, finished.success));
        }
        // Another shard may have targets.
        if config.plan.targets.shard.is_none() && book.is_all_left_out() {
            bail!(list::NOTHING_LEFT);
        }
        // Lookups may have added targets.
        check_conditions(&config.conditions, Some(book.len()))?;
        let enough = finished.success;
        let failed = book.has_bad_words() || (!enough && book.has_unresolved());
        Ok(Exit::of_many_targets(
            enough && !finished.has_failed_condition,
            failed,
        ))
    }
}

impl ManyTargets {
    /// The number of targets in the lists. A name may have more addresses.
    fn listed(&self) -> TargetNumber {
        self.book.fixed().saturating_add(self.book.names())
    }

    /// Creates the engine, with the time that reading the lists has left of the deadline.
    fn engine(
        &self,
        (until, tokens): (Option<Instant>, TokensOfMany),
        beginning: &Beginning<'_>,
    ) -> Result<Many> {
        let Self { config, book, .. } = self;
        let (targets, order) = order(config, book)?;
        let schedule = Schedule {
            deadline: until.map(|until| until.saturating_duration_since(beginning.at)),
            ..config.plan.schedule.clone()
        };
        let need = config.plan.need;
        let mut engine = Many::new(schedule, need, tokens, targets, beginning.at);
        let has_figures = |it: &Condition| !it.figure.is_of_every_row();
        if beginning.keeps_everything || config.conditions.iter().any(has_figures) {
            engine = engine.keeping_everything();
        } else if config.plan.fping.is_some() {
            engine = engine.keeping_rows();
        }
        if beginning.tells_outcomes && self.has_outcomes() {
            engine = engine.reporting_outcomes();
        }
        if let Some(watching) = self.watching() {
            engine = engine.watching(watching);
        }
        if let Some(time) = config.plan.forgets_after {
            engine = engine.forgetting_after(time);
        }
        if config.plan.resolve_every.is_some() {
            engine = engine.looking_up_again();
        }
        if book.most().is_none() {
            engine = engine.with_more_targets_of_names();
        }
        engine.add(book.names());
        Ok(engine.in_order(order))
    }

    /// Whether the engine reports outcomes of probes. With `--alive` targets have outcomes; those of their probes are
    /// only read by `--json=all` and by metrics.
    fn has_outcomes(&self) -> bool {
        let is_alive_scan = matches!(self.config.plan.schedule.mode, Mode::Alive { .. });
        let mut formats = self.config.exports.formats();
        !is_alive_scan
            || self.config.style.json == Some(Json::All)
            || formats.any(|format| matches!(format, Format::Metrics(_)))
    }

    /// Watches many targets only if requested or visible in a view, since each unanswered target needs memory.
    fn watching(&self) -> Option<Watching> {
        let is_few = self.listed() as usize <= MAX_RECORDS;
        let is_seen = self.config.style.live.is_some();
        let watching = self.config.watching;
        watching.filter(|watching| watching.is_asked || is_few || is_seen)
    }
}

/// Whether probes are too long for one packet. The smallest MTU of the interfaces decides, without a lookup of routes.
fn in_fragments(config: &Config<Several>, families: &[Family]) -> Option<InFragments> {
    let mtu = smallest_mtu(config.socket.device.as_deref());
    families.iter().find_map(|family| {
        let probes = Probes {
            ipv6: *family == Family::Ipv6,
            size: config.message.size,
            ip_options: 0,
            fragments: config.plan.schedule.fragments,
        };
        probes.in_fragments(mtu)
    })
}

/// An impossible requirement is an error, best reported before the first probe.
fn check_need(config: &Config<Several>, book: &TargetTable) -> Result<()> {
    let most = book.most();
    match (config.plan.need, most) {
        (Need::Number(need), Some(most)) if need > most => {
            let (are, s) = if most == 1 { ("is", "") } else { ("are", "s") };
            let shard = config.plan.targets.shard;
            let whose = shard.map_or_else(|| "to probe".to_owned(), |it| format!("in shard {it}"));
            bail!("--need {need}: there {are} only {most} target{s} {whose}")
        }
        _ => Ok(()),
    }
}

/// Refuses what is impossible with these targets.
fn check(config: &Config<Several>, book: &TargetTable) -> Result<()> {
    check_need(config, book)?;
    check_retries(config, book.most())?;
    check_conditions(&config.conditions, book.most())?;
    check_window(config.watching.and_then(|it| it.window), book.most())?;
    check_view(config.style.live, book.most())
}

/// Rejects more tries than the names of probes can hold: more targets leave room for fewer.
fn check_retries(config: &Config<Several>, targets: Option<TargetNumber>) -> Result<()> {
    match config.plan.schedule.mode {
        Mode::Alive { retries, .. }
            if retries > u8::MAX.into()
                && targets.is_none_or(|targets| targets > MAX_TARGETS_OF_MANY_TRIES) =>
        {
            bail!(
                "-r {retries}: of more than {MAX_TARGETS_OF_MANY_TRIES} targets, or with -m, at most {} retries are supported by rping",
                u8::MAX
            )
        }
        _ => Ok(()),
    }
}

/// With too many targets, the windows would take too much memory.
pub(super) fn check_window(window: Option<Duration>, targets: Option<TargetNumber>) -> Result<()> {
    match targets {
        Some(targets) if window.is_some() && targets as usize > MAX_RECORDS => bail!(
            "--window: of more than {MAX_RECORDS} targets no window is kept: leave it out, or probe fewer"
        ),
        _ => Ok(()),
    }
}

/// With too many targets, the view would take too much memory.
pub(super) fn check_view(view: Option<Live>, targets: Option<TargetNumber>) -> Result<()> {
    match targets {
        Some(targets) if view.is_some() && targets > Live::MAX_TARGETS => bail!(
            "--live: there are {targets} targets, and a view has up to {}: probe fewer, or use --summary-every SECONDS or --json",
            Live::MAX_TARGETS
        ),
        _ => Ok(()),
    }
}

/// With too many targets, some figures are not kept. `targets` is `None` if their number is not known yet.
fn check_conditions(conditions: &[Condition], targets: Option<TargetNumber>) -> Result<()> {
    let condition = conditions.iter().find(|it| !it.figure.is_of_every_row());
    match (condition, targets) {
        (Some(condition), Some(targets)) if targets as usize > MAX_RECORDS => bail!(
            "--fail-if {}: of more than {MAX_RECORDS} targets only loss, min, avg and max are known",
            condition.text
        ),
        _ => Ok(()),
    }
}

/// The send time stamps requested from the kernel.
fn departures(config: &Config<Several>, in_one_packet: bool) -> DepartureStamps {
    if config.plan.path_mtu.is_some() {
        return DepartureStamps::None;
    }
    let spacing = config.plan.schedule.spacing;
    let is_faster_than = |most| spacing.is_faster_than(most);
    let tells_wait = config.style.verbose || !is_faster_than(MOST_QUEUE_WAITS);
    departure_stamps(
        config.socket.clock,
        is_faster_than(MOST_DEPARTURES),
        in_one_packet && tells_wait && config.style.face == Face::Rping,
    )
}

/// The number of targets given as addresses, and the order in which they are probed.
fn order(
    config: &Config<Several>,
    book: &Rc<TargetTable>,
) -> Result<(TargetNumber, Box<dyn Order>)> {
    let targets = book.fixed();
    let shuffled = if config.plan.targets.random_order {
        Some(Permutation::new(targets.into(), random()?))
    } else {
        None
    };
    let book = Rc::clone(book);
    Ok((targets, Box::new(Listed { book, shuffled })))
}

/// The targets given as addresses, in the given or a random order. Names are probed in the order of their resolution,
/// which is unpredictable too.
#[derive(Debug)]
struct Listed {
    book: Rc<TargetTable>,
    shuffled: Option<Permutation>,
}

impl Order for Listed {
    fn at(&self, position: u32) -> TargetNumber {
        let shuffled = self.shuffled.as_ref();
        let shuffled = shuffled.and_then(|order| order.get(position.into()));
        let shuffled = shuffled.and_then(|number| TargetNumber::try_from(number).ok());
        shuffled.unwrap_or(position)
    }

    fn given(&self, one: TargetNumber, other: TargetNumber) -> Ordering {
        self.book.given(one, other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::condition::{Comparison, Figure, Part};
    use crate::event::Amount;

    #[test]
    fn view_has_a_limit_of_targets_where_they_are_known() {
        let view = Some(Live {
            ascii: false,
            colour: false,
            scale: None,
            window: None,
        });
        for (targets, is_shown) in [(None, true), (Some(131_072), true), (Some(131_073), false)] {
            assert_eq!(check_view(view, targets).is_ok(), is_shown);
            assert!(check_view(None, targets).is_ok());
        }
    }

    #[test]
    fn only_figures_of_every_row_are_known_of_more_targets_than_have_a_record() {
        let check = |figure, targets| {
            let condition = Condition {
                part: Part::Run,
                figure,
                comparison: Comparison::Above,
                bound: Amount::Count(0),
                text: "a condition".to_owned(),
            };
            check_conditions(&[condition], targets).is_ok()
        };
        for figure in Figure::ALL {
            assert!(check(figure, Some(4096)) && check(figure, None));
            assert_eq!(check(figure, Some(4097)), figure.is_of_every_row());
        }
    }
}
