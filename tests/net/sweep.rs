//! `--sweep-size`: probes of growing size, and what the size costs.

use crate::host::Host;
use crate::json::schema;
use crate::link::{self, HOST4, HOST6};
use crate::namespace::{self, rping_trial};
use crate::run::named;
use libtest_mimic::Trial;

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        rping_trial("sweep::each_size_is_sent_in_each_round", || {
            link::create();
            namespace::allow_ping_sockets();
            for target in [HOST4, HOST6] {
                for is_raw in [true, false] {
                    let host = Host::echo();
                    let run = named(
                        "rping",
                        &format!("--sweep-size 16:76:20 -c 3 -i 0.01 -W 10 {target}"),
                    );
                    let run = if is_raw { run } else { run.without_raw() };
                    let output = run.run();
                    assert_eq!(output.code, 0, "{output:?}");
                    let sizes: Vec<usize> = host
                        .finish()
                        .iter()
                        .map(|request| request.data.len())
                        .collect();
                    assert_eq!(sizes, [16, 36, 56, 76].repeat(3));
                    let first = format!("PING {target} ({target}) 16 to 76 bytes of data.\n");
                    assert!(output.stdout.starts_with(&first), "{output:?}");
                    let heading = "\n16 to 76 octets of data in steps of 20, 3 rounds:\n  size   sent   lost    min ms    p50 ms\n";
                    assert!(output.stdout.contains(heading), "{output:?}");
                    for size in [16, 36, 56, 76] {
                        let row = format!("\n{size:6}      3      0 ");
                        assert!(output.stdout.contains(&row), "{output:?}");
                    }
                    // Which of the two lines depends on the machine.
                    let has_fit = output.stdout.contains("\nestimate: ");
                    assert_ne!(
                        has_fit,
                        output
                            .stdout
                            .contains("\nno fit: the shortest round trips do not grow ")
                    );
                    assert!(!output.stdout.contains("lost more often"), "{output:?}");
                }
            }
        }),
        rping_trial("sweep::sizes_that_vanish_are_told", || {
            link::create();
            let _host = Host::start(|request| {
                if request.data.len() < 100 {
                    vec![request.echo()]
                } else {
                    vec![]
                }
            });
            let arguments = format!("--sweep-size 20:120:20 -c 5 -i 0.01 -W 0.2 {HOST4}");
            let output = named("rping", &format!("-q {arguments}")).run();
            assert_eq!(output.code, 0, "{output:?}");
            let told =
                "\n100 to 120 octets are lost more often: 10 of 10, of the other sizes 0 of 20\n";
            assert!(output.stdout.contains(told), "{output:?}");
            assert!(
                output
                    .stdout
                    .contains("\n   100      5      5         -         -\n"),
                "{output:?}"
            );
            let lines =
                schema().read_run(&named("rping", &format!("--json {arguments}")).run().stdout);
            let sweep = lines.iter().find(|line| line["event"] == "sweep").unwrap();
            let lost: Vec<_> = sweep["sizes"]
                .as_array()
                .unwrap()
                .iter()
                .map(|size| {
                    (
                        size["data_bytes"].as_u64(),
                        size["lost"].as_u64(),
                        size["lost_more"].as_bool(),
                    )
                })
                .collect();
            let expected = [20, 40, 60, 80, 100, 120].map(|size| {
                let is_lost = size >= 100;
                (Some(size), Some(if is_lost { 5 } else { 0 }), Some(is_lost))
            });
            assert_eq!(lost, expected);
            assert!(sweep["fit"]["per_1000_bytes_ms"].is_number(), "{sweep}");
        }),
        rping_trial(
            "sweep::without_an_answer_there_is_no_fit_and_the_code_is_1",
            || {
                link::create();
                let _host = Host::silent();
                let output = named(
                    "rping",
                    &format!("--sweep-size 20:60:20 -c 1 -i 0.01 -W 0.1 {HOST4}"),
                )
                .run();
                assert_eq!(output.code, 1, "{output:?}");
                assert!(
                    output
                        .stdout
                        .ends_with("\nno fit: fewer than three sizes were answered\n"),
                    "{output:?}"
                );
            },
        ),
    ]
}
