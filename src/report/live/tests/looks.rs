//! Whole screens.

use super::*;

const ASCII: Look = Look {
    ascii: true,
    ..LOOK
};

const SIZES: [(u16, u16); 3] = [(40, 10), (80, 24), (200, 60)];

fn each_size(look: Look, keys: &str) -> String {
    let screens = SIZES.map(|size| {
        let mut run = run(look, size, 60);
        run.press(keys);
        format!("{}x{}\n{}\n", size.0, size.1, run.screen())
    });
    screens.join("\n")
}

#[test]
fn table() {
    insta::assert_snapshot!(each_size(LOOK, ""));
}

#[test]
fn table_in_ascii() {
    insta::assert_snapshot!(each_size(ASCII, ""));
}

#[test]
fn map() {
    insta::assert_snapshot!(each_size(LOOK, "\t\x1b[C\x1b[C\x1b[C"));
}

#[test]
fn graph_of_marked_targets() {
    insta::assert_snapshot!(each_size(LOOK, "s\x1b[Bm\x1b[Bm\x1b[Bmgl"));
}

#[test]
fn graph_of_marked_targets_in_ascii() {
    insta::assert_snapshot!(each_size(ASCII, "s\x1b[Bm\x1b[Bm\x1b[Bmg"));
}

#[test]
fn log() {
    insta::assert_snapshot!(each_size(LOOK, "\t\t\t"));
}

#[test]
fn changes_stand_in_the_log() {
    let mut run = run(LOOK, (100, 12), 60);
    let (before, after) = (64, 57);
    for what in [
        Changed::HopLimit { before, after },
        Changed::TrafficClass { before, after },
        Changed::Address {
            before: None,
            after: "192.0.2.9:0".parse().unwrap(),
        },
    ] {
        run.tell(&Event::Changed(&Change { target: 1, what }));
    }
    run.press("\t\t\t");
    insta::assert_snapshot!(run.screen());
}

#[test]
fn details() {
    insta::assert_snapshot!(each_size(LOOK, "\x1b[B\r"));
}

#[test]
fn help() {
    insta::assert_snapshot!(each_size(ASCII, "?"));
}

fn one(look: Look, size: (u16, u16)) -> Run {
    let mut run = Run::new(known(&[("host.example", "192.0.2.1", "")]), look, size);
    run.start();
    for second in 0..60 {
        let probe = run.send(0, second);
        match second {
            20..24 => run.lose(probe),
            40 => run.answer(probe, 300_000, Standing::Late),
            _ => run.answer(probe, 10_000 + 1000 * (second * 7 % 13), Standing::Reply),
        }
        match second {
            22 => run.go_down(0, 20, None),
            24 => run.come_up(0, 20, 4),
            _ => {}
        }
        run.pass(1000);
    }
    run
}

#[test]
fn one_target_starts_in_the_graph() {
    let screens = SIZES.map(|size| one(LOOK, size).screen());
    insta::assert_snapshot!(screens.join("\n\n"));
}

#[test]
fn fixed_scale_holds_for_the_graph_and_the_strip() {
    let scale = Scale::new(Duration::from_millis(5), Duration::from_millis(20));
    let mut run = one(Look { scale, ..ASCII }, (80, 24));
    let graph = run.screen();
    run.press("\t\t");
    insta::assert_snapshot!(format!("{graph}\n\n{}", run.screen()));
}

#[test]
fn colours_are_few_and_never_the_only_sign() {
    let mut run = run(LOOK, (80, 24), 60);
    insta::assert_snapshot!(run.styles());
}

#[test]
fn smallest_screens_are_drawn_without_harm() {
    for width in 0..30 {
        for height in 0..12 {
            let mut run = run(LOOK, (width, height), 3);
            for key in ["\t", "\t", "\t", "\r", "?", "/x"] {
                run.screen();
                run.press(key);
            }
            run.screen();
        }
    }
}

#[test]
fn hostile_names_draw_nothing_of_their_own() {
    for keys in ["", "\t", "\t\t", "\t\t\t", "\r", "?", "/\u{202e}\u{9b}x"] {
        let mut run = run(LOOK, (200, 60), 60);
        run.tell(&Event::Warning("a\x1b[2J\u{202e}b"));
        run.press(keys);
        run.pass(200);
        let screen = run.screen();
        let harmless = |character: char| character != '\u{202e}' && !character.is_control();
        assert!(
            screen.lines().all(|line| line.chars().all(harmless)),
            "{screen}"
        );
        // All that a terminal obeys in the frames is what the view itself sends.
        for frame in &run.person.borrow().frames {
            for sequence in frame.split('\x1b').skip(1) {
                let end = sequence.find(|it: char| it.is_ascii_alphabetic()).unwrap();
                let is_known = matches!(&sequence[end..=end], "m" | "H" | "C" | "J");
                assert!(sequence.starts_with('[') && is_known, "{sequence:?}");
            }
            assert!(!frame.contains('\u{9b}'));
        }
    }
}

#[test]
fn recorded_run_tells_where_it_is_and_how_fast() {
    let screens = [
        (State::Playing, SIZES[0]),
        (State::Held, SIZES[1]),
        (State::Over, SIZES[2]),
    ];
    let screens = screens.map(|(state, size)| {
        let mut run = one(LOOK, size);
        run.live.play(Playback {
            length: Duration::from_secs(7200),
            speed: 0.5,
            state,
        });
        run.screen()
    });
    insta::assert_snapshot!(screens.join("\n\n"));
}

#[test]
fn narrow_table_has_labels_in_the_place_of_addresses() {
    let mut narrow = run(LOOK, (40, 10), 60);
    let screen = narrow.screen();
    assert!(
        screen.contains("rejected ") && !screen.contains("203.0.113.1 "),
        "{screen}"
    );
    let screen = run(LOOK, (120, 24), 60).screen();
    assert!(
        screen.contains("203.0.113.1 ") && screen.contains("label"),
        "{screen}"
    );
}

#[test]
fn narrow_header_tells_what_the_filter_hides() {
    let mut run = run(LOOK, (40, 10), 3);
    run.press("/www\r");
    assert!(run.screen().contains("10 hidden"));
}

#[test]
fn newest_outages_stand_before_the_distribution_and_older_ones_behind() {
    let mut run = Run::new(known(&[("", "192.0.2.1", "")]), LOOK, (100, 60));
    run.start();
    for outage in 0..8 {
        let probe = run.send(0, outage);
        run.answer(probe, 1000 + 100 * outage, Standing::Reply);
        run.now += Duration::from_secs(1);
        run.come_up(0, outage, 3);
    }
    run.press("\r");
    let screen = run.screen();
    let at = |text: &str| screen.find(text).unwrap();
    assert!(at("the newest first") < at("round trips"), "{screen}");
    assert!(at("round trips") < at("before that"), "{screen}");
    assert_eq!(screen.matches("is up again").count(), 8);
}
