//! Probes of many targets in the order in which they leave.

use super::*;
use crate::clock::{Clock, SystemClock};

const TIMEOUT: Duration = Duration::from_secs(1);

fn entry(target: u32, last: Option<u32>, number: u32) -> Entry {
    Entry {
        target,
        last,
        number,
    }
}

/// Where a probe is kept that has left at this moment.
fn sent(flights: &mut Flights, entry: Entry, at: Instant) -> u32 {
    let position = flights.push(entry, at, |_| {});
    flights.left(position, at.into());
    position
}

#[test]
fn flight_takes_28_octets() {
    assert_eq!(size_of::<Flight>(), 28);
}

#[test]
fn probe_is_found_among_those_of_its_target() {
    let now = SystemClock.now();
    let mut flights = Flights::new(0, now, TIMEOUT);
    let mut last = [None; 3];
    for round in 0..5_u32 {
        for target in 0..3_u32 {
            let place = &mut last[target as usize];
            let at = now + Duration::from_millis((round * 3 + target).into());
            *place = Some(sent(&mut flights, entry(target, *place, round), at));
        }
    }
    let found = flights.find(1, last[1].unwrap(), 2).unwrap();
    assert_eq!(found.left, now + Duration::from_millis(7));
    assert_eq!(flights.find(1, last[1].unwrap(), 5), None);
    assert_eq!(flights.find(2, last[1].unwrap(), 2), None);
    assert_eq!(flights.open(), 15);
}

#[test]
fn probes_time_out_in_the_order_of_sending() {
    let now = SystemClock.now();
    let mut flights = Flights::new(0, now, TIMEOUT);
    for target in 0..3 {
        let at = now + Duration::from_millis(target.into());
        sent(&mut flights, entry(target, None, 0), at);
    }
    let first = flights.find(0, 0, 0).unwrap().position;
    flights.settle(first, Fate::Answered);
    assert_eq!(
        flights.next_due(),
        Some(now + TIMEOUT + Duration::from_millis(1))
    );
    assert_eq!(flights.time_out_next(), Some((1, 0)));
    assert_eq!(flights.time_out_next(), Some((2, 0)));
    assert_eq!((flights.next_due(), flights.open()), (None, 0));
}

#[test]
fn answered_probes_take_no_memory() {
    let now = SystemClock.now();
    let mut flights = Flights::new(0, now, TIMEOUT);
    for target in 0..100_000 {
        let position = flights.push(entry(target, None, 0), now, |_| {});
        let found = flights.find(target, position, 0).unwrap();
        flights.settle(found.position, Fate::Answered);
    }
    assert!(flights.queue.capacity() <= 8);
}

#[test]
fn timed_out_probes_are_remembered_up_to_a_limit() {
    let now = SystemClock.now();
    let mut flights = Flights::new(0, now, TIMEOUT);
    for target in 0..100_000 {
        sent(&mut flights, entry(target, None, 0), now);
        flights.time_out_next();
    }
    assert!(flights.queue.len() <= REMEMBERED + 1);
    assert!(flights.find(99_000, 99_000, 0).is_some());
    assert_eq!(flights.find(5, 5, 0), None);
}

#[test]
fn positions_wrap() {
    let now = SystemClock.now();
    let mut flights = Flights {
        first: u64::from(POSITION_MASK) - 1,
        ..Flights::new(0, now, TIMEOUT)
    };
    let mut last = None;
    for number in 0..4 {
        last = Some(flights.push(entry(7, last, number), now, |_| {}));
    }
    assert_eq!(last, Some(1));
    assert!((0..4).all(|ordinal| flights.find(7, 1, ordinal).is_some()));
}
