use super::*;

/// Runs a program on a packet as the kernel does. Returns how many octets pass. A load beyond the packet drops it.
fn run(program: &[sock_filter], packet: &[u8]) -> u32 {
    let octet = |at: usize| packet.get(at).copied().map(u32::from);
    let pair = |at: usize| Some((octet(at)? << 8) | octet(at + 1)?);
    let (mut a, mut x, mut at) = (0_u32, 0_usize, 0_usize);
    loop {
        let step = &program[at];
        let k = usize::try_from(step.k).unwrap();
        at += 1;
        let loaded = match step.code {
            RETURN => return step.k,
            JUMP_IF => {
                at += usize::from(if a == step.k { step.jt } else { step.jf });
                continue;
            }
            HEADER_LENGTH => {
                let Some(octet) = octet(k) else { return 0 };
                x = 4 * usize::try_from(octet & 0xf).unwrap();
                continue;
            }
            KEEP_BITS => Some(a & step.k),
            SHIFT_LEFT => Some(a << step.k),
            ADD_X => Some(a + u32::try_from(x).unwrap()),
            COPY_TO_X => {
                x = usize::try_from(a).unwrap();
                continue;
            }
            OCTET_FROM_X => octet(x + k),
            PAIR_FROM_X => pair(x + k),
            OCTET_AT => octet(k),
            PAIR_AT => pair(k),
            code => panic!("code {code:#x}"),
        };
        let Some(loaded) = loaded else { return 0 };
        a = loaded;
    }
}

const OURS: u16 = 0x1234;

/// All types; under Miri, which is slow, only the relevant ones.
fn kinds() -> impl Iterator<Item = u8> {
    (0..=255).filter(|kind| !cfg!(miri) || [0, 4, 5, 8, 128, 129, 140].contains(kind))
}

fn icmp(kind: u8, identifier: u16) -> Vec<u8> {
    let [high, low] = identifier.to_be_bytes();
    vec![kind, 0, 0xff, 0xff, high, low, 0, 1, 0x55, 0xaa]
}

/// An IPv4 packet with a header of `words` words, and with misleading options and addresses.
fn packet(words: u8, message: &[u8]) -> Vec<u8> {
    let mut header = vec![0; usize::from(words) * 4];
    header.fill(0x12);
    header[0] = 0x40 | words;
    [header, message.to_vec()].concat()
}

#[test]
fn instruction_codes_equal_those_of_the_c_library() {
    let named = [
        (HEADER_LENGTH, libc::BPF_LDX | libc::BPF_B | libc::BPF_MSH),
        (OCTET_FROM_X, libc::BPF_LD | libc::BPF_B | libc::BPF_IND),
        (PAIR_FROM_X, libc::BPF_LD | libc::BPF_H | libc::BPF_IND),
        (OCTET_AT, libc::BPF_LD | libc::BPF_B | libc::BPF_ABS),
        (PAIR_AT, libc::BPF_LD | libc::BPF_H | libc::BPF_ABS),
        (JUMP_IF, libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K),
        (KEEP_BITS, libc::BPF_ALU | libc::BPF_AND | libc::BPF_K),
        (SHIFT_LEFT, libc::BPF_ALU | libc::BPF_LSH | libc::BPF_K),
        (ADD_X, libc::BPF_ALU | libc::BPF_ADD | libc::BPF_X),
        (COPY_TO_X, libc::BPF_MISC | libc::BPF_TAX),
        (RETURN, libc::BPF_RET | libc::BPF_K),
    ];
    for (ours, theirs) in named {
        assert_eq!(u32::from(ours), theirs);
    }
}

#[test]
fn ipv4_passes_our_replies_redirects_and_quenches_after_any_header() {
    let program = ipv4(ECHO_REPLY, OURS);
    for words in 5..=15 {
        for kind in kinds() {
            for identifier in [OURS, OURS.swap_bytes(), OURS + 1, 0, 0xffff] {
                let passed = run(&program, &packet(words, &icmp(kind, identifier))) != 0;
                let wanted = matches!(kind, 4 | 5) || (kind == 0 && identifier == OURS);
                assert_eq!(
                    passed, wanted,
                    "{words} words, type {kind}, {identifier:#x}"
                );
            }
        }
    }
}

#[test]
fn ipv4_passes_our_timestamp_replies_when_asked() {
    let program = ipv4(TIMESTAMP_REPLY, OURS);
    for kind in kinds() {
        let passed = run(&program, &packet(5, &icmp(kind, OURS))) != 0;
        assert_eq!(passed, matches!(kind, 4 | 5 | 14), "type {kind}");
    }
    assert_eq!(run(&program, &packet(5, &icmp(14, OURS + 1))), 0);
    let dropped = u32::from_ne_bytes(ipv4_types(TIMESTAMP_REPLY, false));
    assert_eq!(!dropped, 1 << 4 | 1 << 5 | 1 << 14);
}

#[test]
fn ipv6_passes_our_replies_only() {
    let program = ipv6(Wanted::Echo(OURS));
    for kind in kinds() {
        for identifier in [OURS, OURS.swap_bytes(), OURS - 1, 0, 0xffff] {
            let passed = run(&program, &icmp(kind, identifier)) != 0;
            assert_eq!(passed, kind == 129 && identifier == OURS);
        }
    }
}

#[test]
fn ipv6_passes_node_information_when_asked() {
    let program = ipv6(Wanted::NodeInformation);
    for kind in kinds() {
        assert_eq!(run(&program, &icmp(kind, 0xbeef)) != 0, kind == 140);
    }
}

