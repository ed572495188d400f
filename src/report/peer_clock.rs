//! What replies to ICMP timestamp requests tell of the clocks of targets (`--icmp-timestamp`).

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::time::Duration;

use super::duration::Milliseconds;
use crate::event::{Answer, Standing, TargetNumber};
use crate::wire::timestamp::{PeerClock, Times};

/// Milliseconds in an hour, a minute and a second.
const HOUR: u32 = 60 * MINUTE;
const MINUTE: u32 = 60 * SECOND;
const SECOND: u32 = 1000;

/// Milliseconds of a day: from here on a number is no time of day.
const DAY: u32 = 24 * HOUR;

/// Of each target the reading that is known best.
#[derive(Debug, Default)]
pub(super) struct PeerClocks(BTreeMap<TargetNumber, PeerClock>);

/// What one reply tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Reading {
    pub(super) times: Times,
    /// None if the times in it are no times of day, or the reply does not count.
    pub(super) clock: Option<PeerClock>,
    /// Whether the reply counts.
    pub(super) counts: bool,
    /// An estimate of the way there and the way back.
    pub(super) ways: Option<(Duration, Duration)>,
}

impl PeerClocks {
    /// None of an answer without times.
    pub(super) fn read(&mut self, answer: &Answer<'_>) -> Option<Reading> {
        let times = answer.times?;
        let counts = answer.standing == Standing::Reply && !answer.marks.different_address;
        let timing = answer.timing.filter(|_| counts);
        let clock = timing.and_then(|timing| times.clock(timing.round_trip));
        let ways = clock.map(|clock| {
            let best = self.0.entry(answer.target).or_insert(clock);
            if clock.uncertainty() < best.uncertainty() {
                *best = clock;
            }
            clock.ways(best.ahead)
        });
        let counts = timing.is_some();
        Some(Reading {
            times,
            clock,
            counts,
            ways,
        })
    }

    /// The reading of a target that is known best.
    pub(super) fn best(&self, target: TargetNumber) -> Option<&PeerClock> {
        self.0.get(&target)
    }
}

/// ` originate=12:34:56.123 receive=12:34:58.623 transmit=12:34:58.623 (clock offset +2500 ms; estimate: 0.262 ms there,
/// 0.261 ms back)`
pub(super) fn text(line: &mut Vec<u8>, reading: &Reading) -> io::Result<()> {
    let is_swapped = reading.clock.is_some_and(|clock| clock.is_swapped);
    let of_peer = |time: u32| if is_swapped { time.swap_bytes() } else { time };
    let Times {
        originate,
        receive,
        transmit,
    } = reading.times;
    for (name, time) in [
        ("originate", originate),
        ("receive", of_peer(receive)),
        ("transmit", of_peer(transmit)),
    ] {
        write!(line, " {name}=")?;
        time_of_day(line, time)?;
    }
    let Some((clock, (there, back))) = reading.clock.zip(reading.ways) else {
        if !reading.counts {
            return Ok(());
        }
        return write!(line, " (clock offset unknown: no standard times)");
    };
    write!(line, " (clock offset {} ms", offset(clock.ahead))?;
    if is_swapped {
        write!(line, ", low octets first")?;
    }
    let [there, back] = [there, back].map(Milliseconds);
    write!(line, "; estimate: {there} ms there, {back} ms back)")
}

/// `clock offset: +2500 ms, at most 1.262 ms off (from the shortest of the round trips)`
pub(super) fn best(line: &mut Vec<u8>, clock: &PeerClock) -> io::Result<()> {
    writeln!(
        line,
        "clock offset: {} ms, at most {} ms off (by the shortest round trip)",
        offset(clock.ahead),
        Milliseconds(clock.uncertainty()),
    )
}

/// `+2500`: whole milliseconds, which is as much as the times in a reply tell.
fn offset(ahead: i64) -> String {
    let half = 500 * ahead.signum();
    format!("{:+}", (ahead + half) / 1000)
}

