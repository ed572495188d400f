//! Names among the targets.

mod moves;

use super::*;
use crate::target::{Block, Builder};
use std::net::IpAddr;

/// Targets in this order. A word that is not an address is a name.
fn book(words: &[&str], rules: Rules) -> TargetTable {
    let mut builder = Builder::new();
    let mut names = Vec::new();
    for word in words {
        if let Ok(address) = word.parse::<IpAddr>() {
            builder.add(Block::from(address), 0, None).unwrap();
        } else {
            builder.mark();
            names.push(Name {
                ascii: (*word).to_owned(),
                typed: None,
                label: Some(format!("label of {word}")),
            });
        }
    }
    TargetTable::new(builder.build(Limit::DEFAULT).unwrap(), names, rules, false)
}

fn answer(index: usize, addresses: &[&str]) -> Answer {
    let address = |address: &&str| format!("{address}:0").parse().unwrap();
    Answer {
        index,
        outcome: Ok(Resolved {
            names: Vec::new(),
            name: String::new(),
            addresses: addresses.iter().map(address).collect(),
            numeric: false,
            may_have_more: false,
        }),
    }
}

fn news(book: &TargetTable, answer: Answer) -> LookupUpdates {
    let mut news = LookupUpdates::default();
    book.take(answer, &mut news);
    news
}

fn lookups(book: &TargetTable, answer: Answer) -> Vec<(TargetNumber, Lookup)> {
    news(book, answer).lookups
}

/// The addresses of all targets in the given order, or their names if they have none.
fn given(book: &TargetTable) -> Vec<String> {
    let text = |target| match book.address(target) {
        Some(address) => address.ip().to_string(),
        None => book.name(target).unwrap().to_owned(),
    };
    book.as_given().map(text).collect()
}

fn all_addresses() -> Rules {
    Rules {
        all_addresses: true,
        ..Rules::default()
    }
}

#[test]
fn addresses_that_the_resolver_may_have_left_out_are_told_where_all_are_wanted() {
    let complaints = |rules: Rules| {
        let mut answer = answer(0, &["192.0.2.1", "192.0.2.2"]);
        if let Ok(resolved) = &mut answer.outcome {
            resolved.may_have_more = true;
        }
        news(&book(&["big.example"], rules), answer).complaints
    };
    let line = "big.example: the resolver of this static binary gives at most 48 addresses of a name: there may be more";
    assert_eq!(complaints(all_addresses()), [line]);
    assert!(complaints(Rules::default()).is_empty());
}

#[test]
fn places_of_targets_are_those_where_they_were_given() {
    let words = ["a", "192.0.2.1", "b", "c", "192.0.2.3", "d"];
    let book = book(&words, all_addresses());
    lookups(&book, answer(1, &["192.0.2.9", "192.0.2.1", "192.0.2.8"]));
    let given: Vec<_> = book.as_given().collect();
    let mut sorted = given.clone();
    sorted.sort_by(|one, other| book.given(*one, *other));
    assert_eq!((given.len(), sorted), (8, given));
}

#[test]
fn each_name_is_a_target_from_the_beginning_and_in_its_place() {
    let words = ["a", "192.0.2.1", "b", "c", "192.0.2.3", "192.0.2.2", "d"];
    let book = book(&words, Rules::default());
    assert_eq!(
        given(&book),
        ["a", "192.0.2.1", "b", "c", "192.0.2.3", "192.0.2.2", "d"]
    );
    assert_eq!(
        lookups(&book, answer(1, &["192.0.2.9", "192.0.2.8"])),
        [(4, Lookup::Found)]
    );
    assert_eq!(
        given(&book),
        [
            "a",
            "192.0.2.1",
            "192.0.2.9",
            "c",
            "192.0.2.3",
            "192.0.2.2",
            "d"
        ]
    );
    assert_eq!(
        (book.len(), book.name(4), book.label(4)),
        (7, Some("b"), Some("label of b"))
    );
    assert_eq!((book.found(0), book.found(1)), (Some(4), None));
    for target in [0, 1, 2, 4] {
        let address = book.address(target).unwrap();
        assert_eq!(book.find(address), Some(target));
    }
    assert_eq!(book.find("192.0.2.8:0".parse().unwrap()), None);
}

#[test]
fn names_and_words_of_one_address_are_a_target_each() {
    let book = book(&["a", "192.0.2.1", "b", "c"], Rules::default());
    assert_eq!(
        lookups(&book, answer(2, &["192.0.2.2"])),
        [(3, Lookup::Found)]
    );
    assert_eq!(
        lookups(&book, answer(0, &["192.0.2.2"])),
        [(1, Lookup::Same(3))]
    );
    assert_eq!(
        lookups(&book, answer(1, &["192.0.2.1"])),
        [(2, Lookup::Same(0))]
    );
    assert_eq!(
        given(&book),
        ["192.0.2.2", "192.0.2.1", "192.0.2.1", "192.0.2.2"]
    );
}

