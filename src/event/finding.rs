//! What `--doctor` found out about this machine.

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// How well it is.
    pub state: State,
    /// What was looked at, in one or two words.
    pub topic: &'static str,
    /// What was found, as a clause. Names in it are what the system says: they are escaped when they are printed.
    pub text: String,
    /// The command that changes it, or what to do where no single command does; none: there is nothing to do.
    pub change: Option<String>,
}

/// How well something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// As it should be.
    Ok,
    /// Something does not work that some runs need.
    Warning,
    /// Nothing can be pinged as long as this stays.
    Problem,
}

impl State {
    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Problem => "problem",
        }
    }
}
