//! Whole runs with many targets on a simulated network: codec, engine and loop are the real ones.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::rc::Rc;
use std::time::{Duration, Instant};

use super::blocked::{AWAY, Absent};
use super::network::{Time, reply_to};
use rping::clock::Clock;
use rping::codec::{Codec, SocketParams};
use rping::config::RoundTripStart;
use rping::config::many::{Backoff, Fragments, Mode, Need, Schedule, Spacing};
use rping::config::{
    FpingIntervals, FpingLines, FpingName, FpingProbes, FpingStyle, ManyStyle, Message, Request,
    Style,
};
use rping::driver::{Driver, ReceiveMode, Reminders};
use rping::engine::{Engine, Many, TokensOfMany};
use rping::event::{
    Directory, Event, Lookup, LookupUpdates, Question, Relation, Sender, Several, Standing, Start,
    Summary, TargetNumber, TargetSource, When,
};
use rping::net::{Datagram, Departure, ErrorEntry, Received, SendFailure, Stamps, Wake};
use rping::output::Stream;
use rping::report::conditions::Conditions;
use rping::report::fping::Text as Fping;
use rping::report::text::Text;
use rping::report::{Backpressure, NoNames, Report};
use rping::signals::{Interrupt, Interrupts};
use rping::wire::data::Pattern;

const FIRST: u32 = 0x0a00_0000;

/// Addresses from 10.0.0.0 on. The last ones are resolved during the run.
#[derive(Debug)]
pub(crate) struct Addresses {
    count: u32,
    to_come: u32,
    /// Names after them whose lookup never ends.
    pending: u32,
}

impl Addresses {
    /// This many addresses, all known from the start.
    pub(crate) fn of(count: u32) -> Self {
        Self {
            count,
            to_come: 0,
            pending: 0,
        }
    }
}

impl Directory for Addresses {
    fn len(&self) -> TargetNumber {
        self.count + self.pending
    }

    fn address(&self, target: TargetNumber) -> Option<SocketAddr> {
        let address = Ipv4Addr::from_bits(FIRST + target);
        (target < self.count).then(|| (address, 0).into())
    }

    fn name(&self, _: TargetNumber) -> Option<&str> {
        None
    }

    fn label(&self, _: TargetNumber) -> Option<&str> {
        None
    }
}

impl TargetSource for Addresses {
    fn find(&self, source: SocketAddr) -> Option<Sender> {
        let target = self.find_quoted(source)?;
        let relation = Relation::Itself;
        Some(Sender { target, relation })
    }

    fn find_quoted(&self, destination: SocketAddr) -> Option<TargetNumber> {
        let SocketAddr::V4(address) = destination else {
            return None;
        };
        let number = address.ip().to_bits().checked_sub(FIRST)?;
        (number < self.count).then_some(number)
    }

