//! Terminal colours, used sparingly: red for failures, yellow for anomalies, bold for headings.

use std::fmt::{self, Display, Formatter};

/// Colours, or plain text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Palette {
    on: bool,
}

impl Palette {
    pub(super) fn new(on: bool) -> Self {
        Self { on }
    }

    /// Red: lost, rejected, altered.
    pub(super) fn alarm<T: Display>(self, text: T) -> Painted<T> {
        self.paint("31", text)
    }

    /// Yellow: late, duplicate, unexpected.
    pub(super) fn caution<T: Display>(self, text: T) -> Painted<T> {
        self.paint("33", text)
    }

    /// Bold: a heading.
    pub(super) fn heading<T: Display>(self, text: T) -> Painted<T> {
        self.paint("1", text)
    }

    fn paint<T: Display>(self, rendition: &'static str, text: T) -> Painted<T> {
        Painted {
            rendition: self.on.then_some(rendition),
            text,
        }
    }
}

/// A text between the escape sequences of its colour, if it has one (ECMA-48, SGR).
pub(super) struct Painted<T> {
    rendition: Option<&'static str>,
    text: T,
}

impl<T: Display> Display for Painted<T> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let Self { rendition, text } = self;
        match rendition {
            Some(rendition) => write!(formatter, "\x1b[{rendition}m{text}\x1b[0m"),
            None => text.fmt(formatter),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_only_where_wanted() {
        let plain = Palette::new(false);
        let colourful = Palette::new(true);
        assert_eq!(plain.alarm("x").to_string(), "x");
        assert_eq!(colourful.alarm("x").to_string(), "\x1b[31mx\x1b[0m");
        assert_eq!(colourful.caution(7).to_string(), "\x1b[33m7\x1b[0m");
        assert_eq!(colourful.heading("x").to_string(), "\x1b[1mx\x1b[0m");
    }
}
