//! Words that name targets: what can be told from the words alone, before any resolver is asked.

mod host;

pub use host::{BadHost, Host};
