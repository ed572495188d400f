//! Compares whole outputs.

use super::*;
use crate::event::{
    Counts, Destination, Marks, Moment, Outage, ProbeId, Problem, Reach, Reason, Start,
};
use crate::report::node_information::tests::octets as node_information;
use crate::report::outlet::tests::Held;
use crate::report::reply::tests::timed;
use crate::report::{NoNames, reply, statistics};
use crate::wire::data::Mismatch;
use crate::wire::extensions::Extensions;
use crate::wire::node_information::parse_reply;
use crate::wire::{icmpv4, icmpv6};
use proptest::prelude::*;
use std::cell::{Ref, RefCell, RefMut};
use std::net::SocketAddr;
use std::ops::{Deref, DerefMut};
use std::time::{Duration, UNIX_EPOCH};

mod blocked;
mod downs;

/// A writer that records each write and flush.
#[derive(Debug, Default)]
pub(super) struct Notes {
    pub(super) writes: Vec<Vec<u8>>,
    pub(super) flushes: usize,
}

impl Notes {
    pub(super) fn text(&self) -> String {
        String::from_utf8(self.writes.concat()).unwrap()
    }
}

impl Write for Notes {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        self.writes.push(octets.to_vec());
        Ok(octets.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.flushes += 1;
        Ok(())
    }
}

/// An outlet that the test can inspect while the text owns it.
#[derive(Debug, Default, Clone)]
pub(super) struct Shared<W>(Rc<RefCell<W>>);

impl<W> Shared<W> {
    pub(super) fn get(&self) -> Ref<'_, W> {
        self.0.borrow()
    }

    pub(super) fn change(&self) -> RefMut<'_, W> {
        self.0.borrow_mut()
    }
}

impl<W: Outlet> Outlet for Shared<W> {
    fn put(&mut self, text: &[u8], retention: Retention) -> io::Result<()> {
        self.change().put(text, retention)
    }

    fn resume(&mut self) -> io::Result<Backpressure> {
        self.change().resume()
    }

    fn is_blocked(&self) -> bool {
        self.get().is_blocked()
    }

    fn given_up(&mut self) -> u64 {
        self.change().given_up()
    }

    fn settle(&mut self) -> io::Result<()> {
        self.change().settle()
    }
}

/// A text, and what it wrote to standard output and standard error.
pub(super) struct Printer<W> {
    text: Text<'static>,
    pub(super) out: Shared<W>,
    pub(super) err: Shared<W>,
}

impl<W: Outlet + Default + 'static> Printer<W> {
    pub(super) fn new(text: impl FnOnce((Shared<W>, Shared<W>)) -> Text<'static>) -> Self {
        let (out, err) = <(Shared<W>, Shared<W>)>::default();
        Self {
            text: text((Shared(Rc::clone(&out.0)), Shared(Rc::clone(&err.0)))),
            out,
            err,
        }
    }

    pub(super) fn tell(&mut self, events: &[Event<'_>]) {
        for event in events {
            self.text.event(event, &noon).unwrap();
        }
    }
}

impl<W> Deref for Printer<W> {
    type Target = Text<'static>;

    fn deref(&self) -> &Self::Target {
        &self.text
    }
}

impl<W> DerefMut for Printer<W> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.text
    }
}

impl Printer<Held> {
    /// Blocks or unblocks standard output and standard error.
    pub(super) fn block(&self, out: bool, err: bool) {
        self.out.change().blocked = out;
        self.err.change().blocked = err;
    }
}

impl Printer<Notes> {
    /// The contents of standard output and standard error.
    pub(super) fn texts(&self) -> (String, String) {
        (self.out.get().text(), self.err.get().text())
    }
}

/// A pipe without a reader.
pub(super) struct Broken;

