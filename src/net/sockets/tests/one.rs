//! One target.

use std::io::Write;
use std::time::Duration;

use super::super::*;
use super::every_option;
use crate::config::{ClockChoice, PathMtuDiscovery, Request, SocketChoice, SocketOptions, Sources};
use crate::net::identity::{Identity, Kind};
use crate::net::queue::MAX_ENTRIES;
use crate::net::reports::MAX_WAITING;
use crate::net::rig::{
    Loopback, fresh_identifier, message, of_kind, router, settle, unreachable_error,
};
use crate::net::send_error::is_broken;
use crate::net::stamping::Stamping;
use crate::net::sys::{self, Call};
use crate::net::{
    DepartureStamps, ErrorEntry, Lacking, OpenError, Passage, Privileges, Route, Stamps, find_route,
};
use socket2::{Domain, Protocol, Type};

/// A wait reaches this time only if something is broken.
const FAR: Duration = Duration::from_secs(60);
const BOTH: [SocketChoice; 2] = [SocketChoice::Raw, SocketChoice::Ping];
const V4: &str = "127.0.0.1:0";
const V6: &str = "[::1]:0";

/// The sockets of a test.
struct Scene {
    sockets: Sockets,
    target: SocketAddr,
    /// For messages of a router; needs a privilege.
    router: Option<socket2::Socket>,
    /// The writing end of the waker.
    waker: Option<io::PipeWriter>,
}

/// Runs a test in its own thread, because capabilities belong to one, or skips it.
fn with(target: &str, options: &SocketOptions, ip_options: &[u8], test: impl FnOnce(Scene) + Send) {
    let target: SocketAddr = target.parse().unwrap();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let _loopback = Loopback::take();
            run(target, options, ip_options, test);
        });
    });
}

fn run(
    target: SocketAddr,
    options: &SocketOptions,
    ip_options: &[u8],
    test: impl FnOnce(Scene) + Send,
) {
    match scene(target, options, ip_options) {
        Ok(scene) => test(scene),
        Err(OpenError::Forbidden { .. } | OpenError::Unsupported { .. }) => {
            eprintln!("skipped: no {:?} socket for {target} here", options.kind);
        }
        Err(error) => panic!("{error}"),
    }
}

/// For single messages of 64 octets with departure stamps.
fn request<'a>(
    route: &'a Route,
    options: &'a SocketOptions,
    ip_options: &'a [u8],
) -> SocketRequest<'a> {
    SocketRequest {
        targets: SocketTargets::One {
            route,
            ip_options,
            flood: false,
            preload: 1,
        },
        options,
        question: &Request::Echo,
        departures: DepartureStamps::EntryAndDriver,
        traffic_class: true,
        quoted_headers: false,
        message_length: 64,
        random_identifier: fresh_identifier(),
        wake: None,
        terminal: None,
    }
}

fn scene(
    target: SocketAddr,
    options: &SocketOptions,
    ip_options: &[u8],
) -> Result<Scene, OpenError> {
    let router = router(target).ok();
    let privileges = Privileges::set_aside().unwrap();
    let route = find_route(target, None, options, &privileges).unwrap();
    let (wake, waker) = io::pipe().unwrap();
    let request = SocketRequest {
        wake: Some(wake),
        ..request(&route, options, ip_options)
    };
    let unlocked = Sockets::open(request, &privileges)?;
    assert_eq!(unlocked.lacking(), &Lacking::default());
    let sockets = unlocked.lock_down(privileges).unwrap().unconfined();
    Ok(Scene {
        sockets,
        target: route.target,
        router,
        waker: Some(waker),
    })
}

#[test]
fn no_send_error_ends_the_run_while_the_call_exists() {
    for number in 1..=133 {
        let error = io::Error::from_raw_os_error(number);
        for call in [Call::Send, Call::SendMany, Call::SendTo] {
            assert!(!is_broken(&error, call), "{error}");
        }
    }
}

