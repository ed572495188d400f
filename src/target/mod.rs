//! Words that name targets: what can be told from the words alone, before any resolver is asked.

mod block;
mod host;
mod limit;
pub mod list;
mod order;
mod specification;

pub use block::{Block, Edges};
pub use host::{BadHost, Host};
pub use limit::{Limit, TooMany};
pub use order::Permutation;
pub use specification::{BadSpecification, BadTarget, Specification};
