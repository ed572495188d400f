//! Validates the lines against the schema, and compares the schema with its earlier version.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::*;
use crate::event::{
    Altered, BlackHole, Finding, Fit, MtuSource, MtuVerdict, NoPathMtu, OfSize, PathMtu,
    QuotedHeader, SizeTries, State, Sweep, Tally, TooBig,
};

use crate::wire::extensions::Place;
use crate::wire::timestamp::Times;

#[path = "../../../../tests/lines/mod.rs"]
mod lines;

use lines::Schema;

/// The lines of runs that contain every event.
fn all_lines() -> String {
    let mut out = String::new();
    for alive in [false, true] {
        let mut json = json(Detail::All, Run { alive, ..run() });
        json.on(&Event::Warning("a"), 0);
        json.on(&Event::Sent(probe()), 1);
        for standing in [
            Standing::Reply,
            Standing::Late,
            Standing::Duplicate,
            Standing::BadChecksum,
            Standing::BadToken,
            Standing::Stale,
            Standing::Unexpected,
        ] {
            json.on(&Event::Answered(&answer(standing)), 2);
        }
        json.on(&Event::Answered(&with_times()), 2);
        let unreachable = Problem::V4(icmpv4::Problem::from_parts(3, 1, 0));
        json.on(&Event::Rejected(&rejection(unreachable)), 3);
        json.on(&Event::Repeated(&detailed(unreachable)), 3);
        let redirect = Problem::V4(icmpv4::Problem::from_parts(5, 1, 0xc000_0202));
        json.on(&Event::Noticed(&rejection(redirect)), 3);
        for outcome in [
            Outcome::Rejected,
            Outcome::Rejected,
            Outcome::Lost,
            Outcome::Suspended,
        ] {
            let probe = probe();
            json.on(&Event::Outcome { probe, outcome }, 4);
        }
        for reason in [None, Some(rejected_by_router())] {
            json.on(&Event::Down(&down(reason)), 4);
        }
        json.on(&Event::Up(&up()), 4);
        for what in [
            Changed::HopLimit {
                before: 64,
                after: 57,
            },
            Changed::Address {
                before: None,
                after: address("192.0.2.8"),
            },
        ] {
            json.on(&Event::Changed(&Change { target: 0, what }), 4);
        }
        for errno in [libc::ENETUNREACH, libc::EPERM] {
            let (probe, reason) = (
                probe(),
                &NotSent::Refused(io::Error::from_raw_os_error(errno)),
            );
            json.on(&Event::NotSent { probe, reason }, 4);
        }
        for row in [
            Row {
                sent: 1,
                received: 1,
                ..Row::default()
            },
            Row {
                sent: 1,
                ..Row::default()
            },
            Row::default(),
        ] {
            let (target, row) = (0, &row);
            json.on(&Event::Decided { target, row }, 5);
        }
        for found in found() {
            let (target, found) = (0, &found);
            json.on(&Event::PathMtu { target, found }, 5);
        }
        json.lines.outlet().given_up = 3;
        json.on(&Event::Status(&Summary::default(), &Known(measured())), 6);
        json.on(&Event::Finished(&Summary::default(), &Swept), 7);
        json.on(&Event::Finished(&Summary::default(), &Known(measured())), 7);
        let ended = Ended {
            ending: Ending::Complete,
            exit_code: 0,
        };
        json.on(&Event::Ended(&ended), 8);
        out += &json.out();
    }
    let finding = |state, change: Option<&str>| Finding {
        state,
        topic: "raw socket",
        text: "not permitted".to_owned(),
        change: change.map(str::to_owned),
    };
    let findings = [
        finding(State::Ok, None),
        finding(State::Warning, None),
        finding(State::Problem, Some("sudo a")),
    ];
    out += &super::super::doctor(&findings, false, UNIX_EPOCH).unwrap();
    out
}

