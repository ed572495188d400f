//! `--json` with every compatible option, against a misbehaving host: each line is valid, and the outcomes add up.

use std::collections::BTreeSet;

use crate::host::Host;
use crate::json::schema;
use crate::lines::Schema;
use crate::link::{self, HOST4, HOST6, ROUTER4, ROUTER6};
use crate::namespace::{allow_ping_sockets, rping_trial};
use crate::packet::{Complaint, Request};
use crate::run::named;
use libtest_mimic::Trial;
use serde_json::Value;

/// Options by their long names. A command line without count, interval and timeout is completed with [`PACE`].
const LINES: &[&str] = &[
    "--ipv4 HOST4",
    "--ipv6 HOST6",
    "--adaptive HOST4",
    "--sticky-source HOST6",
    "--connect HOST4",
    "--timestamps --full-precision --numeric --color never HOST4",
    "--verbose HOST4",
    "--flow-label 5 HOST6",
    "--interface v0 HOST4",
    "--no-loopback HOST6",
    "--pmtudisc do --size 9000 HOST4",
    "--pmtudisc want --size 3000 HOST6",
    "--tos ef HOST4",
    "--tos 255 HOST6",
    "--send-buffer 10000 HOST4",
    "--user-time HOST4",
    "--broadcast HOST4",
    "--debug-socket HOST4",
    "--identifier 77 HOST4",
    "--flood --preload 3 HOST4",
    "--mark 7 HOST6",
    "--until-reply HOST4",
    "--pattern ff HOST4",
    "--bypass-routing HOST6",
    "--size 4 HOST4",
    "--ttl 9 HOST6",
    "--deadline 0.1 HOST4",
    "--first-sequence 65535 HOST4",
    "--via 198.51.100.9 HOST4",
    "--clock wire HOST4",
    "--clock user HOST6",
    "--socket ping HOST4",
    "--socket ping HOST6",
    "--fail-if loss>1% --fail-if p99>1us HOST4",
    "--export-json /dev/null --export-csv /dev/./null HOST4",
    "--export-csv-summary /dev/null --export-influx /dev/./null HOST4 HOST6",
    "--export-openmetrics /dev/null --export-every 1 HOST4",
    "--count 1 --interval 0.01 --timeout 5 198.51.100.2",
    "HOST4 HOST6 198.51.100.9 127.0.0.1",
    "--targets /dev/null --skip-bad HOST4 256.1.1.1",
    "--exclude 198.51.100.5 --exclude-file /dev/null 198.51.100.2-9",
    "--all-addresses --random-order HOST4 HOST6",
    "--whole-networks --limit 16 198.51.100.0/28",
    "--shard 1/2 198.51.100.2-9",
    "--rate 500 HOST4 HOST6",
    "--down-after 1 HOST4 HOST6",
    "--window 5 --until-down HOST4",
    "--until-up HOST4 HOST6",
    "--resolve-every 1 HOST4 HOST6",
    "--summary-every 0.1 --count 5 --interval 0.05 --timeout 0.05 HOST4 HOST6",
    "--sweep-size 16:80:32 HOST4",
    "--sweep-size 24:824:200 HOST6",
    "--alive --retries 1 --timeout 0.02 198.51.100.2-9 HOST6",
    "--dead --retries 0 --timeout 0.02 198.51.100.2-9",
    "--alive --need 1 --rate max --timeout 0.02 198.51.100.2-9",
];

/// Long enough for all misbehaviour of the host.
const PACE: &str = "--count 5 --interval 0.005 --timeout 0.05";

/// Options about text, rejected with `--json`.
const REFUSED: [&str; 9] = [
    "quiet",
    "audible",
    "outstanding",
    "resolve",
    "record-route",
    "ip-timestamp",
    "node-information",
    "histogram",
    "sort",
];

/// Options without a run of probes with `--json`, or with trials elsewhere.
const NO_RUN: [&str; 15] = [
    "as",
    "ascii",
    "doctor",
    "expect",
    "generate",
    "help",
    "icmp-timestamp",
    "json",
    "live",
    "merge",
    "pmtu",
    "replay",
    "scale",
    "speed",
    "version",
];

