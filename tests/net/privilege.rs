//! Permission to ping: any user where ping sockets are permitted, and holders of `CAP_NET_RAW` everywhere.

use crate::host::Host;
use crate::link::{self, HOST4, HOST6, ROUTER4};
use crate::namespace::{self, rping_trial, trial};
use crate::packet::Complaint;
use crate::run::{Output, Run, Stream, named, ping, program};
use crate::{sandbox, sys};
use libtest_mimic::Trial;
use std::fs::{self, File};
use std::io::Write;
use std::net::IpAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("privilege::ping_sockets_are_enough", || {
            link::create();
            namespace::allow_ping_sockets();
            same_with(Run::without_raw);
        }),
        trial(
            "privilege::ping_sockets_are_enough_for_a_user_without_rights",
            || {
                link::create();
                namespace::allow_ping_sockets();
                same_with(Run::by_nobody);
            },
        )
        .with_ignored_flag(sandbox::in_user_namespace()),
        trial("privilege::raw_sockets_are_enough", || {
            link::create();
            same_with(|run| run);
        }),
        trial("privilege::nothing_goes_without_either", || {
            for target in ["127.0.0.1", "::1"] {
                let output = ping(&format!("-c 1 {target}")).without_raw().run();
                assert_eq!(
                    (output.code, output.stdout.as_str()),
                    (2, ""),
                    "{}",
                    output.stderr
                );
            }
        }),
        // iputils 20221126 has another text.
        rping_trial("privilege::nobody_floods", || {
            namespace::allow_ping_sockets();
            ping("-c 1 -i 0.001 127.0.0.1").by_nobody().run().assert_both(
                2,
                "PING 127.0.0.1 (127.0.0.1) 56(84) bytes of data.\n",
                "ping: cannot flood, minimal interval for user must be >= 2 ms, use -i 0.002 (or higher)\n",
            );
        })
        .with_ignored_flag(sandbox::in_user_namespace() || sandbox::subject_is_peer()),
        rping_trial("privilege::the_message_names_both_remedies", || {
            for target in ["127.0.0.1", "::1"] {
                // This user could have the capability: it is in the bounding set.
                let stderr = ping(&format!("-c 1 {target}")).by_nobody().run().stderr;
                assert!(stderr.starts_with("ping: "), "{stderr}");
                assert!(
                    stderr.contains("sudo setcap cap_net_raw")
                        && stderr.contains("ping_group_range"),
                    "{stderr}"
                );
                assert_eq!(stderr.lines().count(), 1, "{stderr}");
            }
        })
        .with_ignored_flag(sandbox::in_user_namespace()),
        rping_trial("privilege::nothing_is_kept_while_it_runs", || {
            link::create();
            let _host = Host::echo();
            for target in ["127.0.0.1", "::1", "host4.example"] {
                let run = ping(&format!("-i 30 {target}"));
                let look = |pid| look_at_threads(pid, 1 + usize::from(target.contains("host")));
                assert_eq!(run.when(Stream::Out, " ms\n", look).run().code, 0);
            }
            let run = named("rping", "-v -c 9 127.0.0.1 ::1");
            let look = |pid| look_at_threads(pid, 1);
            // Not both may have answered yet.
            assert!(run.when(Stream::Out, " ms", look).run().code < 2);
        }),
        rping_trial("privilege::cve_2000_1213_a_setuid_program_runs_as_its_user", || {
            let path = sandbox::setuid_program();
            for targets in ["127.0.0.1", "127.0.0.1 ::1"] {
                // Without its rights it could not start: ping sockets are not permitted here.
                let run = program(&path, &format!("-i 30 {targets}")).by_nobody();
                let look = |pid| {
                    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
                    for ids in ["Uid", "Gid"] {
                        let real = format!("\n{ids}:\t65534\t65534\t65534\t65534\n");
                        assert!(status.contains(&real), "{status}");
                    }
                    look_at_threads(pid, 1);
                };
                assert!(run.when(Stream::Out, " ms\n", look).run().code < 2);
            }
        })
        .with_ignored_flag(sandbox::in_user_namespace() || sandbox::subject_is_peer()),
        // The setting of packages. With a capability in force from the start, exec would fail if the bounding set lacks it.
        rping_trial("privilege::file_with_the_capability_starts_where_the_bounding_set_lacks_it", || {
            for targets in ["127.0.0.1", "::1", "127.0.0.1 ::1"] {
                let run = || {
                    let path = sandbox::capable_program("rping").unwrap();
                    program(&path, &format!("--json -c 1 {targets}"))
                };
                let uses = |output: &Output, socket: &str| {
                    let told = format!("\"socket\":\"{socket}\"");
                    output.code == 0 && output.stdout.contains(&told)
                };
                let output = run().by_nobody().run();
                assert!(uses(&output, "raw"), "{output:?}");
                namespace::set("ipv4/ping_group_range", "1 0");
                let output = run().by_nobody_without_raw().run();
                assert_eq!((output.code, output.stdout.as_str()), (2, ""), "{output:?}");
                let why = "CAP_NET_RAW is not in the bounding set";
                assert!(output.stderr.contains(why), "{output:?}");
                namespace::allow_ping_sockets();
                let output = run().by_nobody_without_raw().run();
                assert!(uses(&output, "ping"), "{output:?}");
            }
        })
        .with_ignored_flag(sandbox::capable_program("rping").is_none() || sandbox::subject_is_peer()),
        // The file owner's rights are dropped before any file is opened.
        rping_trial(
            "privilege::cve_2009_3614_a_setuid_program_reads_no_file_that_its_user_may_not",
            || {
                let directory = tempfile::tempdir().unwrap();
                let secret = directory.path().join("secret");
                fs::write(&secret, "192.0.2.1 secret\n").unwrap();
                fs::set_permissions(&secret, fs::Permissions::from_mode(0o600)).unwrap();
                let secret = secret.display();
                for option in ["--targets", "--exclude-file"] {
                    let arguments = format!("{option} {secret} 127.0.0.1");
                    let output = program(&sandbox::setuid_program(), &arguments)
                        .by_nobody()
                        .run();
                    let message =
                        format!("ping: {option}: cannot open {secret}: Permission denied\n");
                    output.assert_both(2, "", &message);
                }
            },
        )
        .with_ignored_flag(sandbox::in_user_namespace() || sandbox::subject_is_peer()),
        rping_trial("privilege::nobody_looks_into_it_while_it_runs", || {
            namespace::allow_ping_sockets();
            // From here on this thread has the rights of an ordinary program.
            sys::give_up_capabilities().unwrap();
            nobody_looks_into_it();
        }),
        // Unless the socket prevents it, the kernel lets another process bind the same identifier, and delivers the
        // replies to that process.
        rping_trial("privilege::nobody_can_steal_the_replies", || {
            namespace::allow_ping_sockets();
            for target in [
                IpAddr::from([127, 0, 0, 1]),
                IpAddr::from([0, 0, 0, 0, 0, 0, 0, 1]),
            ] {
                let steal = |pid| {
                    let error = sys::bind_ping_socket(target, 4660).unwrap_err();
                    assert_eq!(error.raw_os_error(), Some(libc::EADDRINUSE));
                    sys::signal(pid, libc::SIGINT);
                };
                let run = ping(&format!("-e 4660 -i 30 {target}")).without_raw();
                assert_eq!(run.when(Stream::Out, " ms\n", steal).run().code, 0);
            }
        }),
    ]
}

