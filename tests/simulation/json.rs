//! Lines of `--json` from runs on a hostile network: each is valid, and outcomes add up.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::rc::Rc;
use std::time::{Duration, Instant};

use proptest::prelude::*;
use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};
use serde_json::Value;

use super::At;
use super::lines::Schema;
use super::many::Addresses;
use super::network::{Time, reply_to};
use rping::clock::Clock;
use rping::codec::{Codec, SingleTarget, SocketParams};
use rping::config::many::{self, Backoff, Fragments, Mode, Need, Spacing};
use rping::config::{
    self, ClockChoice, Message, Outstanding, Pace, Request, RoundTripStart, Sources, Timed,
    Timeout, Watching,
};
use rping::driver::{Driver, Finished, ReceiveMode, Reminders};
use rping::engine::{Engine, Many, One, Tokens, TokensOfMany};
use rping::event::{
    Destination, Directory, Ended, Ending, Event, Moment, Question, Several, Start, TargetSource,
};
use rping::net::{Datagram, Departure, ErrorEntry, Network, Received, SendFailure, Stamps, Wake};
use rping::report::conditions::Conditions;
use rping::report::json::{Json, Only, Run, SCHEMA, Socket};
use rping::report::{NoNames, Report};
use rping::sanitize::Charset;
use rping::signals::Interrupt;
use rping::wire::data::Pattern;

/// What a probe causes.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Reply,
    /// An ICMP error of this type and code.
    Error(u8, u8),
}

struct Arrival {
    kind: Kind,
    source: SocketAddr,
    destination: SocketAddr,
    octets: Vec<u8>,
}

/// A network with a random fate for each probe.
struct Hostile {
    time: Time,
    random: SmallRng,
    /// Maximum delay in milliseconds.
    slowest: u64,
    /// Whether the rest of a batch after a failed send is sent later.
    stops: bool,
    /// The probe whose send ends the run.
    breaks_at: Option<u64>,
    probes: u64,
    batch: Vec<(u32, Vec<u8>, SocketAddr)>,
    under_way: BTreeMap<(Instant, u64), Arrival>,
    count: u64,
    current: Vec<u8>,
}

impl Hostile {
    fn new(time: &Time, world: &World, stops: bool) -> Self {
        Self {
            time: time.clone(),
            random: SmallRng::seed_from_u64(world.seed),
            slowest: world.slowest,
            stops,
            breaks_at: world.breaks_at,
            probes: 0,
            batch: Vec::new(),
            under_way: BTreeMap::new(),
            count: 0,
            current: Vec::new(),
        }
    }

    fn comes(
        &mut self,
        kind: Kind,
        (source, destination): (SocketAddr, SocketAddr),
        octets: Vec<u8>,
    ) {
        let delay = Duration::from_micros(self.random.random_range(100..=self.slowest * 1000));
        self.count += 1;
        let arrival = Arrival {
            kind,
            source,
            destination,
            octets,
        };
        (self.under_way).insert((self.time.now() + delay, self.count), arrival);
    }

    /// Sends one probe with a random fate.
    fn send(&mut self, to: SocketAddr, message: &[u8]) -> Result<Departure, SendFailure> {
        self.probes += 1;
        if self.breaks_at == Some(self.probes) {
            return Err(SendFailure::Broken(io::Error::from_raw_os_error(
                libc::EBADF,
            )));
        }
        let reply = || reply_to(message);
        let home = (to, to);
        match self.random.random_range(0..20) {
            0 | 1 => {}
            2 => {
                self.comes(Kind::Reply, home, reply());
                self.comes(Kind::Reply, home, reply());
            }
            3 => {
                return Err(SendFailure::Refused(io::Error::from_raw_os_error(
                    libc::EPERM,
                )));
            }
            4 => return Err(SendFailure::TooLong { mtu: 1400 }),
            5 => self.comes(Kind::Error(3, 1), home, message.to_vec()),
            6 => {
                self.comes(Kind::Error(11, 0), home, message.to_vec());
                self.comes(Kind::Error(3, 13), home, message.to_vec());
            }
            7 => {
                self.comes(Kind::Error(3, 1), home, message.to_vec());
                self.comes(Kind::Reply, home, reply());
            }
            8 => self.comes(Kind::Error(5, 1), home, message.to_vec()),
            9 => self.comes(Kind::Reply, home, altered(reply(), 60)),
            10 => self.comes(Kind::Reply, home, altered(reply(), 10)),
            11 => self.comes(Kind::Reply, home, with_checksum(reply()[..60].to_vec())),
            12 => self.comes(
                Kind::Reply,
                home,
                with_checksum([reply(), vec![1; 4]].concat()),
            ),
            13 => {
                // A sequence number far away.
                let mut other = reply();
                other[6] ^= 0x55;
                self.comes(Kind::Reply, home, with_checksum(other));
            }
            14 => {
                let stranger = (Ipv4Addr::new(203, 0, 113, 9), 0).into();
                self.comes(Kind::Reply, (stranger, to), reply());
            }
            _ => self.comes(Kind::Reply, home, reply()),
        }
        let at = self.time.now();
        Ok(at.into())
    }
}

