//! Rows of `tests/matrix.md` that no other file has: anomalous packets, failing systems, and a hostile name server.

use crate::dns::{self, Server};
use crate::firewall;
use crate::host::Host;
use crate::link::{self, HOST4, HOST6, OTHER4, ROUTER4};
use crate::namespace::{self, rping_trial};
use crate::netlink;
use crate::packet::{Complaint, Reply};
use crate::run::{Output, Run, Stream, named, ping};
use crate::{sandbox, sys};
use libtest_mimic::Trial;
use std::net::{IpAddr, Ipv4Addr};
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = packets();
    trials.extend(system());
    let names = names().into_iter();
    trials.extend(names.map(|trial| {
        let ignored = trial.has_ignored_flag() || !sandbox::has_name_service();
        trial.with_ignored_flag(ignored)
    }));
    trials
}

/// MTUs of next hops: impossible, possible, and larger than the probe.
const MTUS: [u32; 5] = [0, 67, 68, 1400, 65_535];

fn packets() -> Vec<Trial> {
    vec![
        rping_trial("rows::row_13_a_mask_reply_with_our_identifier", || {
            link::create();
            let _host = Host::start(|request| {
                let mask = Reply {
                    kind: 18,
                    ..Reply::to(request)
                };
                vec![mask.packet(), request.echo()]
            });
            let output = named("rping", &format!("-c 1 {HOST4}")).run();
            assert!(
                output
                    .stdout
                    .contains("\n1 packets transmitted, 1 received, 0%")
            );
        }),
        rping_trial("rows::row_20_a_reply_that_fills_the_wire", || {
            link::create();
            let _host = Host::start(|request| {
                let mut reply = Reply::to(request);
                reply.data.resize(1472, 0xa5);
                vec![reply.packet()]
            });
            for raw in [true, false] {
                let run = named("rping", &format!("-c 1 {HOST4}"));
                let run = if raw { run } else { run.without_raw() };
                let stdout = run.run().stdout;
                assert!(
                    stdout.contains("\n1480 bytes from 198.51.100.2: icmp_seq=1 ")
                        && stdout.contains(" ms (oversized)\n"),
                    "{stdout}"
                );
                let counted = "\noversized: 1 reply carried more data than its probe\n";
                assert!(stdout.contains(counted), "{stdout}");
                assert!(
                    stdout.contains("\n1 packets transmitted, 1 received, 0%"),
                    "{stdout}"
                );
                namespace::allow_ping_sockets();
            }
        }),
        // With many targets little more than a probe's size of a reply is kept. The missing rest does not make its
        // checksum wrong.
        rping_trial("rows::row_20_a_reply_longer_than_there_is_room_for", || {
            link::create();
            let _host = Host::start(|request| {
                let mut reply = Reply::to(request);
                reply.data.resize(1400, 0xa5);
                vec![reply.packet()]
            });
            for raw in [true, false] {
                let run = named("rping", &format!("-c 1 -W 10 {HOST4} {HOST6}"));
                let run = if raw { run } else { run.without_raw() };
                let stdout = run.run().stdout;
                assert_eq!(stdout.matches(" ms (oversized)\n").count(), 2, "{stdout}");
                for counted in [
                    "\n2 packets transmitted, 2 received, 0%",
                    "\noversized: 2 replies carried more data than their probes\n",
                ] {
                    assert!(stdout.contains(counted), "{stdout}");
                }
                namespace::allow_ping_sockets();
            }
        }),
        rping_trial("rows::row_30_any_mtu_of_the_next_hop", || {
            link::create();
            let _host = Host::start(|request| {
                let about = |mtu| Complaint::about(request, ROUTER4, 3, 4).rest(mtu).packet();
                match MTUS.get(usize::from(request.sequence) - 1) {
                    Some(mtu) => vec![about(*mtu)],
                    None => vec![request.echo()],
                }
            });
            let output = named("rping", &format!("-c 6 -i 0.1 -W 10 {HOST4}")).run();
            for (sequence, mtu) in (1..).zip(MTUS) {
                let line = format!(
                    "\nFrom 203.0.113.9 icmp_seq={sequence} Frag needed and DF set (mtu = {mtu})\n"
                );
                assert!(output.stdout.contains(&line), "{}", output.stdout);
            }
            let counts = "\n6 packets transmitted, 1 received, +5 errors, ";
            assert!(output.stdout.contains(counts), "{}", output.stdout);
        }),
        rping_trial(
            "rows::row_47_replies_from_addresses_that_nobody_has",
            || {
                link::create();
                let _host = Host::start(|request| {
                    let from = |address: [u8; 4]| {
                        let mut reply = Reply::to(request);
                        reply.source = IpAddr::V4(address.into());
                        reply.packet()
                    };
                    vec![
                        from([0, 0, 0, 0]),
                        from([255, 255, 255, 255]),
                        from([127, 0, 0, 1]),
                        from([224, 0, 0, 1]),
                        request.echo(),
                    ]
                });
                let output = named("rping", &format!("-c 1 {HOST4}")).run();
                // The kernel knows that no host has them.
                assert!(
                    output.stdout.contains("\n64 bytes from 198.51.100.2: "),
                    "{}",
                    output.stdout
                );
                assert!(
                    output
                        .stdout
                        .contains("\n1 packets transmitted, 1 received, 0%")
                );
            },
        ),
    ]
}

