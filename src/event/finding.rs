//! The findings of `--doctor` about this machine.

/// A finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The severity.
    pub state: State,
    /// The examined topic, in one or two words.
    pub topic: &'static str,
    /// The finding, as a clause. It may contain unescaped names from the system: they are escaped when printed.
    pub text: String,
    /// The command that changes it, or advice if no single command does; `None` if there is nothing to do.
    pub change: Option<String>,
}

/// The severity of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// No problem.
    Ok,
    /// Some runs need something that does not work.
    Warning,
    /// Nothing can be pinged.
    Problem,
}

impl State {
    /// The name of the state.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Problem => "problem",
        }
    }
}
