//! Options of `fping` for the fields of replies, the names of targets, the source of probes, and the accepted senders.

use super::{fping, masked};
use crate::dns::{self, Server};
use crate::host::{Host, Wire};
use crate::link::{self, HOST4, HOST6, OTHER4, US4};
use crate::namespace::{allow_ping_sockets, rping_trial};
use crate::netlink;
use crate::packet::{Reply, Request};
use crate::run::{Output, Stream};
use crate::sandbox;
use libtest_mimic::Trial;
use serde_json::Value;

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = vec![
        rping_trial("fping::json_of_probes_and_summaries_is_valid", json),
        rping_trial("fping::intervals_are_told_to_netdata", netdata),
        rping_trial("fping::reply_tells_its_way_from_raw_and_ping_socket", way),
        rping_trial("fping::probes_leave_through_oiface_and_no_other", oiface),
        rping_trial(
            "fping::reply_from_another_address_counts_and_is_marked",
            elsewhere,
        ),
        rping_trial(
            "fping::reply_from_another_address_is_lost_with_check_source",
            check_source,
        ),
        rping_trial("fping::forged_reply_from_another_address_is_lost", forged),
        rping_trial("fping::members_of_a_group_answer_for_it", groups),
        rping_trial("fping::kernel_answers_a_timestamp", timestamps),
        rping_trial("fping::target_is_tried_more_than_sixteen_times", retries),
    ];
    trials.extend(
        [
            rping_trial("fping::targets_go_by_names_of_their_addresses", names),
            rping_trial(
                "fping::words_that_this_host_knows_are_probed_in_order",
                order,
            ),
            rping_trial(
                "fping::slow_name_of_an_address_holds_up_no_other_target",
                slow_name,
            ),
        ]
        .map(|trial| {
            let ignored = trial.has_ignored_flag() || !sandbox::has_name_service();
            trial.with_ignored_flag(ignored)
        }),
    );
    trials
}

#[track_caller]
fn assert(run: &Output, code: i32, stdout: &str, stderr: &str) {
    let run = masked(run);
    assert_eq!(
        (run.stdout.as_str(), run.stderr.as_str(), run.code),
        (stdout, stderr, code)
    );
}

/// The kind and the content of each object.
fn objects(run: &Output) -> Vec<(String, Value)> {
    let object = |line: &str| {
        let value: Value = serde_json::from_str(line).unwrap_or_else(|_| panic!("{run:?}"));
        let mut fields = value.as_object().unwrap().clone().into_iter();
        let only = fields.next().unwrap();
        assert_eq!(fields.next(), None, "{line}");
        only
    };
    run.stdout.lines().map(object).collect()
}

fn json() {
    link::create();
    let _host = Host::losing(1);
    let run = fping(&format!(
        "-J -s -o -D -c 2 -p 1500 -t 1000 --print-ttl {HOST4}"
    ))
    .run();
    assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{run:?}");
    let told = objects(&run);
    let kinds: Vec<&str> = told.iter().map(|(kind, _)| kind.as_str()).collect();
    assert_eq!(kinds, ["resp", "timeout", "summary", "stats"]);
    let [reply, timeout, summary, stats] = [0, 1, 2, 3].map(|place| &told[place].1);
    assert_eq!(reply["host"], HOST4.to_string());
    assert_eq!(
        (&reply["seq"], &reply["size"], &reply["ttl"]),
        (&Value::from(0), &Value::from(64), &Value::from(64))
    );
    assert!(reply["rtt"].is_number() && reply["timestamp"].is_string());
    assert!(timeout["seq"] == 1 && timeout["timestamp"].is_string());
    assert_eq!(
        (&summary["xmt"], &summary["rcv"], &summary["loss"]),
        (&Value::from(2), &Value::from(1), &Value::from(50))
    );
    assert!(summary["outage(ms)"] == 1500 && summary["rttMin"].is_number());
    assert!(stats["icmpEchosSent"] == 2 && stats["elapsed"].is_f64());
    let run = fping(&format!("-J -C 2 -q -p 1500 -t 1000 {HOST4}")).run();
    let values = &objects(&run)[0].1["values"];
    assert!(values[0].is_number() && values[1].is_null(), "{run:?}");
}

/// Netdata reads the lines of a plugin that begin with one of its keywords.
fn netdata() {
    link::create();
    let _host = Host::echo();
    let run = fping(&format!("-N -l -R -Q 1 -p 100 -r 0 -e {HOST4}"))
        .signal_when(
            Stream::Out,
            "BEGIN fping.198_51_100_2_latency",
            libc::SIGINT,
        )
        .run();
    let charts: Vec<&str> = run
        .stdout
        .lines()
        .filter_map(|line| line.strip_prefix("CHART "))
        .map(|line| line.split(' ').next().unwrap())
        .collect();
    let id = |chart: &str| format!("fping.198_51_100_2_{chart}");
    assert_eq!(charts, ["packets", "quality", "latency"].map(id), "{run:?}");
    for line in run.stdout.lines() {
        let word = line.split(' ').next().unwrap();
        let known = ["CHART", "DIMENSION", "BEGIN", "SET", "END"];
        assert!(known.contains(&word), "{line}");
    }
    assert!(
        run.stdout.contains("\nSET returned = 100\nEND\n"),
        "{run:?}"
    );
    assert!(
        run.stderr.starts_with("198.51.100.2 : xmt/rcv/%loss = "),
        "{run:?}"
    );
}

