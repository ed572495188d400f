//! The minimum work of a ping, and so the floor of every table: both stamps from the kernel, one sleep between two
//! probes, no lookup, no check, no output before the end. As in rping, a round trip begins with the entry into the
//! queue of the interface.
//!
//! It runs as a child of the benchmark like the other programs: the same binary with another argument.

use std::net::IpAddr;
use std::process;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use crate::{echo, sys};

/// The argument that starts the reference.
pub(crate) const FLAG: &str = "--reference";

/// The wait for the last replies.
const LAST: Duration = Duration::from_millis(500);

const STAMPS: u32 = libc::SOF_TIMESTAMPING_SOFTWARE
    | libc::SOF_TIMESTAMPING_RX_SOFTWARE
    | libc::SOF_TIMESTAMPING_TX_SCHED
    | libc::SOF_TIMESTAMPING_OPT_ID
    | libc::SOF_TIMESTAMPING_OPT_TSONLY
    | libc::SOF_TIMESTAMPING_OPT_CMSG;

/// The kernel's time stamps of a probe, since the epoch.
#[derive(Default, Clone, Copy)]
struct Stamps {
    left: Option<Duration>,
    returned: Option<Duration>,
}

/// Runs with the arguments after [`FLAG`]: target, count, interval in nanoseconds, and nanoseconds to add to printed
/// round trips (which the benchmark must detect).
pub(crate) fn run(words: &[String]) -> Result<()> {
    let [target, count, interval, added] = words else {
        anyhow::bail!("{FLAG} ADDRESS COUNT INTERVAL ADDED");
    };
    let target: IpAddr = target.parse()?;
    let interval = Duration::from_nanos(interval.parse()?);
    let added = Duration::from_nanos(added.parse()?);
    let probes = ping(target, count.parse()?, interval)?;
    let (mut sum, mut count) = (Duration::ZERO, 0);
    for (number, stamps) in (1..).zip(&probes) {
        if let (Some(left), Some(returned)) = (stamps.left, stamps.returned) {
            let time = returned.saturating_sub(left) + added;
            println!("icmp_seq={number} time={} ms", milliseconds(time));
            sum += time;
            count += 1;
        }
    }
    if let Some(average) = sum.checked_div(count) {
        println!("min/avg/max = -/{}/-", milliseconds(average));
    }
    Ok(())
}

/// Exact to the nanosecond, so that rounding hides nothing.
fn milliseconds(time: Duration) -> String {
    let nanoseconds = time.as_nanos();
    format!("{}.{:06}", nanoseconds / 1_000_000, nanoseconds % 1_000_000)
}

fn ping(target: IpAddr, count: u16, interval: Duration) -> Result<Vec<Stamps>> {
    let socket = match target {
        IpAddr::V4(address) => {
            let socket = sys::socket(libc::AF_INET, libc::SOCK_RAW, libc::IPPROTO_ICMP)?;
            sys::connect_ipv4(&socket, address)?;
            socket
        }
        IpAddr::V6(address) => {
            let socket = sys::socket(libc::AF_INET6, libc::SOCK_RAW, libc::IPPROTO_ICMPV6)?;
            sys::connect_ipv6(&socket, address)?;
            socket
        }
    };
    let stamps = STAMPS.cast_signed();
    sys::set_option(&socket, libc::SOL_SOCKET, libc::SO_TIMESTAMPING, stamps)
        .context("cannot ask for stamps")?;
    sys::set_timer_slack()?;
    let identifier = process::id() as u16;
    let mut probes = vec![Stamps::default(); count.into()];
    let mut missing = probes.len();
    let mut buffer = [0; 2048];
    let start = Instant::now();
    for number in 1..=count {
        sys::send(&socket, &echo::request(target, identifier, number))?;
        let mut until = start + interval * u32::from(number);
        if number == count {
            until += LAST;
        }
        while missing > 0 {
            // Errors first: the time stamp of a request arrives before its reply.
            while let Some(received) = sys::receive(&socket, &mut buffer, libc::MSG_ERRQUEUE)? {
                let place = received.sent_before.map(|place| place as usize);
                if let Some(probe) = place.and_then(|place| probes.get_mut(place)) {
                    probe.left = received.stamp;
                }
            }
            while let Some(received) = sys::receive(&socket, &mut buffer, 0)? {
                let reply = echo::reply(&buffer[..received.length], target);
                let sequence = reply.filter(|(_, theirs)| *theirs == identifier);
                let place = sequence.and_then(|(sequence, _)| sequence.checked_sub(1));
                let probe = place.and_then(|place| probes.get_mut(usize::from(place)));
                if let Some(probe) = probe
                    && probe.returned.is_none()
                {
                    probe.returned = received.stamp;
                    missing -= 1;
                }
            }
            let rest = until.saturating_duration_since(Instant::now());
            if rest.is_zero() || missing == 0 {
                break;
            }
            sys::wait_readable(&socket, rest)?;
        }
    }
    Ok(probes)
}
