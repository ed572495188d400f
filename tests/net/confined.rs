//! Every option works in a confined program.
//!
//! The tested debug build is killed by a system call that the loop's list lacks, so a correct exit code proves that all
//! were allowed.

use crate::host::Host;
use crate::link::{self, HOST4, HOST6};
use crate::namespace::rping_trial;
use crate::run::{Stream, named};
use crate::{sandbox, sys};
use libtest_mimic::Trial;
use std::collections::BTreeSet;
use std::time::Duration;
use std::{fs, thread};

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        rping_trial("confined::each_option_works", || {
            link::create();
            // One address has no host.
            let _host = Host::start(|request| match request.destination.to_string().as_str() {
                "192.0.2.1" => Vec::new(),
                _ => vec![request.echo()],
            });
            let directory = tempfile::tempdir().unwrap();
            let file = |name: &str, text: &str| {
                let path = directory.path().join(name);
                fs::write(&path, text).unwrap();
                path.to_str().unwrap().to_owned()
            };
            let targets = file("targets", "127.0.0.1 this host\n127.0.0.2\n");
            let excluded = file("excluded", "127.0.0.2\n");
            let written = file("written", "");
            let recorded = directory.path().join("recorded");
            let recorded = recorded.to_str().unwrap();
            let line = format!("--export-json {recorded} -c 1 127.0.0.1");
            assert_eq!(named("rping", &line).run().code, 0);
            let mut wrong = Vec::new();
            for (option, arguments, code) in OPTIONS {
                let arguments = arguments
                    .replace("TARGETS", &targets)
                    .replace("EXCLUDED", &excluded)
                    .replace("FILE", &written)
                    .replace("RECORDED", recorded)
                    .replace("HOST4", &HOST4.to_string())
                    .replace("HOST6", &HOST6.to_string());
                let output = named("rping", &arguments).run();
                if output.code != *code {
                    wrong.push(format!("{option}: {arguments}: not {code}: {output:?}"));
                }
            }
            assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        }),
        rping_trial("confined::each_name_is_looked_up", || {
            link::create();
            let _host = Host::echo();
            let output = named("rping", "-c 1 -H host4.example").run();
            assert!(output.stdout.contains("from host4.example ("), "{output:?}");
            let output = named("rping", "-c 1 -W 10 host4.example host6.example").run();
            assert_eq!(output.code, 0, "{output:?}");
        })
        .with_ignored_flag(sandbox::subject_is_peer() || !sandbox::has_name_service()),
        rping_trial("confined::each_signal_works", || {
            for target in ["127.0.0.1", "127.0.0.1 ::1"] {
                let run = named("rping", &format!("-v -i 0.1 {target}"));
                let run = run.signal_when(Stream::Out, " ms", libc::SIGQUIT);
                // The interrupted wait is restarted with a system call of its own.
                let run = run.when(Stream::Out, " ms", |pid| {
                    sys::signal(pid, libc::SIGSTOP);
                    thread::sleep(Duration::from_millis(20));
                    sys::signal(pid, libc::SIGCONT);
                });
                let run = run.signal_when(Stream::Out, " ms", libc::SIGINT);
                let output = run.run();
                assert!(output.code < 2, "{output:?}");
            }
        }),
        rping_trial("confined::the_table_has_each_option", || {
            let help = named("rping", "--help").run().stdout;
            let names = |text: &str| -> Vec<String> {
                let names = text.trim_start().split("  ").next().unwrap().split(", ");
                names
                    .map(|name| name.split(' ').next().unwrap().to_owned())
                    .collect()
            };
            let known: BTreeSet<String> = OPTIONS
                .iter()
                .flat_map(|(option, ..)| names(option))
                .collect();
            let mut options = 0;
            for line in help
                .lines()
                .filter(|line| line.trim_start().starts_with('-'))
            {
                for name in names(line) {
                    assert!(known.contains(&name), "the table lacks {name}");
                }
                options += 1;
            }
            assert!(options > 50, "only {options} options in the help");
        }),
    ]
}