fn way() {
    link::create();
    allow_ping_sockets();
    let _host = Host::start(|request| {
        let mut reply = Reply::to(request);
        (reply.traffic_class, reply.hop_limit) = (184, 61);
        vec![reply.packet()]
    });
    let line = format!("-c 1 -t 2000 --print-tos --print-ttl --print-reply-dst {HOST4} {HOST6}");
    let said = "\
198.51.100.2 : [0], 64 bytes, T ms (T avg, 0% loss) (DST 198.51.100.1) (TOS 184) (TTL 61)
fd51::2      : [0], 64 bytes, T ms (T avg, 0% loss) (DST fd51::1) (TOS 184) (TTL 61)
";
    for run in [fping(&line), fping(&line).without_raw()] {
        assert_eq!(masked(&run.run()).stdout, said);
    }
    let alive = fping(&format!("-a --print-tos {HOST4}")).run();
    assert_eq!(alive.stdout, "198.51.100.2 (TOS 184)\n");
}

fn oiface() {
    link::create();
    link::add_another();
    for (address, prefix) in [("203.0.113.1", 24), ("fd51::77", 64)] {
        netlink::add_address("w0", address.parse().unwrap(), prefix);
    }
    allow_ping_sockets();
    let other = Wire::at("w1");
    let host = Host::silent();
    for (number, run) in [
        fping(&format!("-c 1 -t 50 --oiface w0 {HOST4} {HOST6}")),
        fping(&format!("-c 1 -t 50 --oiface w0 {HOST4} {HOST6}")).without_raw(),
    ]
    .into_iter()
    .enumerate()
    {
        let run = run.run();
        assert_eq!(run.code, 1, "{run:?}");
        let mut reached: Vec<_> = other.requests().iter().map(destination).collect();
        reached.sort();
        assert_eq!(reached, [HOST4, HOST6], "{number}");
    }
    assert!(host.finish().is_empty());
    let run = fping(&format!("--oiface nowhere {HOST4}")).run();
    assert(&run, 1, "", "ping: unknown interface 'nowhere'\n");
}

fn destination(request: &Request) -> std::net::IpAddr {
    request.destination
}

/// Another host answers in place of the target.
fn another() -> Host {
    Host::start(|request| {
        let mut reply = Reply::to(request);
        reply.source = OTHER4;
        vec![reply.packet()]
    })
}

fn elsewhere() {
    link::create();
    allow_ping_sockets();
    let _host = another();
    let line = format!("-c 1 -t 2000 {HOST4}");
    for run in [fping(&line), fping(&line).without_raw()] {
        assert(
            &run.run(),
            0,
            "198.51.100.2 : [0], 64 bytes, T ms (T avg, 0% loss)\n",
            " [<- 198.51.100.3]\n198.51.100.2 : xmt/rcv/%loss = 1/1/0%, min/avg/max = T/T/T\n",
        );
    }
    let run = fping(&format!("-e {HOST4}")).run();
    assert(
        &run,
        0,
        "198.51.100.2 is alive (T ms)\n",
        " [<- 198.51.100.3]",
    );
    // Both targets answer with their own tokens.
    let run = fping(&format!("-q -C 1 -t 2000 {HOST4} {OTHER4}")).run();
    assert(&run, 0, "", "198.51.100.2 : T\n198.51.100.3 : T\n");
}

fn check_source() {
    link::create();
    let _host = another();
    let run = fping(&format!("--check-source -C 1 -q -t 1000 {HOST4} {OTHER4}")).run();
    assert(&run, 1, "", "198.51.100.2 : -\n198.51.100.3 : T\n");
}

/// It has the identifier and the sequence number, but not the token.
fn forged() {
    link::create();
    let _host = Host::start(|request| {
        let mut reply = Reply::to(request);
        reply.source = OTHER4;
        reply.data = vec![0; reply.data.len()];
        vec![reply.packet()]
    });
    let run = fping(&format!("-C 1 -q -t 50 {HOST4}")).run();
    assert(&run, 1, "", "198.51.100.2 : -\n");
}