#[test]
fn descriptor_other_than_a_socket_ends_the_run_at_the_next_receive() {
    let (pipe, _other) = io::pipe().unwrap();
    let identity = Identity {
        family: Family::Ipv4,
        kind: Kind::Raw,
        identifier: 13,
        flow: 0,
        device: None,
        receives_errors: false,
    };
    let none = socket2::Socket::from(std::os::fd::OwnedFd::from(pipe));
    let none = FamilySocket::new(none, identity, Stamping::NONE);
    let target = V4.parse().unwrap();
    let route = Route {
        target,
        source: target,
        broadcast: false,
        mtu: None,
    };
    let options = SocketOptions::default();
    let mut sockets = Sockets::new(vec![none], request(&route, &options, &[]));
    let outcome = send_alone(&mut sockets, 0, &[8, 0, 0xf7, 0xff, 0, 0, 0, 0], target);
    let Err(SendFailure::Refused(error)) = outcome else {
        panic!("{outcome:?}")
    };
    assert_eq!(error.raw_os_error(), Some(libc::ENOTSOCK));
    let error = sockets
        .receive(Some(SystemClock.now()), Wake::Arrival)
        .unwrap_err();
    assert_eq!(error.raw_os_error(), Some(libc::ENOTSOCK));
}

fn send_alone(
    sockets: &mut Sockets,
    name: u32,
    message: &[u8],
    to: SocketAddr,
) -> Result<Departure, SendFailure> {
    assert!(sockets.queue(name, message, to, None));
    let mut told = None;
    sockets.flush(&mut |named, outcome| {
        assert_eq!(named, name);
        assert!(told.replace(outcome).is_none());
    });
    told.unwrap()
}

/// The metadata of a datagram.
struct Facts {
    source: SocketAddr,
    truncated: bool,
    hop_limit: Option<u8>,
    traffic_class: Option<u8>,
    read: Instant,
    stamps: Stamps,
}

/// Runs a test for both kinds of socket and both families.
fn with_each(test: impl Fn(Scene) + Send + Copy) {
    for kind in BOTH {
        for target in [V4, V6] {
            with(target, &of_kind(kind), &[], test);
        }
    }
}

impl Scene {
    fn socket(&mut self) -> &mut FamilySocket {
        &mut self.sockets.by_family[0]
    }

    fn identifier(&self) -> u16 {
        self.sockets.identifier(Family::of(self.target)).unwrap()
    }

    fn is_raw(&self) -> bool {
        self.sockets.is_raw(Family::of(self.target)).unwrap()
    }

    fn send_message(&mut self, name: u32, message: &[u8]) -> Result<Departure, SendFailure> {
        send_alone(&mut self.sockets, name, message, self.target)
    }

    fn request(&self, sequence: u8, data: &[u8]) -> Vec<u8> {
        let [high, low] = self.identifier().to_be_bytes();
        let kind = if self.target.is_ipv4() { 8 } else { 128 };
        message(kind, 0, [high, low, 0, sequence], data)
    }

    /// Sends a request, and returns when its reply is in the queue.
    fn send(&mut self, sequence: u8) -> Departure {
        let request = self.request(sequence, b"data");
        let sent = self.send_message(sequence.into(), &request).unwrap();
        settle();
        sent
    }

    /// The ICMP message of the next datagram, its metadata, and the options of its IPv4 header.
    fn next(&mut self) -> (Vec<u8>, Facts, Vec<u8>) {
        let raw_v4 = self.is_raw() && self.target.is_ipv4();
        let until = SystemClock.now() + FAR;
        loop {
            match self.sockets.receive(Some(until), Wake::Arrival).unwrap() {
                Received::Datagram(datagram) => {
                    let octets = datagram.octets;
                    let header = if raw_v4 {
                        usize::from(octets[0] & 15) * 4
                    } else {
                        0
                    };
                    let facts = Facts {
                        source: datagram.source,
                        truncated: datagram.truncated,
                        hop_limit: datagram.hop_limit,
                        traffic_class: datagram.traffic_class,
                        read: datagram.read,
                        stamps: datagram.stamps,
                    };
                    let options = if raw_v4 {
                        assert!(datagram.options.is_empty(), "they are in the header");
                        &octets[20..header]
                    } else {
                        datagram.options
                    };
                    return (octets[header..].to_vec(), facts, options.to_vec());
                }
                Received::Error(_) | Received::Copied(_) | Received::Departed { .. } => {}
                Received::Nothing => assert!(SystemClock.now() < until, "no reply"),
            }
        }
    }

