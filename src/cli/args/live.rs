//! The options about the view.

use clap::Args;

use super::{PRINTED, by};
use crate::cli::live;
use crate::config::Scale;

/// The options of the view as typed.
#[derive(Debug, Clone, Default, Args)]
#[allow(
    clippy::doc_markdown,
    reason = "the comments are the text of the help, where a backtick is a backtick"
)]
pub(in crate::cli) struct TypedLive {
    /// Show a live view of all targets on the whole terminal, and the statistics at its end; ? tells its keys
    #[arg(long, help_heading = PRINTED)]
    pub(in crate::cli) live: bool,
    /// Draw the live view with ASCII characters only
    #[arg(long, help_heading = PRINTED)]
    pub(in crate::cli) ascii: bool,
    /// Draw round trips from MIN to MAX in the live view, such as 0:50ms or 1ms:2s [default: what is seen]
    #[arg(long, value_name = "MIN:MAX", help_heading = PRINTED, allow_hyphen_values = true,
        value_parser = by(live::scale))]
    pub(in crate::cli) scale: Option<Scale>,
}
