//! What the kernel lets through to a raw socket.
//!
//! A raw socket hears all ICMP of the host. Two filters keep the foreign part away: one by ICMP type, which is
//! cheap, and a program of the classic Berkeley packet filter that also compares the identifier. Other programs'
//! replies then cost neither a wake-up nor room in the receive queue.
//!
//! A packet can slip in between the opening of the socket and its filter. Therefore: attach the program, then read away
//! what is queued, before anything is sent. One program is enough for that, and to compile one is not cheap.

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

/// `BPF_LDX | BPF_B | BPF_MSH`: X becomes four times the low nibble of an octet: the length of an IPv4 header.
const HEADER_LENGTH: u16 = 0xb1;
/// `BPF_LD | BPF_B | BPF_IND`: A becomes the octet at X + k.
const OCTET_BEHIND: u16 = 0x50;
/// `BPF_LD | BPF_H | BPF_IND`: A becomes the 16 bits at X + k, in network order.
const PAIR_BEHIND: u16 = 0x48;
/// `BPF_LD | BPF_B | BPF_ABS`: A becomes the octet at k.
const OCTET_AT: u16 = 0x30;
/// `BPF_LD | BPF_H | BPF_ABS`: A becomes the 16 bits at k, in network order.
const PAIR_AT: u16 = 0x28;
/// `BPF_JMP | BPF_JEQ | BPF_K`: skips `jt` instructions if A is k, else `jf`.
const JUMP_IF: u16 = 0x15;
/// `BPF_RET | BPF_K`: passes k octets of the packet, 0: drops it.
const RETURN: u16 = 0x06;

/// Of which messages the reply is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    /// Echo replies with this identifier; on IPv4 also what routers tell the sender besides errors.
    Echo(u16),
    /// Timestamp replies with this identifier, IPv4 only, and what routers tell.
    Timestamp(u16),
    /// Node information replies, IPv6 only. They carry a nonce instead of an identifier.
    NodeInformation,
}

/// For a raw IPv4 socket, where a packet begins with the IP header: replies of this type with this identifier pass.
pub(super) fn ipv4(reply: u8, identifier: u16) -> Vec<sock_filter> {
    vec![
        instruction(HEADER_LENGTH, 0),
        instruction(OCTET_BEHIND, 0),
        jump(SOURCE_QUENCH.into(), 4, 0),
        jump(REDIRECT.into(), 3, 0),
        jump(reply.into(), 0, 3),
        instruction(PAIR_BEHIND, 4),
        jump(identifier.into(), 0, 1),
        instruction(RETURN, u32::MAX),
        instruction(RETURN, 0),
    ]
}

/// For a raw IPv6 socket, where a packet begins with the ICMP header.
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
        // There is none of IPv6.
        Wanted::Timestamp(_) => vec![instruction(RETURN, 0)],
        Wanted::NodeInformation => vec![
            instruction(OCTET_AT, 0),
            jump(NODE_INFORMATION_REPLY.into(), 0, 1),
            instruction(RETURN, u32::MAX),
            instruction(RETURN, 0),
        ],
    }
}

/// The value of `ICMP_FILTER`: a set bit drops the type. Errors come through the error queue instead.
pub(super) fn ipv4_types(reply: u8) -> [u8; 4] {
    let passed = (1_u32 << reply) | (1 << SOURCE_QUENCH) | (1 << REDIRECT);
    (!passed).to_ne_bytes()
}

/// The value of `ICMP6_FILTER` (RFC 3542, section 3.2): eight words in which a set bit drops the type.
pub(super) fn ipv6_types(wanted: Wanted) -> [u8; 32] {
    let passed = match wanted {
        Wanted::Echo(_) | Wanted::Timestamp(_) => ECHO_REPLY_V6,
        Wanted::NodeInformation => NODE_INFORMATION_REPLY,
    };
    let mut mask = [0xff; 32];
    let (words, _) = mask.as_chunks_mut::<4>();
    for (first, word) in (0_u8..=255).step_by(32).zip(words) {
        if let Some(bit @ 0..32) = passed.checked_sub(first) {
            *word = (!(1_u32 << bit)).to_ne_bytes();
        }
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
