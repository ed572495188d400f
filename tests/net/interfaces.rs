//! Interfaces: link-local hosts, and `-I`.

use crate::host::{Host, Wire};
use crate::link::{self, HOST4, HOST6};
use crate::namespace::{self, rping_trial, trial};
use crate::netlink;
use crate::packet::Complaint;
use crate::run::{Stream, named, ping};
use libtest_mimic::Trial;
use std::net::IpAddr;

/// Options for a target whose interface is recreated, the name of the trial, and the kernel's error.
const MADE_ANEW: [(&str, &str, &str); 10] = [
    ("-I v0 198.51.100.2", "v4", DEVICE),
    ("--socket ping -I v0 198.51.100.2", "v4_ping_socket", DEVICE),
    ("-I v0 198.51.100.2 127.0.0.1", "v4_of_many", DEVICE),
    ("-I v0 fd51::2", "v6", NETWORK),
    ("--socket ping -I v0 fd51::2", "v6_ping_socket", NETWORK),
    ("-I v0 fd51::2 ::1", "v6_of_many", NETWORK),
    ("fe80::2%v0", "scope", NETWORK),
    ("--socket ping fe80::2%v0", "scope_ping_socket", NETWORK),
    ("fe80::2%v0 127.0.0.1", "scope_of_many", NETWORK),
    (
        "--socket ping fe80::2%v0 127.0.0.1",
        "scope_of_many_ping_socket",
        NETWORK,
    ),
];
const DEVICE: &str = "No such device";
const NETWORK: &str = "Network is unreachable";

/// The kernel's error is printed once with advice, however many probes fail.
fn made_anew(line: &str, error: &str) {
    link::create();
    namespace::allow_ping_sockets();
    let _host = Host::echo();
    // Long enough to recreate the interface on a busy machine.
    let line = format!("-c 9 -i 0.5 {line}");
    let output = named("rping", &line)
        .when(Stream::Out, " ms", |_| {
            netlink::delete("v0");
            link::create();
        })
        .run();
    let hint = format!("{error}; if the interface was created again, restart rping\n");
    let told = output.stderr.matches(&hint).count();
    assert_eq!(told, 1, "{line}: {output:?}");
}

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = of_all_kinds();
    for (line, kind, error) in MADE_ANEW {
        let name = format!("interfaces::one_that_was_made_anew_takes_a_new_run_{kind}");
        trials.push(rping_trial(&name, move || made_anew(line, error)));
    }
    trials
}

