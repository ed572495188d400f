//! Why a run ended.

/// Why a run ended before or after all was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Ending {
    /// All was done that was asked for.
    #[default]
    Complete,
    /// The reply came that the run was to last for.
    Reply,
    /// A target went down, or all were up, and the run was to last until then.
    Transition,
    /// As many targets answered as were needed, or that many could not any more.
    Quorum,
    /// The deadline expired.
    Deadline,
    /// The user asked for the end.
    Signal,
    /// Something failed.
    Error,
}

/// How the program ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ended {
    /// Why the run ended.
    pub ending: Ending,
    /// What the process returns.
    pub exit_code: u8,
}