impl Write for Broken {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::ErrorKind::BrokenPipe.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn ping() -> Style {
    Style {
        face: Face::Ping,
        ..Style::default()
    }
}

fn rping() -> Style {
    Style {
        face: Face::Rping,
        ..Style::default()
    }
}

fn report(style: Style, names: impl Names + 'static) -> Printer<Notes> {
    let program = match style.face {
        Face::Ping => "ping",
        Face::Rping => "rping",
    };
    Printer::new(|outlets| Text::of_one(style, program, outlets, names))
}

pub(super) fn noon() -> Moment {
    (UNIX_EPOCH + Duration::new(1_700_000_000, 1_234_567)).into()
}

/// The subject of events.
const PROBE: ProbeId = ProbeId {
    target: 0,
    number: 0,
    sequence: 1,
};

/// The output for these events on standard output and standard error.
fn printed(style: Style, events: &[Event<'_>]) -> (String, String) {
    let mut text = report(style, NoNames);
    text.tell(events);
    text.texts()
}

fn host_unreachable() -> Rejection<'static> {
    Rejection {
        target: 0,
        number: Some(0),
        reporter: "10.0.0.254:0".parse().unwrap(),
        sequence: 1,
        problem: Problem::V4(icmpv4::Problem::from_parts(3, 1, 0)),
        reach: Reach::Left,
        is_behind_outcome: false,
        original: None,
        quoted: None,
        extensions: Extensions::default(),
    }
}

fn redirect() -> Rejection<'static> {
    Rejection {
        target: 0,
        number: Some(0),
        problem: Problem::V4(icmpv4::Problem::from_parts(5, 1, 0x0a00_0001)),
        ..host_unreachable()
    }
}

fn refused() -> NotSent {
    NotSent::Refused(io::Error::from_raw_os_error(1))
}

#[test]
fn a_session_under_the_name_ping() {
    let second = Answer {
        sequence: 2,
        timing: Some(timed(Duration::from_micros(12_345))),
        ..reply::tests::plain()
    };
    let (out, err) = printed(
        ping(),
        &[
            Event::Started(&Start::One(header::tests::plain())),
            Event::Sent(PROBE),
            Event::Answered(&reply::tests::plain()),
            Event::Sent(PROBE),
            Event::Answered(&second),
            Event::Finished(&statistics::tests::plain(), &statistics::tests::Nothing),
        ],
    );
    assert_eq!(
        out,
        "PING 127.0.0.1 (127.0.0.1) 56(84) bytes of data.\n\
        64 bytes from 127.0.0.1: icmp_seq=1 ttl=64 time=0.042 ms\n\
        64 bytes from 127.0.0.1: icmp_seq=2 ttl=64 time=12.3 ms\n\
        \n\
        --- 127.0.0.1 ping statistics ---\n\
        3 packets transmitted, 3 received, 0% packet loss, time 2003ms\n\
        rtt min/avg/max/mdev = 1.042/2.042/1003.042/0.042 ms\n"
    );
    assert_eq!(err, "");
}

#[test]
fn a_session_under_the_name_rping() {
    let late = Answer {
        standing: Standing::Late,
        ..reply::tests::plain()
    };
    let mut summary = statistics::tests::plain();
    summary.counts.late = 1;
    let (out, err) = printed(
        Style {
            verbose: true,
            ..rping()
        },
        &[
            Event::Started(&Start::One(header::tests::plain())),
            Event::Sent(PROBE),
            Event::NoAnswer {
                target: 0,
                sequence: 1,
            },
            Event::Answered(&late),
            Event::Finished(&summary, &statistics::tests::Nothing),
        ],
    );
    assert_eq!(
        out,
        "PING 127.0.0.1 (127.0.0.1) 56(84) bytes of data.\n\
        no answer yet for icmp_seq=1\n\
        64 bytes from 127.0.0.1: icmp_seq=1 ident=13 ttl=64 time=0.042 ms (late, not counted) (identifier and sequence match, kernel time) (plus 0.012 ms to send, 0.030 ms to read)\n\
        \n\
        --- 127.0.0.1 ping statistics ---\n\
        3 packets transmitted, 3 received, 0% packet loss, time 2003ms\n\
        rtt min/avg/max/mdev = 1.042/2.042/1003.042/0.042 ms\n\
        rtt p50/p90/p99/p99.9/jitter = 5.042/6.042/7.042/9.042/8.042 ms\n\
        late: 1 reply came late (1 not counted)\n"
    );
    assert_eq!(err, "rping: raw socket, identifier 13\n");
}

#[test]
fn every_line_is_one_write_and_flushed() {
    let mut text = report(ping(), NoNames);
    for event in [
        Event::Started(&Start::One(header::tests::plain())),
        Event::Answered(&reply::tests::plain()),
        Event::NoAnswer {
            target: 0,
            sequence: 2,
        },
        Event::Rejected(&host_unreachable()),
        Event::Noticed(&redirect()),
        Event::Finished(&statistics::tests::plain(), &statistics::tests::Nothing),
    ] {
        text.event(&event, &noon).unwrap();
    }
    for event in [
        Event::Warning("odd"),
        Event::NotSent {
            probe: PROBE,
            reason: &refused(),
        },
        Event::Status(&statistics::tests::plain(), &statistics::tests::Nothing),
    ] {
        text.event(&event, &noon).unwrap();
    }
    assert_eq!(
        (text.out.get().writes.len(), text.out.get().flushes),
        (6, 6)
    );
    assert_eq!(
        (text.err.get().writes.len(), text.err.get().flushes),
        (3, 3)
    );
}

