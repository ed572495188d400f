//! Foreign text.

use super::*;
use proptest::prelude::*;

#[test]
fn hostile_labels_and_names_are_escaped_and_cut() {
    let targets = vec![
        ("", "198.51.100.7", "a\x1b[2J\nb  \t"),
        ("x\x1b]0;y\x07 z", "198.51.100.8", "\u{202e}"),
        (
            "",
            "198.51.100.9",
            "a label that is longer than anybody wants to read in a row",
        ),
        ("", "198.51.100.10", " \t "),
    ];
    let events: Vec<_> = (0..4).map(|target| answer(target, 1, 100)).collect();
    let events: Vec<_> = events.iter().map(Event::Answered).collect();
    let (out, _) = printed(
        Known(targets),
        Style::default(),
        ManyStyle::default(),
        &events,
    );
    assert_eq!(
        out,
        r"198.51.100.7                       icmp_seq=1 ttl=64 time=0.100 ms  a\x1b[2J\x0ab
x\x1b]0;y\x07\x20z (198.51.100.8)  icmp_seq=1 ttl=64 time=0.100 ms  \xe2\x80\xae
198.51.100.9                       icmp_seq=1 ttl=64 time=0.100 ms  a label that is lon...s to read in a row
198.51.100.10                      icmp_seq=1 ttl=64 time=0.100 ms
"
    );
}

#[test]
fn names_and_labels_of_any_script_are_printed_and_aligned_where_utf_8_is_read() {
    let targets = vec![
        ("b\u{fc}ro.example", "198.51.100.7", "B\u{fc}ro"),
        ("bu\u{308}ro.example", "198.51.100.8", "Bu\u{308}ro"),
        (
            "\u{6771}\u{4eac}.example",
            "198.51.100.9",
            "\u{6771}\u{4eac}",
        ),
        ("", "198.51.100.10", "a\u{202e}b\u{200b}"),
    ];
    let events: Vec<_> = (0..4).map(|target| answer(target, 1, 100)).collect();
    let events: Vec<_> = events.iter().map(Event::Answered).collect();
    let style = Style {
        charset: Charset::Utf8,
        ..Style::default()
    };
    let (out, _) = printed(Known(targets), style, ManyStyle::default(), &events);
    assert_eq!(
        out,
        "b\u{fc}ro.example (198.51.100.7)  icmp_seq=1 ttl=64 time=0.100 ms  B\u{fc}ro\n\
         bu\u{308}ro.example (198.51.100.8)  icmp_seq=1 ttl=64 time=0.100 ms  Bu\u{308}ro\n\
         \u{6771}\u{4eac}.example (198.51.100.9)  icmp_seq=1 ttl=64 time=0.100 ms  \u{6771}\u{4eac}\n\
         198.51.100.10                icmp_seq=1 ttl=64 time=0.100 ms  a\\xe2\\x80\\xaeb\\xe2\\x80\\x8b\n"
    );
}

#[test]
fn a_bare_word_stays_one_word() {
    let (out, _) = printed(
        Known(vec![("a\nb c", "198.51.100.7", "")]),
        quiet(),
        only(Listed::Alive),
        &[
            Event::Started(&Start::Several(who_is_alive())),
            Event::Decided {
                target: 0,
                row: &answered(1, 200),
            },
        ],
    );
    assert_eq!(out, "a\\x0ab\\x20c\n");
}

#[test]
fn an_unknown_target_is_not_a_reason_to_fail() {
    let (out, _) = printed(
        Known(Vec::new()),
        Style::default(),
        ManyStyle::default(),
        &[Event::Answered(&answer(u32::MAX, 1, 100))],
    );
    assert_eq!(out, "target-4294967296  icmp_seq=1 ttl=64 time=0.100 ms\n");
}

#[test]
fn warnings_are_escaped() {
    let (_, err) = printed(
        three(),
        Style::default(),
        ManyStyle::default(),
        &[Event::Warning("hosts.txt:3: a\x1b[2J\nb")],
    );
    assert_eq!(err, "rping: hosts.txt:3: a\\x1b[2J\\x0ab\n");
}

/// One target with an arbitrary name and label.
#[derive(Debug)]
struct Any {
    name: String,
    label: String,
}

impl Directory for Any {
    fn len(&self) -> TargetNumber {
        1
    }
    fn address(&self, _: TargetNumber) -> Option<SocketAddr> {
        None
    }
    fn name(&self, _: TargetNumber) -> Option<&str> {
        Some(&self.name)
    }
    fn label(&self, _: TargetNumber) -> Option<&str> {
        Some(&self.label)
    }
}

proptest! {
    #[test]
    fn output_is_harmless(name: String, label: String, progress in 0_u16..100) {
        let many = ManyStyle { progress: Some(progress), ..ManyStyle::default() };
        let mut report: Printer<Notes> = printer(Any { name, label }, Style::default(), many);
        let reason = NotSent::TooLong { mtu: 1280, ipv6: false };
        let (total, rows) = (Summary { targets: 1, ..total() }, Rows(vec![unreachable()]));
        for event in [
            Event::Answered(&answer(0, 1, 100)),
            Event::NotSent { probe: probe(0), reason: &reason },
            Event::Decided { target: 0, row: &unreachable() },
            Event::Status(&total, &rows),
            Event::Finished(&total, &rows),
        ] {
            report.event(&event, &noon).unwrap();
        }
        let (out, err) = report.texts();
        let harmless = |text: &str| text.bytes().all(|octet| matches!(octet, b' '..=b'~' | b'\n' | b'\r'));
        prop_assert!(harmless(&out) && harmless(&err), "{out:?} {err:?}");
        prop_assert_eq!(out.lines().count(), 2 + 1 + 2 + 1 + 7);
    }
}
