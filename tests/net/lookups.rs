//! Many names in one run, with all kinds of lookup results.

use crate::dns::{self, Question, Server};
use crate::host::Host;
use crate::link::{self, HOST4};
use crate::namespace::{allow_ping_sockets, rping_trial};
use crate::rows::shell;
use crate::run::{Stream, named};
use crate::{sandbox, sys};
use libtest_mimic::Trial;
use std::io::Write;

/// Longer than any trial may take.
const RESOLVER: &str = "nameserver 127.0.0.1\noptions timeout:30 attempts:1\n";

/// This hosts file, and the trial's name server for all other names.
fn files(hosts: &str) -> dns::Files {
    dns::replace(&[
        ("/etc/nsswitch.conf", "hosts: files dns\n"),
        ("/etc/resolv.conf", RESOLVER),
        ("/etc/hosts", hosts),
    ])
}

/// `quick` has the host's address, `failing` a failing server, `nosuch` no address; for all others the server is silent.
fn answer(question: &Question) -> Option<Vec<u8>> {
    let records = match question.kind {
        1 => vec![vec![198, 51, 100, 2]],
        _ => vec![],
    };
    match question.name.split('.').next()? {
        "quick" => Some(question.answer(0, &records)),
        "failing" => Some(question.answer(dns::SERVER_FAILURE, &[])),
        "nosuch" => Some(question.answer(dns::NAME_ERROR, &[])),
        _ => None,
    }
}

/// Names without an answer of any server.
fn silent(count: usize) -> String {
    let names = (0..count).map(|number| format!("silent{number}.example"));
    names.collect::<Vec<_>>().join(" ")
}

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = order();
    trials.extend(without_threads());
    trials.extend(not_known());
    trials.extend(shared());
    trials
}

