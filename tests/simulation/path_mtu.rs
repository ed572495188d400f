//! Searches for path MTUs on thousands of simulated paths with faults: codec, engine and loop are the real ones. The
//! rule for all: no answer is better than a wrong one.

mod path;

use std::cell::RefCell;
use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use super::network::Time;
use path::{Damage, Honesty, Path, Routed, Router};
use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};
use rping::clock::Clock;
use rping::codec::{Codec, SingleTarget, SocketParams};
use rping::config::many::{PathMtuPlan, Spacing};
use rping::config::{Message, Request};
use rping::driver::{Driver, ReceiveMode, Reminders};
use rping::engine::many::AsGiven;
use rping::engine::{PathMtu, TokensOfMany};
use rping::event::{
    BlackHole, Event, MtuSource, MtuVerdict, NoPathMtu, PathMtu as Found, Question, Several, Start,
    When,
};
use rping::report::conditions::Conditions;
use rping::report::{Backpressure, Report};
use rping::signals::{Interrupt, Interrupts};
use rping::wire::data::Pattern;

/// Maximum echo requests on a path without loss.
const BUDGET: u32 = 40;

struct Never;

impl Interrupts for Never {
    fn take(&mut self) -> Option<Interrupt> {
        None
    }
}

/// Keeps results, and counts lines about probes.
#[derive(Default)]
struct Kept {
    found: Vec<Found>,
}

impl Report for Kept {
    fn event(&mut self, event: &Event<'_>, _: When<'_>) -> io::Result<()> {
        if let Event::PathMtu { found, .. } = event {
            self.found.push((*found).clone());
        }
        Ok(())
    }

    fn flush(&mut self) -> io::Result<Backpressure> {
        Ok(Backpressure::Free)
    }
}

struct Outcome {
    found: Found,
    success: bool,
    sent: u32,
    /// The largest size with an unaltered reply.
    largest_answered: u32,
    passed: Duration,
}

fn target(path: &Path) -> SocketAddr {
    if path.ipv6 {
        "[2001:db8::99]:0".parse().unwrap()
    } else {
        "198.51.100.99:0".parse().unwrap()
    }
}

fn plan(expected: Option<u32>) -> PathMtuPlan {
    PathMtuPlan {
        expected,
        timeout: None,
        deadline: None,
        spacing: Spacing::Spread(Duration::from_millis(1)),
        first_sequence: 1,
    }
}

fn search(path: Path, seed: u64) -> Outcome {
    search_with(plan(None), path, seed)
}

fn search_with(plan: PathMtuPlan, path: Path, seed: u64) -> Outcome {
    let target = target(&path);
    let time = Time::new(&[]);
    let log = Rc::new(RefCell::new(path::Log::default()));
    let network = Routed::new(time.clone(), path, (target, Rc::clone(&log)), seed);
    let side = SocketParams {
        identifier: 13,
        raw: false,
    };
    let message = Message {
        size: 65_527,
        pattern: Pattern::Counting,
        request: Request::Echo,
    };
    let began = time.now();
    let targets = SingleTarget::new(target, Vec::new(), false);
    let tokens = TokensOfMany::new([7; 16]);
    let order = (1, Box::new(AsGiven) as _);
    let engine = PathMtu::new(plan, tokens, Rc::new(targets.clone()), order, began);
    let mut kept = Kept::default();
    let driver = Driver {
        engine: engine.reporting_outcomes(),
        codec: Codec::new(message, side, side),
        network,
        clock: time.clone(),
        report: &mut kept,
        interrupts: Never,
        targets,
        receive_mode: ReceiveMode::Batched,
        reminders: Reminders::default(),
        outcomes: true,
        began,
        conditions: Conditions::default(),
    };
    let start = Start::Several(Several {
        targets: 1,
        duplicates: 0,
        size: 40,
        question: Question::PathMtu,
    });
    let success = driver.run(&start).unwrap().success;
    let log = log.borrow();
    assert_eq!(kept.found.len(), 1);
    Outcome {
        found: kept.found.remove(0),
        success,
        sent: log.sent,
        largest_answered: log.largest_answered,
        passed: time.passed(),
    }
}

/// A path of this many routers, and the MTU of the link after each.
fn path(mtus: &[u32]) -> Path {
    Path {
        interface: 1500,
        routers: mtus.iter().map(|mtu| Router::honest(*mtu)).collect(),
        ..Path::default()
    }
}

