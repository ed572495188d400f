//! The filters of a raw socket.
//!
//! A raw socket receives all ICMP of the host. Two filters drop foreign messages: one by ICMP type, which is cheap, and a
//! classic BPF program that also compares the identifier. So replies to other programs cost neither a wake-up nor space in
//! the receive queue.
//!
//! A packet can be queued before the filter is attached. Therefore the queue is drained after that, before anything is sent.
//! A first program that drops everything would cost another compilation in the kernel.

use libc::sock_filter;

/// Echo Reply (RFC 792).
pub(super) const ECHO_REPLY: u8 = 0;
/// Source Quench (RFC 792), deprecated by RFC 6633 but still printed.
const SOURCE_QUENCH: u8 = 4;
/// Redirect (RFC 792).
const REDIRECT: u8 = 5;
/// Timestamp Reply (RFC 792).
pub(super) const TIMESTAMP_REPLY: u8 = 14;
/// Echo Reply of IP version 6 (RFC 4443).
const ECHO_REPLY_V6: u8 = 129;
/// Node Information Reply (RFC 4620).
const NODE_INFORMATION_REPLY: u8 = 140;

/// Errors that reject a probe: Destination Unreachable, Time Exceeded, Parameter Problem (RFC 792).
pub(super) const ERRORS: [u8; 3] = [3, 11, 12];
/// The same of IP version 6, and Packet Too Big (RFC 4443).
pub(super) const ERRORS_V6: [u8; 4] = [1, 2, 3, 4];

/// The value of the next header field for ICMPv6.
const NEXT_IS_ICMP_V6: u32 = 58;

/// `BPF_LDX | BPF_B | BPF_MSH`: X becomes four times the low nibble of an octet, the length of an IPv4 header.
const HEADER_LENGTH: u16 = 0xb1;
/// `BPF_LD | BPF_B | BPF_IND`: A becomes the octet at X + k.
const OCTET_FROM_X: u16 = 0x50;
/// `BPF_LD | BPF_H | BPF_IND`: A becomes the 16 bits at X + k, in network order.
const PAIR_FROM_X: u16 = 0x48;
/// `BPF_LD | BPF_B | BPF_ABS`: A becomes the octet at k.
const OCTET_AT: u16 = 0x30;
/// `BPF_LD | BPF_H | BPF_ABS`: A becomes the 16 bits at k, in network order.
const PAIR_AT: u16 = 0x28;
/// `BPF_JMP | BPF_JEQ | BPF_K`: skips `jt` instructions if A is k, else `jf`.
const JUMP_IF: u16 = 0x15;
/// `BPF_ALU | BPF_AND | BPF_K`: A keeps the bits of k.
const KEEP_BITS: u16 = 0x54;
/// `BPF_ALU | BPF_LSH | BPF_K`: A moves to the left by k bits.
const SHIFT_LEFT: u16 = 0x64;
/// `BPF_ALU | BPF_ADD | BPF_X`: adds X to A.
const ADD_X: u16 = 0x0c;
/// `BPF_MISC | BPF_TAX`: X becomes A.
const COPY_TO_X: u16 = 0x07;
/// `BPF_RET | BPF_K`: passes k octets of the packet, 0: drops it.
const RETURN: u16 = 0x06;

/// Which replies pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    /// Echo replies with this identifier; on IPv4 also redirects and source quenches.
    Echo(u16),
    /// Timestamp replies with this identifier, redirects and source quenches; IPv4 only.
    Timestamp(u16),
    /// Node information replies, IPv6 only. They carry a nonce instead of an identifier.
    NodeInformation,
}

/// The program for a raw IPv4 socket, whose packets begin with the IP header. Replies of this type with this identifier pass.
pub(super) fn ipv4(reply: u8, identifier: u16) -> Vec<sock_filter> {
    vec![
        instruction(HEADER_LENGTH, 0),
        instruction(OCTET_FROM_X, 0),
        jump(SOURCE_QUENCH.into(), 4, 0),
        jump(REDIRECT.into(), 3, 0),
        jump(reply.into(), 0, 3),
        instruction(PAIR_FROM_X, 4),
        jump(identifier.into(), 0, 1),
        instruction(RETURN, u32::MAX),
        instruction(RETURN, 0),
    ]
}