fn altered(mut reply: Vec<u8>, at: usize) -> Vec<u8> {
    reply[at] ^= 0xff;
    with_checksum(reply)
}

/// Corrects the checksum (RFC 1071).
fn with_checksum(mut message: Vec<u8>) -> Vec<u8> {
    message[2..4].fill(0);
    let words = message.chunks(2).map(|word| match *word {
        [high, low] => u16::from_be_bytes([high, low]),
        [high] => u16::from_be_bytes([high, 0]),
        _ => 0,
    });
    let mut sum: u32 = words.map(u32::from).sum();
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    let checksum = !u16::try_from(sum).unwrap();
    message[2..4].copy_from_slice(&checksum.to_be_bytes());
    message
}

impl Network for Hostile {
    fn queue(&mut self, name: u32, message: &[u8], to: SocketAddr, _: Option<u8>) -> bool {
        let has_room = self.batch.len() < 64;
        if has_room {
            self.batch.push((name, message.to_vec(), to));
        }
        has_room
    }

    fn flush(&mut self, told: &mut dyn FnMut(u32, Result<Departure, SendFailure>)) {
        for (name, message, to) in std::mem::take(&mut self.batch) {
            let outcome = self.send(to, &message);
            let has_failed = outcome.is_err();
            told(name, outcome);
            if has_failed && self.stops {
                return;
            }
        }
    }

    fn receive(&mut self, until: Option<Instant>, _: Wake) -> io::Result<Received<'_>> {
        let first = self.under_way.first_key_value().map(|(&(at, _), _)| at);
        let waits = [until, first].into_iter().flatten().min();
        if let Some(asleep) = waits.and_then(|until| self.time.next_suspension(until)) {
            self.time.advance_to(asleep);
        }
        let now = self.time.now();
        match (first, until) {
            (Some(first), until) if first <= now || until.is_none_or(|until| first <= until) => {
                self.time.advance_to(first);
            }
            (_, Some(until)) => {
                self.time.advance_to(until);
                return Ok(Received::Nothing);
            }
            (_, None) => panic!("the run waits for ever"),
        }
        let ((arrived, _), arrival) = self.under_way.pop_first().unwrap();
        self.current = arrival.octets;
        Ok(match arrival.kind {
            Kind::Reply => Received::Datagram(Datagram {
                source: arrival.source,
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
            }),
            Kind::Error(kind, code) => Received::Error(ErrorEntry::Icmp {
                reporter: "192.0.2.1:0".parse().unwrap(),
                destination: arrival.destination,
                kind,
                code,
                info: 0,
                original: self.current.clone(),
                extensions_at: None,
            }),
        })
    }

    fn dropped_here(&self) -> u64 {
        0
    }

    fn is_own(&self, _: IpAddr) -> bool {
        false
    }
}

#[derive(Debug, Clone)]
struct World {
    seed: u64,
    slowest: u64,
    breaks_at: Option<u64>,
    /// The times of SIGINT and SIGQUIT in milliseconds.
    stop: Option<u64>,
    status: Option<u64>,
    is_suspended: bool,
    count: u64,
    timeout: Option<u64>,
    deadline: Option<u64>,
    until_reply: bool,
    /// `None` for one target.
    targets: Option<u32>,
    alive: bool,
    detail: config::Json,
}

const SUSPENSIONS: &[(Duration, Duration)] =
    &[(Duration::from_millis(950), Duration::from_secs(30))];

