//! Lookups, with any C library that the program is linked to.

use crate::dns::{self, Server};
use crate::host::Host;
use crate::link::{self, HOST4, HOST6};
use crate::namespace::rping_trial;
use crate::run::{Output, named, ping, program};
use crate::sandbox;
use libtest_mimic::Trial;
use std::net::IpAddr;

/// The octets of an address in a record.
fn record(address: IpAddr) -> Vec<u8> {
    match address {
        IpAddr::V4(address) => address.octets().to_vec(),
        IpAddr::V6(address) => address.octets().to_vec(),
    }
}

/// Probes a name as the only target, and as one of many.
fn both_ways(options: &str, name: &str) -> [Output; 2] {
    ["-n -c 1", "--alive -q"].map(|mode| named("rping", &format!("{mode} {options} {name}")).run())
}

#[track_caller]
fn reaches(options: &str, name: &str, address: impl std::fmt::Display) {
    let [one, many] = both_ways(options, name);
    let found = one.stdout.contains(&format!("({address}) "));
    assert!(one.code == 0 && found, "{options} {name}: {one:?}");
    assert_eq!(
        (many.code, many.stdout),
        (0, format!("{name}\n")),
        "{}",
        many.stderr
    );
}

#[track_caller]
fn fails(name: &str, reason: &str) {
    for output in both_ways("", name) {
        assert_ne!(output.code, 0, "{output:?}");
        assert!(
            output
                .stderr
                .contains(&format!("{name}: {reason}; check the name")),
            "{output:?}"
        );
    }
}

/// The answer for a name with an address of each family.
fn both_families(question: &dns::Question) -> Vec<u8> {
    let address = if question.kind == dns::A {
        HOST4
    } else {
        HOST6
    };
    question.answer(0, &[record(address)])
}

