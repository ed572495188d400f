//! A network namespace for one trial.

use crate::{netlink, sandbox, sys};
use libtest_mimic::Trial;
use std::panic::resume_unwind;
use std::thread;

/// A trial in a network of its own, with nothing in it but a loopback interface.
///
/// A thread of its own, because a namespace belongs to the thread that made it and the children that it starts.
pub(crate) fn trial(name: &str, body: impl FnOnce() + Send + 'static) -> Trial {
    let thread = thread::Builder::new().name(name.to_owned());
    Trial::test(name, move || {
        let body = move || {
            sys::unshare(libc::CLONE_NEWNET).unwrap();
            netlink::up("lo", 0);
            body();
        };
        // Carried on so that the harness, which catches it, can show it.
        thread
            .spawn(body)
            .unwrap()
            .join()
            .unwrap_or_else(|panic| resume_unwind(panic));
        Ok(())
    })
}

/// A trial of what rping does better, or that iputils does only since a newer release than Debian's: nothing that the
/// fixture could be proven with.
pub(crate) fn rping_trial(name: &str, body: impl FnOnce() + Send + 'static) -> Trial {
    trial(name, body).with_ignored_flag(sandbox::subject_is_peer())
}

/// Sets `/proc/sys/net/KEY`, which names the namespace of the thread that opens it.
pub(crate) fn set(key: &str, value: &str) {
    let path = format!("/proc/sys/net/{key}");
    std::fs::write(&path, value).unwrap_or_else(|error| panic!("{path} = {value}: {error}"));
}

/// Opens ping sockets to everybody. Until then, as in every new namespace, nobody may have one.
pub(crate) fn allow_ping_sockets() {
    // A user namespace knows no other group than its own.
    set(
        "ipv4/ping_group_range",
        if sandbox::in_user_namespace() {
            "0 0"
        } else {
            "0 2147483647"
        },
    );
}