fn any_world() -> impl Strategy<Value = World> {
    let often = |range: std::ops::Range<u64>| prop::option::weighted(0.3, range);
    let detail = prop::sample::select(vec![
        config::Json::Events,
        config::Json::All,
        config::Json::Summary,
    ]);
    let run = (
        any::<u64>(),
        1_u64..1500,
        often(1..30),
        often(0..3000),
        often(0..3000),
    );
    let schedule = (
        any::<bool>(),
        1_u64..20,
        often(50..800),
        often(300..3000),
        any::<bool>(),
    );
    let whom = (prop::option::of(1_u32..6), any::<bool>(), detail);
    (run, schedule, whom).prop_map(|(run, schedule, whom)| {
        let (seed, slowest, breaks_at, stop, status) = run;
        let (is_suspended, count, timeout, deadline, until_reply) = schedule;
        let (targets, alive, detail) = whom;
        World {
            seed,
            slowest,
            breaks_at: breaks_at.filter(|at| at % 4 == 0),
            stop,
            status,
            is_suspended,
            count,
            timeout,
            deadline,
            until_reply: until_reply && seed % 4 == 0,
            targets,
            alive: alive && targets.is_some(),
            detail,
        }
    })
}

impl World {
    fn timeout(&self) -> Option<Duration> {
        self.timeout.map(Duration::from_millis)
    }

    /// The settings in the line `start`.
    fn run(&self) -> Run {
        let timeout = match self.targets {
            None => self.timeout(),
            Some(_) => self.timeout().or(Some(Duration::from_secs(1))),
        };
        Run {
            id: "0".repeat(32),
            host: None,
            shard: None,
            targets_hash: self.targets.map(|_| 7),
            socket: Socket::Ping,
            clock: ClockChoice::Best,
            interval: None,
            timeout: timeout.filter(|_| !self.alive),
            size: 56,
            count: Some(self.count),
            targets: self.targets.unwrap_or(1),
            sources: Sources::default(),
            charset: Charset::Utf8,
            alive: self.alive,
        }
    }

    fn lines(&self) -> String {
        let suspensions = if self.is_suspended { SUSPENSIONS } else { &[] };
        let time = Time::new(&[]).with_suspensions(suspensions);
        match self.targets {
            None => self.of_one(&time),
            Some(targets) => self.of_many(&time, targets),
        }
    }

    fn of_one(&self, time: &Time) -> String {
        let target: SocketAddr = "198.51.100.2:0".parse().unwrap();
        let schedule = config::Schedule {
            pace: Pace::Interval(Duration::from_millis(100)),
            preload: 1,
            count: Some(self.count),
            until_reply: self.until_reply,
            deadline: self.deadline.map(Duration::from_millis),
            timeout: self.timeout().map_or(Timeout::Patient, Timeout::PerProbe),
            outstanding: Outstanding::Overdue,
            timed: Timed::Faithful,
            start: RoundTripStart::Queue,
            first_sequence: 65_530,
        };
        let tokens = Tokens::new([9; 16], target.ip(), 13);
        let engine = One::new(schedule, tokens, time.now())
            .reporting_outcomes()
            .watching(Watching::DEFAULT);
        let directory = Rc::new(Only {
            name: "a host".to_owned(),
            address: target,
        });
        let start = Start::One(Destination {
            host: String::new(),
            target,
            source: None,
            device: None,
            size: 56,
            smallest: None,
            ip_options: 0,
            flow_label: None,
            identifier: 13,
            raw: false,
        });
        let sole = SingleTarget::new(target, Vec::new(), false);
        self.drive(time, engine, sole, directory, &start)
    }

    fn of_many(&self, time: &Time, targets: u32) -> String {
        let schedule = many::Schedule {
            mode: if self.alive {
                Mode::Alive {
                    retries: 2,
                    backoff: Backoff::default(),
                }
            } else {
                Mode::Rounds {
                    period: Duration::from_millis(100),
                    count: Some(u32::try_from(self.count).unwrap()),
                }
            },
            spacing: Spacing::at_most(None),
            timeout: self.run().timeout.unwrap_or(Duration::from_millis(300)),
            deadline: self.deadline.map(Duration::from_millis),
            start: RoundTripStart::Queue,
            first_sequence: 65_530,
            fragments: Fragments::Allowed,
        };
        let tokens = TokensOfMany::new([9; 16]);
        let engine = Many::new(schedule, Need::All, tokens, targets, time.now());
        let engine = engine
            .reporting_outcomes()
            .keeping_everything()
            .watching(Watching::DEFAULT);
        let start = Start::Several(Several {
            targets,
            duplicates: 0,
            size: 56,
            question: Question::Alive,
        });
        let addresses = || Addresses::of(targets);
        self.drive(time, engine, addresses(), Rc::new(addresses()), &start)
    }