/// The same, and errors that quote a message with this identifier, after a header of any length.
pub(super) fn ipv4_and_errors(reply: u8, identifier: u16) -> Vec<sock_filter> {
    let [unreachable, time_exceeded, parameter_problem] = ERRORS.map(u32::from);
    vec![
        instruction(HEADER_LENGTH, 0),
        instruction(OCTET_FROM_X, 0),
        jump(SOURCE_QUENCH.into(), 14, 0),
        jump(REDIRECT.into(), 13, 0),
        jump(reply.into(), 3, 0),
        jump(unreachable, 4, 0),
        jump(time_exceeded, 3, 0),
        jump(parameter_problem, 2, 10),
        instruction(PAIR_FROM_X, 4),
        jump(identifier.into(), 7, 8),
        // For an error: the length of the quoted header.
        instruction(OCTET_FROM_X, 8),
        instruction(KEEP_BITS, 0xf),
        instruction(SHIFT_LEFT, 2),
        instruction(ADD_X, 0),
        instruction(COPY_TO_X, 0),
        instruction(PAIR_FROM_X, 8 + 4),
        jump(identifier.into(), 0, 1),
        instruction(RETURN, u32::MAX),
        instruction(RETURN, 0),
    ]
}

/// The program for a raw IPv6 socket, whose packets begin with the ICMP header.
pub(super) fn ipv6(wanted: Wanted) -> Vec<sock_filter> {
    match wanted {
        Wanted::Echo(identifier) => vec![
            instruction(OCTET_AT, 0),
            jump(ECHO_REPLY_V6.into(), 0, 3),
            instruction(PAIR_AT, 4),
            jump(identifier.into(), 0, 1),
            instruction(RETURN, u32::MAX),
            instruction(RETURN, 0),
        ],
        // ICMPv6 has no timestamp reply.
        Wanted::Timestamp(_) => vec![instruction(RETURN, 0)],
        Wanted::NodeInformation => vec![
            instruction(OCTET_AT, 0),
            jump(NODE_INFORMATION_REPLY.into(), 0, 1),
            instruction(RETURN, u32::MAX),
            instruction(RETURN, 0),
        ],
    }
}

/// The program for a raw IPv6 socket: echo replies with this identifier pass, and errors that quote a message with it or
/// with an extension header.
pub(super) fn ipv6_and_errors(identifier: u16) -> Vec<sock_filter> {
    let [unreachable, too_big, time_exceeded, parameter_problem] = ERRORS_V6.map(u32::from);
    vec![
        instruction(OCTET_AT, 0),
        jump(ECHO_REPLY_V6.into(), 4, 0),
        jump(unreachable, 5, 0),
        jump(too_big, 4, 0),
        jump(time_exceeded, 3, 0),
        jump(parameter_problem, 2, 7),
        instruction(PAIR_AT, 4),
        jump(identifier.into(), 4, 5),
        instruction(OCTET_AT, 8 + 6),
        jump(NEXT_IS_ICMP_V6, 0, 2),
        instruction(PAIR_AT, 8 + 40 + 4),
        jump(identifier.into(), 0, 1),
        instruction(RETURN, u32::MAX),
        instruction(RETURN, 0),
    ]
}

/// The value of `ICMP_FILTER`: a set bit drops the type. Errors arrive in the error queue instead, unless `errors` requests
/// them as messages.
pub(super) fn ipv4_types(reply: u8, errors: bool) -> [u8; 4] {
    let replies = [reply, SOURCE_QUENCH, REDIRECT];
    let errors: &[u8] = if errors { &ERRORS } else { &[] };
    let passed = replies.iter().chain(errors);
    let passed = passed.fold(0_u32, |passed, kind| passed | 1 << kind);
    (!passed).to_ne_bytes()
}

/// The value of `ICMP6_FILTER` (RFC 3542, section 3.2): eight words in which a set bit drops the type.
pub(super) fn ipv6_types(wanted: Wanted, errors: bool) -> [u8; 32] {
    let reply = match wanted {
        Wanted::Echo(_) | Wanted::Timestamp(_) => ECHO_REPLY_V6,
        Wanted::NodeInformation => NODE_INFORMATION_REPLY,
    };
    let errors: &[u8] = if errors { &ERRORS_V6 } else { &[] };
    let mut mask = [0xff; 32];
    let (words, _) = mask.as_chunks_mut::<4>();
    for (first, word) in (0_u8..=255).step_by(32).zip(words) {
        let mut passed = 0_u32;
        for kind in errors.iter().chain([&reply]) {
            if let Some(bit @ 0..32) = kind.checked_sub(first) {
                passed |= 1 << bit;
            }
        }
        *word = (!passed).to_ne_bytes();
    }
    mask
}

fn instruction(code: u16, k: u32) -> sock_filter {
    sock_filter {
        code,
        jt: 0,
        jf: 0,
        k,
    }
}

fn jump(k: u32, jt: u8, jf: u8) -> sock_filter {
    sock_filter {
        code: JUMP_IF,
        jt,
        jf,
        k,
    }
}

#[cfg(test)]
mod tests;
