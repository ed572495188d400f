//! Reverse lookups during the run.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Duration;

use super::lookup::is_name;
use super::spelling::Spelling;
use crate::net::{InterfaceNames, Lookups, name_of};
use crate::report::Names;

/// Names of addresses. A thread looks them up, and the loop never waits for a name.
#[derive(Debug)]
pub struct Reverse {
    known: HashMap<IpAddr, Option<String>>,
    zones: HashMap<u32, Option<String>>,
    interfaces: InterfaceNames,
    questions: Option<Sender<IpAddr>>,
    answers: Receiver<(IpAddr, Option<String>)>,
    /// The target's name as typed, if it is internationalized.
    spelling: Option<Spelling>,
}

/// Long enough for `/etc/hosts` and a cache on this host, too short to be noticed. The wait is over before the schedule
/// starts, so it delays no probe.
const LOCAL_LOOKUP: Duration = Duration::from_millis(10);

/// The maximum number of lookups in one run: replies may come from any number of hosts.
const MAX_LOOKUPS: usize = 1024;

impl Reverse {
    /// Starts the thread, which confines itself to lookups first. `first` is the target, `name` the result of its forward
    /// lookup, and `spelling` its typed form.
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
                    // Addresses are printed as numbers then.
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

    /// Looks up the target's name. A name in `/etc/hosts` arrives before the first probe, so all lines use the same name.
    /// The run does not wait for a name server: until its answer arrives, the target has the name of the forward lookup.
    fn begin_with(&mut self, target: IpAddr, forward: Option<String>) {
        self.ask(target);
        let answer = self.answers.recv_timeout(LOCAL_LOOKUP);
        let (address, name) = answer.unwrap_or((target, forward));
        self.known.insert(address, name);
    }

    /// Looks up only interface names: addresses are printed as numbers.
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
        if self.known.len() < MAX_LOOKUPS {
            self.known.insert(address, None);
            if let Some(questions) = &self.questions {
                // If the thread has exited, the number is printed.
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

/// The name of an address, if it is valid: musl does not check it, and one that looks like an address would mislead.
pub(super) fn reverse_name(address: IpAddr) -> Option<String> {
    name_of(address).filter(|name| is_name(name))
}
