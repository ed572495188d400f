use super::*;

const OURS: u32 = 0xc000_003e;
const ALLOW: u32 = SECCOMP_RET_ALLOW;
const KILL: u32 = SECCOMP_RET_KILL_PROCESS;
const EPERM: u32 = SECCOMP_RET_ERRNO + 1;
const ENOSYS: u32 = SECCOMP_RET_ERRNO + 38;

/// `struct seccomp_data` of a call, as the kernel of a little-endian machine lays it out.
fn call(architecture: u32, number: u32, arguments: [u64; 6]) -> Vec<u8> {
    let mut octets = [number.to_le_bytes(), architecture.to_le_bytes()].concat();
    octets.extend([0xaa; 8]);
    octets.extend(arguments.iter().flat_map(|argument| argument.to_le_bytes()));
    octets
}

/// Runs a program as the kernel does; also tells how many instructions that took.
fn run(program: &[sock_filter], data: &[u8]) -> (u32, usize) {
    let (mut a, mut at) = (0_u32, 0_usize);
    for steps in 1.. {
        let step = &program[at];
        let k = usize::try_from(step.k).unwrap();
        at += 1;
        let jump = |yes| usize::from(if yes { step.jt } else { step.jf });
        match step.code {
            RETURN => return (step.k, steps),
            LOAD => a = u32::from_le_bytes(data[k..k + 4].try_into().unwrap()),
            AND => a &= step.k,
            SKIP => at += k,
            JUMP_IF_EQUAL => at += jump(a == step.k),
            JUMP_IF_NOT_BELOW => at += jump(a >= step.k),
            code => panic!("code {code:#x}"),
        }
    }
    unreachable!()
}

fn outcome(program: &[sock_filter], number: u32, arguments: [u64; 6]) -> u32 {
    run(program, &call(OURS, number, arguments)).0
}

fn numbers() -> impl Iterator<Item = u32> {
    let x32 = 1 << 30;
    (0..1000)
        .chain(x32..x32 + 600)
        .chain(u32::MAX - 9..=u32::MAX)
}

fn is(argument: u32, one_of: &[u32]) -> Condition {
    Condition {
        argument,
        mask: u32::MAX,
        one_of: one_of.to_vec(),
    }
}

#[test]
fn instruction_codes_equal_those_of_the_c_library() {
    use libc::{BPF_ABS, BPF_ALU, BPF_AND, BPF_JA, BPF_JEQ, BPF_JGE, BPF_JMP, BPF_K, BPF_LD};
    use libc::{BPF_RET, BPF_W};
    let named = [
        (LOAD, BPF_LD | BPF_W | BPF_ABS),
        (AND, BPF_ALU | BPF_AND | BPF_K),
        (SKIP, BPF_JMP | BPF_JA),
        (JUMP_IF_EQUAL, BPF_JMP | BPF_JEQ | BPF_K),
        (JUMP_IF_NOT_BELOW, BPF_JMP | BPF_JGE | BPF_K),
        (RETURN, BPF_RET | BPF_K),
    ];
    for (ours, theirs) in named {
        assert_eq!(u32::from(ours), theirs);
    }
}

#[test]
fn the_fields_are_where_the_kernel_has_them() {
    use std::mem::offset_of;
    let offsets = [
        (NUMBER, offset_of!(libc::seccomp_data, nr)),
        (ARCHITECTURE, offset_of!(libc::seccomp_data, arch)),
        (ARGUMENTS, offset_of!(libc::seccomp_data, args)),
    ];
    for (ours, theirs) in offsets {
        assert_eq!(usize::try_from(ours).unwrap(), theirs);
    }
}