/// Checks each thread: no capability, no way to get one, and a system call filter where supported.
fn look_at_threads(pid: u32, least: usize) {
    let mut threads = 0;
    for thread in fs::read_dir(format!("/proc/{pid}/task")).unwrap() {
        let status = thread.unwrap().path().join("status");
        let status = || fs::read_to_string(&status).unwrap();
        let found = status();
        for field in ["CapInh", "CapPrm", "CapEff", "CapAmb"] {
            let empty = format!("{field}:\t0000000000000000\n");
            assert!(found.contains(&empty), "{found}");
        }
        assert!(found.contains("NoNewPrivs:\t1\n"), "{found}");
        // A lookup thread confines itself first, but may not have run yet.
        while has_filters(&found) && !status().contains("Seccomp:\t2\n") {
            thread::sleep(Duration::from_millis(1));
        }
        threads += 1;
    }
    assert!(threads >= least, "{threads} threads");
    sys::signal(pid, libc::SIGINT);
}

/// Whether the kernel supports system call filters, and rping has one for this architecture.
fn has_filters(status: &str) -> bool {
    let known = cfg!(all(
        any(target_arch = "x86_64", target_arch = "aarch64"),
        target_pointer_width = "64",
        target_endian = "little"
    ));
    known && status.contains("Seccomp:")
}

/// While it waits for its targets, a process of the same user can read its own memory and files. After it has opened
/// its sockets, no process can.
fn nobody_looks_into_it() {
    let mut child = Command::new(sandbox::program("rping"))
        .args(["-c", "9", "-i", "30", "--targets", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let pid = child.id();
    // When it waits, the dynamic loader has finished. Before that the file is the loader's.
    while !fs::read_link(format!("/proc/{pid}/exe")).is_ok_and(|exe| exe.ends_with(".program")) {
        thread::sleep(Duration::from_millis(1));
    }
    let look = || File::open(format!("/proc/{pid}/environ"));
    look().unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(b"127.0.0.1\n")
        .unwrap();
    let error = loop {
        assert!(
            child.try_wait().unwrap().is_none(),
            "it ended, and could be looked into"
        );
        match look() {
            Ok(_) => thread::sleep(Duration::from_millis(1)),
            Err(error) => break error,
        }
    };
    assert_eq!(error.raw_os_error(), Some(libc::EACCES));
    sys::signal(pid, libc::SIGKILL);
    child.wait().unwrap();
}

/// A reply and an error of each family.
fn same_with<'a>(privileged: impl Fn(Run<'a>) -> Run<'a>) {
    let _host = Host::start(|request| {
        let complaint = request.source.is_ipv4() && request.sequence == 1;
        vec![if complaint {
            Complaint::about(request, ROUTER4, 11, 0).packet()
        } else {
            request.echo()
        }]
    });
    privileged(ping(&format!("-c 2 -i 0.3 {HOST4}")))
        .run()
        .assert(
            0,
            "\
PING 198.51.100.2 (198.51.100.2) 56(84) bytes of data.
From 203.0.113.9 icmp_seq=1 Time to live exceeded
64 bytes from 198.51.100.2: icmp_seq=2 ttl=64 time=T ms

--- 198.51.100.2 ping statistics ---
2 packets transmitted, 1 received, +1 errors, 50% packet loss, time Tms
rtt min/avg/max/mdev = T/T/T/T ms
",
        );
    privileged(ping(&format!("-c 1 {HOST6}"))).run().assert(
        0,
        "\
PING fd51::2 (fd51::2) 56 data bytes
64 bytes from fd51::2: icmp_seq=1 ttl=64 time=T ms

--- fd51::2 ping statistics ---
1 packets transmitted, 1 received, 0% packet loss, time Tms
rtt min/avg/max/mdev = T/T/T/T ms
",
    );
}
