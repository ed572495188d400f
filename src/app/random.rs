//! Random numbers from the kernel.

use std::io;

use anyhow::{Context, Result};
use rand::TryRng;
use rand::rngs::SysRng;

/// Random octets, unpredictable for an attacker.
///
/// # Errors
/// The kernel has no random numbers.
pub(super) fn random<const LENGTH: usize>() -> Result<[u8; LENGTH]> {
    let mut octets = [0; LENGTH];
    SysRng
        .try_fill_bytes(&mut octets)
        .map_err(|error| match error.raw_os_error() {
            Some(number) => io::Error::from_raw_os_error(number),
            None => io::Error::other(error),
        })
        .context("cannot get random numbers")?;
    Ok(octets)
}
