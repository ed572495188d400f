//! Many targets.

use std::collections::BTreeSet;
use std::io::Write;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::os::fd::AsFd;
use std::time::Duration;

use super::super::*;
use super::every_option;
use crate::config::{ClockChoice, PathMtuDiscovery, Request, SocketChoice, SocketOptions, Sources};
use crate::net::Lacking;
use crate::net::rig::{
    Loopback, fresh_identifier, message, of_kind, router, settle, unreachable_error,
};
use crate::net::{DepartureStamps, ErrorEntry, OpenError, Passage, Privileges, Stamps};

/// A wait reaches this time only if something is broken.
const FAR: Duration = Duration::from_secs(60);
const MOMENT: Duration = Duration::from_millis(30);
const KINDS: [SocketChoice; 2] = [SocketChoice::Raw, SocketChoice::Ping];
const BOTH: &[Family] = &[Family::Ipv4, Family::Ipv6];

/// Octets of data in a probe.
const DATA: usize = 8;

/// The sockets of a test.
struct Scene {
    sockets: Sockets,
    /// For messages of routers; need a privilege.
    routers: Option<[socket2::Socket; 2]>,
    /// The writing end of the waker.
    waker: Option<io::PipeWriter>,
}

/// A received thing, without its metadata.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Told {
    Reply { from: IpAddr, sequence: u16 },
    Complaint { about: IpAddr, sequence: u16 },
    Departed { name: u32 },
}

/// Runs a test in its own thread, because capabilities belong to one, or skips it.
fn with(
    families: &[Family],
    options: &SocketOptions,
    departures: bool,
    test: impl FnOnce(Scene) + Send,
) {
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let _loopback = Loopback::take();
            match scene(families, options, departures) {
                Ok(scene) if families.iter().all(|family| scene.has(*family)) => test(scene),
                Ok(_) | Err(OpenError::Forbidden { .. } | OpenError::Unsupported { .. }) => {
                    eprintln!(
                        "skipped: no {:?} socket for {families:?} here",
                        options.kind
                    );
                }
                Err(error) => panic!("{error}"),
            }
        });
    });
}

fn scene(
    families: &[Family],
    options: &SocketOptions,
    departures: bool,
) -> Result<Scene, OpenError> {
    let departures = if departures {
        DepartureStamps::Entry
    } else {
        DepartureStamps::None
    };
    let routers = [local(0), localhost_v6()].map(|address| router(address).ok());
    let routers = match routers {
        [Some(v4), Some(v6)] => Some([v4, v6]),
        _ => None,
    };
    let privileges = Privileges::set_aside().unwrap();
    let (wake, waker) = io::pipe().unwrap();
    let unlocked = Sockets::open(
        SocketRequest {
            targets: SocketTargets::Many(families),
            options,
            question: &Request::Echo,
            departures,
            traffic_class: true,
            quoted_headers: false,
            message_length: 8 + DATA,
            random_identifier: fresh_identifier(),
            wake: Some(wake),
            terminal: None,
        },
        &privileges,
    )?;
    assert_eq!(unlocked.lacking(), &Lacking::default());
    let sockets = unlocked.lock_down(privileges).unwrap().unconfined();
    Ok(Scene {
        sockets,
        routers,
        waker: Some(waker),
    })
}

/// Runs a test for both kinds of socket, with both families.
fn with_each(test: impl Fn(Scene) + Send + Copy) {
    for kind in KINDS {
        with(BOTH, &of_kind(kind), false, test);
    }
}

/// The same with departure stamps: by name, and by the kernel's count as before Linux 6.13.
fn with_departures(test: impl Fn(Scene) + Send + Copy) {
    for kind in KINDS {
        for counted in [false, true] {
            with(BOTH, &of_kind(kind), true, move |mut scene| {
                for socket in &mut scene.sockets.by_family {
                    if counted {
                        socket.stamping.use_count(socket.icmp.as_fd());
                    }
                }
                test(scene);
            });
        }
    }
}

