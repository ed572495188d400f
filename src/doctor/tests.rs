use std::path::PathBuf;

use super::*;
use crate::net::{
    Confinement, Family, FamilyFacts, FileCapability, Hardware, InterfaceStamps, Lacking, Obstacle,
    Program, StampFacts,
};

fn error(errno: i32) -> io::Result<()> {
    Err(io::Error::from_raw_os_error(errno))
}

/// A perfectly configured host, and a user without any rights.
fn machine() -> Machine {
    let family = |family| FamilyFacts {
        family,
        raw: error(libc::EPERM),
        ping: Ok(()),
        loopback: Ok(()),
        beyond: Ok(()),
        is_disabled: false,
    };
    Machine {
        user: 1000,
        groups: vec![27, 1000],
        program: Program {
            path: Some(PathBuf::from("/usr/bin/rping")),
            ..Program::default()
        },
        may_raise: false,
        obstacle: None,
        has_host_ids: Some(true),
        families: [family(Family::Ipv4), family(Family::Ipv6)],
        ping_groups: Some(0..=2_147_483_647),
        stamps: StampFacts {
            kernel: true,
            interfaces: Vec::new(),
        },
        open_files: Some(1024),
        confinement: Confinement {
            was_filtered: Some(false),
            landlock: Ok(4),
            lacking: Lacking::default(),
        },
    }
}

fn without_sockets() -> Machine {
    let mut machine = machine();
    machine.ping_groups = Some(NO_GROUP);
    for facts in &mut machine.families {
        facts.ping = error(libc::EACCES);
    }
    machine
}

fn servers() -> Vec<NameServer> {
    vec![("192.0.2.53:53".parse().unwrap(), Ok(()))]
}

/// The kernel's default.
#[allow(
    clippy::reversed_empty_ranges,
    reason = "the kernel's own range of nobody"
)]
const NO_GROUP: std::ops::RangeInclusive<u32> = 1..=0;

/// The findings about this topic: state, text, and remedy.
fn told(machine: &Machine, topic: &str) -> Vec<(State, String, Option<String>)> {
    let found = findings(machine, &Ok(servers()));
    let found = found.into_iter().filter(|finding| finding.topic == topic);
    found.map(|it| (it.state, it.text, it.change)).collect()
}

#[track_caller]
fn assert_told(machine: &Machine, topic: &str, state: State, text: &str, change: Option<&str>) {
    let expected = (state, text.to_owned(), change.map(str::to_owned));
    assert_eq!(told(machine, topic), [expected]);
}

#[test]
fn user_with_ping_sockets_has_no_warning() {
    let found = findings(&machine(), &Ok(servers()));
    assert!(found.iter().all(|it| it.state == State::Ok), "{found:#?}");
    assert_told(
        &machine(),
        "raw socket",
        State::Ok,
        "IPv4 and IPv6 not permitted: this program has no CAP_NET_RAW",
        Some("sudo setcap cap_net_raw=p /usr/bin/rping"),
    );
    let result = "rping can ping: IPv4 (ping socket) and IPv6 (ping socket)";
    assert_told(&machine(), "result", State::Ok, result, None);
}

#[test]
fn without_any_socket_both_kinds_are_problems_with_a_command_each() {
    let machine = without_sockets();
    let [(raw, _, setcap)] = &told(&machine, "raw socket")[..] else {
        panic!("one line");
    };
    assert_eq!(*raw, State::Problem);
    assert_eq!(
        setcap.as_deref(),
        Some("sudo setcap cap_net_raw=p /usr/bin/rping")
    );
    assert_told(
        &machine,
        "ping socket",
        State::Problem,
        "IPv4 and IPv6 not permitted: net.ipv4.ping_group_range is 1 0, which is no group",
        Some("sudo sysctl net.ipv4.ping_group_range='0 2147483647'"),
    );
    assert!(!machine.can_ping());
    let result = "rping cannot ping: one of the changes above is enough";
    assert_told(&machine, "result", State::Problem, result, None);
}

#[test]
fn root_needs_no_sudo() {
    let machine = Machine {
        user: 0,
        ..without_sockets()
    };
    for (_, _, change) in [told(&machine, "raw socket"), told(&machine, "ping socket")].concat() {
        assert!(!change.unwrap().contains("sudo"));
    }
}

