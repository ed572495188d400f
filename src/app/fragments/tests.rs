//! When probes are sent in fragments, and what follows.

use super::*;

fn of(ipv6: bool, size: usize) -> Probes {
    Probes {
        ipv6,
        size,
        ip_options: 0,
        fragments: Fragments::Allowed,
    }
}

#[test]
fn probe_leaves_in_fragments_if_it_is_longer_than_the_mtu() {
    for (ipv6, fits) in [(false, 1472), (true, 1452)] {
        assert_eq!(of(ipv6, fits).in_fragments(Some(1500)), None);
        let found = of(ipv6, fits + 1).in_fragments(Some(1500));
        let expected = InFragments {
            octets: 1501,
            mtu: 1500,
        };
        assert_eq!(found, Some(expected));
    }
}

#[test]
fn ip_options_lengthen_a_probe() {
    let probes = Probes {
        ip_options: 40,
        ..of(false, 1433)
    };
    assert!(probes.in_fragments(Some(1500)).is_some());
    assert!(of(false, 1433).in_fragments(Some(1500)).is_none());
}

#[test]
fn least_mtu_of_the_family_is_assumed_where_the_kernel_says_none() {
    for (ipv6, fits) in [(false, 548), (true, 1232)] {
        assert!(of(ipv6, fits).in_fragments(None).is_none());
        assert!(of(ipv6, fits + 1).in_fragments(None).is_some());
    }
}

#[test]
fn probe_that_may_not_be_fragmented_leaves_in_one_packet() {
    let probes = Probes {
        fragments: Fragments::Forbidden,
        ..of(false, 20_000)
    };
    assert_eq!(probes.in_fragments(Some(1500)), None);
}

fn settled(clock: ClockChoice, details: bool) -> (ClockChoice, RoundTripStart, Option<String>) {
    let (mut settled, mut start) = (clock, clock.start());
    let probes = of(false, 3000).in_fragments(Some(1500)).unwrap();
    let line = probes.settle(&mut settled, &mut start, details);
    (settled, start, line)
}

#[test]
fn clock_that_needs_the_stamp_of_the_driver_becomes_that_of_the_kernel_with_a_warning() {
    for (clock, name) in [
        (ClockChoice::Wire, "wire"),
        (ClockChoice::Hardware, "hardware"),
    ] {
        let (settled, start, line) = settled(clock, false);
        assert_eq!(settled, ClockChoice::Kernel);
        assert_eq!(start, RoundTripStart::Queue);
        let expected = format!(
            "--clock {name}: probes of 3028 octets may leave in fragments (MTU 1500), and the kernel stamps only the first one: measuring with --clock kernel instead"
        );
        assert_eq!(line, Some(expected));
    }
}

#[test]
fn other_clocks_stay_and_details_tell_that_the_wait_is_not_known() {
    let told = "probes of 3028 octets may leave in fragments (MTU 1500): their wait in this host's queue is not known";
    for (clock, details, expected) in [
        (ClockChoice::Best, true, Some(told)),
        (ClockChoice::Kernel, true, Some(told)),
        (ClockChoice::Best, false, None),
        (ClockChoice::User, true, None),
    ] {
        let (settled, start, line) = settled(clock, details);
        assert_eq!((settled, start), (clock, RoundTripStart::Queue));
        assert_eq!(line.as_deref(), expected);
    }
}