fn silent(mtus: &[u32]) -> Path {
    let mut path = path(mtus);
    for router in &mut path.routers {
        router.honesty = Honesty::Silent;
    }
    path
}

#[test]
fn interface_is_what_the_path_carries_after_two_round_trips() {
    for ipv6 in [false, true] {
        for interface in [1500, 9000, 1420, 65_535] {
            let path = Path {
                interface,
                ipv6,
                ..path(&[interface, interface])
            };
            let outcome = search(path, 1);
            assert_eq!(outcome.found.verdict, MtuVerdict::AtLeast(interface));
            assert_eq!(outcome.found.learned, Some(MtuSource::Interface));
            assert_eq!(outcome.sent, 2);
            assert!(
                outcome.passed < Duration::from_millis(65),
                "{:?}",
                outcome.passed
            );
            assert!(outcome.success);
        }
    }
}

#[test]
fn router_that_names_the_size_is_confirmed() {
    for ipv6 in [false, true] {
        let path = Path {
            ipv6,
            ..path(&[1500, 1480, 1423, 1500])
        };
        let router = path.address_of(1);
        let outcome = search(path, 1);
        assert_eq!(outcome.found.verdict, MtuVerdict::Exact(1423));
        // The first router reported another size before.
        let Some(MtuSource::Message(from)) = outcome.found.learned else {
            panic!("{:?}", outcome.found);
        };
        assert_ne!(from, router);
        assert_eq!(outcome.found.messages.len(), 2);
        assert!(outcome.sent <= 22, "{}", outcome.sent);
    }
}

#[test]
fn black_hole_is_found_behind_its_hop() {
    for ipv6 in [false, true] {
        for hole in 0..5_u8 {
            let mut mtus = [1500; 5];
            mtus[usize::from(hole)] = 1372;
            let path = Path {
                ipv6,
                ..silent(&mtus)
            };
            let expected = BlackHole {
                after: hole + 1,
                after_address: Some(path.address_of(hole)),
                before_address: Some(if hole == 4 {
                    target(&path)
                } else {
                    path.address_of(hole + 1)
                }),
            };
            let outcome = search(path, 1);
            assert_eq!(outcome.found.verdict, MtuVerdict::Exact(1372));
            assert_eq!(outcome.found.learned, Some(MtuSource::Silence));
            assert_eq!(outcome.found.black_hole, Some(expected));
            assert!(outcome.sent <= BUDGET, "{}", outcome.sent);
        }
    }
}

#[test]
fn every_silent_mtu_is_found_within_the_budget() {
    for mtu in 68..1500 {
        let outcome = search(silent(&[1500, mtu, 1500]), 1);
        assert_eq!(outcome.found.verdict, MtuVerdict::Exact(mtu));
        assert!(outcome.sent <= BUDGET, "{mtu}: {}", outcome.sent);
    }
    for mtu in (88..65_535).step_by(997) {
        let path = Path {
            interface: 65_535,
            ipv6: true,
            ..silent(&[65_535, mtu, 65_535])
        };
        let outcome = search(path, 1);
        assert_eq!(outcome.found.verdict, MtuVerdict::Exact(mtu));
        assert!(outcome.sent <= BUDGET, "{mtu}: {}", outcome.sent);
    }
}

#[test]
fn messages_that_lie_are_never_believed() {
    for honesty in [
        Honesty::NamesZero,
        Honesty::NamesMore,
        Honesty::NamesLess,
        Honesty::NamesLessAndForwards,
        Honesty::GuessesProbe,
        Honesty::QuotesEight,
    ] {
        for ipv6 in [false, true] {
            for mtu in [1500, 1400, 1213] {
                let mut path = path(&[1500, mtu, 1500]);
                path.ipv6 = ipv6;
                path.routers[1].honesty = honesty;
                let outcome = search(path, 1);
                let expected = if mtu == 1500 {
                    MtuVerdict::AtLeast(1500)
                } else {
                    MtuVerdict::Exact(mtu)
                };
                assert_eq!(outcome.found.verdict, expected, "{honesty:?}");
                assert!(outcome.sent <= BUDGET, "{honesty:?}: {}", outcome.sent);
                assert!(outcome.found.black_hole.is_none() || outcome.found.messages.is_empty());
            }
        }
    }
}

#[test]
fn nobody_who_does_not_answer_has_a_path_mtu() {
    let path = Path {
        lost: 1000,
        ..path(&[1500])
    };
    let outcome = search(path, 1);
    let MtuVerdict::None(NoPathMtu::Unanswered { size: 68, .. }) = outcome.found.verdict else {
        panic!("{:?}", outcome.found);
    };
    assert!(!outcome.success);
}