#[test]
fn each_number_meets_its_rule_and_no_other() {
    // Sets of rules of many shapes: none, one, neighbours, all of some hundred, every second one, the last.
    let shapes: [&[u32]; 7] = [
        &[],
        &[0],
        &[5, 6, 7],
        &[462],
        &[0, 461, 462],
        &(0..300).collect::<Vec<_>>(),
        &(0..460).step_by(2).collect::<Vec<_>>(),
    ];
    for shape in shapes {
        let rules: Vec<Rule> = shape
            .iter()
            .rev()
            .map(|number| match number % 4 {
                3 => (*number, Outcome::Deadly),
                _ => (*number, Outcome::Allowed),
            })
            .collect();
        let lenient = program(OURS, rules.clone(), Severity::Fail);
        let strict = program(OURS, rules, Severity::Kill);
        for number in numbers() {
            let (fails, kills) = match number {
                _ if shape.contains(&number) && number % 4 == 3 => (KILL, KILL),
                _ if shape.contains(&number) => (ALLOW, ALLOW),
                463.. => (ENOSYS, ENOSYS),
                _ => (EPERM, KILL),
            };
            assert_eq!(outcome(&lenient, number, [0; 6]), fails, "{number}");
            assert_eq!(outcome(&strict, number, [0; 6]), kills, "{number}");
        }
    }
}

#[test]
fn other_architectures_end_the_process() {
    let program = program(OURS, vec![(1, Outcome::Allowed)], Severity::Fail);
    // The same call by the conventions of i386, of 32-bit Arm, of the other 64-bit machine, of a big-endian one.
    for architecture in [
        0x4000_0003,
        0x4000_0028,
        0xc000_00b7,
        0x8000_00b7,
        0,
        u32::MAX,
    ] {
        assert_eq!(run(&program, &call(architecture, 1, [0; 6])).0, KILL);
    }
    assert_eq!(run(&program, &call(OURS, 1, [0; 6])).0, ALLOW);
}

#[test]
fn all_conditions_of_one_alternative_have_to_hold() {
    let rule = Outcome::AllowedIf(vec![
        vec![is(0, &[2, 10]), is(1, &[1, 2, 3]), is(2, &[0])],
        vec![is(0, &[16]), is(5, &[7])],
    ]);
    let program = program(OURS, vec![(41, rule)], Severity::Fail);
    for first in 0..20 {
        for second in 0..5 {
            for third in 0..3 {
                for last in [0, 7] {
                    let allowed =
                        ([2, 10].contains(&first) && [1, 2, 3].contains(&second) && third == 0)
                            || (first == 16 && last == 7);
                    let arguments = [first, second, third, 99, 99, last];
                    let wanted = if allowed { ALLOW } else { EPERM };
                    assert_eq!(outcome(&program, 41, arguments), wanted, "{arguments:?}");
                }
            }
        }
    }
}

#[test]
fn bits_that_do_not_matter_are_left_out() {
    let condition = Condition {
        mask: 0xf,
        ..is(3, &[2, 4])
    };
    let program = program(
        OURS,
        vec![(7, Outcome::AllowedIf(vec![vec![condition]]))],
        Severity::Fail,
    );
    for argument in 0..0x200 {
        let allowed = [2, 4].contains(&(argument & 0xf));
        let wanted = if allowed { ALLOW } else { EPERM };
        assert_eq!(outcome(&program, 7, [0, 0, 0, argument, 0, 0]), wanted);
    }
}

#[test]
fn what_can_never_hold_is_refused() {
    for alternatives in [
        vec![],
        vec![vec![is(0, &[])]],
        vec![vec![is(0, &[]), is(1, &[0])]],
    ] {
        let program = program(
            OURS,
            vec![(7, Outcome::AllowedIf(alternatives))],
            Severity::Fail,
        );
        assert_eq!(outcome(&program, 7, [0; 6]), EPERM);
    }
}

#[test]
fn jumps_stay_within_the_program_and_numbers_are_found_by_halves() {
    let rules = (0..460).step_by(2).map(|number| (number, Outcome::Allowed));
    let program = program(OURS, rules.collect(), Severity::Fail);
    for (at, step) in program.iter().enumerate() {
        let furthest = match step.code {
            SKIP => usize::try_from(step.k).unwrap(),
            JUMP_IF_EQUAL | JUMP_IF_NOT_BELOW => step.jt.max(step.jf).into(),
            _ => 0,
        };
        assert!(step.code == RETURN || at + 1 + furthest < program.len());
    }
    // `BPF_MAXINSNS` of linux/bpf_common.h.
    assert!(program.len() <= 4096);
    for number in numbers() {
        let (_, steps) = run(&program, &call(OURS, number, [0; 6]));
        assert!(steps < 4 + 2 * 10, "{number} takes {steps}");
    }
}
