//! A simulated network with its own clock: the fate of packets is seeded, and waiting takes no real time.

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant, SystemTime};

use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};

use rping::clock::{Alignment, Clock, SystemClock};
use rping::net::{
    Datagram, Departure, ErrorEntry, Network, Passage, Received, SendFailure, Stamps, Wake,
};

/// The behaviour of a path.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Path {
    /// The minimum round trip.
    pub(crate) delay: Duration,
    /// The maximum of a random addition to it, uniform from zero.
    pub(crate) variation: Duration,
    /// Probes in a thousand without a reply.
    pub(crate) lost: u32,
    /// Replies in a thousand that arrive twice.
    pub(crate) duplicated: u32,
    /// Replies in a thousand that do not fit into this host's receive buffer.
    pub(crate) no_room: u32,
    /// Probes in a thousand that a router rejects.
    pub(crate) rejected: u32,
    /// Sends in a thousand that fail.
    pub(crate) refused: u32,
    /// The time in this host from the send call to the queue of the interface, and again from the wire to the return of
    /// the receive call.
    pub(crate) host: Duration,
    /// How long the kernel holds a probe after the send call, while it resolves the neighbour.
    pub(crate) held: Duration,
    /// The wait of a probe in the queue of the interface.
    pub(crate) queue: Duration,
    /// The times at which the wall clock is stepped, and the steps in microseconds.
    pub(crate) steps: &'static [(Duration, i64)],
    /// The times of suspensions on the monotonic clock, and their lengths. Messages in flight are lost.
    pub(crate) suspensions: &'static [(Duration, Duration)],
    /// Spans of the run, without their ends, in which probes get no reply.
    pub(crate) silent: &'static [(Duration, Duration)],
    /// Keeps messages in flight during suspensions instead.
    pub(crate) kept: bool,
}

impl Path {
    /// A path that answers each probe after this many milliseconds.
    pub(crate) fn plain(milliseconds: u64) -> Self {
        Self {
            delay: Duration::from_millis(milliseconds),
            variation: Duration::ZERO,
            lost: 0,
            duplicated: 0,
            no_room: 0,
            rejected: 0,
            refused: 0,
            host: Duration::ZERO,
            held: Duration::ZERO,
            queue: Duration::ZERO,
            steps: &[],
            suspensions: &[],
            silent: &[],
            kept: false,
        }
    }
}

/// The clocks of the simulation.
#[derive(Debug, Clone)]
pub(crate) struct Time {
    now: Rc<RefCell<Instant>>,
    start: Instant,
    /// The times at which the wall clock is stepped, and the steps in microseconds.
    steps: &'static [(Duration, i64)],
    /// The times of suspensions, and their lengths.
    suspensions: &'static [(Duration, Duration)],
}

impl Time {
    pub(crate) fn new(steps: &'static [(Duration, i64)]) -> Self {
        let start = SystemClock.now();
        Self {
            now: Rc::new(RefCell::new(start)),
            start,
            steps,
            suspensions: &[],
        }
    }

    pub(crate) fn with_suspensions(self, suspensions: &'static [(Duration, Duration)]) -> Self {
        Self {
            suspensions,
            ..self
        }
    }

    /// The next suspension between now and this instant.
    pub(crate) fn next_suspension(&self, before: Instant) -> Option<Instant> {
        let moments = self.suspensions.iter().map(|(at, _)| self.start + *at);
        moments.filter(|at| *at > self.now() && *at <= before).min()
    }

    fn pass(&self, time: Duration) {
        *self.now.borrow_mut() += time;
    }

    pub(crate) fn advance_to(&self, moment: Instant) {
        let mut now = self.now.borrow_mut();
        *now = moment.max(*now);
    }

    pub(crate) fn passed(&self) -> Duration {
        self.now() - self.start
    }
}

impl Clock for Time {
    fn now(&self) -> Instant {
        *self.now.borrow()
    }

