//! Whole runs of the program on a simulated network with a virtual clock: codec, engine, loop and report are the real
//! ones. A month takes a second, and runs are reproducible.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test reports what is wrong by panicking"
)]

mod blocked;
mod clocks;
mod downs;
mod faults;
mod json;
#[path = "../lines/mod.rs"]
mod lines;
mod many;
mod network;
mod path_mtu;
mod suspended;

use std::net::SocketAddr;
use std::time::Duration;

use network::{Path, Simulated, Time};
use rping::clock::Clock;
use rping::codec::{Codec, SingleTarget, SocketParams};
use rping::config::{
    Face, Message, Outstanding, Pace, Request, RoundTripStart, Schedule, Style, Timed, Timeout,
    Watching,
};
use rping::driver::{Driver, ReceiveMode, Reminders};
use rping::engine::{One, Tokens};
use rping::event::{Destination, Start};
use rping::net::Network;
use rping::report::conditions::Conditions;
use rping::report::{NoNames, Outlet, text::Text};
use rping::signals::{Interrupt, Interrupts};
use rping::wire::data::Pattern;

/// Interrupts at given times.
struct At {
    time: Time,
    planned: Vec<(Duration, Interrupt)>,
}

impl Interrupts for At {
    fn take(&mut self) -> Option<Interrupt> {
        let passed = self.time.passed();
        let due = self.planned.iter().position(|&(at, _)| passed >= at)?;
        Some(self.planned.remove(due).1)
    }
}

/// The output of a run, and its end.
struct Outcome {
    out: String,
    err: String,
    success: bool,
    passed: Duration,
}

fn schedule(count: u64) -> Schedule {
    Schedule {
        pace: Pace::Interval(Duration::from_secs(1)),
        preload: 1,
        count: Some(count),
        until_reply: false,
        deadline: None,
        timeout: Timeout::Patient,
        outstanding: Outstanding::Overdue,
        timed: Timed::Faithful,
        start: RoundTripStart::Queue,
        first_sequence: 1,
    }
}

fn target() -> SocketAddr {
    "198.51.100.2:0".parse().unwrap()
}

fn run(
    schedule: Schedule,
    style: Style,
    path: Path,
    planned: Vec<(Duration, Interrupt)>,
) -> Outcome {
    let time = Time::new(path.steps).with_suspensions(path.suspensions);
    let network = Simulated::new(time.clone(), path, target(), 7);
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let success = run_on(
        network,
        &time,
        (schedule, style),
        (&mut out, &mut err),
        planned,
    );
    Outcome {
        out: String::from_utf8(out).unwrap(),
        err: String::from_utf8(err).unwrap(),
        success: success.unwrap(),
        passed: time.passed(),
    }
}

/// The same on any network, with any output.
fn run_on(
    network: impl Network,
    time: &Time,
    (schedule, style): (Schedule, Style),
    (out, err): (impl Outlet, impl Outlet),
    planned: Vec<(Duration, Interrupt)>,
) -> anyhow::Result<bool> {
    let (target, identifier) = (target(), 13);
    let message = Message {
        size: 56,
        pattern: Pattern::Counting,
        request: Request::Echo,
    };
    let side = SocketParams {
        identifier,
        raw: false,
    };
    let began = time.now();
    let tokens = Tokens::new([9; 16], target.ip(), identifier);
    let mut engine = One::new(schedule, tokens, began);
    if style.transitions {
        engine = engine.watching(Watching::DEFAULT);
    }
    let driver = Driver {
        engine,
        codec: Codec::new(message, side, side),
        network,
        clock: time.clone(),
        report: Text::of_one(style, "rping", (out, err), NoNames),
        interrupts: At {
            time: time.clone(),
            planned,
        },
        targets: SingleTarget::new(target, Vec::new(), false),
        receive_mode: ReceiveMode::OneByOne,
        reminders: Reminders::default(),
        outcomes: false,
        began,
        conditions: Conditions::default(),
    };
    let start = Start::One(Destination {
        host: "198.51.100.2".to_owned(),
        target,
        source: None,
        device: None,
        size: 56,
        smallest: None,
        ip_options: 0,
        flow_label: None,
        identifier,
        raw: false,
    });
    driver.run(&start).map(|run| run.success)
}

