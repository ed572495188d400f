//! `--icmp-timestamp`: how far the clocks of targets are off.

use crate::host::Host;
use crate::json::schema;
use crate::link::{self, HOST4, OTHER4};
use crate::namespace::{self, rping_trial};
use crate::packet::{Reply, Request};
use crate::run::named;
use libtest_mimic::Trial;
use serde_json::Value;

const TIMESTAMP_REPLY: u8 = 14;

/// Milliseconds.
const DAY: u32 = 24 * 60 * 60 * 1000;

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        rping_trial("clocks::kernel_of_the_same_machine_has_no_offset", || {
            let _far = link::to_a_kernel();
            let run = named(
                "rping",
                &format!("--json --icmp-timestamp -c 3 -i 0.05 -W 10 {HOST4}"),
            );
            let output = run.run();
            assert_eq!(output.code, 0, "{output:?}");
            let lines = schema().read_run(&output.stdout);
            let replies = lines.iter().filter(|line| line["event"] == "reply");
            let mut count = 0;
            for reply in replies {
                let number = |value: &Value| value.as_f64().unwrap();
                let clock = &reply["peer_clock"];
                let [originate, receive, transmit] =
                    ["originate", "receive", "transmit"].map(|field| number(&clock[field]));
                // The clock is the same: none of the three is before the one before it, but at midnight.
                let day = f64::from(DAY);
                let (there, held) = (
                    (receive - originate).rem_euclid(day),
                    (transmit - receive).rem_euclid(day),
                );
                assert!(there < day / 2.0 && held < day / 2.0, "{reply}");
                let expected = there - (number(&reply["rtt_ms"]) - held) / 2.0;
                let offset = number(&clock["offset_ms"]);
                assert!(
                    (offset - expected).abs() < 0.01,
                    "{offset} {expected}: {reply}"
                );
                assert_eq!(clock["swapped"], false);
                count += 1;
            }
            assert_eq!(count, 3);
        }),
        rping_trial(
            "clocks::peer_that_is_ahead_is_told_on_the_line_and_behind_the_statistics",
            || {
                link::create();
                let _host = Host::start(|request| vec![told(request, 2500, u32::to_be_bytes)]);
                let output = named(
                    "rping",
                    &format!("--icmp-timestamp -c 2 -i 0.05 -W 10 {HOST4}"),
                )
                .run();
                assert_eq!(output.code, 0, "{output:?}");
                let offset = offsets(&output.stdout);
                assert_eq!(
                    offset.len(),
                    3,
                    "two replies and the best of them: {output:?}"
                );
                // The host says that it answered in the millisecond in which it was asked: half of the round trip is missing.
                let times = output.stdout.split(" time=").skip(1);
                let times =
                    times.map(|rest| rest.split(' ').next().unwrap().parse::<f64>().unwrap());
                for (offset, time) in offset.iter().zip(times) {
                    assert!((2500.0 - offset - time / 2.0).abs() <= 1.0, "{output:?}");
                }
                let quiet =
                    named("rping", &format!("-q --icmp-timestamp -c 1 -W 10 {HOST4}")).run();
                assert_eq!(offsets(&quiet.stdout).len(), 1, "{quiet:?}");
                let line = "20 bytes from 198.51.100.2: icmp_seq=1 ttl=64 time=";
                assert!(output.stdout.contains(line), "{output:?}");
                for word in [" originate=", " receive=", " transmit=", "; estimate: "] {
                    assert!(output.stdout.contains(word), "{output:?}");
                }
            },
        ),
        rping_trial(
            "clocks::times_of_windows_and_non_standard_times_are_told",
            || {
                link::create();
                let _host = Host::start(|request| match request.sequence {
                    // A low octet that no time of day begins with.
                    1 => vec![told(request, 0, |time| (time | 0xff).to_le_bytes())],
                    _ => vec![stated(request, [0x80, 0, 5, 6])],
                });
                let output = named(
                    "rping",
                    &format!("--icmp-timestamp -c 2 -i 0.05 -W 10 {HOST4}"),
                )
                .run();
                let unknown = " receive=0x80000506 transmit=0x80000506 (clock offset unknown: no standard times)";
                assert!(output.stdout.contains(unknown), "{output:?}");
                assert!(
                    output.stdout.contains(" ms, low octets first; estimate: "),
                    "{output:?}"
                );
            },
        ),
        rping_trial("clocks::of_many_each_reply_tells_its_own", || {
            link::create();
            let _host = Host::start(|request| {
                let ahead = if request.destination == HOST4 {
                    3_600_000
                } else {
                    7_200_000
                };
                vec![told(request, ahead, u32::to_be_bytes)]
            });
            let arguments = format!("--icmp-timestamp -c 1 -W 10 {HOST4} {OTHER4}");
            let output = named("rping", &arguments).run();
            let line = |target| {
                let mut lines = output.stdout.lines();
                let line = lines.find(|line| line.starts_with(&format!("{target}  icmp_seq=1 ")));
                offsets(line.unwrap())[0]
            };
            assert!((line(HOST4) / 3_600_000.0 - 1.0).abs() < 0.5, "{output:?}");
            assert!((line(OTHER4) / 3_600_000.0 - 2.0).abs() < 0.5, "{output:?}");
        }),
        rping_trial("clocks::silence_is_1_and_what_cannot_be_asked_is_2", || {
            link::create();
            namespace::allow_ping_sockets();
            let host = Host::silent();
            let silent = named("rping", &format!("--icmp-timestamp -c 1 -W 0.2 {HOST4}")).run();
            assert_eq!(silent.code, 1, "{silent:?}");
            let without_raw = named("rping", &format!("--icmp-timestamp -c 1 {HOST4}"))
                .without_raw()
                .run();
            assert_eq!(without_raw.code, 2, "{without_raw:?}");
            assert!(
                without_raw.stderr.contains("cannot open a raw ICMP socket"),
                "{without_raw:?}"
            );
            let over_ipv6 = named("rping", "--icmp-timestamp -c 1 fd51::2").run();
            assert_eq!(over_ipv6.code, 2, "{over_ipv6:?}");
            assert_eq!(host.finish().len(), 1, "nothing else left");
            let of_many = named("rping", &format!("--icmp-timestamp -c 1 {HOST4} fd51::2")).run();
            assert_eq!(of_many.code, 2, "{of_many:?}");
        }),
    ]
}

/// The reply of a host whose clock is `ahead` milliseconds ahead. It receives the request in the millisecond in which the
/// request was sent, and writes its times in this byte order.
fn told(request: &Request, ahead: u32, order: fn(u32) -> [u8; 4]) -> Vec<u8> {
    let originate = u32::from_be_bytes(request.data[..4].try_into().unwrap());
    stated(request, order((originate + ahead) % DAY))
}

/// The reply of a host that says that it got the request and sent the reply at this time.
fn stated(request: &Request, time: [u8; 4]) -> Vec<u8> {
    let reply = Reply {
        kind: TIMESTAMP_REPLY,
        data: [&request.data[..4], &time, &time].concat(),
        ..Reply::to(request)
    };
    reply.packet()
}

/// What is told in `clock offset +2500 ms` and `clock offset: +2500 ms`.
fn offsets(text: &str) -> Vec<f64> {
    text.split("clock offset")
        .skip(1)
        .map(|rest| {
            let rest = rest.trim_start_matches(':').trim_start();
            rest.split(' ').next().unwrap().parse().unwrap()
        })
        .collect()
}