#[test]
fn icmp_errors_and_notices() {
    let too_big = Rejection {
        target: 0,
        number: Some(0),
        reporter: "[2001:db8::1]:0".parse().unwrap(),
        sequence: 65535,
        problem: Problem::V6(icmpv6::Problem::from_parts(2, 0, 1280)),
        reach: Reach::Left,
        is_behind_outcome: false,
        original: None,
        quoted: None,
        extensions: Extensions::default(),
    };
    for style in [ping(), rping()] {
        let (out, _) = printed(
            style,
            &[
                Event::Rejected(&host_unreachable()),
                Event::Noticed(&redirect()),
                Event::Rejected(&too_big),
            ],
        );
        assert_eq!(
            out,
            "From 10.0.0.254 icmp_seq=1 Destination Host Unreachable\n\
            From 10.0.0.254: icmp_seq=1 Redirect Host(New nexthop: 10.0.0.1)\n\
            From 2001:db8::1 icmp_seq=65535 Packet too big: mtu=1280\n"
        );
    }
}

#[test]
fn error_of_this_hosts_filter_says_that_the_probe_did_not_leave() {
    let filtered = Rejection {
        reach: Reach::NotSent,
        ..host_unreachable()
    };
    for (style, line) in [
        (
            ping(),
            "From 10.0.0.254 icmp_seq=1 Destination Host Unreachable\n",
        ),
        (
            rping(),
            "From 10.0.0.254 icmp_seq=1 Destination Host Unreachable (did not leave this host)\n",
        ),
    ] {
        assert_eq!(printed(style, &[Event::Rejected(&filtered)]).0, line);
    }
}

#[test]
fn filtered_probe_of_a_flood_has_no_dot_to_replace() {
    let filtered = Rejection {
        reach: Reach::NotSent,
        ..host_unreachable()
    };
    for (style, row) in [(ping(), ".\u{8}EE"), (rping(), ".E")] {
        let style = Style {
            flood: true,
            ..style
        };
        let events = [
            Event::Sent(PROBE),
            Event::Rejected(&filtered),
            Event::NotSent {
                probe: PROBE,
                reason: &refused(),
            },
        ];
        assert_eq!(printed(style, &events).0, row);
    }
}

#[test]
fn the_quoted_header_is_for_verbose_readers() {
    let quoted = [0x45; 28];
    let notice = Rejection {
        target: 0,
        number: Some(0),
        original: Some(&quoted),
        ..redirect()
    };
    let first = "From 10.0.0.254: icmp_seq=1 Redirect Host(New nexthop: 10.0.0.1)\n";
    assert_eq!(printed(ping(), &[Event::Noticed(&notice)]).0, first);
    assert_eq!(
        printed(
            Style {
                verbose: true,
                ..ping()
            },
            &[Event::Noticed(&notice)]
        )
        .0,
        format!(
            "{first}Vr HL TOS  Len   ID Flg  off TTL Pro  cks      Src      Dst Data\n \
            4  5  45 4545 4545   2 0545  45  45 4545 69.69.69.69  69.69.69.69 \n"
        )
    );
}

#[test]
fn the_time_of_day_is_before_what_happens() {
    let (out, _) = printed(
        Style {
            timestamps: true,
            ..ping()
        },
        &[
            Event::Started(&Start::One(header::tests::plain())),
            Event::Answered(&reply::tests::plain()),
            Event::NoAnswer {
                target: 0,
                sequence: 2,
            },
            Event::Rejected(&host_unreachable()),
            Event::Noticed(&redirect()),
            Event::Finished(&statistics::tests::nothing(), &statistics::tests::Nothing),
        ],
    );
    assert_eq!(
        out,
        "PING 127.0.0.1 (127.0.0.1) 56(84) bytes of data.\n\
        [1700000000.001234] 64 bytes from 127.0.0.1: icmp_seq=1 ttl=64 time=0.042 ms\n\
        [1700000000.001234] no answer yet for icmp_seq=2\n\
        [1700000000.001234] From 10.0.0.254 icmp_seq=1 Destination Host Unreachable\n\
        [1700000000.001234] From 10.0.0.254: icmp_seq=1 Redirect Host(New nexthop: 10.0.0.1)\n\
        \n--- 127.0.0.1 ping statistics ---\n0 packets transmitted, 0 received\n\n"
    );
}

