//! `--icmp-timestamp` and what belongs to it.

use super::*;

#[test]
fn one_target_and_many_are_asked_for_their_time_over_ipv4() {
    let one = config("rping --icmp-timestamp h");
    assert_eq!(
        (one.message.request, one.message.size),
        (Request::Timestamp, 12)
    );
    assert_eq!(one.plan.destination.family, FamilyChoice::Ipv4);
    assert_eq!(one.socket.kind, SocketChoice::Auto);
    let several = many("rping --icmp-timestamp a b");
    assert_eq!(
        (several.message.request, several.message.size),
        (Request::Timestamp, 12)
    );
    assert_eq!(several.plan.targets.family, FamilyChoice::Ipv4);
    assert_eq!(config("rping h").message.request, Request::Echo);
}

#[test]
fn what_a_timestamp_has_no_use_for_is_refused() {
    for (line, text) in [
        (
            "rping --icmp-timestamp -s 9 h",
            "usage error: -s does not work with --icmp-timestamp: a timestamp has 12 octets",
        ),
        (
            "rping --icmp-timestamp -s 9 a b",
            "usage error: -s does not work with --icmp-timestamp: a timestamp has 12 octets",
        ),
        (
            "rping --icmp-timestamp -p ff h",
            "usage error: -p does not work with --icmp-timestamp: a timestamp has no pattern",
        ),
        (
            "rping --icmp-timestamp -N name h",
            "usage error: -N does not work with --icmp-timestamp: ask one question at a time",
        ),
        (
            "rping --icmp-timestamp -6 h",
            "usage error: --icmp-timestamp works over IPv4 only, but IPv6 was requested; leave out one of the two",
        ),
        (
            "rping --icmp-timestamp -6 a b",
            "usage error: --icmp-timestamp works over IPv4 only, but IPv6 was requested; leave out one of the two",
        ),
        (
            "rping --icmp-timestamp ::1",
            "usage error: --icmp-timestamp works over IPv4 only, but ::1 is an IPv6 address; change one of the two",
        ),
        (
            "rping --icmp-timestamp --socket ping h",
            "usage error: --icmp-timestamp needs a raw socket: leave out --socket ping",
        ),
        (
            "rping --icmp-timestamp --socket ping a b",
            "usage error: --icmp-timestamp needs a raw socket: leave out --socket ping",
        ),
        (
            "ping --icmp-timestamp h",
            "usage error: --icmp-timestamp works only under the name rping",
        ),
    ] {
        assert_eq!(refused(line), text, "{line}");
    }
}