fn groups() {
    link::create();
    allow_ping_sockets();
    let _host = Host::start(|request| {
        let mut reply = Reply::to(request);
        if request.source == US4 {
            reply.source = HOST4;
        } else {
            reply.source = HOST6;
        }
        vec![reply.packet()]
    });
    for (group, member) in [("224.0.0.9", "198.51.100.2"), ("ff05::9", "fd51::2")] {
        for run in [fping(group), fping(group).without_raw()] {
            let said = format!("{group} is alive\n");
            assert(&run.run(), 0, &said, &format!(" [<- {member}]"));
        }
    }
    let run = fping("-r 0 -t 50 198.51.100.255").run();
    assert(
        &run,
        1,
        "198.51.100.255 is unreachable\n",
        "198.51.100.255: error while sending ping: Permission denied\n",
    );
}

fn retries() {
    link::create();
    let _host = Host::start(|request| match request.sequence {
        20 => vec![request.echo()],
        _ => vec![],
    });
    let run = fping(&format!("-r 200 -B 1 -t 20 -i 1 {HOST4}")).run();
    assert(&run, 0, "198.51.100.2 is alive\n", "");
    let run = fping(&format!("-r 19 -B 1 -t 10 -i 1 {HOST4}")).run();
    assert(&run, 1, "198.51.100.2 is unreachable\n", "");
}

fn names() {
    link::create();
    let _server = dns::that_knows_nothing();
    let _host = Host::echo();
    for (arguments, lines) in [
        (format!("-n {HOST4}"), "host4.example is alive\n"),
        (
            format!("-n -A {HOST4}"),
            "host4.example (198.51.100.2) is alive\n",
        ),
        (format!("-d -g {HOST4} {HOST4}"), "host4.example is alive\n"),
        // No name is known, or none is requested.
        (format!("-n {OTHER4}"), "198.51.100.3 is alive\n"),
        (
            format!("-d -A {OTHER4}"),
            "198.51.100.3 (198.51.100.3) is alive\n",
        ),
        ("-n -4 both.example".to_owned(), "both.example is alive\n"),
        ("-d -4 both.example".to_owned(), "host4.example is alive\n"),
        ("-d -a both.example -4".to_owned(), "host4.example\n"),
    ] {
        let run = fping(&arguments).run();
        assert_eq!(
            (run.stdout.as_str(), run.code),
            (lines, 0),
            "{arguments} {run:?}"
        );
    }
}

fn order() {
    link::create();
    let host = Host::echo();
    let run = fping(&format!("-q -c 1 -t 2000 host6.example {HOST4} {OTHER4}")).run();
    assert_eq!(run.code, 0, "{run:?}");
    let asked: Vec<_> = host.finish().iter().map(destination).collect();
    assert_eq!(asked, [HOST6, HOST4, OTHER4]);
}

fn slow_name() {
    link::create();
    let _files = dns::ask_the_server();
    let _server = Server::start(|question| {
        assert_eq!(question.kind, dns::PTR);
        let is_fast = question.name.starts_with("7.");
        is_fast.then(|| question.answer(0, &[dns::name(&[b"fast", b"example"])]))
    });
    let _host = Host::echo();
    let run = fping("-n 198.51.100.3 198.51.100.7")
        .signal_when(Stream::Out, "fast.example is alive\n", libc::SIGINT)
        .run();
    assert_eq!(run.stdout, "fast.example is alive\n", "{run:?}");
}

/// Not a scripted host: the kernel of another network answers, and both have the same clock.
fn timestamps() {
    let _far = link::to_a_kernel();
    let run = fping(&format!("-c 2 -p 20 -t 2000 --icmp-timestamp {HOST4}")).run();
    assert_eq!(run.code, 0, "{run:?}");
    for line in run.stdout.lines() {
        let times = line.split(", timestamps: ").nth(1).unwrap();
        let times = times.split(' ').map(|it| it.split_once('=').unwrap());
        let (names, times): (Vec<_>, Vec<u32>) = times
            .map(|(name, time)| (name, time.parse::<u32>().unwrap()))
            .unzip();
        assert_eq!(names, ["Originate", "Receive", "Transmit", "Localreceive"]);
        // Midnight may lie between any two.
        let day = 24 * 60 * 60 * 1000;
        let steps = times.windows(2).map(|pair| (pair[1] + day - pair[0]) % day);
        assert!(steps.max().unwrap() < day / 2, "{line}");
        assert!(
            line.contains(" : [") && line.contains("], 20 bytes, "),
            "{line}"
        );
    }
    let json = fping(&format!("-J -c 1 --icmp-timestamp {HOST4}")).run();
    assert!(
        objects(&json)[0].1["timestamps"]["originate"].is_u64(),
        "{json:?}"
    );
    let refused = fping(&format!("--icmp-timestamp {HOST4}"))
        .without_raw()
        .run();
    assert_eq!(refused.code, 4, "{refused:?}");
    let said = "ping: can't create socket (must run as root?)";
    assert!(refused.stderr.starts_with(said), "{refused:?}");
}
