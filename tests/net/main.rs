//! Tests on a real network. Each trial creates a network namespace, puts a scripted host at the far end of a virtual
//! link, and compares the whole output of the program with the expected one.
//!
//! No trial can reach a network that it did not create: even the main thread leaves the caller's network first. Trials
//! run as root or, in a user namespace, as any user. If the system forbids that, they are reported as ignored; with
//! `RPING_NET_TESTS=require` they fail instead, so that a CI job cannot pass without them.
//!
//! `RPING_NET_PROGRAM=/usr/bin/ping` runs the trials with another program. They were proven with iputils' ping.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test reports what is wrong by panicking; this target is compiled without cfg(test)"
)]
#![allow(
    clippy::too_many_lines,
    reason = "a list of trials is as long as the golden texts in it"
)]

// The fixture, bottom up.
mod beside;
mod chain;
mod dns;
mod firewall;
mod host;
#[path = "../lines/mod.rs"]
mod lines;
mod link;
mod mask;
mod namespace;
mod netlink;
mod newest;
mod packet;
mod refusal;
mod run;
mod sandbox;
mod scan;
mod sys;

// The trials.
mod advisories;
mod alive;
mod clients;
mod clocks;
mod conditions;
mod confined;
mod differential;
mod doctor;
mod downs;
mod drop_in;
mod errors;
mod errors6;
mod exports;
mod face;
mod flood;
mod fping;
mod group;
mod hostile;
mod interfaces;
mod ip_options;
mod json;
mod json_options;
mod kernel;
mod live;
mod lookups;
mod loss;
mod many;
mod moves;
mod names;
mod options;
mod output;
mod path_mtu;
mod ping_json;
mod privilege;
mod queue;
mod readme;
mod reply;
mod resolver;
mod routers;
mod rows;
mod shards;
mod signals;
mod sweep;

use libtest_mimic::{Arguments, Failed, Trial};
use std::process::ExitCode;

fn main() -> ExitCode {
    live::panic_if_asked();
    let mut arguments = Arguments::from_args();
    // Trials mostly wait for timers.
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    arguments.test_threads.get_or_insert(8 * cores);

    sys::heed_signals();
    // Before the first thread: a multi-threaded process cannot enter a user namespace.
    let sandbox = sandbox::enter();
    let mut trials = mask::trials();
    trials.extend(packet::trials());
    trials.extend(scan::trials());
    let on_the_network = [
        advisories::trials(),
        alive::trials(),
        clients::trials(),
        clocks::trials(),
        conditions::trials(),
        confined::trials(),
        differential::trials(),
        doctor::trials(),
        downs::trials(),
        drop_in::trials(),
        errors::trials(),
        errors6::trials(),
        exports::trials(),
        face::trials(),
        flood::trials(),
        fping::trials(),
        group::trials(),
        hostile::trials(),
        interfaces::trials(),
        ip_options::trials(),
        json::trials(),
        json_options::trials(),
        kernel::trials(),
        live::trials(),
        loss::trials(),
        lookups::trials(),
        many::trials(),
        moves::trials(),
        names::trials(),
        options::trials(),
        output::trials(),
        path_mtu::trials(),
        ping_json::trials(),
        privilege::trials(),
        queue::trials(),
        readme::trials(),
        reply::trials(),
        resolver::trials(),
        routers::trials(),
        rows::trials(),
        shards::trials(),
        signals::trials(),
        sweep::trials(),
    ]
    .into_iter()
    .flatten();
    match &sandbox {
        Ok(_) => trials.extend(on_the_network),
        Err(reason)
            if std::env::var_os("RPING_NET_TESTS").is_some_and(|value| value == "require") =>
        {
            trials.extend(on_the_network.map(|trial| failing(&trial, reason)));
        }
        Err(reason) => {
            eprintln!("network trials are ignored: {reason}");
            trials.extend(on_the_network.map(|trial| trial.with_ignored_flag(true)));
        }
    }
    let conclusion = libtest_mimic::run(&arguments, trials);
    drop(sandbox); // Removes its directory, which exit() would not.
    conclusion.exit_code()
}

fn failing(trial: &Trial, reason: &str) -> Trial {
    let reason = format!("RPING_NET_TESTS=require, but {reason}");
    Trial::test(trial.name().to_owned(), move || Err(Failed::from(reason)))
}