    fn collect_lookups(&mut self) -> LookupUpdates {
        let first = self.count;
        self.count += std::mem::take(&mut self.to_come);
        LookupUpdates {
            lookups: (first..self.count)
                .map(|target| (target, Lookup::Found))
                .collect(),
            ..LookupUpdates::default()
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Answered,
    Twice,
    Lost,
    Rejected,
    Refused,
    Broken,
}

struct Network {
    time: Time,
    fate: fn(TargetNumber) -> Fate,
    delay: Duration,
    /// Whether messages during a suspension are kept for this host.
    kept: bool,
    batch: Vec<(u32, Vec<u8>, SocketAddr)>,
    under_way: BTreeMap<(Instant, u64), (SocketAddr, Vec<u8>, bool)>,
    sent: u64,
    batches: Rc<RefCell<Vec<usize>>>,
    current: Vec<u8>,
}

impl Network {
    fn schedule(&mut self, from: SocketAddr, octets: Vec<u8>, rejected: bool) {
        self.sent += 1;
        let at = self.time.now() + self.delay;
        self.under_way
            .insert((at, self.sent), (from, octets, rejected));
    }
}

impl rping::net::Network for Network {
    fn queue(&mut self, name: u32, message: &[u8], to: SocketAddr, _: Option<u8>) -> bool {
        let room = self.batch.len() < 64;
        if room {
            self.batch.push((name, message.to_vec(), to));
        }
        room
    }

    fn flush(&mut self, told: &mut dyn FnMut(u32, Result<Departure, SendFailure>)) {
        self.batches.borrow_mut().push(self.batch.len());
        for (name, message, to) in std::mem::take(&mut self.batch) {
            let SocketAddr::V4(v4) = to else {
                panic!("{to} is none of ours");
            };
            match (self.fate)(v4.ip().to_bits() - FIRST) {
                Fate::Refused => {
                    let error = io::Error::from_raw_os_error(libc::EPERM);
                    told(name, Err(SendFailure::Refused(error)));
                    continue;
                }
                Fate::Broken => {
                    let error = io::Error::from_raw_os_error(libc::ENOTSOCK);
                    told(name, Err(SendFailure::Broken(error)));
                    continue;
                }
                Fate::Answered => self.schedule(to, reply_to(&message), false),
                Fate::Twice => {
                    self.schedule(to, reply_to(&message), false);
                    self.schedule(to, reply_to(&message), false);
                }
                Fate::Rejected => self.schedule(to, message, true),
                Fate::Lost => {}
            }
            let at = self.time.now();
            told(name, Ok(at.into()));
        }
    }

    fn receive(&mut self, until: Option<Instant>, wake: Wake) -> io::Result<Received<'_>> {
        let first = self.under_way.first_key_value().map(|(&(at, _), _)| at);
        let waits = [until, first].into_iter().flatten().min();
        if let Some(asleep) = waits.and_then(|until| self.time.next_suspension(until)) {
            self.time.advance_to(asleep);
            if !self.kept {
                self.under_way.clear();
            }
        }
        let next = self.under_way.first_key_value().map(|(&(at, _), _)| at);
        let now = self.time.now();
        match (next, until) {
            (Some(next), _) if next <= now => {}
            (Some(next), until)
                if wake == Wake::Arrival && until.is_none_or(|until| next <= until) =>
            {
                self.time.advance_to(next);
            }
            (_, Some(until)) => {
                self.time.advance_to(until);
                if next.is_none_or(|next| next > until) {
                    return Ok(Received::Nothing);
                }
            }
            (_, None) => panic!("the run waits for ever"),
        }
        let ((arrived, _), (from, octets, rejected)) = self.under_way.pop_first().unwrap();
        self.current = octets;
        if rejected {
            return Ok(Received::Error(ErrorEntry::Icmp {
                reporter: "192.0.2.1:0".parse().unwrap(),
                destination: from,
                kind: 3,
                code: 1,
                info: 0,
                original: self.current.clone(),
                extensions_at: None,
            }));
        }
        Ok(Received::Datagram(Datagram {
            source: from,
            octets: &self.current,
            truncated: false,
            hop_limit: Some(64),
            traffic_class: None,
            destination: None,
            options: &[],
            read: self.time.now(),
            stamps: Stamps {
                kernel: Some(arrived),
                hardware: None,
            },
        }))
    }

    fn dropped_here(&self) -> u64 {
        0
    }

    fn is_own(&self, _: IpAddr) -> bool {
        false
    }
}

#[derive(Debug, Default)]
struct Told {
    replies: u64,
    duplicates: u64,
    rejected: u64,
    not_sent: u64,
    decided: Vec<TargetNumber>,
    undecided: Vec<TargetNumber>,
    suspensions: Vec<Duration>,
    progress: u64,
    statuses: u64,
    snapshots: u32,
    total: Summary,
    alive_rows: u32,
    longest: Duration,
}

#[derive(Debug, Clone, Default)]
struct Listener(Rc<RefCell<Told>>);

impl Report for Listener {
    fn event(&mut self, event: &Event<'_>, _: When<'_>) -> io::Result<()> {
        let mut told = self.0.borrow_mut();
        match event {
            Event::Answered(answer) => {
                match answer.standing {
                    Standing::Reply => told.replies += 1,
                    Standing::Duplicate => told.duplicates += 1,
                    other => panic!("{other:?}"),
                }
                let time = answer
                    .timing
                    .map_or(Duration::ZERO, |timing| timing.round_trip);
                told.longest = told.longest.max(time);
            }
            Event::Rejected(_) => told.rejected += 1,
            Event::NotSent { .. } => told.not_sent += 1,
            Event::Decided { target, .. } => told.decided.push(*target),
            Event::Undecided { target, .. } => told.undecided.push(*target),
            Event::Progress(_) => told.progress += 1,
            Event::Status(..) => told.statuses += 1,
            Event::Snapshot(..) => told.snapshots += 1,
            Event::Finished(total, results) => {
                told.total = (*total).clone();
                let rows = (0..total.targets).map(|target| results.row(target));
                told.alive_rows = rows.map(|row| u32::from(row.is_alive())).sum();
            }
            Event::Suspended { length } => told.suspensions.push(*length),
            Event::Started(_)
            | Event::Warning(_)
            | Event::Sent(_)
            | Event::Down(_)
            | Event::Up(_)
            | Event::Changed(_)
            | Event::Outcome { .. }
            | Event::ConditionFailed(_)
            | Event::Ended(_)
            | Event::NoAnswer { .. }
            | Event::Stranger(_)
            | Event::Repeated(_)
            | Event::Noticed(_)
            | Event::PathMtu { .. } => {}
        }
        Ok(())
    }

