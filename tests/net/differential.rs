//! Runs the same scenario with iputils' ping, if it is installed, and the program under test named `ping`: their whole
//! outputs must be equal, except times.

use crate::host::Host;
use crate::link::{self, HOST4, HOST6, ROUTER4, ROUTER6};
use crate::namespace::{self, trial};
use crate::packet::{Complaint, Reply};
use crate::run::{Stream, ping, program, same};
use crate::{firewall, sandbox, sys};
use libtest_mimic::Trial;
use std::net::IpAddr;

/// For a well-behaved host.
const ORDINARY: &[&str] = &[
    "",
    "-n",
    "-q",
    "-D",
    "-v -q",
    "-s 0",
    "-s 8",
    "-s 15",
    "-s 16",
    "-s 17",
    "-s 1000 -p 0123456789abcdef",
    "-p 0f",
    "-t 255",
    "-Q 0x10",
    "-I v0",
    "-B",
    "-M do",
    "-a -U",
];

/// For a misbehaving host.
const TROUBLED: &[&str] = &["", "-q", "-D -O -a", "-s 8", "-s 16 -n"];

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = Vec::new();
    for (name, target) in [("v4", HOST4), ("v6", HOST6)] {
        for (socket, on_ping_socket) in [("raw", false), ("ping_socket", true)] {
            for (host, count, arguments, start) in HOSTS {
                let name = format!("differential::{host}_{name}_{socket}");
                trials.push(trial(&name, move || {
                    let arguments = arguments
                        .iter()
                        .map(|it| format!("-c {count} -i 1 -W 10 {it} {target}"));
                    compare(arguments, on_ping_socket, start);
                }));
            }
        }
    }
    trials.push(
        trial("differential::name_of_a_link_local_address", || {
            let _files = link::to_a_gateway();
            compare_runs(
                ["-n -c 1 -6 _gateway".to_owned()].into_iter(),
                false,
                Host::echo,
            );
        })
        .with_ignored_flag(!sandbox::knows_gateways()),
    );
    for (name, target) in [("v4", HOST4), ("v6", HOST6)] {
        for (socket, on_ping_socket) in [("raw", false), ("ping_socket", true)] {
            let name = format!("differential::filter_of_this_host_rejects_{name}_{socket}");
            trials.push(trial(&name, move || {
                compare_rejected(target, on_ping_socket);
            }));
        }
    }
    for (name, action) in SIGNALS {
        trials.push(trial(name, || compare_background_jobs(action)));
    }
    trials
        .into_iter()
        .map(|trial| {
            let ignored = trial.has_ignored_flag() || sandbox::peer().is_none();
            trial.with_ignored_flag(ignored)
        })
        .collect()
}