fn ping() -> Style {
    Style {
        face: Face::Ping,
        ..Style::default()
    }
}

fn quiet() -> Style {
    Style {
        quiet: true,
        ..Style::default()
    }
}

#[test]
fn a_plain_run_under_the_name_ping_prints_what_iputils_prints() {
    let outcome = run(schedule(2), ping(), Path::plain(12), vec![]);
    assert_eq!(
        outcome.out,
        "\
PING 198.51.100.2 (198.51.100.2) 56(84) bytes of data.
64 bytes from 198.51.100.2: icmp_seq=1 ttl=64 time=12.0 ms
64 bytes from 198.51.100.2: icmp_seq=2 ttl=64 time=12.0 ms

--- 198.51.100.2 ping statistics ---
2 packets transmitted, 2 received, 0% packet loss, time 1000ms
rtt min/avg/max/mdev = 12.000/12.000/12.000/0.000 ms
"
    );
    assert_eq!(outcome.err, "");
    assert!(outcome.success);
}

#[test]
fn an_interrupt_ends_the_run_with_its_statistics() {
    let planned = vec![
        (Duration::from_millis(1500), Interrupt::Status),
        (Duration::from_millis(2500), Interrupt::Stop),
    ];
    let endless = Schedule {
        count: None,
        ..schedule(1)
    };
    let outcome = run(endless, quiet(), Path::plain(12), planned);
    assert!(
        outcome.out.contains("3 packets transmitted, 3 received"),
        "{}",
        outcome.out
    );
    assert_eq!(
        outcome.err,
        "\r2/2 packets, 0% loss, min/avg/ewma/max = 12.000/12.000/12.000/12.000 ms\n"
    );
}

#[test]
fn a_month_at_one_second_keeps_its_schedule_and_accounts_for_every_probe() {
    const MONTH: u64 = 30 * 86_400;
    let path = Path {
        delay: Duration::from_millis(5),
        variation: Duration::from_millis(40),
        lost: 20,
        duplicated: 10,
        no_room: 0,
        rejected: 5,
        refused: 3,
        ..Path::plain(0)
    };
    let outcome = run(schedule(MONTH), quiet(), path, vec![]);
    let number = |word: &str| -> u64 {
        let line = outcome
            .out
            .lines()
            .find(|line| line.contains("packets transmitted"))
            .unwrap();
        let part = line.split(", ").find(|part| part.contains(word)).unwrap();
        part.trim_start_matches('+')
            .split(' ')
            .next()
            .unwrap()
            .parse()
            .unwrap()
    };
    let (transmitted, received, errors) =
        (number("transmitted"), number("received"), number("errors"));
    assert!(transmitted < MONTH && transmitted > MONTH * 995 / 1000);
    assert!(received < transmitted && received > transmitted * 970 / 1000);
    assert!(errors > 0 && received + errors < transmitted);
    assert!(
        outcome
            .out
            .contains(&format!("{} not sent", MONTH - transmitted))
            || outcome
                .out
                .contains(&format!("not sent: {}", MONTH - transmitted)),
        "{}",
        outcome.out
    );
    // The last probe is sent in the last slot: no drift in a month.
    let last = Duration::from_secs(MONTH - 1);
    assert!(outcome.passed >= last && outcome.passed < last + Duration::from_secs(2));
}

#[test]
fn what_found_no_room_at_home_is_told_in_the_statistics() {
    let crowded = Path {
        no_room: 1000,
        ..Path::plain(1)
    };
    let outcome = run(schedule(3), quiet(), crowded, vec![]);
    assert!(
        outcome.out.contains(
            "\ndropped here: 3 datagrams dropped because the receive buffer of this host was full\n"
        ),
        "{}",
        outcome.out
    );
}

#[test]
fn nothing_ever_answers_and_the_run_ends() {
    let deaf = Path {
        lost: 1000,
        ..Path::plain(1)
    };
    let outcome = run(schedule(1), Style::default(), deaf, vec![]);
    assert!(
        outcome.out.contains("no answer yet for icmp_seq=1\n"),
        "{}",
        outcome.out
    );
    assert!(
        outcome
            .out
            .contains("1 packets transmitted, 0 received, 100% packet loss, time 0ms\n\n")
    );
    assert!(!outcome.success);
    assert_eq!(outcome.passed, Duration::from_secs(10));
}
