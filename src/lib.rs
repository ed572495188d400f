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
//!                                                  │  NoAnswer, Decided ─► report
//!                                                  │  Done ─► statistics      │
//!                                                  └──────────────────────────┘
//! ```
//!
//! One thread runs one loop. The loop blocks in one place: it receives until the engine has something to do. The engine
//! is a pure state machine. Its caller passes the time; it has no socket, no clock, no octets and no text. Other
//! threads look up names, and the loop never waits for them.
//!
//! Many targets take the same way as one. Probes that are due together leave in one batch, and each event says whose it is:
//! the only target of a run has number 0. What differs stands side by side:
//!
//! | | one target | many |
//! |---|---|---|
//! | what is asked for | [`config::Single`] | [`config::Several`] |
//! | what is known before sockets open; `app/run.rs` does the rest for both | `app::one` | `app::many` |
//! | whose an answer is | [`codec::SingleTarget`] | `app::target_table` |
//! | what is kept | [`engine::One`]: each of the last 65,536 probes | [`engine::Many`]: tens of octets of each target; of up to 4,096 as much as of one, where that is read |
//! | how arrivals are read | [`driver::ReceiveMode::OneByOne`] | [`driver::ReceiveMode::Batched`]: up to 64 with one system call |
//! | what is printed | [`report::text`]: `text/one.rs` | [`report::text`]: `text/many.rs` |
//!
//! # Where a change belongs
//!
//! - **An option**: its letter, help and conflicts in `cli/args.rs` (for many targets: `cli/args/many.rs`), what it means in
//!   `cli/meaning.rs` or `cli/many.rs`, the value in [`config`], in the struct of the module that reads it. Long text for the
//!   manual in `cli/details.rs`, a row in `docs/options.md`.
//! - **An option of fping**: `cli/fping/options.rs`, what it means in `cli/fping/meaning.rs`, its line of help in
//!   `cli/fping/texts.rs`; what it prints in `report/fping`; a row in `docs/fping.md` where it differs from fping.
//! - **An output format**: one file or folder in [`report`] that implements [`report::Report`]; [`report::Reports`] lets it
//!   run beside others. A file: `report/export.rs`, created by `app/exports.rs`; its option in `cli/args/export.rs` and `cli/export.rs`.
//! - **A field of `--json`**: in `report/json/fields.rs`, `report/json/schema.json`, the list of fields `report/json/tests/v1.txt`
//!   and the table of `docs/json.md`. If a field changes its meaning or goes, the version rises.
//!   What `--merge` reads of it: `merge/line.rs`.
//! - **An ICMP type**: its octets in [`wire`], what it says about a probe in [`codec`], of an error in `codec/errors.rs`; raw sockets let it through in
//!   `net/filter.rs`. An error also has its words in `report/problem.rs`, and one word for programs in
//!   `report/slug.rs`.
//! - **An extension of ICMP errors**: [`wire::extensions`], its words in `report/router.rs`, its fields in `report/json/extensions.rs`.
//! - **A pacing**: `engine/one/pacing.rs` for one target, `engine/many/slots.rs` for many.
//! - **A statistic**: its field in `event/results.rs`, its arithmetic in [`stats`], what is kept for it in
//!   `engine/record.rs`, its line in `report/statistics.rs`; a column for each target: `engine/many/ledger.rs` and
//!   `report/text/many/figures.rs`.
//! - **A question about the path**: as `--pmtu`, which takes the way of many targets with another engine: `cli/path_mtu.rs`,
//!   [`engine::PathMtu`], [`event::PathMtu`], `report/text/many/path_mtu.rs`, `report/json/path_mtu.rs`, `docs/path.md`.
//! - **What `--live` shows**: a view in `report/live/draw`, what it shows in `report/live/model`, its key in `report/live/keys.rs` and
//!   `view.rs`, a row in `docs/live.md`; what the terminal does: `output/terminal.rs`.
//! - **What happened to a target** (down, up, changed): `engine/watch.rs` and `engine/changes.rs` decide, [`event::Transition`]
//!   tells; its line in `report/text/downs.rs`, its event in `report/json/transitions.rs`.
//! - **A package**: `contrib/package`, with its test in `tests/package.rs`.
//! - **A figure of `--fail-if`**: its word and unit in `config/condition.rs`, its value in `report/conditions.rs`, a row in
//!   `docs/output.md`.
//! - **A warning**: [`event::Event::Warning`], sent before the run by `app`, with a row in `docs/messages.md`; what the
//!   kernel lacks: `net/lacking.rs`.
//! - **A reason why a probe was not sent**: [`net::SendFailure`], which `driver` turns into [`engine::Obstacle`] and
//!   [`event::NotSent`]; its words in `report/failure.rs` and `report/text/many/reason.rs`.
//!
//! # What may use what
//!
//! | module | owns | may use |
//! |---|---|---|
//! | `main` | the process: argv in, exit code out | app, cli |
//! | [`cli`] | what the user typed: options, help, manual page, completions, schema | config, event, exit, report, sanitize, target, wire |
//! | [`config`] | what that means: validated, one struct per reader | event, sanitize, wire |
//! | [`app`] | one run put together: resolved, opened, locked down, started | cli, clock, codec, config, driver, engine, errno, event, exit, merge, net, output, report, resolve, sanitize, signals, target, wire |
//! | [`target`] | words (host, address, network, range, file) to numbered targets, addresses to their numbers; what an address tells by itself; asks nobody | config, errno, sanitize |
//! | [`resolve`] | DNS both ways; never in the way of the loop; [`net`] confines its threads | clock, config, errno, net, report, sanitize, target |
//! | [`wire`] | octets to values and back; the RFCs' numbers | nothing |
//! | [`codec`] | probes to messages, arrivals to claims about probes | config, engine, event, net, target, wire |
//! | [`engine`] | what to send when, what an answer means, when it is over | config, event, stats |
//! | [`stats`] | arithmetic on round trips | event |
//! | [`event`] | the plain vocabulary between loop and report, and the figures derived from it | wire |
//! | [`net`] | sockets, filters, time stamps, privileges, what threads may do; its `sys` holds the only `unsafe` | clock, config, errno, sanitize, target |
//! | [`clock`] | the only `now()`, what a kernel stamp means on it, whether the machine slept | nothing |
//! | [`driver`] | the loop where all of these meet | clock, codec, engine, errno, event, net, report, signals |
//! | [`signals`] | signals as flags, and what wakes the loop | net |
//! | [`report`] | text, to an `Outlet` that it is given; `live`: a view, on a `Screen` | config, errno, event, sanitize, stats, target, wire |
//! | [`merge`] | streams of `--json` read, and told as the end of one run | config, event, report, stats |
//! | [`output`] | standard output, standard error and files as such outlets, which hold up nobody; the terminal of the view | errno, net, report, sanitize, signals |
//! | [`exit`] | the table of exit codes | nothing |
//! | [`sanitize`] | foreign text made harmless, for the modules that print it | nothing |
//! | [`errno`] | system errors as text, in the words that scripts look for | nothing |
//!
//! `tests/layers.rs` reads this table and the sources, and fails on any other `use crate::` edge.
//!
//! # What must survive every change
//!
//! 1. The engine keeps the send time of each probe and never reads it from a packet. A reply counts only if its probe has no
//!    reply yet, its timeout has not expired, and its data carries that probe's token. (Probes with less than 8 octets of
//!    data, 16 with `-p`, have no room for a token, nor have ICMP timestamp requests.)
//! 2. For all inputs: `received <= transmitted`, memory is bounded, and a run with a deadline, or with a count and a finite
//!    timeout, ends.
//! 3. Lost, late, rejected, not sent, and in flight when this host was suspended are five different outcomes.
//! 4. Parsers cannot panic and do not index.
//! 5. Schedules are absolute, on the monotonic clock. After a short stall of this host, the engine sends the missed probes
//!    at a bounded pace. After a long one it skips them.
//! 6. rping resolves names while no capability is in force. It sends and receives through one socket for each family that it
//!    needs. Before it reads the first datagram, it drops all privileges for good, and confines each thread to what its task
//!    needs. The types enforce this order.
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
pub mod errno;
pub mod event;
pub mod exit;
pub mod merge;
pub mod net;
pub mod output;
pub mod report;
pub mod resolve;
pub mod sanitize;
pub mod signals;
pub mod stats;
pub mod target;
pub mod wire;
