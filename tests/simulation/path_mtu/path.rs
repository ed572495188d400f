//! A path of routers with MTUs. Some routers report false values or nothing.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};
use rping::clock::Clock;
use rping::net::{Datagram, Departure, ErrorEntry, Network, Received, SendFailure, Stamps, Wake};

use crate::network::{Time, reply_to};

/// A router's report about a packet that is too big for its next link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Honesty {
    Honest,
    /// The same, with a quote of only eight octets of the probe.
    QuotesEight,
    Silent,
    NamesZero,
    /// More than the size of the packet.
    NamesMore,
    /// Less than the MTU of the link.
    NamesLess,
    /// The same for each large packet, even if it fits and is forwarded.
    NamesLessAndForwards,
    /// The same from an attacker who does not see the packets and guesses their octets.
    GuessesProbe,
}

impl Honesty {
    pub(crate) const ALL: [Self; 8] = [
        Self::Honest,
        Self::QuotesEight,
        Self::Silent,
        Self::NamesZero,
        Self::NamesMore,
        Self::NamesLess,
        Self::NamesLessAndForwards,
        Self::GuessesProbe,
    ];
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Router {
    /// The MTU of the next link.
    pub(crate) mtu: u32,
    pub(crate) honesty: Honesty,
    /// Whether it reports packets whose time to live has expired.
    pub(crate) reports_expiry: bool,
}

impl Router {
    pub(crate) fn honest(mtu: u32) -> Self {
        Self {
            mtu,
            honesty: Honesty::Honest,
            reports_expiry: true,
        }
    }
}

/// Damage to large replies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Damage {
    Cut,
    Changed,
    /// Altered, with an invalid checksum.
    Broken,
}

#[derive(Debug, Clone)]
pub(crate) struct Path {
    /// The MTU of this host's interface.
    pub(crate) interface: u32,
    pub(crate) routers: Vec<Router>,
    pub(crate) ipv6: bool,
    /// The minimum round trip, and the maximum of a random addition.
    pub(crate) delay: Duration,
    pub(crate) variation: Duration,
    /// Packets in a thousand that are lost, in each direction.
    pub(crate) lost: u32,
    /// Replies in a thousand that arrive twice.
    pub(crate) duplicated: u32,
    /// The MTU of the return path, which drops larger replies silently.
    pub(crate) way_back: Option<u32>,
    /// The damage to replies of more octets than this.
    pub(crate) damage: Option<(Damage, u32)>,
    /// The time at which all links get a larger MTU.
    pub(crate) grows: Option<(Duration, u32)>,
}

impl Default for Path {
    fn default() -> Self {
        Self {
            interface: 1500,
            routers: Vec::new(),
            ipv6: false,
            delay: Duration::from_millis(30),
            variation: Duration::ZERO,
            lost: 0,
            duplicated: 0,
            way_back: None,
            damage: None,
            grows: None,
        }
    }
}

impl Path {
    /// The largest packet that passes in both directions.
    pub(crate) fn mtu(&self) -> u32 {
        let links = self.routers.iter().map(|router| router.mtu);
        let all = links.chain(self.way_back).chain([self.interface]);
        all.min().unwrap()
    }

    pub(crate) fn is_lossless(&self) -> bool {
        self.lost == 0 && self.variation.is_zero()
    }

    pub(crate) fn address_of(&self, router: u8) -> SocketAddr {
        if self.ipv6 {
            format!("[2001:db8::{:x}]:0", router + 1).parse().unwrap()
        } else {
            ([198, 51, 100, router + 1], 0).into()
        }
    }
}

#[derive(Debug, Default)]
pub(crate) struct Log {
    pub(crate) sent: u32,
    /// The largest size with an unaltered reply.
    pub(crate) largest_answered: u32,
}

enum Arrival {
    /// A reply, and the size of its probe if it is unaltered.
    Reply(Vec<u8>, u32),
    Error(ErrorEntry),
}

