//! The packets that broke other pings, sent by a hostile host. Each trial is named after the advisory, or the program
//! and its issue. The replay of the corpus (`tests/corpus`) covers packets that the kernel drops before a socket
//! receives them.
//!
//! Whatever the packet: each probe is answered once, its content never becomes a time, and the run ends.

use crate::host::Host;
use crate::link::{self, HOST4, HOST6, OTHER4, ROUTER4, ROUTER6};
use crate::namespace::{self, rping_trial};
use crate::packet::{Complaint, Reply, Request, icmp, sum};
use crate::run::{Output, Run, named};
use libtest_mimic::Trial;
use std::net::IpAddr;

const REDIRECT: u8 = 5;

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials: Vec<_> = ADVISORIES
        .iter()
        .map(|advisory| rping_trial(advisory.name, || advisory.check()))
        .collect();
    trials.push(rping_trial(
        "advisories::cve_2025_48964_adaptive_interval_after_a_time_of_zero",
        || {
            link::create();
            // Only the last has a valid reply: forged ones must not set the pace.
            let host = Host::start(|request| match request.sequence {
                4 => vec![request.echo()],
                _ => vec![timed(request, [0, 0])],
            });
            let output = named("rping", &format!("-A -c 4 -i 0.1 -W 10 {HOST4}")).run();
            assert_eq!(counts(&output), "4 packets transmitted, 1 received, ");
            assert_eq!(host.finish().len(), 4, "no flood");
        },
    ));
    trials.push(rping_trial(
        "advisories::iputils_480_a_time_in_the_past_and_the_wait_at_the_end",
        || {
            link::create();
            // Two thousand seconds ago: iputils then waits twice that long for the last reply.
            let _host = Host::start(|request| vec![timed(request, [-2000, 0])]);
            let output = named("rping", &format!("-c 2 -i 0.1 -W 0.1 {HOST4}")).run();
            assert_eq!(counts(&output), "2 packets transmitted, 0 received, ");
            assert_eq!(output.code, 1);
        },
    ));
    trials
}

/// Packets that a hostile host sends before a valid reply.
struct Advisory {
    name: &'static str,
    target: IpAddr,
    arguments: &'static str,
    packets: fn(&Request) -> Vec<Vec<u8>>,
    /// The errors in the statistics, with a raw socket and with a ping socket.
    errors: [usize; 2],
}