/// A reply to an ICMP timestamp request, of a clock that is 2.5 s ahead.
fn with_times() -> Answer<'static> {
    let reply = answer(Standing::Reply);
    Answer {
        times: Some(Times {
            originate: 1000,
            receive: 3500,
            transmit: 3501,
        }),
        timing: reply.timing.map(|timing| Timing {
            round_trip: Duration::from_millis(3),
            ..timing
        }),
        ..reply
    }
}

#[test]
fn reply_has_the_clock_of_the_target_where_that_was_asked() {
    let mut json = json(Detail::Events, run());
    json.on(&Event::Answered(&with_times()), 1);
    json.on(&Event::Answered(&answer(Standing::Reply)), 1);
    let out = json.out();
    let lines: Vec<Value> = out
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .filter(|line: &Value| line["event"] == "reply")
        .collect();
    assert_eq!(
        lines[0]["peer_clock"],
        json!({
            "originate": 1000, "receive": 3500, "transmit": 3501, "offset_ms": 2499,
            "there_ms": 1, "back_ms": 1, "swapped": false,
        })
    );
    assert_eq!(lines[1]["peer_clock"], Value::Null);
}

/// Version 2 without a checksum: a label, an interface whose name is one octet of invalid UTF-8, and an unknown object.
const EXTENSIONS: [u8; 28] = [
    0x20, 0, 0, 0, 0, 8, 1, 1, 0x03, 0xe8, 0x4b, 1, 0, 8, 2, 0x82, 4, 0xff, 0, 0, 0, 8, 9, 8, 0xde,
    0xad, 0xbe, 0xef,
];

/// An error with extensions.
fn detailed(problem: Problem) -> Rejection<'static> {
    let (_, extensions) = Place::Told(0).split(&EXTENSIONS);
    Rejection {
        quoted: Some(QuotedHeader {
            hop_limit: 61,
            traffic_class: Altered {
                sent: 184,
                arrived: 0,
            },
            length: Some(Altered {
                sent: 84,
                arrived: 64,
            }),
        }),
        extensions,
        ..rejection(problem)
    }
}

#[test]
fn icmp_error_has_what_the_router_adds_and_the_header_that_it_quotes() {
    let mut json = json(Detail::Events, run());
    let problem = Problem::V4(icmpv4::Problem::from_parts(11, 0, 0));
    json.on(&Event::Rejected(&detailed(problem)), 1);
    json.on(&Event::Repeated(&rejection(problem)), 1);
    let out = json.out();
    let lines: Vec<Value> = out
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .filter(|line: &Value| line["event"] == "icmp_error")
        .collect();
    let [detailed, plain] = &lines[..] else {
        panic!("{out}")
    };
    let others = |field: &str| {
        let mut object = serde_json::Map::new();
        for name in ["class", "subtype", "mpls", "interface", "data"] {
            object.insert(name.to_owned(), Value::Null);
        }
        assert!(object.remove(field).is_some());
        object
    };
    let mut label = others("mpls");
    label.insert(
        "mpls".to_owned(),
        json!([{"label": 16_004, "class": 5, "bottom": true, "ttl": 1}]),
    );
    let mut interface = others("interface");
    let named =
        json!({"role": "out", "name": "\u{fffd}", "address": null, "index": null, "mtu": null});
    interface.insert("interface".to_owned(), named);
    assert_eq!(detailed["extensions"][0], Value::Object(label));
    assert_eq!(detailed["extensions"][1], Value::Object(interface));
    assert_eq!(detailed["extensions"][2]["class"], 9);
    assert_eq!(detailed["extensions"][2]["subtype"], 8);
    assert_eq!(detailed["extensions"][2]["data"], "deadbeef");
    assert_eq!(
        detailed["quoted"],
        json!({"ttl": 61, "tos": 0, "sent_tos": 184, "bytes": 64, "sent_bytes": 84})
    );
    assert_eq!(plain["extensions"], json!([]));
    assert_eq!(plain["quoted"], Value::Null);
}

/// A run of probes of growing size.
#[derive(Debug)]
struct Swept;

