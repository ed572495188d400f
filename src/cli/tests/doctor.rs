//! `--doctor`.

use super::*;
use crate::config::Doctor;

fn doctor(line: &str) -> Doctor {
    match parse_in(line, &root()) {
        Ok(Command::Doctor(doctor)) => doctor,
        other => panic!("{line}: {other:?}"),
    }
}

#[test]
fn doctor_takes_json_and_colours() {
    assert!(!doctor("rping --doctor").json);
    assert!(doctor("rping --doctor --json").json);
    assert!(doctor("rping -j --doctor").json);
    assert!(doctor("rping --doctor --color always").colour);
    assert!(!doctor("rping --doctor --color never").colour);
}

#[test]
fn what_is_about_a_run_is_refused_with_doctor() {
    for (line, expected) in [
        ("rping --doctor -c 3", "--count does not work with --doctor"),
        ("rping -6 --doctor", "--ipv6 does not work with --doctor"),
        (
            "rping --doctor --merge a",
            "--merge does not work with --doctor",
        ),
        (
            "rping --doctor --replay a",
            "--replay does not work with --doctor",
        ),
        (
            "rping 192.0.2.1 --doctor",
            "--doctor probes nothing: leave out 192.0.2.1",
        ),
        ("rping --doctor --json=all", "use --json"),
        ("rping --doctor --json=summary", "use --json"),
        ("ping --doctor", "--doctor works only under the name rping"),
    ] {
        let refusal = parse_in(line, &root()).unwrap_err().to_string();
        assert!(refusal.contains(expected), "{line}: {refusal}");
    }
}
