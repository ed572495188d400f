//! Many names in one run, whatever becomes of their lookups.

use crate::dns::{self, Question, Server};
use crate::host::Host;
use crate::link::{self, HOST4};
use crate::namespace::{allow_ping_sockets, rping_trial};
use crate::run::named;
use crate::sandbox;
use libtest_mimic::Trial;

/// Longer than any trial may take.
const RESOLVER: &str = "nameserver 127.0.0.1\noptions timeout:30 attempts:1\n";

/// This hosts file, and the name server of the trial for all other names.
fn files(hosts: &str) -> dns::Files {
    dns::replace(&[
        ("/etc/nsswitch.conf", "hosts: files dns\n"),
        ("/etc/resolv.conf", RESOLVER),
        ("/etc/hosts", hosts),
    ])
}

/// `quick` has the address of the host, `failing` a server that fails, `nosuch` none; about all others the server is silent.
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

/// So many names that no server answers for.
fn silent(count: usize) -> String {
    let names = (0..count).map(|number| format!("silent{number}.example"));
    names.collect::<Vec<_>>().join(" ")
}

pub(crate) fn trials() -> Vec<Trial> {
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
            "lookups::name_does_not_wait_for_twenty_without_an_answer",
            || {
                link::create();
                let _files = files("");
                let _server = Server::start(answer);
                let _host = Host::echo();
                let names = silent(20);
                let line = format!("--alive -q --need 1 {names} quick.example");
                let output = named("rping", &line).run();
                assert_eq!(output.stdout, "quick.example\n", "{output:?}");
                assert_eq!(output.code, 0);
            },
        ),
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
                assert_eq!((output.code, output.stdout.lines().count()), (0, 2), "{output:?}");
                let complaint = "ping: cannot start a thread to look up names: Resource temporarily unavailable";
                assert!(output.stderr.contains(complaint), "{output:?}");
                let output = named("rping", "-H -c 1 known.example").by_nobody_alone().run();
                assert_eq!(output.code, 0, "{output:?}");
            },
        )
        .with_ignored_flag(sandbox::in_user_namespace()),
    ]
}