#[test]
fn a_clock_before_1970_is_no_reason_to_stop() {
    let mut text = report(
        Style {
            timestamps: true,
            ..ping()
        },
        NoNames,
    );
    text.event(
        &Event::NoAnswer {
            target: 0,
            sequence: 2,
        },
        &|| (UNIX_EPOCH - Duration::from_secs(1)).into(),
    )
    .unwrap();
    assert_eq!(
        text.out.get().text(),
        "[0.000000] no answer yet for icmp_seq=2\n"
    );
}

#[test]
fn the_pattern_comes_first() {
    let style = Style {
        announced_pattern: Some(vec![0xff, 0x01]),
        ..ping()
    };
    let quiet = Style {
        quiet: true,
        ..style.clone()
    };
    let started = Start::One(header::tests::plain());
    let first = "PING 127.0.0.1 (127.0.0.1) 56(84) bytes of data.\n";
    assert_eq!(
        printed(style, &[Event::Started(&started)]).0,
        format!("PATTERN: 0xff01\n{first}")
    );
    assert_eq!(printed(quiet, &[Event::Started(&started)]).0, first);
}

/// The reason why nothing is sent, which rping prints even with `-q`.
fn local_error(face: Face) -> &'static str {
    match face {
        Face::Ping => "",
        Face::Rping => {
            "rping: sendmsg: Operation not permitted; a firewall or a policy of this host forbids it\n"
        }
    }
}

#[test]
fn quiet() {
    let start = Start::One(header::tests::plain());
    let (answer, refusal) = (reply::tests::plain(), refused());
    let (rejection, notice, summary) =
        (host_unreachable(), redirect(), statistics::tests::nothing());
    let events = [
        Event::Started(&start),
        Event::Sent(PROBE),
        Event::Answered(&answer),
        Event::Rejected(&rejection),
        Event::Noticed(&notice),
        Event::NotSent {
            probe: PROBE,
            reason: &refusal,
        },
        Event::Finished(&summary, &statistics::tests::Nothing),
    ];
    for flood in [false, true] {
        for face in [Face::Ping, Face::Rping] {
            let style = Style {
                face,
                quiet: true,
                flood,
                audible: true,
                ..Style::default()
            };
            let (out, err) = printed(style, &events);
            assert_eq!(
                out,
                "PING 127.0.0.1 (127.0.0.1) 56(84) bytes of data.\n\
                \n--- 127.0.0.1 ping statistics ---\n0 packets transmitted, 0 received\n\n"
            );
            assert_eq!(err, local_error(face));
        }
    }
}

#[test]
fn iputils_tells_of_a_missing_answer_even_where_it_is_quiet() {
    let missing = [Event::NoAnswer {
        target: 0,
        sequence: 7,
    }];
    for (quiet, flood) in [(true, false), (false, true)] {
        let style = |face| Style {
            face,
            quiet,
            flood,
            ..Style::default()
        };
        assert_eq!(
            printed(style(Face::Ping), &missing).0,
            "no answer yet for icmp_seq=7\n"
        );
        assert_eq!(printed(style(Face::Rping), &missing).0, "");
    }
}

#[test]
fn flood() {
    let corrupt = Answer {
        standing: Standing::BadChecksum,
        ..reply::tests::plain()
    };
    let (answer, refusal) = (reply::tests::plain(), refused());
    let (rejection, notice, summary) =
        (host_unreachable(), redirect(), statistics::tests::nothing());
    let events = [
        Event::Sent(PROBE),
        Event::Answered(&answer),
        Event::Sent(PROBE),
        Event::Rejected(&rejection),
        Event::Sent(PROBE),
        Event::Answered(&corrupt),
        Event::NotSent {
            probe: PROBE,
            reason: &refusal,
        },
        Event::Noticed(&notice),
        Event::Finished(&summary, &statistics::tests::Nothing),
    ];
    for face in [Face::Ping, Face::Rping] {
        let (out, err) = printed(
            Style {
                face,
                flood: true,
                ..Style::default()
            },
            &events,
        );
        let end = "\n---  ping statistics ---\n0 packets transmitted, 0 received\n\n";
        assert_eq!(out, format!(".\u{8} \u{8}.\u{8}E.\u{8}CE{end}"));
        assert_eq!(err, local_error(face));
    }
}

#[test]
fn an_audible_flood_rings() {
    let style = Style {
        flood: true,
        audible: true,
        ..ping()
    };
    let (out, _) = printed(
        style,
        &[Event::Sent(PROBE), Event::Answered(&reply::tests::plain())],
    );
    assert_eq!(out, ".\u{8} \u{8}\u{7}");
}