#[test]
fn replies_that_come_back_otherwise_are_no_answer_and_no_silence() {
    for damage in [Damage::Cut, Damage::Changed, Damage::Broken] {
        let path = Path {
            damage: Some((damage, 1000)),
            ..path(&[1500, 1500])
        };
        let outcome = search(path, 1);
        let expected = MtuVerdict::None(NoPathMtu::Altered { size: 1500 });
        assert_eq!(outcome.found.verdict, expected, "{damage:?}");
        assert!(!outcome.success);
    }
}

#[test]
fn path_that_carries_more_meanwhile_is_never_called_too_small() {
    for at in 0..400 {
        let path = Path {
            grows: Some((Duration::from_millis(at * 10), 1500)),
            ..silent(&[1500, 1400, 1500])
        };
        let outcome = search(path, at);
        let lower = outcome.found.verdict.lower().unwrap();
        assert!(lower >= outcome.largest_answered);
        assert!(lower == 1400 || lower == 1500, "{:?}", outcome.found);
    }
}

#[test]
fn expected_mtu_decides_over_success() {
    for (expected, success) in [(1399, true), (1400, true), (1401, false)] {
        let outcome = search_with(plan(Some(expected)), path(&[1400]), 1);
        assert_eq!(outcome.success, success);
        assert_eq!(outcome.found.below, (!success).then_some(expected));
    }
}

/// A path with random faults.
fn strange(random: &mut SmallRng) -> Path {
    let mut of = |range: std::ops::Range<u32>| random.random_range(range);
    let interface = [1500, 1500, 9000, 1420, 65_535][of(0..5) as usize];
    let routers = (0..of(1..6)).map(|_| {
        let honesty = Honesty::ALL[of(0..u32::try_from(Honesty::ALL.len()).unwrap()) as usize];
        Router {
            mtu: match of(0..4) {
                0 => of(88..interface + 1),
                1 => [1280, 1400, 1420, 1450, 1492, 1500][of(0..6) as usize],
                _ => interface,
            },
            honesty,
            reports_expiry: of(0..5) > 0,
        }
    });
    let routers = routers.collect();
    let lossy = of(0..2) == 0;
    Path {
        interface,
        routers,
        ipv6: of(0..2) == 0,
        delay: Duration::from_millis(of(1..150).into()),
        variation: Duration::from_millis(if of(0..3) == 0 { of(0..400).into() } else { 0 }),
        lost: if lossy { of(0..500) } else { 0 },
        duplicated: of(0..2) * of(0..300),
        way_back: (of(0..5) == 0).then(|| of(88..interface + 1)),
        damage: None,
        grows: None,
    }
}

#[test]
fn no_path_is_ever_given_a_wrong_mtu() {
    const SEEDS: u64 = 3000;
    let (mut known, mut exact) = (0, 0);
    for seed in 0..SEEDS {
        let path = strange(&mut SmallRng::seed_from_u64(seed));
        let (truth, lossless) = (path.mtu(), path.is_lossless());
        let description = format!("seed {seed}: {path:?}");
        let outcome = search(path, seed);
        let found = &outcome.found;
        assert!(
            found
                .verdict
                .lower()
                .is_none_or(|it| it >= outcome.largest_answered)
        );
        match found.verdict {
            MtuVerdict::Exact(mtu) | MtuVerdict::AtLeast(mtu) => {
                assert_eq!(mtu, truth, "{description} {found:?}");
            }
            MtuVerdict::Range { lower, upper } => {
                assert!(lower <= truth && truth <= upper, "{description} {found:?}");
            }
            MtuVerdict::None(_) => assert!(!lossless, "{description} {found:?}"),
        }
        if lossless {
            assert!(outcome.sent <= BUDGET, "{description} {}", outcome.sent);
            assert!(
                !matches!(found.verdict, MtuVerdict::Range { .. }),
                "{description}"
            );
        }
        known += u64::from(found.verdict.lower().is_some());
        exact += u64::from(matches!(
            found.verdict,
            MtuVerdict::Exact(_) | MtuVerdict::AtLeast(_)
        ));
    }
    assert!(known > SEEDS * 8 / 10, "{known} of {SEEDS} are known");
    assert!(exact > SEEDS * 6 / 10, "{exact} of {SEEDS} are exact");
}
