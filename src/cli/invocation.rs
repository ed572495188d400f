//! The name under which the program was invoked, and what follows from it.

use std::ffi::OsStr;
use std::path::Path;

use crate::config::{Face, FamilyChoice};
use crate::sanitize;

/// How the program was invoked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invocation {
    /// `argv[0]` exactly as it was, path and all, escaped.
    pub program: String,
    /// Whose output is asked for.
    pub face: Face,
    /// The address family that the name asks for.
    pub family: FamilyChoice,
}

impl Invocation {
    /// Reads `argv[0]`; if it is missing or empty, the program is `rping`.
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
        let (face, family) = match name {
            Some("ping") => (Face::Ping, FamilyChoice::Any),
            Some("ping4") => (Face::Ping, FamilyChoice::Ipv4),
            Some("ping6") => (Face::Ping, FamilyChoice::Ipv6),
            Some("rping4") => (Face::Rping, FamilyChoice::Ipv4),
            Some("rping6") => (Face::Rping, FamilyChoice::Ipv6),
            _ => (Face::Rping, FamilyChoice::Any),
        };
        Self {
            program: sanitize::escape(argv0),
            face,
            family,
        }
    }
}
