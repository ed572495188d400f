//! rping: a drop-in replacement for iputils `ping` that measures only what the network does.
//!
//! This page is the guide to the source. The binary is the product. The library exists so that tests, benchmarks and
//! fuzz targets can use its parts; its interface is not stable.
//!
//! # What happens to one echo request
//!
//! ```text
//! argv ─► cli ─► config ─► target ─► net ────────► driver ───────────────────► report ─► exit code
//!         typed  meant     resolve   route, open,  ┌──────────────────────────┐
//!                          (DNS)     lock down     │ engine.poll(now)         │
//!                                                  │  Transmit ─► codec ─► net.queue
//!                                                  │  Wait ─► net.flush, net.receive(until) ─► codec ─► engine.answered
//!                                                  │  NoAnswer ─► report      │
//!                                                  │  Done ─► statistics      │
//!                                                  └──────────────────────────┘
//! ```
//!
//! One thread runs one loop. The loop blocks in one place: it receives until the engine has something to do. The engine
//! is a pure state machine. Its caller passes the time; it has no socket, no clock, no octets and no text. Other
//! threads look up names, and the loop never waits for them.
//!
//! Many targets take the same way as one. Probes that are due together leave in one batch, and each event says whose it is:
//! the only target of a run has number 0. Two things differ. [`engine::One`] knows all of the probes to its target, and
//! [`engine::Many`] tens of octets of each of a million targets. For one target
//! [`net::Sockets`] receive one datagram at a time, so that each is passed on at once; for many, 64 with one system call.
//!
//! # Where a change belongs
//!
//! | module | owns | does not touch |
//! |---|---|---|
//! | `main` | the process: argv in, exit code out | everything but [`cli`], [`app`], [`exit`] |
//! | [`cli`] | what the user typed: options, help, manual page, completions | sockets, DNS |
//! | [`config`] | what that means: validated, one struct per reader | clap, I/O |
//! | [`app`] | one run put together: resolved, opened, locked down, started | protocol, formatting |
//! | [`target`] | words (host, address, network, range, file) to numbered targets, addresses to their numbers; what an address tells by itself; asks nobody | DNS, sending, printing |
//! | [`resolve`] | DNS both ways; never in the way of the loop; [`net`] confines its threads | the engine, the socket |
//! | [`wire`] | octets to values and back; the RFCs' numbers | I/O, time |
//! | [`codec`] | probes to messages, arrivals to claims about probes | I/O, time, state of probes |
//! | [`engine`] | what to send when, what an answer means, when it is over | sockets, clock, octets, text |
//! | [`stats`] | arithmetic on round trips | I/O, formatting |
//! | [`event`] | the plain vocabulary between loop and report, and the figures derived from it | the rest |
//! | [`net`] | sockets, filters, time stamps, privileges, what threads may do; its `sys` holds the only `unsafe` | the engine, the report |
//! | [`clock`] | the only `now()`, what a kernel stamp means on it, whether the machine slept | everything else |
//! | [`driver`] | the loop where all of these meet | protocol, formatting |
//! | [`signals`] | signals as flags, and what wakes the loop | the rest |
//! | [`report`] | text, to an `Outlet` that it is given | sockets, clock |
//! | [`output`] | standard output and standard error as such outlets, which hold up nobody | what is written |
//! | [`exit`] | the table of exit codes | the rest |
//! | [`sanitize`] | text from elsewhere made harmless, for whoever puts it into a line | everything else |
//! | [`words`] | errors of the system in the words that scripts look for | everything else |
//!
//! `tests/layers.rs` reads the sources and fails on a `use crate::` edge that this table forbids.
//!
//! # What must survive every change
//!
//! 1. The engine keeps the send time of each probe and never reads it from a packet. A reply counts only if its probe is
//!    in flight and its data carries that probe's token.
//! 2. For all inputs: `received <= transmitted`, memory is bounded, and the run ends.
//! 3. Lost, late, rejected, not sent, and in flight when this host was suspended are five different outcomes.
//! 4. Parsers cannot panic and do not index.
//! 5. Schedules are absolute, on the monotonic clock. After a short stall of this host, the engine sends the missed probes
//!    at a bounded pace. After a long one it skips them.
//! 6. rping resolves names while no capability is in force. It opens one socket for each family that it needs. Before it
//!    reads the first datagram, it drops all privileges for good, and confines each thread to what its task needs. The
//!    types enforce this order.
//! 7. Foreign text is never printed raw.
//! 8. A round trip begins when the kernel accepts the probe, so it includes the wait in this host's own queue. Only the
//!    clocks `wire` and `hardware` exclude that wait, and the output says so.

pub mod app;
pub mod cli;
pub mod clock;
pub mod codec;
pub mod config;
pub mod driver;
pub mod engine;
pub mod event;
pub mod exit;
pub mod net;
pub mod output;
pub mod report;
pub mod resolve;
pub mod sanitize;
pub mod signals;
pub mod stats;
pub mod target;
pub mod wire;
pub mod words;