    /// Whether the next thing received, except errors of other programs, is an error about `original`.
    fn hears_error_about(&mut self, original: &[u8]) -> bool {
        let [.., high, low, _, _] = *original.first_chunk::<8>().unwrap();
        let until = SystemClock.now() + FAR;
        loop {
            match self.sockets.receive(Some(until), Wake::Arrival).unwrap() {
                Received::Error(ErrorEntry::Icmp {
                    original: quoted, ..
                }) if quoted[4..6] != [high, low] => {}
                Received::Error(ErrorEntry::Icmp {
                    reporter,
                    destination,
                    kind,
                    code,
                    original: quoted,
                    ..
                }) => {
                    assert_eq!((reporter, destination), (self.target, self.target));
                    assert_eq!(
                        (kind, code),
                        if self.target.is_ipv4() {
                            (3, 1)
                        } else {
                            (1, 3)
                        }
                    );
                    return quoted == original;
                }
                _ => return false,
            }
        }
    }

    /// Asserts that nothing arrives by then, except errors of other programs.
    fn hears_nothing_until(&mut self, until: Instant) {
        loop {
            match self.sockets.receive(Some(until), Wake::Arrival).unwrap() {
                Received::Nothing => return,
                Received::Error(_) | Received::Copied(_) => {}
                other => panic!("{other:?}"),
            }
        }
    }

    /// Asserts that nothing arrives, and that the wait lasts until its deadline.
    fn sleeps(&mut self) {
        let until = SystemClock.now() + Duration::from_millis(20);
        self.hears_nothing_until(until);
        let now = SystemClock.now();
        assert!(until <= now && now < until + FAR);
    }

    /// Sends a router's error: the target of `original` is unreachable.
    fn send_error_about(&self, original: &[u8]) {
        let router = self.router.as_ref().unwrap();
        let error = unreachable_error(self.target, original);
        router.send_to(&error, &self.target.into()).unwrap();
        settle();
    }
}

#[test]
fn echo_reply_is_received() {
    with_each(|mut scene| {
        let departure = scene.send(7);
        let (reply, facts, options) = scene.next();
        let identifier = scene.identifier().to_be_bytes();
        let kind = if scene.target.is_ipv4() { 0 } else { 129 };
        assert_eq!(reply[..2], [kind, 0]);
        assert_eq!(reply[4..], [&identifier[..], &[0, 7], b"data"].concat());
        assert_eq!(facts.source, scene.target);
        assert_eq!((facts.hop_limit, facts.truncated), (Some(64), false));
        assert_eq!(facts.traffic_class, Some(0));
        let arrived = facts.stamps.kernel.unwrap();
        assert!(departure.at <= arrived && arrived <= facts.read);
        assert!(options.is_empty());
        assert_eq!(scene.sockets.dropped_here(), 0);
    });
}

#[test]
fn replies_dropped_by_a_full_queue_are_counted() {
    with_each(|mut scene| {
        // The minimum that the kernel allows: a few fit.
        scene.socket().icmp.set_recv_buffer_size(0).unwrap();
        for sequence in 0..100 {
            scene.send(sequence);
        }
        let dropped = scene.sockets.dropped_here();
        // On this interface a raw socket also receives the requests, which count as drops if the queue is full.
        let most = if scene.is_raw() { u64::MAX } else { 100 };
        assert!((50..=most).contains(&dropped), "{dropped}");
    });
}

#[test]
fn arrival_stamp_is_earlier_than_the_read() {
    with_each(|mut scene| {
        // Returns after its reply has arrived.
        let departure = scene.send(1);
        // Longer than the error of a stamp.
        std::thread::sleep(Duration::from_millis(1));
        let before_reading = SystemClock.now();
        let (_, facts, _) = scene.next();
        let arrived = facts.stamps.kernel.unwrap();
        assert!(departure.at <= arrived && arrived < before_reading);
        assert!(before_reading <= facts.read);
    });
}

impl Scene {
    /// The departure stamps that are returned before this number of replies, with the names of their messages.
    fn departures(&mut self, replies: usize) -> Vec<(u32, Passage)> {
        let until = SystemClock.now() + FAR;
        let mut told = Vec::new();
        let mut came = 0;
        while came < replies {
            match self.sockets.receive(Some(until), Wake::Arrival).unwrap() {
                Received::Departed { name, passage } => told.push((name, passage)),
                Received::Datagram(_) => came += 1,
                Received::Error(_) | Received::Copied(_) => {}
                Received::Nothing => assert!(SystemClock.now() < until, "no reply"),
            }
        }
        told
    }