/// One of sixteen million addresses of this host.
fn local(number: u16) -> SocketAddr {
    let [high, low] = number.to_be_bytes();
    (Ipv4Addr::new(127, 1, high, low), 0).into()
}

fn localhost_v6() -> SocketAddr {
    (Ipv6Addr::LOCALHOST, 0).into()
}

/// The broadcast address of the loopback network: without permission to broadcast, sending fails.
fn forbidden() -> SocketAddr {
    ([127, 255, 255, 255], 0).into()
}

impl Scene {
    fn has(&self, family: Family) -> bool {
        self.sockets.identifier(family).is_some()
    }

    fn identifier(&self, to: SocketAddr) -> [u8; 2] {
        let identifier = self.sockets.identifier(Family::of(to));
        identifier.unwrap().to_be_bytes()
    }

    fn request_of(&self, to: SocketAddr, sequence: u16, length: usize) -> Vec<u8> {
        let [high, low] = self.identifier(to);
        let [first, second] = sequence.to_be_bytes();
        let kind = if to.is_ipv4() { 8 } else { 128 };
        message(kind, 0, [high, low, first, second], &vec![0x5a; length])
    }

    fn request(&self, to: SocketAddr, sequence: u16) -> Vec<u8> {
        self.request_of(to, sequence, DATA)
    }

    fn queue(&mut self, to: SocketAddr, sequence: u16) -> bool {
        let request = self.request(to, sequence);
        self.sockets.queue(name(sequence), &request, to, None)
    }

    /// Queues a probe to each address, with sequence numbers from `first` on.
    fn queue_all(&mut self, first: u16, to: impl IntoIterator<Item = SocketAddr>) {
        for (sequence, to) in (first..).zip(to) {
            assert!(self.queue(to, sequence));
        }
    }

    /// Sends the batch, and returns when the replies are in the queues.
    fn flush(&mut self) -> Vec<(u32, Result<Departure, SendFailure>)> {
        let mut told = Vec::new();
        self.sockets
            .flush(&mut |name, outcome| told.push((name, outcome)));
        settle();
        told
    }

    /// Sends the batch, asserts that all were sent, and returns when.
    fn send(&mut self) -> Vec<Instant> {
        let told = self.flush();
        let left = told.into_iter().map(|(_, outcome)| outcome.unwrap().at);
        left.collect()
    }

    /// The next received thing that is about this scene.
    fn next(&mut self, until: Instant, wake: Wake) -> Option<Told> {
        loop {
            let raw_v4 = self.sockets.is_raw(Family::Ipv4) == Some(true);
            let identifiers = [local(0), localhost_v6()].map(|to| {
                let identifier = self.sockets.identifier(Family::of(to));
                identifier.map(u16::to_be_bytes)
            });
            match self.sockets.receive(Some(until), wake).unwrap() {
                Received::Datagram(datagram) => {
                    let header = match datagram.source {
                        SocketAddr::V4(_) if raw_v4 => usize::from(datagram.octets[0] & 15) * 4,
                        _ => 0,
                    };
                    let reply = &datagram.octets[header..];
                    assert!(reply[..2] == [0, 0] || reply[..2] == [129, 0], "{reply:?}");
                    assert!(!datagram.truncated);
                    assert_eq!(datagram.hop_limit, Some(64));
                    return Some(Told::Reply {
                        from: datagram.source.ip(),
                        sequence: u16::from_be_bytes([reply[6], reply[7]]),
                    });
                }
                Received::Error(ErrorEntry::Icmp {
                    destination,
                    original,
                    ..
                }) => {
                    let [.., high, low, first, second] = *original.first_chunk::<8>().unwrap();
                    // A raw socket receives the errors of other programs.
                    if identifiers.contains(&Some([high, low])) {
                        return Some(Told::Complaint {
                            about: destination.ip(),
                            sequence: u16::from_be_bytes([first, second]),
                        });
                    }
                }
                Received::Departed { name, .. } => return Some(Told::Departed { name }),
                Received::Error(other) | Received::Copied(other) => panic!("{other:?}"),
                Received::Nothing if SystemClock.now() < until => {}
                Received::Nothing => return None,
            }
        }
    }

