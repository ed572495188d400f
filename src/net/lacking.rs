//! What this kernel lacks, or a policy forbids, and the run does without. `tests/kernel.md` is the list.

use std::io;

use crate::errno;

/// Lines for standard error, in the order in which they came up.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lacking(Vec<Line>);

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Line {
    text: String,
    /// Whether it is told only to a user who asks for details.
    detail: bool,
}

impl Lacking {
    /// Adds what every user has to know: what was asked for is not done, or a promise of SECURITY.md is not kept.
    pub(super) fn warn(&mut self, text: String) {
        let detail = false;
        self.0.push(Line { text, detail });
    }

    /// Takes note that this failed, where it did; `weaker` says what the run does without it.
    pub(super) fn remark(&mut self, what: &str, outcome: io::Result<()>, weaker: &str) {
        if let Err(error) = outcome {
            let text = format!("{what}: {}; {weaker}", errno::text(&error));
            self.0.push(Line { text, detail: true });
        }
    }

    /// The same where a promise is not kept.
    pub(super) fn warn_of(&mut self, what: &str, outcome: io::Result<()>, weaker: &str) {
        if let Err(error) = outcome {
            self.warn(format!(
                "WARNING: {what}: {}; {weaker}",
                errno::text(&error)
            ));
        }
    }

    /// Adds those of another one; what fails for two sockets is said once.
    pub(super) fn append(&mut self, other: Self) {
        for line in other.0 {
            if !self.0.contains(&line) {
                self.0.push(line);
            }
        }
    }

    /// The lines: all with `details`, otherwise only the warnings.
    pub fn lines(&self, details: bool) -> impl Iterator<Item = &str> {
        let told = self.0.iter().filter(move |line| details || !line.detail);
        told.map(|line| line.text.as_str())
    }
}
