//! Kernels without features that rping uses, and policies that forbid them: `tests/kernel.md` is the table.

use crate::host::Host;
use crate::link::{self, HOST4, HOST6};
use crate::namespace::{self, rping_trial};
use crate::refusal::Refused;
use crate::run::{Run, named};
use crate::sandbox;
use libtest_mimic::Trial;

type Arrange = fn(Run<'static>) -> Run<'static>;

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        rping_trial(
            "kernel::errors_of_drivers_and_policies_are_not_sent_and_end_no_run",
            || {
                link::create();
                namespace::allow_ping_sockets();
                let host = Host::echo();
                for (errno, words) in NOT_SENT {
                    for arguments in [
                        format!("-c 2 -i 0.01 {HOST4}"),
                        format!("--socket ping -c 2 -i 0.01 {HOST4}"),
                        format!("-f -c 2 -l 2 {HOST6}"),
                        format!("-c 2 -i 0.01 {HOST4} {HOST6}"),
                        format!("--alive --retries 1 -W 0.01 {HOST4} {HOST6}"),
                    ] {
                        let output = unsendable(named("rping", &arguments), *errno).run();
                        let text = format!("{}{}", output.stdout, output.stderr);
                        assert_eq!(output.code, 1, "{arguments}: {output:?}");
                        assert!(text.contains(words), "{arguments}: {output:?}");
                        assert!(text.contains("not sent"), "{arguments}: {output:?}");
                    }
                }
                assert_eq!(host.finish().len(), 0);
            },
        ),
        rping_trial("kernel::calls_that_are_missing_end_the_run", || {
            for errno in [libc::ENOSYS, libc::EPERM] {
                for arguments in ["-c 2 127.0.0.1", "-f -c 2 ::1", "-c 2 127.0.0.1 ::1"] {
                    let output = unsendable(named("rping", arguments), errno).run();
                    assert_eq!(output.code, 2, "{arguments}: {output:?}");
                    assert!(output.stderr.contains("cannot send: "), "{output:?}");
                }
            }
        }),
        rping_trial("kernel::each_thing_is_done_without", || {
            link::create();
            namespace::allow_ping_sockets();
            let _host = Host::echo();
            let mut wrong = Vec::new();
            // Features that this kernel lacks are reported anyway.
            let here = named("rping", "-v -c 1 127.0.0.1").run().stderr;
            for (what, refused, errors, told) in DONE_WITHOUT {
                // Without the first of its calls the second one is not made.
                if *what == "landlock_restrict_self" && here.contains("landlock_create_ruleset") {
                    continue;
                }
                for errno in *errors {
                    wrong.extend(run_without(what, *refused, *errno, *told));
                }
            }
            assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        }),
        rping_trial(
            "kernel::type_of_service_is_null_without_its_option_and_told_with_v",
            || {
                link::create();
                namespace::allow_ping_sockets();
                let _host = Host::echo();
                for (what, refused, errors, _) in CLASSES {
                    for errno in *errors {
                        let run = |options: &str| {
                            let arguments = format!("{options} -c 1 --socket ping {HOST4} {HOST6}");
                            named("rping", &arguments).refusing(*refused, *errno).run()
                        };
                        let output = run("-v --json");
                        assert_eq!(output.code, 0, "{output:?}");
                        assert_eq!(output.stderr.matches(what).count(), 1, "{output:?}");
                        for (family, host) in [("IP_", HOST4), ("IPV6_", HOST6)] {
                            let is_null = what.starts_with(family);
                            let is_reply = "\"event\":\"reply\",";
                            let of_host = format!("\"from\":\"{host}\",");
                            let reply = (output.stdout.lines())
                                .find(|line| line.contains(is_reply) && line.contains(&of_host));
                            let tos = if is_null {
                                "\"tos\":null,"
                            } else {
                                "\"tos\":0,"
                            };
                            assert!(reply.unwrap().contains(tos), "{what}: {output:?}");
                        }
                        // No output uses it, so it is not requested.
                        assert_eq!(run("-v").stderr.matches(what).count(), 0);
                        assert_eq!(run("--json").stderr, "");
                    }
                }
            },
        ),
        rping_trial("kernel::setcap_is_not_advised_where_it_cannot_help", || {
            for (name, arguments, may_be_ping_socket) in [
                ("rping", "-c 1 127.0.0.1", true),
                ("rping", "-c 1 --socket raw ::1", false),
                ("rping", "-c 1 127.0.0.1 ::1", true),
                ("ping", "-c 1 ::1", true),
            ] {
                let output = named(name, arguments).without_raw().run();
                assert_eq!(output.code, 2, "{output:?}");
                let told = &output.stderr;
                assert!(!told.contains("sudo setcap"), "{told}");
                assert!(told.contains("\"--cap-add NET_RAW\""), "{told}");
                assert_eq!(
                    told.contains("ping_group_range"),
                    may_be_ping_socket,
                    "{told}"
                );
            }
        }),
        rping_trial(
            "kernel::neither_setcap_nor_a_capability_is_advised_where_the_network_is_foreign",
            || {
                for (name, arguments, may_be_ping_socket) in [
                    ("rping", "-c 1 127.0.0.1", true),
                    ("rping", "-c 1 --socket raw ::1", false),
                    ("rping", "-c 1 127.0.0.1 ::1", true),
                    ("ping", "-c 1 ::1", true),
                ] {
                    let output = named(name, arguments).in_foreign_network().run();
                    assert_eq!(output.code, 2, "{output:?}");
                    let told = &output.stderr;
                    assert!(!told.contains("sudo setcap"), "{told}");
                    assert!(!told.contains("--cap-add"), "{told}");
                    assert!(told.contains("not over this network"), "{told}");
                    let ping_sockets =
                        told.contains("on the host, let this group use ping sockets");
                    assert_eq!(ping_sockets, may_be_ping_socket, "{told}");
                }
            },
        )
        .with_ignored_flag(!sandbox::may_make_user_namespaces()),
        rping_trial(
            "kernel::setcap_is_not_advised_where_exec_ignores_capabilities_of_files",
            || {
                let obstacles: [(Arrange, &str); 2] = [
                    (Run::without_new_privileges, "no_new_privs is set"),
                    (Run::on_nosuid, "is on a file system mounted with nosuid"),
                ];
                for (name, arguments) in [
                    ("rping", "-c 1 127.0.0.1"),
                    ("rping", "-c 1 --socket raw ::1"),
                    ("rping", "-c 1 127.0.0.1 ::1"),
                    ("ping", "-c 1 ::1"),
                ] {
                    for (arrange, words) in obstacles {
                        let output = arrange(named(name, arguments).by_nobody()).run();
                        let told = &output.stderr;
                        assert_eq!(output.code, 2, "{output:?}");
                        assert!(!told.contains("sudo setcap"), "{told}");
                        assert!(told.contains(words), "{told}");
                    }
                }
            },
        )
        .with_ignored_flag(sandbox::in_user_namespace()),
        rping_trial(
            "kernel::verbose_run_tells_once_what_does_not_confine_it",
            || {
                for (call, line) in NOT_CONFINED {
                    // `ping -v` prints only iputils' lines.
                    for (name, targets, times) in [
                        ("rping", "127.0.0.1", 1),
                        ("rping", "127.0.0.1 127.0.0.2 ::1", 1),
                        ("ping", "::1", 0),
                    ] {
                        let run = |option: &str| {
                            named(name, &format!("{option} -c 1 {targets}"))
                                .refusing(Refused::Call(*call), libc::EPERM)
                                .run()
                        };
                        let output = run("-v");
                        let told = output.stderr.matches(&format!("ping: {line}\n")).count();
                        assert_eq!(
                            (output.code, told),
                            (0, times),
                            "{name} {targets}: {output:?}"
                        );
                        assert_eq!(run("-q").stderr, "", "{name} {targets}");
                    }
                }
            },
        ),
        rping_trial("kernel::the_table_has_each_thing_that_is_tried", || {
            let table = include_str!("../kernel.md");
            for (what, ..) in DONE_WITHOUT.iter().chain(CLASSES) {
                assert!(table.contains(&format!("`{what}`")), "it lacks {what}");
            }
        }),
        rping_trial(
            "kernel::interfaces_are_found_without_sockets_of_other_families",
            || {
                link::create();
                link::add_another();
                namespace::allow_ping_sockets();
                let _host = Host::echo();
                for others in [&[libc::AF_UNIX][..], &[libc::AF_UNIX, libc::AF_NETLINK]] {
                    for arguments in [
                        format!("-c 1 -I v0 {HOST4}"),
                        format!("-c 1 -I v0 {HOST6}"),
                        "-c 1 fe80::2%v0".to_owned(),
                        format!("-c 1 --socket ping -I v0 {HOST4}"),
                        format!("-c 1 -W 10 -I v0 {HOST4} {HOST6}"),
                        "-c 1 -W 10 fe80::2%v0 127.0.0.1".to_owned(),
                    ] {
                        let mut run = named("rping", &arguments);
                        for other in others {
                            run = run.refusing(family(*other), libc::EAFNOSUPPORT);
                        }
                        let output = run.run();
                        assert_eq!(output.code, 0, "{arguments}: {output:?}");
                        assert_eq!(output.stderr, "", "{arguments}");
                    }
                }
            },
        ),
        rping_trial("kernel::calls_for_many_messages_are_done_without", || {
            for errno in [libc::ENOSYS, libc::EPERM] {
                for arguments in [
                    "-f -l 9 -c 99 -W 10 127.0.0.1",
                    "-c 3 -i 0.01 -W 10 127.0.0.0/28 ::1",
                    "--alive --rate max 127.0.0.0/24",
                ] {
                    let run = named("rping", arguments)
                        .refusing(Refused::Call(libc::SYS_sendmmsg), errno)
                        .refusing(Refused::Call(libc::SYS_recvmmsg), errno);
                    let output = run.run();
                    assert_eq!(output.code, 0, "{arguments}: {output:?}");
                    assert_eq!(output.stderr, "", "{arguments}");
                }
            }
        }),
    ]
}

