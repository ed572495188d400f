//! Rules about system calls as a program of the classic Berkeley packet filter (seccomp(2), "Filter return values").
//!
//! The kernel runs the program at each system call, over `struct seccomp_data` in place of a packet. The numbers are
//! sought by halves: the kernel also runs the program once for each number there is when it is installed, to learn
//! which calls are allowed whatever their arguments, and those it never asks about again.

use libc::{SECCOMP_RET_ALLOW, SECCOMP_RET_ERRNO, SECCOMP_RET_KILL_PROCESS, sock_filter};

/// `BPF_LD | BPF_W | BPF_ABS`: A becomes the 32 bits at k.
const LOAD: u16 = 0x20;
/// `BPF_ALU | BPF_AND | BPF_K`: A becomes what it has in common with k.
const AND: u16 = 0x54;
/// `BPF_JMP | BPF_JA`: skips k instructions.
const SKIP: u16 = 0x05;
/// `BPF_JMP | BPF_JEQ | BPF_K`: skips `jt` instructions if A is k, else `jf`.
const JUMP_IF_EQUAL: u16 = 0x15;
/// `BPF_JMP | BPF_JGE | BPF_K`: skips `jt` instructions if A is k or more, else `jf`.
const JUMP_IF_NOT_BELOW: u16 = 0x35;
/// `BPF_RET | BPF_K`: the outcome is k.
const RETURN: u16 = 0x06;

/// Where `struct seccomp_data` has the number of the call.
const NUMBER: u32 = 0;
/// Where it has the architecture, whose convention the call follows.
const ARCHITECTURE: u32 = 4;
/// Where it has the arguments, of 64 bits each. The filter is for little-endian machines: the low half comes first.
const ARGUMENTS: u32 = 16;

/// The highest number that had a meaning when the lists were made: `mseal`, of Linux 6.10. Later ones are refused as by a
/// kernel that has not got them, which C libraries know how to do without.
const HIGHEST: u32 = 462;

/// What happens to a system call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It is made.
    Allowed,
    /// It is made if all conditions of one of the alternatives hold; otherwise it is refused.
    AllowedIf(Vec<Vec<Condition>>),
    /// It fails.
    Refused,
    /// It ends the process.
    Deadly,
    /// It fails as if the kernel had no such call.
    Unknown,
}

/// That an argument is one of some numbers.
///
/// Only the low 32 bits are looked at: the arguments that are asked about are `int`s, of which the kernel takes no more, or
/// sets of flags that are all in that half.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Condition {
    /// Which argument, from 0.
    pub(super) argument: u32,
    /// The bits of it that matter.
    pub(super) mask: u32,
    /// What they may be.
    pub(super) one_of: Vec<u32>,
}

/// What becomes of a call that a list does not allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Severity {
    /// It fails with EPERM, and the program goes on.
    Fail,
    /// It ends the process with SIGSYS, so that nobody can overlook it.
    Kill,
}

/// The rule for one call.
pub(super) type Rule = (u32, Outcome);

/// Makes the program. What no rule is about is refused.
pub(super) fn program(
    architecture: u32,
    mut rules: Vec<Rule>,
    severity: Severity,
) -> Vec<sock_filter> {
    rules.sort_by_key(|(number, _)| *number);
    let mut steps = vec![
        step(LOAD, ARCHITECTURE),
        // Another architecture's calls have other numbers. Only who wants to get around the filter makes them.
        jump(JUMP_IF_EQUAL, architecture, 1, 0),
        step(RETURN, SECCOMP_RET_KILL_PROCESS),
        step(LOAD, NUMBER),
    ];
    steps.extend(search(&ranges(rules), severity));
    steps
}