    fn drive(
        &self,
        time: &Time,
        engine: impl Engine,
        targets: impl TargetSource,
        directory: Rc<dyn Directory>,
        start: &Start,
    ) -> String {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let mut json = Json::new(
            self.detail,
            self.run(),
            "rping",
            directory,
            (&mut out, &mut err),
            NoNames,
        );
        let side = SocketParams {
            identifier: 13,
            raw: false,
        };
        let message = Message {
            size: 56,
            pattern: Pattern::Counting,
            request: Request::Echo,
        };
        let at = |moment: Option<u64>, interrupt| Some((Duration::from_millis(moment?), interrupt));
        let planned = [
            at(self.status, Interrupt::Status),
            at(self.stop, Interrupt::Stop),
        ];
        let began = time.now();
        let driver = Driver {
            engine,
            codec: Codec::new(message, side, side),
            network: Hostile::new(time, self, self.targets.is_none()),
            clock: time.clone(),
            report: &mut json,
            interrupts: At {
                time: time.clone(),
                planned: planned.into_iter().flatten().collect(),
            },
            targets,
            receive_mode: if self.targets.is_some() {
                ReceiveMode::Batched
            } else {
                ReceiveMode::OneByOne
            },
            reminders: Reminders::default(),
            outcomes: true,
            began,
            conditions: Conditions::default(),
        };
        let ending = match driver.run(start) {
            Ok(Finished { ending, .. }) => ending,
            Err(_) => Ending::Error,
        };
        let ended = Ended {
            ending,
            exit_code: 0,
        };
        let moment = || Moment {
            wall: time.wall(),
            since_start: time.now() - began,
        };
        json.event(&Event::Ended(&ended), &moment).unwrap();
        drop(json);
        String::from_utf8(out).unwrap()
    }
}

struct Lines(Vec<Value>);

