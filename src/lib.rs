//! rping: a ping that is a drop-in for iputils' and tells the truth about what it measured.

pub mod cli;
pub mod clock;
pub mod config;
pub mod engine;
pub mod event;
pub mod exit;
pub mod net;
pub mod report;
pub mod resolve;
pub mod stats;
pub mod target;
pub mod wire;