    fn wall(&self) -> SystemTime {
        // A fixed time in 2026, the same in each run.
        let since_start = self.passed() + self.suspended();
        let true_time = SystemTime::UNIX_EPOCH + Duration::from_secs(1_790_000_000) + since_start;
        let so_far = self.steps.iter().filter(|(at, _)| *at <= self.passed());
        let stepped: i64 = so_far.map(|(_, by)| by).sum();
        let by = Duration::from_micros(stepped.unsigned_abs());
        if stepped < 0 {
            true_time - by
        } else {
            true_time + by
        }
    }

    fn suspended(&self) -> Duration {
        let so_far = self
            .suspensions
            .iter()
            .filter(|(at, _)| *at <= self.passed());
        so_far.map(|(_, length)| *length).sum()
    }
}

enum Arrival {
    Reply,
    Rejection,
    /// The probe with this name enters the queue.
    Entry(u32),
    /// The driver gets the probe.
    Departure(u32),
}

/// The network, with its messages in flight in the order of arrival.
pub(crate) struct Simulated {
    time: Time,
    path: Path,
    random: SmallRng,
    under_way: BTreeMap<(Instant, u64), (Arrival, Vec<u8>)>,
    target: SocketAddr,
    clocks: Alignment,
    /// Entries into the queue that were not reported yet, with the kernel's time stamps.
    departed: VecDeque<(u32, SystemTime)>,
    batch: Vec<(u32, Vec<u8>)>,
    sends: u64,
    dropped: u64,
    /// The content of the last message returned by `receive`.
    current: Vec<u8>,
}

impl Simulated {
    pub(crate) fn new(time: Time, path: Path, target: SocketAddr, seed: u64) -> Self {
        Self {
            clocks: Alignment::new(&time),
            departed: VecDeque::new(),
            time,
            path,
            random: SmallRng::seed_from_u64(seed),
            under_way: BTreeMap::new(),
            target,
            batch: Vec::new(),
            sends: 0,
            dropped: 0,
            current: Vec::new(),
        }
    }

    /// Drops messages in flight that would arrive during a suspension.
    fn sleep(&mut self, until: Option<Instant>) {
        let next = self.under_way.first_key_value().map(|(&(at, _), _)| at);
        let Some(moment) = [next, until].into_iter().flatten().min() else {
            return;
        };
        if let Some(at) = self.time.next_suspension(moment)
            && !self.path.kept
        {
            self.time.advance_to(at);
            self.under_way.clear();
        }
    }

    fn happens(&mut self, of_a_thousand: u32) -> bool {
        self.random.random_range(0..1000) < of_a_thousand
    }

    fn schedule(&mut self, arrival: Arrival, message: Vec<u8>) {
        let variation = u64::try_from(self.path.variation.as_nanos()).unwrap();
        let extra = Duration::from_nanos(self.random.random_range(0..=variation));
        let before = self.path.held + self.path.queue;
        self.schedule_after(before + self.path.delay + extra, arrival, message);
    }

    fn schedule_after(&mut self, time: Duration, arrival: Arrival, message: Vec<u8>) {
        let at = self.time.now() + time;
        self.sends += 1;
        self.under_way.insert((at, self.sends), (arrival, message));
    }
}

/// The Echo Reply to an ICMPv4 Echo Request: type 0, and the checksum corrected by the difference.
pub(crate) fn reply_to(request: &[u8]) -> Vec<u8> {
    let mut reply = request.to_vec();
    reply[0] = 0;
    let checksum = u16::from_be_bytes([reply[2], reply[3]]);
    let sum = u32::from(checksum) + 0x0800;
    let folded = u16::try_from((sum & 0xffff) + (sum >> 16)).unwrap();
    reply[2..4].copy_from_slice(&folded.to_be_bytes());
    reply
}

/// The report of a departure, unless its time stamp is implausible.
fn departed<'a>(name: u32, passage: Option<Passage>) -> Received<'a> {
    match passage {
        Some(passage) => Received::Departed { name, passage },
        None => Received::Nothing,
    }
}

