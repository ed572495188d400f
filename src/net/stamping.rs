//! Requests time stamps (`SO_TIMESTAMPING`), and matches departure stamps to messages.
//!
//! The kernel stamps a message when it enters the queue of the interface (`TX_SCHED`, for every device), and when the driver
//! takes it from there (`TX_SOFTWARE`, if the driver supports it). The difference is the wait in this host's own queue. Each
//! stamp is a separate entry of the error queue.
//!
//! A departure stamp carries a number. Since Linux 6.13 it is the name that was sent with the message (`SCM_TS_OPT_ID`).
//! Older kernels count messages. They count some messages that they refused (those that a firewall stopped) but not others,
//! so the count is reset after each failed send.

use std::io;
use std::os::fd::BorrowedFd;

use libc::{c_int, c_uint};

use super::attached::integer;
use super::{DepartureStamps, sys};
use crate::config::ClockChoice;

/// The control message with the name of a message (`linux/socket.h`).
const SCM_TS_OPT_ID: c_int = 81;

/// A control message with a name.
pub(super) type Label = [u8; CONTROL];

/// Length, level, type; the name; padding to the word size.
const CONTROL: usize = size_of::<usize>() + 2 * size_of::<c_int>() + size_of::<usize>();

/// The number of remembered names if the kernel counts: many more than there are unsent messages in this host at a time. A
/// power of two.
const REMEMBERED: u32 = 4096;

/// The requested stamps of a socket, and the state for matching them.
#[derive(Debug)]
pub(super) struct Stamping {
    flags: c_uint,
    departures: Departures,
    /// The number of stamps of each message.
    each: u32,
    /// The name of the last message, and how many of its stamps are outstanding. Stamps of earlier messages come earlier, unless
    /// one waits for neighbour resolution or in another queue. `poll` reports those like any other entry of the error queue.
    awaited: (u32, u32),
}

/// How departure stamps are matched to messages.
#[derive(Debug, PartialEq, Eq)]
enum Departures {
    /// There are none.
    Unstamped,
    /// By the name sent with each message. `confirmed` once the kernel has accepted one.
    Named { confirmed: bool },
    /// By the kernel's count.
    Counted(Names),
}

/// The names of the last messages, by the kernel's count.
#[derive(Debug, PartialEq, Eq)]
struct Names {
    ring: Vec<u32>,
    /// The number of messages since the count was reset. It wraps like the kernel's.
    sent: u32,
}

impl Names {
    fn new() -> Self {
        Self {
            ring: (0..REMEMBERED).collect(),
            sent: 0,
        }
    }

    fn slot(&mut self, number: u32) -> Option<&mut u32> {
        let slot = usize::try_from(number % REMEMBERED).ok()?;
        self.ring.get_mut(slot)
    }

    fn push(&mut self, name: u32) {
        if let Some(slot) = self.slot(self.sent) {
            *slot = name;
        }
        self.sent = self.sent.wrapping_add(1);
    }

    fn get(&mut self, number: u32) -> Option<u32> {
        let age = self.sent.wrapping_sub(number);
        let is_remembered = (1..=REMEMBERED).contains(&age);
        is_remembered.then(|| self.slot(number).copied()).flatten()
    }
}

impl Stamping {
    /// No stamps.
    pub(super) const NONE: Self = Self {
        flags: 0,
        departures: Departures::Unstamped,
        each: 0,
        awaited: (0, 0),
    };

    /// Requests stamps. Missing support is not an error.
    pub(super) fn request(
        socket: BorrowedFd<'_>,
        clock: ClockChoice,
        departures: DepartureStamps,
    ) -> Self {
        let hardware = match clock {
            ClockChoice::User => return Self::NONE,
            ClockChoice::Best | ClockChoice::Kernel | ClockChoice::Wire => false,
            ClockChoice::Hardware => true,
        };
        let mut flags = libc::SOF_TIMESTAMPING_SOFTWARE | libc::SOF_TIMESTAMPING_RX_SOFTWARE;
        let (at, each) = match departures {
            DepartureStamps::None => (0, 0),
            DepartureStamps::Entry => (libc::SOF_TIMESTAMPING_TX_SCHED, 1),
            DepartureStamps::EntryAndDriver => {
                let both = libc::SOF_TIMESTAMPING_TX_SCHED | libc::SOF_TIMESTAMPING_TX_SOFTWARE;
                (both, 2)
            }
        };
        if at != 0 {
            // OPT_TSONLY: without a copy of the message.
            flags |= at
                | libc::SOF_TIMESTAMPING_OPT_ID
                | libc::SOF_TIMESTAMPING_OPT_TSONLY
                | libc::SOF_TIMESTAMPING_OPT_CMSG;
        }
        if hardware {
            // The driver's stamp as well, in case the interface does not deliver its own.
            flags |= libc::SOF_TIMESTAMPING_RAW_HARDWARE
                | libc::SOF_TIMESTAMPING_RX_HARDWARE
                | libc::SOF_TIMESTAMPING_TX_HARDWARE
                | libc::SOF_TIMESTAMPING_OPT_TX_SWHW;
        }
        if set(socket, flags).is_ok() {
            let departures = match departures {
                DepartureStamps::None => Departures::Unstamped,
                _ => Departures::Named { confirmed: false },
            };
            return Self {
                flags,
                departures,
                each,
                ..Self::NONE
            };
        }
        // Try the older option, for arrivals only.
        let on: c_int = 1;
        let value = on.to_ne_bytes();
        let _ = sys::set_option(socket, libc::SOL_SOCKET, libc::SO_TIMESTAMPNS, &value);
        Self::NONE
    }

