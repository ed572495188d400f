//! Assertions about arbitrary octets: one function for each target of `fuzz/`. The replay of the corpus and the
//! property tests call them too. Each compares the program with a simpler implementation here.

pub mod arguments;
pub mod checksum;
pub mod control_messages;
pub mod engine;
pub mod error_queue;
mod extensions;
pub mod icmpv6;
pub mod ip_options;
pub mod ipv4;
pub mod many;
mod model;
pub mod node_information;
pub mod original;
pub mod sanitizer;
pub mod target_list;

use std::net::SocketAddr;
use std::time::UNIX_EPOCH;

use rping::clock::{Clock, SystemClock};
use rping::codec::{Codec, SingleTarget, SocketParams};
use rping::config::{Face, Message, Request, Style};
use rping::engine::{Note, Obstacle};
use rping::event::Event;
use rping::net::{Datagram, Stamps};
use rping::report::text::Text;
use rping::report::{NoNames, Report};
use rping::wire::data::Pattern;

/// The name of a target and its assertions.
pub type Target = (&'static str, fn(&[u8]));

/// All targets. Each has a directory in `fuzz/corpus` and a file in `fuzz/fuzz_targets`.
pub const ALL: [Target; 13] = [
    ("arguments", arguments::check),
    ("checksum", checksum::check),
    ("control_messages", control_messages::check),
    ("engine", engine::check),
    ("engine_many", many::check),
    ("error_queue", error_queue::check),
    ("icmpv6", icmpv6::check),
    ("ip_options", ip_options::check),
    ("ipv4", ipv4::check),
    ("node_information", node_information::check),
    ("original", original::check),
    ("sanitizer", sanitizer::check),
    ("target_list", target_list::check),
];

pub(crate) const IDENTIFIER: u16 = 0x0d25;

pub(crate) const SIZE: usize = 56;

pub(crate) const TARGET4: [u8; 4] = [198, 51, 100, 2];
pub(crate) const TARGET6: [u16; 8] = [0xfd51, 0, 0, 0, 0, 0, 0, 2];

/// Takes numbers from the start of the input; zeros at its end.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Feed<'a>(pub(crate) &'a [u8]);

impl<'a> Feed<'a> {
    pub(crate) fn octet(&mut self) -> u8 {
        let (&octet, rest) = self.0.split_first().unwrap_or((&0, &[]));
        self.0 = rest;
        octet
    }

    pub(crate) fn pair(&mut self) -> u16 {
        u16::from_be_bytes([self.octet(), self.octet()])
    }

    pub(crate) fn word(&mut self) -> u32 {
        u32::from(self.pair()) << 16 | u32::from(self.pair())
    }

    /// Up to `most` octets.
    pub(crate) fn take(&mut self, most: usize) -> &'a [u8] {
        let (taken, rest) = self.0.split_at(most.min(self.0.len()));
        self.0 = rest;
        taken
    }

    /// The reason why a probe is not sent.
    pub(crate) fn obstacle(&mut self) -> Obstacle {
        let obstacles = [
            Obstacle::Busy,
            Obstacle::TooLong { mtu: 1500 },
            Obstacle::Refused,
        ];
        obstacles[usize::from(self.octet()) % obstacles.len()]
    }

    /// A property of a reply that only the codec sees.
    pub(crate) fn note(&mut self) -> Note {
        let notes = [
            Note::Altered,
            Note::Truncated,
            Note::DifferentAddress,
            Note::Oversized,
        ];
        notes[usize::from(self.octet()) % notes.len()]
    }
}

/// RFC 1071 as in its section 4.1, over pairs of octets.
pub(crate) fn sum(octets: &[u8]) -> u16 {
    let mut sum = 0_u32;
    for pair in octets.chunks(2) {
        sum += u32::from(pair[0]) << 8 | pair.get(1).map_or(0, |&octet| u32::from(octet));
        sum = (sum & 0xffff) + (sum >> 16);
    }
    u16::try_from(sum).unwrap()
}

pub(crate) fn pair_at(octets: &[u8], at: usize) -> u16 {
    u16::from_be_bytes([octets[at], octets[at + 1]])
}

/// A codec for the probes to one target.
pub(crate) fn codec(target: SocketAddr, raw: bool, request: Request) -> (Codec, SingleTarget) {
    let message = Message {
        size: SIZE,
        pattern: Pattern::Counting,
        request,
    };
    let side = SocketParams {
        identifier: IDENTIFIER,
        raw,
    };
    let sole = SingleTarget::new(target, Vec::new(), false);
    (Codec::new(message, side, side), sole)
}

/// A datagram without any anomaly except in its octets.
pub(crate) fn datagram(source: SocketAddr, octets: &[u8]) -> Datagram<'_> {
    Datagram {
        source,
        octets,
        truncated: false,
        hop_limit: Some(64),
        traffic_class: None,
        destination: None,
        options: &[],
        read: SystemClock.now(),
        stamps: Stamps::default(),
    }
}

/// Prints a received message under both names: it must be whole lines of printable ASCII and tabs.
pub(crate) fn assert_harmless(event: &Event<'_>) {
    for face in [Face::Rping, Face::Ping] {
        let style = Style {
            face,
            verbose: true,
            ..Style::default()
        };
        let (mut out, mut err) = (Vec::new(), Vec::new());
        Text::of_one(style, "rping", (&mut out, &mut err), NoNames)
            .event(event, &|| UNIX_EPOCH.into())
            .unwrap();
        for text in [out, err] {
            let harmless = |octet: &u8| matches!(octet, b' '..=b'~' | b'\n' | b'\t');
            assert!(text.iter().all(harmless), "{}", text.escape_ascii());
            assert!(
                text.is_empty() || text.ends_with(b"\n"),
                "{}",
                text.escape_ascii()
            );
        }
    }
}
