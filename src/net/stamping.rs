//! Time stamps: how the kernel is asked for them (`SO_TIMESTAMPING`), and which message a transmit stamp is about.
//!
//! A message is stamped when the kernel puts it into the queue of the interface (`TX_SCHED`, for every device), and when
//! the driver of the interface gets it from there (`TX_SOFTWARE`, where the driver does that). Between the two lies the
//! wait in this host's own queue. Each of the two comes back as a message of its own.
//!
//! A transmit stamp comes back through the error queue with a number. From Linux 6.13 on that is the name that was
//! given with the message (`SCM_TS_OPT_ID`). Before, the kernel counts the messages itself, and counts some that it
//! refused (those that a firewall stopped) but not others: so the count is begun anew after each that failed.

use std::io;
use std::os::fd::BorrowedFd;

use libc::{c_int, c_uint};

use super::attached::integer;
use super::{DepartureStamps, sys};
use crate::config::ClockChoice;

/// The control message that names a message (`linux/socket.h`).
const SCM_TS_OPT_ID: c_int = 81;

/// A control message with a name.
pub(super) type Label = [u8; CONTROL];

/// Length, level, type; the name; padding to the size of a word.
const CONTROL: usize = size_of::<usize>() + 2 * size_of::<c_int>() + size_of::<usize>();

/// How many names are remembered where the kernel counts: many more messages than are on their way through this host
/// at a time. A power of two.
const REMEMBERED: u32 = 4096;

/// What was asked of the kernel.
#[derive(Debug)]
pub(super) struct Stamping {
    flags: c_uint,
    departures: Departures,
    /// How many stamps of each message the kernel tells.
    each: u32,
    /// The message that was sent last, and how many stamps of it are still to be told. Those of messages before it are
    /// told earlier, with few exceptions: one that waits for a neighbour, or in another queue. They are waited for by
    /// `poll`, as any other entry of the error queue.
    awaited: (u32, u32),
}

/// How the stamps of departures are told apart.
#[derive(Debug, PartialEq, Eq)]
enum Departures {
    /// There are none.
    Unstamped,
    /// By the name that goes with each message. Once the kernel has taken one it knows names.
    Named { known: bool },
    /// By the kernel's count.
    Counted(Names),
}

/// The names of the last messages, by the kernel's count of them.
#[derive(Debug, PartialEq, Eq)]
struct Names {
    ring: Vec<u32>,
    /// How many were sent since the count was begun; the kernel's number has 32 bits as well.
    sent: u32,
}

impl Names {
    fn new() -> Self {
        Self {
            ring: (0..REMEMBERED).collect(),
            sent: 0,
        }
    }

    fn place(&mut self, number: u32) -> Option<&mut u32> {
        let place = usize::try_from(number % REMEMBERED).ok()?;
        self.ring.get_mut(place)
    }

    fn push(&mut self, name: u32) {
        if let Some(place) = self.place(self.sent) {
            *place = name;
        }
        self.sent = self.sent.wrapping_add(1);
    }

    fn get(&mut self, number: u32) -> Option<u32> {
        let back = self.sent.wrapping_sub(number);
        let is_remembered = (1..=REMEMBERED).contains(&back);
        is_remembered.then(|| self.place(number).copied()).flatten()
    }
}

impl Stamping {
    /// None at all.
    pub(super) const NONE: Self = Self {
        flags: 0,
        departures: Departures::Unstamped,
        each: 0,
        awaited: (0, 0),
    };

