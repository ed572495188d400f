//! Makes system calls or options fail as on older kernels or under policies, with a seccomp filter inherited by the program.
#![allow(
    unsafe_code,
    reason = "the filter is installed by a system call that the standard library does not wrap"
)]

use libc::{c_int, c_long, sock_filter};
use std::io;

/// A failing operation.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Refused {
    /// This call.
    Call(c_long),
    /// This call, if one of its arguments (counted from 0) has this value.
    CallWith(c_long, u32, c_int),
    /// Setting this option of this level.
    Option(c_int, c_int),
}

/// The filter of a child process.
#[derive(Debug, Default)]
pub(crate) struct Filter(Vec<sock_filter>);

impl Filter {
    /// Makes an operation fail with this error.
    pub(crate) fn refuse(&mut self, refused: Refused, errno: c_int) {
        let (call, arguments) = match refused {
            Refused::Call(call) => (call, vec![]),
            Refused::CallWith(call, argument, value) => (call, vec![(argument, value)]),
            Refused::Option(level, name) => (libc::SYS_setsockopt, vec![(1, level), (2, name)]),
        };
        // The number of the call is at offset 0, the arguments are at 16 with 64 bits each.
        let compared = arguments
            .into_iter()
            .map(|(argument, value)| (16 + 8 * argument, value.cast_unsigned()));
        let compared: Vec<_> = std::iter::once((0, u32::try_from(call).unwrap()))
            .chain(compared)
            .collect();
        let steps = 2 * compared.len() + 1;
        for (number, (offset, value)) in compared.iter().enumerate() {
            self.0.push(step(LOAD, 0, *offset));
            let behind = u8::try_from(steps - 2 * (number + 1)).unwrap();
            self.0.push(step(JUMP_UNLESS, behind, *value));
        }
        let errno = u32::try_from(errno).unwrap();
        self.0
            .push(step(RETURN, 0, libc::SECCOMP_RET_ERRNO | errno));
    }

    /// Whether nothing is refused.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The filter program, which allows everything else.
    pub(crate) fn program(mut self) -> Option<Vec<sock_filter>> {
        if self.0.is_empty() {
            return None;
        }
        self.0.push(step(RETURN, 0, libc::SECCOMP_RET_ALLOW));
        Some(self.0)
    }
}

/// `BPF_LD | BPF_W | BPF_ABS`.
const LOAD: u16 = 0x20;
/// `BPF_JMP | BPF_JEQ | BPF_K`, which skips `jf` steps if the value differs.
const JUMP_UNLESS: u16 = 0x15;
/// `BPF_RET | BPF_K`.
const RETURN: u16 = 0x06;

fn step(code: u16, jf: u8, k: u32) -> sock_filter {
    sock_filter { code, jt: 0, jf, k }
}

/// Runs in the child before exec, with root's rights: without them it would need `PR_SET_NO_NEW_PRIVS`.
pub(crate) fn install(program: &[sock_filter]) -> io::Result<()> {
    let program = libc::sock_fprog {
        len: u16::try_from(program.len()).map_err(io::Error::other)?,
        filter: program.as_ptr().cast_mut(),
    };
    let operation = libc::c_ulong::from(libc::SECCOMP_SET_MODE_FILTER);
    // SAFETY: `program` says where the steps are and how many; both outlive the call, which copies them.
    let result = unsafe { libc::syscall(libc::SYS_seccomp, operation, 0_u64, &raw const program) };
    if result < 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}
