//! Lookups for many targets if no thread can be started.

use std::collections::HashSet;
use std::io;
use std::thread;
use std::time::Instant;

use super::lookup::{self, is_localhost};
use super::pool::{Answer, NO_THREAD, failed, plain_name};
use super::{LookupFailed, LookupOptions, Resolved, forward, hosts};
use crate::clock::{Clock, SystemClock};
use crate::errno;
use crate::sanitize;
use crate::target::Host;

const NOT_STARTED: &str = "its lookup was not started before the deadline";

/// The result of lookups in the main thread.
#[derive(Debug)]
pub struct InlineLookup {
    /// One for each name.
    pub answers: Vec<Answer>,
    /// The warning for the user: why there are no threads, and the consequence.
    pub warning: String,
}

impl InlineLookup {
    /// Looks up names in this thread; `None` if a thread can be started.
    ///
    /// A slow name server must not delay probes. So name servers are queried only if there is nothing else to probe: neither
    /// addresses (`has_others`) nor names in `/etc/hosts`. No lookup starts after `until`. Signals end the process,
    /// because no handler is installed yet.
    #[must_use]
    pub fn look_up(
        names: &[String],
        options: LookupOptions,
        has_others: bool,
        until: Option<Instant>,
    ) -> Option<Self> {
        if names.is_empty() {
            return None;
        }
        let error = start_thread().err()?;
        let mut outcomes = known_here(names, options);
        let asks = !has_others && outcomes.iter().all(Option::is_none);
        for (outcome, name) in outcomes.iter_mut().zip(names) {
            let is_late = || until.is_some_and(|until| SystemClock.now() >= until);
            if outcome.is_none() {
                *outcome = Some(if !asks {
                    Err(failed(name, NO_THREAD, &error))
                } else if is_late() {
                    Err(not_started(name))
                } else {
                    options.look_up(name)
                });
            }
        }
        let consequence = if asks {
            "they were looked up one after the other before the first probe"
        } else {
            "only /etc/hosts is asked for them"
        };
        let outcomes = outcomes.into_iter().flatten().enumerate();
        Some(Self {
            answers: outcomes
                .map(|(index, outcome)| Answer { index, outcome })
                .collect(),
            warning: format!(
                "cannot start a thread to look up names: {}; {consequence}",
                errno::text(&error)
            ),
        })
    }
}

fn start_thread() -> io::Result<()> {
    let thread = thread::Builder::new().spawn(|| ())?;
    // It must end before privileges are dropped, which affects only the calling thread.
    let _ = thread.join();
    Ok(())
}

fn not_started(name: &str) -> anyhow::Error {
    LookupFailed::new(
        &sanitize::visible_word(name),
        NOT_STARTED,
        NOT_STARTED.to_owned(),
    )
    .into()
}

/// The results of names that need no name server; `None` for the others.
fn known_here(names: &[String], options: LookupOptions) -> Vec<Option<anyhow::Result<Resolved>>> {
    let plain: HashSet<String> = names.iter().map(|name| plain_name(name)).collect();
    let known = hosts::known(&plain).addresses;
    let look_up = |word: &String| match Host::parse(word) {
        Ok(Host::Name(name)) if is_localhost(&name) || known.contains_key(&plain_name(&name)) => {
            lookup::known_here(&sanitize::visible_word(word), &name, options.family).map(Ok)
        }
        Ok(Host::Name(_)) => None,
        _ => Some(forward(word, options.family)),
    };
    names.iter().map(look_up).collect()
}
