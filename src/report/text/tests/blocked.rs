//! What becomes of lines that nobody takes.

use super::*;
use crate::report::outlet::tests::Held;

type Printer = Text<Held, Held, NoNames>;

fn printer(style: Style, name: &str) -> Printer {
    let (out, err) = (Held::default(), Held::default());
    Text::new(style, name.to_owned(), out, err, NoNames)
}

fn tell(text: &mut Printer, events: &[Event<'_>]) {
    for event in events {
        text.event(event, &noon).unwrap();
    }
}

#[test]
fn what_was_kept_follows_when_the_loop_asks_for_it() {
    let mut text = printer(rping(), "rping");
    (text.out.blocked, text.err.blocked) = (true, true);
    let (answer, refused) = (reply::tests::plain(), refused());
    tell(
        &mut text,
        &[
            Event::Answered(&answer),
            Event::NotSent {
                probe: PROBE,
                reason: &refused,
            },
        ],
    );
    assert_eq!(text.flush().unwrap(), Backpressure::Blocked);
    text.out.blocked = false;
    assert_eq!(text.flush().unwrap(), Backpressure::Blocked);
    assert_eq!(
        text.out.taken,
        "64 bytes from 127.0.0.1: icmp_seq=1 ttl=64 time=0.042 ms\n"
    );
    assert_eq!(text.err.taken, "");
    text.err.blocked = false;
    assert_eq!(text.flush().unwrap(), Backpressure::Free);
    assert_eq!(
        text.err.taken,
        "rping: sendmsg: Operation not permitted; a firewall or a policy of this host forbids it\n"
    );
    assert_eq!((text.out.lasting, text.err.lasting), Default::default());
}

#[test]
fn lines_that_were_given_up_are_told_once_when_both_flow_under_either_name() {
    for (style, name) in [(ping(), "ping"), (rping(), "rping")] {
        let mut text = printer(style, name);
        (text.out.given_up, text.err.given_up) = (40, 2);
        text.err.blocked = true;
        assert_eq!(text.flush().unwrap(), Backpressure::Blocked);
        assert_eq!(text.err.kept, "");
        text.err.blocked = false;
        assert_eq!(text.flush().unwrap(), Backpressure::Free);
        assert_eq!(text.flush().unwrap(), Backpressure::Free);
        let told = format!("{name}: 42 lines dropped: the reader of the output fell behind\n");
        assert_eq!(text.err.taken, told);
        assert_eq!(text.out.taken, "");
    }
}

#[test]
fn the_end_waits_for_its_readers_and_comes_behind_everything() {
    let mut text = printer(ping(), "ping");
    (text.out.blocked, text.err.blocked) = (true, true);
    let summary = statistics::tests::plain();
    tell(&mut text, &[Event::Answered(&reply::tests::plain())]);
    text.out.given_up = 1;
    tell(
        &mut text,
        &[Event::Finished(&summary, &statistics::tests::Nothing)],
    );
    assert!(text.out.settled && text.err.settled);
    let (line, rest) = text.out.taken.split_once("\n\n--- ").unwrap();
    assert!(line.ends_with("time=0.042 ms"), "{line}");
    assert!(rest.ends_with(" ms\n"), "{rest}");
    let told = "ping: 1 line dropped: the reader of the output fell behind\n";
    assert_eq!(
        (text.err.taken.as_str(), text.err.lasting.as_str()),
        (told, told)
    );
}

#[test]
fn a_flood_draws_no_dot_that_nobody_sees_and_takes_back_those_that_were_seen() {
    for style in [ping(), rping()] {
        let style = Style {
            flood: true,
            audible: true,
            ..style
        };
        let mut text = printer(style, "ping");
        let answer = reply::tests::plain();
        tell(&mut text, &[Event::Sent(PROBE), Event::Sent(PROBE)]);
        text.out.blocked = true;
        let refused = refused();
        tell(
            &mut text,
            &[
                Event::Sent(PROBE),
                Event::NotSent {
                    probe: PROBE,
                    reason: &refused,
                },
                Event::Sent(PROBE),
            ],
        );
        assert_eq!(text.out.kept, "");
        // All five without a dot, and one of the two with one.
        for _ in 0..3 {
            tell(&mut text, &[Event::Sent(PROBE)]);
            tell(
                &mut text,
                &[Event::Answered(&answer), Event::Answered(&answer)],
            );
        }
        assert_eq!(text.out.kept, "\u{8} \u{8}");
        text.out.blocked = false;
        text.flush().unwrap();
        tell(
            &mut text,
            &[
                Event::Sent(PROBE),
                Event::Answered(&answer),
                Event::Answered(&answer),
            ],
        );
        assert_eq!(
            text.out.taken,
            "..\u{8} \u{8}.\u{8} \u{8}\u{7}\u{8} \u{8}\u{7}"
        );
    }
}
