//! The host behind the TUN device. It answers each echo request after a delay that depends on the address, and if
//! needed it keeps the queue before the device full.
//!
//! Its precision only makes the tables easier to read. The true times come from the capture.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{Read, Write};
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::Result;

use crate::echo::{Echo, Kind};
use crate::filling::Filling;
use crate::sys;

/// The last octet of the first answering address. Each of [`HOLDS`] has an address.
const FIRST: u8 = 10;

/// The delays of the hosts.
pub(crate) const HOLDS: [Duration; 4] = [
    Duration::ZERO,
    Duration::from_micros(100),
    Duration::from_millis(1),
    Duration::from_millis(10),
];

/// The last octet of the address with the delay `HOLDS[which]`.
pub(crate) fn host(which: usize) -> u8 {
    FIRST + which as u8
}

/// The last part of a delay is a busy wait, because a sleeping CPU wakes up slowly.
const SPIN: Duration = Duration::from_micros(80);

/// The interval between checks of the stop flag.
const LOOK: Duration = Duration::from_millis(200);

/// Maximum delayed requests. A ping has one or two; others are lost.
const HELD: usize = 64;

pub(crate) struct Responder {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Responder {
    pub(crate) fn start(device: &File, cpu: usize, filling: Option<Filling>) -> Result<Self> {
        let device = device.try_clone()?;
        let stop = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&stop);
        let thread = thread::spawn(move || {
            sys::stay_on(cpu).expect("it is one of those that we may run on");
            // Without permission the delays are less precise, but the true times are still exact.
            let _ = sys::become_urgent();
            let _ = sys::set_timer_slack();
            serve(device, filling.as_ref(), &seen).expect("the TUN device can be read and written");
        });
        Ok(Self {
            stop,
            thread: Some(thread),
        })
    }
}

impl Drop for Responder {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

struct Held {
    due: Instant,
    packet: Vec<u8>,
}

fn serve(mut device: File, filling: Option<&Filling>, stop: &AtomicBool) -> Result<()> {
    let mut buffer = [0; 2048];
    // In the order of their times, because all requests of a run have the same delay.
    let mut held: VecDeque<Held> = VecDeque::with_capacity(HELD);
    while !stop.load(Ordering::Relaxed) {
        let rest = held
            .front()
            .map(|next| next.due.saturating_duration_since(Instant::now()));
        let sleep = rest.map_or(LOOK, |rest| rest.saturating_sub(SPIN).min(LOOK));
        if sys::wait_readable(&device, sleep)? {
            let length = device.read(&mut buffer)?;
            let now = Instant::now();
            if let Some(filling) = filling {
                filling.replace(&buffer[..length])?;
            }
            if let Some(request) = request(&mut buffer[..length], now)
                && held.len() < HELD
            {
                held.push_back(request);
            }
        }
        let Some(next) = held.front() else { continue };
        if next.due.saturating_duration_since(Instant::now()) > SPIN {
            continue;
        }
        while Instant::now() < next.due {
            std::hint::spin_loop();
        }
        device.write_all(&next.packet)?;
        held.pop_front();
    }
    Ok(())
}

/// The reply to a request, and when to send it.
fn request(packet: &mut [u8], now: Instant) -> Option<Held> {
    let echo = Echo::find(packet).filter(|echo| echo.kind == Kind::Request)?;
    let last = match echo.to {
        IpAddr::V4(address) => address.octets()[3],
        IpAddr::V6(address) => address.octets()[15],
    };
    let hold = HOLDS.get(usize::from(last.checked_sub(FIRST)?))?;
    echo.answer(packet);
    Some(Held {
        due: now + *hold,
        packet: packet.to_vec(),
    })
}
