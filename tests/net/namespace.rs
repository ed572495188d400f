//! A network namespace for one trial.

use crate::{netlink, sandbox, sys};
use libtest_mimic::Trial;
use std::panic::resume_unwind;
use std::thread;

/// A trial in a network namespace with only a loopback interface.
///
/// It runs in a thread of its own, because a namespace belongs to its thread and that thread's children.
pub(crate) fn trial(name: &str, body: impl FnOnce() + Send + 'static) -> Trial {
    let thread = thread::Builder::new().name(name.to_owned());
    Trial::test(name, move || {
        let body = move || {
            sys::unshare(libc::CLONE_NEWNET).unwrap();
            netlink::up("lo", 0);
            body();
        };
        // Rethrown for the harness, which catches and shows it.
        thread
            .spawn(body)
            .unwrap()
            .join()
            .unwrap_or_else(|panic| resume_unwind(panic));
        Ok(())
    })
}

/// A trial of what only rping does, or only a later iputils than Debian's: the fixture cannot be proven with it.
pub(crate) fn rping_trial(name: &str, body: impl FnOnce() + Send + 'static) -> Trial {
    trial(name, body).with_ignored_flag(sandbox::subject_is_peer())
}

/// Sets `/proc/sys/net/KEY` for the namespace of the calling thread.
pub(crate) fn set(key: &str, value: &str) {
    let path = format!("/proc/sys/net/{key}");
    std::fs::write(&path, value).unwrap_or_else(|error| panic!("{path} = {value}: {error}"));
}

/// Permits ping sockets for all users. In a new namespace nobody may have one.
pub(crate) fn allow_ping_sockets() {
    // A user namespace has no group except its own.
    set(
        "ipv4/ping_group_range",
        if sandbox::in_user_namespace() {
            "0 0"
        } else {
            "0 2147483647"
        },
    );
}