    /// Receives this number of things.
    fn collect(&mut self, count: usize) -> Vec<Told> {
        let until = SystemClock.now() + FAR;
        let told = (0..count).map_while(|_| self.next(until, Wake::Arrival));
        let told: Vec<Told> = told.collect();
        assert_eq!(told.len(), count, "{told:?}");
        told
    }

    /// Asserts that nothing more is received.
    fn is_quiet(&mut self) {
        let now = SystemClock.now();
        assert_eq!(self.next(now, Wake::Arrival), None);
    }

    /// Asserts that nothing arrives, and that the wait lasts until its deadline.
    fn sleeps(&mut self, wake: Wake) {
        let until = SystemClock.now() + MOMENT;
        assert_eq!(self.next(until, wake), None);
        let now = SystemClock.now();
        assert!(until <= now && now < until + FAR);
    }

    /// Sends a router's error: `to` is unreachable.
    fn send_error_about(&self, to: SocketAddr, sequence: u16) {
        let original = self.request(to, sequence);
        let [v4, v6] = self.routers.as_ref().unwrap();
        let router = if to.is_ipv4() { v4 } else { v6 };
        let error = unreachable_error(to, &original);
        router.send_to(&error, &to.into()).unwrap();
        settle();
    }
}

/// The name of the probe with this sequence number.
fn name(sequence: u16) -> u32 {
    0xffff_0000 - u32::from(sequence) * 3
}

fn reply(from: SocketAddr, sequence: u16) -> Told {
    let from = from.ip();
    Told::Reply { from, sequence }
}

fn error_about(to: SocketAddr, sequence: u16) -> Told {
    let about = to.ip();
    Told::Complaint { about, sequence }
}

/// This number of targets of both families.
fn mixed(count: u16) -> impl Iterator<Item = SocketAddr> {
    (0..count).map(|number| match number % 3 {
        0 => localhost_v6(),
        _ => local(number),
    })
}

fn position(told: &[Told], wanted: &Told) -> usize {
    let found = told.iter().position(|told| told == wanted);
    found.unwrap_or_else(|| panic!("{wanted:?} is not among {told:?}"))
}

#[test]
fn full_batch_to_different_addresses_is_answered() {
    with_each(|mut scene| {
        scene.queue_all(100, (0..64).map(local));
        let before = SystemClock.now();
        let told = scene.flush();
        let after = SystemClock.now();
        let names: Vec<u32> = told.iter().map(|(name, _)| *name).collect();
        assert_eq!(names, (100..164).map(name).collect::<Vec<_>>());
        let left: Vec<Instant> = told.into_iter().map(|(_, told)| told.unwrap().at).collect();
        assert!(left.is_sorted() && before <= left[0] && left[63] <= after);
        assert!(left[0] < left[32] && left[32] < left[63], "spread");
        let expected: Vec<Told> = (0..64).map(|n| reply(local(n), 100 + n)).collect();
        assert_eq!(scene.collect(64), expected);
        scene.is_quiet();
        assert_eq!(scene.sockets.dropped_here(), 0);
    });
}

#[test]
fn batch_takes_at_most_64_messages_and_is_empty_after_flush() {
    with_each(|mut scene| {
        for _ in 0..2 {
            scene.queue_all(0, mixed(64));
            assert!(!scene.queue(local(64), 64));
            assert_eq!(scene.send().len(), 64);
            scene.collect(64);
        }
        assert!(scene.flush().is_empty());
        scene.is_quiet();
    });
}

#[test]
fn both_families_share_a_batch_and_results_keep_their_order() {
    with_each(|mut scene| {
        scene.queue_all(0, mixed(30));
        let told = scene.flush();
        let names: Vec<u32> = told.iter().map(|(name, _)| *name).collect();
        assert_eq!(names, (0..30).map(name).collect::<Vec<_>>());
        assert!(told.iter().all(|(_, outcome)| outcome.is_ok()));
        let told = scene.collect(30);
        for (sequence, to) in (0..).zip(mixed(30)) {
            position(&told, &reply(to, sequence));
        }
        scene.is_quiet();
    });
}

