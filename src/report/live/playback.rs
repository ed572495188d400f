//! What the user may ask for while a recorded run is shown.

use std::time::Duration;

/// What the user asks of the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wish {
    /// End it.
    End,
    /// Of a recorded run: stop where it is, or go on.
    Hold,
    /// Go so far back.
    Back(Duration),
    /// Go so far on.
    On(Duration),
    /// Go to the last thing before this moment that the log tells.
    Previous,
    /// Go to the next one.
    Next,
    /// Half as fast.
    Slower,
    /// Twice as fast.
    Faster,
}

/// How a recorded run is told.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Playback {
    /// How long the run was.
    pub length: Duration,
    /// How many times as fast as it was.
    pub speed: f64,
    /// What becomes of the time.
    pub state: State,
}

/// What becomes of the time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It passes.
    Playing,
    /// It stands still.
    Held,
    /// Another moment is looked for.
    Seeking,
    /// There is no more of it.
    Over,
}

impl Playback {
    /// What it does, in a word.
    pub(super) fn word(&self) -> &'static str {
        match self.state {
            State::Playing => "PLAY",
            State::Held => "HELD",
            State::Seeking => "WAIT",
            State::Over => "END",
        }
    }
}
