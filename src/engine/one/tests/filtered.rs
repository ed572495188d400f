//! Probes that a packet filter of this host rejected: not sent, with an ICMP error that gives the reason.

use super::*;

/// A run whose first probe was not sent.
fn refused(schedule: Schedule) -> (One, Instant, Probe) {
    let start = SystemClock.now();
    let mut engine = One::new(schedule, tokens(), start);
    let Step::Transmit(probe) = engine.poll(start) else {
        panic!("one probe is due")
    };
    assert_eq!(
        engine.kept_here(start, Obstacle::Refused),
        Disposition::NotSent
    );
    (engine, start, probe)
}

#[test]
fn error_about_an_unsent_probe_is_counted_once() {
    let (mut engine, start, probe) = refused(schedule());
    assert_eq!(engine.filtered(probe.sequence, start), Some(Reach::NotSent));
    assert_eq!(
        engine.filtered(probe.sequence, start),
        None,
        "reported once"
    );
    let counts = engine.summary().counts;
    assert_eq!((counts.transmitted, counts.not_sent), (0, 1));
    assert_eq!((counts.rejected, counts.filtered), (1, 1));
    assert!(
        engine.number_of(TARGET, probe.sequence).is_none(),
        "a redirect is not about it"
    );
}

#[test]
fn error_from_another_host_about_an_unsent_probe_is_ignored() {
    let (mut engine, start, probe) = refused(schedule());
    assert_eq!(engine.unreachable(probe.sequence, start), None);
    let counts = engine.summary().counts;
    assert_eq!((counts.rejected, counts.filtered), (0, 0));
}

#[test]
fn answer_to_filtered_probe_is_unexpected() {
    let (mut engine, start, probe) = refused(schedule());
    engine.filtered(probe.sequence, start);
    let standing = engine.answered(&claim(&probe), start).standing;
    assert_eq!(standing, Standing::Unexpected);
    assert_eq!(engine.summary().counts.received, 0);
}

#[test]
fn flood_pauses_after_a_filtered_probe() {
    let (mut engine, start, probe) = refused(Schedule {
        pace: Pace::Flood,
        ..schedule()
    });
    engine.filtered(probe.sequence, start);
    engine.drained_until(start);
    let Step::Wait(Some(until)) = engine.poll(start) else {
        panic!("it goes on at once")
    };
    assert!(until > start);
}

#[test]
fn unsent_probe_is_reported_as_unanswered_only_under_the_name_ping() {
    for (outstanding, is_mentioned) in [(Outstanding::BeforeNext, true), (Outstanding::Both, false)]
    {
        for is_filtered in [false, true] {
            let (mut engine, start, probe) = refused(Schedule {
                outstanding,
                ..schedule()
            });
            if is_filtered {
                engine.filtered(probe.sequence, start);
            }
            let next = start + Duration::from_secs(1);
            engine.drained_until(next);
            let step = engine.poll(next);
            assert_eq!(step == no_answer(probe.sequence), is_mentioned);
        }
    }
}