impl Results for Swept {
    fn row(&self, _: TargetNumber) -> Row {
        Row::default()
    }

    fn sweep(&self) -> Option<Sweep> {
        let size = OfSize {
            data: 56,
            sent: 5,
            lost: 5,
            min: None,
            median: None,
            is_lossy: true,
        };
        let min = Some(Duration::from_micros(500));
        let answered = OfSize {
            min,
            median: min,
            is_lossy: false,
            lost: 0,
            ..size
        };
        Some(Sweep {
            step: 100,
            rounds: 5,
            sizes: vec![answered, size],
            fit: Some(Fit {
                base: 0.001,
                each_octet: 1e-7,
                error: 1e-9,
            }),
        })
    }
}

#[test]
fn sweep_has_each_size_and_the_line_through_them() {
    let mut json = json(Detail::Summary, run());
    json.on(&Event::Finished(&Summary::default(), &Swept), 1);
    let out = json.out();
    let mut lines = out
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    let line = lines.find(|line| line["event"] == "sweep").unwrap();
    assert_eq!(line["sizes"][0]["rtt_min_ms"], 0.5);
    assert_eq!(line["sizes"][0]["lost_more"], false);
    assert_eq!(line["sizes"][1]["rtt_p50_ms"], Value::Null);
    assert_eq!(line["sizes"][1]["lost"], 5);
    assert_eq!(line["fit"]["meaningful"], true);
    let slope = line["fit"]["per_1000_bytes_ms"].as_f64().unwrap();
    assert!((slope - 0.1).abs() < 1e-9, "{slope}");
}

/// Results of a search for a path MTU.
fn found() -> [PathMtu; 3] {
    let known = PathMtu {
        header: 28,
        verdict: MtuVerdict::Exact(1400),
        learned: Some(MtuSource::Silence),
        messages: Vec::new(),
        black_hole: Some(BlackHole {
            after: 2,
            after_address: Some(([192, 0, 2, 1], 0).into()),
            before_address: None,
        }),
        tries: vec![SizeTries {
            size: 1400,
            sent: 3,
            answered: 2,
            altered: 0,
            refused: 1,
        }],
        controls: Tally {
            sent: 9,
            answered: 8,
        },
        hop_probes: 4,
        below: None,
    };
    let told = PathMtu {
        verdict: MtuVerdict::Range {
            lower: 1300,
            upper: 1400,
        },
        messages: vec![TooBig {
            from: ([192, 0, 2, 1], 0).into(),
            mtu: 0,
            is_believed: false,
        }],
        black_hole: None,
        ..known.clone()
    };
    let unknown = PathMtu {
        verdict: MtuVerdict::None(NoPathMtu::Changed { size: 1400 }),
        learned: None,
        ..told.clone()
    };
    [known, told, unknown]
}

#[test]
fn path_mtu_is_one_line_with_what_is_known() {
    let mut json = json(Detail::Summary, run());
    let [known, told, unknown] = found();
    for found in [&known, &told, &unknown] {
        json.on(&Event::PathMtu { target: 0, found }, 1);
    }
    let out = json.out();
    let lines: Vec<Value> = out
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let lines: Vec<&Value> = lines
        .iter()
        .filter(|line| line["event"] == "pmtu")
        .collect();
    let [known, told, unknown] = lines[..] else {
        panic!("{out}");
    };
    assert_eq!(known["mtu_bytes"], 1400);
    assert_eq!(known["black_hole"]["after_hop"], 2);
    assert_eq!(known["black_hole"]["before"], Value::Null);
    assert_eq!(known["controls"]["answered"], 8);
    assert_eq!(
        (&told["lower_bytes"], &told["upper_bytes"]),
        (&1300.into(), &1400.into())
    );
    assert_eq!(told["mtu_bytes"], Value::Null);
    assert_eq!(told["messages"][0]["believed"], false);
    assert_eq!(
        (&unknown["verdict"], &unknown["reason"]),
        (&"none".into(), &"changed".into())
    );
}

