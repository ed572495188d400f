//! rping: a ping that is a drop-in for iputils' and tells the truth about what it measured.
//!
//! This page is the reading guide to the source. The binary is the product; the library exists so that tests,
//! benchmarks and fuzz targets can reach the parts. Its interface is not stable.
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
//! One thread, one loop. The loop blocks in one place: receiving until the next moment at which the engine has
//! something to do. The engine is a pure state machine: it is told the time, and owns no socket, no clock, no
//! octets and no text. (Other threads look up names; the loop waits for none of them.)
//!
//! Many targets take the same way as one. Probes that are due together leave in one batch, and each event says whose it is:
//! the only target of a run has number 0. Two things differ. [`engine::One`] knows all of the probes to its target, and
//! [`engine::Many`] tens of octets of each of a million targets. `net::Socket` passes on each arrival at once, and
//! `net::BatchSockets` reads 64 with one system call.
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
//! | [`clock`] | the only `now()`, what a kernel stamp means on it, whether the machine slept; [`net`] reads it the clock that `std` does not | everything else |
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
//! 1. Time and identity of a probe live in our table, never in the packet. An answer counts only if its probe is
//!    in flight and its data carries that probe's token.
//! 2. `received <= transmitted`, memory is bounded, and the run ends: for all inputs.
//! 3. Lost, late, rejected, not sent, and in flight when this host was suspended are five different things.
//! 4. Parsers cannot panic and do not index.
//! 5. Schedules run on the monotonic clock and are absolute. What a stall of this host missed is made up for at a bounded
//!    pace if the stall was short, and skipped if it was not.
//! 6. Names are resolved without capabilities in force; one socket of each family that is needed is
//!    opened; everything is dropped, for good,
//!    and each thread confined to what its task needs, before the first datagram is read. The types enforce the order.
//! 7. Text from elsewhere is never printed raw.
//! 8. A round trip begins when the kernel took the probe, so that the wait in this host's own queue is part of it; only the
//!    clocks `wire` and `hardware` leave it out, and the output says so.

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