#[test]
fn families_take_turns_in_receiving() {
    with_each(|mut scene| {
        for batch in 0..4 {
            scene.queue_all(batch * 64, (0..64).map(local));
            scene.send();
            scene.queue_all(1000 + batch * 64, std::iter::repeat_n(localhost_v6(), 64));
            scene.send();
        }
        let told = scene.collect(128);
        let is_v4 = |told: &&Told| matches!(told, Told::Reply { from, .. } if from.is_ipv4());
        assert_eq!(told.iter().filter(is_v4).count(), 64);
    });
}

#[test]
fn failed_message_has_its_error_and_the_others_are_sent() {
    with_each(|mut scene| {
        let to = [
            local(1),
            forbidden(),
            local(2),
            localhost_v6(),
            forbidden(),
            forbidden(),
            local(3),
        ];
        scene.queue_all(0, to);
        let told = scene.flush();
        for ((sequence, to), (named, outcome)) in (0..).zip(to).zip(told) {
            assert_eq!(named, name(sequence));
            match outcome {
                Ok(_) => assert_ne!(to, forbidden()),
                Err(SendFailure::Refused(error)) => {
                    assert_eq!(error.raw_os_error(), Some(libc::EACCES));
                    assert_eq!(to, forbidden());
                }
                Err(failure) => panic!("{failure:?}"),
            }
        }
        let told = scene.collect(4);
        for (sequence, to) in [(0, local(1)), (2, local(2)), (3, to[3]), (6, local(3))] {
            position(&told, &reply(to, sequence));
        }
        scene.is_quiet();
    });
}

#[test]
fn only_the_message_beyond_the_largest_packet_is_refused() {
    with_each(|mut scene| {
        scene.queue_all(0, [local(1)]);
        let too_long = scene.request_of(local(2), 1, 66_000);
        assert!(scene.sockets.queue(name(1), &too_long, local(2), None));
        scene.queue_all(2, [local(3)]);
        let told = scene.flush();
        let failed: Vec<bool> = told.iter().map(|(_, outcome)| outcome.is_err()).collect();
        assert_eq!(failed, [false, true, false]);
        assert!(!matches!(told[1].1, Err(SendFailure::Busy(_))), "{told:?}");
        assert_eq!(scene.collect(2), [reply(local(1), 0), reply(local(3), 2)]);
    });
}

#[test]
fn messages_beyond_the_path_mtu_return_the_mtu() {
    let options = |kind| SocketOptions {
        path_mtu_discovery: Some(PathMtuDiscovery::Do),
        ..of_kind(kind)
    };
    for kind in KINDS {
        with(BOTH, &options(kind), true, |mut scene| {
            for to in [local(1), localhost_v6()] {
                scene.queue_all(0, [to]);
                let too_long = scene.request_of(to, 1, 60_000);
                assert!(scene.sockets.queue(name(1), &too_long, to, None));
                scene.queue_all(2, [to]);
                let [first, second, third] = scene.flush().try_into().unwrap();
                let Err(failure) = second.1 else {
                    // In a network namespace its MTU can be lowered: ip link set lo mtu 1500.
                    eprintln!("skipped: the loopback interface takes everything");
                    return;
                };
                assert!(
                    matches!(failure, SendFailure::TooLong { mtu: 1280..60_000 }),
                    "{failure:?}"
                );
                assert!(first.1.is_ok() && third.1.is_ok());
                let told = scene.collect(4);
                for sequence in [0, 2] {
                    let name = name(sequence);
                    let departed = position(&told, &Told::Departed { name });
                    assert!(departed < position(&told, &reply(to, sequence)));
                }
                scene.is_quiet();
            }
        });
    }
}

