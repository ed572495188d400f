//! Target specifications, and the numbered targets that they name: everything that needs no resolver, interface or file.

mod address;
mod admission;
mod block;
mod hash;
mod host;
mod limit;
pub mod list;
mod order;
mod specification;
mod targets;

pub use address::{needs_interface, reaches_many};
pub use admission::{Admission, NoTarget, WRONG_FAMILY};
pub use block::{Block, Edges};
pub use hash::{hash_of_address, hash_of_name};
pub use host::{BadHost, Host};
pub use limit::{Limit, MAX_TARGETS_OF_FPING, TooMany};
pub use order::Permutation;
pub use specification::{BadSpecification, BadTarget, Specification, is_for_several};
pub use targets::{Builder, Exclusions, Targets};