#[test]
fn what_did_not_leave() {
    let too_long = |ipv6| NotSent::TooLong { mtu: 1500, ipv6 };
    let custom = NotSent::Refused(io::Error::other("odd\n"));
    let (out, err) = printed(
        ping(),
        &[
            Event::NotSent {
                probe: PROBE,
                reason: &refused(),
            },
            Event::NotSent {
                probe: PROBE,
                reason: &refused(),
            },
            Event::NotSent {
                probe: PROBE,
                reason: &too_long(false),
            },
            Event::NotSent {
                probe: PROBE,
                reason: &too_long(true),
            },
            Event::NotSent {
                probe: PROBE,
                reason: &custom,
            },
        ],
    );
    assert_eq!(out, "");
    assert_eq!(
        err,
        "ping: sendmsg: Operation not permitted\n\
        ping: sendmsg: Operation not permitted\n\
        ping: local error: message too long, mtu=1500\n\
        ping: local error: message too long, mtu: 1500\n\
        ping: sendmsg: odd\\x0a\n"
    );
}

#[test]
fn a_suspension_is_told_in_one_line_but_not_under_the_name_ping() {
    let told = |style, milliseconds| {
        let length = std::time::Duration::from_millis(milliseconds);
        printed(style, &[Event::Suspended { length }])
    };
    for (milliseconds, time) in [(3_600_049, "3600"), (1_500, "1.5"), (100, "0.1")] {
        let line = format!("rping: this host was suspended for {time} s\n");
        assert_eq!(told(rping(), milliseconds), (String::new(), line));
    }
    assert_eq!(told(ping(), 3_600_000), (String::new(), String::new()));
}

#[test]
fn rping_repeats_a_local_error_ever_more_rarely() {
    let mut text = report(rping(), NoNames);
    for _ in 0..150 {
        text.event(
            &Event::NotSent {
                probe: PROBE,
                reason: &refused(),
            },
            &noon,
        )
        .unwrap();
    }
    let refused_line =
        "rping: sendmsg: Operation not permitted; a firewall or a policy of this host forbids it";
    assert_eq!(
        text.err.get().text(),
        format!("{refused_line}\n{refused_line} (10 times)\n{refused_line} (100 times)\n")
    );
    text.err.change().writes.clear();
    text.event(
        &Event::NotSent {
            probe: PROBE,
            reason: &NotSent::TooLong {
                mtu: 1500,
                ipv6: false,
            },
        },
        &noon,
    )
    .unwrap();
    text.event(
        &Event::NotSent {
            probe: PROBE,
            reason: &refused(),
        },
        &noon,
    )
    .unwrap();
    text.event(
        &Event::NotSent {
            probe: PROBE,
            reason: &refused(),
        },
        &noon,
    )
    .unwrap();
    text.event(&Event::Answered(&reply::tests::plain()), &noon)
        .unwrap();
    text.event(
        &Event::NotSent {
            probe: PROBE,
            reason: &refused(),
        },
        &noon,
    )
    .unwrap();
    assert_eq!(
        text.err.get().text(),
        format!("rping: local error: message too long, mtu=1500\n{refused_line}\n{refused_line}\n")
    );
}

#[test]
fn warnings() {
    let (out, err) = printed(
        ping(),
        &[Event::Warning("odd\x1b"), Event::Warning(BROADCAST_WARNING)],
    );
    assert_eq!(out, "");
    assert_eq!(err, "ping: odd\\x1b\nWARNING: pinging broadcast address\n");
}

#[test]
fn messages_name_the_program_as_it_was_invoked() {
    let mut text: Printer<Notes> =
        Printer::new(|outlets| Text::of_one(ping(), "/tmp/a\x07b/ping", outlets, NoNames));
    text.tell(&[Event::Warning("odd")]);
    assert_eq!(text.err.get().text(), "/tmp/a\\x07b/ping: odd\n");
}

#[test]
fn status() {
    let (out, err) = printed(
        ping(),
        &[Event::Status(
            &statistics::tests::plain(),
            &statistics::tests::Nothing,
        )],
    );
    assert_eq!(out, "");
    assert_eq!(
        err,
        "\r3/3 packets, 0% loss, min/avg/ewma/max = 1.042/2.042/4.042/1003.042 ms\n"
    );
}