#[test]
fn message_of_an_unsupported_family_is_refused() {
    for kind in KINDS {
        with(&[Family::Ipv4], &of_kind(kind), false, |mut scene| {
            assert_eq!(scene.sockets.is_raw(Family::Ipv6), None);
            let request = scene.request(local(1), 7);
            assert!(scene.sockets.queue(7, &request, localhost_v6(), None));
            scene.queue_all(8, [local(1)]);
            let [first, second] = scene.flush().try_into().unwrap();
            let Err(SendFailure::Refused(error)) = first.1 else {
                panic!("{first:?}");
            };
            assert_eq!(error.raw_os_error(), Some(libc::EAFNOSUPPORT));
            assert!(second.1.is_ok());
            assert_eq!(scene.collect(1), [reply(local(1), 8)]);
        });
    }
}

#[test]
fn icmp_errors_are_received_with_their_quotes_and_before_replies() {
    with_each(|mut scene| {
        if scene.routers.is_none() {
            return;
        }
        scene.queue_all(0, mixed(9));
        scene.send();
        for (sequence, to) in (100..).zip(mixed(9)) {
            scene.send_error_about(to, sequence);
        }
        let told = scene.collect(18);
        for (sequence, to) in (0..).zip(mixed(9)) {
            let unreachable_error = position(&told, &error_about(to, 100 + sequence));
            assert!(unreachable_error < position(&told, &reply(to, sequence)));
        }
        scene.is_quiet();
    });
}

#[test]
fn errors_about_earlier_messages_prevent_no_send_and_are_all_returned() {
    with_each(|mut scene| {
        if scene.routers.is_none() {
            return;
        }
        // More than one batch, and more than one try for each message clears.
        for sequence in 0..100 {
            scene.send_error_about(local(sequence), sequence);
        }
        scene.queue_all(1000, mixed(64));
        assert_eq!(scene.send().len(), 64);
        let told = scene.collect(164);
        let complaints = (0..100).map(|n| position(&told, &error_about(local(n), n)));
        let last = complaints.max().unwrap();
        for (sequence, to) in (1000..).zip(mixed(64)) {
            // All of them come first, except that those of the other family are independent.
            let place = position(&told, &reply(to, sequence));
            assert!(to.is_ipv6() || last < place);
        }
    });
}

#[test]
fn refused_send_reads_the_error_queue() {
    with_each(|mut scene| {
        if scene.routers.is_none() {
            return;
        }
        scene.send_error_about(local(1), 1);
        scene.queue_all(2, [forbidden()]);
        assert!(!scene.sockets.has_errors());
        assert!(scene.flush()[0].1.is_err());
        assert!(scene.sockets.has_errors());
        assert_eq!(scene.collect(1), [error_about(local(1), 1)]);
    });
}

#[test]
fn departure_stamps_have_names_and_come_before_the_reply() {
    with_departures(|mut scene| {
        for batch in [0, 64, 128] {
            scene.queue_all(batch, mixed(64));
            scene.send();
            let told = scene.collect(128);
            for (sequence, to) in (batch..).zip(mixed(64)) {
                let name = name(sequence);
                let departed = position(&told, &Told::Departed { name });
                assert!(departed < position(&told, &reply(to, sequence)));
            }
            scene.is_quiet();
        }
    });
}

#[test]
fn departure_stamps_keep_their_names_after_a_failed_message() {
    with_departures(|mut scene| {
        scene.queue_all(0, [local(1), local(2), forbidden(), local(3), local(4)]);
        assert_eq!(scene.flush().len(), 5);
        let told = scene.collect(8);
        for (sequence, to) in [(0, 1), (1, 2), (3, 3), (4, 4)] {
            let name = name(sequence);
            let departed = position(&told, &Told::Departed { name });
            assert!(departed < position(&told, &reply(local(to), sequence)));
        }
        scene.is_quiet();
    });
}

