//! The name under which the program was invoked, and its consequences.

use std::ffi::{OsStr, OsString};
use std::path::Path;

use crate::config::{Face, FamilyChoice};
use crate::sanitize;

/// How the program was invoked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invocation {
    /// `argv[0]` with its path, escaped.
    pub program: String,
    /// The set of options.
    pub dialect: Dialect,
    /// The format of the output. Under the name `fping`, fping's lines replace it, and messages are as short as those
    /// of `ping`.
    pub face: Face,
    /// The address family of the name.
    pub family: FamilyChoice,
}

/// A set of options.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// Those of iputils' ping and rping.
    Ping,
    /// Those of fping.
    Fping,
}

/// Precedes the name whose options, lines and exit codes to use.
const AS: &str = "--as";

/// The meaning of a program name.
fn meaning(name: &str) -> Option<(Dialect, Face, FamilyChoice)> {
    let (any, ipv4, ipv6) = (FamilyChoice::Any, FamilyChoice::Ipv4, FamilyChoice::Ipv6);
    Some(match name {
        "ping" => (Dialect::Ping, Face::Ping, any),
        "ping4" => (Dialect::Ping, Face::Ping, ipv4),
        "ping6" => (Dialect::Ping, Face::Ping, ipv6),
        "fping" => (Dialect::Fping, Face::Ping, any),
        "fping6" => (Dialect::Fping, Face::Ping, ipv6),
        "rping" => (Dialect::Ping, Face::Rping, any),
        "rping4" => (Dialect::Ping, Face::Rping, ipv4),
        "rping6" => (Dialect::Ping, Face::Rping, ipv6),
        _ => return None,
    })
}

impl Invocation {
    /// Reads `argv[0]`. A missing or empty one means `rping`. The name ends at its first dot.
    ///
    /// ```
    /// use std::ffi::OsStr;
    /// use rping::cli::Invocation;
    /// use rping::config::{Face, FamilyChoice};
    ///
    /// let invocation = Invocation::new(Some(OsStr::new("./bin/ping6")));
    /// assert_eq!(invocation.program, "./bin/ping6");
    /// assert_eq!((invocation.face, invocation.family), (Face::Ping, FamilyChoice::Ipv6));
    /// ```
    #[must_use]
    pub fn new(argv0: Option<&OsStr>) -> Self {
        let argv0 = argv0.filter(|argv0| !argv0.is_empty());
        let argv0 = argv0.unwrap_or(OsStr::new("rping"));
        let name = Path::new(argv0).file_name().and_then(OsStr::to_str);
        // A copy named `fping.old` is still fping.
        let name = name.and_then(|name| name.split('.').next());
        let asked = name.and_then(meaning);
        let (dialect, face, family) =
            asked.unwrap_or((Dialect::Ping, Face::Rping, FamilyChoice::Any));
        Self {
            program: sanitize::escape(argv0),
            dialect,
            face,
            family,
        }
    }

    /// Splits a command line into the invocation and the options. Under the name `rping`, a leading `--as NAME` has the
    /// effect of that name. An unknown name stays with the options.
    ///
    /// ```
    /// use std::ffi::OsString;
    /// use rping::cli::{Dialect, Invocation};
    ///
    /// let argv = ["rping", "--as", "fping", "-a"].map(OsString::from);
    /// let (invocation, options) = Invocation::of(&argv);
    /// assert_eq!((invocation.program.as_str(), invocation.dialect), ("rping", Dialect::Fping));
    /// assert_eq!(options, ["-a"]);
    /// ```
    #[must_use]
    pub fn of(argv: &[OsString]) -> (Self, &[OsString]) {
        let Some((argv0, words)) = argv.split_first() else {
            return (Self::new(None), &[]);
        };
        let invocation = Self::new(Some(argv0));
        if invocation.face != Face::Rping {
            return (invocation, words);
        }
        let named = match words {
            [option, name, rest @ ..] if *option == AS => name.to_str().map(|name| (name, rest)),
            [option, rest @ ..] => {
                let option = option.to_str().and_then(|option| option.strip_prefix(AS));
                option.and_then(|option| Some((option.strip_prefix('=')?, rest)))
            }
            [] => None,
        };
        let asked = named.and_then(|(name, rest)| Some((meaning(name)?, rest)));
        let Some(((dialect, face, family), rest)) = asked else {
            return (invocation, words);
        };
        let invocation = Self {
            dialect,
            face,
            family,
            ..invocation
        };
        (invocation, rest)
    }
}
