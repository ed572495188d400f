//! Failing system calls and outputs, injected through the traits of the loop.

use std::io::{self, Write};
use std::mem;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use super::network::{Path, Simulated, Time};
use super::{quiet, run_on, schedule, target};
use rping::config::{Pace, Schedule, Style};
use rping::net::{Departure, Network, Received, SendFailure, Wake};

/// A network in which single calls fail.
struct Faulty<'a> {
    inner: Simulated,
    batch: Vec<(u32, Vec<u8>, SocketAddr)>,
    calls: Calls,
    send: &'a dyn Fn(u64) -> Option<SendFailure>,
    receive: &'a dyn Fn(u64) -> Option<io::Result<Received<'static>>>,
}

#[derive(Default)]
struct Calls {
    send: u64,
    receive: u64,
}

impl Network for Faulty<'_> {
    fn queue(&mut self, name: u32, message: &[u8], to: SocketAddr, _: Option<u8>) -> bool {
        self.batch.push((name, message.to_vec(), to));
        true
    }

    fn flush(&mut self, told: &mut dyn FnMut(u32, Result<Departure, SendFailure>)) {
        for (name, message, to) in mem::take(&mut self.batch) {
            self.calls.send += 1;
            if let Some(failure) = (self.send)(self.calls.send) {
                return told(name, Err(failure));
            }
            self.inner.queue(name, &message, to, None);
            self.inner.flush(told);
        }
    }

    fn receive(&mut self, until: Option<Instant>, wake: Wake) -> io::Result<Received<'_>> {
        self.calls.receive += 1;
        match (self.receive)(self.calls.receive) {
            Some(outcome) => outcome,
            None => self.inner.receive(until, wake),
        }
    }

    fn dropped_here(&self) -> u64 {
        self.inner.dropped_here()
    }
}

/// The output and end of a run: whether enough replies came, or its error.
#[derive(Debug, PartialEq)]
struct Ending {
    out: String,
    err: String,
    outcome: Result<bool, String>,
}

fn run(
    schedule: Schedule,
    send: &dyn Fn(u64) -> Option<SendFailure>,
    receive: &dyn Fn(u64) -> Option<io::Result<Received<'static>>>,
) -> Ending {
    let time = Time::new(&[]);
    let faulty = Faulty {
        inner: Simulated::new(time.clone(), Path::plain(12), target(), 7),
        batch: Vec::new(),
        calls: Calls::default(),
        send,
        receive,
    };
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let outcome = run_on(
        faulty,
        &time,
        (schedule, Style::default()),
        (&mut out, &mut err),
        vec![],
    );
    Ending {
        out: String::from_utf8(out).unwrap(),
        err: String::from_utf8(err).unwrap(),
        outcome: outcome.map_err(|error| rping::app::message(&error)),
    }
}

fn error(number: i32) -> io::Error {
    io::Error::from_raw_os_error(number)
}

#[test]
fn a_send_that_can_never_succeed_ends_the_run_with_its_statistics() {
    let third = |call| (call == 3).then(|| SendFailure::Broken(error(libc::EBADF)));
    let ending = run(schedule(5), &third, &|_| None);
    assert_eq!(
        ending.outcome,
        Err("cannot send: Bad file descriptor".to_owned())
    );
    let counts = "\n2 packets transmitted, 2 received, 0% packet loss";
    assert!(ending.out.contains(counts), "{}", ending.out);
    assert_eq!(ending.err, "");
}

#[test]
fn a_receive_that_fails_ends_the_run_with_its_statistics() {
    // Each probe needs three reads: its departure, its reply, and an empty queue.
    for call in 1..=9 {
        let fails = |count| (count == call).then(|| Err(error(libc::ENOMEM)));
        let ending = run(schedule(5), &|_| None, &fails);
        let reason = "cannot receive: Cannot allocate memory";
        assert_eq!(ending.outcome, Err(reason.to_owned()));
        assert!(ending.out.contains(" packets transmitted, "), "{ending:?}");
    }
}

#[test]
fn waits_that_end_for_no_reason_change_nothing() {
    let undisturbed = run(schedule(5), &|_| None, &|_| None);
    for every in 2..6 {
        let ending = run(schedule(5), &|_| None, &|call| {
            (call % every == 0).then_some(Ok(Received::Nothing))
        });
        assert_eq!(ending, undisturbed);
    }
}

type Failure = fn() -> SendFailure;