#[rustfmt::skip] // A table.
const ADVISORIES: &[Advisory] = &[
    Advisory { name: "advisories::cve_2010_2529_pointers_of_recorded_routes", target: HOST4, arguments: "-v",
        packets: |request| (0..4).chain([38, 39, 40, 255]).map(|pointer| with_options(request, &route(pointer))).collect(),
        errors: [0, 0] },
    Advisory { name: "advisories::cve_2010_2529_pointers_of_time_stamps", target: HOST4, arguments: "-v",
        packets: |request| (0..5).chain([39, 255]).flat_map(|pointer| {
            [0, 1, 3].map(|flags| with_options(request, &stamps(pointer, flags)))
        }).collect(),
        errors: [0, 0] },
    Advisory { name: "advisories::openbsd_2022_options_of_length_0_and_1", target: HOST4, arguments: "-v",
        packets: |request| [[0x94, 0, 1, 1], [0x94, 1, 1, 1], [7, 0, 4, 0], [1, 1, 1, 0x94], [0x94, 5, 0, 0]]
            .map(|options| with_options(request, &options)).into(),
        errors: [0, 0] },
    Advisory { name: "advisories::cve_2022_23093_options_in_both_headers_of_an_error", target: HOST4, arguments: "-v",
        packets: |request| vec![behind_options(&about(request, 3, with_quoted_options), &[1; 40])],
        errors: [1, 1] },
    Advisory { name: "advisories::cve_2022_23093_a_quoted_header_beyond_the_end", target: HOST4, arguments: "-v",
        packets: |request| [20, 24, 28, 40].map(|length| about(request, 3, |quote| {
            quote[0] = 0x4f;
            quote.truncate(length);
        })).into(),
        errors: [0, 0] },
    Advisory { name: "advisories::cve_2022_23093_a_quoted_header_without_length", target: HOST4, arguments: "-v",
        packets: |request| [0x40, 0x41, 0x44].map(|first| about(request, 3, |quote| quote[0] = first)).into(),
        errors: [0, 0] },
    Advisory { name: "advisories::cve_2022_23093_options_in_both_headers_of_a_redirect", target: HOST4, arguments: "-v",
        packets: |request| vec![behind_options(&about(request, REDIRECT, with_quoted_options), &[1; 40])],
        errors: [0, 0] },
    Advisory { name: "advisories::cve_2025_47268_seconds_that_overflow", target: HOST4, arguments: "",
        packets: |request| [i64::MAX, i64::MIN, i64::MAX / 1_000_000, 1 << 31]
            .map(|seconds| timed(request, [seconds, 999_999])).into(),
        errors: [0, 0] },
    Advisory { name: "advisories::cve_2025_47268_seconds_that_overflow_v6", target: HOST6, arguments: "",
        packets: |request| [i64::MAX, i64::MIN, i64::MAX / 1_000_000, 1 << 31]
            .map(|seconds| timed(request, [seconds, 999_999])).into(),
        errors: [0, 0] },
    Advisory { name: "advisories::cve_2025_48964_a_time_of_zero", target: HOST4, arguments: "",
        packets: |request| vec![timed(request, [0, 0])], errors: [0, 0] },
    Advisory { name: "advisories::iputils_forged_times", target: HOST4, arguments: "",
        packets: |request| [[-1000, 0], [-1, 0], [1, 0], [0, i64::MIN], [i64::MIN, i64::MIN], [0, -99_000]]
            .map(|time| timed(request, time)).into(),
        errors: [0, 0] },
    Advisory { name: "advisories::iputils_unsent_sequence_numbers", target: HOST4, arguments: "",
        packets: |request| [1, 2, 1000, 0x7fff, 0xffff].map(|further| altered(request, |reply| {
            reply.sequence = reply.sequence.wrapping_add(further).max(7);
        })).into(),
        errors: [0, 0] },
    Advisory { name: "advisories::iputils_errors_about_unsent_sequence_numbers", target: HOST4, arguments: "",
        packets: |request| [3, 11, 12].map(|kind| about(request, kind, |quote| {
            quote[26..28].copy_from_slice(&26_218_u16.to_be_bytes());
        })).into(),
        errors: [0, 0] },
    Advisory { name: "advisories::iputils_replies_of_another_code", target: HOST4, arguments: "",
        packets: |request| [1, 5, 255].map(|code| altered(request, |reply| reply.code = code)).into(),
        errors: [0, 0] },
    Advisory { name: "advisories::iputils_replies_of_another_code_v6", target: HOST6, arguments: "",
        packets: |request| [1, 5, 255].map(|code| altered(request, |reply| reply.code = code)).into(),
        errors: [0, 0] },
    Advisory { name: "advisories::iputils_abort_at_less_than_sixteen_octets", target: HOST4, arguments: "",
        packets: |request| [0, 4, 8, 15].map(|length| altered(request, |reply| reply.data.truncate(length))).into(),
        errors: [0, 0] },
    Advisory { name: "advisories::surge_ping_17_replies_below_twenty_octets", target: HOST6, arguments: "",
        packets: |request| (0..12).map(|length| altered(request, |reply| reply.data.truncate(length))).collect(),
        errors: [0, 0] },
    Advisory { name: "advisories::surge_ping_24_quotes_of_any_length", target: HOST4, arguments: "-v",
        packets: |request| (0..28).map(|length| about(request, 3, |quote| quote.truncate(length))).collect(),
        errors: [0, 0] },
    Advisory { name: "advisories::surge_ping_24_quotes_of_any_length_v6", target: HOST6, arguments: "-v",
        packets: |request| (0..48).map(|length| about(request, 1, |quote| quote.truncate(length))).collect(),
        errors: [0, 0] },
    Advisory { name: "advisories::go_ping_12_messages_without_a_header", target: HOST4, arguments: "-v",
        packets: |request| (0..8).map(|length| shortened(&request.echo(), 20 + length)).collect(),
        errors: [0, 0] },
    Advisory { name: "advisories::cve_2023_23415_a_fragment_in_the_quote", target: HOST4, arguments: "",
        packets: |request| [[0x20, 1], [0, 1], [0x1f, 0xff]].map(|place| about(request, REDIRECT, |quote| {
            quote[6..8].copy_from_slice(&place);
        })).into(),
        errors: [0, 0] },
    Advisory { name: "advisories::fping_85_any_unreachable", target: HOST4, arguments: "",
        packets: |request| vec![about(request, 3, |_| {})], errors: [1, 1] },
    Advisory { name: "advisories::trippy_1561_lengths_of_rfc_4884", target: HOST4, arguments: "-v",
        packets: |request| vec![with_extension(request, 32, &[0x20, 0, 0xdf, 0xff]), with_extension(request, 255, &[])],
        errors: [1, 1] },
    Advisory { name: "advisories::trippy_1287_and_golang_10951_objects_of_rfc_4884", target: HOST4, arguments: "-v",
        packets: |request| OBJECTS.map(|objects| with_extension(request, 32, objects)).into(),
        errors: [1, 1] },
    Advisory { name: "advisories::an_error_with_a_wrong_checksum", target: HOST4, arguments: "",
        packets: |request| { let mut packet = about(request, 3, |_| {}); packet[22] ^= 0x55; vec![packet] },
        errors: [0, 0] },
];