#[test]
fn whole_packets_pass() {
    assert_eq!(
        run(&ipv4(ECHO_REPLY, OURS), &packet(5, &icmp(0, OURS))),
        u32::MAX
    );
    assert_eq!(run(&ipv6(Wanted::Echo(OURS)), &icmp(129, OURS)), u32::MAX);
    assert_eq!(run(&ipv6(Wanted::NodeInformation), &icmp(140, 0)), u32::MAX);
}

#[test]
fn short_packets_are_dropped() {
    let whole = packet(15, &icmp(0, OURS));
    for length in 0..66 {
        assert_eq!(run(&ipv4(ECHO_REPLY, OURS), &whole[..length]), 0);
    }
    assert_ne!(run(&ipv4(ECHO_REPLY, OURS), &whole[..66]), 0);
    let whole = icmp(129, OURS);
    for length in 0..6 {
        assert_eq!(run(&ipv6(Wanted::Echo(OURS)), &whole[..length]), 0);
    }
    assert_eq!(run(&ipv6(Wanted::NodeInformation), &[]), 0);
}

/// An error that quotes a message with this identifier after an IPv4 header of `words` words.
fn error(kind: u8, words: u8, identifier: u16) -> Vec<u8> {
    [
        &[kind, 0, 0, 0, 0, 0, 0, 0][..],
        &packet(words, &icmp(8, identifier)),
    ]
    .concat()
}

#[test]
fn ipv4_passes_errors_about_our_messages_when_asked() {
    let program = ipv4_and_errors(ECHO_REPLY, OURS);
    for (outer, quoted) in [(5, 5), (5, 15), (15, 5), (15, 15), (6, 9)] {
        for kind in kinds().chain([3, 11, 12]) {
            for identifier in [OURS, OURS + 1] {
                let passed = run(&program, &packet(outer, &error(kind, quoted, identifier))) != 0;
                let wanted = match kind {
                    4 | 5 => true,
                    3 | 11 | 12 => identifier == OURS,
                    // Data of a reply to another program that looks like a quote.
                    _ => false,
                };
                assert_eq!(passed, wanted, "{outer} words, {quoted} words, type {kind}");
            }
        }
    }
    assert_ne!(run(&program, &packet(5, &icmp(0, OURS))), 0);
    assert_eq!(run(&program, &packet(5, &icmp(0, OURS + 1))), 0);
    let whole = packet(5, &error(11, 5, OURS));
    for length in 0..20 + 8 + 20 + 6 {
        assert_eq!(run(&program, &whole[..length]), 0, "{length} octets");
    }
    let passed = !u32::from_ne_bytes(ipv4_types(ECHO_REPLY, true));
    assert_eq!(passed, 1 | 1 << 3 | 1 << 4 | 1 << 5 | 1 << 11 | 1 << 12);
}

#[test]
fn ipv6_passes_errors_about_our_messages_when_asked() {
    let program = ipv6_and_errors(OURS);
    let error = |kind: u8, next: u8, identifier| {
        let header = [&[0x60, 0, 0, 0, 0, 16, next, 1][..], &[0x12; 32]].concat();
        [
            &[kind, 0, 0, 0, 0, 0, 0, 0][..],
            &header,
            &icmp(128, identifier),
        ]
        .concat()
    };
    for kind in kinds().chain(1..=5) {
        let is_error = (1..=4).contains(&kind);
        assert_eq!(
            run(&program, &error(kind, 58, OURS)) != 0,
            is_error,
            "type {kind}"
        );
        assert_eq!(run(&program, &error(kind, 58, OURS + 1)), 0);
        // After an extension header: the reader checks whose it is.
        assert_eq!(run(&program, &error(kind, 44, OURS + 1)) != 0, is_error);
    }
    assert_ne!(run(&program, &icmp(129, OURS)), 0);
    assert_eq!(run(&program, &icmp(129, OURS + 1)), 0);
    let mask = ipv6_types(Wanted::Echo(OURS), true);
    for kind in 0..=255_u8 {
        let place = usize::from(kind / 32) * 4;
        let word = u32::from_ne_bytes(mask[place..place + 4].try_into().unwrap());
        let passes = word & 1 << (kind % 32) == 0;
        assert_eq!(passes, [1, 2, 3, 4, 129].contains(&kind), "type {kind}");
    }
}

#[test]
fn jumps_stay_within_the_program() {
    let programs = [
        ipv4(ECHO_REPLY, OURS),
        ipv6(Wanted::Echo(OURS)),
        ipv6(Wanted::NodeInformation),
        ipv4_and_errors(ECHO_REPLY, OURS),
        ipv6_and_errors(OURS),
    ];
    for program in programs {
        assert_eq!(program.last().unwrap().code, RETURN);
        for (at, step) in program.iter().enumerate() {
            let furthest = at + 1 + usize::from(step.jt.max(step.jf));
            assert!(step.code != JUMP_IF || furthest < program.len());
        }
    }
}

#[test]
fn type_masks_match_the_programs() {
    let v4 = u32::from_ne_bytes(ipv4_types(ECHO_REPLY, false));
    for kind in 0..32 {
        assert_eq!(v4 & (1 << kind) == 0, [0, 4, 5].contains(&kind));
    }
    for (wanted, only) in [(Wanted::Echo(OURS), 129), (Wanted::NodeInformation, 140)] {
        let mask = ipv6_types(wanted, false);
        let words: Vec<u32> = mask
            .chunks(4)
            .map(|word| u32::from_ne_bytes(word.try_into().unwrap()))
            .collect();
        for kind in 0..256_usize {
            let passes = words[kind / 32] & (1 << (kind % 32)) == 0;
            assert_eq!(passes, kind == only, "{kind}");
        }
    }
}