#[test]
fn each_send_that_fails_in_passing_is_told_once_and_counted() {
    let failures: [(Failure, u64, &str); 4] = [
        (|| SendFailure::Busy(error(libc::ENOBUFS)), 5, ""),
        (|| SendFailure::Busy(error(libc::EINTR)), 5, ""),
        (
            || SendFailure::Refused(error(libc::EINVAL)),
            4,
            "rping: sendmsg: Invalid argument\n",
        ),
        (
            || SendFailure::TooLong { mtu: 40 },
            4,
            "rping: local error: message too long, mtu=40\n",
        ),
    ];
    for (failure, sent, told) in failures {
        for failing in 1..=5 {
            let send = |call| (call == failing).then(failure);
            let ending = run(schedule(5), &send, &|_| None);
            let counts = format!("\n{sent} packets transmitted, {sent} received, 0% packet loss");
            assert!(ending.out.contains(&counts), "{ending:?}");
            assert_eq!(ending.out.contains("not sent: "), sent < 5, "{ending:?}");
            assert_eq!(ending.err, told);
            assert_eq!(ending.outcome, Ok(true));
        }
    }
}

#[test]
fn a_queue_that_stays_full_ends_the_run_and_not_the_program() {
    let full = |_| Some(SendFailure::Busy(error(libc::ENOBUFS)));
    let flood = Schedule {
        pace: Pace::Flood,
        ..schedule(5)
    };
    for schedule in [schedule(5), flood] {
        let ending = run(schedule, &full, &|_| None);
        assert!(
            ending.out.contains("\n0 packets transmitted, 0 received"),
            "{ending:?}"
        );
        assert!(ending.out.contains("not sent: 5 probes"), "{ending:?}");
        assert_eq!(ending.outcome, Ok(false));
    }
}

/// An output that accepts a number of lines, and then always fails with this error.
struct Failing {
    lines: usize,
    error: i32,
}

impl Write for Failing {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        if self.lines == 0 {
            return Err(error(self.error));
        }
        let line = octets.iter().position(|octet| *octet == b'\n');
        self.lines -= usize::from(line.is_some());
        Ok(line.map_or(octets.len(), |end| end + 1))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The end of a run whose output or messages fail after this many lines, and its time.
fn written(lines: usize, errno: i32, out_fails: bool) -> (Result<bool, String>, Duration) {
    let time = Time::new(&[]);
    let network = Simulated::new(time.clone(), Path::plain(12), target(), 7);
    let failing = |fails| Failing {
        lines: if fails { lines } else { usize::MAX },
        error: errno,
    };
    let outcome = run_on(
        network,
        &time,
        (schedule(5), Style::default()),
        (failing(out_fails), failing(!out_fails)),
        vec![],
    );
    let outcome = outcome.map_err(|error| rping::app::message(&error));
    (outcome, time.passed())
}

#[test]
fn output_that_fails_ends_the_run_at_once_with_one_message() {
    for (errno, words) in [
        (libc::EIO, "Input/output error"),
        (libc::EPIPE, "Broken pipe"),
    ] {
        output_that_fails_ends_the_run_at_once(errno, words);
    }
}

fn output_that_fails_ends_the_run_at_once(errno: i32, words: &str) {
    // The first line, five replies, an empty one, and the statistics.
    for lines in 0..11 {
        let (outcome, passed) = written(lines, errno, true);
        let message = format!("cannot write the output: {words}");
        assert_eq!(outcome, Err(message), "{lines} lines");
        let replies = u64::try_from(lines).unwrap_or(0).clamp(1, 5);
        assert!(
            passed <= Duration::from_secs(replies),
            "{lines}: {passed:?}"
        );
    }
}

#[test]
fn messages_that_nobody_takes_change_nothing() {
    for errno in [libc::EIO, libc::EPIPE, libc::ENOSPC] {
        let (outcome, passed) = written(0, errno, false);
        assert_eq!(outcome, Ok(true));
        assert_eq!(passed, Duration::from_millis(4012));
    }
}

#[test]
fn a_quiet_run_on_a_network_of_which_everything_fails_now_and_then_accounts_for_every_probe() {
    let time = Time::new(&[]);
    let faulty = Faulty {
        inner: Simulated::new(time.clone(), Path::plain(12), target(), 7),
        batch: Vec::new(),
        calls: Calls::default(),
        send: &|call| match call % 10 {
            3 => Some(SendFailure::Busy(error(libc::EAGAIN))),
            6 => Some(SendFailure::Refused(error(libc::EPERM))),
            9 => Some(SendFailure::TooLong { mtu: 68 }),
            _ => None,
        },
        receive: &|call| (call % 3 == 0).then_some(Ok(Received::Nothing)),
    };
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let outputs = (&mut out, &mut err);
    let success = run_on(faulty, &time, (schedule(900), quiet()), outputs, vec![]);
    let out = String::from_utf8(out).unwrap();
    // Of ten calls one is repeated, and two do not send: nine probes.
    let counts = "\n700 packets transmitted, 700 received, 0% packet loss";
    assert!(out.contains(counts), "{out}");
    assert!(out.contains("not sent: 200 probes"), "{out}");
    assert!(success.unwrap());
}
