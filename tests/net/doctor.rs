//! `--doctor` in namespaces with different rights.

use crate::lines::Schema;
use crate::link;
use crate::namespace::{self, rping_trial};
use crate::run::{Output, Run, named, program};
use crate::sandbox;
use libtest_mimic::Trial;
use std::fs;

const RAW: &str = "raw socket   IPv4 and IPv6 ";
const PING: &str = "ping socket  IPv4 and IPv6 ";

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        rping_trial("doctor::agrees_with_what_a_run_can_do", || {
            for (asks, runs) in [
                (doctor(), named("rping", "-c 1 127.0.0.1")),
                (
                    doctor().without_raw(),
                    named("rping", "-c 1 127.0.0.1").without_raw(),
                ),
            ] {
                let (told, ran) = (asks.run(), runs.run());
                assert_eq!(told.code == 0, ran.code == 0, "{told:?}\n{ran:?}");
                assert_eq!(told.stderr, "", "{told:?}");
            }
        }),
        rping_trial("doctor::without_sockets_says_what_would_help", || {
            let output = doctor().without_raw().run();
            assert_eq!(output.code, 1, "{output:?}");
            has(
                &output,
                &format!("problem  {RAW}not permitted: CAP_NET_RAW is not in the bounding set\n"),
            );
            has(&output, "--cap-add NET_RAW");
            has(
                &output,
                &format!("problem  {PING}not permitted: net.ipv4.ping_group_range is 1 0"),
            );
            has(
                &output,
                "problem  result       rping cannot ping: one of the changes above is enough\n",
            );
        })
        .with_ignored_flag(sandbox::in_user_namespace()),
        rping_trial("doctor::ping_sockets_are_enough", || {
            namespace::allow_ping_sockets();
            let output = doctor().without_raw().run();
            assert_eq!(output.code, 0, "{output:?}");
            has(&output, &format!("ok       {PING}permitted"));
            has(
                &output,
                "rping can ping: IPv4 (ping socket) and IPv6 (ping socket)\n",
            );
        }),
        rping_trial("doctor::user_without_rights_is_told_both_commands", || {
            let output = doctor().by_nobody().run();
            assert_eq!(output.code, 1, "{output:?}");
            has(
                &output,
                "rights       user 65534, group 65534, without CAP_NET_RAW\n",
            );
            has(&output, "change: sudo setcap cap_net_raw=p /");
            has(
                &output,
                "change: sudo sysctl net.ipv4.ping_group_range='0 2147483647'\n",
            );
            // The second command helps.
            namespace::allow_ping_sockets();
            assert_eq!(doctor().by_nobody().run().code, 0);
        })
        .with_ignored_flag(sandbox::in_user_namespace()),
        rping_trial("doctor::file_with_the_capability_is_told", || {
            let run = || program(&sandbox::capable_program("rping").unwrap(), "--doctor");
            let output = run().by_nobody().run();
            assert_eq!(output.code, 0, "{output:?}");
            has(&output, " has cap_net_raw=p\n");
            has(&output, &format!("ok       {RAW}permitted\n"));
            let output = run().by_nobody_without_raw().run();
            assert_eq!(output.code, 1, "{output:?}");
            has(&output, " has cap_net_raw=p\n");
            has(&output, "CAP_NET_RAW is not in the bounding set");
        })
        .with_ignored_flag(sandbox::capable_program("rping").is_none()),
        rping_trial("doctor::setuid_program_is_told_its_user", || {
            let output = program(&sandbox::setuid_program(), "--doctor")
                .by_nobody()
                .run();
            assert_eq!(output.code, 0, "{output:?}");
            has(&output, "warning  program      /");
            has(&output, "is setuid root");
            has(&output, "user 65534,");
        })
        .with_ignored_flag(sandbox::in_user_namespace()),
        rping_trial("doctor::network_of_another_user_namespace_is_told", || {
            let output = doctor().in_foreign_network().run();
            assert_eq!(output.code, 1, "{output:?}");
            has(&output, "rights       root in a user namespace,");
            has(&output, "CAP_NET_RAW, but not over this network");
            has(&output, "change: on the host: sudo sysctl ");
        })
        .with_ignored_flag(!sandbox::may_make_user_namespaces()),
        rping_trial("doctor::families_are_told_by_their_routes", || {
            let output = doctor().run();
            has(
                &output,
                "warning  IPv4         no route beyond networks of this host: Network is unreachable\n",
            );
            link::create();
            namespace::set("ipv6/conf/all/disable_ipv6", "1");
            let output = doctor().run();
            has(
                &output,
                "warning  IPv6         switched off: net.ipv6.conf.all.disable_ipv6 is 1\n",
            );
        }),
        rping_trial("doctor::json_is_one_object_of_the_schema", || {
            let output = named("rping", "--doctor --json").run();
            let schema = Schema::new(&named("rping", "--generate schema").run().stdout);
            let lines: Vec<_> = output
                .stdout
                .lines()
                .map(|line| schema.read(line))
                .collect();
            let [doctor] = &lines[..] else {
                panic!("{output:?}");
            };
            assert_eq!(doctor["can_ping"], output.code == 0);
            let findings = doctor["findings"].as_array().unwrap();
            assert_eq!(findings.last().unwrap()["topic"], "result");
        }),
        rping_trial(
            "doctor::error_about_permissions_points_to_it_under_the_name_rping_only",
            || {
                for targets in ["127.0.0.1", "127.0.0.1 ::1"] {
                    let line = named("rping", &format!("-c 1 {targets}"))
                        .without_raw()
                        .run()
                        .stderr;
                    assert!(line.ends_with("; rping --doctor tells more\n"), "{line}");
                    assert_eq!(line.lines().count(), 1, "{line}");
                }
                let line = named("ping", "-c 1 127.0.0.1").without_raw().run().stderr;
                assert!(!line.contains("--doctor"), "{line}");
            },
        ),
        rping_trial("doctor::sends_no_packet", || {
            let before = sent();
            assert_eq!(doctor().run().code, 0);
            assert_eq!(sent(), before);
            // Checks that pings are counted.
            assert_eq!(named("rping", "-c 1 127.0.0.1").run().code, 0);
            assert_ne!(sent(), before);
        }),
    ]
}

fn doctor() -> Run<'static> {
    named("rping", "--doctor")
}

#[track_caller]
fn has(output: &Output, text: &str) {
    assert!(output.stdout.contains(text), "{text}: {output:?}");
}

/// The kernel's counters of ICMP and UDP in this namespace.
fn sent() -> Vec<String> {
    let table = |name: &str| fs::read_to_string(format!("/proc/thread-self/net/{name}")).unwrap();
    let tables = [table("snmp"), table("snmp6")].concat();
    let kinds = ["Icmp: ", "Udp: ", "Icmp6OutMsgs", "Udp6OutDatagrams"];
    let is_sent = |line: &&str| kinds.iter().any(|kind| line.starts_with(kind));
    tables.lines().filter(is_sent).map(str::to_owned).collect()
}
