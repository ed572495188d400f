//! Names that are looked up again.

use super::*;
use crate::event::Change;
use crate::event::Changed;

fn at(address: &str) -> SocketAddr {
    format!("{address}:0").parse().unwrap()
}

fn failed(index: usize) -> Answer {
    Answer {
        index,
        outcome: Err(anyhow::anyhow!("no such name")),
    }
}

/// A name that resolved to 192.0.2.1 at the start, and the address 192.0.2.9, which has the first number.
fn moving() -> TargetTable {
    let book = book(&["a", "192.0.2.9"], Rules::default());
    let first = lookups(&book, answer(0, &["192.0.2.1"]));
    assert_eq!(first, [(1, Lookup::Found)]);
    book
}

/// The updates after a repeated lookup of the name, and the address on trial.
fn again(book: &TargetTable, addresses: &[&str]) -> (LookupUpdates, Option<SocketAddr>) {
    let news = news(book, answer(0, addresses));
    (news, book.moves.tried(1))
}

#[test]
fn name_that_still_leads_to_its_address_has_not_moved() {
    let book = moving();
    for addresses in [&["192.0.2.1"][..], &["192.0.2.2", "192.0.2.1"], &[]] {
        assert_eq!(again(&book, addresses), (LookupUpdates::default(), None));
    }
    assert_eq!(news(&book, failed(0)), LookupUpdates::default());
    assert_eq!(book.address(1), Some(at("192.0.2.1")));
}

#[test]
fn new_address_is_tried_and_the_old_one_kept_until_the_new_one_answers() {
    let book = moving();
    let (before, after) = (at("192.0.2.1"), at("192.0.2.2"));
    let tried = again(&book, &["192.0.2.2"]);
    assert_eq!(tried, (LookupUpdates::default(), Some(after)));
    assert_eq!(book.address(1), Some(before));
    assert_eq!((book.moves.find(after), book.find(after)), (Some(1), None));
    assert_eq!(book.accept(1, at("192.0.2.3")), None, "another one answers");
    let before = Some(before);
    let changed = Changed::Address { before, after };
    assert_eq!(book.accept(1, after), Some(changed));
    assert_eq!((book.address(1), book.moves.tried(1)), (Some(after), None));
    for address in ["192.0.2.1", "192.0.2.2"] {
        assert_eq!(book.find(at(address)), Some(1), "replies of both are known");
    }
}

#[test]
fn of_the_addresses_that_a_name_had_only_the_last_two_are_known() {
    let book = moving();
    let address = |host: u8| format!("192.0.2.{host}");
    for host in 2..=5 {
        again(&book, &[&address(host)]);
        assert!(book.accept(1, at(&address(host))).is_some());
    }
    let known = (1..=5).filter(|host| book.find(at(&address(*host))).is_some());
    assert_eq!(known.collect::<Vec<_>>(), [4, 5]);
}

#[test]
fn name_that_moves_back_before_the_new_address_answered_is_not_tried_there_any_more() {
    let book = moving();
    again(&book, &["192.0.2.2"]);
    assert_eq!(again(&book, &["192.0.2.1"]).1, None);
    assert_eq!(book.accept(1, at("192.0.2.2")), None);
}

#[test]
fn name_that_moves_to_the_address_of_another_target_stays_and_that_is_told_once() {
    let book = moving();
    let (news, tried) = again(&book, &["192.0.2.9"]);
    assert_eq!(
        news.complaints,
        ["a has the address of another target now (192.0.2.9): its old address is probed on"]
    );
    assert_eq!(tried, None);
    assert_eq!(again(&book, &["192.0.2.9"]).0, LookupUpdates::default());
}

#[test]
fn name_without_an_address_gets_one_and_is_no_failure_any_more() {
    let book = book(&["a"], Rules::default());
    assert_eq!(lookups(&book, failed(0)), [(0, Lookup::Nothing)]);
    assert!(book.has_unresolved());
    assert_eq!(book.ended(None), [(0, "a")]);
    let found = news(&book, answer(0, &["192.0.2.1"]));
    assert_eq!(found.lookups, [(0, Lookup::Found)]);
    let what = Changed::Address {
        before: None,
        after: at("192.0.2.1"),
    };
    assert_eq!(found.changes, [Change { target: 0, what }]);
    assert!(!book.has_unresolved());
    assert_eq!(book.moves.tried(0), None);
}

#[test]
fn names_are_looked_up_again_one_by_one_or_all_but_those_that_are_no_targets() {
    let rules = Rules {
        skip_bad: true,
        ..Rules::default()
    };
    let book = book(&["a", "b", "192.0.2.9", "c"], rules);
    assert_eq!(book.ended(None), []);
    lookups(&book, answer(0, &["192.0.2.1"]));
    lookups(&book, answer(2, &["192.0.2.3"]));
    assert_eq!(lookups(&book, failed(1)), [(2, Lookup::LeftOut)]);
    assert_eq!(book.ended(None), [(0, "a"), (2, "c")]);
    assert_eq!(book.ended(Some(3)), [(2, "c")]);
    assert_eq!(book.ended(Some(0)), [], "an address has no name");
}