    fn flush(&mut self) -> io::Result<Backpressure> {
        Ok(Backpressure::Free)
    }
}

struct Uninterrupted;

impl Interrupts for Uninterrupted {
    fn take(&mut self) -> Option<Interrupt> {
        None
    }
}

struct Outcome {
    told: Told,
    /// Whether it succeeded, or its error.
    success: Result<bool, String>,
    passed: Duration,
    batches: Vec<usize>,
}

impl Network {
    fn new(fate: fn(TargetNumber) -> Fate) -> Self {
        Self {
            time: Time::new(&[]),
            fate,
            delay: Duration::from_micros(300),
            kept: false,
            batch: Vec::new(),
            under_way: BTreeMap::new(),
            sent: 0,
            batches: Rc::default(),
            current: Vec::new(),
        }
    }
}

fn driver<R: Report>(
    network: Network,
    schedule: Schedule,
    (targets, to_come): (u32, u32),
    reminders: Reminders,
    report: R,
) -> Driver<Many, Network, Time, R, Uninterrupted, Addresses> {
    let side = SocketParams {
        identifier: 13,
        raw: false,
    };
    let message = Message {
        size: 56,
        pattern: Pattern::Counting,
        request: Request::Echo,
    };
    let time = network.time.clone();
    let tokens = TokensOfMany::new([9; 16]);
    let began = time.now();
    let mut engine = Many::new(schedule, Need::All, tokens, targets, began);
    engine.add(to_come);
    Driver {
        engine,
        codec: Codec::new(message, side, side),
        network,
        clock: time,
        report,
        interrupts: Uninterrupted,
        targets: Addresses {
            count: targets,
            to_come,
            pending: 0,
        },
        receive_mode: ReceiveMode::Batched,
        reminders,
        outcomes: false,
        began,
        conditions: Conditions::default(),
    }
}

fn start(targets: TargetNumber, question: Question) -> Start {
    Start::Several(Several {
        targets,
        duplicates: 0,
        size: 56,
        question,
    })
}

fn run(
    schedule: Schedule,
    targets: (u32, u32),
    reminders: Reminders,
    fate: fn(TargetNumber) -> Fate,
) -> Outcome {
    run_on(Network::new(fate), schedule, targets, reminders)
}

fn run_on(
    network: Network,
    schedule: Schedule,
    targets: (u32, u32),
    reminders: Reminders,
) -> Outcome {
    let (time, batches) = (network.time.clone(), Rc::clone(&network.batches));
    let listener = Listener::default();
    let driver = driver(network, schedule, targets, reminders, listener.clone());
    let outcome = driver.run(&start(targets.0, Question::Alive));
    Outcome {
        told: listener.0.take(),
        success: outcome
            .map(|run| run.success)
            .map_err(|error| rping::app::message(&error)),
        passed: time.passed(),
        batches: batches.take(),
    }
}

/// The output for readers that are away for an hour.
fn run_unread(schedule: Schedule, targets: u32, question: Question) -> (String, String) {
    let network = Network::new(mixed);
    let [out, err] = [0, 1].map(|_| Absent::until(&network.time, AWAY));
    let directory = Addresses {
        count: targets,
        to_come: 0,
        pending: 0,
    };
    let report = Text::of_many(
        (Style::default(), ManyStyle::default()),
        "rping",
        Rc::new(directory),
        (Stream::new(out.clone()), Stream::new(err.clone())),
        NoNames,
    );
    let reminders = Reminders {
        status: Some(Duration::from_secs(1)),
        ..Reminders::default()
    };
    let driver = driver(network, schedule, (targets, 0), reminders, report);
    driver.run(&start(targets, question)).unwrap();
    (out.text(), err.text())
}

fn rounds(count: u32) -> Schedule {
    Schedule {
        mode: Mode::Rounds {
            period: Duration::from_secs(1),
            count: Some(count),
        },
        spacing: Spacing::at_most(Some(100_000)),
        timeout: Duration::from_secs(1),
        deadline: None,
        start: RoundTripStart::Queue,
        first_sequence: 1,
        fragments: Fragments::Allowed,
    }
}

/// The output of a run of two targets under the name fping; the first target answers. Meanwhile the wall clock is set by
/// these steps: the time since the run began, and the microseconds.
fn lines_of_fping(steps: &'static [(Duration, i64)]) -> (String, String) {
    let period = Duration::from_millis(100);
    let schedule = Schedule {
        mode: Mode::Rounds {
            period,
            count: Some(10),
        },
        timeout: period,
        ..rounds(10)
    };
    let network = Network {
        time: Time::new(steps),
        ..Network::new(|target| {
            if target == 0 {
                Fate::Answered
            } else {
                Fate::Lost
            }
        })
    };
    let style = FpingStyle {
        lines: FpingLines::Probes(FpingProbes {
            each: true,
            values: false,
            period,
            intervals: FpingIntervals::Each,
        }),
        json: false,
        quiet: false,
        elapsed: false,
        stats: true,
        outage: true,
        name: FpingName::Name,
        timestamps: None,
        times: false,
        destination: false,
        traffic_class: false,
        hop_limit: false,
        random_data: false,
        required: None,
    };
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let directory = Rc::new(Addresses::of(2));
    let general = Style::default();
    let outlets = (&mut out, &mut err);
    let text = Fping::new(
        (style, &general),
        "fping",
        directory,
        outlets,
        NoNames,
        |_| None,
    );
    let mut driver = driver(network, schedule, (2, 0), Reminders::default(), text);
    driver.engine = driver.engine.reporting_outcomes();
    driver.outcomes = true;
    driver.run(&start(2, Question::Alive)).unwrap();
    let [out, err] = [out, err].map(|octets| String::from_utf8(octets).unwrap());
    (out, err)
}

/// fping takes its schedule and its round trips from the wall clock: if that is set back by an hour, it waits for an hour.
#[test]
fn clock_that_is_set_during_a_run_changes_no_line_under_the_name_fping() {
    const HOUR: i64 = 3_600_000_000;
    const BACK: &[(Duration, i64)] = &[(Duration::from_millis(450), -HOUR)];
    const FORWARD: &[(Duration, i64)] = &[(Duration::from_millis(450), HOUR)];
    let steady = lines_of_fping(&[]);
    assert!(steady.1.contains(
        "10.0.0.0 : xmt/rcv/%loss = 10/10/0%, outage(ms) = 0, min/avg/max = 0.300/0.300/0.300\n"
    ));
    assert_eq!(lines_of_fping(BACK), steady);
    assert_eq!(lines_of_fping(FORWARD), steady);
}

fn alive_scan() -> Schedule {
    Schedule {
        mode: Mode::Alive {
            retries: 1,
            backoff: Backoff::default(),
        },
        timeout: Duration::from_millis(500),
        spacing: Spacing::at_most(None),
        ..rounds(1)
    }
}

/// Of ten targets, one is lost, one rejected, one answers twice, and one is unreachable.
fn mixed(target: TargetNumber) -> Fate {
    match target % 10 {
        0 => Fate::Lost,
        1 => Fate::Rejected,
        2 => Fate::Twice,
        3 => Fate::Refused,
        _ => Fate::Answered,
    }
}

#[test]
fn rounds_of_ten_thousand_targets_keep_their_schedule_and_account_for_every_probe() {
    let Outcome {
        told,
        success,
        passed,
        batches,
    } = run(rounds(10), (10_000, 0), Reminders::default(), mixed);
    let counts = told.total.counts;
    assert_eq!((counts.transmitted, counts.not_sent), (90_000, 10_000));
    assert_eq!((counts.received, counts.duplicates), (70_000, 10_000));
    assert_eq!((counts.rejected, told.rejected), (10_000, 10_000));
    assert_eq!((told.replies, told.duplicates), (70_000, 10_000));
    assert_eq!((told.total.alive, told.alive_rows), (7_000, 7_000));
    assert_eq!(success, Ok(false));
    // Batched receiving does not lengthen round trips.
    assert_eq!(told.longest, Duration::from_micros(300));
    // The last lost probe is sent in the last tenth of the tenth second.
    assert!(passed > Duration::from_millis(10_900) && passed < Duration::from_millis(11_010));
    // One batch each millisecond, not one for each probe.
    assert!(batches.len() <= 10_100, "{}", batches.len());
}

#[test]
fn who_is_alive_is_decided_for_each_and_batches_are_full() {
    let outcome = run(alive_scan(), (6_400, 0), Reminders::default(), mixed);
    let told = outcome.told;
    assert_eq!(told.decided.len(), 6_400);
    assert_eq!((told.total.alive, told.total.dead), (4_480, 1_920));
    assert!(outcome.batches.iter().filter(|size| **size == 64).count() >= 100);
    assert!(outcome.passed < Duration::from_millis(1_300));
}

#[test]
fn names_that_are_resolved_later_are_probed_later() {
    let outcome = run(alive_scan(), (3, 2), Reminders::default(), |_| {
        Fate::Answered
    });
    assert_eq!(outcome.told.decided, [0, 1, 2, 3, 4]);
    assert_eq!(outcome.success, Ok(true));
}

#[test]
fn lookups_that_are_not_finished_at_the_deadline_are_told_as_undecided() {
    let schedule = Schedule {
        deadline: Some(Duration::from_secs(2)),
        ..alive_scan()
    };
    let network = Network::new(|_| Fate::Answered);
    let listener = Listener::default();
    let mut driver = driver(
        network,
        schedule,
        (2, 0),
        Reminders::default(),
        listener.clone(),
    );
    driver.engine.add(1);
    driver.targets.pending = 1;
    assert!(!driver.run(&start(3, Question::Alive)).unwrap().success);
    let told = listener.0.take();
    assert_eq!((told.decided, told.undecided), (vec![0, 1], vec![2]));
    assert_eq!(
        (told.total.targets, told.total.alive, told.total.dead),
        (3, 2, 0)
    );
}

#[test]
fn a_send_that_can_never_succeed_ends_the_run_with_its_table() {
    let fate = |target| match target {
        1 => Fate::Broken,
        _ => Fate::Answered,
    };
    for schedule in [rounds(3), alive_scan()] {
        let outcome = run(schedule, (3, 0), Reminders::default(), fate);
        let message = "cannot send: Socket operation on non-socket";
        assert_eq!(outcome.success, Err(message.to_owned()));
        assert_eq!((outcome.told.not_sent, outcome.told.total.targets), (1, 3));
        let counts = outcome.told.total.counts;
        assert_eq!(
            (counts.not_sent, counts.received),
            (1, outcome.told.replies)
        );
        assert!(counts.transmitted <= 2 && outcome.passed < Duration::from_secs(1));
    }
}

#[test]
fn what_is_to_be_told_again_and_again_is() {
    let reminders = Reminders {
        progress: Some(Duration::from_millis(100)),
        status: Some(Duration::from_secs(1)),
        snapshot: Some(Duration::from_millis(400)),
        lookups: None,
    };
    let outcome = run(rounds(3), (2, 0), reminders, |_| Fate::Answered);
    assert_eq!((outcome.told.progress, outcome.told.snapshots), (20, 5));
    assert_eq!(outcome.told.statuses, 2);
}

#[test]
fn rounds_end_in_their_time_while_nobody_reads() {
    let question = Question::Rounds {
        period: Duration::from_secs(1),
        count: None,
    };
    let schedule = Schedule {
        mode: Mode::Rounds {
            period: Duration::from_secs(1),
            count: None,
        },
        deadline: Some(Duration::from_millis(9_500)),
        ..rounds(1)
    };
    let (out, err) = run_unread(schedule, 1000, question);
    let statistics = out.split("\n--- ").nth(1).unwrap();
    // Nine and a half rounds; the probe to every tenth target is not sent.
    assert!(
        statistics
            .contains("\n8550 packets transmitted, 6650 received, +950 duplicates, +950 errors"),
        "{statistics}"
    );
    assert!(statistics.contains(" time 9499ms\n"), "{statistics}");
    // In addition, the timeouts of eight and a half rounds of unanswered probes have expired, and that of the next
    // probe, which was sent within the millisecond before its slot.
    let printed = out.lines().filter(|line| line.contains("icmp_seq="));
    let missing = 6650 + 950 + 950 + 851 - printed.count();
    assert!(missing > 3000, "{missing}");
    let told = format!("rping: {missing} lines dropped: the reader of the output fell behind\n");
    assert!(err.contains(&told), "{missing}: {err}");
    // Once a second, and never dropped.
    assert_eq!(err.matches(" of 1000 targets alive, ").count(), 9, "{err}");
}

#[test]
fn a_list_of_the_living_is_whole_however_late_it_is_read() {
    let (out, err) = run_unread(alive_scan(), 20_000, Question::Alive);
    let listed = |word: &str| out.lines().filter(|line| line.contains(word)).count();
    // Far more than the limit of droppable output.
    assert!(out.len() > 600_000, "{}", out.len());
    assert_eq!((listed("  alive  "), listed("  dead  ")), (14_000, 6_000));
    assert!(!err.contains("lines dropped"), "{err}");
}

const HOUR: Duration = Duration::from_secs(3600);

/// A run with a suspension of this host, while probes are in flight that would be answered within 20 milliseconds.
fn run_suspended(
    schedule: Schedule,
    targets: u32,
    suspensions: &'static [(Duration, Duration)],
    kept: bool,
) -> Outcome {
    let mut network = Network::new(|_| Fate::Answered);
    network.time = network.time.with_suspensions(suspensions);
    network.delay = Duration::from_millis(20);
    network.kept = kept;
    run_on(network, schedule, (targets, 0), Reminders::default())
}

#[test]
fn probes_in_flight_when_this_host_is_suspended_are_not_lost_and_the_rounds_keep_their_schedule() {
    const THIRD: &[(Duration, Duration)] = &[(Duration::from_millis(2500), HOUR)];
    let outcome = run_suspended(rounds(5), 1000, THIRD, false);
    let told = outcome.told;
    assert_eq!(told.suspensions, [HOUR]);
    let counts = told.total.counts;
    // One probe is sent each millisecond, and takes twenty.
    assert!((19..=21).contains(&counts.suspended), "{counts:?}");
    assert_eq!(counts.received + counts.suspended, 5000);
    assert_eq!(counts.loss(), Some(0.0));
    assert_eq!(outcome.success, Ok(true));
    let last = Duration::from_millis(5019);
    assert!(outcome.passed.abs_diff(last) <= Duration::from_millis(1));
}

#[test]
fn answers_that_were_kept_for_this_host_count() {
    const THIRD: &[(Duration, Duration)] = &[(Duration::from_millis(2500), HOUR)];
    let outcome = run_suspended(rounds(5), 1000, THIRD, true);
    let counts = outcome.told.total.counts;
    assert_eq!((counts.received, counts.suspended), (5000, 0));
    assert_eq!(outcome.told.longest, Duration::from_millis(20));
    let timed = outcome.told.total.sources;
    assert!((4979..=4981).contains(&(timed.kernel + timed.receipt + timed.user)));
}

#[test]
fn an_answer_that_was_kept_for_this_host_behind_an_error_has_no_round_trip() {
    const UNDER_WAY: &[(Duration, Duration)] = &[(Duration::from_millis(10), HOUR)];
    let mut network = Network::new(|target| match target {
        0 => Fate::Rejected,
        _ => Fate::Answered,
    });
    network.time = network.time.with_suspensions(UNDER_WAY);
    network.delay = Duration::from_millis(20);
    network.kept = true;
    let told = run_on(network, rounds(1), (2, 0), Reminders::default()).told;
    let counts = told.total.counts;
    assert_eq!(
        (counts.received, counts.rejected, counts.untimed),
        (1, 1, 1)
    );
    assert_eq!(
        (told.suspensions, told.longest),
        (vec![HOUR], Duration::ZERO)
    );
}

#[test]
fn whoever_was_asked_when_this_host_was_suspended_is_asked_again() {
    const AGAIN: &[(Duration, Duration)] = &[
        (Duration::from_millis(10), HOUR),
        (Duration::from_millis(510), HOUR),
    ];
    // Without retries of their own.
    let schedule = Schedule {
        mode: Mode::Alive {
            retries: 0,
            backoff: Backoff::default(),
        },
        ..alive_scan()
    };
    let outcome = run_suspended(schedule, 1000, AGAIN, false);
    let told = outcome.told;
    assert_eq!(told.suspensions, [HOUR, HOUR]);
    assert_eq!((told.total.alive, told.total.dead), (1000, 0));
    assert_eq!(told.total.counts.transmitted, 3000);
    assert_eq!(told.total.counts.suspended, 2000);
    assert_eq!(outcome.success, Ok(true));
}