pub(crate) struct Routed {
    time: Time,
    path: Path,
    target: SocketAddr,
    random: SmallRng,
    batch: Vec<(u32, Vec<u8>, Option<u8>)>,
    under_way: BTreeMap<(Instant, u64), Arrival>,
    count: u64,
    log: Rc<RefCell<Log>>,
    current: Vec<u8>,
}

impl Routed {
    pub(crate) fn new(
        time: Time,
        path: Path,
        (target, log): (SocketAddr, Rc<RefCell<Log>>),
        seed: u64,
    ) -> Self {
        Self {
            time,
            path,
            target,
            random: SmallRng::seed_from_u64(seed ^ 0x5eed),
            batch: Vec::new(),
            under_way: BTreeMap::new(),
            count: 0,
            log,
            current: Vec::new(),
        }
    }

    fn happens(&mut self, of_a_thousand: u32) -> bool {
        self.random.random_range(0..1000) < of_a_thousand
    }

    fn arrive(&mut self, arrival: Arrival, earlier: bool) {
        if self.happens(self.path.lost) {
            return;
        }
        let variation = u64::try_from(self.path.variation.as_nanos()).unwrap();
        let extra = Duration::from_nanos(self.random.random_range(0..=variation));
        let delay = if earlier {
            self.path.delay / 2
        } else {
            self.path.delay
        };
        self.count += 1;
        let at = self.time.now() + delay + extra;
        self.under_way.insert((at, self.count), arrival);
    }

    fn error(&mut self, router: usize, (kind, code, info): (u8, u8, u32), original: &[u8]) {
        let reporter = self.path.address_of(u8::try_from(router).unwrap());
        let entry = ErrorEntry::Icmp {
            reporter,
            destination: self.target,
            kind,
            code,
            info,
            original: original.to_vec(),
            extensions_at: None,
        };
        self.arrive(Arrival::Error(entry), true);
    }

    fn too_big(&mut self, router: usize, mtu: u32, original: &[u8]) {
        let kind = if self.path.ipv6 { (2, 0) } else { (3, 4) };
        self.error(router, (kind.0, kind.1, mtu), original);
    }

    /// The router's report about a packet that does not fit its next link, or that it does not forward.
    fn complain(&mut self, router: usize, size: u32, message: &[u8]) {
        let Router { mtu, honesty, .. } = self.path.routers[router];
        let quote = &message[..message.len().min(528)];
        match honesty {
            Honesty::Silent => {}
            Honesty::Honest => self.too_big(router, mtu, quote),
            Honesty::QuotesEight => self.too_big(router, mtu, &quote[..8]),
            Honesty::NamesZero => self.too_big(router, 0, quote),
            Honesty::NamesMore => self.too_big(router, size + 1, quote),
            Honesty::NamesLess | Honesty::NamesLessAndForwards => {
                self.too_big(router, mtu / 2 + 50, quote);
            }
            Honesty::GuessesProbe => {
                let mut guess = quote.to_vec();
                for octet in &mut guess[8..] {
                    *octet ^= 0x5a;
                }
                guess[2..4].copy_from_slice(&[0x12, 0x34]);
                self.too_big(router, mtu / 2 + 50, &guess);
            }
        }
    }

    fn travel(&mut self, message: &[u8], hop_limit: Option<u8>) {
        let header = if self.path.ipv6 { 40 } else { 20 };
        let size = u32::try_from(message.len()).unwrap() + header;
        let has_grown = self.path.grows.filter(|(at, _)| self.time.passed() >= *at);
        if self.happens(self.path.lost) {
            return;
        }
        for router in 0..self.path.routers.len() {
            let Router {
                mtu,
                honesty,
                reports_expiry,
            } = self.path.routers[router];
            let mtu = has_grown.map_or(mtu, |(_, grown)| mtu.max(grown));
            if hop_limit.is_some_and(|limit| usize::from(limit) == router + 1) {
                if reports_expiry {
                    let kind = if self.path.ipv6 { 3 } else { 11 };
                    self.error(router, (kind, 0, 0), &message[..message.len().min(528)]);
                }
                return;
            }
            let likes_to_lie = matches!(
                honesty,
                Honesty::NamesLessAndForwards | Honesty::GuessesProbe
            );
            if size > mtu || (likes_to_lie && size > 600) {
                self.complain(router, size, message);
            }
            if size > mtu {
                return;
            }
        }
        if self.path.way_back.is_some_and(|mtu| size > mtu) {
            return;
        }
        self.answer(message, size);
    }

