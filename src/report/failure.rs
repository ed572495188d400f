//! Failures of this host: probes that were not sent, how often to report them, and suspensions.

use std::net::SocketAddr;
use std::time::Duration;

use crate::config::{Face, Style};
use crate::errno;
use crate::event::NotSent;
use crate::sanitize;

/// Counts local errors by message.
#[derive(Debug)]
pub(super) struct Failures {
    /// At most `most` messages. A new one then replaces the last.
    known: Vec<(String, u64)>,
    most: usize,
}

impl Failures {
    /// Distinguishes at most `most` messages.
    pub(super) fn new(most: usize) -> Self {
        Self {
            known: Vec::new(),
            most,
        }
    }

    pub(super) fn forget(&mut self) {
        self.known.clear();
    }

    /// How often this error has occurred, if it is due for a line: under the name `ping` every time (returned as 1),
    /// otherwise the first, tenth, hundredth time and so on.
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

/// The reason why a probe was not sent, in iputils' words, with advice if there is any.
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

/// Advice for a send error to this target, under the name `rping`.
///
/// A socket, and the interface index in an address, stay bound to an interface after it was deleted. Binding to a new
/// one of the same name needs a privilege that has been dropped. The kernel returns the same error for a broadcast
/// address and for anything that a route or a firewall prohibits.
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

/// A suspension of this host, to a tenth of a second if it was under ten seconds.
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