#[test]
fn groups_outside_the_range_are_named() {
    let machine = Machine {
        ping_groups: Some(100..=200),
        ..without_sockets()
    };
    let [(_, text, _)] = &told(&machine, "ping socket")[..] else {
        panic!("one line");
    };
    let expected = "net.ipv4.ping_group_range is 100 200, and 27 and 1000 are not in it";
    assert!(text.ends_with(expected), "{text}");
}

#[test]
fn range_in_a_user_namespace_is_of_its_groups() {
    let machine = Machine {
        has_host_ids: Some(false),
        groups: vec![0],
        ping_groups: Some(65_534..=65_534),
        ..without_sockets()
    };
    let [(_, text, change)] = &told(&machine, "ping socket")[..] else {
        panic!("one line");
    };
    assert!(text.ends_with("no group of this user namespace"), "{text}");
    assert_eq!(
        change.as_deref(),
        Some("sudo sysctl net.ipv4.ping_group_range='0 0'")
    );
}

#[test]
fn setcap_is_not_advised_where_it_cannot_help() {
    for obstacle in [
        Obstacle::ForeignNetwork,
        Obstacle::BoundingSet,
        Obstacle::NoNewPrivileges,
        Obstacle::NoSuid,
    ] {
        let machine = Machine {
            obstacle: Some(obstacle),
            ..without_sockets()
        };
        let [(state, text, change)] = &told(&machine, "raw socket")[..] else {
            panic!("one line");
        };
        assert_eq!(*state, State::Problem);
        assert!(text.contains(&obstacle.reason("/usr/bin/rping")), "{text}");
        assert!(!change.as_deref().unwrap().contains("setcap"), "{change:?}");
    }
}

#[test]
fn families_that_differ_have_a_line_each() {
    let mut machine = machine();
    machine.families[1].ping = error(libc::EPROTONOSUPPORT);
    let lines = told(&machine, "ping socket");
    let [(ipv4, first, _), (ipv6, second, _)] = &lines[..] else {
        panic!("{lines:?}");
    };
    assert_eq!((ipv4, ipv6), (&State::Ok, &State::Problem));
    assert!(first.starts_with("IPv4 permitted"), "{first}");
    assert_eq!(second, "IPv6 this kernel has no ping sockets");
    let result = "rping can ping: IPv4 (ping socket)";
    assert_told(&machine, "result", State::Ok, result, None);
}

#[test]
fn family_that_the_kernel_lacks_is_told_once() {
    let mut machine = machine();
    machine.families[1].raw = error(libc::EAFNOSUPPORT);
    machine.families[1].ping = error(libc::EAFNOSUPPORT);
    assert_told(
        &machine,
        "IPv6",
        State::Warning,
        "this kernel has no IPv6",
        None,
    );
    let [(_, text, _)] = &told(&machine, "ping socket")[..] else {
        panic!("one line");
    };
    assert!(text.starts_with("IPv4 permitted"), "{text}");
}

#[test]
fn family_without_routes_says_what_is_missing() {
    let mut machine = machine();
    machine.families[0].beyond = error(libc::ENETUNREACH);
    machine.families[1].is_disabled = true;
    assert_told(
        &machine,
        "IPv4",
        State::Warning,
        "no route beyond networks of this host: Network is unreachable",
        Some("sudo ip route add default via ROUTER"),
    );
    assert_told(
        &machine,
        "IPv6",
        State::Warning,
        "switched off: net.ipv6.conf.all.disable_ipv6 is 1",
        Some("sudo sysctl net.ipv6.conf.all.disable_ipv6=0"),
    );
    machine.families[0].loopback = error(libc::ENETUNREACH);
    assert_told(
        &machine,
        "IPv4",
        State::Warning,
        "no route to 127.0.0.1: Network is unreachable",
        Some("sudo ip link set lo up"),
    );
}