#[test]
fn small_probes_have_no_time_under_the_name_ping() {
    let small = Destination {
        size: 15,
        ..header::tests::plain()
    };
    let (answer, summary) = (reply::tests::plain(), statistics::tests::plain());
    let events = [
        Event::Started(&Start::One(small.clone())),
        Event::Answered(&answer),
        Event::Finished(&summary, &statistics::tests::Nothing),
    ];
    let (out, _) = printed(ping(), &events);
    assert!(!out.contains("time=") && !out.contains("rtt"), "{out}");
    let (out, _) = printed(rping(), &events);
    assert!(
        out.contains("time=0.042 ms") && out.contains("rtt min"),
        "{out}"
    );
    let enough = Destination { size: 16, ..small };
    let (out, _) = printed(
        ping(),
        &[
            Event::Started(&Start::One(enough)),
            Event::Answered(&answer),
        ],
    );
    assert!(out.contains("time=0.042 ms"), "{out}");
}

#[test]
fn node_information_has_no_time_under_the_name_ping() {
    let octets = node_information(1, 2, 0, &[]);
    let answer = Answer {
        information: parse_reply(&octets).ok(),
        ..reply::tests::plain()
    };
    let summary = statistics::tests::plain();
    let events = [
        Event::Answered(&answer),
        Event::Finished(&summary, &statistics::tests::Nothing),
    ];
    let (out, _) = printed(ping(), &events);
    assert!(
        out.starts_with("64 bytes from 127.0.0.1: refused; seq=1; ttl=64\n"),
        "{out}"
    );
    assert!(!out.contains("rtt"), "{out}");
}

#[test]
fn the_same_route_is_told_once() {
    let routed = Answer {
        options: &[7, 7, 8, 10, 0, 0, 1],
        ..reply::tests::plain()
    };
    let (out, _) = printed(
        ping(),
        &[Event::Answered(&routed), Event::Answered(&routed)],
    );
    assert_eq!(
        out,
        "64 bytes from 127.0.0.1: icmp_seq=1 ttl=64 time=0.042 ms\nRR: \t10.0.0.1\n\n\
        64 bytes from 127.0.0.1: icmp_seq=1 ttl=64 time=0.042 ms\t(same route)\n"
    );
}

#[test]
fn names_are_printed_as_soon_as_they_are_known() {
    struct Slow(Option<&'static str>);
    impl Names for Slow {
        fn name(&mut self, _: SocketAddr) -> Option<String> {
            self.0.replace("host.example").map(str::to_owned)
        }
        fn zone(&mut self, _: u32) -> Option<String> {
            None
        }
    }
    let mut text = report(ping(), Slow(None));
    text.event(&Event::Answered(&reply::tests::plain()), &noon)
        .unwrap();
    text.event(&Event::Rejected(&host_unreachable()), &noon)
        .unwrap();
    assert_eq!(
        text.out.get().text(),
        "64 bytes from 127.0.0.1: icmp_seq=1 ttl=64 time=0.042 ms\n\
        From host.example (10.0.0.254) icmp_seq=1 Destination Host Unreachable\n"
    );
}

#[test]
fn colours() {
    let (out, err) = printed(
        Style {
            colour: true,
            ..rping()
        },
        &[
            Event::Started(&Start::One(header::tests::plain())),
            Event::Answered(&reply::tests::plain()),
            Event::NoAnswer {
                target: 0,
                sequence: 2,
            },
            Event::Rejected(&host_unreachable()),
            Event::Noticed(&redirect()),
            Event::NotSent {
                probe: PROBE,
                reason: &refused(),
            },
        ],
    );
    assert_eq!(
        out,
        "PING 127.0.0.1 (127.0.0.1) 56(84) bytes of data.\n\
        64 bytes from 127.0.0.1: icmp_seq=1 ttl=64 time=0.042 ms\n\
        \x1b[31mno answer yet for icmp_seq=2\x1b[0m\n\
        From 10.0.0.254 icmp_seq=1 \x1b[31mDestination Host Unreachable\x1b[0m\n\
        From 10.0.0.254: icmp_seq=1 \x1b[33mRedirect Host(New nexthop: 10.0.0.1)\x1b[0m\n"
    );
    assert!(
        !err.contains('\x1b'),
        "standard error may go elsewhere: {err}"
    );
}

#[test]
fn a_broken_pipe_is_told_to_the_caller() {
    let mut text = Text::of_one(ping(), "ping", (Broken, Broken), NoNames);
    for event in [
        Event::Started(&Start::One(header::tests::plain())),
        Event::Answered(&reply::tests::plain()),
        Event::NoAnswer {
            target: 0,
            sequence: 1,
        },
        Event::Finished(&statistics::tests::nothing(), &statistics::tests::Nothing),
    ] {
        let error = text.event(&event, &noon).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::BrokenPipe, "{event:?}");
    }
    for message in [
        Event::NotSent {
            probe: PROBE,
            reason: &refused(),
        },
        Event::Status(&statistics::tests::nothing(), &statistics::tests::Nothing),
        Event::Warning("a warning"),
    ] {
        let told = text.event(&message, &noon);
        assert!(
            told.is_ok(),
            "messages that nobody reads end nothing: {message:?}"
        );
    }
    let style = Style {
        flood: true,
        ..ping()
    };
    let mut flood = Text::of_one(style, "ping", (Broken, Broken), NoNames);
    assert!(flood.event(&Event::Sent(PROBE), &noon).is_err());
}

