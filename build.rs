//! Links the unwinder statically if the C library is glibc.
//!
//! Rust's standard library needs `libgcc_s.so.1`. Finding, mapping, relocating and initialising a second shared library
//! takes a tenth of the time of a run with one probe. The same functions from `libgcc_eh.a` are 24 KB. If the linker
//! does not have that archive, the shared library is used. musl's targets link it statically anyway.

use std::env;
use std::path::PathBuf;
use std::process::Command;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-env-changed=RUSTC_LINKER");
    if is_native() && is_dynamic_glibc() && knows_the_archive() {
        // Before the standard library's libraries, so that these functions are found first.
        println!("cargo:rustc-link-lib=static:-bundle=gcc_eh");
    }
}

/// Whether the build is for this machine, so that its compiler driver links the program.
fn is_native() -> bool {
    env::var("HOST").is_ok_and(|host| env::var("TARGET").is_ok_and(|target| target == host))
}

fn is_dynamic_glibc() -> bool {
    let is = |name: &str, value: &str| env::var(name).is_ok_and(|found| found == value);
    let features = env::var("CARGO_CFG_TARGET_FEATURE").unwrap_or_default();
    is("CARGO_CFG_TARGET_OS", "linux")
        && is("CARGO_CFG_TARGET_ENV", "gnu")
        && !features.split(',').any(|feature| feature == "crt-static")
}

/// Whether the compiler driver that links has the archive: then it prints a path.
fn knows_the_archive() -> bool {
    let linker = env::var_os("RUSTC_LINKER").unwrap_or_else(|| "cc".into());
    let output = Command::new(linker)
        .arg("-print-file-name=libgcc_eh.a")
        .output();
    output.is_ok_and(|output| {
        let path = String::from_utf8_lossy(&output.stdout);
        PathBuf::from(path.trim_end()).is_absolute()
    })
}