    /// Uses the kernel's count, as before Linux 6.13.
    fn without_names(&mut self) {
        let socket = self.socket();
        socket.stamping.use_count(socket.icmp.as_fd());
    }
}

#[test]
fn departure_stamps_are_returned_before_the_reply() {
    with_each(|mut scene| {
        for name in [7, 0, u32::MAX] {
            let request = scene.request(1, b"data");
            let departure = scene.send_message(name, &request).unwrap();
            let told = scene.departures(1);
            let [
                (first, Passage::Queue(entered)),
                (second, Passage::Driver(left)),
            ] = told[..]
            else {
                panic!("{told:?}");
            };
            assert_eq!([first, second], [name; 2]);
            // The loopback interface has no delay. A stamp is converted to within a microsecond.
            let is_early = entered + Duration::from_micros(1) < departure.at;
            assert!(!is_early && entered <= left && left <= departure.returned);
        }
    });
}

#[test]
fn only_requested_stamps_are_returned() {
    with_each(|mut scene| {
        let socket = scene.socket();
        socket.stamping = Stamping::request(
            socket.icmp.as_fd(),
            ClockChoice::Best,
            DepartureStamps::Entry,
        );
        scene.send(1);
        let told = scene.departures(1);
        assert!(matches!(told[..], [(1, Passage::Queue(_))]), "{told:?}");
    });
}

#[test]
fn departures_are_matched_by_count_if_the_kernel_lacks_names() {
    with_each(|mut scene| {
        scene.without_names();
        for sequence in 5..8 {
            scene.send(sequence);
        }
        let names = |told: Vec<(u32, Passage)>| told.into_iter().map(|(name, _)| name);
        let told: Vec<_> = names(scene.departures(3)).collect();
        assert_eq!(told, [5, 5, 6, 6, 7, 7]);
        // A message that is not sent. Whether the kernel counts it depends on the reason.
        let too_long = scene.request(8, &vec![0; 70_000]);
        let refused = scene.send_message(8, &too_long);
        assert!(matches!(
            refused,
            Err(SendFailure::TooLong { .. } | SendFailure::Refused(_))
        ));
        scene.send(9);
        assert_eq!(names(scene.departures(1)).collect::<Vec<_>>(), [9, 9]);
    });
}

#[test]
fn flood_requests_no_departure_stamps() {
    with_each(|mut scene| {
        let socket = scene.socket();
        socket.stamping = Stamping::request(
            socket.icmp.as_fd(),
            ClockChoice::Best,
            DepartureStamps::None,
        );
        scene.send(1);
        assert_eq!(scene.departures(1), []);
    });
}

#[test]
fn user_clock_uses_the_time_of_the_read() {
    for kind in BOTH {
        let options = SocketOptions {
            clock: ClockChoice::User,
            ..of_kind(kind)
        };
        with(V4, &options, &[], |mut scene| {
            scene.send(1);
            let before_reading = SystemClock.now();
            let (_, facts, _) = scene.next();
            assert_eq!(facts.stamps, Stamps::default());
            assert!(before_reading <= facts.read);
        });
    }
}

#[test]
fn largest_echo_is_received_whole() {
    with_each(|mut scene| {
        let data = vec![
            0x5a;
            if scene.target.is_ipv4() {
                65_507
            } else {
                65_527
            }
        ];
        let request = scene.request(1, &data);
        scene.send_message(0, &request).unwrap();
        let (reply, facts, _) = scene.next();
        assert_eq!(reply.len(), request.len());
        assert!(!facts.truncated && reply[8..] == data);
    });
}

#[test]
fn message_beyond_the_largest_packet_is_refused() {
    with_each(|mut scene| {
        let request = scene.request(1, &vec![0; 65_536]);
        let failure = scene.send_message(0, &request).unwrap_err();
        assert!(!matches!(failure, SendFailure::Busy(_)), "{failure:?}");
        scene.send(2);
        assert_eq!(scene.next().0[7], 2);
    });
}

#[test]
fn replies_to_other_identifiers_are_not_received() {
    with_each(|mut scene| {
        let target = scene.target;
        std::thread::scope(|scope| {
            scope.spawn(|| {
                run(target, &of_kind(SocketChoice::Auto), &[], |mut other| {
                    for sequence in 0..8 {
                        other.send(sequence);
                    }
                    assert_eq!(other.next().0[7], 0);
                });
            });
        });
        scene.send(99);
        assert_eq!(scene.next().0[7], 99);
    });
}