#[test]
fn departure_stamps_keep_their_names_if_the_first_message_is_invalid() {
    // A ping socket rejects a message shorter than a header with the same error as an unknown control message. Only as the
    // first message does that switch to the kernel's count.
    for short in [0, 1, 2] {
        with(BOTH, &of_kind(SocketChoice::Ping), true, |mut scene| {
            for sequence in 0..4 {
                let to = local(sequence);
                let mut request = scene.request(to, sequence);
                request.truncate(if sequence == short { 4 } else { 16 });
                assert!(scene.sockets.queue(name(sequence), &request, to, None));
            }
            for ((_, outcome), sequence) in scene.flush().into_iter().zip(0..) {
                assert_eq!(outcome.is_err(), sequence == short, "{outcome:?}");
            }
            let told = scene.collect(6);
            for sequence in (0..4).filter(|sequence| *sequence != short) {
                let name = name(sequence);
                position(&told, &Told::Departed { name });
            }
            scene.is_quiet();
            let counts = scene
                .sockets
                .by_family
                .iter()
                .map(|socket| socket.stamping.counts());
            assert_eq!(counts.collect::<Vec<_>>(), [short == 0, false]);
        });
    }
}

#[test]
fn unawaited_departure_stamps_do_not_end_waits() {
    for kind in KINDS {
        with(BOTH, &of_kind(kind), true, |mut scene| {
            scene.queue_all(0, mixed(9));
            scene.send();
            for socket in &mut scene.sockets.by_family {
                // It switches to the count, and forgets what it has sent.
                socket.stamping.use_count(socket.icmp.as_fd());
            }
            let until = SystemClock.now() + MOMENT;
            let mut returns = 0;
            while SystemClock.now() < until {
                let _ = scene.sockets.receive(Some(until), Wake::Arrival).unwrap();
                returns += 1;
            }
            // Nine replies, and perhaps a few errors of other programs.
            assert!(returns < 1000, "{returns}");
        });
    }
}

/// Sends a batch. Returns how many departure and arrival stamps could be converted, and checks them.
fn placed_stamps(scene: &mut Scene) -> [usize; 2] {
    scene.queue_all(0, mixed(32));
    let before = SystemClock.now();
    scene.send();
    let after = SystemClock.now();
    let (mut told, mut placed) = (0, [0, 0]);
    while told < 64 {
        match scene.sockets.receive(Some(after + FAR), Wake::Arrival) {
            Ok(Received::Departed {
                passage: Passage::Queue(left),
                ..
            }) => {
                assert!(before <= left && left <= after);
                placed[0] += 1;
            }
            Ok(Received::Datagram(datagram)) => {
                let arrived = datagram.stamps.kernel;
                assert!(arrived.is_none_or(|at| before <= at && at <= datagram.read));
                placed[1] += usize::from(arrived.is_some());
            }
            Ok(Received::Error(_)) => continue,
            other => panic!("{other:?}"),
        }
        told += 1;
    }
    placed
}

#[test]
fn stamps_lie_between_the_send_and_the_read() {
    for kind in KINDS {
        with(BOTH, &of_kind(kind), true, |mut scene| {
            assert_eq!(placed_stamps(&mut scene), [32, 32]);
        });
    }
}

#[test]
fn user_clock_uses_the_time_of_the_read() {
    let options = |kind| SocketOptions {
        clock: ClockChoice::User,
        ..of_kind(kind)
    };
    for kind in KINDS {
        with(BOTH, &options(kind), true, |mut scene| {
            scene.queue_all(0, mixed(8));
            scene.send();
            let until = Some(SystemClock.now() + FAR);
            for _ in 0..8 {
                match scene.sockets.receive(until, Wake::Arrival).unwrap() {
                    Received::Datagram(datagram) => assert_eq!(datagram.stamps, Stamps::default()),
                    Received::Error(_) | Received::Copied(_) => {}
                    other => panic!("{other:?}"),
                }
            }
        });
    }
}

#[test]
fn arrivals_accumulate_until_the_deadline_and_are_read_in_a_batch() {
    for departures in [false, true] {
        for kind in KINDS {
            with(BOTH, &of_kind(kind), departures, |mut scene| {
                for batch in 0..3 {
                    scene.queue_all(batch * 64, mixed(64));
                    scene.send();
                }
                let count = if departures { 384 } else { 192 };
                let until = SystemClock.now() + MOMENT;
                let first = scene.next(until, Wake::Signal);
                assert!(first.is_some() && until <= SystemClock.now());
                // The next deadline is far, but queued replies do not wait for it.
                let (now, later) = (SystemClock.now(), until + 2 * FAR);
                for _ in 1..count {
                    assert!(scene.next(later, Wake::Signal).is_some());
                }
                assert!(SystemClock.now() < now + FAR);
                scene.sleeps(Wake::Signal);
            });
        }
    }
}