    /// Whether departures are stamped.
    pub(super) fn has_departures(&self) -> bool {
        !matches!(self.departures, Departures::Unstamped)
    }

    /// The control message for the message with this name, if names are used.
    pub(super) fn label(&self, name: u32) -> Option<Label> {
        matches!(self.departures, Departures::Named { .. }).then(|| label(name))
    }

    /// Whether a send may have failed because the kernel does not support the control message.
    pub(super) fn may_be_unknown_label(&self, error: &io::Error) -> bool {
        let unconfirmed = Departures::Named { confirmed: false };
        error.raw_os_error() == Some(libc::EINVAL) && self.departures == unconfirmed
    }

    /// Records that the message with this name was sent.
    pub(super) fn record_sent(&mut self, name: u32) {
        match &mut self.departures {
            Departures::Unstamped => return,
            Departures::Named { confirmed } => *confirmed = true,
            Departures::Counted(names) => names.push(name),
        }
        self.awaited = (name, self.each);
    }

    /// Whether stamps of the last message are outstanding. They never come if it did not reach the interface, or if the
    /// driver does not stamp.
    pub(super) fn is_waiting(&self) -> bool {
        let (_, stamps) = self.awaited;
        stamps > 0
    }

    /// Switches to the kernel's count, because it does not support names.
    pub(super) fn use_count(&mut self, socket: BorrowedFd<'_>) {
        self.departures = Departures::Counted(Names::new());
        self.reset_count(socket);
    }

    /// Whether the kernel counts, so that the count has to be reset after a failed send.
    pub(super) fn counts(&self) -> bool {
        matches!(self.departures, Departures::Counted(_))
    }

    /// Resets the kernel's count after a failed send, which the kernel may have counted or not. Outstanding stamps are lost.
    pub(super) fn reset_count(&mut self, socket: BorrowedFd<'_>) {
        if let Departures::Counted(names) = &mut self.departures {
            names.sent = 0;
            self.awaited = (0, 0);
            // Clearing and setting the option resets the count. If that fails, there are no stamps.
            let _ = set(socket, 0).and_then(|()| set(socket, self.flags));
        }
    }

    /// Records that the stamp with this number has arrived. Returns the name of its message, if that is known.
    pub(super) fn name_of_stamp(&mut self, number: u32) -> Option<u32> {
        let name = match &mut self.departures {
            Departures::Unstamped => None,
            Departures::Named { .. } => Some(number),
            Departures::Counted(names) => names.get(number),
        };
        let (newest, stamps) = &mut self.awaited;
        if name == Some(*newest) {
            *stamps = stamps.saturating_sub(1);
        }
        name
    }
}

fn set(socket: BorrowedFd<'_>, flags: c_uint) -> io::Result<()> {
    let value = flags.to_ne_bytes();
    sys::set_option(socket, libc::SOL_SOCKET, libc::SO_TIMESTAMPING, &value)
}

fn label(name: u32) -> Label {
    integer(libc::SOL_SOCKET, SCM_TS_OPT_ID, name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn name_is_a_control_message_of_one_number() {
        const FILLED: usize = size_of::<usize>() + 12;
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
    fn kernel_s_count_finds_names_in_the_order_of_sending() {
        let mut counted = counted(0);
        assert_eq!(counted.name_of_stamp(0), None);
        for name in [u32::MAX, 0, 77] {
            counted.record_sent(name);
        }
        let told = [2, 0, 1, 3].map(|number| counted.name_of_stamp(number));
        assert_eq!(told, [Some(77), Some(u32::MAX), Some(0), None]);
        assert_eq!(counted.label(7), None);
    }

    fn counted(sent: u32) -> Stamping {
        let names = Names {
            sent,
            ..Names::new()
        };
        Stamping {
            flags: 0,
            departures: Departures::Counted(names),
            each: 2,
            awaited: (0, 0),
        }
    }

    #[test]
    fn old_id_is_forgotten_rather_than_mistaken_for_another() {
        // The count wraps.
        let first = u32::MAX - 9;
        let mut counted = counted(first);
        for name in 0..=REMEMBERED {
            counted.record_sent(name);
        }
        let mut told = |number: u32| counted.name_of_stamp(first.wrapping_add(number));
        assert_eq!((told(0), told(1)), (None, Some(1)));
        assert_eq!(told(REMEMBERED), Some(REMEMBERED));
        assert_eq!(told(REMEMBERED + 1), None);
    }

    #[test]
    fn stamps_are_awaited_until_both_of_the_last_message_arrive() {
        let mut counted = counted(0);
        assert!(!counted.is_waiting());
        counted.record_sent(1);
        counted.record_sent(2);
        for earlier in [0, 1, 0, 7] {
            counted.name_of_stamp(earlier);
            assert!(counted.is_waiting());
        }
        counted.name_of_stamp(1);
        assert!(!counted.is_waiting());
        counted.record_sent(3);
        assert!(counted.is_waiting());
    }

    #[test]
    fn missing_stamps_are_not_awaited_after_those_of_the_next_message() {
        let mut counted = counted(0);
        counted.record_sent(1);
        counted.record_sent(2);
        counted.name_of_stamp(1);
        counted.name_of_stamp(1);
        assert!(!counted.is_waiting());
    }
}