pub(crate) fn trials() -> Vec<Trial> {
    let trials = vec![
        rping_trial(
            "resolver::mapped_address_of_a_name_is_an_ipv4_address",
            || {
                link::create();
                let hosts = "::ffff:198.51.100.2 mapped.example\n";
                let _files = dns::replace(&[("/etc/hosts", hosts)]);
                let _host = Host::echo();
                reaches("", "mapped.example", HOST4);
                reaches("-4", "mapped.example", HOST4);
            },
        ),
        rping_trial(
            "resolver::mapped_address_from_a_name_server_is_an_ipv4_address",
            || {
                link::create();
                let _files = dns::ask_the_server();
                let _server = Server::start(|question| {
                    let mapped = "::ffff:198.51.100.2".parse().unwrap();
                    let records = if question.kind == dns::AAAA {
                        vec![record(mapped)]
                    } else {
                        vec![]
                    };
                    Some(question.answer(0, &records))
                });
                let _host = Host::echo();
                reaches("", "mapped.example", HOST4);
            },
        ),
        rping_trial(
            "resolver::ipv6_is_asked_for_where_the_hosts_file_has_only_ipv4",
            || {
                link::create();
                let _files = dns::ask_the_server();
                let _server = Server::start(|question| {
                    assert_eq!(question.kind, dns::AAAA, "{}", question.name);
                    Some(question.answer(0, &[record(HOST6)]))
                });
                let _host = Host::echo();
                reaches("-6", "host4.example", HOST6);
            },
        ),
        rping_trial(
            "resolver::localhost_needs_neither_a_file_nor_a_server",
            || {
                let _files = dns::replace(&[
                    ("/etc/hosts", ""),
                    ("/etc/nsswitch.conf", "hosts: files dns\n"),
                    ("/etc/resolv.conf", "nameserver 127.0.0.1\n"),
                ]);
                let _server = Server::start(|question| panic!("asked for {}", question.name));
                let names = [
                    "localhost",
                    "LOCALHOST",
                    "a.localhost",
                    "localhost.",
                    "a.localhost.",
                ];
                for name in names {
                    reaches("", name, "127.0.0.1");
                    reaches("-6", name, "::1");
                }
            },
        ),
        rping_trial(
            "resolver::localhost_with_a_final_dot_is_found_in_the_hosts_file",
            || {
                let _files = dns::replace(&[
                    ("/etc/hosts", "127.0.0.1 localhost\n127.0.0.6 a.localhost\n"),
                    ("/etc/nsswitch.conf", "hosts: files dns\n"),
                    ("/etc/resolv.conf", "nameserver 127.0.0.1\n"),
                ]);
                let _server = Server::start(|question| panic!("asked for {}", question.name));
                reaches("", "localhost.", "127.0.0.1");
                reaches("", "a.localhost.", "127.0.0.6");
            },
        ),
        rping_trial(
            "resolver::final_dot_of_localhost_is_kept_where_the_hosts_file_has_it",
            || {
                let _files = dns::replace(&[
                    ("/etc/hosts", "127.0.0.1 localhost. a.localhost\n"),
                    ("/etc/nsswitch.conf", "hosts: files dns\n"),
                    ("/etc/resolv.conf", "nameserver 127.0.0.1\n"),
                ]);
                let _server = Server::start(|question| panic!("asked for {}", question.name));
                let ours = sandbox::program("ping");
                for path in [Some(ours), sandbox::peer()].into_iter().flatten() {
                    let output = program(&path, "-c 1 localhost.").run();
                    let Output { stdout, code, .. } = &output;
                    let line = "PING localhost. (127.0.0.1) 56(84) bytes of data.\n";
                    assert!(*code == 0 && stdout.starts_with(line), "{output:?}");
                    let statistics = "\n--- localhost. ping statistics ---\n";
                    assert!(stdout.contains(statistics), "{output:?}");
                }
            },
        ),
        rping_trial(
            "resolver::loopback_of_ipv6_in_the_hosts_file_is_no_ipv4_address",
            || {
                let _files = dns::replace(&[
                    (
                        "/etc/hosts",
                        "::1 six.example two.example\n127.0.0.6 two.example\n",
                    ),
                    ("/etc/nsswitch.conf", "hosts: files dns\n"),
                    ("/etc/resolv.conf", "nameserver 127.0.0.1\n"),
                ]);
                let _server = dns::that_knows_nothing();
                reaches("-4", "two.example", "127.0.0.6");
                let output = ping("-4 -c 1 six.example").run();
                let message = "ping: six.example: Address family for hostname not supported\n";
                output.assert_both(2, "", message);
            },
        ),
        rping_trial("resolver::indented_line_of_resolv_conf_is_ignored", || {
            link::create();
            // The configured server's timeout is longer than any trial may take.
            let _files = dns::replace(&[
                ("/etc/nsswitch.conf", "hosts: files dns\n"),
                (
                    "/etc/resolv.conf",
                    "  nameserver 127.0.0.2\noptions timeout:30 attempts:1\n",
                ),
            ]);
            let _silent = Server::of_a_manager(|question| panic!("asked for {}", question.name));
            let _server = Server::start(|question| Some(both_families(question)));
            let _host = Host::echo();
            reaches("-4", "web.example", HOST4);
        }),
        rping_trial(
            "resolver::one_family_is_found_whatever_the_server_says_of_the_other",
            || {
                link::create();
                // These options limit the wait for a silent server.
                let _files = dns::replace(&[
                    ("/etc/nsswitch.conf", "hosts: files dns\n"),
                    (
                        "/etc/resolv.conf",
                        "nameserver 127.0.0.1\noptions timeout:2 attempts:1\n",
                    ),
                ]);
                let _server = Server::start(|question| {
                    let (what, _) = question.name.split_once('.').unwrap();
                    let (broken, what) = what.split_once('-').unwrap();
                    if (broken == "a") != (question.kind == dns::A) {
                        return Some(both_families(question));
                    }
                    let code = match what {
                        "formerr" => dns::FORMAT_ERROR,
                        "servfail" => dns::SERVER_FAILURE,
                        "refused" => dns::REFUSED,
                        "notimp" => dns::NOT_IMPLEMENTED,
                        "nxdomain" => dns::NAME_ERROR,
                        "nodata" => 0,
                        _ => return None,
                    };
                    Some(question.answer(code, &[]))
                });
                let _host = Host::echo();
                for what in [
                    "formerr", "servfail", "refused", "notimp", "nxdomain", "nodata", "silent",
                ] {
                    // glibc fails if the first question has no answer.
                    if what != "silent" {
                        reaches("", &format!("a-{what}.example"), HOST6);
                    }
                    reaches("-6", &format!("a-{what}.example"), HOST6);
                    reaches("-4", &format!("aaaa-{what}.example"), HOST4);
                    reaches("", &format!("aaaa-{what}.example"), HOST4);
                }
            },
        ),
        rping_trial("resolver::server_that_refuses_is_not_waited_for", || {
            // Waiting for it would exceed the time of a trial.
            let _files = dns::ask_the_server();
            let _server = Server::start(|question| {
                let code = match question.name.as_str() {
                    "refused.example" => dns::REFUSED,
                    "notimp.example" => dns::NOT_IMPLEMENTED,
                    name => panic!("asked for {name}"),
                };
                Some(question.answer(code, &[]))
            });
            fails("refused.example", "Temporary failure in name resolution");
            fails("notimp.example", "Temporary failure in name resolution");
        }),
        rping_trial(
            "resolver::closed_port_of_the_server_is_not_waited_for",
            || {
                let _files = dns::ask_the_server();
                fails("web.example", "Temporary failure in name resolution");
                let _files = dns::replace(&[("/etc/resolv.conf", "options timeout:30\n")]);
                fails("web.example", "Temporary failure in name resolution");
            },
        ),
        rping_trial("resolver::name_is_looked_for_in_the_search_domains", || {
            link::create();
            let _files = dns::replace(&[
                ("/etc/nsswitch.conf", "hosts: files dns\n"),
                (
                    "/etc/resolv.conf",
                    "nameserver 127.0.0.1\nsearch a.example b.example\noptions timeout:30\n",
                ),
            ]);
            let _server = Server::start(|question| match question.name.as_str() {
                "web.b.example" => Some(both_families(question)),
                _ => Some(question.answer(dns::NAME_ERROR, &[])),
            });
            let _host = Host::echo();
            reaches("-4", "web", HOST4);
            reaches("-6", "web", HOST6);
            fails("nosuch", "Name or service not known");
        }),
        rping_trial("resolver::hosts_file_is_read_whatever_its_spelling", || {
            link::create();
            let aliases: Vec<String> = (0..200).map(|n| format!("alias{n}.example")).collect();
            let aliases = aliases.join(" ");
            let hosts = format!(
                "\t 198.51.100.2 blank.example\n\
                 198.51.100.2 OTHER.Example\n\
                 198.51.100.2 many.example {aliases}\n\
                 198.51.100.2 last.example"
            );
            let _files = dns::replace(&[("/etc/hosts", hosts)]);
            let _host = Host::echo();
            let names = [
                "blank.example",
                "other.example",
                "alias199.example",
                "last.example",
            ];
            for name in names {
                reaches("", name, HOST4);
            }
        }),
        rping_trial(
            "resolver::name_that_begins_with_a_hyphen_is_asked_of_nobody",
            || {
                let _files = dns::ask_the_server();
                let _server = Server::start(|question| panic!("asked for {}", question.name));
                let output = ping("-c 1 -- -web.example").run();
                output.assert_both(2, "", "ping: -web.example: Name or service not known\n");
                let output = named("rping", "-c 1 -- -web.example").run();
                output.assert_both(2, "", "ping: -web.example: invalid host name\n");
            },
        ),
        rping_trial(
            "resolver::name_beyond_ascii_is_printed_as_typed_where_utf_8_is_read",
            || {
                link::create();
                let hosts = "198.51.100.2 xn--grn-ioa.example\n";
                let _files = dns::replace(&[("/etc/hosts", hosts)]);
                let _host = Host::echo();
                let typed = "Gr\u{fc}n.example";
                for (name, in_utf8) in [(typed, true), ("xn--grn-ioa.example", false)] {
                    let run = |options: &str| {
                        let run = named("rping", &format!("{options} {typed}"));
                        if in_utf8 { run.in_utf8() } else { run }.run()
                    };
                    let output = run("-c 1");
                    for text in [
                        format!("PING {name} (198.51.100.2) "),
                        format!("64 bytes from {name} (198.51.100.2): "),
                        format!("--- {name} ping statistics ---"),
                    ] {
                        assert!(output.stdout.contains(&text), "{output:?}");
                    }
                    let output = run("--alive -q");
                    assert_eq!(output.stdout, format!("{name}\n"), "{output:?}");
                }
                let in_ascii = "XN--grn-ioa.example";
                let run = named("rping", &format!("--alive -q {in_ascii}"));
                let output = run.in_utf8().run();
                assert_eq!(output.stdout, format!("{in_ascii}\n"), "{output:?}");
            },
        ),
        rping_trial(
            "resolver::errors_name_what_was_typed_where_utf_8_is_read",
            || {
                let _server = dns::that_knows_nothing();
                for (arguments, in_ascii, reason) in [
                    (
                        "gr\u{fc}n.example",
                        r"gr\xc3\xbcn.example",
                        ": Name or service not known",
                    ),
                    (
                        "-I gr\u{fc}n 127.0.0.1",
                        r"-I gr\xc3\xbcn",
                        ": there is no such interface",
                    ),
                    ("gr\u{fc}n/", r"gr\xc3\xbcn/", ": "),
                ] {
                    let output = named("rping", &format!("-c 1 {arguments}")).run();
                    let line = format!("ping: {in_ascii}{reason}");
                    assert!(output.stderr.starts_with(&line), "{output:?}");
                    let output = named("rping", &format!("-c 1 {arguments}")).in_utf8().run();
                    let line = line.replace(r"\xc3\xbc", "\u{fc}");
                    assert!(output.stderr.starts_with(&line), "{output:?}");
                }
                let output = named("rping", "--alive gr\u{fc}n.example").in_utf8().run();
                let line = "ping: gr\u{fc}n.example: Name or service not known; check the name, or give an address\n";
                assert_eq!(output.stderr, line, "{output:?}");
            },
        ),
        rping_trial(
            "resolver::all_addresses_are_found_or_it_is_told_that_there_may_be_more",
            || {
                // 50 IPv4 addresses fit into one answer.
                let _files = dns::ask_the_server();
                let _server = Server::start(|question| {
                    let records = (1..=50).map(|last| vec![127, 3, 0, last]);
                    let records = records.filter(|_| question.kind == dns::A);
                    Some(question.answer(0, &records.collect::<Vec<_>>()))
                });
                let output = named("rping", "--alive -q -n --all-addresses big.example").run();
                let found = output.stdout.lines().count();
                let line = "ping: big.example: the resolver of this static binary gives at most 48 addresses of a name: there may be more\n";
                let is_told = output.stderr.contains(line);
                let expected = if cfg!(target_env = "musl") {
                    (48, true)
                } else {
                    (50, false)
                };
                assert_eq!((found, is_told), expected, "{output:?}");
            },
        ),
        rping_trial(
            "resolver::name_is_not_dead_where_the_server_cannot_read_the_question",
            || {
                let _files = dns::ask_the_server();
                let _server = Server::start(|question| {
                    let code = match question.name.as_str() {
                        "format.example" => dns::FORMAT_ERROR,
                        // A code for failed updates (YXDOMAIN).
                        "exists.example" => 6,
                        _ => 15,
                    };
                    Some(question.answer(code, &[]))
                });
                for name in ["format", "exists", "unassigned"] {
                    for options in ["", "-4 ", "-6 "] {
                        let arguments = format!("{options}--alive {name}.example");
                        let output = named("rping", &arguments).run();
                        let reason = "not known: Temporary failure in name resolution";
                        assert!(output.stdout.contains(reason), "{arguments}: {output:?}");
                        assert_eq!(output.code, 1, "{arguments}: {output:?}");
                    }
                }
            },
        ),
        rping_trial(
            "resolver::name_that_no_server_can_be_asked_for_is_dead",
            || {
                let _server = dns::that_knows_nothing();
                let label = "a".repeat(64);
                let output = named("rping", &format!("--dead -q {label}.example")).run();
                assert_eq!(output.stdout, format!("{label}.example\n"), "{output:?}");
            },
        ),
        rping_trial(
            "resolver::canonical_name_that_is_no_name_is_not_shown",
            || {
                link::create();
                let hosts = b"198.51.100.2 b\xfccher.example web.example\n198.51.100.2 10.0.0.1 ftp.example\n";
                let _files = dns::replace(&[("/etc/hosts", hosts)]);
                let _host = Host::echo();
                for name in ["web.example", "ftp.example"] {
                    let output = ping(&format!("-n -c 1 {name}")).run();
                    let first = format!("PING {name} (198.51.100.2) ");
                    assert!(
                        output.code == 0 && output.stdout.starts_with(&first),
                        "{output:?}"
                    );
                }
            },
        ),
        rping_trial(
            "resolver::canonical_name_of_a_server_that_is_no_name_is_not_shown",
            || {
                link::create();
                let _files = dns::ask_the_server();
                let _server =
                    Server::start(|question| Some(question.alias(&[b"b\xfccher"], &record(HOST4))));
                let _host = Host::echo();
                // glibc treats such an answer as none.
                let output = ping("-n -c 1 -4 web.example").run();
                assert!(output.code == 0 || output.code == 2, "{output:?}");
                assert!(!output.stdout.contains("cher"), "{output:?}");
            },
        ),
        rping_trial(
            "resolver::link_local_address_of_a_name_keeps_its_interface",
            || {
                let _files = link::to_a_gateway();
                let _host = Host::echo();
                for options in ["-6", ""] {
                    reaches(options, "_gateway", "fe80::2%v0");
                }
            },
        )
        .with_ignored_flag(!sandbox::knows_gateways()),
        rping_trial(
            "resolver::deadline_ends_the_lookup_of_the_only_target",
            || {
                // The server's timeout is longer than a trial may take.
                let _files = dns::ask_the_server();
                let _server = Server::start(|_| None);
                let output = named("rping", "-w 0.5 slow.example").run();
                output.assert_both(
                2,
                "",
                "ping: slow.example: no name server answered within 500ms (-w): set a longer deadline, or give an address\n",
            );
            },
        ),
        rping_trial(
            "resolver::names_are_found_when_a_network_manager_makes_its_directory_during_the_run",
            || {
                link::create();
                let directories = dns::Directories::replace();
                let mut restart = Some(directories.network_manager());
                // The first lookups take longer than a trial may.
                let _server = Server::of_a_manager(move |question| {
                    // By then all threads are confined.
                    if question.name == "silent31.example"
                        && let Some(restart) = restart.take()
                    {
                        restart();
                    }
                    (question.name == "web.example").then(|| both_families(question))
                });
                let _host = Host::echo();
                let silent: Vec<String> = (0..32).map(|n| format!("silent{n}.example")).collect();
                let silent = silent.join(" ");
                let line = format!("--alive -q --need 1 {silent} web.example");
                let output = named("rping", &line).run();
                assert_eq!(
                    (output.code, output.stdout.as_str()),
                    (0, "web.example\n"),
                    "{output:?}"
                );
            },
        ),
        rping_trial(
            "resolver::resolv_conf_that_becomes_a_link_out_of_reach_is_told",
            || {
                let directories = dns::Directories::replace();
                resolv_conf_goes_out_of_reach(directories.link_elsewhere());
            },
        ),
        rping_trial(
            "resolver::new_network_manager_is_told_where_a_user_is_logged_in",
            || {
                let directories = dns::Directories::replace();
                directories.user_is_logged_in();
                resolv_conf_goes_out_of_reach(directories.network_manager());
            },
        ),
    ];
    // If the machine's own files could not be replaced, the names are unknown.
    trials
        .into_iter()
        .map(|trial| {
            let ignored = sandbox::subject_is_peer() || !sandbox::has_name_service();
            if ignored {
                trial.with_ignored_flag(true)
            } else {
                trial
            }
        })
        .collect()
}

/// `go` makes `/etc/resolv.conf` a link while the only lookup thread is confined.
fn resolv_conf_goes_out_of_reach(go: impl Fn() + Send + 'static) {
    link::create();
    let of_this_kernel = named("rping", "-v -c 1 127.0.0.1").run().stderr;
    if of_this_kernel.contains("landlock_") {
        // Without Landlock every file is accessible.
        return;
    }
    let mut go = Some(go);
    let _server = Server::of_a_manager(move |question| {
        if let Some(go) = go.take() {
            go();
        }
        Some(question.answer(dns::SERVER_FAILURE, &[]))
    });
    let output = named("rping", "--alive web.example").run();
    let line = "ping: web.example: cannot read /etc/resolv.conf: Permission denied: \
                if it has become a link to another place, start again\n";
    assert_eq!(output.stderr, line, "{output:?}");
}
