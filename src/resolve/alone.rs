//! Names of many targets where no thread can be started.

use std::collections::HashSet;
use std::io;
use std::thread;
use std::time::Instant;

use super::lookup::{self, is_localhost};
use super::pool::{Answer, NO_THREAD, failed, plain_name};
use super::{LookupFailed, Resolved, Wanted, forward, hosts};
use crate::clock::{Clock, SystemClock};
use crate::errno;
use crate::sanitize;
use crate::target::Host;

const NOT_BEGUN: &str = "its lookup was not started before the deadline";

/// What is known of names without a thread that looks them up.
#[derive(Debug)]
pub struct Alone {
    /// One for each name.
    pub answers: Vec<Answer>,
    /// Why there are no threads, and what that means, for the user.
    pub warning: String,
}

impl Alone {
    /// Looks up names in this thread if no other can be started; `None` if one can.
    ///
    /// Name servers are asked only where nothing else can be probed, so that a slow one delays no probe: not if
    /// `has_others`, that is if there are addresses to probe, nor if `/etc/hosts` knows one of the names. After `until`
    /// no lookup begins. Signals end the process, because no handler is installed yet.
    #[must_use]
    pub fn look_up(
        names: &[String],
        wanted: Wanted,
        has_others: bool,
        until: Option<Instant>,
    ) -> Option<Self> {
        if names.is_empty() {
            return None;
        }
        let error = start_thread().err()?;
        let mut outcomes = known_here(names, wanted);
        let asks = !has_others && outcomes.iter().all(Option::is_none);
        for (outcome, name) in outcomes.iter_mut().zip(names) {
            let is_late = || until.is_some_and(|until| SystemClock.now() >= until);
            if outcome.is_none() {
                *outcome = Some(if !asks {
                    Err(failed(name, NO_THREAD, &error))
                } else if is_late() {
                    Err(not_begun(name))
                } else {
                    wanted.look_up(name)
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
                .map(|(place, outcome)| Answer { place, outcome })
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
    // Privileges are dropped later, which each thread would have to do by itself.
    let _ = thread.join();
    Ok(())
}

fn not_begun(name: &str) -> anyhow::Error {
    LookupFailed::new(
        &sanitize::visible_word(name),
        NOT_BEGUN,
        NOT_BEGUN.to_owned(),
    )
    .into()
}

/// What is known of these names without a name server.
fn known_here(names: &[String], wanted: Wanted) -> Vec<Option<anyhow::Result<Resolved>>> {
    let plain: HashSet<String> = names.iter().map(|name| plain_name(name)).collect();
    let known = hosts::known(&plain).addresses;
    let look_up = |word: &String| match Host::parse(word) {
        Ok(Host::Name(name)) if is_localhost(&name) || known.contains_key(&plain_name(&name)) => {
            lookup::known_here(&sanitize::visible_word(word), &name, wanted.family).map(Ok)
        }
        Ok(Host::Name(_)) => None,
        _ => Some(forward(word, wanted.family)),
    };
    names.iter().map(look_up).collect()
}
