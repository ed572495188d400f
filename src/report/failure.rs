//! What went wrong on this host: probes that did not leave, and how often that is worth a line; a suspension.

use std::net::SocketAddr;
use std::time::Duration;

use crate::config::{Face, Style};
use crate::errno;
use crate::event::NotSent;
use crate::sanitize;

/// Local errors, and how often each came.
#[derive(Debug)]
pub(super) struct Failures {
    /// The last of them gives up its place where there are more than are told apart.
    known: Vec<(String, u64)>,
    most: usize,
}

impl Failures {
    /// So many different ones are told apart.
    pub(super) fn new(most: usize) -> Self {
        Self {
            known: Vec::new(),
            most,
        }
    }

    /// The next one is told as if there had been none.
    pub(super) fn forget(&mut self) {
        self.known.clear();
    }

    /// How often this failed, if that is to be told now: under the name `ping` each time (as once), otherwise the first
    /// time, and then the tenth, the hundredth and so on.
    pub(super) fn worth_telling(&mut self, face: Face, message: &str) -> Option<u64> {
        if face == Face::Ping {
            return Some(1);
        }
        if !self.known.iter().any(|(known, _)| known == message) {
            self.known.truncate(self.most.saturating_sub(1));
            self.known.push((message.to_owned(), 0));
        }
        let (_, times) = self.known.iter_mut().find(|(known, _)| known == message)?;
        *times = times.saturating_add(1);
        let power_of_ten = 10_u64.checked_pow(times.ilog10());
        (power_of_ten == Some(*times)).then_some(*times)
    }
}

/// Why a probe did not leave, in iputils' words, and what helps, if that is known.
pub(super) fn text(reason: &NotSent, advice: Option<&str>) -> String {
    match reason {
        NotSent::Refused(error) | NotSent::Broken(error) => {
            let error = sanitize::escape(errno::text(error));
            match advice {
                Some(advice) => format!("sendmsg: {error}; {advice}"),
                None => format!("sendmsg: {error}"),
            }
        }
        NotSent::TooLong { mtu, ipv6: false } => {
            format!("local error: message too long, mtu={mtu}")
        }
        NotSent::TooLong { mtu, ipv6: true } => {
            format!("local error: message too long, mtu: {mtu}")
        }
    }
}

/// The number of the loopback interface, which cannot be created again (`LOOPBACK_IFINDEX` in `net/flow.h` of Linux).
const LOOPBACK: u32 = 1;

/// What helps where a probe to this target was refused: `rping` says so.
///
/// A socket, and the number of an interface in an address, stay with an interface that is gone: to bind a socket to another
/// one of the same name takes a privilege, which is gone as well. Of a broadcast address, and of whatever a route or a
/// firewall prohibits, the kernel says the same.
pub(super) fn advice(
    reason: &NotSent,
    target: Option<SocketAddr>,
    style: &Style,
) -> Option<&'static str> {
    const RECREATED: &str = "if the interface was created again, restart rping";
    let NotSent::Refused(error) = reason else {
        return None;
    };
    match (error.raw_os_error()?, target) {
        (libc::ENODEV, _) => Some(RECREATED),
        (libc::ENETUNREACH, Some(SocketAddr::V6(target))) => {
            let is_bound = style.one_interface || target.scope_id() != 0;
            let may_be_gone = is_bound && target.scope_id() != LOOPBACK;
            may_be_gone.then_some(RECREATED)
        }
        (libc::EACCES, Some(SocketAddr::V4(_))) if !style.broadcast => Some(
            "a route or a firewall of this host forbids it, or it is a broadcast address and needs -b",
        ),
        (libc::EACCES, _) => Some("a route or a firewall of this host forbids it"),
        (libc::EPERM, _) => Some("a firewall or a policy of this host forbids it"),
        _ => None,
    }
}

/// That this host was suspended: to a tenth of a second where it was short.
pub(super) fn suspended(length: Duration) -> String {
    let seconds = length.as_secs_f64();
    let decimals = usize::from(seconds < 10.0);
    format!("this host was suspended for {seconds:.decimals$} s")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io;

    #[test]
    fn ever_new_errors_stay_bounded_and_each_is_told() {
        let mut failures = Failures::new(3);
        for number in 0..1000 {
            let told = failures.worth_telling(Face::Rping, &number.to_string());
            assert_eq!(told, Some(1));
        }
        assert_eq!(failures.known.len(), 3);
        assert_eq!(failures.worth_telling(Face::Rping, "0"), None);
    }

    #[test]
    fn new_run_is_advised_where_an_interface_may_have_been_created_again_which_loopback_cannot() {
        let unreachable = || NotSent::Refused(io::Error::from_raw_os_error(libc::ENETUNREACH));
        let style = Style::default();
        for (target, is_advised) in [
            ("[fe80::1%2]:0", true),
            ("[fe80::1%1]:0", false),
            ("[2001:db8::1]:0", false),
        ] {
            let found = advice(&unreachable(), target.parse().ok(), &style);
            assert_eq!(found.is_some(), is_advised, "{target}");
        }
    }
}
