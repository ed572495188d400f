//! Why a run ended.

/// Why a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Ending {
    /// Everything that was asked for is done.
    #[default]
    Complete,
    /// The first reply arrived, and the run was to last until then.
    Reply,
    /// A target went down, or all came up, and the run was to last until then.
    Transition,
    /// Enough targets answered, or no longer can.
    Quorum,
    /// The deadline expired.
    Deadline,
    /// The user interrupted the run.
    Signal,
    /// An error.
    Error,
}

/// How the program ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ended {
    /// Why the run ended.
    pub ending: Ending,
    /// The exit code.
    pub exit_code: u8,
}
