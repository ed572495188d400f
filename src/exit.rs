//! The table of exit codes: what a script can rely on.

use std::process::ExitCode;

/// How a run of rping ends, as the shell sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// A reply came; with `--count` and `--deadline` together, enough replies came.
    Replied,
    /// No reply came, or fewer than were asked for.
    Unanswered,
    /// Anything else: wrong usage, an unknown host, no permission, an output that cannot be written.
    Failed,
}

impl Exit {
    /// The number that the process leaves with.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::Replied => 0,
            Self::Unanswered => 1,
            Self::Failed => 2,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_the_ones_that_scripts_know_from_ping() {
        assert_eq!(
            [Exit::Replied, Exit::Unanswered, Exit::Failed].map(Exit::code),
            [0, 1, 2]
        );
    }
}