/// Names under the control of a hostile server.
struct Hostile(Option<String>);

impl Names for Hostile {
    fn name(&mut self, _: SocketAddr) -> Option<String> {
        self.0.clone()
    }

    fn zone(&mut self, _: u32) -> Option<String> {
        self.0.clone()
    }
}

prop_compose! {
    fn any_style()(bits: u16, width: Option<u16>, pattern: Option<Vec<u8>>) -> Style {
        let bit = |index: u16| bits >> index & 1 == 1;
        Style {
            face: if bit(0) { Face::Ping } else { Face::Rping },
            quiet: bit(1) && bit(2),
            verbose: bit(3),
            flood: bit(4) && bit(5),
            paced_by_replies: bit(6),
            audible: bit(7),
            timestamps: bit(8),
            full_precision: bit(9),
            histogram: bit(11),
            colour: bit(10),
            stderr_colour: bit(15),
            charset: if bit(12) { sanitize::Charset::Utf8 } else { sanitize::Charset::Ascii },
            announced_pattern: pattern,
            width,
            one_interface: bit(13),
            broadcast: bit(14),
            json: None,
            ping_json: false,
            live: None,
            transitions: bit(0) && bit(13),
        }
    }
}

prop_compose! {
    fn any_counts()(counts in prop::array::uniform24(any::<u64>())) -> Counts {
        let [transmitted, received, duplicates, bad_checksums, bad_tokens, stale, unexpected, late, late_counted, reordered,
            altered, truncated, oversized, different_address, untimed, rejected, rejected_unanswered, icmp_errors, not_sent, too_long,
            filtered, suspended, in_flight, dropped_here] = counts;
        Counts {
            transmitted, received, duplicates, bad_checksums, bad_tokens, stale, unexpected, late, late_counted, reordered,
            altered, truncated, oversized, different_address, untimed, rejected, rejected_unanswered, icmp_errors, not_sent, too_long,
            filtered, suspended, in_flight, dropped_here,
        }
    }
}

/// Octets under the control of a host, a name server or a user, and some numbers.
#[derive(Debug, Clone)]
struct Chosen {
    text: String,
    octets: Vec<u8>,
    number: u32,
    bits: u8,
}

prop_compose! {
    fn any_chosen()(
        text: String,
        octets in prop::collection::vec(any::<u8>(), 0..64),
        number: u32,
        bits: u8,
    ) -> Chosen {
        Chosen { text, octets, number, bits }
    }
}

impl Chosen {
    fn address(&self) -> SocketAddr {
        if self.bits & 1 == 0 {
            (self.number.to_be_bytes(), 0).into()
        } else {
            std::net::SocketAddrV6::new(
                (0xfe80 << 112 | u128::from(self.number)).into(),
                0,
                0,
                self.number,
            )
            .into()
        }
    }

    fn down(&self, problem: Problem) -> Down {
        Down {
            first: PROBE,
            sent: Duration::from_nanos(self.number.into()),
            probes: self.number.into(),
            reason: Some(Reason::Rejected {
                problem,
                reporter: Some(self.address()),
            }),
        }
    }

    fn up(&self) -> TimeDown {
        TimeDown {
            first: PROBE,
            sent: Duration::from_nanos(self.number.into()),
            outage: Outage {
                first: 1,
                last: 37,
                length: Duration::from_nanos(self.number.into()),
                probes: self.number.into(),
            },
        }
    }