/// The rules as ranges that cover all numbers: each begins at its number and ends where the next one begins.
fn ranges(rules: Vec<Rule>) -> Vec<Rule> {
    let mut ranges: Vec<Rule> = Vec::new();
    let mut next = 0;
    for (number, outcome) in rules {
        if number > next {
            append(&mut ranges, next, Outcome::Refused);
        }
        append(&mut ranges, number, outcome);
        next = number.saturating_add(1);
    }
    if next <= HIGHEST {
        append(&mut ranges, next, Outcome::Refused);
    }
    // The calls of x32, a second convention of x86_64's, have bit 30 set, and are among these.
    append(&mut ranges, next.max(HIGHEST + 1), Outcome::Unknown);
    ranges
}

fn append(ranges: &mut Vec<Rule>, first: u32, outcome: Outcome) {
    if ranges.last().is_none_or(|(_, last)| *last != outcome) {
        ranges.push((first, outcome));
    }
}

/// Finds the range of the number in A.
fn search(ranges: &[Rule], severity: Severity) -> Vec<sock_filter> {
    let (low, high) = ranges.split_at(ranges.len() / 2);
    let Some((first, outcome)) = high.first() else {
        return vec![step(RETURN, refusal(severity))];
    };
    if low.is_empty() {
        return decide(outcome, severity);
    }
    let low = search(low, severity);
    let mut steps = match u8::try_from(low.len()) {
        Ok(length) => vec![jump(JUMP_IF_NOT_BELOW, *first, length, 0)],
        // Only this jump goes further than 255 instructions.
        Err(_) => vec![
            jump(JUMP_IF_NOT_BELOW, *first, 0, 1),
            step(SKIP, u32::try_from(low.len()).unwrap_or(u32::MAX)),
        ],
    };
    steps.extend(low);
    steps.extend(search(high, severity));
    steps
}

fn decide(outcome: &Outcome, severity: Severity) -> Vec<sock_filter> {
    let refused = step(RETURN, refusal(severity));
    match outcome {
        Outcome::Allowed => vec![step(RETURN, SECCOMP_RET_ALLOW)],
        Outcome::AllowedIf(alternatives) => {
            let alternatives = alternatives.iter().flat_map(|all| hold(all));
            alternatives.chain([refused]).collect()
        }
        Outcome::Refused => vec![refused],
        Outcome::Deadly => vec![step(RETURN, SECCOMP_RET_KILL_PROCESS)],
        Outcome::Unknown => vec![step(RETURN, failure(libc::ENOSYS))],
    }
}

/// Allows the call if all conditions hold; otherwise goes on behind the last instruction.
fn hold(conditions: &[Condition]) -> Vec<sock_filter> {
    let allowed = vec![step(RETURN, SECCOMP_RET_ALLOW)];
    conditions.iter().rev().fold(allowed, |rest, condition| {
        let mut steps = vec![step(LOAD, ARGUMENTS + 8 * condition.argument)];
        if condition.mask != u32::MAX {
            steps.push(step(AND, condition.mask));
        }
        for (behind, number) in (1..=condition.one_of.len()).rev().zip(&condition.one_of) {
            // A condition has a handful of numbers.
            let found = u8::try_from(behind).unwrap_or(u8::MAX);
            steps.push(jump(JUMP_IF_EQUAL, *number, found, 0));
        }
        steps.push(step(SKIP, u32::try_from(rest.len()).unwrap_or(u32::MAX)));
        steps.extend(rest);
        steps
    })
}

fn refusal(severity: Severity) -> u32 {
    match severity {
        Severity::Fail => failure(libc::EPERM),
        Severity::Kill => SECCOMP_RET_KILL_PROCESS,
    }
}

fn failure(error: libc::c_int) -> u32 {
    // All of them are below 4096, and the low half is for them.
    SECCOMP_RET_ERRNO | u32::try_from(error).unwrap_or(0)
}

fn step(code: u16, k: u32) -> sock_filter {
    jump(code, k, 0, 0)
}

fn jump(code: u16, k: u32, jt: u8, jf: u8) -> sock_filter {
    sock_filter { code, jt, jf, k }
}

#[cfg(test)]
mod tests;