#[test]
fn arrival_ends_only_a_wait_for_arrivals() {
    with_each(|mut scene| {
        scene.sleeps(Wake::Arrival);
        let (now, far) = (SystemClock.now(), SystemClock.now() + 2 * FAR);
        scene.queue_all(0, [local(1)]);
        scene.send();
        assert_eq!(scene.next(far, Wake::Arrival), Some(reply(local(1), 0)));
        scene.queue_all(1, [localhost_v6()]);
        scene.send();
        assert_eq!(
            scene.next(far, Wake::Arrival),
            Some(reply(localhost_v6(), 1))
        );
        assert!(SystemClock.now() < now + FAR);
    });
}

#[test]
fn past_deadline_only_polls() {
    with_each(|mut scene| {
        for wake in [Wake::Arrival, Wake::Signal] {
            scene.is_quiet();
            scene.queue_all(0, [local(1)]);
            scene.send();
            let passed = SystemClock.now();
            assert_eq!(scene.next(passed, wake), Some(reply(local(1), 0)));
            assert_eq!(scene.next(passed, wake), None);
        }
    });
}

#[test]
fn signal_ends_one_wait_only() {
    with_each(|mut scene| {
        for wake in [Wake::Arrival, Wake::Signal] {
            let waker = scene.waker.as_mut().unwrap();
            waker.write_all(&[0; 200]).unwrap();
            let begun = SystemClock.now();
            let until = Some(begun + 2 * FAR);
            while let Received::Error(_) = scene.sockets.receive(until, wake).unwrap() {}
            assert!(SystemClock.now() < begun + FAR);
            scene.sleeps(wake);
        }
    });
}

#[test]
fn closed_waker_does_not_end_waits() {
    with_each(|mut scene| {
        scene.waker = None;
        let until = SystemClock.now() + FAR;
        while scene.sockets.wake.is_open() {
            assert!(SystemClock.now() < until, "not noticed");
            let _ = scene.sockets.receive(Some(until), Wake::Signal).unwrap();
        }
        scene.sleeps(Wake::Signal);
    });
}

#[test]
fn replies_dropped_by_a_full_queue_are_counted() {
    with_each(|mut scene| {
        for socket in &scene.sockets.by_family {
            // The minimum that the kernel allows: a few fit.
            socket.icmp.set_recv_buffer_size(0).unwrap();
        }
        let mut before = 0;
        for to in [local(1), localhost_v6()] {
            scene.queue_all(0, std::iter::repeat_n(to, 64));
            scene.send();
            let dropped = scene.sockets.dropped_here() - before;
            before += dropped;
            let now = SystemClock.now();
            let came = std::iter::from_fn(|| scene.next(now, Wake::Arrival)).count();
            let missing = 64 - u64::try_from(came).unwrap();
            // On this interface a raw socket also receives the requests, which count as drops if the queue is full.
            let is_raw = scene.sockets.is_raw(Family::of(to)) == Some(true);
            assert!(missing > 30, "{missing}");
            assert!(
                dropped == missing || (is_raw && dropped > missing),
                "{dropped}"
            );
        }
    });
}

#[test]
fn receive_buffer_is_as_large_as_permitted() {
    with_each(|scene| {
        let limit = std::fs::read_to_string("/proc/sys/net/core/rmem_max");
        let Some(limit) = limit.ok().and_then(|limit| limit.trim().parse().ok()) else {
            eprintln!("skipped: the limit is not known");
            return;
        };
        for socket in &scene.sockets.by_family {
            // The kernel doubles the granted size.
            let granted = socket.icmp.recv_buffer_size().unwrap() / 2;
            assert!(granted >= (4 << 20).min(limit), "{granted}");
        }
    });
}