/// The order of lookups, and their threads.
fn order() -> Vec<Trial> {
    vec![
        rping_trial(
            "lookups::name_in_the_hosts_file_does_not_wait_for_two_hundred_without_an_answer",
            || {
                link::create();
                let _files = files("198.51.100.2 known.example\n");
                let _server = Server::start(answer);
                let _host = Host::echo();
                let names = silent(200);
                let line = format!("--alive -q --need 1 {names} known.example");
                let output = named("rping", &line).run();
                assert_eq!(output.stdout, "known.example\n", "{output:?}");
                assert_eq!(output.code, 0);
            },
        ),
        rping_trial(
            "lookups::name_behind_a_hundred_and_forty_without_an_answer_is_looked_up",
            || {
                link::create();
                let _files = files("");
                let _server = Server::start(answer);
                let _host = Host::echo();
                let names = silent(140);
                let line = format!("--alive -q --need 1 {names} quick.example");
                let output = named("rping", &line).run();
                assert_eq!(output.stdout, "quick.example\n", "{output:?}");
                assert_eq!(output.code, 0);
            },
        ),
        rping_trial(
            "lookups::too_few_open_files_are_an_error_that_says_what_helps",
            || {
                link::create();
                let _files = files("198.51.100.2 known.example\n");
                let _host = Host::echo();
                let run = |limit: u32| {
                    let line = format!("--alive -q -4 {HOST4} known.example");
                    shell(&format!(r#"ulimit -n {limit}; exec "$0" {line}"#))
                };
                for limit in 4..20 {
                    let (text, code) = run(limit);
                    let remedy = "Too many open files; allow 32 or more (ulimit -n 32)\n";
                    assert!(code != 2 || text.ends_with(remedy), "{limit}: {text}");
                }
                let (text, code) = run(32);
                assert_eq!(code, 0, "{text}");
            },
        ),
        rping_trial(
            "lookups::names_are_found_where_few_files_may_be_open",
            || {
                link::create();
                let names = |between: &str| {
                    let names = (0..100).map(|number| format!("known{number}.example"));
                    names.collect::<Vec<_>>().join(between)
                };
                let _files = files(&format!("198.51.100.2 {}\n", names("\n198.51.100.2 ")));
                let _server = Server::start(answer);
                let _host = Host::echo();
                let names = names(" ");
                let script = format!(r#"ulimit -n 32; exec "$0" --alive -q -4 {names}"#);
                let (text, code) = shell(&script);
                assert!(text.contains("\n100 of 100 targets alive\n"), "{text}");
                assert_eq!(code, 0, "{text}");
            },
        ),
    ]
}

const NO_THREAD: &str =
    "ping: cannot start a thread to look up names: Resource temporarily unavailable; ";

/// Lookups if no thread can be started.
fn without_threads() -> Vec<Trial> {
    let trials = vec![
        rping_trial(
            "lookups::names_are_looked_up_where_no_thread_can_be_started",
            || {
                link::create();
                allow_ping_sockets();
                let _files = files("198.51.100.3 known.example\n");
                let _server = Server::start(answer);
                let _host = Host::echo();
                let line = format!("--alive -q {HOST4} known.example");
                let output = named("rping", &line).by_nobody_alone().run();
                assert_eq!(
                    (output.code, output.stdout.lines().count()),
                    (0, 2),
                    "{output:?}"
                );
                let warning = format!("{NO_THREAD}only /etc/hosts is asked for them\n");
                assert!(output.stderr.contains(&warning), "{output:?}");
                let output = named("rping", "-H -c 1 known.example")
                    .by_nobody_alone()
                    .run();
                assert_eq!(output.code, 0, "{output:?}");
                let output = named("rping", "--alive -q -4 quick.example nosuch.example")
                    .by_nobody_alone()
                    .run();
                assert_eq!(output.stdout, "quick.example\n", "{output:?}");
                let warning = format!(
                    "{NO_THREAD}they were looked up one after the other before the first probe\n"
                );
                assert!(output.stderr.contains(&warning), "{output:?}");
            },
        ),
        rping_trial(
            "lookups::name_servers_delay_no_probe_where_no_thread_can_be_started",
            || {
                link::create();
                allow_ping_sockets();
                let _files = files("198.51.100.3 known.example\n");
                let _server = Server::start(|question| {
                    panic!("{} is asked for", question.name);
                });
                let _host = Host::echo();
                for other in [HOST4.to_string(), "Known.example.".to_owned()] {
                    let line = format!("--alive -4 silent0.example quick.example {other}");
                    let output = named("rping", &line).by_nobody_alone().run();
                    assert_eq!(output.code, 1, "{output:?}");
                    let why = "not known: cannot start a thread for its lookup";
                    let rows = spaced(output.stdout.lines());
                    for name in ["silent0.example", "quick.example"] {
                        assert!(rows.contains(&format!("{name} {why}")), "{output:?}");
                    }
                    assert!(output.stdout.contains("1 of 3 targets alive"), "{output:?}");
                    assert_eq!(output.stderr.matches(NO_THREAD).count(), 1, "{output:?}");
                }
            },
        ),
        rping_trial(
            "lookups::no_lookup_begins_after_the_deadline_where_no_thread_can_be_started",
            || {
                link::create();
                allow_ping_sockets();
                let _files = dns::replace(&[
                    ("/etc/nsswitch.conf", "hosts: files dns\n"),
                    (
                        "/etc/resolv.conf",
                        "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n",
                    ),
                    ("/etc/hosts", ""),
                ]);
                let _server = Server::start(|question| {
                    assert!(question.name.starts_with("silent0."), "{}", question.name);
                    None
                });
                let line = "--alive -4 -w 0.5 silent0.example silent1.example";
                let output = named("rping", line).by_nobody_alone().run();
                let why = "not known: its lookup was not started before the deadline";
                let rows = spaced(output.stdout.lines());
                assert!(
                    rows.contains(&format!("silent1.example {why}")),
                    "{output:?}"
                );
                // Also with one target.
                let output = named("rping", "-4 -w 0.5 silent0.example")
                    .by_nobody_alone()
                    .run();
                assert_eq!((output.code, output.stdout.as_str()), (2, ""), "{output:?}");
            },
        ),
    ];
    let ignored = sandbox::in_user_namespace();
    let trials = trials.into_iter();
    trials
        .map(|trial| trial.with_ignored_flag(ignored))
        .collect()
}

/// The lines from the one with this beginning to the next empty line, with columns one space apart.
fn below(output: &str, heading: &str) -> Vec<String> {
    let lines = output.lines().skip_while(|line| !line.starts_with(heading));
    spaced(lines.skip(1).take_while(|line| !line.is_empty()))
}

/// Lines with words one space apart.
fn spaced<'a>(lines: impl Iterator<Item = &'a str>) -> Vec<String> {
    let spaced = lines.map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
    spaced.collect()
}

fn not_known() -> Vec<Trial> {
    vec![
        rping_trial(
            "lookups::each_name_is_a_row_whatever_becomes_of_its_lookup",
            || {
                link::create();
                let _files = files("");
                let _server = Server::start(answer);
                let _host = Host::silent();
                let line = format!(
                    "-4 -w 3 silent0.example failing.example {HOST4} nosuch.example quick.example"
                );
                let output = named("rping", &line).run();
                assert_eq!(output.code, 2, "{output:?}");
                let rows = below(&output.stdout, "target");
                let begins = [
                    "silent0.example 0 0 - - - - not known: its lookup is not finished",
                    "failing.example 0 0 - - - - not known: Temporary failure in name resolution",
                    "198.51.100.2 ",
                    "nosuch.example 0 0 - - - - no address to probe",
                    "quick.example (198.51.100.2) ",
                ];
                assert_eq!(rows.len(), begins.len(), "{output:?}");
                for (row, begin) in rows.iter().zip(begins) {
                    assert!(row.starts_with(begin), "{row}");
                }
                assert!(
                    output.stdout.contains("0 of 5 targets alive, "),
                    "{output:?}"
                );
            },
        ),
        rping_trial(
            "lookups::name_that_is_not_known_is_a_message_besides_a_bare_list",
            || {
                link::create();
                let _files = files("");
                let _server = Server::start(answer);
                let _host = Host::echo();
                for (list, words) in [("--alive", "198.51.100.2\n"), ("--dead", "")] {
                    let line = format!("{list} -q -w 2 silent0.example {HOST4}");
                    let output = named("rping", &line).run();
                    assert_eq!(
                        (output.code, output.stdout.as_str()),
                        (1, words),
                        "{output:?}"
                    );
                    let told = "ping: silent0.example: not known: its lookup is not finished\n";
                    assert!(output.stderr.contains(told), "{output:?}");
                    let total = "1 of 2 targets alive, 1 not known\n";
                    assert!(output.stderr.contains(total), "{output:?}");
                }
                let part = |options: &str| {
                    let line = format!("--alive -q {options} {HOST4} silent0.example");
                    let output = named("rping", &line).run();
                    assert_eq!(
                        (output.code, output.stdout.as_str()),
                        (0, "198.51.100.2\n"),
                        "{output:?}"
                    );
                };
                // At once: no lookup changes it.
                part("--need 50%");
                // At the deadline: lookups could have added targets.
                part("-w 2 --all-addresses --need 50%");
                let output = named("rping", "--alive -w 1 silent0.example").run();
                assert_eq!(output.code, 1);
                let row = "silent0.example  not known: its lookup is not finished\n";
                assert!(output.stdout.starts_with(row), "{output:?}");
            },
        ),
        rping_trial(
            "lookups::state_and_interrupt_tell_of_a_pending_lookup",
            || {
                link::create();
                let _files = files("");
                let _server = Server::start(answer);
                let _host = Host::echo();
                let output = named("rping", &format!("silent0.example {HOST4}"))
                    .signal_when(Stream::Out, "icmp_seq=1", libc::SIGQUIT)
                    .signal_when(Stream::Error, "198.51.100.2", libc::SIGINT)
                    .run();
                let state =
                    "\nsilent0.example  0/0 packets, not known: its lookup is not finished\n";
                assert!(output.stderr.contains(state), "{output:?}");
                let rows = below(&output.stdout, "target");
                assert!(rows[0].starts_with("silent0.example 0 0 "), "{output:?}");
                assert_eq!((output.code, rows.len()), (1, 2));
            },
        ),
        rping_trial(
            "lookups::nothing_left_to_probe_is_an_error_by_name_too",
            || {
                link::create();
                let _files = files("198.51.100.2 known.example\n");
                let _server = Server::start(answer);
                for arguments in [
                    "--exclude 198.51.100.0/24 known.example",
                    "--skip-bad nosuch.example",
                ] {
                    let output = named("rping", &format!("--alive -q -4 {arguments}")).run();
                    assert_eq!((output.code, output.stdout.as_str()), (2, ""), "{output:?}");
                    let told = "ping: no targets to probe: the lists are empty, or all is excluded or skipped\n";
                    assert!(output.stderr.ends_with(told), "{output:?}");
                }
            },
        ),
    ]
}

/// Names with shared addresses.
fn shared() -> Vec<Trial> {
    vec![
        rping_trial(
            "lookups::names_of_one_address_are_a_row_each_and_probed_once",
            || {
                link::create();
                let _files =
                    files("198.51.100.2 mail.example web.example\n198.51.100.3 other.example\n");
                let host = Host::echo();
                let mut file = tempfile::NamedTempFile::new().unwrap();
                write!(
                    file,
                    "web.example  shop\n198.51.100.2/31\nmail.example  post\nother.example\n"
                )
                .unwrap();
                let line = format!("-4 -c 1 -W 10 --need 5 --targets {}", file.path().display());
                let output = named("rping", &line).run();
                assert_eq!(output.code, 0, "{output:?}");
                let rows = below(&output.stdout, "target");
                let begins = [
                    "web.example (198.51.100.2) shop 1 1 0 ",
                    "198.51.100.2 1 1 0 ",
                    "198.51.100.3 1 1 0 ",
                    "mail.example (198.51.100.2) post 1 1 0 ",
                    "other.example (198.51.100.3) 1 1 0 ",
                ];
                assert_eq!(rows.len(), begins.len(), "{output:?}");
                for (row, begin) in rows.iter().zip(begins) {
                    assert!(row.starts_with(begin), "{row}");
                }
                let line = format!("--alive -q -4 --need 3 -W 10 mail.example {HOST4} web.example");
                let output = named("rping", &line).run();
                assert_eq!(
                    (output.code, output.stdout.lines().count()),
                    (0, 3),
                    "{output:?}"
                );
                assert_eq!(host.finish().len(), 3);
            },
        ),
        rping_trial(
            "lookups::names_of_one_address_are_listed_as_they_were_given",
            || {
                link::create();
                let _files = files("198.51.100.2 b.example a.example\n");
                // The second try is answered, long after all lookups.
                let _host = Host::losing(1);
                let line = format!("--alive -q -W 2 b.example {HOST4} a.example");
                let output = named("rping", &line).run();
                let rows = "b.example\n198.51.100.2\na.example\n";
                assert_eq!(
                    (output.code, output.stdout.as_str()),
                    (0, rows),
                    "{output:?}"
                );
            },
        ),
        rping_trial(
            "lookups::names_in_the_hosts_file_are_listed_as_they_were_given_however_fast_replies_come",
            || {
                link::create();
                // Each lookup reads the whole file, which takes longer than a reply.
                let comments = "# no name\n".repeat(200_000);
                let hosts = "198.51.100.2 b.example a.example\n127.0.0.1 c.example\n";
                let _files = files(&format!("{comments}{hosts}"));
                let _server = Server::start(answer);
                let _host = Host::echo();
                let network = "198.51.100.2/31";
                let echo = HOST4.to_string();
                for words in [
                    ["b.example", echo.as_str(), "a.example"],
                    ["a.example", "b.example", network],
                    ["localhost", "c.example", "127.0.0.1"],
                ] {
                    let line = format!("--alive -q -4 {}", words.join(" "));
                    let output = named("rping", &line).run();
                    let given = words.join("\n").replace(network, "198.51.100.2");
                    assert!(output.stdout.starts_with(&given), "{output:?}");
                }
            },
        ),
        rping_trial("lookups::hosts_file_that_is_a_pipe_delays_no_probe", || {
            link::create();
            let _files = files("");
            let _server = Server::start(answer);
            let _host = Host::echo();
            let directory = tempfile::tempdir().unwrap();
            let pipe = directory.path().join("hosts");
            // A writer might still exist.
            let _ends = sys::named_pipe(&pipe);
            sys::mount(pipe.to_str(), "/etc/hosts").unwrap();
            let names = silent(20);
            let line = format!("--alive -q -w 2 {names} {HOST4}");
            let output = named("rping", &line).run();
            assert_eq!(
                (output.code, output.stdout.as_str()),
                (1, "198.51.100.2\n"),
                "{output:?}"
            );
        }),
        rping_trial("lookups::name_given_twice_is_one_row", || {
            link::create();
            let _files = files("198.51.100.2 known.example\n");
            let _host = Host::echo();
            let output = named("rping", "--alive -4 known.example Known.example").run();
            let told = "1 duplicate target ignored\n";
            assert!(output.stderr.ends_with(told), "{output:?}");
            assert!(
                output.stdout.contains("\n1 of 1 target alive\n"),
                "{output:?}"
            );
        }),
        rping_trial(
            "lookups::address_that_may_not_be_probed_gives_way_to_another",
            || {
                link::create();
                let hosts = "224.0.0.1 known.example\n198.51.100.3 known.example\n198.51.100.2 known.example\n";
                let _files = files(hosts);
                let _host = Host::echo();
                let line = "--alive -q -4 --exclude 198.51.100.3 known.example";
                let output = named("rping", line).run();
                assert_eq!(
                    (output.code, output.stdout.as_str()),
                    (0, "known.example\n"),
                    "{output:?}"
                );
            },
        ),
        rping_trial(
            "lookups::all_addresses_of_a_name_are_more_than_sixteen",
            || {
                link::create();
                let line = |host: u8| format!("198.51.100.{host} known.example\n");
                let hosts: String = (100..140).map(line).collect();
                let _files = files(&hosts);
                let host = Host::echo();
                let output =
                    named("rping", "--alive -q -4 --all-addresses -W 10 known.example").run();
                assert_eq!(
                    (output.code, output.stdout.lines().count()),
                    (0, 40),
                    "{output:?}"
                );
                assert_eq!(host.finish().len(), 40);
                let _host = Host::echo();
                let line = "--alive -q -4 --all-addresses --limit 30 known.example";
                let output = named("rping", line).run();
                assert_eq!(output.stdout.lines().count(), 30, "{output:?}");
                let told = "ping: known.example: 10 of its 40 addresses are not probed: ";
                assert!(output.stderr.contains(told), "{output:?}");
            },
        ),
    ]
}
