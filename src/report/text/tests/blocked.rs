//! Lines that the reader does not accept.

use super::*;
use crate::report::outlet::tests::Held;

fn printer(style: Style, name: &str) -> Printer<Held> {
    Printer::new(|outlets| Text::of_one(style, name, outlets, NoNames))
}

#[test]
fn what_was_kept_follows_when_the_loop_asks_for_it() {
    let mut text = printer(rping(), "rping");
    text.block(true, true);
    let (answer, refused) = (reply::tests::plain(), refused());
    text.tell(&[
        Event::Answered(&answer),
        Event::NotSent {
            probe: PROBE,
            reason: &refused,
        },
    ]);
    assert_eq!(text.flush().unwrap(), Backpressure::Blocked);
    text.out.change().blocked = false;
    assert_eq!(text.flush().unwrap(), Backpressure::Blocked);
    assert_eq!(
        text.out.get().taken,
        "64 bytes from 127.0.0.1: icmp_seq=1 ttl=64 time=0.042 ms\n"
    );
    assert_eq!(text.err.get().taken, "");
    text.err.change().blocked = false;
    assert_eq!(text.flush().unwrap(), Backpressure::Free);
    assert_eq!(
        text.err.get().taken,
        "rping: sendmsg: Operation not permitted; a firewall or a policy of this host forbids it\n"
    );
    assert_eq!(
        (&*text.out.get().lasting, &*text.err.get().lasting),
        ("", "")
    );
}

#[test]
fn lines_that_were_given_up_are_told_once_when_both_flow_under_either_name() {
    for (style, name) in [(ping(), "ping"), (rping(), "rping")] {
        let mut text = printer(style, name);
        text.out.change().given_up = 40;
        text.err.change().given_up = 2;
        text.err.change().blocked = true;
        assert_eq!(text.flush().unwrap(), Backpressure::Blocked);
        assert_eq!(text.err.get().kept, "");
        text.err.change().blocked = false;
        assert_eq!(text.flush().unwrap(), Backpressure::Free);
        assert_eq!(text.flush().unwrap(), Backpressure::Free);
        let told = format!("{name}: 42 lines dropped: the reader of the output fell behind\n");
        assert_eq!(text.err.get().taken, told);
        assert_eq!(text.out.get().taken, "");
    }
}

#[test]
fn the_end_waits_for_its_readers_and_comes_behind_everything() {
    let mut text = printer(ping(), "ping");
    text.block(true, true);
    let summary = statistics::tests::plain();
    text.tell(&[Event::Answered(&reply::tests::plain())]);
    text.out.change().given_up = 1;
    text.tell(&[Event::Finished(&summary, &statistics::tests::Nothing)]);
    assert!(text.out.get().settled && text.err.get().settled);
    let out = text.out.get();
    let (line, rest) = out.taken.split_once("\n\n--- ").unwrap();
    assert!(line.ends_with("time=0.042 ms"), "{line}");
    assert!(rest.ends_with(" ms\n"), "{rest}");
    let told = "ping: 1 line dropped: the reader of the output fell behind\n";
    assert_eq!(
        (
            text.err.get().taken.as_str(),
            text.err.get().lasting.as_str()
        ),
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
        text.tell(&[Event::Sent(PROBE), Event::Sent(PROBE)]);
        text.out.change().blocked = true;
        let refused = refused();
        text.tell(&[
            Event::Sent(PROBE),
            Event::NotSent {
                probe: PROBE,
                reason: &refused,
            },
            Event::Sent(PROBE),
        ]);
        assert_eq!(text.out.get().kept, "");
        // Five probes without a dot, and one of the two with one.
        for _ in 0..3 {
            text.tell(&[Event::Sent(PROBE)]);
            text.tell(&[Event::Answered(&answer), Event::Answered(&answer)]);
        }
        assert_eq!(text.out.get().kept, "\u{8} \u{8}");
        text.out.change().blocked = false;
        text.flush().unwrap();
        text.tell(&[
            Event::Sent(PROBE),
            Event::Answered(&answer),
            Event::Answered(&answer),
        ]);
        assert_eq!(
            text.out.get().taken,
            "..\u{8} \u{8}.\u{8} \u{8}\u{7}\u{8} \u{8}\u{7}"
        );
    }
}