fn of_all_kinds() -> Vec<Trial> {
    vec![
        rping_trial("interfaces::alternative_names_are_names", || {
            link::create();
            namespace::allow_ping_sockets();
            let _host = Host::echo();
            let long = "an-alternative-name-of-v0";
            netlink::add_alternative_name("v0", "uplink");
            netlink::add_alternative_name("v0", long);
            for name in ["uplink", long] {
                for target in [
                    format!("{HOST4}"),
                    format!("{HOST6}"),
                    format!("{HOST4} {HOST6}"),
                ] {
                    for socket in ["raw", "ping"] {
                        let line = format!("--socket {socket} -c 1 -W 10 -I {name} {target}");
                        let output = named("rping", &line).run();
                        assert_eq!((output.code, &output.stderr[..]), (0, ""), "{line}");
                    }
                }
            }
            let missing = named("rping", "-c 1 -I a-name-that-nothing-has 127.0.0.1").run();
            assert!(
                missing.stderr.contains("there is no such interface"),
                "{missing:?}"
            );
        }),
        // /sys shows the network of the process that mounted it, which is the caller's here.
        rping_trial("interfaces::the_hint_names_those_of_this_network", || {
            link::create();
            link::add_another();
            let hint = |address: &str| {
                format!(
                    "ping: {address}: a link-local address needs an interface, as in {address}%v0; there are: lo v0 v1 w0 w1\n"
                )
            };
            for address in ["fe80::2", "ff01::1", "ff02::1"] {
                let output = named("rping", &format!("-c 1 {address}")).run();
                assert_eq!((output.code, output.stderr), (2, hint(address)));
                // The advice works.
                let line = format!("-c 1 -W 0.1 {address}%v0");
                let output = named("rping", &line).run();
                assert!(
                    output.stdout.contains("1 packets transmitted"),
                    "{output:?}"
                );
            }
            // With many targets it is printed once, not for each probe.
            let output = named("rping", "-c 2 -i 0.01 -q fe80::2 ::1").run();
            assert_eq!((output.code, output.stderr), (2, hint("fe80::2")));
            let block = "fe80::1-fe80::ff";
            let output = named("rping", "--alive -q fe80::1-ff ::1").run();
            assert_eq!(output.stdout, "::1\n", "{output:?}");
            assert!(output.stderr.starts_with(&hint(block)), "{output:?}");
        }),
        rping_trial(
            "interfaces::one_that_does_not_exist_is_told_with_those_that_do",
            || {
                link::create();
                let text = "ping: -I nosuch: there is no such interface; there are: lo v0 v1\n";
                for targets in ["127.0.0.1", "::1", "127.0.0.1 ::1", "--alive fe80::2"] {
                    let output = named("rping", &format!("-I nosuch {targets}")).run();
                    assert_eq!(
                        (output.code, output.stderr.as_str()),
                        (2, text),
                        "{targets}"
                    );
                }
            },
        ),
        trial(
            "interfaces::one_that_does_not_exist_is_told_by_ping_as_by_iputils",
            || {
                for (target, text) in [
                    (
                        "127.0.0.1",
                        "ping: SO_BINDTODEVICE nosuch: No such device\n",
                    ),
                    ("::1", "ping: unknown iface: nosuch\n"),
                ] {
                    let output = ping(&format!("-c 1 -I nosuch {target}")).run();
                    assert_eq!((output.code, output.stderr.as_str()), (2, text));
                }
            },
        ),
        // The same address on another interface is another host, even if it knows the token.
        rping_trial(
            "interfaces::row_45_a_link_local_reply_of_another_scope",
            || {
                link::create();
                link::add_another();
                let here = |others| named("rping", &format!("-c 1 -W 1 fe80::2%v0 {others}"));
                let there = Wire::at("w1");
                let _host = Host::start(move |request| {
                    there.send(&request.echo());
                    vec![]
                });
                let output = here("").run();
                let line = "\n64 bytes from fe80::2%w0: icmp_seq=1 ttl=64 time=";
                assert!(output.stdout.contains(line), "{output:?}");
                assert!(
                    output.stdout.contains(" (DIFFERENT ADDRESS!)\n"),
                    "{output:?}"
                );
                // With many targets it is another target, whose probe has another token.
                let output = here("fe80::2%w0").run();
                assert_eq!(output.code, 1, "{output:?}");
                assert!(output.stdout.contains("0 of 2 targets alive"), "{output:?}");
            },
        ),
        rping_trial(
            "interfaces::row_45_of_many_each_interface_has_its_own_link_local_hosts",
            || {
                link::create();
                link::add_another();
                let router = IpAddr::V6("fe80::9".parse().unwrap());
                let _host = Host::start(move |request| {
                    if request.sequence == 1 || request.source.is_ipv4() {
                        return vec![request.echo()];
                    }
                    vec![Complaint::about(request, router, 1, 3).packet()]
                });
                namespace::allow_ping_sockets();
                for target in ["fe80::2%v0", "-I v0 fe80::2"] {
                    for raw in [true, false] {
                        let run =
                            named("rping", &format!("-c 2 -i 0.2 -W 10 {target} 198.51.100.2"));
                        let run = if raw { run } else { run.without_raw() };
                        let output = run.run();
                        assert_eq!(output.code, 0, "{output:?}");
                        assert!(output.stdout.contains("2 of 2 targets alive"), "{output:?}");
                        assert!(output.stdout.contains("Address unreachable"), "{output:?}");
                    }
                }
            },
        ),
        // The kernel's own error arrives on the loopback interface. A raw IPv4 socket that is bound to another one does
        // not get it in its error queue, neither in rping nor in iputils. It gets the message, which rping reads for -v.
        rping_trial(
            "interfaces::row_60_a_local_host_that_does_not_answer",
            || {
                link::with_resolution();
                namespace::allow_ping_sockets();
                for (target, raw, option, heard) in [
                    (HOST4, true, "", true),
                    (HOST4, false, "", true),
                    (HOST4, false, "-I v0", true),
                    (HOST4, true, "-I v0 -W 5", false),
                    (HOST6, true, "-I v0", true),
                    (HOST6, false, "-I v0", true),
                ] {
                    for (details, heard) in [("", heard), ("-v ", true)] {
                        let run = named("rping", &format!("{details}-c 1 {option} {target}"));
                        let run = if raw { run } else { run.without_raw() };
                        let output = run.run();
                        let told = output.stdout.to_lowercase().contains("unreachable");
                        // Lines for programs beside the text have what -v has.
                        assert!(told || !heard, "{target} {raw} {option}: {output:?}");
                        assert_eq!(output.code, 1, "{target} {raw} {option}: {output:?}");
                    }
                }
            },
        ),
    ]
}
