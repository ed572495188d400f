//! The process: argv in, exit code out.

use std::env;
use std::ffi::OsString;
use std::io::{self, Write};
use std::process::ExitCode;

use rping::app;
use rping::cli::Invocation;
use rping::exit::Exit;

fn main() -> ExitCode {
    let argv: Vec<OsString> = env::args_os().collect();
    let exit = app::run(&argv).unwrap_or_else(|error| {
        let Invocation { program, face, .. } =
            Invocation::new(argv.first().map(OsString::as_os_str));
        for message in app::messages(&error, face) {
            // If even standard error is closed, the exit code has to say it all.
            let _ = writeln!(io::stderr(), "{program}: {message}");
        }
        Exit::Failed
    });
    exit.into()
}