/// Extensions with objects of false lengths: zero, less than a header, 42,973 octets, and an interface with a name
/// longer than the object.
const OBJECTS: [&[u8]; 4] = [
    &[0x20, 0, 0, 0, 0, 0, 1, 1],
    &[0x20, 0, 0, 0, 0, 3, 1, 1],
    &[0x20, 0, 0, 0, 0xa7, 0xdd, 1, 1, 0, 0, 0, 0],
    &[
        0x20, 0, 0, 0, 0, 12, 2, 0x0e, 0, 0, 0, 1, 0xff, b'e', b't', b'h',
    ],
];

impl Advisory {
    /// Checks with a raw socket and with a ping socket.
    fn check(&self) {
        link::create();
        let packets = self.packets;
        // Not before the last reply: a run whose last probe is rejected is over.
        let _host = Host::start(move |request| match request.sequence {
            1 => [packets(request), vec![request.echo()]].concat(),
            _ => vec![request.echo()],
        });
        let arguments = format!("{} -c 2 -i 0.2 -W 10 {}", self.arguments, self.target);
        compare(&named("rping", &arguments).run(), self.errors[0]);
        namespace::allow_ping_sockets();
        let without_raw = Run::without_raw(named("rping", &arguments));
        compare(&without_raw.run(), self.errors[1]);
    }
}

/// Two probes were sent and answered, the rest was reported or ignored, and no time exceeds that of a trial.
fn compare(output: &Output, errors: usize) {
    let received = "2 packets transmitted, 2 received, ";
    let expected = match errors {
        0 => received.to_owned(),
        errors => format!("{received}+{errors} errors, "),
    };
    assert_eq!(counts(output), expected, "{}", output.stdout);
    let harmless = |octet| matches!(octet, b' '..=b'~' | b'\n' | b'\t');
    assert!(output.stdout.bytes().all(harmless), "{:?}", output.stdout);
    assert_eq!(output.code, 0);
    assert!(longest(output) < 20_000.0, "{}", output.stdout);
}

/// The numbers of sent and received probes and of errors in the statistics.
fn counts(output: &Output) -> String {
    let stdout = &output.stdout;
    let mut lines = stdout
        .lines()
        .filter(|line| line.contains(" packets transmitted, "));
    let line = lines.next().unwrap_or_else(|| panic!("{output:?}"));
    let parts = line.split_inclusive(", ");
    parts.take_while(|part| !part.contains('%')).collect()
}

