//! Error messages about missing interfaces. They list the existing ones.

use std::cell::OnceCell;
use std::fmt::Display;

use anyhow::{Error, anyhow};

use crate::net;
use crate::sanitize;
use crate::target::NoTarget;

/// The interfaces of this host, listed on first use.
#[derive(Debug, Clone, Default)]
pub(super) struct Interfaces(OnceCell<Vec<String>>);

impl Interfaces {
    /// Lists the interfaces now, as a confined thread cannot list them.
    pub(super) fn list(&self) -> &[String] {
        self.0.get_or_init(|| {
            net::interfaces()
                .iter()
                .map(sanitize::visible_word)
                .collect()
        })
    }

    /// The reason why this address is no target, with advice.
    pub(super) fn why(&self, why: NoTarget, address: impl Display) -> String {
        match why {
            NoTarget::NoInterface => {}
            NoTarget::WrongFamily => return format!("{why}; leave out -4 or -6"),
            _ => return why.to_string(),
        }
        let names = self.list();
        let example = names.iter().find(|name| *name != "lo").or(names.first());
        let example = example.map_or("eth0", String::as_str);
        format!("{why}, as in {address}%{example}{}", self.there_are())
    }

    /// The error for an unknown interface of `-I`.
    pub(super) fn unknown(&self, name: &str) -> Error {
        let name = sanitize::visible_word(name);
        anyhow!("-I {name}: there is no such interface{}", self.there_are())
    }

    fn there_are(&self) -> String {
        let names = self.list();
        if names.is_empty() {
            return String::new();
        }
        format!("; there are: {}", names.join(" "))
    }
}