impl Simulated {
    fn send(&mut self, name: u32, message: &[u8]) -> Result<Departure, SendFailure> {
        if self.happens(self.path.refused) {
            let error = io::Error::from_raw_os_error(libc::EPERM);
            return Err(SendFailure::Refused(error));
        }
        let at = self.clocks.read(&self.time).monotonic;
        self.time.pass(self.path.host);
        let Path { held, queue, .. } = self.path;
        if held.is_zero() {
            self.departed.push_back((name, self.time.wall()));
        } else {
            self.schedule_after(held, Arrival::Entry(name), Vec::new());
        }
        if !queue.is_zero() {
            self.schedule_after(held + queue, Arrival::Departure(name), Vec::new());
        }
        let left = self.time.passed();
        let is_silent = |(from, to): &(Duration, Duration)| (*from..*to).contains(&left);
        if self.path.silent.iter().any(is_silent) {
            // No host receives it.
        } else if self.happens(self.path.rejected) {
            self.schedule(Arrival::Rejection, message.to_vec());
        } else if self.happens(self.path.no_room) {
            self.dropped += 1;
        } else if !self.happens(self.path.lost) {
            self.schedule(Arrival::Reply, reply_to(message));
            if self.happens(self.path.duplicated) {
                self.schedule(Arrival::Reply, reply_to(message));
            }
        }
        let returned = self.time.now();
        Ok(Departure { at, returned })
    }
}

impl Network for Simulated {
    fn queue(&mut self, name: u32, message: &[u8], _: SocketAddr, _: Option<u8>) -> bool {
        self.batch.push((name, message.to_vec()));
        true
    }

    fn flush(&mut self, told: &mut dyn FnMut(u32, Result<Departure, SendFailure>)) {
        for (name, message) in std::mem::take(&mut self.batch) {
            let outcome = self.send(name, &message);
            let has_failed = outcome.is_err();
            told(name, outcome);
            if has_failed {
                return;
            }
        }
    }

    fn receive(&mut self, until: Option<Instant>, _: Wake) -> io::Result<Received<'_>> {
        if let Some((name, stamp)) = self.departed.pop_front() {
            let read = self.clocks.read(&self.time);
            let placed = self.clocks.place(stamp, read).map(Passage::Queue);
            return Ok(departed(name, placed));
        }
        self.sleep(until);
        let next = self.under_way.first_key_value().map(|(&(at, _), _)| at);
        match (next, until) {
            (Some(next), until) if until.is_none_or(|until| next <= until) => {
                self.time.advance_to(next);
            }
            (_, Some(until)) => {
                self.time.advance_to(until);
                return Ok(Received::Nothing);
            }
            (None | Some(_), None) => panic!("the run waits for ever"),
        }
        let (_, (arrival, message)) = self.under_way.pop_first().unwrap();
        self.current = message;
        let stamp = self.time.wall();
        self.time.pass(self.path.host);
        let read = self.clocks.read(&self.time);
        Ok(match arrival {
            Arrival::Reply => Received::Datagram(Datagram {
                source: self.target,
                octets: &self.current,
                truncated: false,
                hop_limit: Some(64),
                traffic_class: None,
                destination: None,
                options: &[],
                read: read.monotonic,
                stamps: Stamps {
                    kernel: self.clocks.place(stamp, read),
                    hardware: None,
                },
            }),
            Arrival::Rejection => Received::Error(ErrorEntry::Icmp {
                reporter: "198.51.100.1:0".parse().unwrap(),
                destination: self.target,
                kind: 3,
                code: 1,
                info: 0,
                original: self.current.clone(),
                extensions_at: None,
            }),
            Arrival::Entry(name) => {
                departed(name, self.clocks.place(stamp, read).map(Passage::Queue))
            }
            Arrival::Departure(name) => {
                departed(name, self.clocks.place(stamp, read).map(Passage::Driver))
            }
        })
    }

    fn dropped_here(&self) -> u64 {
        self.dropped
    }
}
