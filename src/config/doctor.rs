//! `--doctor`: how the findings are printed.

use crate::sanitize::Charset;

/// How the findings are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Doctor {
    /// Whether to print a JSON object instead of lines.
    pub json: bool,
    /// Whether lines have colours.
    pub colour: bool,
    /// The characters that lines may contain.
    pub charset: Charset,
}
