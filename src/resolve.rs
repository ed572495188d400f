//! Names to addresses before the run, addresses to names during it, and never in the way of the loop.

mod hosts;
mod places;
mod pool;

use std::collections::HashMap;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use dns_lookup::{AddrInfo, AddrInfoHints, LookupError, LookupErrorKind, getaddrinfo, getnameinfo};

use crate::config::FamilyChoice;
use crate::net::{InterfaceNames, Lookups, interface_index};
use crate::report::Names;
use crate::sanitize;
use crate::target::{Host, WRONG_FAMILY, needs_interface};

pub use pool::{Answer, Pool};

/// What a host's name leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolved {
    /// How the resolver calls the host; for an address, what was typed.
    pub name: String,
    /// Its addresses in the order in which to try them (RFC 6724); at least one. Ports are 0.
    pub addresses: Vec<SocketAddr>,
    /// Whether the host was given as an address.
    pub numeric: bool,
}

/// Looks up a host. Addresses ask no resolver.
///
/// # Errors
/// One line that begins with the host, such as `nowhere.example: Name or service not known`.
pub fn forward(word: &str, family: FamilyChoice) -> Result<Resolved> {
    let host = Host::parse(word);
    // From here on the word is only shown.
    let word = &sanitize::word(word);
    match host.with_context(|| word.clone())? {
        Host::Ipv4(_) if family == FamilyChoice::Ipv6 => bail!("{word}: {WRONG_FAMILY}"),
        Host::Ipv6 { .. } if family == FamilyChoice::Ipv4 => bail!("{word}: {WRONG_FAMILY}"),
        Host::Ipv4(address) => Ok(literal(word, (address, 0).into())),
        Host::Ipv6 { address, zone } => {
            let scope = zone.map_or(Ok(0), |zone| scope_of(word, address, &zone))?;
            Ok(literal(
                word,
                SocketAddrV6::new(address, 0, 0, scope).into(),
            ))
        }
        Host::Name(name) => look_up(word, &name, family),
    }
}

/// What scripts know for a host that does not exist.
pub const UNKNOWN_HOST: &str = "Name or service not known";

fn literal(word: &str, address: SocketAddr) -> Resolved {
    Resolved {
        name: word.to_owned(),
        addresses: vec![address],
        numeric: true,
    }
}

/// The number of the interface behind `%`.
///
/// # Errors
/// One line that begins with the word: there is no such interface, or the address needs none.
pub fn scope_of(word: &str, address: Ipv6Addr, zone: &str) -> Result<u32> {
    let named = needs_interface(address).then(|| interface_index(zone));
    // As the C library does it, which knows names only of unicast and of a link's multicast.
    let scope = named.flatten().or_else(|| zone.parse().ok());
    match scope {
        Some(scope) if scope != 0 => Ok(scope),
        _ => bail!(
            "{word}: {} names no interface on which such an address is of use",
            sanitize::word(zone)
        ),
    }
}

fn look_up(word: &str, name: &str, family: FamilyChoice) -> Result<Resolved> {
    let wanted = match family {
        FamilyChoice::Any => libc::AF_UNSPEC,
        FamilyChoice::Ipv4 => libc::AF_INET,
        FamilyChoice::Ipv6 => libc::AF_INET6,
    };
    let found = lookup(name, wanted, libc::AI_CANONNAME)
        .map_err(|error| not_found(word, name, family, &error))?;
    let canonical = found.iter().find_map(|info| info.canonname.clone());
    // glibc 2.36 gives an empty one for a line of /etc/hosts when only one family is asked for.
    let canonical = canonical.filter(|canonical| !canonical.is_empty());
    let mut addresses: Vec<SocketAddr> = Vec::new();
    for info in found {
        if !addresses.contains(&info.sockaddr) {
            addresses.push(info.sockaddr);
        }
    }
    if addresses.is_empty() {
        bail!("{word}: No address associated with hostname");
    }
    Ok(Resolved {
        name: canonical.unwrap_or_else(|| name.to_owned()),
        addresses,
        numeric: false,
    })
}

fn lookup(name: &str, family: i32, flags: i32) -> Result<Vec<AddrInfo>, LookupError> {
    let hints = AddrInfoHints {
        flags,
        address: family,
        // One entry an address, not one for each kind of socket.
        socktype: libc::SOCK_DGRAM,
        protocol: libc::IPPROTO_UDP,
    };
    let found: std::io::Result<Vec<AddrInfo>> =
        getaddrinfo(Some(name), None, Some(hints))?.collect();
    found.map_err(LookupError::from)
}

/// A lookup that ended without an answer: whether the name has addresses is not known, and may be known later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LookupFailed {
    /// How the word is shown.
    word: String,
    /// What happened, with its value.
    text: String,
    /// The same, without its value.
    why: &'static str,
}

impl LookupFailed {
    fn new(word: &str, why: &'static str, text: String) -> Self {
        let word = word.to_owned();
        Self { word, text, why }
    }

    /// What happened, in a few words.
    #[must_use]
    pub fn why(&self) -> &'static str {
        self.why
    }
}

impl fmt::Display for LookupFailed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.word, self.text)
    }
}

impl std::error::Error for LookupFailed {}

/// A name without an address, or a [`LookupFailed`].
fn not_found(word: &str, name: &str, family: FamilyChoice, error: &LookupError) -> anyhow::Error {
    let why = match error.kind() {
        LookupErrorKind::Again => TEMPORARY,
        LookupErrorKind::Fail => NOT_RECOVERABLE,
        LookupErrorKind::Memory => NO_MEMORY,
        LookupErrorKind::System | LookupErrorKind::IO => "System error",
        _ => return anyhow!("{word}: {}", why_not(name, family, error)),
    };
    LookupFailed::new(word, why, reason(error)).into()
}

