//! One list on several machines.

use crate::host::Host;
use crate::link::{self, HOST6};
use crate::namespace::rping_trial;
use crate::run::{Output, named};
use crate::sandbox;
use libtest_mimic::Trial;
use std::collections::BTreeSet;
use std::io::Write as _;

/// What the shards of a list print, from the first to the last of three.
fn three(arguments: &str) -> [Output; 3] {
    [1, 2, 3].map(|number| named("rping", &format!("--shard {number}/3 {arguments}")).run())
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
            // By their hashes router.example is in the first half, host4.example, host6.example and both.example are in the second one.
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
