//! rping: a ping that is a drop-in for iputils' and tells the truth about what it measured.

pub mod wire;