/// Texts of glibc.
const TEMPORARY: &str = "Temporary failure in name resolution";
const NOT_RECOVERABLE: &str = "Non-recoverable failure in name resolution";
const NO_MEMORY: &str = "Memory allocation failure";

/// Why a name leads nowhere: a name that has addresses, but of the other family, is known all the same.
fn why_not(name: &str, family: FamilyChoice, error: &LookupError) -> String {
    let nothing = matches!(
        error.kind(),
        LookupErrorKind::NoName | LookupErrorKind::NoData
    );
    if nothing && family != FamilyChoice::Any && lookup(name, libc::AF_UNSPEC, 0).is_ok() {
        return WRONG_FAMILY.to_owned();
    }
    reason(error)
}

/// The texts of glibc, whatever C library this binary is linked to: scripts compare them.
fn reason(error: &LookupError) -> String {
    let text = match error.kind() {
        LookupErrorKind::Again => TEMPORARY,
        LookupErrorKind::NoName => UNKNOWN_HOST,
        LookupErrorKind::NoData => "No address associated with hostname",
        LookupErrorKind::Fail => NOT_RECOVERABLE,
        LookupErrorKind::Family => "ai_family not supported",
        LookupErrorKind::Memory => NO_MEMORY,
        // EAI_ADDRFAMILY of glibc has no kind of its own.
        _ if error.error_num() == -9 => WRONG_FAMILY,
        _ => return error.to_string(),
    };
    text.to_owned()
}

/// Looks up one IPv4 hop of a route.
///
/// # Errors
/// As [`forward`].
pub fn hop(word: &str) -> Result<Ipv4Addr> {
    let resolved = forward(word, FamilyChoice::Ipv4)?;
    let first = resolved.addresses.first().map(SocketAddr::ip);
    match first {
        Some(IpAddr::V4(address)) => Ok(address),
        _ => bail!("{word}: {WRONG_FAMILY}"),
    }
}

/// Names of addresses, sought by a thread beside the loop: a name that is not there yet is not waited for.
#[derive(Debug)]
pub struct Reverse {
    known: HashMap<IpAddr, Option<String>>,
    zones: HashMap<u32, Option<String>>,
    interfaces: InterfaceNames,
    questions: Option<Sender<IpAddr>>,
    answers: Receiver<(IpAddr, Option<String>)>,
}

/// Long enough for `/etc/hosts` and a cache on this host, too short for anybody to notice. It passes before the
/// schedule starts, so no probe and no line is late for it.
const LOCAL_LOOKUP: Duration = Duration::from_millis(10);

/// How many addresses are looked up in one run: answers may come from any number of hosts.
const MOST_NAMES: usize = 1024;

impl Reverse {
    /// Starts the thread. `first` is the target, `name` how the forward lookup called it, if there was one.
    ///
    /// The thread confines itself to look-ups before it begins with them.
    #[must_use]
    pub fn start(first: IpAddr, name: Option<String>, lookups: Lookups) -> Self {
        let (questions, asked) = channel::<IpAddr>();
        let (answer, answers) = channel();
        let spawned = thread::Builder::new()
            .name("names".to_owned())
            .spawn(move || {
                if lookups.confine().is_err() {
                    // The number is printed then.
                    return;
                }
                for address in asked {
                    if answer.send((address, reverse_name(address))).is_err() {
                        return;
                    }
                }
            });
        let mut reverse = Self {
            known: HashMap::new(),
            zones: HashMap::new(),
            interfaces: InterfaceNames::open(),
            // Without the thread, addresses are printed as numbers.
            questions: spawned.is_ok().then_some(questions),
            answers,
        };
        reverse.begin_with(first, name);
        reverse
    }

    /// Asks for the target's name. One that this host knows itself is there before the first probe, so that all lines
    /// name the target alike; for one from a name server nothing waits, and until it comes the target is called by the
    /// name that led to it.
    fn begin_with(&mut self, target: IpAddr, forward: Option<String>) {
        self.ask(target);
        let answer = self.answers.recv_timeout(LOCAL_LOOKUP);
        let (address, name) = answer.unwrap_or((target, forward));
        self.known.insert(address, name);
    }

    /// Names of interfaces only: addresses are printed as numbers.
    #[must_use]
    pub fn numeric() -> Self {
        let (_, answers) = channel();
        Self {
            known: HashMap::new(),
            zones: HashMap::new(),
            interfaces: InterfaceNames::open(),
            questions: None,
            answers,
        }
    }

    fn ask(&mut self, address: IpAddr) {
        if self.known.len() < MOST_NAMES {
            self.known.insert(address, None);
            if let Some(questions) = &self.questions {
                // A thread that has ended answers no more; the number is printed then.
                let _ = questions.send(address);
            }
        }
    }
}

impl Names for Reverse {
    fn name(&mut self, address: SocketAddr) -> Option<String> {
        let address = address.ip();
        while let Ok((address, name)) = self.answers.try_recv() {
            self.known.insert(address, name);
        }
        if !self.known.contains_key(&address) {
            self.ask(address);
        }
        self.known.get(&address).cloned().flatten()
    }

    fn zone(&mut self, scope: u32) -> Option<String> {
        self.zones
            .entry(scope)
            .or_insert_with(|| self.interfaces.name(scope))
            .clone()
    }
}

fn reverse_name(address: IpAddr) -> Option<String> {
    let (name, _) = getnameinfo(&SocketAddr::new(address, 0), libc::NI_NAMEREQD).ok()?;
    Some(name)
}
