//! `--doctor`: how the findings are printed.

use crate::sanitize::Charset;

/// How the findings are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Doctor {
    /// Whether they are one object of JSON, or lines of text.
    pub json: bool,
    /// Whether lines have colours.
    pub colour: bool,
    /// What may stand in lines.
    pub charset: Charset,
}
