//! Runs whose output is not read for an hour of virtual time.

use std::cell::{Cell, RefCell};
use std::io;
use std::rc::Rc;
use std::time::Duration;

use super::network::{Path, Simulated, Time};
use super::{ping, run_on, schedule, target};
use rping::clock::Clock;
use rping::config::{Face, Schedule, Style};
use rping::output::{Descriptor, Stream};
use rping::signals::Interrupt;

/// How long a blocking write takes.
pub(crate) const AWAY: Duration = Duration::from_secs(3600);

/// A reader that is away: a blocking write waits for it.
#[derive(Clone)]
pub(crate) struct Absent {
    time: Time,
    /// When it returns by itself.
    back: Duration,
    /// When the first blocking write began.
    awaited: Rc<Cell<Option<Duration>>>,
    /// When it read the first output.
    served: Rc<Cell<Option<Duration>>>,
    taken: Rc<RefCell<Vec<u8>>>,
}

impl Absent {
    pub(crate) fn until(time: &Time, back: Duration) -> Self {
        Self {
            time: time.clone(),
            back,
            awaited: Rc::default(),
            served: Rc::default(),
            taken: Rc::default(),
        }
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.taken.borrow().clone()).unwrap()
    }
}

impl Descriptor for Absent {
    fn try_write(&mut self, text: &[u8]) -> io::Result<usize> {
        if self.time.passed() < self.back {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        self.write(text)
    }

    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        let passed = self.time.passed();
        if let Some(away) = self.back.checked_sub(passed)
            && !away.is_zero()
        {
            self.awaited.set(Some(passed));
            self.time.advance_to(self.time.now() + away);
        }
        let served = self.served.get().unwrap_or_else(|| self.time.passed());
        self.served.set(Some(served));
        self.taken.borrow_mut().extend(text);
        Ok(text.len())
    }
}

/// The results of a run whose readers were away.
struct Outcome {
    out: String,
    err: String,
    /// When a blocking write began, or `None`.
    awaited: Option<Duration>,
    /// When the reader of standard output read the first output.
    served: Duration,
    passed: Duration,
}

fn run(
    schedule: Schedule,
    style: Style,
    back: Duration,
    planned: Vec<(Duration, Interrupt)>,
) -> Outcome {
    let time = Time::new(&[]);
    let (out, err) = (Absent::until(&time, back), Absent::until(&time, back));
    let network = Simulated::new(time.clone(), Path::plain(12), target(), 7);
    let success = run_on(
        network,
        &time,
        (schedule, style),
        (Stream::new(out.clone()), Stream::new(err.clone())),
        planned,
    );
    assert!(success.unwrap());
    Outcome {
        out: out.text(),
        err: err.text(),
        awaited: out.awaited.get(),
        served: out.served.get().unwrap(),
        passed: time.passed(),
    }
}

fn transmitted(out: &str) -> String {
    let (_, statistics) = out.split_once(" ping statistics ---\n").unwrap();
    statistics.lines().next().unwrap().to_owned()
}

#[test]
fn every_probe_leaves_in_its_time_while_nobody_reads() {
    for style in [ping(), Style::default()] {
        let outcome = run(schedule(10), style, AWAY, vec![]);
        assert_eq!(outcome.out.matches(" bytes from ").count(), 10);
        assert_eq!(
            transmitted(&outcome.out),
            "10 packets transmitted, 10 received, 0% packet loss, time 9000ms"
        );
        assert_eq!(outcome.awaited, Some(Duration::from_millis(9012)));
        assert_eq!((outcome.err.as_str(), outcome.passed), ("", AWAY));
    }
}

#[test]
fn the_deadline_ends_a_run_that_nobody_reads() {
    let until_the_deadline = Schedule {
        count: None,
        deadline: Some(Duration::from_millis(5500)),
        ..schedule(1)
    };
    let outcome = run(until_the_deadline, Style::default(), AWAY, vec![]);
    assert_eq!(
        transmitted(&outcome.out),
        "6 packets transmitted, 6 received, 0% packet loss, time 5000ms"
    );
    assert_eq!(outcome.awaited, Some(Duration::from_millis(5500)));
}

#[test]
fn an_interrupt_ends_a_run_that_nobody_reads() {
    let endless = Schedule {
        count: None,
        ..schedule(1)
    };
    let planned = vec![
        (Duration::from_millis(1500), Interrupt::Status),
        (Duration::from_millis(2500), Interrupt::Stop),
    ];
    let Outcome {
        out, err, awaited, ..
    } = run(endless, Style::default(), AWAY, planned);
    assert!(transmitted(&out).starts_with("3 packets transmitted, 3 received"));
    assert!(err.starts_with("\r2/2 packets, 0% loss"), "{err}");
    // SIGQUIT is handled when the loop next wakes up, which is soon.
    let soon = Duration::from_millis(2500)..=Duration::from_millis(2520);
    assert!(soon.contains(&awaited.unwrap()), "{awaited:?}");
}

#[test]
fn who_comes_back_gets_what_was_kept_within_the_blink_of_an_eye_and_is_told_of_the_rest() {
    // The limit is reached after 75 minutes: lines have 61 octets or more.
    let back = Duration::from_millis(7_199_400);
    for face in [Face::Ping, Face::Rping] {
        let style = Style {
            face,
            ..Style::default()
        };
        let Outcome {
            out,
            err,
            awaited,
            served,
            passed,
        } = run(schedule(7201), style, back, vec![]);
        let printed = out.matches(" bytes from ").count();
        assert!((4000..4500).contains(&printed), "{printed}");
        let missing = 7201 - printed;
        let told =
            format!("rping: {missing} lines dropped: the reader of the output fell behind\n");
        assert_eq!(err, told);
        assert!(
            served >= back && served <= back + Duration::from_millis(20),
            "{served:?}"
        );
        // Later lines were written without blocking.
        assert_eq!(awaited, None);
        assert!(out.contains(": icmp_seq=7201 ttl=64 "), "{out}");
        assert!(transmitted(&out).starts_with("7201 packets transmitted, 7201 received"));
        assert_eq!(passed, Duration::from_millis(7_200_012));
    }
}