    fn answer(&mut self, message: &[u8], size: u32) {
        let mut reply = reply_to(message);
        if self.path.ipv6 {
            reply[0] = 129;
        }
        let damage = self.path.damage.filter(|(_, above)| size > *above);
        let answered = if damage.is_some() { 0 } else { size };
        match damage {
            Some((Damage::Cut, above)) => {
                reply.truncate(above as usize / 2);
                sum_up(&mut reply);
            }
            Some((Damage::Changed, _)) => {
                *reply.last_mut().unwrap() ^= 1;
                sum_up(&mut reply);
            }
            Some((Damage::Broken, _)) => *reply.last_mut().unwrap() ^= 1,
            None => {}
        }
        if self.happens(self.path.duplicated) {
            self.arrive(Arrival::Reply(reply.clone(), answered), false);
        }
        self.arrive(Arrival::Reply(reply, answered), false);
    }
}

/// Corrects the checksum of a message (RFC 1071).
fn sum_up(message: &mut [u8]) {
    message[2..4].fill(0);
    let words = message.chunks(2).map(|pair| {
        let low = pair.get(1).copied().unwrap_or(0);
        u32::from(u16::from_be_bytes([pair[0], low]))
    });
    let mut sum: u32 = words.sum();
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    let checksum = !u16::try_from(sum).unwrap();
    message[2..4].copy_from_slice(&checksum.to_be_bytes());
}

impl Network for Routed {
    fn queue(&mut self, name: u32, message: &[u8], _: SocketAddr, limit: Option<u8>) -> bool {
        self.batch.push((name, message.to_vec(), limit));
        true
    }

    fn flush(&mut self, told: &mut dyn FnMut(u32, Result<Departure, SendFailure>)) {
        for (name, message, limit) in std::mem::take(&mut self.batch) {
            let header = if self.path.ipv6 { 40 } else { 20 };
            if u32::try_from(message.len()).unwrap() + header > self.path.interface {
                let mtu = self.path.interface;
                told(name, Err(SendFailure::TooLong { mtu }));
                continue;
            }
            self.log.borrow_mut().sent += 1;
            self.travel(&message, limit);
            told(name, Ok(self.time.now().into()));
        }
    }

    fn receive(&mut self, until: Option<Instant>, _: Wake) -> io::Result<Received<'_>> {
        let next = self.under_way.first_key_value().map(|(&(at, _), _)| at);
        match (next, until) {
            (Some(next), until) if until.is_none_or(|until| next <= until) => {
                self.time.advance_to(next);
            }
            (_, Some(until)) => {
                self.time.advance_to(until);
                return Ok(Received::Nothing);
            }
            (None | Some(_), None) => panic!("the run waits for ever"),
        }
        let (_, arrival) = self.under_way.pop_first().unwrap();
        match arrival {
            Arrival::Error(entry) => Ok(Received::Error(entry)),
            Arrival::Reply(octets, size) => {
                self.current = octets;
                let mut log = self.log.borrow_mut();
                log.largest_answered = log.largest_answered.max(size);
                Ok(Received::Datagram(Datagram {
                    source: self.target,
                    octets: &self.current,
                    truncated: false,
                    hop_limit: Some(64),
                    traffic_class: None,
                    destination: None,
                    options: &[],
                    read: self.time.now(),
                    stamps: Stamps::default(),
                }))
            }
        }
    }

    fn dropped_here(&self) -> u64 {
        0
    }
}