#[test]
fn all_addresses_of_a_name_are_targets_behind_it_if_that_is_asked_for() {
    let book = book(&["a", "192.0.2.1", "b"], all_addresses());
    assert_eq!(
        lookups(&book, answer(1, &["192.0.2.4"])),
        [(2, Lookup::Found)]
    );
    let news = news(
        &book,
        answer(0, &["192.0.2.3", "192.0.2.1", "192.0.2.4", "192.0.2.2"]),
    );
    assert_eq!(news.added, 3);
    let lookups = [
        Lookup::Found,
        Lookup::Same(0),
        Lookup::Same(2),
        Lookup::Found,
    ];
    assert_eq!(
        news.lookups,
        [1, 3, 4, 5].into_iter().zip(lookups).collect::<Vec<_>>()
    );
    let all = [
        "192.0.2.3",
        "192.0.2.1",
        "192.0.2.4",
        "192.0.2.2",
        "192.0.2.1",
        "192.0.2.4",
    ];
    assert_eq!(given(&book), all);
}

#[test]
fn more_addresses_than_there_may_be_targets_are_told_and_left_out() {
    let rules = Rules {
        limit: Limit::new(20),
        ..all_addresses()
    };
    let book = book(&["a"], rules);
    let addresses: Vec<String> = (1..=25).map(|host| format!("192.0.2.{host}")).collect();
    let addresses: Vec<&str> = addresses.iter().map(String::as_str).collect();
    let news = news(&book, answer(0, &addresses));
    assert_eq!((news.added, news.lookups.len()), (19, 20));
    assert_eq!(
        news.complaints,
        [
            "a: 5 of its 25 addresses are not probed: 25 targets are more than the limit of 20: give --limit 25 if all are meant"
        ]
    );
}

#[test]
fn name_of_excluded_addresses_is_no_target_and_the_first_of_the_others_is_probed() {
    let excluded = Block::new(
        "192.0.2.128".parse().unwrap(),
        "192.0.2.255".parse().unwrap(),
    );
    let mut rules = Rules::default();
    rules.admission.exclude(excluded.unwrap(), 0);
    let book = book(&["a", "b"], rules);
    assert_eq!(
        lookups(&book, answer(0, &["192.0.2.128"])),
        [(0, Lookup::LeftOut)]
    );
    assert_eq!(given(&book), ["b"]);
    assert_eq!(
        lookups(&book, answer(1, &["192.0.2.129", "192.0.2.7"])),
        [(1, Lookup::Found)]
    );
    assert_eq!(given(&book), ["192.0.2.7"]);
    assert!(!book.is_all_left_out() && !book.has_unresolved());
}

#[test]
fn address_that_may_not_be_probed_gives_way_to_the_next_one() {
    let book = book(&["a"], Rules::default());
    let news = news(&book, answer(0, &["224.0.0.1", "192.0.2.7"]));
    assert_eq!(news.lookups, [(0, Lookup::Found)]);
    assert!(news.complaints.is_empty() && !book.has_unresolved());
    assert_eq!(given(&book), ["192.0.2.7"]);
}

#[test]
fn name_whose_addresses_may_not_be_probed_is_told_and_is_as_one_without_an_address() {
    for skip_bad in [false, true] {
        let rules = Rules {
            skip_bad,
            ..Rules::default()
        };
        let book = book(&["a"], rules);
        let news = news(&book, answer(0, &["224.0.0.1"]));
        assert_eq!(
            news.complaints,
            [
                "a is 224.0.0.1: multicast and broadcast reach many hosts: root may allow them with -b"
            ]
        );
        is_nothing(&book, &news, skip_bad);
    }
}

#[test]
fn name_without_an_address_is_a_target_that_fails_unless_it_is_passed_over() {
    for skip_bad in [false, true] {
        let rules = Rules {
            skip_bad,
            ..Rules::default()
        };
        let book = book(&["a"], rules);
        let outcome = Err(anyhow::anyhow!("a: no such name"));
        let news = news(&book, Answer { index: 0, outcome });
        assert_eq!(news.complaints, ["a: no such name"]);
        is_nothing(&book, &news, skip_bad);
    }
}

fn is_nothing(book: &TargetTable, news: &LookupUpdates, skip_bad: bool) {
    let lookup = if skip_bad {
        Lookup::LeftOut
    } else {
        Lookup::Nothing
    };
    assert_eq!(news.lookups, [(0, lookup)]);
    assert_eq!(book.has_unresolved(), !skip_bad);
    assert_eq!(book.address(0), None);
    assert_eq!(book.is_all_left_out(), skip_bad);
}

#[test]
fn name_whose_lookup_fails_is_not_known_and_is_not_passed_over() {
    for skip_bad in [false, true] {
        let rules = Rules {
            skip_bad,
            ..Rules::default()
        };
        let book = book(&["a", "b"], rules);
        let outcome = Err(LookupFailed::for_a_test("a", "no answer").into());
        let mut news = news(&book, Answer { index: 0, outcome });
        assert_eq!(news.complaints, ["a: no answer"]);
        book.end_all(&mut news);
        let ended = Lookup::Failed("its lookup ended without an answer");
        assert_eq!(news.lookups, [(0, Lookup::Failed("no answer")), (1, ended)]);
        assert!(!book.has_unresolved());
        assert_eq!(given(&book), ["a", "b"]);
    }
}

#[test]
fn a_link_local_address_is_found_on_the_interface_that_it_was_looked_for_on() {
    let mut rules = Rules::default();
    rules.admission.interface = Some(7);
    let book = book(&["a"], rules);
    assert_eq!(
        lookups(&book, answer(0, &["[fe80::5]"])),
        [(0, Lookup::Found)]
    );
    assert_eq!(book.find("[fe80::5%7]:0".parse().unwrap()), Some(0));
    assert_eq!(book.find("[fe80::5%8]:0".parse().unwrap()), None);
}
