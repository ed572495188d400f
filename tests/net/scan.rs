//! The rest of a text, read from its start as another program's pattern reads it.

use libtest_mimic::{Failed, Trial};

/// Each method consumes text at the start, or returns `None` and consumes nothing.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scan<'a>(pub(crate) &'a str);

impl<'a> Scan<'a> {
    pub(crate) fn text(&mut self, text: &str) -> Option<()> {
        self.0 = self.0.strip_prefix(text)?;
        Some(())
    }

    /// Consumes everything up to and including this text. Returns the part before it.
    pub(crate) fn past(&mut self, text: &str) -> Option<&'a str> {
        let (skipped, rest) = self.0.split_once(text)?;
        self.0 = rest;
        Some(skipped)
    }

    /// Consumes blanks, if there are any.
    pub(crate) fn blanks(&mut self) {
        self.0 = self.0.trim_start_matches(' ');
    }

    /// `[0-9]+`
    pub(crate) fn digits(&mut self) -> Option<u64> {
        self.while_any("0123456789")?.parse().ok()
    }

    /// `[0-9.]+`, if it is a number.
    pub(crate) fn decimal(&mut self) -> Option<f64> {
        self.while_any("0123456789.")?.parse().ok()
    }

    /// Decimals with slashes between them.
    pub(crate) fn decimals<const N: usize>(&mut self) -> Option<[f64; N]> {
        let mut figures = [0.0; N];
        for (number, figure) in figures.iter_mut().enumerate() {
            if number > 0 {
                self.text("/")?;
            }
            *figure = self.decimal()?;
        }
        Some(figures)
    }

    /// One or more of these characters.
    pub(crate) fn while_any(&mut self, characters: &str) -> Option<&'a str> {
        let rest = self.0.trim_start_matches(|c| characters.contains(c));
        let taken = &self.0[..self.0.len() - rest.len()];
        self.0 = rest;
        (!taken.is_empty()).then_some(taken)
    }

    /// Requires the end of the text.
    pub(crate) fn end(self) -> Option<()> {
        self.0.is_empty().then_some(())
    }
}

/// The digits directly before the first such text, as `([0-9]+)text` finds them.
pub(crate) fn digits_before(text: &str, behind: &str) -> Option<u64> {
    let (front, _) = text.split_once(behind)?;
    let other = front.trim_end_matches(|c: char| c.is_ascii_digit());
    front[other.len()..].parse().ok()
}

pub(crate) fn trials() -> Vec<Trial> {
    vec![Trial::test("fixture::scans_what_is_there_only", || {
        let mut scan = Scan("ab 12/3.5 c");
        let all = scan.text("b").is_none()
            && scan.past("b ") == Some("a")
            && scan.decimals() == Some([12.0, 3.5])
            && scan.digits().is_none()
            && scan.past("c") == Some(" ")
            && scan.end().is_some()
            && digits_before("loss 33.25% of", "% of") == Some(25)
            && digits_before("no% of", "% of").is_none();
        if all {
            Ok(())
        } else {
            Err(Failed::from(format!("{scan:?}")))
        }
    })]
}
