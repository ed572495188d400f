//! `--pmtu` and its options.

use super::*;
use crate::config::PathMtuDiscovery;
use crate::config::many::Spacing;

#[test]
fn path_mtu_is_searched_for_one_target_and_for_many() {
    for line in [
        "rping --pmtu h",
        "rping --pmtu a b",
        "rping --pmtu 192.0.2.0/24",
    ] {
        let config = many(line);
        let plan = config.plan.path_mtu.unwrap();
        assert_eq!((plan.expected, plan.timeout), (None, None), "{line}");
        assert_eq!(plan.spacing, Spacing::at_most(Some(1000)));
        let discovery = config.socket.path_mtu_discovery;
        assert_eq!(discovery, Some(PathMtuDiscovery::Probe), "{line}");
        assert_eq!(config.message.size, 40);
    }
    let config = many("rping --pmtu --expect 1400 -W 0.5 -w 9 --rate 100 h");
    let plan = config.plan.path_mtu.unwrap();
    assert_eq!(plan.expected, Some(1400));
    assert_eq!(plan.timeout, Some(milliseconds(500)));
    assert_eq!(plan.deadline, Some(milliseconds(9000)));
    assert_eq!(plan.spacing, Spacing::at_most(Some(100)));
    assert_eq!(many("rping --rate 9 h").plan.path_mtu, None);
}

#[test]
fn what_belongs_to_another_question_is_refused() {
    for option in [
        "-c 1",
        "-i 1",
        "-f",
        "-A",
        "-l 2",
        "-o",
        "-s 9",
        "-M do",
        "-t 3",
        "-b",
        "-N name",
        "-R",
        "-T tsonly",
        "--via h",
        "--clock user",
        "-U",
        "--histogram",
        "--fail-if loss>1%",
        "-O",
        "-a",
        "--alive",
        "--dead",
        "--retries 1",
        "--need 1",
        "--sort loss",
        "--summary-every 1",
        "--down-after 2",
        "--until-down",
        "--until-up=2",
        "--resolve-every 60",
        "--export-csv f",
        "--export-csv-summary f",
        "--export-openmetrics f",
        "--export-influx f",
    ] {
        let name = option.split([' ', '=']).next().unwrap();
        let text = refused(&format!("rping --pmtu {option} h"));
        let start = format!("usage error: {name} does not work with --pmtu: ");
        assert!(text.starts_with(&start), "{text}");
    }
    for (line, text) in [
        (
            "rping --expect 1400 h",
            "usage error: --expect works only with --pmtu",
        ),
        (
            "rping --pmtu --expect 67 h",
            "--expect: invalid argument: '67': out of range: 68 <= value <= 65575",
        ),
        (
            "rping --pmtu -W 0 h",
            "-W 0 (no timeout) does not work with --pmtu: silence has to mean something",
        ),
        (
            "ping --pmtu h",
            "usage error: --pmtu works only under the name rping",
        ),
    ] {
        assert_eq!(refused(line), text);
    }
}

#[test]
fn what_shapes_the_result_or_the_way_is_taken() {
    for option in [
        "-q",
        "-v",
        "-n",
        "-D",
        "-3",
        "--json",
        "--json=summary",
        "--export-json f",
        "-Q ef",
        "-m 1",
        "-I eth0",
        "-r",
        "-e 5",
        "-p ff",
        "-S 9000",
        "--socket ping",
        "--targets f",
        "--exclude 192.0.2.1",
        "--random-order",
        "--all-addresses",
        "--shard 1/2",
        "--first-sequence 7",
    ] {
        assert!(
            many(&format!("rping --pmtu {option} h"))
                .plan
                .path_mtu
                .is_some()
        );
    }
}