#[test]
fn given_identifier_is_used() {
    for kind in BOTH {
        let options = SocketOptions {
            identifier: Some(fresh_identifier()),
            ..of_kind(kind)
        };
        with(V4, &options, &[], |mut scene| {
            assert_eq!(Some(scene.identifier()), options.identifier);
            scene.send(1);
            assert_eq!(scene.next().0[4..6], scene.identifier().to_be_bytes());
        });
    }
}

/// Not even by an attacker who controls the process.
#[test]
fn filter_of_a_raw_socket_cannot_be_removed_or_replaced() {
    for target in [V4, V6] {
        with(target, &of_kind(SocketChoice::Raw), &[], |mut scene| {
            let icmp = &scene.socket().icmp;
            let pass = socket2::SockFilter::new(0x06, 0, 0, u32::MAX);
            let unlocked = [0; 4];
            for outcome in [
                icmp.detach_filter(),
                icmp.attach_filter(&[pass]),
                sys::set_option(
                    icmp.as_fd(),
                    libc::SOL_SOCKET,
                    libc::SO_LOCK_FILTER,
                    &unlocked,
                ),
            ] {
                assert_eq!(outcome.unwrap_err().raw_os_error(), Some(libc::EPERM));
            }
        });
    }
}

#[test]
fn identifier_of_a_ping_socket_cannot_be_bound_twice() {
    with(V4, &of_kind(SocketChoice::Ping), &[], |scene| {
        let thief =
            socket2::Socket::new(Domain::IPV4, Type::DGRAM, Some(Protocol::ICMPV4)).unwrap();
        let address: SocketAddr = ([127, 0, 0, 1], scene.identifier()).into();
        let error = thief.bind(&address.into()).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AddrInUse);
    });
}

#[test]
fn identifier_zero_needs_a_raw_socket() {
    let options = |kind| SocketOptions {
        identifier: Some(0),
        ..of_kind(kind)
    };
    with(V4, &options(SocketChoice::Auto), &[], |scene| {
        assert!(scene.is_raw());
        assert_eq!(scene.identifier(), 0);
    });
    std::thread::spawn(move || {
        let refused = scene(V4.parse().unwrap(), &options(SocketChoice::Ping), &[]);
        assert!(matches!(refused, Err(OpenError::Impossible(_))));
    })
    .join()
    .unwrap();
}

#[test]
fn socket_works_with_all_options() {
    for kind in BOTH {
        for target in [V4, V6] {
            for device in [false, true] {
                with(target, &every_option(kind, device), &[], |mut scene| {
                    scene.send(3);
                    let (reply, facts, _) = scene.next();
                    assert_eq!((reply[7], facts.source), (3, scene.target));
                    assert_eq!(scene.target.is_ipv6(), scene.sockets.flow_label().is_some());
                });
            }
        }
    }
}

#[test]
fn given_source_address_is_used() {
    for kind in BOTH {
        let options = SocketOptions {
            sources: Sources {
                ipv4: "127.0.0.9".parse().ok(),
                ipv6: None,
            },
            ..of_kind(kind)
        };
        with(V4, &options, &[], |mut scene| {
            let bound = scene
                .socket()
                .icmp
                .local_addr()
                .unwrap()
                .as_socket()
                .unwrap();
            assert_eq!(bound.ip().to_string(), "127.0.0.9");
        });
    }
}

#[test]
fn recorded_route_is_received() {
    // NOP, then Record Route for three addresses (RFC 791, section 3.1).
    let record_route = [&[1, 7, 15, 4][..], &[0; 12]].concat();
    for kind in BOTH {
        with(V4, &of_kind(kind), &record_route, |mut scene| {
            scene.send(1);
            let (_, _, options) = scene.next();
            // The NOP does not come back, and the path over the loopback interface fills all three.
            assert_eq!((options.len(), &options[..3]), (16, &[7, 15, 16][..]));
            assert!(options[3..15].chunks(4).all(|hop| hop == [127, 0, 0, 1]));
        });
    }
}

#[test]
fn wait_ends_at_its_deadline() {
    with_each(|mut scene| scene.sleeps());
}

