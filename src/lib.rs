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
//! Many targets take the same path through the code as one. Probes that are due together are sent in one batch, and each
//! event has the number of its target, which is 0 in a run with one. The differences:
//!
//! | | one target | many |
//! |---|---|---|
//! | settings | [`config::Single`] | [`config::Several`] |
//! | steps before the sockets open; `app/run.rs` has the others | `app::one` | `app::many` |
//! | the target of a reply | [`codec::SingleTarget`] | `app::target_table` |
//! | memory | [`engine::One`]: the last 65,536 probes | [`engine::Many`]: tens of octets each, more for up to 4,096 |
//! | receiving | [`driver::ReceiveMode::OneByOne`] | [`driver::ReceiveMode::Batched`]: up to 64 with one system call |
//! | output | [`report::text`]: `text/one.rs` | [`report::text`]: `text/many.rs` |
//!
//! # Where a change belongs
//!
//! - **An option**: its letter, help and conflicts in `cli/args.rs` (for many targets: `cli/args/many.rs`), its meaning in
//!   `cli/meaning.rs` or `cli/many.rs`, its value in [`config`], in the struct of the module that reads it; details for the
//!   manual page in `cli/details.rs`, a row in `docs/options.md`.
//! - **An option of fping**: `cli/fping/options.rs`, its meaning in `cli/fping/meaning.rs`, its help in `cli/fping/texts.rs`,
//!   its output in `report/fping`, a row in `docs/fping.md` if it differs from fping.
//! - **An output format**: a file or directory in [`report`] that implements [`report::Report`]; [`report::Reports`] combines
//!   several. An exported file: `report/export.rs`, opened in `app/exports.rs`, its option in `cli/args/export.rs` and
//!   `cli/export.rs`.
//! - **A field of `--json`**: `report/json/fields.rs`, `report/json/schema.json`, the list in `report/json/tests/v1.txt` and
//!   the table in `docs/json.md`. If a field is removed or changes its meaning, the version rises. `--merge` reads fields in
//!   `merge/line.rs`.
//! - **An ICMP type**: its format in [`wire`], its meaning for a probe in [`codec`] (of an error, in `codec/errors.rs`), the
//!   filter of raw sockets in `net/filter.rs`. An error also has a text in `report/problem.rs`, and a word for programs in
//!   `report/slug.rs`.
//! - **An extension of ICMP errors**: [`wire::extensions`], its text in `report/router.rs`, its fields in
//!   `report/json/extensions.rs`.
//! - **A pacing**: `engine/one/pacing.rs` for one target, `engine/many/slots.rs` for many.
//! - **A statistic**: its field in `event/results.rs`, its arithmetic in [`stats`], its memory in `engine/record.rs`, its line
//!   in `report/statistics.rs`. A column of the table: `engine/many/ledger.rs` and `report/text/many/figures.rs`.
//! - **A diagnosis of the path**: like `--pmtu`, which is a run with many targets and its own engine: `cli/path_mtu.rs`,
//!   [`engine::PathMtu`], [`event::PathMtu`], `report/text/many/path_mtu.rs`, `report/json/path_mtu.rs`, `docs/path.md`.
//! - **A view of `--live`**: its drawing in `report/live/draw`, its data in `report/live/model`, its key in
//!   `report/live/keys.rs` and `view.rs`, a row in `docs/live.md`; terminal control in `output/terminal.rs`.
//! - **A transition of a target** (down, up, changed): `engine/watch.rs` and `engine/changes.rs` detect it,
//!   [`event::Transition`] reports it; its line in `report/text/downs.rs`, its JSON in `report/json/transitions.rs`.
//! - **A package**: `contrib/package`, with its test in `tests/package.rs`.
//! - **A figure of `--fail-if`**: its name and unit in `config/condition.rs`, its value in `report/conditions.rs`, a row in
//!   `docs/output.md`.
//! - **A finding of `--doctor`**: the fact in `net/machine.rs`, its evaluation in [`doctor`].
//! - **A warning**: [`event::Event::Warning`], sent by `app` before the run, and a row in `docs/messages.md`. Missing features
//!   of the kernel: `net/lacking.rs`.
//! - **A reason why a probe was not sent**: [`net::SendFailure`], which `driver` converts to [`engine::Obstacle`] and
//!   [`event::NotSent`]; its text in `report/failure.rs` and `report/text/many/reason.rs`.
//!
//! # What may use what
//!
//! | module | owns | may use |
//! |---|---|---|
//! | `main` | the process: argv in, exit code out | app, cli |
//! | [`cli`] | the command line, help, manual page, completions | config, event, exit, report, sanitize, target, wire |
//! | [`config`] | the validated settings, one struct for each module that reads them | event, sanitize, wire |
//! | [`app`] | one run put together: resolved, opened, locked down, started | cli, clock, codec, config, doctor, driver, engine, errno, event, exit, merge, net, output, report, resolve, sanitize, signals, target, wire |
//! | [`target`] | words and files to numbered targets, without lookups; the target of an address | config, errno, sanitize |
//! | [`resolve`] | DNS in threads that [`net`] confines | clock, config, errno, net, report, sanitize, target |
//! | [`wire`] | packet formats: octets to values and back, as in the RFCs | nothing |
//! | [`codec`] | probes to messages; received messages to claims about probes | config, engine, event, net, target, wire |
//! | [`engine`] | decides when to send, classifies replies, ends the run | config, event, stats |
//! | [`stats`] | arithmetic on round trips | event |
//! | [`event`] | the data that the loop passes to reports, and figures derived from it | wire |
//! | [`net`] | sockets, privileges, confinement; in `net::sys` the only `unsafe` | clock, config, errno, sanitize, target |
//! | [`doctor`] | evaluates facts about this machine, with a remedy for each | errno, event, net |
//! | [`clock`] | the only `now()`, the conversion of kernel time stamps, detection of suspend | nothing |
//! | [`driver`] | the loop | clock, codec, engine, errno, event, net, report, signals |
//! | [`signals`] | signals as flags, and the wake-up of the loop | net |
//! | [`report`] | output formats; `live`: the full-screen view | config, errno, event, sanitize, stats, target, wire |
//! | [`merge`] | combines recorded `--json` streams into the results of one run | config, event, report, stats |
//! | [`output`] | non-blocking standard streams and files; the terminal | errno, net, report, sanitize, signals |
//! | [`exit`] | the table of exit codes | nothing |
//! | [`sanitize`] | makes foreign text harmless before it is printed | nothing |
//! | [`errno`] | texts of system errors, in the words that scripts match | nothing |
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
pub mod doctor;
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
