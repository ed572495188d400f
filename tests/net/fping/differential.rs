//! Runs the same command lines with fping, if it is installed, and the program under test under its name: their whole
//! outputs must be equal, except times.

use super::{fping, masked};
use crate::host::Host;
use crate::link::{self, HOST4, HOST6, OTHER4, OTHER6, ROUTER4};
use crate::namespace::rping_trial;
use crate::packet::{Complaint, Reply};
use crate::run::{Output, program, same};
use libtest_mimic::Trial;
use std::path::PathBuf;

/// Name, command lines and host. `V4` is the host over IPv4, `V6` over IPv6, `X` another address.
type Scenario = (&'static str, &'static [&'static str], fn() -> Host);

const SCENARIOS: [Scenario; 6] = [
    (
        "echo",
        &[
            "-t 2000 V4",
            "-t 2000 V4 V6",
            "-t 2000 -a V4",
            "-t 2000 -u V4",
            "-t 2000 -e V4",
            "-t 2000 -q V4",
            "-t 2000 -A V4",
            "-c 2 -p 1000 V4",
            "-c 2 -p 1000 V4 V6",
            "-C 2 -p 1000 V4",
            "-C 2 -q -p 1000 V4 V6",
            "-q -c 2 -p 1000 V4",
            "-e -q -c 1 -t 1000 V4",
            "-D -c 2 -p 1000 V4",
            "-o -c 1 -t 1000 V4",
            "-s -t 2000 V4",
            "-s -q -c 1 -t 1000 V4",
            "-t 2000 -x 1 V4",
            "-t 2000 -x 2 V4",
            "-t 2000 -b 0 V4",
            "-b 12 -c 1 V4",
            "-b 1000 -c 1 V4",
            "-R -q -c 1 V4",
            "-Q 3 -p 1200 -c 4 V4",
            "-t 2000 -H 3 -O 2 -M V4",
            "-4 V6",
            "-6 V4",
            "-t 2000 -g 198.51.100.2/31",
        ],
        Host::echo,
    ),
    (
        "loses_the_second",
        &[
            "-c 3 -p 2000 -t 1000 V4",
            "-C 3 -p 2000 -t 1000 V4",
            "-q -c 3 -p 1500 -t 1000 -o V4",
            "-q -C 3 -p 1500 -t 1000 V4",
        ],
        || Host::losing(1),
    ),
    (
        "elsewhere",
        &[
            "-c 1 -t 1000 V4",
            "-C 2 -q -p 1000 V4",
            "-a V4",
            "-e V4",
            "-c 1 -t 1000 224.0.0.9",
            "-c 1 -t 1000 ff05::9",
        ],
        || {
            Host::start(|request| {
                let mut reply = Reply::to(request);
                reply.source = if request.source.is_ipv4() {
                    OTHER4
                } else {
                    OTHER6
                };
                vec![reply.packet()]
            })
        },
    ),
    (
        "names",
        &[
            "-n V4",
            "-d -A V4",
            "-n -c 1 -t 1000 V4 X",
            "-d -a V6",
            "-A V4 V6",
        ],
        Host::echo,
    ),
    (
        "silent",
        &[
            "-r 1 -t 40 V4",
            "-u -r 0 -t 40 V4",
            "-a -r 0 -t 40 V4",
            "-e -r 0 -t 40 V4 X",
            "-c 2 -p 60 -t 40 V4",
            "-C 2 -q -p 60 -t 40 V4 X",
            "-s -r 1 -t 40 V4",
            "-x 1 -r 0 -t 40 V4",
        ],
        Host::silent,
    ),
    (
        "unreachable",
        &[
            "-c 2 -p 600 -t 1000 V4",
            "-C 2 -q -p 600 -t 1000 V4",
            "-r 0 -t 1000 V4",
        ],
        || Host::start(|request| vec![Complaint::about(request, ROUTER4, 3, 1).packet()]),
    ),
];

pub(crate) fn trials() -> Vec<Trial> {
    SCENARIOS
        .into_iter()
        .map(|(name, lines, start)| {
            let trial = rping_trial(&format!("fping::differential_{name}"), move || {
                link::create();
                for line in lines {
                    compare(line, start);
                }
            });
            let ignored = trial.has_ignored_flag() || peer().is_none();
            trial.with_ignored_flag(ignored)
        })
        .collect()
}

fn peer() -> Option<PathBuf> {
    ["/usr/bin/fping", "/usr/sbin/fping"]
        .map(PathBuf::from)
        .into_iter()
        .find(|path| {
            path.canonicalize()
                .is_ok_and(|path| !path.to_string_lossy().contains("rping"))
        })
}

fn compare(line: &str, start: fn() -> Host) {
    let words = line.split(' ').map(|word| match word {
        "V4" => HOST4.to_string(),
        "V6" => HOST6.to_string(),
        "X" => OTHER4.to_string(),
        word => word.to_owned(),
    });
    let line = words.collect::<Vec<_>>().join(" ");
    let host = start();
    let theirs = program(&peer().unwrap(), &line).run();
    drop(host);
    let host = start();
    let ours = fping(&line).run();
    drop(host);
    let several = line.contains(&format!("{HOST4} {HOST6}")) || line.contains("-g ");
    let [ours, theirs] = [ours, theirs].map(|output| {
        let output = masked(&output);
        if several { by_target(output) } else { output }
    });
    same(&ours, &theirs, &format!("rping {line}"), "fping");
}

/// Sorts lines by target: of replies to probes sent at once, either may be read first.
fn by_target(output: Output) -> Output {
    let mut lines: Vec<&str> = output.stdout.split_inclusive('\n').collect();
    lines.sort_by_key(|line| line.split(' ').next());
    let stdout = lines.concat();
    Output { stdout, ..output }
}