#[test]
fn file_says_what_it_gives_and_what_would_be_better() {
    let with = |program: Program| Machine {
        program: Program {
            path: Some(PathBuf::from("/r")),
            ..program
        },
        ..machine()
    };
    let capability = FileCapability {
        permitted: true,
        inheritable: false,
        effective: false,
    };
    let permitted = || Program {
        capability: Some(capability),
        ..Program::default()
    };
    let text = "/r has cap_net_raw=p";
    assert_told(&with(permitted()), "program", State::Ok, text, None);
    let effective = FileCapability {
        effective: true,
        ..capability
    };
    assert_told(
        &with(Program {
            capability: Some(effective),
            ..Program::default()
        }),
        "program",
        State::Warning,
        "/r has cap_net_raw=ep, so it does not start where the bounding set lacks that",
        Some("sudo setcap cap_net_raw=p /r"),
    );
    assert_told(
        &with(Program {
            is_setuid_root: true,
            ..Program::default()
        }),
        "program",
        State::Warning,
        "/r is setuid root, and the capability cap_net_raw would be enough",
        Some("sudo sh -c 'chmod u-s /r && setcap cap_net_raw=p /r'"),
    );
    assert_told(
        &with(Program {
            is_nosuid: true,
            ..permitted()
        }),
        "program",
        State::Warning,
        "/r has cap_net_raw=p, which its mount ignores (nosuid)",
        Some("sudo install /r /usr/local/bin/"),
    );
}

#[test]
fn name_servers_are_named_and_those_without_a_route_are_told() {
    let told = |servers: io::Result<Vec<NameServer>>| {
        let found = findings(&machine(), &servers);
        let found = found.into_iter().find(|it| it.topic == "name server");
        found.unwrap()
    };
    let server = |address: &str, route| (address.parse().unwrap(), route);
    let both = vec![
        server("192.0.2.53:53", Ok(())),
        server("[2001:db8::53]:53", Ok(())),
    ];
    let found = told(Ok(both));
    assert_eq!(found.text, "192.0.2.53 and 2001:db8::53 (not asked)");
    assert_eq!(found.state, State::Ok);
    let found = told(Ok(vec![server("192.0.2.53:53", error(libc::ENETUNREACH))]));
    assert_eq!(
        found.text,
        "192.0.2.53 (not asked); no route to 192.0.2.53: Network is unreachable"
    );
    assert_eq!(found.state, State::Warning);
    assert_eq!(told(Ok(Vec::new())).state, State::Warning);
    let found = told(Err(io::Error::from_raw_os_error(libc::EACCES)));
    assert_eq!(found.text, "/etc/resolv.conf: Permission denied");
    assert_eq!(
        found.change.as_deref(),
        Some("sudo chmod a+r /etc/resolv.conf")
    );
}

#[test]
fn interfaces_with_the_same_clocks_share_a_line() {
    let interface = |name: &str, driver, hardware| InterfaceStamps {
        name: name.to_owned(),
        driver,
        hardware,
    };
    let mut machine = machine();
    machine.stamps.interfaces = vec![
        interface("eth0", true, Hardware::Off),
        interface("eth1", true, Hardware::On),
        interface("ifb0", false, Hardware::None),
        interface("lo", true, Hardware::None),
        interface("veth0", true, Hardware::None),
    ];
    let lines = told(&machine, "time stamps");
    let lines: Vec<&str> = lines.iter().map(|(_, text, _)| text.as_str()).collect();
    assert_eq!(
        lines,
        [
            "eth0: --clock kernel, wire and hardware (switched off)",
            "eth1: --clock kernel, wire and hardware",
            "ifb0: --clock kernel",
            "lo and veth0: --clock kernel and wire",
        ]
    );
    let [(_, _, change), ..] = &told(&machine, "time stamps")[..] else {
        panic!("four lines");
    };
    assert_eq!(
        change.as_deref(),
        Some("sudo hwstamp_ctl -i eth0 -t 1 -r 1")
    );
    let many = (0..10).map(|number| interface(&format!("v{number}"), true, Hardware::None));
    machine.stamps.interfaces = many.collect();
    let [(_, text, _)] = &told(&machine, "time stamps")[..] else {
        panic!("one line");
    };
    assert_eq!(
        text,
        "v0, v1, v2, v3, v4, v5, v6, v7 and 2 more: --clock kernel and wire"
    );
    machine.stamps.kernel = false;
    let [(state, ..)] = told(&machine, "time stamps")[..] else {
        panic!("one line");
    };
    assert_eq!(state, State::Warning);
}

#[test]
fn too_few_open_files_are_told() {
    let with = |open_files| Machine {
        open_files,
        ..machine()
    };
    let text = "at most 16, and a run may need 32";
    let change = Some("ulimit -n 32");
    assert_told(&with(Some(16)), "open files", State::Warning, text, change);
    assert_told(&with(None), "open files", State::Ok, "no limit", None);
}