#[test]
fn signal_ends_one_wait_only() {
    with(V6, &of_kind(SocketChoice::Auto), &[], |mut scene| {
        scene.waker.as_mut().unwrap().write_all(&[0; 200]).unwrap();
        let begun = SystemClock.now();
        let until = Some(begun + 2 * FAR);
        while let Received::Error(_) = scene.sockets.receive(until, Wake::Arrival).unwrap() {}
        assert!(SystemClock.now() < begun + FAR);
        scene.sleeps();
    });
}

#[test]
fn closed_waker_does_not_end_waits() {
    with(V6, &of_kind(SocketChoice::Auto), &[], |mut scene| {
        scene.waker = None;
        let until = SystemClock.now() + FAR;
        while scene.sockets.wake.is_open() {
            assert!(SystemClock.now() < until, "not noticed");
            let _ = scene.sockets.receive(Some(until), Wake::Arrival).unwrap();
        }
        scene.sleeps();
    });
}

#[test]
fn icmp_error_is_received_with_its_quote() {
    with_each(|mut scene| {
        if scene.router.is_none() {
            return;
        }
        let original = scene.request(5, b"12345678");
        scene.send_error_about(&original);
        assert!(scene.hears_error_about(&original));
    });
}

#[test]
fn error_about_an_earlier_message_does_not_prevent_the_next_send() {
    with_each(|mut scene| {
        if scene.router.is_none() {
            return;
        }
        let originals = [1, 2, 3, 4].map(|sequence| scene.request(sequence, b"12345678"));
        for original in &originals {
            scene.send_error_about(original);
        }
        scene.send(9);
        for original in &originals {
            assert!(scene.hears_error_about(original));
        }
        assert_eq!(scene.next().0[7], 9);
    });
}

#[test]
fn more_errors_than_one_read_clears_do_not_prevent_the_next_send() {
    with(V4, &of_kind(SocketChoice::Ping), &[], |mut scene| {
        // Two thousand queued errors need a buffer that not every system grants.
        let room = 8 << 20;
        let _ = scene.socket().icmp.set_recv_buffer_size(room);
        if scene.router.is_none() || scene.socket().icmp.recv_buffer_size().unwrap() < room {
            eprintln!("skipped: not enough privileges or too small a queue");
            return;
        }
        let original = scene.request(1, b"12345678");
        for _ in 0..2 * MAX_ENTRIES {
            scene.send_error_about(&original);
        }
        scene.send(9);
    });
}

#[test]
fn storm_of_replies_does_not_hide_an_error() {
    with_each(|mut scene| {
        if scene.router.is_none() {
            return;
        }
        scene.send_error_about(&scene.request(1, b"12345678"));
        let until = SystemClock.now() + FAR;
        for sequence in 0..=255 {
            scene.send(sequence);
            if let Received::Error(_) = scene.sockets.receive(Some(until), Wake::Arrival).unwrap() {
                return;
            }
        }
        panic!("the error was not heard");
    });
}

#[test]
fn storm_of_errors_takes_bounded_memory_and_does_not_prevent_the_next_send() {
    with_each(|mut scene| {
        if scene.router.is_none() {
            return;
        }
        let original = scene.request(1, b"12345678");
        for _ in 0..2 * MAX_WAITING / 64 {
            for _ in 0..64 {
                scene.send_error_about(&original);
            }
            let Sockets {
                by_family,
                reports,
                clocks,
                ..
            } = &mut scene.sockets;
            assert_eq!(reports.read(&mut by_family[0], clocks).unwrap(), None);
        }
        assert_eq!(scene.sockets.reports.len(), MAX_WAITING);
        scene.send(9);
        assert_eq!(scene.next().0[7], 9);
    });
}

#[test]
fn message_beyond_the_path_mtu_returns_the_mtu() {
    for kind in BOTH {
        for target in [V4, V6] {
            let options = SocketOptions {
                path_mtu_discovery: Some(PathMtuDiscovery::Do),
                ..of_kind(kind)
            };
            with(target, &options, &[], |mut scene| {
                let request = scene.request(1, &vec![0; 60_000]);
                let Err(failure) = scene.send_message(0, &request) else {
                    // In a network namespace its MTU can be lowered: ip link set lo mtu 1500.
                    eprintln!("skipped: the loopback interface takes everything");
                    return;
                };
                assert!(
                    matches!(failure, SendFailure::TooLong { mtu: 1280..60_000 }),
                    "{failure:?}"
                );
                scene.send(2);
                assert_eq!(scene.next().0[7], 2);
            });
        }
    }
}