/// The maximum round trip in milliseconds.
fn longest(output: &Output) -> f64 {
    let (_, figures) = output.stdout.split_once("rtt min/avg/max/mdev = ").unwrap();
    figures.split('/').nth(2).unwrap().parse().unwrap()
}

fn altered(request: &Request, alter: impl FnOnce(&mut Reply)) -> Vec<u8> {
    let mut reply = Reply::to(request);
    alter(&mut reply);
    reply.packet()
}

/// A reply whose data begins with a `struct timeval`, as if the program had written it.
fn timed(request: &Request, [seconds, microseconds]: [i64; 2]) -> Vec<u8> {
    altered(request, |reply| {
        reply.data[..8].copy_from_slice(&seconds.to_ne_bytes());
        reply.data[8..16].copy_from_slice(&microseconds.to_ne_bytes());
    })
}

/// A reply with these options that is not from our identifier: only the effect of the options can be visible.
fn with_options(request: &Request, options: &[u8]) -> Vec<u8> {
    altered(request, |reply| {
        reply.options = options.to_vec();
        reply.data[..16].fill(0);
    })
}

fn route(pointer: u8) -> Vec<u8> {
    let mut option = vec![7, 39, pointer];
    option.resize(40, 0);
    option
}

fn stamps(pointer: u8, flags: u8) -> Vec<u8> {
    let mut option = vec![68, 40, pointer, flags];
    option.resize(40, 0);
    option
}

/// A router's error or redirect about a request, with an altered quote.
fn about(request: &Request, kind: u8, alter: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let router = if request.source.is_ipv4() {
        ROUTER4
    } else {
        ROUTER6
    };
    let mut complaint = Complaint::about(request, router, kind, 1);
    if let (REDIRECT, IpAddr::V4(next_hop)) = (kind, OTHER4) {
        complaint = complaint.rest(next_hop.to_bits());
    }
    alter(&mut complaint.quote);
    complaint.packet()
}

/// The request as if it had been sent with forty octets of options.
fn with_quoted_options(quote: &mut Vec<u8>) {
    *quote = behind_options(quote, &[1; 40]);
}

/// Adds options to an IPv4 packet without any.
fn behind_options(packet: &[u8], options: &[u8]) -> Vec<u8> {
    let (header, message) = packet.split_at(20);
    let mut header = [header, options].concat();
    header[0] = 0x40 | u8::try_from(header.len() / 4).unwrap();
    let total = u16::try_from(header.len() + message.len()).unwrap();
    header[2..4].copy_from_slice(&total.to_be_bytes());
    signed(header, message)
}

/// An IPv4 packet, truncated consistently.
fn shortened(packet: &[u8], length: usize) -> Vec<u8> {
    let mut header = packet[..20].to_vec();
    header[2..4].copy_from_slice(&u16::try_from(length).unwrap().to_be_bytes());
    signed(header, &packet[20..length])
}

/// Adds the checksum of the header.
fn signed(mut header: Vec<u8>, message: &[u8]) -> Vec<u8> {
    header[10..12].fill(0);
    let checksum = !sum(&header);
    header[10..12].copy_from_slice(&checksum.to_be_bytes());
    [&header, message].concat()
}

/// An error with 128 octets of quote, a length field in words, and extensions (RFC 4884).
fn with_extension(request: &Request, words: u8, extension: &[u8]) -> Vec<u8> {
    let mut quote = request.packet.clone();
    quote.resize(128, 0);
    quote.extend(extension);
    let complaint = Complaint::about(request, ROUTER4, 3, 1);
    let message = icmp(ROUTER4, request.source, [3, 1], [0, words, 0, 0], &quote);
    let packet = complaint.packet();
    let mut header = packet[..20].to_vec();
    let total = u16::try_from(20 + message.len()).unwrap();
    header[2..4].copy_from_slice(&total.to_be_bytes());
    signed(header, &message)
}
