//! The host behind the TUN device: it answers each echo request after a time that depends on the address.
//!
//! It also keeps the queue in front of the device full, where that is wanted.
//!
//! Its punctuality is a courtesy to the reader of the tables. The truth is what the capture saw.

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

/// The last octet of the first address that answers; each of [`HOLDS`] has one.
const FIRST: u8 = 10;

/// How long the hosts hold a request.
pub(crate) const HOLDS: [Duration; 4] = [
    Duration::ZERO,
    Duration::from_micros(100),
    Duration::from_millis(1),
    Duration::from_millis(10),
];

/// The last octet of the address that holds requests for `HOLDS[which]`.
pub(crate) fn host(which: usize) -> u8 {
    FIRST + which as u8
}

/// A sleep ends this much early, and the rest is spent spinning: a sleeping CPU takes long to wake.
const SPIN: Duration = Duration::from_micros(80);

/// How often it looks whether it shall stop.
const LOOK: Duration = Duration::from_millis(200);

/// Requests held at the same time. A ping has one or two, and what does not fit is lost.
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
            // Where it is not allowed, the truth is less round, and still the truth.
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
    // In the order of their times: one run has one hold.
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
