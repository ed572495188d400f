//! `ping -j`: the keys of iputils' master branch, in valid JSON.

use crate::host::Host;
use crate::link::{self, HOST4, ROUTER4};
use crate::namespace::trial;
use crate::packet::{Complaint, Request};
use crate::run::{Output, Stream, named};
use libtest_mimic::Trial;
use serde_json::{Map, Value, json};

#[track_caller]
fn objects(output: &Output, code: i32) -> Vec<Map<String, Value>> {
    assert_eq!(output.code, code, "{output:?}");
    let lines = output.stdout.lines();
    let objects = lines.map(|line| match serde_json::from_str(line) {
        Ok(Value::Object(object)) => object,
        other => panic!("{other:?}: {line}"),
    });
    objects.collect()
}

fn keys(object: &Map<String, Value>) -> String {
    object.keys().cloned().collect::<Vec<_>>().join(" ")
}

/// In the sorted order of the map.
const REPLY: &str = "bytes host ident info seq time timestamp ttl";
const FAILURE: &str = "error host seq timestamp";
const SUMMARY: &str =
    "corrupted duplicates errors ewma host ipg loss pipe received rtt time transmitted";

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("ping_json::replies_and_summary_have_their_keys", || {
            for target in ["127.0.0.1", "::1"] {
                let output = named("ping", &format!("-j -c 2 -i 0.1 {target}")).run();
                let objects = objects(&output, 0);
                let kinds: Vec<String> = objects.iter().map(keys).collect();
                assert_eq!(kinds, [REPLY, REPLY, SUMMARY]);
                for (object, number) in objects.iter().take(2).zip(1..) {
                    assert_eq!(object["seq"], number);
                    assert_eq!(
                        (&object["bytes"], &object["host"]),
                        (&json!(64), &json!(target))
                    );
                    assert!(object["time"].as_f64().unwrap() > 0.0);
                }
                let summary = &objects[2];
                assert_eq!(
                    (&summary["transmitted"], &summary["loss"]),
                    (&json!(2), &json!(0))
                );
                assert!(summary["rtt"]["avg"].as_f64().unwrap() > 0.0);
            }
        }),
        trial(
            "ping_json::errors_are_objects_and_a_summary_comes_without_replies",
            || {
                link::create();
                let _host = Host::start(|request: &Request| {
                    vec![Complaint::about(request, ROUTER4, 3, 13).packet()]
                });
                let output = named("ping", &format!("-j -c 1 -W 10 {HOST4}")).run();
                let objects = objects(&output, 1);
                let kinds: Vec<String> = objects.iter().map(keys).collect();
                assert_eq!(kinds, [FAILURE, SUMMARY]);
                assert_eq!(objects[0]["error"], "Packet filtered");
                assert_eq!(objects[0]["host"], ROUTER4.to_string());
                assert_eq!(
                    (&objects[1]["errors"], &objects[1]["rtt"]),
                    (&json!(1), &Value::Null)
                );
            },
        ),
        trial("ping_json::probe_that_does_not_leave_is_an_object", || {
            link::create();
            let _host = Host::echo();
            let output = named("ping", &format!("-j -c 1 -M do -s 9000 {HOST4}")).run();
            let objects = objects(&output, 1);
            assert_eq!(keys(&objects[0]), FAILURE);
            let error = objects[0]["error"].to_string();
            assert!(error.to_lowercase().contains("message too long"), "{error}");
        }),
        trial(
            "ping_json::missing_answers_duplicates_floods_and_patterns_are_valid",
            || {
                link::create();
                let _host = Host::start(|request: &Request| match request.sequence {
                    2 => vec![],
                    _ => vec![request.echo(), request.echo()],
                });
                let output =
                    named("ping", &format!("-j -O -D -c 3 -i 1.5 -W 1 -p ff {HOST4}")).run();
                let objects = objects(&output, 0);
                assert!(
                    objects
                        .iter()
                        .any(|object| object["info"] == "PATTERN: 0xff")
                );
                assert!(
                    objects
                        .iter()
                        .any(|object| object.get("info") == Some(&json!("DUP!")))
                );
                let missing = objects
                    .iter()
                    .find(|object| object.get("info") == Some(&json!("no answer yet")));
                assert_eq!(missing.unwrap()["seq"], 2);
                assert!(missing.unwrap()["timestamp"].is_f64());
                let flood = named("ping", "-j -f -c 5 127.0.0.1").run();
                let flood = self::objects(&flood, 0);
                assert_eq!(flood.len(), 1);
                assert!(flood[0]["ipg"].is_number() && flood[0]["ewma"].is_number());
            },
        ),
        trial("ping_json::interrupted_run_has_its_summary", || {
            let output = named("ping", "-j -i 0.1 127.0.0.1")
                .signal_when(Stream::Out, "\"seq\":2", libc::SIGINT)
                .run();
            assert_eq!(keys(objects(&output, 0).last().unwrap()), SUMMARY);
        }),
        trial("ping_json::version_is_an_object_behind_j", || {
            for line in ["-jV", "-j -V"] {
                let objects = objects(&named("ping", line).run(), 0);
                assert_eq!(keys(&objects[0]), "version");
            }
            assert!(
                named("ping", "-V -j")
                    .run()
                    .stdout
                    .starts_with("ping from iputils")
            );
        }),
    ]
}