/// How a missing feature is reported.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Told {
    /// Not at all: nothing is weaker.
    Never,
    /// A line with `-v`.
    Verbosely,
    /// One line, whatever the options.
    Always,
}

/// The kernel lacks the option, or a policy forbids it.
const OF_OPTION: &[i32] = &[libc::ENOPROTOOPT, libc::EPERM];
/// The kernel lacks the call, or a policy forbids it.
const OF_CALL: &[i32] = &[libc::ENOSYS, libc::EPERM];
/// The kernel lacks the operation, or a policy forbids it.
const OF_PRCTL: &[i32] = &[libc::EINVAL, libc::EPERM];

const fn option(level: i32, name: i32) -> Refused {
    Refused::Option(level, name)
}

const fn prctl(operation: i32) -> Refused {
    Refused::CallWith(libc::SYS_prctl, 0, operation)
}

const fn family(family: i32) -> Refused {
    Refused::CallWith(libc::SYS_socket, 0, family)
}

/// Requested only if machine-readable output has it.
const CLASSES: &[(&str, Refused, &[i32], Told)] = &[
    (
        "IP_RECVTOS",
        option(libc::IPPROTO_IP, libc::IP_RECVTOS),
        OF_OPTION,
        Told::Verbosely,
    ),
    (
        "IPV6_RECVTCLASS",
        option(libc::IPPROTO_IPV6, libc::IPV6_RECVTCLASS),
        OF_OPTION,
        Told::Verbosely,
    ),
];