#[test]
fn line_of_each_event_is_what_the_schema_says() {
    let schema = Schema::new(SCHEMA);
    let lines: Vec<Value> = all_lines().lines().map(|line| schema.read(line)).collect();
    for event in schema.events() {
        assert!(
            lines.iter().any(|line| line["event"] == event),
            "no line of {event}"
        );
    }
}

#[test]
fn schema_refuses_a_line_with_a_field_more_or_less_or_of_another_type() {
    let out = all_lines();
    let reply = out.lines().find(|line| line.contains("\"reply\"")).unwrap();
    Schema::new(SCHEMA).read(reply);
    for (field, other) in [
        ("\"ttl\":64,", ""),
        ("\"ttl\":64,", "\"ttl\":64,\"more\":1,"),
        ("\"ttl\":64,", "\"ttl\":\"64\","),
        ("\"ttl\":64,", "\"ttl\":-1,"),
        ("\"v\":1,", "\"v\":2,"),
    ] {
        let changed = reply.replacen(field, other, 1);
        assert_ne!(changed, reply);
        let checked = std::panic::catch_unwind(|| Schema::new(SCHEMA).read(&changed));
        assert!(checked.is_err(), "{changed}");
    }
}

#[test]
fn schema_has_the_identifier_and_the_version_of_the_lines() {
    let schema: Value = serde_json::from_str(SCHEMA).unwrap();
    assert_eq!(schema["$id"], SCHEMA_ID);
    for (event, fields) in schema["$defs"].as_object().unwrap() {
        assert_eq!(fields["properties"]["v"]["const"], VERSION, "{event}");
        assert_eq!(fields["properties"]["event"]["const"], event.as_str());
    }
}

/// Each field of each event with its type, in the order of the lines. Programs rely on them.
fn fields(schema: &Value) -> String {
    let mut all = String::new();
    for (event, of_event) in schema["$defs"].as_object().unwrap() {
        let required = of_event["required"].as_array().unwrap();
        for field in required {
            let field = field.as_str().unwrap();
            let kind = kind(&of_event["properties"][field]);
            writeln!(all, "{event}.{field}: {kind}").unwrap();
        }
        let properties = of_event["properties"].as_object().unwrap();
        assert_eq!(
            properties.len(),
            required.len(),
            "{event}: each field is always there"
        );
        assert_eq!(of_event["additionalProperties"], false);
    }
    all
}

/// A type as a word, with the types that it contains.
fn kind(of: &Value) -> String {
    if let Some(value) = of.get("const") {
        return value.to_string();
    }
    let types = match &of["type"] {
        Value::Array(types) => types
            .iter()
            .map(|it| it.as_str().unwrap())
            .collect::<Vec<_>>()
            .join(" or "),
        other => other.as_str().unwrap().to_owned(),
    };
    let words = of
        .get("enum")
        .map(|words| format!(" {words}"))
        .unwrap_or_default();
    let inside = of.get("properties").map(|fields| {
        let fields = fields.as_object().unwrap();
        let fields = fields
            .iter()
            .map(|(name, of)| format!("{name}: {}", kind(of)));
        format!(" {{{}}}", fields.collect::<Vec<_>>().join(", "))
    });
    let items = of.get("items").map(|of| format!(" of {}", kind(of)));
    types + &words + &inside.unwrap_or_default() + &items.unwrap_or_default()
}

#[test]
fn field_does_not_change_or_go_unless_the_version_rises() {
    let schema: Value = serde_json::from_str(SCHEMA).unwrap();
    let now = fields(&schema);
    let before = match VERSION {
        1 => include_str!("v1.txt"),
        _ => panic!("version {VERSION} has no list of its fields"),
    };
    for field in before.lines() {
        assert!(
            now.lines().any(|line| line == field),
            "{field}: it changed or is gone: raise VERSION, and begin a new list"
        );
    }
    assert!(
        now == before,
        "a field is new: add it to the list, which is then:\n{now}"
    );
}
