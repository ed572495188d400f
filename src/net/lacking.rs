//! Messages about missing or forbidden kernel features that the run does without. `tests/kernel.md` lists them.

use std::io;

use crate::errno;

/// Lines for standard error, in the order of occurrence.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lacking(Vec<Line>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Line {
    text: String,
    /// Whether it is printed only with details.
    detail: bool,
}

impl Lacking {
    /// Adds a line for every user: an option has no effect, or a promise of SECURITY.md is not kept.
    pub(super) fn warn(&mut self, text: String) {
        let detail = false;
        self.0.push(Line { text, detail });
    }

    /// Adds a detail if the operation failed; `weaker` names the consequence.
    pub(super) fn remark(&mut self, what: &str, outcome: io::Result<()>, weaker: &str) {
        if let Err(error) = outcome {
            let text = format!("{what}: {}; {weaker}", errno::text(&error));
            self.0.push(Line { text, detail: true });
        }
    }

    /// Adds a warning if the operation failed, because a promise is not kept.
    pub(super) fn warn_of(&mut self, what: &str, outcome: io::Result<()>, weaker: &str) {
        if let Err(error) = outcome {
            self.warn(format!(
                "WARNING: {what}: {}; {weaker}",
                errno::text(&error)
            ));
        }
    }

    /// Adds the lines of another one, without duplicates: a feature may be missing for both sockets.
    pub(super) fn append(&mut self, other: Self) {
        for line in other.0 {
            if !self.0.contains(&line) {
                self.0.push(line);
            }
        }
    }

    /// All lines with `details`, otherwise only the warnings.
    pub fn lines(&self, details: bool) -> impl Iterator<Item = &str> {
        let told = self.0.iter().filter(move |line| details || !line.detail);
        told.map(|line| line.text.as_str())
    }
}
