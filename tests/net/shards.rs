//! One list on several machines.

use crate::host::Host;
use crate::link::{self, HOST6};
use crate::namespace::rping_trial;
use crate::packet::Request;
use crate::run::{Output, named};
use crate::sandbox;
use libtest_mimic::Trial;
use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::net::IpAddr;

/// The output of three shards of a list, in order.
fn three(arguments: &str) -> [Output; 3] {
    [1, 2, 3].map(|number| named("rping", &format!("--shard {number}/3 {arguments}")).run())
}

/// Targets with their counts, unordered, and the counts of all: everything that does not depend on time.
fn counted(text: &str) -> BTreeSet<String> {
    let (_, table) = text.split_once("\ntarget ").unwrap_or(("", text));
    let is_counted = |line: &&str| {
        let others = ["rtt ", "target ", "sent "];
        !others
            .iter()
            .any(|other| line.trim_start().starts_with(other))
    };
    let rows = table.lines().filter(is_counted).map(|line| {
        let line = line.split(", time ").next().unwrap();
        let words: Vec<&str> = line.split_whitespace().collect();
        // After the name: sent, received and lost.
        let is_row = words.get(1).is_some_and(|word| word.parse::<u32>().is_ok());
        let shown = if is_row { 4 } else { words.len() };
        words.get(..shown).unwrap_or(&words).join(" ")
    });
    rows.collect()
}

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = by_address();
    trials.extend(by_name().into_iter().map(|trial| {
        let ignored = trial.has_ignored_flag() || !sandbox::has_name_service();
        trial.with_ignored_flag(ignored)
    }));
    trials
}

fn by_address() -> Vec<Trial> {
    vec![
        rping_trial("shards::each_target_is_probed_by_one_shard", || {
            link::create();
            let host = Host::echo();
            let mut file = tempfile::NamedTempFile::new().unwrap();
            file.write_all(b"198.51.100.16-31\n198.51.100.20 twice\n::ffff:198.51.100.40 mapped\n")
                .unwrap();
            let path = file.path().to_str().unwrap();
            let outputs = three(&format!("--alive -q -W 10 --targets {path} {HOST6}"));
            let mut listed = BTreeSet::new();
            for output in &outputs {
                assert_eq!(output.code, 0, "{output:?}");
                for line in output.stdout.lines() {
                    assert!(listed.insert(line.to_owned()), "{outputs:?}");
                }
            }
            let mut expected: BTreeSet<String> =
                (16..=31).map(|last| format!("198.51.100.{last}")).collect();
            expected.extend(["198.51.100.40".to_owned(), HOST6.to_string()]);
            assert_eq!(listed, expected);
            assert_eq!(host.finish().len(), 18);
        }),
        rping_trial("shards::merged_shards_are_the_run", || {
            link::create();
            let _host = Host::start(|request: &Request| match request.destination {
                // One target is silent, and one loses its first probe.
                IpAddr::V4(host) if host.octets()[3] == 18 => vec![],
                IpAddr::V4(host) if host.octets()[3] == 19 && request.sequence == 1 => vec![],
                _ => vec![request.echo()],
            });
            let folder = tempfile::tempdir().unwrap();
            for detail in ["--json", "--json=summary"] {
                let line = format!("{detail} -c 2 -i 0.1 -W 1.5 198.51.100.16-24 {HOST6}");
                let mut files = Vec::new();
                for (output, number) in three(&line).iter().zip(1..) {
                    let file = folder.path().join(format!("{number}.json"));
                    fs::write(&file, &output.stdout).unwrap();
                    files.push(file.to_str().unwrap().to_owned());
                }
                let merged = named("rping", &format!("--merge {}", files.join(" "))).run();
                assert_eq!((merged.code, merged.stderr.as_str()), (1, ""));
                let whole = named("rping", &line.replacen(detail, "", 1)).run();
                assert_eq!(whole.code, 1);
                assert_eq!(counted(&merged.stdout), counted(&whole.stdout));
            }
        }),
        rping_trial(
            "shards::shard_without_targets_prints_empty_statistics_and_exits_with_0",
            || {
                link::create();
                let host = Host::echo();
                // 198.51.100.2 is in the first half.
                for line in ["-c 1 198.51.100.2", "-w 9 198.51.100.2"] {
                    let output = named("rping", &format!("--shard 2/2 {line}")).run();
                    let period = if line.starts_with("-c") {
                        ", 1 round"
                    } else {
                        ""
                    };
                    assert_eq!(
                        output.stdout,
                        format!(
                            "\
PING 0 targets, 56 data bytes, every 1 s{period}

target  sent  recv  loss %  min ms  avg ms  max ms

--- 0 targets ping statistics ---
0 of 0 targets alive
0 packets transmitted, 0 received
"
                        )
                    );
                    assert_eq!((output.code, output.stderr.as_str()), (0, ""));
                }
                let output = named("rping", "--shard 2/2 --alive --need 50% 198.51.100.2").run();
                assert_eq!(
                    output.stdout,
                    "\
--- 0 targets ping statistics ---
0 of 0 targets alive
0 packets transmitted, 0 received
"
                );
                assert_eq!((output.code, output.stderr.as_str()), (0, ""));
                assert_eq!(host.finish().len(), 0);
            },
        ),
        rping_trial(
            "shards::list_without_targets_is_an_error_in_each_shard",
            || {
                link::create();
                for output in three("--alive --exclude 198.51.100.0/24 198.51.100.2") {
                    assert_eq!(output.code, 2, "{output:?}");
                    assert!(output.stderr.contains("no targets to probe"), "{output:?}");
                }
            },
        ),
    ]
}

fn by_name() -> Vec<Trial> {
    vec![rping_trial(
        "shards::name_is_in_one_shard_with_all_its_addresses",
        || {
            link::create();
            let _host = Host::echo();
            // By their hashes router.example is in the first half, the other names in the second.
            let names = "host4.example LOCALHOST both.example HOST6.example host4.example";
            let line = |number| format!("--alive --all-addresses -n -q --shard {number}/2 {names}");
            let first = named("rping", &line(1)).run();
            assert_eq!((first.stdout.as_str(), first.code), ("::1\n127.0.0.1\n", 0));
            let second = named("rping", &line(2)).run();
            let mut listed: Vec<&str> = second.stdout.lines().collect();
            listed.sort_unstable();
            assert_eq!(
                listed,
                ["198.51.100.2", "198.51.100.2", "fd51::2", "fd51::2"],
                "{second:?}"
            );
        },
    )]
}