#[test]
fn longer_reply_is_marked_as_truncated() {
    with_each(|mut scene| {
        for to in [local(1), localhost_v6()] {
            let long = scene.request_of(to, 1, 1000);
            assert!(scene.sockets.queue(1, &long, to, None));
            scene.send();
            let until = SystemClock.now() + FAR;
            let datagram = loop {
                match scene.sockets.receive(Some(until), Wake::Arrival).unwrap() {
                    Received::Datagram(datagram) => break datagram,
                    Received::Nothing => assert!(SystemClock.now() < until, "no reply"),
                    _ => {}
                }
            };
            assert!(datagram.truncated);
            assert!((16..1000).contains(&datagram.octets.len()));
        }
    });
}

#[test]
fn sockets_work_with_all_options() {
    for kind in KINDS {
        for device in [false, true] {
            with(BOTH, &every_option(kind, device), true, |mut scene| {
                scene.queue_all(0, mixed(12));
                scene.send();
                let told = scene.collect(24);
                let targets: BTreeSet<IpAddr> = mixed(12).map(|to| to.ip()).collect();
                let sources = told.iter().filter_map(|told| match told {
                    Told::Reply { from, .. } => Some(*from),
                    _ => None,
                });
                assert_eq!(sources.collect::<BTreeSet<_>>(), targets);
            });
        }
    }
}

#[test]
fn given_identifier_is_used() {
    let options = |kind| SocketOptions {
        identifier: Some(fresh_identifier()),
        ..of_kind(kind)
    };
    for (families, kind) in [
        (BOTH, SocketChoice::Raw),
        (&[Family::Ipv4], SocketChoice::Ping),
        (&[Family::Ipv6], SocketChoice::Ping),
    ] {
        let options = options(kind);
        with(families, &options, false, |mut scene| {
            for &family in families {
                assert_eq!(scene.sockets.identifier(family), options.identifier);
                let to = match family {
                    Family::Ipv4 => local(1),
                    Family::Ipv6 => localhost_v6(),
                };
                scene.queue_all(0, [to]);
                scene.send();
                assert_eq!(scene.collect(1), [reply(to, 0)]);
            }
        });
    }
}

#[test]
fn one_identifier_is_rejected_for_two_ping_sockets() {
    let options = SocketOptions {
        identifier: Some(fresh_identifier()),
        ..of_kind(SocketChoice::Ping)
    };
    let both = || scene(BOTH, &options, false).err();
    let _loopback = Loopback::take();
    std::thread::scope(|scope| {
        let error = scope.spawn(both).join().unwrap().unwrap();
        let expected = matches!(
            error,
            OpenError::Impossible(_) | OpenError::Forbidden { .. } | OpenError::Unsupported { .. }
        );
        assert!(expected, "{error}");
    });
}

#[test]
fn source_address_applies_to_its_family() {
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let privileges = Privileges::set_aside().unwrap();
            let options = SocketOptions {
                sources: Sources {
                    ipv4: "127.0.0.9".parse().ok(),
                    ipv6: "::1".parse().ok(),
                },
                ..SocketOptions::default()
            };
            let request = SocketRequest {
                targets: SocketTargets::Many(BOTH),
                options: &options,
                question: &Request::Echo,
                departures: DepartureStamps::None,
                traffic_class: false,
                quoted_headers: false,
                message_length: 16,
                random_identifier: fresh_identifier(),
                wake: None,
                terminal: None,
            };
            let Ok(unlocked) = Sockets::open(request, &privileges) else {
                eprintln!("skipped: no sockets here");
                return;
            };
            let sockets = unlocked.lock_down(privileges).unwrap().unconfined();
            let bound = sockets.by_family.iter().map(|socket| {
                let address = socket.icmp.local_addr().unwrap().as_socket();
                address.unwrap().ip().to_string()
            });
            assert_eq!(bound.collect::<Vec<_>>(), ["127.0.0.9", "::1"]);
        });
    });
}
