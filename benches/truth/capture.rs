//! The true times: when each request left this host and when its reply came back, as the kernel saw them on the device.
//!
//! A packet socket keeps the packets with the kernel's time stamps until the run is over. So it causes no wake-ups
//! during a measurement, and the stamps do not depend on when they are read.
//!
//! The device is behind the queue of this host. The filling packets date the entry of a request into a full queue: see
//! [`filling`](crate::filling).

use std::collections::HashMap;
use std::net::IpAddr;
use std::os::fd::OwnedFd;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};

use crate::echo::{Echo, Kind};
use crate::{filling, sys};

/// Space for the packets of one run: at most ten thousand, and the kernel counts about 1.3 KiB for each.
const ROOM: i32 = 16 << 20;

/// More packets than a run has.
const MOST: usize = 50_000;

/// A probe on the device.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Probe {
    /// The sequence number, relative to the first one of the run.
    pub(crate) number: u16,
    /// When the request left, since the epoch.
    pub(crate) left: Duration,
    /// The time until the first reply, if there was one.
    pub(crate) round_trip: Option<Duration>,
    /// The earliest and latest entry into the queue, since the epoch. `None` without a filling packet before and after
    /// the request.
    pub(crate) entered: Option<(Duration, Duration)>,
}

/// A relevant packet on the device.
enum Seen {
    Echo(Echo),
    /// A filling packet, and when it was about to enter the queue.
    Filling(Duration),
}

pub(crate) struct Capture {
    socket: OwnedFd,
}

impl Capture {
    pub(crate) fn on(interface: i32) -> Result<Self> {
        // Without a protocol it receives nothing until it is bound.
        let socket = sys::socket(libc::AF_PACKET, libc::SOCK_DGRAM, 0)?;
        sys::set_option(&socket, libc::SOL_SOCKET, libc::SO_RCVBUFFORCE, ROOM)?;
        sys::set_option(&socket, libc::SOL_SOCKET, libc::SO_TIMESTAMPNS, 1)?;
        sys::bind_to_interface(&socket, interface)?;
        Ok(Self { socket })
    }

    /// Discards the packets so far.
    pub(crate) fn clear(&self) -> Result<()> {
        self.read(|_, _| Ok(()))
    }

    /// The probes to `target` since the last call, in the order of their requests.
    pub(crate) fn probes(&self, target: IpAddr) -> Result<Vec<Probe>> {
        let mut probes: Vec<Probe> = Vec::new();
        let mut first = None;
        let mut places = HashMap::new();
        // The last filling packet, and the number of requests before it.
        let mut filling = None;
        self.read(|seen, at| {
            let echo = match seen {
                Seen::Echo(echo) => echo,
                Seen::Filling(next) => {
                    let (last, count) = filling.replace((next, probes.len())).unzip();
                    for probe in &mut probes[count.unwrap_or_default()..] {
                        probe.entered = last.map(|last| (last, next));
                    }
                    return Ok(());
                }
            };
            let key = (echo.identifier, echo.sequence);
            match echo.kind {
                Kind::Request if echo.to == target => {
                    let first = *first.get_or_insert(echo.sequence);
                    ensure!(
                        places.insert(key, probes.len()).is_none(),
                        "a sequence number was used twice"
                    );
                    probes.push(Probe {
                        number: echo.sequence.wrapping_sub(first),
                        left: at,
                        round_trip: None,
                        entered: None,
                    });
                }
                Kind::Request => bail!("a request to {}, which nobody asked for", echo.to),
                Kind::Reply => {
                    if let Some(place) = places.get(&key) {
                        let probe = &mut probes[*place];
                        let time = at.checked_sub(probe.left);
                        let time = time.context("the wall clock was set back: run it again")?;
                        probe.round_trip.get_or_insert(time);
                    }
                }
            }
            Ok(())
        })?;
        Ok(probes)
    }

    fn read(&self, mut each: impl FnMut(Seen, Duration) -> Result<()>) -> Result<()> {
        let mut buffer = [0; 2048];
        for _ in 0..MOST {
            let Some(received) = sys::receive(&self.socket, &mut buffer, 0)? else {
                let missed = sys::missed(&self.socket)?;
                ensure!(missed == 0, "the capture missed {missed} packets");
                return Ok(());
            };
            let packet = &buffer[..received.length];
            let echo = Echo::find(packet).map(Seen::Echo);
            let seen = echo.or_else(|| filling::entry(packet).map(Seen::Filling));
            if let Some(seen) = seen {
                let stamp = received.stamp.context("a packet without a stamp")?;
                each(seen, stamp)?;
            }
        }
        bail!("more than {MOST} packets in one run");
    }
}