/// Answers, answers twice, sends an error, answers wrongly, and is silent.
fn tricks(request: &Request) -> Vec<Vec<u8>> {
    let router = if request.source.is_ipv4() {
        ROUTER4
    } else {
        ROUTER6
    };
    match request.sequence % 5 {
        1 => vec![request.echo()],
        2 => vec![request.echo(), request.echo()],
        3 => vec![
            Complaint::about(request, router, if router.is_ipv4() { 3 } else { 1 }, 1).packet(),
        ],
        4 => {
            let mut forged = request.clone();
            forged
                .data
                .iter_mut()
                .take(16)
                .for_each(|octet| *octet ^= 0xff);
            vec![forged.echo()]
        }
        _ => vec![],
    }
}

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials: Vec<Trial> = ["--json", "--json=all", "--json=summary"]
        .into_iter()
        .map(|detail| {
            let name = format!(
                "json::each_option_gives_lines_that_validate{}",
                detail.replacen("--json", "", 1).replace('=', "_")
            );
            rping_trial(&name, move || with_each_option(detail))
        })
        .collect();
    trials.push(rping_trial("json::each_option_is_tried_or_refused", || {
        let help = named("rping", "--help").run().stdout;
        let words = help
            .split_whitespace()
            .filter_map(|word| word.strip_prefix("--"));
        let trimmed = |word: &str| {
            let end = word.find(|c: char| !c.is_ascii_alphanumeric() && c != '-');
            word[..end.unwrap_or(word.len())].to_owned()
        };
        let known: BTreeSet<String> = words.map(trimmed).filter(|word| !word.is_empty()).collect();
        assert!(known.len() > 50, "{known:?}");
        let lines = LINES.join(" ") + " " + PACE;
        for option in known {
            let is_tried = lines
                .split(' ')
                .any(|word| word.strip_prefix("--") == Some(&option));
            let is_known = is_tried || REFUSED.contains(&&*option) || NO_RUN.contains(&&*option);
            assert!(
                is_known,
                "no line of tests/net/json_options.rs has --{option}"
            );
        }
    }));
    trials
}

fn with_each_option(detail: &str) {
    link::create();
    allow_ping_sockets();
    let _host = Host::start(tricks);
    let schema = schema();
    for line in LINES {
        let is_of_events = ["--summary-every", "--down-after"]
            .iter()
            .any(|option| line.contains(option));
        if detail == "--json=summary" && is_of_events {
            continue;
        }
        let pace = if line.contains("--timeout") { "" } else { PACE };
        let line = line
            .replace("HOST4", &HOST4.to_string())
            .replace("HOST6", &HOST6.to_string());
        let arguments = format!("{detail} {pace} {line}");
        let arguments = arguments.split_whitespace().collect::<Vec<_>>().join(" ");
        check(&schema, detail, &arguments);
    }
}

fn check(schema: &Schema, detail: &str, arguments: &str) {
    let output = named("rping", arguments).run();
    // An invalid target is an error with a message, and the others are probed.
    assert!(output.code < 2, "{arguments}: {output:?}");
    let lines = schema.read_run(&output.stdout);
    let end = lines.last().unwrap();
    assert_eq!(end["exit_code"], output.code, "{arguments}");
    let number = |field: &str| end[field].as_u64().unwrap();
    let ends = ["received", "lost", "rejected", "suspended", "in_flight"];
    assert_eq!(
        ends.map(number).iter().sum::<u64>(),
        number("sent"),
        "{arguments}: {end}"
    );
    let told = |event: &str| {
        let of_event = |line: &&Value| line["event"] == event;
        lines.iter().filter(of_event).count() as u64
    };
    let is_alive = arguments.contains("--alive") || arguments.contains("--dead");
    let has_outcomes = match detail {
        "--json=summary" => false,
        "--json" => !is_alive,
        _ => true,
    };
    if !has_outcomes {
        return;
    }
    assert_eq!(told("dropped"), 0, "{arguments}");
    for (event, field) in [
        ("reply", "received"),
        ("lost", "lost"),
        ("rejected", "rejected"),
        ("not_sent", "not_sent"),
        ("suspended", "suspended"),
        ("late", "late"),
        ("duplicate", "duplicates"),
        ("bad_token", "bad_token"),
        ("icmp_error", "icmp_errors"),
    ] {
        assert_eq!(
            told(event),
            number(field),
            "{arguments}: {event}: {}",
            output.stdout
        );
    }
    if detail == "--json=all" {
        assert_eq!(told("sent"), number("sent"), "{arguments}");
    }
}