/// Name, number of probes, argument lists, and the host.
type Scenario = (&'static str, u8, &'static [&'static str], fn() -> Host);

const HOSTS: [Scenario; 4] = [
    ("echo", 2, ORDINARY, Host::echo),
    ("loses_the_second", 3, TROUBLED, || {
        Host::start(|request| {
            if request.sequence == 2 {
                vec![]
            } else {
                vec![request.echo()]
            }
        })
    }),
    ("complains_about_the_second", 3, TROUBLED, || {
        Host::start(
            |request| match (request.sequence, request.source.is_ipv4()) {
                (2, true) => vec![Complaint::about(request, ROUTER4, 3, 10).packet()],
                (2, false) => vec![Complaint::about(request, ROUTER6, 1, 1).packet()],
                _ => vec![request.echo()],
            },
        )
    }),
    ("alters_the_second", 3, TROUBLED, || {
        Host::start(|request| {
            let mut reply = Reply::to(request);
            if let (2, Some(last)) = (
                request.sequence,
                reply.data.get_mut(16..).and_then(<[u8]>::last_mut),
            ) {
                *last ^= 0xff;
            }
            vec![reply.packet()]
        })
    }),
];

/// Signals that are ignored or blocked in a background job of a script.
const SIGNALS: [(&str, &[libc::c_int]); 5] = [
    (
        "differential::background_job_ends_by_interrupt",
        &[libc::SIGINT],
    ),
    (
        "differential::background_job_prints_its_state",
        &[libc::SIGQUIT, libc::SIGINT],
    ),
    (
        "differential::background_job_ends_by_alarm",
        &[libc::SIGALRM],
    ),
    (
        "differential::background_job_goes_on_after_hangup",
        &[libc::SIGHUP, libc::SIGQUIT, libc::SIGINT],
    ),
    (
        "differential::background_job_goes_on_after_terminate",
        &[libc::SIGTERM, libc::SIGQUIT, libc::SIGINT],
    ),
];

/// Command lines whose probes this host's firewall rejects.
const REJECTED: [&str; 5] = [
    "-c 3 -i 0.2",
    "-c 3 -i 0.2 -q",
    "-c 3 -i 0.2 -O -D",
    "-c 3 -i 0.2 -s 4",
    "-c 3 -f -i 0.5",
];

fn compare_rejected(target: IpAddr, on_ping_socket: bool) {
    link::create();
    if on_ping_socket {
        namespace::allow_ping_sockets();
    }
    let (every, one) = (&REJECTED[..], &REJECTED[..1]);
    for (code, arguments) in [
        (firewall::PORT_UNREACHABLE, one),
        (firewall::HOST_UNREACHABLE, one),
        (firewall::ADMIN_PROHIBITED, every),
    ] {
        if let Err(error) = firewall::reject_requests(code) {
            eprintln!("skipped: no firewall here: {error}");
            return;
        }
        let arguments = arguments.iter().map(|it| format!("{it} {target}"));
        compare_runs(arguments, on_ping_socket, Host::echo);
    }
}

/// Sends all but the last signal after the first reply, and the last one after the status line, or after the first
/// reply if it is the only one.
fn compare_background_jobs(signals: &'static [libc::c_int]) {
    link::create();
    let peer = sandbox::peer().expect("ignored without a peer");
    let arguments = format!("-i 30 {HOST4}");
    let [theirs, ours] = [program(&peer, &arguments), ping(&arguments)].map(|run| {
        let _host = Host::echo();
        let run = run.ignoring(SCRIPT_IGNORES).blocking(SCRIPT_BLOCKS);
        let run = match signals.split_last() {
            Some((last, [])) => run.signal_when(Stream::Out, "ttl=64 ", *last),
            Some((last, before)) => run
                .when(Stream::Out, "ttl=64 ", move |pid| {
                    for signal in before {
                        sys::signal(pid, *signal);
                    }
                })
                .signal_when(Stream::Error, "min/avg/", *last),
            None => run,
        };
        run.run().masked()
    });
    same(&ours, &theirs, "by us", "by iputils");
}

/// As with `nohup ping HOST &` in a script, and SIGALRM too.
const SCRIPT_IGNORES: &[libc::c_int] = &[
    libc::SIGALRM,
    libc::SIGHUP,
    libc::SIGINT,
    libc::SIGQUIT,
    libc::SIGTERM,
];

const SCRIPT_BLOCKS: &[libc::c_int] = &[libc::SIGALRM, libc::SIGINT, libc::SIGQUIT];

fn compare(arguments: impl Iterator<Item = String>, on_ping_socket: bool, start: fn() -> Host) {
    link::create();
    if on_ping_socket {
        namespace::allow_ping_sockets();
    }
    compare_runs(arguments, on_ping_socket, start);
}

fn compare_runs(
    arguments: impl Iterator<Item = String>,
    on_ping_socket: bool,
    start: fn() -> Host,
) {
    let peer = sandbox::peer().expect("ignored without a peer");
    for arguments in arguments {
        let [theirs, ours] = [program(&peer, &arguments), ping(&arguments)].map(|run| {
            let _host = start();
            let run = if on_ping_socket {
                run.without_raw()
            } else {
                run
            };
            run.run().masked().without_pipe().without_insides()
        });
        same(
            &ours,
            &theirs,
            &format!("by us for {arguments}"),
            "by iputils",
        );
    }
}