/// Each option by its names in the help, a run with it, and the exit code.
const OPTIONS: &[(&str, &str, i32)] = &[
    ("-j, --json[=<WHAT>]", "--json -c 1 127.0.0.1", 0),
    ("--targets", "--targets TARGETS -c 1", 0),
    ("--down-after", "--down-after 1 -c 1 -W 0.1 192.0.2.1", 1),
    (
        "--until-down[=<N>]",
        "--until-down=1 -i 0.1 -W 0.1 192.0.2.1",
        0,
    ),
    ("--until-up[=<N>]", "--until-up=2 -i 0.1 127.0.0.1", 0),
    ("--window", "--window 1 -c 2 -i 0.1 127.0.0.1 127.0.0.2", 0),
    ("--replay", "--replay RECORDED", 0),
    ("--speed", "--replay RECORDED --speed 1000", 0),
    (
        "--resolve-every",
        "--resolve-every 1 -c 12 -i 0.1 localhost",
        0,
    ),
    ("--pmtu", "--pmtu 127.0.0.1 ::1", 0),
    ("--expect", "--pmtu --expect 65536 127.0.0.1", 1),
    ("--doctor", "--doctor", 0),
    ("--icmp-timestamp", "--icmp-timestamp -c 1 127.0.0.1", 0),
    (
        "--sweep-size",
        "--sweep-size 16:80:32 -c 2 -i 0.01 127.0.0.1",
        0,
    ),
    ("--exclude", "--exclude 127.0.0.2 -c 1 127.0.0.0/30", 0),
    (
        "--exclude-file",
        "--exclude-file EXCLUDED -c 1 127.0.0.0/30",
        0,
    ),
    ("--all-addresses", "--all-addresses -c 1 127.0.0.1 ::1", 0),
    (
        "--whole-networks",
        "--whole-networks -c 1 -W 10 127.0.0.0/30",
        0,
    ),
    (
        "--random-order",
        "--random-order -c 2 -i 0.1 -W 10 127.0.0.0/24",
        0,
    ),
    ("--limit", "--limit 4 -c 1 127.0.0.1 127.0.0.2", 0),
    ("--shard", "--shard 1/2 -c 1 127.0.0.0/28", 0),
    ("--skip-bad", "--skip-bad -c 1 127.0.0.1 a..b", 0),
    ("--rate", "--rate max -c 3 -i 0.1 -W 10 127.0.0.0/22", 0),
    ("--alive", "--alive HOST4 HOST6 127.0.0.1", 0),
    ("--dead", "--dead -W 0.1 127.0.0.1 192.0.2.1", 1),
    ("--retries", "--alive --retries 1 -W 0.1 192.0.2.1", 1),
    ("--need", "--alive --need 50% 127.0.0.1 192.0.2.1", 0),
    (
        "--sort",
        "--sort rtt -c 2 -i 0.1 -W 10 127.0.0.1 127.0.0.2 ::1",
        0,
    ),
    (
        "--summary-every",
        "--summary-every 0.1 -c 4 -i 0.1 -W 10 127.0.0.1 ::1",
        0,
    ),
    (
        "--export-json",
        "--export-json FILE -c 2 -i 0.1 -W 10 HOST4 ::1",
        0,
    ),
    (
        "--export-csv",
        "--export-csv - -c 2 -i 0.1 -W 10 HOST4 ::1",
        0,
    ),
    (
        "--export-csv-summary",
        "--export-csv-summary FILE -c 2 -i 0.1 -W 10 HOST4 ::1",
        0,
    ),
    (
        "--export-openmetrics",
        "--export-openmetrics FILE -c 4 -i 0.1 -W 10 HOST4 ::1",
        0,
    ),
    ("--export-influx", "--export-influx FILE -c 1 ::1", 0),
    (
        "--export-every",
        "--export-every 0.1 --export-openmetrics FILE -c 5 -i 0.1 -W 10 ::1",
        0,
    ),
    ("--merge", "--merge RECORDED", 0),
    ("--as", "--as fping -c 1 127.0.0.1", 0),
    ("-c, --count", "-c 2 -i 0.01 -W 10 127.0.0.1", 0),
    ("-o, --until-reply", "-o HOST4", 0),
    ("-i, --interval", "-i 0 -W 10 -c 50 127.0.0.1", 0),
    ("-f, --flood", "-f -c 2000 -W 10 127.0.0.1", 0),
    ("-A, --adaptive", "-A -c 9 -W 10 HOST6", 0),
    ("-l, --preload", "-l 9 -c 20 -i 0.01 -W 10 ::1", 0),
    ("-s, --size", "-s 65000 -c 2 -i 0.01 -W 10 127.0.0.1", 0),
    ("-p, --pattern", "-p ff00 -c 1 127.0.0.1", 0),
    ("-e, --identifier", "-e 4660 -c 1 127.0.0.1", 0),
    (
        "--first-sequence",
        "--first-sequence 65535 -c 2 -i 0.01 -W 10 127.0.0.1",
        0,
    ),
    ("-N, --node-information", "-N name -c 1 -W 0.1 ::1", 1),
    ("-W, --timeout", "-W 0.1 -c 2 -i 0.1 192.0.2.1", 1),
    ("-w, --deadline", "-w 2 -i 0.1 HOST4", 0),
    ("-4, --ipv4", "-4 -c 1 localhost", 0),
    ("-6, --ipv6", "-6 -c 1 ::1", 0),
    ("-I, --interface", "-I lo -I 127.0.0.1 -c 1 127.0.0.1", 0),
    ("-B, --sticky-source", "-B -c 1 127.0.0.1", 0),
    ("-t, --ttl", "-t 9 -c 1 127.0.0.1", 0),
    ("-Q, --tos", "-Q ef -c 1 ::1", 0),
    ("-M, --pmtudisc", "-M do -s 2000 -c 2 -i 0.1 HOST4", 1),
    ("-F, --flow-label", "-F 0 -c 1 HOST6", 0),
    ("-b, --broadcast", "-b -c 1 -W 0.1 127.255.255.255", 1),
    ("-L, --no-loopback", "-L -I lo -c 1 -W 0.1 224.0.0.1", 1),
    ("-r, --bypass-routing", "-r -c 1 127.0.0.1", 0),
    ("--via", "--via 127.0.0.1 -c 1 -W 0.1 127.0.0.1", 1),
    ("-R, --record-route", "-R -c 1 127.0.0.1", 0),
    ("-T, --ip-timestamp", "-T tsandaddr -c 1 127.0.0.1", 0),
    ("--socket", "--socket raw -c 1 ::1", 0),
    ("-C, --connect", "-C -c 1 127.0.0.1", 0),
    ("-m, --mark", "-m 7 -c 1 127.0.0.1", 0),
    ("-S, --send-buffer", "-S 100000 -c 1 127.0.0.1", 0),
    ("--clock", "--clock kernel -f -c 200 -W 10 127.0.0.1", 0),
    ("-U, --user-time", "-U -c 1 127.0.0.1", 0),
    ("-d, --debug-socket", "-d -c 1 127.0.0.1", 0),
    ("-q, --quiet", "-q -c 1 HOST4", 0),
    ("-v, --verbose", "-v -c 1 HOST4", 0),
    ("-n, --numeric", "-n -c 1 127.0.0.1", 0),
    ("-H, --resolve", "-H -c 2 -i 0.1 -W 10 HOST4", 0),
    ("-O, --outstanding", "-O -c 2 -i 0.1 -W 0.2 192.0.2.1", 1),
    ("--histogram", "--histogram -c 9 -i 0.01 -W 10 127.0.0.1", 0),
    ("-D, --timestamps", "-D -c 1 127.0.0.1", 0),
    ("-3, --full-precision", "-3 -c 1 127.0.0.1", 0),
    ("-a, --audible", "-a -c 1 127.0.0.1", 0),
    ("--color", "--color always -c 2 -i 0.1 -W 10 127.0.0.1", 0),
    ("--fail-if", "--fail-if min<1s -c 1 127.0.0.1", 1),
    // With a terminal: see the trials of the view.
    ("--live", "--live -c 1 127.0.0.1", 2),
    ("--ascii", "--live --ascii -c 1 127.0.0.1", 2),
    ("--scale", "--live --scale 0:1 -c 1 127.0.0.1", 2),
    ("-h, --help", "-h", 0),
    ("-V, --version", "-V", 0),
    ("--generate", "--generate man", 0),
];
