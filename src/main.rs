//! The process: argv in, exit code out.

use std::env;
use std::ffi::OsString;
use std::io::{self, Write};
use std::process::ExitCode;

use rping::app;
use rping::cli::Invocation;

fn main() -> ExitCode {
    let argv: Vec<OsString> = env::args_os().collect();
    let exit = app::run(&argv).unwrap_or_else(|error| {
        let (invocation, _) = Invocation::of(&argv);
        let app::Failure { lines, exit } = app::failure(&error, &invocation);
        for line in lines {
            // If standard error is closed too, only the exit code remains.
            let _ = writeln!(io::stderr(), "{line}");
        }
        exit
    });
    exit.into()
}