    fn answer<'a>(&'a self, information: Option<&'a [u8]>) -> Answer<'a> {
        let bit = |index: u8| self.bits >> index & 1 == 1;
        let standings = [
            Standing::Reply,
            Standing::Late,
            Standing::Duplicate,
            Standing::BadChecksum,
            Standing::BadToken,
            Standing::Stale,
            Standing::Unexpected,
        ];
        Answer {
            target: 0,
            number: Some(0),
            length: self.octets.len(),
            source: self.address(),
            identifier: 13,
            sequence: 37,
            hop_limit: bit(1).then_some(64),
            traffic_class: None,
            destination: None,
            times: None,
            standing: standings[self.number as usize % standings.len()],
            timing: bit(2).then(|| timed(Duration::from_nanos(self.number.into()))),
            marks: Marks {
                overdue: bit(3),
                reordered: bit(4),
                different_address: bit(5),
                truncated: bit(6),
                oversized: bit(1),
                multicast: bit(7),
            },
            mismatch: bit(3).then_some(Mismatch {
                offset: self.number as usize,
                expected: 0,
                found: 1,
                data: &self.octets,
            }),
            options: &self.octets,
            information: information.and_then(|octets| parse_reply(octets).ok()),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    /// Whatever a network, a name server or a user sends, a terminal receives only harmless text.
    #[test]
    fn output_is_harmless(
        style in any_style(),
        counts in any_counts(),
        chosen in prop::collection::vec(any_chosen(), 1..8),
        name: Option<String>,
    ) {
        let colour = style.colour;
        let utf8 = style.charset == sanitize::Charset::Utf8;
        let mut text = report(style, Hostile(name));
        let summary = Summary { counts, ..statistics::tests::plain() };
        for chosen in &chosen {
            let start = Destination {
                host: chosen.text.clone(),
                target: chosen.address(),
                source: Some(chosen.address()),
                device: Some(chosen.text.clone()),
                flow_label: Some(chosen.number),
                ..header::tests::plain()
            };
            let information = node_information(chosen.bits % 4, chosen.bits % 6, chosen.bits, &chosen.octets);
            let [kind, code] = [chosen.bits % 16, chosen.bits / 16];
            let (v4, v6) = (
                icmpv4::Problem::from_parts(kind, code, chosen.number),
                icmpv6::Problem::from_parts(kind, code, chosen.number),
            );
            let problem = if chosen.number % 2 == 0 { Problem::V4(v4) } else { Problem::V6(v6) };
            let rejection = Rejection {
                target: 0,
                number: Some(0),
                reporter: chosen.address(),
                sequence: 37,
                problem,
                reach: if chosen.bits & 2 == 0 { Reach::Left } else { Reach::NotSent },
                is_behind_outcome: false,
                original: Some(&chosen.octets),
                quoted: None,
                extensions: Extensions::default(),
            };
            for event in [
                Event::Started(&Start::One(start)),
                Event::Warning(&chosen.text),
                Event::Sent(PROBE),
                Event::Answered(&chosen.answer(None)),
                Event::Answered(&chosen.answer(Some(&information))),
                Event::NoAnswer { target: 0, sequence: 37 },
                Event::Rejected(&rejection),
                Event::Noticed(&rejection),
                Event::Down(&chosen.down(rejection.problem)),
                Event::Up(&chosen.up()),
                Event::NotSent {
                    probe: PROBE,
                    reason: &NotSent::Refused(io::Error::other(chosen.text.clone())),
                },
                Event::Status(&summary, &statistics::tests::Nothing),
                Event::Finished(&summary, &statistics::tests::Nothing),
            ] {
                text.event(&event, &noon).unwrap();
            }
        }
        let mut all = text.out.get().text() + &text.err.get().text();
        if colour {
            for sequence in ["\x1b[31m", "\x1b[33m", "\x1b[1m", "\x1b[0m"] {
                all = all.replace(sequence, "");
            }
        }
        let turns = ['\u{61c}', '\u{200e}', '\u{200f}', '\u{202a}', '\u{202e}', '\u{2066}', '\u{2069}'];
        for character in all.chars() {
            let harmless = match character {
                ' '..='~' | '\n' | '\t' | '\r' | '\x07' | '\x08' => true,
                other => utf8 && !other.is_control() && !other.is_whitespace() && !turns.contains(&other),
            };
            prop_assert!(harmless, "{character:?} in {all:?}");
        }
    }

    /// After each event the cursor is at the start of a line, so that no text can imitate another line.
    #[test]
    fn lines_are_whole(style in any_style(), chosen in any_chosen(), name: Option<String>) {
        let mut text = report(Style { flood: false, ..style }, Hostile(name));
        let rejection = Rejection { original: Some(&chosen.octets), ..host_unreachable() };
        for event in [Event::Answered(&chosen.answer(None)), Event::Rejected(&rejection)] {
            text.event(&event, &noon).unwrap();
            let out = text.out.get().text();
            prop_assert!(out.is_empty() || out.ends_with('\n'), "{out:?}");
        }
    }
}
