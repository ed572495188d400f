//! Output of `--pmtu`.

use super::*;
use crate::event::{
    BlackHole, MtuSource, MtuVerdict, NoPathMtu, PathMtu, SizeTries, Tally, TooBig,
};

fn exact() -> PathMtu {
    let tries = |size, sent, answered, refused| SizeTries {
        size,
        sent,
        answered,
        altered: 0,
        refused,
    };
    PathMtu {
        header: 28,
        verdict: MtuVerdict::Exact(1420),
        learned: Some(MtuSource::Message(reporter())),
        messages: vec![TooBig {
            from: reporter(),
            mtu: 1420,
            is_believed: true,
        }],
        black_hole: None,
        tries: vec![
            tries(68, 1, 1, 0),
            tries(1420, 1, 1, 0),
            tries(1421, 9, 0, 9),
            tries(1500, 1, 0, 1),
        ],
        controls: Tally {
            sent: 8,
            answered: 8,
        },
        hop_probes: 0,
        below: None,
    }
}

fn silent_above() -> PathMtu {
    PathMtu {
        learned: Some(MtuSource::Silence),
        messages: Vec::new(),
        black_hole: Some(BlackHole {
            after: 4,
            after_address: Some("203.0.113.9:0".parse().unwrap()),
            before_address: None,
        }),
        controls: Tally {
            sent: 8,
            answered: 7,
        },
        ..exact()
    }
}

fn of(verdict: MtuVerdict, learned: Option<MtuSource>) -> PathMtu {
    PathMtu {
        verdict,
        learned,
        messages: Vec::new(),
        ..exact()
    }
}

/// The output about the first of three targets.
fn told(style: Style, found: &PathMtu) -> (String, String) {
    let start = Start::Several(Several {
        question: Question::PathMtu,
        ..in_rounds()
    });
    let events = [
        Event::Started(&start),
        Event::PathMtu { target: 0, found },
        Event::Finished(&total(), &rows()),
    ];
    printed(three(), style, ManyStyle::default(), &events)
}

#[test]
fn router_that_said_so_is_named_and_what_follows_with_v() {
    let verbose = Style {
        verbose: true,
        ..Style::default()
    };
    assert_eq!(
        told(verbose, &exact()).0,
        "\
path MTU to 198.51.100.7: 1420 (data of 1392 octets)  core router
    router 198.51.100.1 said so, confirmed: 1420 passes, 1421 does not
    198.51.100.1 said that 1420 octets fit
    12 probes, 10 not answered; 8 controls, none lost; an echo tests the way there and back together
    TCP: MSS 1380; MTU of tunnels along this path: WireGuard 1360, GRE 1396, VXLAN 1370, IP in IP 1400
    answered of each size: 68 1/1, 1420 1/1, 1421 0/9, 1500 0/1

path MTU known: 2 of 3 targets
"
    );
}

#[test]
fn black_hole_is_placed_as_far_as_it_is_known() {
    let (out, _) = told(Style::default(), &silent_above());
    assert_eq!(
        out,
        "\
path MTU to 198.51.100.7: 1420 (data of 1392 octets)  core router
    1420 passes, 1421 does not; no router said why
    black hole: larger probes vanish somewhere behind hop 4 (203.0.113.9), or on the way back
    12 probes, 10 not answered; 8 controls, 1 lost; an echo tests the way there and back together

path MTU known: 2 of 3 targets
"
    );
}

#[test]
fn first_line_says_what_is_known_and_no_more() {
    let interface = Some(MtuSource::Interface);
    let silence = Some(MtuSource::Silence);
    let range = MtuVerdict::Range {
        lower: 1372,
        upper: 1399,
    };
    let unanswered = NoPathMtu::Unanswered {
        size: 68,
        problem: Some((host_unreachable(), reporter())),
    };
    let none = |why| of(MtuVerdict::None(why), None);
    for (found, line) in [
        (
            of(MtuVerdict::AtLeast(1500), interface),
            "at least 1500 (data of 1472 octets)",
        ),
        (
            of(range, silence),
            "1372 to 1399 (data of 1344 to 1371 octets)",
        ),
        (
            none(unanswered),
            "no conclusion: no answer to echo requests of 68 octets (Destination Host Unreachable from 198.51.100.1)",
        ),
        (
            none(NoPathMtu::NotSent {
                errno: libc::ENETUNREACH,
            }),
            "no conclusion: probes do not leave this host: Network is unreachable",
        ),
        (
            none(NoPathMtu::Altered { size: 1500 }),
            "no conclusion: replies to probes of 1500 octets come back altered or shortened",
        ),
        (
            none(NoPathMtu::Changed { size: 1400 }),
            "no conclusion: probes of 1400 octets were answered at first, and then not any more",
        ),
        (
            none(NoPathMtu::Ended { answered: None }),
            "no conclusion: the run ended before the first answer",
        ),
        (
            none(NoPathMtu::Ended {
                answered: Some(1280),
            }),
            "no conclusion: the run ended first; 1280 octets were answered",
        ),
    ] {
        let expected = format!("path MTU to 198.51.100.7: {line}  core router\n");
        assert_eq!(told(quiet(), &found), (expected, String::new()));
    }
}

#[test]
fn message_that_cannot_be_true_and_a_smaller_mtu_than_expected_are_told() {
    let found = PathMtu {
        messages: vec![TooBig {
            from: reporter(),
            mtu: 0,
            is_believed: false,
        }],
        below: Some(1500),
        ..of(MtuVerdict::Exact(1420), Some(MtuSource::Silence))
    };
    let (out, err) = told(Style::default(), &found);
    let lines: Vec<&str> = out.lines().skip(1).take(2).collect();
    assert_eq!(
        lines,
        [
            "    1420 passes, 1421 does not; no router named the right size",
            "    198.51.100.1 said that 0 octets fit, which cannot be: not believed",
        ]
    );
    assert_eq!(
        err,
        "rping: 198.51.100.7: the path MTU is 1420: below --expect 1500\n"
    );
}
