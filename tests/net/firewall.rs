//! The part of nftables that trials need.

use crate::netlink::{Message, attribute, named, verdict};
use crate::sys;
use std::io;

// Not in libc. linux/netfilter/nf_tables.h
const NFTA_TABLE_NAME: u16 = 1;
const NFTA_CHAIN_TABLE: u16 = 1;
const NFTA_CHAIN_NAME: u16 = 3;
const NFTA_CHAIN_HOOK: u16 = 4;
const NFTA_CHAIN_POLICY: u16 = 5;
const NFTA_CHAIN_TYPE: u16 = 7;
const NFTA_HOOK_HOOKNUM: u16 = 1;
const NFTA_HOOK_PRIORITY: u16 = 2;
const NFTA_RULE_TABLE: u16 = 1;
const NFTA_RULE_CHAIN: u16 = 2;
const NFTA_RULE_EXPRESSIONS: u16 = 4;
const NFTA_LIST_ELEM: u16 = 1;
const NFTA_EXPR_NAME: u16 = 1;
const NFTA_EXPR_DATA: u16 = 2;
const NFTA_PAYLOAD_DREG: u16 = 1;
const NFTA_PAYLOAD_BASE: u16 = 2;
const NFTA_PAYLOAD_OFFSET: u16 = 3;
const NFTA_PAYLOAD_LEN: u16 = 4;
const NFTA_CMP_SREG: u16 = 1;
const NFTA_CMP_OP: u16 = 2;
const NFTA_CMP_DATA: u16 = 3;
const NFTA_DATA_VALUE: u16 = 1;
const NFTA_REJECT_TYPE: u16 = 1;
const NFTA_REJECT_ICMP_CODE: u16 = 2;
const NFT_REG_1: u32 = 1;
const NFT_PAYLOAD_TRANSPORT_HEADER: u32 = 2;
const NFT_CMP_EQ: u32 = 0;
const NFT_REJECT_ICMPX_UNREACH: u32 = 2;
/// RFC 792 and RFC 4443: the type, the first octet of the message.
const ECHO_REQUEST: u8 = 8;
const ECHO_REQUEST_V6: u8 = 128;
/// `linux/netlink.h`
const NLA_F_NESTED: u16 = 1 << 15;

/// The code of rejections (`enum nft_reject_inet_code`), the same for both families.
pub(crate) const PORT_UNREACHABLE: u8 = 1;
pub(crate) const HOST_UNREACHABLE: u8 = 2;
pub(crate) const ADMIN_PROHIBITED: u8 = 3;

/// Makes this network's firewall drop all outgoing packets: a chain without rules, with the policy drop.
///
/// # Errors
///
/// The kernel has no nftables.
pub(crate) fn let_nothing_out() -> io::Result<()> {
    install(libc::NF_DROP, &[])
}

/// Makes this network's firewall reject each outgoing echo request with this code, also if another code was set before.
///
/// # Errors
///
/// The kernel has no nftables, or no rejection.
pub(crate) fn reject_requests(code: u8) -> io::Result<()> {
    let rules = [ECHO_REQUEST, ECHO_REQUEST_V6].map(|kind| {
        let first_octet = expression(
            "payload",
            &[
                attribute(NFTA_PAYLOAD_DREG, &NFT_REG_1.to_be_bytes()),
                attribute(
                    NFTA_PAYLOAD_BASE,
                    &NFT_PAYLOAD_TRANSPORT_HEADER.to_be_bytes(),
                ),
                attribute(NFTA_PAYLOAD_OFFSET, &0_u32.to_be_bytes()),
                attribute(NFTA_PAYLOAD_LEN, &1_u32.to_be_bytes()),
            ],
        );
        let is_request = expression(
            "cmp",
            &[
                attribute(NFTA_CMP_SREG, &NFT_REG_1.to_be_bytes()),
                attribute(NFTA_CMP_OP, &NFT_CMP_EQ.to_be_bytes()),
                attribute(
                    NFTA_CMP_DATA | NLA_F_NESTED,
                    &attribute(NFTA_DATA_VALUE, &[kind]),
                ),
            ],
        );
        let reject = expression(
            "reject",
            &[
                attribute(NFTA_REJECT_TYPE, &NFT_REJECT_ICMPX_UNREACH.to_be_bytes()),
                attribute(NFTA_REJECT_ICMP_CODE, &[code]),
            ],
        );
        [first_octet, is_request, reject].concat()
    });
    install(libc::NF_ACCEPT, &rules)
}

/// An element of a rule.
fn expression(name: &str, data: &[Vec<u8>]) -> Vec<u8> {
    let expression = [
        attribute(NFTA_EXPR_NAME, &named(name)),
        attribute(NFTA_EXPR_DATA | NLA_F_NESTED, &data.concat()),
    ];
    attribute(NFTA_LIST_ELEM | NLA_F_NESTED, &expression.concat())
}

/// A chain for outgoing packets with this policy and these rules.
fn install(policy: libc::c_int, rules: &[Vec<u8>]) -> io::Result<()> {
    let hook = [
        attribute(NFTA_HOOK_HOOKNUM, &libc::NF_INET_LOCAL_OUT.to_be_bytes()),
        attribute(NFTA_HOOK_PRIORITY, &[0; 4]),
    ]
    .concat();
    let mut messages = vec![
        batch(libc::NFNL_MSG_BATCH_BEGIN),
        nft(libc::NFT_MSG_NEWTABLE).with(NFTA_TABLE_NAME, &named("closed")),
        nft(libc::NFT_MSG_NEWCHAIN)
            .with(NFTA_CHAIN_TABLE, &named("closed"))
            .with(NFTA_CHAIN_NAME, &named("out"))
            .with(NFTA_CHAIN_HOOK | NLA_F_NESTED, &hook)
            .with(NFTA_CHAIN_POLICY, &policy.to_be_bytes())
            .with(NFTA_CHAIN_TYPE, &named("filter")),
    ];
    for rule in rules {
        let message = nft(libc::NFT_MSG_NEWRULE)
            .with(NFTA_RULE_TABLE, &named("closed"))
            .with(NFTA_RULE_CHAIN, &named("out"))
            .with(NFTA_RULE_EXPRESSIONS | NLA_F_NESTED, rule);
        messages.push(message);
    }
    messages.push(batch(libc::NFNL_MSG_BATCH_END));
    let verdicts = messages.len();
    let netfilter = libc::NETLINK_NETFILTER;
    let socket = sys::socket(libc::AF_NETLINK, libc::SOCK_RAW, netfilter)?;
    let messages: Vec<Vec<u8>> = messages.into_iter().map(Message::finish).collect();
    sys::send(&socket, &messages.concat())?;
    // Each message has a reply if all can be parsed; otherwise the first reply is the last.
    (0..verdicts).try_for_each(|_| verdict(&socket))
}

/// The first or last message of a batch. Its `struct nfgenmsg` names the subsystem.
fn batch(kind: libc::c_int) -> Message {
    let [high, low] = number(libc::NFNL_SUBSYS_NFTABLES).to_be_bytes();
    Message::new(number(kind), 0, &[&[0, 0, high, low]])
}

/// A message of nftables about tables for both families.
fn nft(kind: libc::c_int) -> Message {
    let kind = number(libc::NFNL_SUBSYS_NFTABLES) << 8 | number(kind);
    let family = u8::try_from(libc::NFPROTO_INET).unwrap();
    Message::new(kind, libc::NLM_F_CREATE, &[&[family, 0, 0, 0]])
}

fn number(constant: libc::c_int) -> u16 {
    u16::try_from(constant).unwrap()
}
