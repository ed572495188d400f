//! Time stamps: how the kernel is asked for them (`SO_TIMESTAMPING`), and which message a transmit stamp is about.
//!
//! A transmit stamp comes back through the error queue with a number. From Linux 6.13 on that is the name that was
//! given with the message (`SCM_TS_OPT_ID`). Before, the kernel counts the messages itself, and counts some that it
//! refused (those that a firewall stopped) but not others: so the count is begun anew after each that failed.

use std::os::fd::BorrowedFd;

use libc::{c_int, c_uint};

use super::sys;
use crate::config::ClockChoice;

/// The control message that names a message (`linux/socket.h`).
const SCM_TS_OPT_ID: c_int = 81;

/// Length, level, type; the name; padding to the size of a word.
const CONTROL: usize = size_of::<usize>() + 2 * size_of::<c_int>() + size_of::<usize>();

/// What of the first is filled: all but the padding.
const FILLED: usize = size_of::<usize>() + 2 * size_of::<c_int>() + size_of::<u32>();

/// What was asked of the kernel.
#[derive(Debug)]
pub(super) struct Stamping {
    flags: c_uint,
    departures: Departures,
}

/// How the stamps of departures are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Departures {
    /// There are none.
    Unstamped,
    /// By the name that goes with each message.
    Named,
    /// By the kernel's count, which began with the message of this name; none: with the next.
    Counted { first: Option<u32> },
}

impl Stamping {
    /// None at all.
    pub(super) const NONE: Self = Self {
        flags: 0,
        departures: Departures::Unstamped,
    };

    /// Asks for what is wanted, and takes what there is: time stamps are no reason not to ping.
    pub(super) fn ask(socket: BorrowedFd<'_>, clock: ClockChoice, flood: bool) -> Self {
        let (hardware, departures) = match clock {
            ClockChoice::User => return Self::NONE,
            ClockChoice::Kernel => (false, true),
            ClockChoice::Hardware => (true, true),
            ClockChoice::Best => (true, !flood),
        };
        let mut flags = libc::SOF_TIMESTAMPING_SOFTWARE | libc::SOF_TIMESTAMPING_RX_SOFTWARE;
        if hardware {
            flags |= libc::SOF_TIMESTAMPING_RAW_HARDWARE | libc::SOF_TIMESTAMPING_RX_HARDWARE;
        }
        if departures {
            // OPT_TSONLY: without the message itself, which we know.
            flags |= libc::SOF_TIMESTAMPING_TX_SOFTWARE
                | libc::SOF_TIMESTAMPING_OPT_ID
                | libc::SOF_TIMESTAMPING_OPT_TSONLY
                | libc::SOF_TIMESTAMPING_OPT_CMSG;
        }
        if departures && hardware {
            // The kernel's stamp as well, for an interface that says it will stamp and then does not.
            flags |= libc::SOF_TIMESTAMPING_TX_HARDWARE | libc::SOF_TIMESTAMPING_OPT_TX_SWHW;
        }
        if set(socket, flags).is_ok() {
            let departures = if departures {
                Departures::Named
            } else {
                Departures::Unstamped
            };
            return Self { flags, departures };
        }
        // What has no such option may still have the older one, for arrivals only.
        let on: c_int = 1;
        let value = on.to_ne_bytes();
        let _ = sys::set_option(socket, libc::SOL_SOCKET, libc::SO_TIMESTAMPNS, &value);
        Self::NONE
    }

    /// Whether departures are stamped.
    pub(super) fn has_departures(&self) -> bool {
        self.departures != Departures::Unstamped
    }

    /// The control message that goes with the message of this name, if one does.
    pub(super) fn label(&self, name: u32) -> Option<[u8; CONTROL]> {
        (self.departures == Departures::Named).then(|| label(name))
    }

    /// The message of this name was sent.
    pub(super) fn sent(&mut self, name: u32) {
        if let Departures::Counted { first } = &mut self.departures {
            first.get_or_insert(name);
        }
    }

    /// The kernel does not know names: it is to count.
    pub(super) fn count(&mut self, socket: BorrowedFd<'_>) {
        self.departures = Departures::Counted { first: None };
        self.failed(socket);
    }

    /// A message was not sent: the kernel may have counted it all the same.
    pub(super) fn failed(&mut self, socket: BorrowedFd<'_>) {
        if let Departures::Counted { first } = &mut self.departures {
            *first = None;
            // Setting the option where it was not set begins at zero. Should it fail, there are no stamps.
            let _ = set(socket, 0).and_then(|()| set(socket, self.flags));
        }
    }

    /// Which message a stamp of this number is about.
    pub(super) fn name(&self, number: u32) -> Option<u32> {
        match self.departures {
            Departures::Unstamped => None,
            Departures::Named => Some(number),
            Departures::Counted { first } => first.map(|first| first.wrapping_add(number)),
        }
    }
}

fn set(socket: BorrowedFd<'_>, flags: c_uint) -> std::io::Result<()> {
    let value = flags.to_ne_bytes();
    sys::set_option(socket, libc::SOL_SOCKET, libc::SO_TIMESTAMPING, &value)
}

/// A control message of one 32-bit number.
fn label(name: u32) -> [u8; CONTROL] {
    let mut octets = [0; CONTROL];
    let fields = FILLED
        .to_ne_bytes()
        .into_iter()
        .chain(libc::SOL_SOCKET.to_ne_bytes())
        .chain(SCM_TS_OPT_ID.to_ne_bytes())
        .chain(name.to_ne_bytes());
    for (place, octet) in octets.iter_mut().zip(fields) {
        *place = octet;
    }
    octets
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_a_control_message_of_one_number() {
        let expected = [
            &FILLED.to_ne_bytes()[..],
            &1_i32.to_ne_bytes(),
            &81_i32.to_ne_bytes(),
            &0x0102_0304_u32.to_ne_bytes(),
        ]
        .concat();
        let label = label(0x0102_0304);
        assert_eq!(label[..FILLED], expected);
        assert_eq!(label.len() % size_of::<usize>(), 0);
        assert!(label.len() >= FILLED);
    }

    #[test]
    fn the_kernel_s_count_goes_on_from_the_first_message_that_it_sent() {
        let mut counted = Stamping {
            flags: 0,
            departures: Departures::Counted { first: None },
        };
        assert_eq!(counted.name(0), None);
        counted.sent(u32::MAX);
        counted.sent(0);
        assert_eq!(counted.name(0), Some(u32::MAX));
        assert_eq!(counted.name(1), Some(0));
        assert_eq!(counted.label(7), None);
    }
}
