//! The scripted host at the far end of the wire.

use crate::packet::Request;
use crate::sys;
use std::os::fd::{AsFd, OwnedFd};
use std::panic::resume_unwind;
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// Set on packets that this end itself has sent. `linux/if_packet.h`
const PACKET_OUTGOING: u8 = 4;
/// `linux/if_packet.h`; not in libc for all targets.
const PACKET_QDISC_BYPASS: i32 = 20;
/// How many times, once a millisecond, the host looks whether the far end has room for a packet.
const MOST_TRIES: u32 = 10_000;

/// Answers echo requests as a script says until it is dropped.
///
/// A script is called with each request in the order of arrival and returns the packets to send at once. It delays an
/// answer by keeping it until another request arrives: no trial depends on how fast this machine is today.
pub(crate) struct Host {
    stop: Option<std::io::PipeWriter>,
    thread: Option<JoinHandle<Vec<Request>>>,
}

/// The host's end of the wire.
pub(crate) struct Wire {
    socket: OwnedFd,
    interface: i32,
}

impl Wire {
    /// A packet socket keeps the namespace that it was made in: the thread that reads it may live anywhere.
    pub(crate) fn open() -> Self {
        Self::at("v1")
    }

    /// The end of another wire.
    pub(crate) fn at(interface: &str) -> Self {
        let socket = sys::socket(libc::AF_PACKET, libc::SOCK_DGRAM, 0).unwrap();
        let interface = sys::interface_index(interface);
        // The queue of a new interface drops everything until a worker of the kernel has seen its carrier.
        sys::set_option(&socket, libc::SOL_PACKET, PACKET_QDISC_BYPASS, 1).unwrap();
        // Room for a flood. Granted to the extent that the system allows.
        sys::set_option(&socket, libc::SOL_SOCKET, libc::SO_RCVBUF, 1 << 22).unwrap();
        sys::bind_link(
            &socket,
            &sys::link_address(libc::ETH_P_ALL, interface, [0; 6]),
        )
        .unwrap();
        Self { socket, interface }
    }

    /// The requests that have come to this end since the last time.
    pub(crate) fn requests(&self) -> Vec<Request> {
        let mut buffer = vec![0; 1 << 16];
        let mut requests = Vec::new();
        while let Some((length, kind)) = sys::receive_link(&self.socket, &mut buffer).unwrap() {
            if kind != PACKET_OUTGOING {
                requests.extend(Request::read(&buffer[..length]));
            }
        }
        requests
    }

    /// Sends a packet, as soon as there is room for it.
    pub(crate) fn send(&self, packet: &[u8]) {
        let protocol = if packet[0] >> 4 == 4 {
            libc::ETH_P_IP
        } else {
            libc::ETH_P_IPV6
        };
        // To everybody on the wire, so that nobody needs to know the address of v0.
        let address = sys::link_address(protocol, self.interface, [0xff; 6]);
        for _ in 0..MOST_TRIES {
            match sys::send_link(&self.socket, packet, &address) {
                // The far end's queue of arrivals is that of the processor: trials of other namespaces fill it as well.
                Err(error) if error.raw_os_error() == Some(libc::ENOBUFS) => {
                    thread::sleep(Duration::from_millis(1));
                }
                // A trial took the wire away: nobody waits for this packet.
                Err(error) if error.raw_os_error() == Some(libc::ENXIO) => return,
                sent => return sent.unwrap(),
            }
        }
        panic!("the far end has no room for packets: is its interface down?");
    }
}

impl Host {
    pub(crate) fn start(mut script: impl FnMut(&Request) -> Vec<Vec<u8>> + Send + 'static) -> Self {
        let wire = Wire::open();
        let (stopped, stop) = std::io::pipe().unwrap();
        let thread = thread::spawn(move || {
            let mut buffer = vec![0; 1 << 16];
            let mut seen = Vec::new();
            loop {
                let [stopping, _] =
                    sys::wait([Some(stopped.as_fd()), Some(wire.socket.as_fd())]).unwrap();
                while let Some((length, kind)) =
                    sys::receive_link(&wire.socket, &mut buffer).unwrap()
                {
                    if kind == PACKET_OUTGOING {
                        continue;
                    }
                    if let Some(request) = Request::read(&buffer[..length]) {
                        for packet in script(&request) {
                            wire.send(&packet);
                        }
                        seen.push(request);
                    }
                }
                if stopping {
                    return seen;
                }
            }
        });
        Self {
            stop: Some(stop),
            thread: Some(thread),
        }
    }

    /// A host that answers everything properly.
    pub(crate) fn echo() -> Self {
        Self::start(|request| vec![request.echo()])
    }

    /// A host that never answers.
    pub(crate) fn silent() -> Self {
        Self::start(|_| vec![])
    }

    /// A host that answers everything but the probe of this number.
    pub(crate) fn losing(sequence: u16) -> Self {
        Self::start(move |request| {
            if request.sequence == sequence {
                vec![]
            } else {
                vec![request.echo()]
            }
        })
    }

    /// A host that keeps its answers until the third probe has come.
    pub(crate) fn answering_three_at_once() -> Self {
        let mut kept = Vec::new();
        Self::start(move |request| {
            kept.push(request.echo());
            if request.sequence < 3 {
                vec![]
            } else {
                std::mem::take(&mut kept)
            }
        })
    }

    /// Ends it, and returns what it was asked.
    pub(crate) fn finish(mut self) -> Vec<Request> {
        self.stop_and_join()
            .unwrap_or_else(|panic| resume_unwind(panic))
    }

    fn stop_and_join(&mut self) -> thread::Result<Vec<Request>> {
        drop(self.stop.take()); // Closing the pipe wakes the thread.
        self.thread.take().map_or(Ok(Vec::new()), JoinHandle::join)
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        let result = self.stop_and_join();
        // A script that panicked fails the trial, unless that is failing already.
        if let Err(panic) = result
            && !thread::panicking()
        {
            resume_unwind(panic);
        }
    }
}
