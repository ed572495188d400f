//! Addresses to names during the run.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Duration;

use super::lookup::is_name;
use super::spelling::Spelling;
use crate::net::{InterfaceNames, Lookups, name_of};
use crate::report::Names;

/// Names of addresses, sought by a thread beside the loop: a name that is not there yet is not waited for.
#[derive(Debug)]
pub struct Reverse {
    known: HashMap<IpAddr, Option<String>>,
    zones: HashMap<u32, Option<String>>,
    interfaces: InterfaceNames,
    questions: Option<Sender<IpAddr>>,
    answers: Receiver<(IpAddr, Option<String>)>,
    /// The target's name, where it was typed in another form than servers give it.
    spelling: Option<Spelling>,
}

/// Long enough for `/etc/hosts` and a cache on this host, too short for anybody to notice. It passes before the
/// schedule starts, so no probe and no line is late for it.
const LOCAL_LOOKUP: Duration = Duration::from_millis(10);

/// How many addresses are looked up in one run: answers may come from any number of hosts.
const MOST_NAMES: usize = 1024;

impl Reverse {
    /// Starts the thread. `first` is the target, `name` how the forward lookup called it, if there was one, and `spelling`
    /// how it was typed.
    ///
    /// The thread confines itself to look-ups before it begins with them.
    #[must_use]
    pub fn start(
        first: IpAddr,
        name: Option<String>,
        spelling: Option<Spelling>,
        lookups: Lookups,
    ) -> Self {
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
            spelling,
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
            spelling: None,
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

    fn as_typed(&self, name: &str) -> Option<&str> {
        self.spelling.as_ref()?.of_same(name)
    }

    fn zone(&mut self, scope: u32) -> Option<String> {
        self.zones
            .entry(scope)
            .or_insert_with(|| self.interfaces.name(scope))
            .clone()
    }
}

/// musl does not check what a name server answers: a name that reads as an address would be taken for one.
pub(super) fn reverse_name(address: IpAddr) -> Option<String> {
    name_of(address).filter(|name| is_name(name))
}
