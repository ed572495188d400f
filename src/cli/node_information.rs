//! Parses the words of `-N`: the question to a node and its subject (RFC 4620).

use std::ffi::OsStr;

use super::Refusal;
use crate::config::Face;
use crate::sanitize;
use crate::target::Host;
use crate::wire::node_information::{Ipv6Flags, Query, Subject, encode_name, group_address};

/// A word of `-N`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Word {
    Help,
    Query(Query),
    Subject {
        subject: Subject,
        /// The multicast group of nodes with this name, with the interface after `%` if there is one.
        group: Option<String>,
    },
}

/// The question, its subject, and the group to ask if no host is given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Question {
    pub(super) query: Query,
    pub(super) subject: Option<Subject>,
    pub(super) group: Option<String>,
}

/// The text of `-N help`.
pub(super) const HELP: &str = "\
Words of -N:
  name, fqdn            the names of the node
  ipv6                  its IPv6 addresses, all or only those that are:
  ipv6-all                of any of its interfaces
  ipv6-compatible         IPv4-compatible or IPv4-mapped
  ipv6-linklocal          link-local
  ipv6-sitelocal          site-local
  ipv6-global             global
  ipv4                  its IPv4 addresses
  ipv4-all                of any of its interfaces
About another node than the destination:
  subject-ipv6=ADDRESS  the one that has this address
  subject-ipv4=ADDRESS  the one that has this address
  subject-name=NAME     the one that has this name
  subject-fqdn=NAME     the same, and the name includes the domain
Without a destination, the multicast group of the subject's name is asked.
";

/// Parses one word.
pub(super) fn word(text: &OsStr) -> Result<Word, Refusal> {
    let typed = text.to_str().unwrap_or_default();
    let (word, value) = typed.split_once('=').unzip();
    let known = match (word.unwrap_or(typed), value) {
        ("subject-ipv6", Some(address)) => address.parse().ok().map(|address| Word::Subject {
            subject: Subject::Ipv6(address),
            group: None,
        }),
        ("subject-ipv4", Some(address)) => address.parse().ok().map(|address| Word::Subject {
            subject: Subject::Ipv4(address),
            group: None,
        }),
        ("subject-name", Some(name)) => {
            return named(name, name.trim_end_matches('.').contains('.'));
        }
        ("subject-fqdn", Some(name)) => return named(name, true),
        ("help", None) => Some(Word::Help),
        (word, None) => query(word).map(Word::Query),
        _ => None,
    };
    known.ok_or_else(|| {
        Refusal::new(format!(
            "-N: invalid argument: '{}': see rping -N help for the words",
            sanitize::excerpt(text)
        ))
    })
}

fn query(word: &str) -> Option<Query> {
    let ipv6 = |flags| Query::Ipv6Addresses { flags };
    Some(match word {
        "name" | "fqdn" => Query::Name,
        "ipv6" => ipv6(Ipv6Flags::NONE),
        "ipv6-all" => ipv6(Ipv6Flags::ALL),
        "ipv6-compatible" => ipv6(Ipv6Flags::COMPATIBLE),
        "ipv6-linklocal" => ipv6(Ipv6Flags::LINK_LOCAL),
        "ipv6-sitelocal" => ipv6(Ipv6Flags::SITE_LOCAL),
        "ipv6-global" => ipv6(Ipv6Flags::GLOBAL),
        "ipv4" => Query::Ipv4Addresses { all: false },
        "ipv4-all" => Query::Ipv4Addresses { all: true },
        _ => return None,
    })
}

/// Parses a name with an optional interface: `host%eth0`.
fn named(text: &str, fully_qualified: bool) -> Result<Word, Refusal> {
    let (name, zone) = text.split_once('%').unzip();
    let name = name.unwrap_or(text);
    let refuse = |reason: &str| {
        let name = sanitize::excerpt(name);
        Refusal::new(format!("-N: invalid argument: '{name}': {reason}"))
    };
    // ASCII stays unchanged: a node may have a name that no host on the Internet could have.
    let ascii = if name.is_ascii() {
        name.to_owned()
    } else {
        match Host::parse(name) {
            Ok(Host::Name(ascii)) => ascii,
            _ => return Err(refuse("invalid host name")),
        }
    };
    let dns = encode_name(&ascii, fully_qualified).map_err(|error| refuse(&error.to_string()))?;
    let group = group_address(&dns);
    Ok(Word::Subject {
        subject: Subject::Name { dns },
        group: Some(zone.map_or_else(|| group.to_string(), |zone| format!("{group}%{zone}"))),
    })
}

pub(super) fn asks_for_help(words: &[Word]) -> bool {
    words.contains(&Word::Help)
}

/// The question of all `-N` together, or `None`. If a subject has no question, iputils sends echo requests.
pub(super) fn question(words: Vec<Word>, face: Face) -> Result<Option<Question>, Refusal> {
    let mut asked = None;
    let mut about = None;
    let mut group = None;
    if words.is_empty() {
        return Ok(None);
    }
    for word in words {
        match word {
            Word::Help => {}
            Word::Query(query) => {
                asked = Some(asked.map_or(Ok(query), |first| both(first, query))?);
            }
            Word::Subject {
                subject,
                group: listening,
            } => {
                let first = about.get_or_insert_with(|| subject.clone());
                if std::mem::discriminant(first) != std::mem::discriminant(&subject) {
                    return Err(Refusal::new("-N: give only one kind of subject"));
                }
                about = Some(subject);
                group = listening;
            }
        }
    }
    match (asked, face) {
        (Some(query), _) => Ok(Some(Question {
            query,
            subject: about,
            group,
        })),
        (None, Face::Ping) => Ok(None),
        (None, Face::Rping) => Err(Refusal::new(
            "-N: say what to ask about the subject: add -N name, -N ipv6 or -N ipv4",
        )),
    }
}

/// Combines two words for the same kind of answer into one question.
fn both(first: Query, second: Query) -> Result<Query, Refusal> {
    match (first, second) {
        (Query::Name, Query::Name) => Ok(Query::Name),
        (Query::Ipv6Addresses { flags: first }, Query::Ipv6Addresses { flags: second }) => {
            Ok(Query::Ipv6Addresses {
                flags: first | second,
            })
        }
        (Query::Ipv4Addresses { all: first }, Query::Ipv4Addresses { all: second }) => {
            Ok(Query::Ipv4Addresses {
                all: first || second,
            })
        }
        _ => Err(Refusal::new(
            "-N: ask for only one of name, ipv6 and ipv4 at a time",
        )),
    }
}
