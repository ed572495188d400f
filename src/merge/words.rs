//! Interned texts that many lines repeat: reasons, lookup errors, interface names.

use std::collections::HashMap;

use crate::event::Reason;
use crate::report::json;

/// The maximum number of each kind: more than any network has, but a file could have any number.
const MAX_TEXTS: usize = 1000;

/// The text of lookup errors beyond that.
const FAILED: &str = "its lookup ended without an answer";

/// The interned texts of all streams.
#[derive(Debug, Default)]
pub(super) struct Words {
    errors: HashMap<String, &'static str>,
    reasons: HashMap<(String, bool), Option<Reason>>,
    zones: Vec<String>,
}

impl Words {
    /// Interns a lookup error for the lifetime of the program.
    pub(super) fn error(&mut self, text: &str) -> &'static str {
        if let Some(known) = self.errors.get(text) {
            return known;
        }
        if self.errors.len() >= MAX_TEXTS {
            return FAILED;
        }
        let kept: &'static str = Box::leak(Box::from(text));
        self.errors.insert(text.to_owned(), kept);
        kept
    }

    /// Why a target of this family did not answer.
    pub(super) fn reason(&mut self, word: &str, is_ipv6: bool) -> Option<Reason> {
        let key = (word.to_owned(), is_ipv6);
        if let Some(known) = self.reasons.get(&key) {
            return *known;
        }
        let reason = json::reason(word, is_ipv6);
        if self.reasons.len() < MAX_TEXTS {
            self.reasons.insert(key, reason);
        }
        reason
    }

    /// The number of an interface's name, from 1; 0 if there are too many.
    pub(super) fn zone(&mut self, name: &str) -> u16 {
        let known = self.zones.iter().position(|known| known == name);
        let place = match known {
            Some(place) => place,
            None if self.zones.len() < MAX_TEXTS => {
                self.zones.push(name.to_owned());
                self.zones.len() - 1
            }
            None => return 0,
        };
        u16::try_from(place + 1).unwrap_or(0)
    }

    /// The name of the interface with this number.
    pub(super) fn zone_name(&self, number: u32) -> Option<&str> {
        let place = usize::try_from(number).ok()?.checked_sub(1)?;
        self.zones.get(place).map(String::as_str)
    }
}