/// Every optional feature of the kernel, by its name in messages, with its errors and how it is reported.
const DONE_WITHOUT: &[(&str, Refused, &[i32], Told)] = &[
    (
        "IP_RECVERR",
        option(libc::IPPROTO_IP, libc::IP_RECVERR),
        OF_OPTION,
        Told::Verbosely,
    ),
    (
        "IP_RECVERR_RFC4884",
        option(libc::IPPROTO_IP, 26),
        OF_OPTION,
        Told::Verbosely,
    ),
    (
        "IP_RECVTTL",
        option(libc::IPPROTO_IP, libc::IP_RECVTTL),
        OF_OPTION,
        Told::Verbosely,
    ),
    (
        "IP_RECVOPTS",
        option(libc::IPPROTO_IP, libc::IP_RECVOPTS),
        OF_OPTION,
        Told::Verbosely,
    ),
    (
        "IPV6_RECVERR",
        option(libc::IPPROTO_IPV6, libc::IPV6_RECVERR),
        OF_OPTION,
        Told::Verbosely,
    ),
    (
        "IPV6_RECVERR_RFC4884",
        option(libc::IPPROTO_IPV6, 31),
        OF_OPTION,
        Told::Verbosely,
    ),
    (
        "IPV6_RECVHOPLIMIT",
        option(libc::IPPROTO_IPV6, libc::IPV6_RECVHOPLIMIT),
        OF_OPTION,
        Told::Verbosely,
    ),
    (
        "IP_MTU_DISCOVER",
        option(libc::IPPROTO_IP, libc::IP_MTU_DISCOVER),
        OF_OPTION,
        Told::Verbosely,
    ),
    (
        "ICMP_FILTER",
        option(libc::SOL_RAW, 1),
        OF_OPTION,
        Told::Verbosely,
    ),
    (
        "ICMP6_FILTER",
        option(libc::IPPROTO_ICMPV6, 1),
        OF_OPTION,
        Told::Verbosely,
    ),
    (
        "SO_ATTACH_FILTER",
        option(libc::SOL_SOCKET, libc::SO_ATTACH_FILTER),
        OF_OPTION,
        Told::Always,
    ),
    (
        "SO_LOCK_FILTER",
        option(libc::SOL_SOCKET, libc::SO_LOCK_FILTER),
        OF_OPTION,
        Told::Always,
    ),
    (
        "SO_TIMESTAMPING",
        option(libc::SOL_SOCKET, libc::SO_TIMESTAMPING),
        OF_OPTION,
        Told::Never,
    ),
    (
        "SO_REUSEADDR",
        option(libc::SOL_SOCKET, libc::SO_REUSEADDR),
        OF_OPTION,
        Told::Never,
    ),
    (
        "SO_RCVBUF",
        option(libc::SOL_SOCKET, libc::SO_RCVBUF),
        OF_OPTION,
        Told::Never,
    ),
    (
        "SO_RCVBUFFORCE",
        option(libc::SOL_SOCKET, libc::SO_RCVBUFFORCE),
        OF_OPTION,
        Told::Never,
    ),
    (
        "SO_MEMINFO",
        Refused::CallWith(libc::SYS_getsockopt, 2, libc::SO_MEMINFO),
        OF_OPTION,
        Told::Never,
    ),
    (
        "PR_CAP_AMBIENT",
        prctl(libc::PR_CAP_AMBIENT),
        OF_PRCTL,
        Told::Never,
    ),
    (
        "PR_SET_TIMERSLACK",
        prctl(libc::PR_SET_TIMERSLACK),
        OF_PRCTL,
        Told::Never,
    ),
    (
        "PR_SET_DUMPABLE",
        prctl(libc::PR_SET_DUMPABLE),
        OF_PRCTL,
        Told::Always,
    ),
    (
        "PR_SET_NO_NEW_PRIVS",
        prctl(libc::PR_SET_NO_NEW_PRIVS),
        OF_PRCTL,
        Told::Always,
    ),
    (
        "capset",
        Refused::Call(libc::SYS_capset),
        OF_CALL,
        Told::Always,
    ),
    (
        "capget",
        Refused::Call(libc::SYS_capget),
        OF_CALL,
        Told::Always,
    ),
    (
        "seccomp",
        Refused::Call(libc::SYS_seccomp),
        OF_CALL,
        Told::Verbosely,
    ),
    (
        "landlock_create_ruleset",
        Refused::Call(libc::SYS_landlock_create_ruleset),
        OF_CALL,
        Told::Verbosely,
    ),
    (
        "landlock_restrict_self",
        Refused::Call(libc::SYS_landlock_restrict_self),
        OF_CALL,
        Told::Verbosely,
    ),
    (
        "socketpair",
        Refused::Call(libc::SYS_socketpair),
        OF_CALL,
        Told::Never,
    ),
    ("AF_UNIX", family(libc::AF_UNIX), OF_CALL, Told::Never),
    ("AF_NETLINK", family(libc::AF_NETLINK), OF_CALL, Told::Never),
    (
        "sendmmsg",
        Refused::Call(libc::SYS_sendmmsg),
        OF_CALL,
        Told::Never,
    ),
    (
        "recvmmsg",
        Refused::Call(libc::SYS_recvmmsg),
        OF_CALL,
        Told::Never,
    ),
    (
        "pwritev2",
        Refused::Call(libc::SYS_pwritev2),
        &[libc::ENOSYS],
        Told::Never,
    ),
];