    /// Asks for what is wanted, and takes what there is: time stamps are no reason not to ping.
    pub(super) fn ask(
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
            // OPT_TSONLY: without the message itself, which we know.
            flags |= at
                | libc::SOF_TIMESTAMPING_OPT_ID
                | libc::SOF_TIMESTAMPING_OPT_TSONLY
                | libc::SOF_TIMESTAMPING_OPT_CMSG;
        }
        if hardware {
            // The driver's stamp as well, for an interface that says it will stamp and then does not.
            flags |= libc::SOF_TIMESTAMPING_RAW_HARDWARE
                | libc::SOF_TIMESTAMPING_RX_HARDWARE
                | libc::SOF_TIMESTAMPING_TX_HARDWARE
                | libc::SOF_TIMESTAMPING_OPT_TX_SWHW;
        }
        if set(socket, flags).is_ok() {
            let departures = match departures {
                DepartureStamps::None => Departures::Unstamped,
                _ => Departures::Named { known: false },
            };
            return Self {
                flags,
                departures,
                each,
                ..Self::NONE
            };
        }
        // What has no such option may still have the older one, for arrivals only.
        let on: c_int = 1;
        let value = on.to_ne_bytes();
        let _ = sys::set_option(socket, libc::SOL_SOCKET, libc::SO_TIMESTAMPNS, &value);
        Self::NONE
    }

    /// Whether departures are stamped.
    pub(super) fn has_departures(&self) -> bool {
        !matches!(self.departures, Departures::Unstamped)
    }

    /// The control message that goes with the message of this name, if one does.
    pub(super) fn label(&self, name: u32) -> Option<Label> {
        matches!(self.departures, Departures::Named { .. }).then(|| label(name))
    }

    /// Whether a send may have failed only because the kernel does not know the control message that goes with it.
    pub(super) fn is_for_the_label(&self, error: &io::Error) -> bool {
        let unknown = Departures::Named { known: false };
        error.raw_os_error() == Some(libc::EINVAL) && self.departures == unknown
    }

    /// The message of this name was sent.
    pub(super) fn sent(&mut self, name: u32) {
        match &mut self.departures {
            Departures::Unstamped => return,
            Departures::Named { known } => *known = true,
            Departures::Counted(names) => names.push(name),
        }
        self.awaited = (name, self.each);
    }

    /// Whether more is to be told of the message that was sent last. Some is never told: of a message that did not get as
    /// far as the interface, or by a driver that does not stamp.
    pub(super) fn is_waiting(&self) -> bool {
        let (_, stamps) = self.awaited;
        stamps > 0
    }

    /// The kernel does not know names: it is to count.
    pub(super) fn count(&mut self, socket: BorrowedFd<'_>) {
        self.departures = Departures::Counted(Names::new());
        self.failed(socket);
    }

    /// Whether the kernel counts, and has to begin anew after a message that was not sent.
    pub(super) fn counts(&self) -> bool {
        matches!(self.departures, Departures::Counted(_))
    }

    /// A message was not sent: the kernel may have counted it all the same. What is still to be told of earlier ones
    /// is lost.
    pub(super) fn failed(&mut self, socket: BorrowedFd<'_>) {
        if let Departures::Counted(names) = &mut self.departures {
            names.sent = 0;
            self.awaited = (0, 0);
            // Setting the option where it was not set begins at zero. Should it fail, there are no stamps.
            let _ = set(socket, 0).and_then(|()| set(socket, self.flags));
        }
    }

    /// Which message a stamp of this number is about, now that it is told; none if no such message is known.
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

/// A control message of one 32-bit number.
fn label(name: u32) -> Label {
    integer(libc::SOL_SOCKET, SCM_TS_OPT_ID, name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_a_control_message_of_one_number() {
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
    fn the_kernel_s_count_finds_the_names_in_the_order_in_which_they_left() {
        let mut counted = counted(0);
        assert_eq!(counted.name_of_stamp(0), None);
        for name in [u32::MAX, 0, 77] {
            counted.sent(name);
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
    fn a_name_is_forgotten_rather_than_mistaken_for_another() {
        // The count wraps within.
        let first = u32::MAX - 9;
        let mut counted = counted(first);
        for name in 0..=REMEMBERED {
            counted.sent(name);
        }
        let mut told = |number: u32| counted.name_of_stamp(first.wrapping_add(number));
        assert_eq!((told(0), told(1)), (None, Some(1)));
        assert_eq!(told(REMEMBERED), Some(REMEMBERED));
        assert_eq!(told(REMEMBERED + 1), None);
    }

    #[test]
    fn last_message_is_waited_for_until_both_of_its_stamps_are_told() {
        let mut counted = counted(0);
        assert!(!counted.is_waiting());
        counted.sent(1);
        counted.sent(2);
        for earlier in [0, 1, 0, 7] {
            counted.name_of_stamp(earlier);
            assert!(counted.is_waiting());
        }
        counted.name_of_stamp(1);
        assert!(!counted.is_waiting());
        counted.sent(3);
        assert!(counted.is_waiting());
    }

    #[test]
    fn message_whose_stamps_never_come_is_not_waited_for_once_the_next_is_told() {
        let mut counted = counted(0);
        counted.sent(1);
        counted.sent(2);
        counted.name_of_stamp(1);
        counted.name_of_stamp(1);
        assert!(!counted.is_waiting());
    }
}