impl Lines {
    fn of<'a>(&'a self, event: &'a str, target: &'a Value) -> impl Iterator<Item = &'a Value> {
        let lines = self.0.iter().filter(move |line| line["event"] == event);
        lines.filter(move |line| line["target"] == *target)
    }

    fn number(&self, event: &str, target: &Value) -> u64 {
        self.of(event, target).map(|_| 1).sum()
    }

    /// Each line has a time, and times never fall.
    fn times_never_fall(&self) {
        let times = self.0.iter().map(|line| line["t_ms"].as_f64().unwrap());
        assert!(times.is_sorted());
    }

    /// Each target is introduced once, before the first line about it.
    fn targets_are_introduced(&self) {
        let mut known = BTreeSet::new();
        for line in &self.0 {
            let Some(target) = line["target"].as_u64() else {
                continue;
            };
            let is_news = known.insert(target);
            assert_eq!(is_news, line["event"] == "target", "{line}");
        }
    }

    /// A summary counts what the lines report, and each probe has one outcome.
    fn outcomes_add_up(&self, summary: &Value) {
        let target = &summary["target"];
        let counted = |field: &str| summary[field].as_u64().unwrap();
        let ends = ["received", "lost", "rejected", "suspended", "in_flight"];
        let ends: u64 = ends.into_iter().map(counted).sum();
        assert_eq!(counted("sent"), ends, "{summary}");
        for (event, field) in [
            ("reply", "received"),
            ("lost", "lost"),
            ("rejected", "rejected"),
            ("suspended", "suspended"),
            ("not_sent", "not_sent"),
            ("late", "late"),
            ("icmp_error", "icmp_errors"),
            ("duplicate", "duplicates"),
            ("bad_checksum", "bad_checksum"),
            ("bad_token", "bad_token"),
            ("stale", "stale"),
            ("unexpected", "unexpected"),
        ] {
            assert_eq!(
                self.number(event, target),
                counted(field),
                "{event}: {summary}"
            );
        }
        for mark in [
            "reordered",
            "altered",
            "truncated",
            "oversized",
            "wrong_source",
        ] {
            let marked = self.of("reply", target).filter(|line| line[mark] == true);
            assert_eq!(marked.count() as u64, counted(mark), "{mark}: {summary}");
        }
        let mut known = BTreeMap::new();
        for line in self.0.iter().filter(|line| line["target"] == *target) {
            let event = line["event"].as_str().unwrap();
            let is_end = ["reply", "lost", "rejected", "not_sent", "suspended"].contains(&event);
            let number = line["seq"].as_u64();
            if is_end {
                assert_eq!(
                    known.insert(number.unwrap(), event),
                    None,
                    "two ends: {line}"
                );
            }
            if event == "late" {
                let before = known.get(&number.unwrap()).copied();
                assert!(
                    matches!(before, Some("lost" | "rejected" | "suspended")),
                    "{before:?} before {line}"
                );
            }
        }
        let probes = counted("sent") + counted("not_sent");
        assert!(known.keys().all(|number| *number < probes), "{summary}");
        assert_eq!(
            known.len() as u64 + counted("in_flight"),
            probes,
            "{summary}"
        );
        let departures: BTreeSet<u64> = self
            .of("sent", target)
            .map(|line| line["seq"].as_u64().unwrap())
            .collect();
        if !departures.is_empty() {
            assert_eq!(departures.len() as u64, counted("sent"));
            let unsent = self
                .of("not_sent", target)
                .map(|line| line["seq"].as_u64().unwrap());
            let all: BTreeSet<u64> = departures.into_iter().chain(unsent).collect();
            assert!(all.into_iter().eq(0..probes), "{summary}");
        }
    }

    /// A target goes down and comes up alternately, and none of the probes that took it down was answered in time.
    fn downs_and_ups_take_turns(&self, target: &Value, is_final: bool) {
        let mut down: Option<&Value> = None;
        let lines = self.0.iter().filter(|line| line["target"] == *target);
        let number = |line: &Value, field: &str| line[field].as_u64().unwrap();
        for line in lines {
            if line["event"] == "down" {
                assert!(down.is_none(), "down twice: {line}");
                assert_eq!(line["probes"], 3);
                down = Some(line);
                let is_of_it = |reply: &&Value| {
                    let first = number(line, "seq");
                    (first..first + 3).contains(&number(reply, "seq"))
                };
                let answered = self.of("reply", target).find(is_of_it);
                assert!(!is_final || answered.is_none(), "{line} {answered:?}");
            } else if line["event"] == "up" {
                let down = down.take().unwrap();
                assert_eq!(line["since"], down["since"]);
                assert!(number(line, "probes") >= 3);
            }
        }
    }

    /// The last line is the sum of the summaries.
    fn end_is_the_sum(&self) {
        let end = self.0.last().unwrap();
        let summaries = self.0.iter().filter(|line| line["event"] == "summary");
        for (field, sum) in end.as_object().unwrap() {
            let is_sum = summaries.clone().any(|line| line[field].is_u64());
            if is_sum && !["v", "t_ms", "loss_percent"].contains(&field.as_str()) {
                let parts: u64 = summaries
                    .clone()
                    .map(|line| line[field].as_u64().unwrap())
                    .sum();
                // Some belong to no target.
                let strangers = match field.as_str() {
                    "unexpected" => self.number(field, &Value::Null),
                    _ => 0,
                };
                let parts = parts + strangers;
                assert_eq!(sum.as_u64(), Some(parts), "{field}: {end}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn lines_of_any_run_validate_and_outcomes_add_up(world in any_world()) {
        thread_local! {
            static LINES: Schema = Schema::new(SCHEMA);
        }
        let out = world.lines();
        let lines = Lines(LINES.with(|schema| schema.read_run(&out)));
        lines.times_never_fall();
        lines.targets_are_introduced();
        let summaries = lines.0.iter().filter(|line| line["event"] == "summary");
        let is_told_of_probes = match world.detail {
            config::Json::All => true,
            config::Json::Events => !world.alive,
            config::Json::Summary => false,
        };
        for summary in summaries.filter(|_| is_told_of_probes) {
            lines.outcomes_add_up(summary);
        }
        // Without a timeout, a probe that took the target down may still be answered.
        let is_final = world.timeout.is_some() || world.targets.is_some();
        for target in 0..world.targets.unwrap_or(1) {
            lines.downs_and_ups_take_turns(&target.into(), is_final);
        }
        if is_told_of_probes {
            lines.end_is_the_sum();
        }
    }
}