fn system() -> Vec<Trial> {
    vec![
        rping_trial("rows::row_51_what_a_rule_forbids_was_not_sent", || {
            link::create();
            let host = Host::echo();
            let forbid = |_| netlink::prohibit(HOST4, 32);
            let output = named("rping", &format!("-c 3 -i 2 {HOST4}"))
                .when(Stream::Out, "icmp_seq=1 ", forbid)
                .run();
            assert!(
                output
                    .stdout
                    .contains("\n1 packets transmitted, 1 received, 0%"),
                "{output:?}"
            );
            assert!(output.stdout.contains("not sent: 2 probes"), "{output:?}");
            let why =
                "ping: sendmsg: Permission denied; a route or a firewall of this host forbids it";
            assert!(output.stderr.starts_with(why), "{output:?}");
            assert_eq!(host.finish().len(), 1);
        }),
        rping_trial("rows::row_51_what_a_firewall_drops_was_not_sent", || {
            link::create();
            let host = Host::echo();
            if let Err(error) = firewall::let_nothing_out() {
                eprintln!("skipped: no firewall here: {error}");
                return;
            }
            was_not_sent("Operation not permitted; a firewall or a policy of this host forbids it");
            assert_eq!(host.finish().len(), 0);
        }),
        rping_trial(
            "rows::row_51_what_a_firewall_rejects_was_not_sent_and_it_says_why",
            || {
                link::create();
                let host = Host::echo();
                if let Err(error) = firewall::reject_requests(firewall::ADMIN_PROHIBITED) {
                    eprintln!("skipped: no firewall here: {error}");
                    return;
                }
                rejected_here();
                assert_eq!(host.finish().len(), 0);
            },
        ),
        rping_trial("rows::row_54_a_queue_that_stays_full_was_not_sent", || {
            link::create();
            let host = Host::echo();
            netlink::leave_no_room("v0");
            was_not_sent("No buffer space available");
            assert_eq!(host.finish().len(), 0);
        }),
        // EINVAL might indicate a fault of the program, but does not here: the run continues.
        rping_trial("rows::row_57_a_black_hole", || {
            link::create();
            let _host = Host::echo();
            for (target, prefix, others) in
                [(HOST4, 32, ""), (HOST6, 128, ""), (OTHER4, 32, "127.0.0.1")]
            {
                let after_the_first = move |_| netlink::blackhole(target, prefix);
                let output = named("rping", &format!("-c 3 -i 2 -W 10 {target} {others}"))
                    .when(Stream::Out, "icmp_seq=1 ", after_the_first)
                    .run();
                assert_eq!(output.code, 0, "{output:?}");
                assert!(output.stderr.contains("Invalid argument"), "{output:?}");
                assert!(output.stdout.contains("not sent: 2 probes"), "{output:?}");
            }
        }),
        rping_trial("rows::row_58_an_interface_that_comes_back", || {
            link::create();
            let _host = Host::echo();
            let output = named("rping", &format!("-i 0.1 {HOST4}"))
                .when(Stream::Out, "icmp_seq=1 ", |_| netlink::down("v0"))
                .when(Stream::Error, "Network is unreachable\n", |_| {
                    netlink::up("v0", libc::IFF_NOARP);
                })
                .when(Stream::Out, " bytes from ", |pid| {
                    sys::signal(pid, libc::SIGINT);
                })
                .run();
            assert_eq!(output.code, 0);
            assert!(output.stdout.matches(" bytes from ").count() >= 2);
            assert!(output.stdout.contains("not sent: "), "{output:?}");
        }),
        rping_trial("rows::row_59_an_interface_that_is_deleted", || {
            link::create();
            let _host = Host::echo();
            let output = named("rping", &format!("-I v0 -c 3 -i 2 {HOST4}"))
                .when(Stream::Out, "icmp_seq=1 ", |_| netlink::delete("v0"))
                .run();
            assert!(
                output
                    .stdout
                    .contains("\n1 packets transmitted, 1 received, 0%"),
                "{output:?}"
            );
            assert!(output.stderr.starts_with("ping: sendmsg: "), "{output:?}");
            assert_eq!(output.stderr.lines().count(), 1, "{output:?}");
        }),
        rping_trial(
            "rows::row_62_an_interrupt_while_a_name_is_looked_up",
            || interrupted_lookup(""),
        )
        .with_ignored_flag(!sandbox::has_name_service() || sandbox::subject_is_peer()),
        rping_trial(
            "rows::row_62_an_interrupt_of_a_background_job_while_a_name_is_looked_up",
            || interrupted_lookup("trap '' INT QUIT; "),
        )
        .with_ignored_flag(!sandbox::has_name_service() || sandbox::subject_is_peer()),
        rping_trial("rows::row_64_a_reader_that_goes_away", || {
            let (output, code) =
                shell(r#"{ "$0" -i 0.01 127.0.0.1; echo "code $?" >&2; } | head -n 1"#);
            assert!(output.starts_with("PING 127.0.0.1 "), "{output}");
            assert!(
                output.ends_with("code 141\n") && !output.contains("panicked"),
                "{output}"
            );
            assert_eq!(code, 0);
        }),
        rping_trial("rows::row_65_a_full_device", || {
            let (output, code) = shell(r#""$0" -c 3 -i 0.01 127.0.0.1 > /dev/full"#);
            assert_eq!(code, 2, "{output}");
            assert_eq!(
                output.matches("No space left on device").count(),
                1,
                "{output}"
            );
            assert_eq!(output.lines().count(), 1, "{output}");
        }),
        // A file opened while a descriptor is closed takes its number, so output would go to a socket. Without
        // /dev/null Rust's runtime would abort.
        rping_trial("rows::row_67_closed_descriptors", || {
            let empty = tempfile::tempdir().unwrap();
            for targets in ["127.0.0.1", "127.0.0.1 ::1"] {
                for closed in CLOSED {
                    let run = || named("rping", &format!("-c 1 {targets}")).closing(closed);
                    closed_descriptors(run(), closed);
                    closed_descriptors(run().with_dev(empty.path()), closed);
                }
            }
            for closed in CLOSED {
                let run = || named("ping", "-c 1 127.0.0.1").closing(closed);
                closed_descriptors(run(), closed);
                closed_descriptors(run().with_dev(empty.path()), closed);
            }
        }),
        rping_trial("rows::row_68_a_file_that_may_grow_no_further", || {
            let file = tempfile::NamedTempFile::new().unwrap();
            let file = file.path().display();
            for targets in ["127.0.0.1", "127.0.0.1 ::1"] {
                let (output, code) = shell(&format!(
                    r#"ulimit -f 1; exec "$0" -i 0.002 -c 200 {targets} > {file}"#
                ));
                assert_eq!(code, 2, "{output}");
                assert_eq!(output.lines().count(), 1, "{output}");
                let reason = "cannot write the output: File too large\n";
                assert!(output.ends_with(reason), "{output}");
            }
        }),
        rping_trial("rows::row_68_few_descriptors_left", || {
            for left in 4..10 {
                let (output, code) =
                    shell(&format!(r#"ulimit -n {left}; exec "$0" -c 1 127.0.0.1"#));
                let remedy = "Too many open files; allow 32 or more (ulimit -n 32)\n";
                let refused = output.ends_with(remedy) && output.lines().count() == 1;
                assert!(
                    code == 0 || (code == 2 && refused),
                    "{left}: {code} {output}"
                );
            }
        }),
    ]
}

/// With one target and with many: no probe is sent, and the firewall's reason is printed.
///
/// Not with an IPv6 ping socket: see [`was_not_sent`].
fn rejected_here() {
    namespace::allow_ping_sockets();
    let filtered = [
        (HOST4, "Packet filtered"),
        (
            HOST6,
            "Destination unreachable: Administratively prohibited",
        ),
    ];
    let counts = "0 packets transmitted, 0 received, +2 errors\n";
    let not_sent =
        "\nnot sent: 2 probes did not leave this host (2 rejected by its packet filter)\n";
    for (socket, (target, says)) in [
        ("raw", filtered[0]),
        ("raw", filtered[1]),
        ("ping", filtered[0]),
    ] {
        let from = format!(" icmp_seq=SEQUENCE {says} (did not leave this host)\n");
        for (how, line) in [
            ("-n", from.as_str()),
            ("-f -l 2", "\nEE\n"),
            ("-n 127.0.0.1 --exclude 127.0.0.1", from.as_str()),
        ] {
            let arguments = format!("--socket {socket} -i 0.1 -c 2 {target} {how}");
            let output = named("rping", &arguments).run();
            let lines = ["1", "2"].map(|sequence| line.replace("SEQUENCE", sequence));
            for text in lines.iter().map(String::as_str).chain([counts, not_sent]) {
                assert!(output.stdout.contains(text), "{text} in {output:?}");
            }
            let refused = "sendmsg: Operation not permitted; a firewall or a policy of this host forbids it\n";
            assert!(output.stderr.ends_with(refused), "{output:?}");
            assert_eq!(output.code, 1, "{output:?}");
        }
        let many = format!("--socket {socket} -c 1 {target} 127.0.0.1 --exclude 127.0.0.1");
        let output = named("rping", &many).run();
        let row = format!("not sent: rejected by this host ({says})\n");
        assert!(output.stdout.contains(&row), "{output:?}");
    }
    let output = named("rping", &format!("--dead -W 0.1 --retries 0 {HOST4}")).run();
    let line = format!("{HOST4}  not sent: rejected by this host (Packet filtered)\n");
    assert!(output.stdout.contains(&line), "{output:?}");
}

/// No probe is sent, which is reported once and counts neither as sent nor lost.
///
/// Not with an IPv6 ping socket: the kernel reports success whatever became of the message
/// (`icmpv6_push_pending_frames` returns nothing).
fn was_not_sent(reason: &str) {
    namespace::allow_ping_sockets();
    let nothing = |output: &Output| {
        assert_eq!(output.code, 1, "{output:?}");
        for text in [
            "0 packets transmitted, 0 received\n",
            "\nnot sent: 2 probes ",
        ] {
            assert!(output.stdout.contains(text), "{output:?}");
        }
    };
    for (socket, target) in [("raw", HOST4), ("raw", HOST6), ("ping", HOST4)] {
        for how in ["-i 0.1", "-q -i 0.1", "-f -l 2"] {
            let arguments = format!("--socket {socket} {how} -c 2 {target}");
            let output = named("rping", &arguments).run();
            nothing(&output);
            let told = format!("ping: sendmsg: {reason}\n");
            assert_eq!(output.stderr, told, "{arguments}");
        }
    }
    let output = named("rping", &format!("-c 1 {HOST4} {HOST6}")).run();
    nothing(&output);
    let row = format!("not sent: {reason}\n");
    assert_eq!(output.stdout.matches(&row).count(), 2, "{output:?}");
}

/// The output of a script on both streams, and its exit code. `$0` is the program under test.
pub(crate) fn shell(script: &str) -> (String, i32) {
    let output = Command::new("sh")
        .arg("-c")
        .arg(format!("exec 2>&1; {script}"))
        .arg(sandbox::program("rping"))
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    (text, output.status.code().unwrap_or(128))
}

/// Labels that caused harm elsewhere, or are not host names.
const HOSTILE_NAMES: [&[&[u8]]; 15] = [
    &[b"\x1b[2J\x1b[31mred"],
    &[b"\x1b]52;c;ZXZpbA==\x07"],
    &[b"bell\x07"],
    &[b"a\n64 bytes from 10.0.0.1: icmp_seq=1 ttl=64 time=0.1 ms"],
    &[b"a\r"],
    &[b"\xc2\x9b2J"],
    &[b"\x9b2J"],
    &[b"a\xe2\x80\xaeb", b"example"],
    &[b"a b", b"example"],
    &[b"a.b(10.0.0.1)"],
    &[],
    &[b"$(id)`id`"],
    // A text that looks like another address.
    &[b"10.0.0.1"],
    &[b"10", b"0", b"0", b"1"],
    &[b"-x", b"example"],
];

fn names() -> Vec<Trial> {
    vec![
        rping_trial("rows::row_96_each_failure_of_the_resolver_is_told", || {
            let _files = dns::ask_the_server();
            let _server = Server::start(|question| {
                let code = match question.name.split('.').next().unwrap() {
                    "formerr" => dns::FORMAT_ERROR,
                    "servfail" => dns::SERVER_FAILURE,
                    "nxdomain" => dns::NAME_ERROR,
                    "refused" => dns::REFUSED,
                    _ => 0,
                };
                Some(question.answer(code, &[]))
            });
            for (name, text) in [
                ("formerr", "Temporary failure in name resolution"),
                ("servfail", "Temporary failure in name resolution"),
                ("nxdomain", "Name or service not known"),
                ("refused", "Temporary failure in name resolution"),
                ("nodata", "No address associated with hostname"),
            ] {
                let remedy = if text.starts_with("Temporary") {
                    "check the name servers in /etc/resolv.conf, or give an address"
                } else {
                    "check the name, or give an address"
                };
                let advised = format!("ping: {name}.example: {text}; {remedy}\n");
                let output = named("rping", &format!("-c 1 {name}.example")).run();
                output.assert_both(2, "", &advised);
                let output = named("rping", &format!("--alive -q {name}.example")).run();
                assert!(output.stderr.contains(&advised), "{output:?}");
                let output = ping(&format!("-c 1 {name}.example")).run();
                output.assert_both(2, "", &format!("ping: {name}.example: {text}\n"));
            }
        }),
        rping_trial(
            "rows::row_97_a_hundred_addresses_of_which_the_first_lead_nowhere",
            || {
                link::create();
                let lines = |prefix: &str| {
                    let line = |n| format!("{prefix}{n} many.example\n");
                    (2..102).map(line).collect::<Vec<_>>().concat()
                };
                let hosts = lines("fd51::") + &lines("198.51.100.");
                let _files = dns::replace(&[("/etc/hosts", &hosts)]);
                netlink::prohibit("fd51::".parse().unwrap(), 112);
                netlink::prohibit(HOST4, 32);
                let _host = Host::echo();
                let output = named("rping", "-n -c 1 many.example").run();
                assert_eq!(output.code, 0, "{output:?}");
                assert!(
                    output.stdout.starts_with("PING many.example (198.51.100."),
                    "{output:?}"
                );
            },
        ),
        rping_trial(
            "rows::row_98_cve_2022_28391_names_that_command_the_terminal",
            || {
                link::create();
                let _files = dns::ask_the_server();
                let answered = Arc::new(AtomicUsize::new(0));
                let count = answered.clone();
                let _server = Server::start(move |question| {
                    assert_eq!(question.kind, dns::PTR);
                    let octet: usize = question.name.split('.').next().unwrap().parse().unwrap();
                    let answer = match HOSTILE_NAMES.get(octet.wrapping_sub(100)) {
                        Some(labels) => dns::name(labels),
                        None => dns::name(&[b"good", b"example"]),
                    };
                    count.fetch_add(1, Ordering::SeqCst);
                    Some(question.answer(0, &[answer]))
                });
                // No reply is printed before the name is known.
                let heard = answered.clone();
                let _host = Host::start(move |request| {
                    let told = heard.load(Ordering::SeqCst) > 0;
                    if told { vec![request.echo()] } else { vec![] }
                });
                for number in 0..HOSTILE_NAMES.len() {
                    answered.store(0, Ordering::SeqCst);
                    let address = Ipv4Addr::new(198, 51, 100, u8::try_from(100 + number).unwrap());
                    let mut run = named("ping", &format!("-H -i 0.01 {address}"));
                    for _ in 0..9 {
                        run = run.when(Stream::Out, " ms\n", |_| {});
                    }
                    let output = run.signal_when(Stream::Out, " ms\n", libc::SIGINT).run();
                    let harmless = |octet| matches!(octet, b' '..=b'~' | b'\n');
                    assert!(output.stdout.bytes().all(harmless), "{:?}", output.stdout);
                    assert_eq!(
                        output.stdout.matches(" bytes from ").count(),
                        output
                            .stdout
                            .matches(&format!(" bytes from {address}: icmp_seq="))
                            .count(),
                        "{}",
                        output.stdout
                    );
                }
                // A valid name is printed: the trial would detect a failure.
                named("ping", &format!("-H -i 0.01 {OTHER4}"))
                    .signal_when(
                        Stream::Out,
                        " from good.example (198.51.100.3): ",
                        libc::SIGINT,
                    )
                    .run();
            },
        ),
        rping_trial(
            "rows::row_99_a_name_server_that_is_silent_delays_nothing",
            || {
                link::create();
                let _files = dns::ask_the_server();
                let _server = Server::start(|_| None);
                let host = Host::echo();
                // The server's timeout is longer than a trial may take.
                let output = named("rping", &format!("-H -c 3 -i 0.1 -W 10 {OTHER4}")).run();
                assert_eq!(
                    output.stdout.matches(" bytes from 198.51.100.3: ").count(),
                    3,
                    "{output:?}"
                );
                assert_eq!(host.finish().len(), 3);
            },
        ),
        rping_trial("rows::row_100_numbers_ask_nobody", || {
            link::create();
            let _files = dns::ask_the_server();
            let _server = Server::start(|question| panic!("asked for {}", question.name));
            let _host = Host::echo();
            for target in [HOST4, HOST6] {
                assert_eq!(named("rping", &format!("-c 1 {target}")).run().code, 0);
            }
        }),
        rping_trial(
            "rows::row_100_an_endless_file_of_hosts_and_no_name_server",
            || {
                link::create();
                let line = |n| format!("10.0.0.1 host{n}.example\n");
                let hosts = (0..200_000).map(line).collect::<Vec<_>>().concat();
                let hosts = hosts + "198.51.100.2 last.example\n";
                let _files =
                    dns::replace(&[("/etc/hosts", hosts.as_str()), ("/etc/resolv.conf", "")]);
                let _server = dns::that_knows_nothing();
                let _host = Host::echo();
                let output = named("rping", "-n -c 1 last.example").run();
                assert_eq!(output.code, 0, "{output:?}");
                let output = named("rping", "-n -c 1 nosuch.example").run();
                assert_eq!(
                    output.stderr,
                    "ping: nosuch.example: Name or service not known; check the name, or give an address\n"
                );
            },
        ),
    ]
}

/// A shell runs `first` and then executes the program, which is interrupted during a lookup.
fn interrupted_lookup(first: &str) {
    let _files = dns::ask_the_server();
    let (asked, question) = mpsc::channel();
    let _server = Server::start(move |_| {
        let _ = asked.send(());
        None
    });
    let script = format!(r#"{first}exec "$0" -c 1 slow.example"#);
    let mut child = Command::new("sh")
        .args(["-c", &script])
        .arg(sandbox::program("rping"))
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    question.recv().unwrap();
    sys::signal(child.id(), libc::SIGINT);
    let status = child.wait().unwrap();
    assert_eq!(status.signal(), Some(libc::SIGINT), "{status}");
}

/// Combinations of closed standard descriptors.
const CLOSED: [&[libc::c_int]; 7] = [&[0], &[1], &[2], &[0, 1], &[0, 2], &[1, 2], &[0, 1, 2]];

/// A closed standard output is an error, as for every program; the others are not needed.
fn closed_descriptors(run: Run<'_>, closed: &[libc::c_int]) {
    let output = run.run();
    let [no_output, no_messages] = [1, 2].map(|descriptor| closed.contains(&descriptor));
    let received = output.stdout.contains(" received, 0% packet loss");
    let code = if no_output { 2 } else { 0 };
    assert_eq!(
        (received, output.code),
        (!no_output, code),
        "{closed:?}: {output:?}"
    );
    let message = if no_output && !no_messages {
        "ping: cannot write the output: Bad file descriptor\n"
    } else {
        ""
    };
    assert_eq!(output.stderr, message, "{closed:?}: {output:?}");
}
