//! The exit codes, on which scripts rely.
//!
//! The help, the manual page and the README have the texts of this table, for one target and for many.

use std::process::ExitCode;

/// The end of a run, as an exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// A reply came; with `--count` and `--deadline` together, enough replies. With many targets, enough answered. No
    /// condition of `--fail-if` is true.
    Replied,
    /// No reply came, or fewer than required. With many targets, not enough answered. Or a condition of `--fail-if` is true.
    Unanswered,
    /// Anything else: wrong usage, an unknown host, no permission, an output that cannot be written.
    Failed,
    /// Under the name `fping`.
    Fping(FpingExit),
}

/// The end of a run under the name `fping`, in fping's codes. Code 3, for systems that cannot bind to an interface,
/// does not occur.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FpingExit {
    /// All targets answered, or as many as `-x` or `-X` requires.
    Reachable,
    /// Some targets did not answer, or fewer than required; or the command line is invalid.
    Unreachable,
    /// A name has no address.
    UnknownName,
    /// A failure of this host: no socket, no file, no such source address.
    SystemFailure,
}

impl FpingExit {
    /// All exit codes, in numeric order.
    pub const ALL: [Self; 4] = [
        Self::Reachable,
        Self::Unreachable,
        Self::UnknownName,
        Self::SystemFailure,
    ];

    /// The meaning as a clause.
    #[must_use]
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Reachable => "all targets are reachable, or as many as -x or -X requires",
            Self::Unreachable => "some targets are unreachable, or the usage is wrong",
            Self::UnknownName => "a name has no address",
            Self::SystemFailure => "a system call failed",
        }
    }

    /// The exit code of the process.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::Reachable => 0,
            Self::Unreachable => 1,
            Self::UnknownName => 2,
            Self::SystemFailure => 4,
        }
    }
}

impl Exit {
    /// All exit codes, in numeric order.
    pub const ALL: [Self; 3] = [Self::Replied, Self::Unanswered, Self::Failed];

    /// The exit of a run with one target: `enough` says whether enough replies came.
    #[must_use]
    pub const fn of_one_target(enough: bool) -> Self {
        if enough {
            Self::Replied
        } else {
            Self::Unanswered
        }
    }

    /// The exit of a run with many targets: an invalid or unresolved target (`failed`) outweighs `enough` answers.
    #[must_use]
    pub const fn of_many_targets(enough: bool, failed: bool) -> Self {
        if failed {
            Self::Failed
        } else {
            Self::of_one_target(enough)
        }
    }

    /// The exit of `--doctor`, by whether rping can ping on this machine.
    #[must_use]
    pub const fn of_doctor(can_ping: bool) -> Self {
        Self::of_one_target(can_ping)
    }

    /// The exit code of the process.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::Replied => 0,
            Self::Unanswered => 1,
            Self::Failed => 2,
            Self::Fping(exit) => exit.code(),
        }
    }

    /// Its meaning for one target, as a clause.
    #[must_use]
    pub const fn with_one_target(self) -> &'static str {
        match self {
            Self::Replied => {
                "a reply came; with -c and -w together, at least as many as -c; --until-down or --until-up was reached"
            }
            Self::Unanswered => {
                "no reply came, or fewer than -c requires with -w; --until-down or --until-up was not reached; a \
                 --fail-if condition is true"
            }
            Self::Fping(exit) => exit.meaning(),
            Self::Failed => {
                "an error: wrong usage, an unknown host, no route, no permission, an output that cannot be written"
            }
        }
    }

    /// Its meaning for many targets, as a clause.
    #[must_use]
    pub const fn with_many_targets(self) -> &'static str {
        match self {
            Self::Replied => {
                "every target answered, or as many as --need requires; --until-down or --until-up was reached"
            }
            Self::Unanswered => {
                "fewer answered; --until-down or --until-up was not reached; a --fail-if condition is true"
            }
            Self::Fping(exit) => exit.meaning(),
            Self::Failed => {
                "an error; an invalid target, or, where too few answered, a name without an address that may be \
                 probed (--skip-bad ignores both)"
            }
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
    fn exit_codes_equal_those_of_ping() {
        assert_eq!(Exit::ALL.map(Exit::code), [0, 1, 2]);
    }

    #[test]
    fn invalid_target_fails_the_run_even_if_enough_answered() {
        let of = Exit::of_many_targets;
        assert_eq!([of(true, false), of(false, false)], Exit::ALL[..2]);
        assert_eq!([of(true, true), of(false, true)], [Exit::Failed; 2]);
    }
}