/// The messages of an unconfined run with `-v`.
const NOT_CONFINED: &[(libc::c_long, &str)] = &[
    (
        libc::SYS_seccomp,
        "seccomp: Operation not permitted; this run may make system calls that it does not need",
    ),
    (
        libc::SYS_landlock_create_ruleset,
        "landlock_create_ruleset: Operation not permitted; Landlock does not protect files from this run",
    ),
];

/// The faults of each kind of run without this feature.
fn run_without(what: &str, refused: Refused, errno: i32, told: Told) -> Vec<String> {
    let (mut wrong, mut lines) = (Vec::new(), 0);
    for arguments in [
        format!("--socket raw -c 2 -i 0.01 -W 10 {HOST4}"),
        format!("--socket raw -c 2 -i 0.01 -W 10 {HOST6}"),
        format!("--socket ping -c 2 -i 0.01 -W 10 {HOST4}"),
        format!("--socket ping -c 2 -i 0.01 -W 10 {HOST6}"),
        format!("-c 2 -i 0.01 -W 10 {HOST4} {HOST6}"),
    ] {
        for verbose in ["", "-v "] {
            let arguments = format!("{verbose}{arguments}");
            let output = named("rping", &arguments).refusing(refused, errno).run();
            let told_now = output
                .stderr
                .lines()
                .filter(|line| line.contains(what))
                .count();
            // `-v` prints more lines about the socket.
            let others = output.stderr.lines().count() - told_now;
            let others = if verbose.is_empty() { others } else { 0 };
            lines += told_now;
            let most = match told {
                Told::Always => 1,
                Told::Verbosely => usize::from(!verbose.is_empty()),
                Told::Never => 0,
            };
            if output.code != 0 || told_now > most || others > 0 {
                let (code, stderr) = (output.code, &output.stderr);
                wrong.push(format!("{what} ({errno}): {arguments}: {code} {stderr}"));
            }
        }
    }
    if lines == 0 && told != Told::Never {
        wrong.push(format!("{what} ({errno}): not told"));
    }
    wrong
}

/// The errors of a tunnel whose peer has no endpoint or key, and of programs of a control group.
const NOT_SENT: &[(i32, &str)] = &[
    (libc::EDESTADDRREQ, "Destination address required"),
    (libc::ENOKEY, "Required key not available"),
    (libc::EFAULT, "Bad address"),
    (libc::EBADF, "Bad file descriptor"),
    (libc::ENOTSOCK, "Socket operation on non-socket"),
    (libc::EINVAL, "Invalid argument"),
];

/// Makes every send fail with this error.
fn unsendable(run: Run<'_>, errno: i32) -> Run<'_> {
    run.refusing(Refused::Call(libc::SYS_sendto), errno)
        .refusing(Refused::Call(libc::SYS_sendmsg), errno)
        .refusing(Refused::Call(libc::SYS_sendmmsg), errno)
}