/// In UTC; a number that is none, as it is.
fn time_of_day(line: &mut Vec<u8>, time: u32) -> io::Result<()> {
    if time >= DAY {
        return write!(line, "{time:#010x}");
    }
    let (hours, minutes) = (time / HOUR, time % HOUR / MINUTE);
    let (seconds, milliseconds) = (time % MINUTE / SECOND, time % SECOND);
    write!(
        line,
        "{hours:02}:{minutes:02}:{seconds:02}.{milliseconds:03}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Marks, Source, Timing};

    fn answer(times: [u32; 3], round_trip: Duration) -> Answer<'static> {
        let [originate, receive, transmit] = times;
        Answer {
            target: 0,
            number: Some(0),
            length: 20,
            source: ([192, 0, 2, 1], 0).into(),
            identifier: 1,
            sequence: 1,
            hop_limit: Some(64),
            traffic_class: None,
            destination: None,
            times: Some(Times {
                originate,
                receive,
                transmit,
            }),
            standing: Standing::Reply,
            timing: Some(Timing {
                round_trip,
                source: Source::Kernel,
                sending: None,
                queued: None,
                reading: None,
            }),
            marks: Marks::default(),
            mismatch: None,
            options: &[],
            information: None,
        }
    }

    fn told(clocks: &mut PeerClocks, answer: &Answer<'_>) -> String {
        let mut line = Vec::new();
        text(&mut line, &clocks.read(answer).unwrap()).unwrap();
        String::from_utf8(line).unwrap()
    }

    #[test]
    fn line_has_times_offset_and_an_estimate_of_each_way() {
        let mut clocks = PeerClocks::default();
        let noon = 12 * HOUR;
        let first = answer([noon, noon + 2502, noon + 2502], Duration::from_millis(4));
        assert_eq!(
            told(&mut clocks, &first),
            " originate=12:00:00.000 receive=12:00:02.502 transmit=12:00:02.502 \
             (clock offset +2500 ms; estimate: 2.000 ms there, 2.000 ms back)"
        );
        // The way there is longer, by the offset that the shorter round trip told.
        let second = answer([noon, noon + 2508, noon + 2508], Duration::from_millis(10));
        assert_eq!(
            told(&mut clocks, &second),
            " originate=12:00:00.000 receive=12:00:02.508 transmit=12:00:02.508 \
             (clock offset +2503 ms; estimate: 8.000 ms there, 2.000 ms back)"
        );
        let mut line = Vec::new();
        best(&mut line, clocks.best(0).unwrap()).unwrap();
        assert_eq!(
            String::from_utf8(line).unwrap(),
            "clock offset: +2500 ms, at most 3.000 ms off (by the shortest round trip)\n"
        );
    }

    #[test]
    fn what_is_no_time_of_day_is_shown_as_it_is() {
        let mut clocks = PeerClocks::default();
        let answer = answer([5, 0x8000_0506, 0x8000_0506], Duration::from_millis(4));
        assert_eq!(
            told(&mut clocks, &answer),
            " originate=00:00:00.005 receive=0x80000506 transmit=0x80000506 \
             (clock offset unknown: no standard times)"
        );
        assert_eq!(clocks.best(0), None);
    }

    #[test]
    fn low_octets_first_are_told() {
        let receive = 3502_u32.swap_bytes();
        let answer = answer([1000, receive, receive], Duration::from_millis(4));
        let line = told(&mut PeerClocks::default(), &answer);
        let expected = " receive=00:00:03.502 transmit=00:00:03.502 (clock offset +2500 ms, low octets first; ";
        assert!(line.contains(expected), "{line}");
    }

    #[test]
    fn answer_that_does_not_count_tells_no_offset() {
        let mut clocks = PeerClocks::default();
        let mut duplicate = answer([0, 2502, 2502], Duration::from_millis(4));
        duplicate.standing = Standing::Duplicate;
        assert_eq!(clocks.read(&duplicate).unwrap().clock, None);
        assert!(told(&mut clocks, &duplicate).ends_with(" transmit=00:00:02.502"));
        let mut of_another = answer([0, 2502, 2502], Duration::from_millis(4));
        of_another.marks.different_address = true;
        assert_eq!(clocks.read(&of_another).unwrap().clock, None);
        assert_eq!(clocks.best(0), None);
    }

    #[test]
    fn offset_is_rounded_to_a_millisecond_on_both_sides() {
        for (ahead, expected) in [
            (499, "+0"),
            (500, "+1"),
            (-499, "+0"),
            (-500, "-1"),
            (0, "+0"),
        ] {
            assert_eq!(offset(ahead), expected);
        }
    }
}
