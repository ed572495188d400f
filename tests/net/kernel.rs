//! Kernels that lack what rping asks for, and policies that forbid it.

use crate::host::Host;
use crate::link::{self, HOST4, HOST6};
use crate::namespace::{self, rping_trial};
use crate::refusal::Refused;
use crate::run::{Run, named};
use libtest_mimic::Trial;

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
        rping_trial("kernel::calls_for_many_messages_are_done_without", || {
            for errno in [libc::ENOSYS, libc::EPERM] {
                for arguments in [
                    "-f -l 9 -c 99 127.0.0.1",
                    "-c 3 -i 0.01 127.0.0.0/28 ::1",
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

/// What a tunnel says of a peer without an endpoint or a key, and what programs of a control group say.
const NOT_SENT: &[(i32, &str)] = &[
    (libc::EDESTADDRREQ, "Destination address required"),
    (libc::ENOKEY, "Required key not available"),
    (libc::EFAULT, "Bad address"),
    (libc::EBADF, "Bad file descriptor"),
    (libc::ENOTSOCK, "Socket operation on non-socket"),
    (libc::EINVAL, "Invalid argument"),
];

/// Every send fails with this error.
fn unsendable(run: Run<'_>, errno: i32) -> Run<'_> {
    run.refusing(Refused::Call(libc::SYS_sendto), errno)
        .refusing(Refused::Call(libc::SYS_sendmsg), errno)
        .refusing(Refused::Call(libc::SYS_sendmmsg), errno)
}