#[test]
fn forbidden_socket_is_an_error_with_advice() {
    std::thread::spawn(|| {
        let privileges = Privileges::set_aside().unwrap();
        caps::clear(None, caps::CapSet::Permitted).unwrap();
        let options = of_kind(SocketChoice::Raw);
        let route = find_route(V4.parse().unwrap(), None, &options, &privileges).unwrap();
        let request = request(&route, &options, &[]);
        drop(privileges);
        let privileges = Privileges::set_aside().unwrap();
        let error = Sockets::open(request, &privileges).unwrap_err().to_string();
        let program = std::env::current_exe().unwrap();
        let expected = format!(
            "cannot open a raw ICMP socket: Operation not permitted; run \"sudo setcap cap_net_raw+p {}\"",
            program.display()
        );
        assert_eq!(error, expected);
    })
    .join()
    .unwrap();
}

/// Runs a test with departure stamps, where each message has its own call, and without.
fn with_each_way(test: impl Fn(Scene) + Send + Copy) {
    for clock in [ClockChoice::Best, ClockChoice::User] {
        for (kind, target) in [
            (SocketChoice::Raw, V4),
            (SocketChoice::Ping, V4),
            (SocketChoice::Raw, V6),
            (SocketChoice::Ping, V6),
        ] {
            let options = SocketOptions {
                clock,
                ..of_kind(kind)
            };
            with(target, &options, &[], test);
        }
    }
}

impl Scene {
    fn queue(&mut self, sequence: u8, data: &[u8]) {
        let request = self.request(sequence, data);
        assert!(
            self.sockets
                .queue(sequence.into(), &request, self.target, None)
        );
    }

    /// Sends the batch, and returns when the replies are in the queue.
    fn flush(&mut self) -> Vec<(u32, Result<Departure, SendFailure>)> {
        let mut told = Vec::new();
        self.sockets
            .flush(&mut |name, outcome| told.push((name, outcome)));
        settle();
        told
    }
}

#[test]
fn preload_is_sent_in_order_and_its_replies_are_received() {
    with_each_way(|mut scene| {
        scene.sockets.datagrams = Inbox::for_flood(64);
        let before = SystemClock.now();
        for sequence in 1..65 {
            scene.queue(sequence, b"volley");
        }
        let (names, departures): (Vec<u32>, Vec<Instant>) = scene
            .flush()
            .into_iter()
            .map(|(name, outcome)| (name, outcome.unwrap().at))
            .unzip();
        let after = SystemClock.now();
        assert_eq!(names, (1..65).collect::<Vec<u32>>());
        assert!(departures.is_sorted() && before <= departures[0] && departures[63] <= after);
        let mut had_more = false;
        for sequence in 1..65 {
            let (reply, facts, _) = scene.next();
            assert_eq!((reply[7], &reply[8..]), (sequence, &b"volley"[..]));
            assert_eq!(facts.source.ip(), scene.target.ip());
            had_more |= scene.sockets.has_more();
        }
        assert!(had_more && !scene.sockets.has_more());
        scene.hears_nothing_until(SystemClock.now());
    });
}

#[test]
fn messages_after_a_failed_one_are_not_tried() {
    with_each_way(|mut scene| {
        scene.queue(1, b"before");
        scene.queue(2, b"before");
        scene.queue(3, &vec![0; 70_000]);
        scene.queue(4, b"behind");
        let told = scene.flush();
        let told: Vec<_> = (told.iter().map(|(name, told)| (*name, told.is_ok()))).collect();
        assert_eq!(told, [(1, true), (2, true), (3, false)]);
        let replies = [scene.next().0[7], scene.next().0[7]];
        assert_eq!(replies, [1, 2]);
        scene.hears_nothing_until(SystemClock.now());
    });
}

#[test]
fn error_is_returned_among_a_batch_of_replies() {
    with_each(|mut scene| {
        if scene.router.is_none() {
            return;
        }
        scene.sockets.datagrams = Inbox::for_flood(64);
        scene.send_error_about(&scene.request(1, b"rejected"));
        let until = SystemClock.now() + FAR;
        match scene.sockets.receive(Some(until), Wake::Arrival).unwrap() {
            Received::Error(ErrorEntry::Icmp { .. }) => {}
            other => panic!("{other:?}"),
        }
    });
}
