//! Rules about system calls as a program of the classic Berkeley packet filter (seccomp(2), "Filter return values").
//!
//! The kernel runs the program at each system call, over `struct seccomp_data` in place of a packet. The numbers are
//! sought by halves: the kernel also runs the program once for each number there is when it is installed, slowly, to learn
//! which calls are allowed whatever their arguments, and those it never asks about again. (To compare with one number
//! after the other takes 100 microseconds at 40 instructions, and 400 at 160.)
//!
//! The crate `seccompiler` (0.5) would save this file, but it compares with one number after the other and knows one outcome
//! for all calls that match, where these rules have four.

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
    let mut writer = Writer::new(severity);
    let search = writer.search(&ranges(rules));
    writer.skip_to(search);
    writer.put(step(LOAD, NUMBER));
    // Another architecture's calls have other numbers. Only who wants to get around the filter makes them.
    writer.put(step(RETURN, SECCOMP_RET_KILL_PROCESS));
    writer.put(jump(JUMP_IF_EQUAL, architecture, 1, 0));
    writer.put(step(LOAD, ARCHITECTURE));
    writer.finish()
}

/// A number and all that follow it up to the next range, or for ever.
#[derive(Debug)]
struct Range {
    first: u32,
    outcome: Outcome,
    /// How often it is sought when the kernel looks up all numbers.
    weight: u32,
}

/// The rules as ranges that cover all numbers.
fn ranges(rules: Vec<Rule>) -> Vec<Range> {
    let mut ranges: Vec<Range> = Vec::new();
    let mut next = 0;
    for (number, outcome) in rules {
        append(&mut ranges, next, number, Outcome::Refused);
        next = number.saturating_add(1);
        append(&mut ranges, number, next, outcome);
    }
    append(&mut ranges, next, HIGHEST + 1, Outcome::Refused);
    // The calls of x32, a second convention of x86_64's, have bit 30 set, and are among these. The kernel looks up
    // the few numbers that it knows.
    let first = next.max(HIGHEST + 1);
    append(
        &mut ranges,
        first,
        first.saturating_add(8),
        Outcome::Unknown,
    );
    ranges
}

/// Appends the numbers from `first` up to and without `end`.
fn append(ranges: &mut Vec<Range>, first: u32, end: u32, outcome: Outcome) {
    let weight = end.saturating_sub(first);
    match ranges.last_mut() {
        _ if weight == 0 => {}
        Some(last) if last.outcome == outcome => last.weight += weight,
        _ => ranges.push(Range {
            first,
            outcome,
            weight,
        }),
    }
}

/// Where to part ranges so that both sides are sought about as often: at least one is on each.
fn middle(ranges: &[Range]) -> usize {
    let all: u32 = ranges.iter().map(|range| range.weight).sum();
    let mut below = 0;
    let light = ranges.iter().take_while(|range| {
        below += range.weight;
        below <= all / 2
    });
    light
        .count()
        .clamp(1, ranges.len().saturating_sub(1).max(1))
}

/// Where an instruction is: how many there are from it to the end, itself included. A program is written from its end,
/// for it only jumps forward.
type Label = usize;

/// A program that is being written.
#[derive(Debug)]
struct Writer {
    /// The last instruction comes first.
    steps: Vec<sock_filter>,
}

impl Writer {
    /// With the outcomes that there are, which all of the rest jumps to.
    fn new(severity: Severity) -> Self {
        let outcomes = [
            SECCOMP_RET_ALLOW,
            refusal(severity),
            SECCOMP_RET_KILL_PROCESS,
            failure(libc::ENOSYS),
        ];
        Self {
            steps: outcomes.map(|outcome| step(RETURN, outcome)).into(),
        }
    }

    fn put(&mut self, step: sock_filter) -> Label {
        self.steps.push(step);
        self.steps.len()
    }

    /// How many instructions lie between the next one that is put and the label.
    fn distance(&self, label: Label) -> usize {
        self.steps.len().saturating_sub(label)
    }

    /// The label, or one of a jump to it that is not too far for a condition with a few instructions before it.
    fn near(&mut self, label: Label) -> Label {
        if self.distance(label) < 250 {
            return label;
        }
        self.put_skip(label)
    }

    fn put_skip(&mut self, label: Label) -> Label {
        let distance = u32::try_from(self.distance(label)).unwrap_or(u32::MAX);
        self.put(step(SKIP, distance))
    }

    /// Goes on at the label, and not with what was written last.
    fn skip_to(&mut self, label: Label) {
        if self.distance(label) > 0 {
            self.put_skip(label);
        }
    }

    fn put_jump(&mut self, code: u16, k: u32, yes: Label, no: Label) -> Label {
        let (yes, no) = (self.near(yes), self.near(no));
        let short = |distance| u8::try_from(distance).unwrap_or(u8::MAX);
        let (jt, jf) = (short(self.distance(yes)), short(self.distance(no)));
        self.put(jump(code, k, jt, jf))
    }

    /// Finds the range of the number in A.
    fn search(&mut self, ranges: &[Range]) -> Label {
        match ranges.split_at(middle(ranges).min(ranges.len())) {
            ([only], []) => self.decide(&only.outcome),
            (low, high @ [middle, ..]) => {
                let (first, high) = (middle.first, self.search(high));
                let low = self.search(low);
                self.put_jump(JUMP_IF_NOT_BELOW, first, high, low)
            }
            _ => self.decide(&Outcome::Refused),
        }
    }

    fn decide(&mut self, outcome: &Outcome) -> Label {
        let [allowed, refused, deadly, unknown] = [1, 2, 3, 4];
        match outcome {
            Outcome::Allowed => allowed,
            Outcome::AllowedIf(alternatives) => alternatives
                .iter()
                .rev()
                .fold(refused, |no, all| self.conditions(all, allowed, no)),
            Outcome::Refused => refused,
            Outcome::Deadly => deadly,
            Outcome::Unknown => unknown,
        }
    }

    /// Goes to `yes` if all conditions hold, otherwise to `no`.
    fn conditions(&mut self, all: &[Condition], yes: Label, no: Label) -> Label {
        all.iter().rev().fold(yes, |yes, condition| {
            let numbers = condition.one_of.iter().rev();
            let first = numbers.fold(no, |no, number| {
                self.put_jump(JUMP_IF_EQUAL, *number, yes, no)
            });
            self.skip_to(first);
            if condition.mask != u32::MAX {
                self.put(step(AND, condition.mask));
            }
            self.put(step(LOAD, ARGUMENTS + 8 * condition.argument))
        })
    }

    fn finish(mut self) -> Vec<sock_filter> {
        self.steps.reverse();
        self.steps
    }
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
