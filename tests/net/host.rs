//! The scripted host at the far end of the link.

use crate::packet::Request;
use crate::sys;
use std::os::fd::{AsFd, OwnedFd};
use std::panic::resume_unwind;
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// Set on packets sent by this end. `linux/if_packet.h`
const PACKET_OUTGOING: u8 = 4;
/// `linux/if_packet.h`; not in libc for all targets.
const PACKET_QDISC_BYPASS: i32 = 20;
/// Maximum attempts, once a millisecond, to send to a far end without space.
const MOST_TRIES: u32 = 10_000;

/// Answers echo requests as a script says, until it is dropped.
///
/// The script is called with each request in the order of arrival, and returns packets to send at once. It delays a
/// reply by keeping it until another request arrives, so no trial depends on the speed of this machine.
pub(crate) struct Host {
    stop: Option<std::io::PipeWriter>,
    thread: Option<JoinHandle<Vec<Request>>>,
}

/// The host's end of the link.
pub(crate) struct Wire {
    socket: OwnedFd,
    interface: i32,
}

impl Wire {
    /// A packet socket keeps the namespace in which it was opened: any thread may read it.
    pub(crate) fn open() -> Self {
        Self::at("v1")
    }

    /// The end of another link.
    pub(crate) fn at(interface: &str) -> Self {
        let socket = sys::socket(libc::AF_PACKET, libc::SOCK_DGRAM, 0).unwrap();
        let interface = sys::interface_index(interface);
        // The queue of a new interface drops all packets until a worker of the kernel has noticed its carrier.
        sys::set_option(&socket, libc::SOL_PACKET, PACKET_QDISC_BYPASS, 1).unwrap();
        // Space for a flood, as far as the system allows.
        sys::set_option(&socket, libc::SOL_SOCKET, libc::SO_RCVBUF, 1 << 22).unwrap();
        sys::bind_link(
            &socket,
            &sys::link_address(libc::ETH_P_ALL, interface, [0; 6]),
        )
        .unwrap();
        Self { socket, interface }
    }

    /// The requests that arrived at this end since the last call.
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

    /// Sends a packet as soon as there is space for it.
    pub(crate) fn send(&self, packet: &[u8]) {
        let protocol = if packet[0] >> 4 == 4 {
            libc::ETH_P_IP
        } else {
            libc::ETH_P_IPV6
        };
        // A link-layer broadcast, so that the address of v0 need not be known.
        let address = sys::link_address(protocol, self.interface, [0xff; 6]);
        for _ in 0..MOST_TRIES {
            match sys::send_link(&self.socket, packet, &address) {
                // The receive queue belongs to the CPU: trials in other namespaces fill it too.
                Err(error) if error.raw_os_error() == Some(libc::ENOBUFS) => {
                    thread::sleep(Duration::from_millis(1));
                }
                // The trial has removed the link: the packet is not needed.
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

    pub(crate) fn silent() -> Self {
        Self::start(|_| vec![])
    }

    /// A host that answers everything except the probe with this number.
    pub(crate) fn losing(sequence: u16) -> Self {
        Self::start(move |request| {
            if request.sequence == sequence {
                vec![]
            } else {
                vec![request.echo()]
            }
        })
    }

    /// A host that keeps its replies until the third probe arrives.
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

    /// Stops the host, and returns the requests.
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
        // A panic of the script fails the trial, unless it is failing already.
        if let Err(panic) = result
            && !thread::panicking()
        {
            resume_unwind(panic);
        }
    }
}
