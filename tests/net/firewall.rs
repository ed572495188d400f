//! As much of nftables as a trial needs.

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
/// `linux/netlink.h`
const NLA_F_NESTED: u16 = 1 << 15;

/// The firewall of this network drops all that leaves it: a chain without rules, whose policy is to drop.
///
/// # Errors
///
/// Where the kernel has none.
pub(crate) fn let_nothing_out() -> io::Result<()> {
    let hook = [
        attribute(NFTA_HOOK_HOOKNUM, &libc::NF_INET_LOCAL_OUT.to_be_bytes()),
        attribute(NFTA_HOOK_PRIORITY, &[0; 4]),
    ]
    .concat();
    let messages = [
        batch(libc::NFNL_MSG_BATCH_BEGIN),
        nft(libc::NFT_MSG_NEWTABLE).with(NFTA_TABLE_NAME, &named("closed")),
        nft(libc::NFT_MSG_NEWCHAIN)
            .with(NFTA_CHAIN_TABLE, &named("closed"))
            .with(NFTA_CHAIN_NAME, &named("out"))
            .with(NFTA_CHAIN_HOOK | NLA_F_NESTED, &hook)
            .with(NFTA_CHAIN_POLICY, &libc::NF_DROP.to_be_bytes())
            .with(NFTA_CHAIN_TYPE, &named("filter")),
        batch(libc::NFNL_MSG_BATCH_END),
    ];
    let netfilter = libc::NETLINK_NETFILTER;
    let socket = sys::socket(libc::AF_NETLINK, libc::SOCK_RAW, netfilter)?;
    sys::send(&socket, &messages.map(Message::finish).concat())?;
    // Each message has a verdict of its own, if all can be read; otherwise the first one is the last.
    (0..4).try_for_each(|_| verdict(&socket))
}

/// The first message of a batch, or the last. `struct nfgenmsg` names the subsystem there.
fn batch(kind: libc::c_int) -> Message {
    let [high, low] = number(libc::NFNL_SUBSYS_NFTABLES).to_be_bytes();
    Message::new(number(kind), 0, &[&[0, 0, high, low]])
}

/// A message of nftables, about tables for both families.
fn nft(kind: libc::c_int) -> Message {
    let kind = number(libc::NFNL_SUBSYS_NFTABLES) << 8 | number(kind);
    let family = u8::try_from(libc::NFPROTO_INET).unwrap();
    Message::new(kind, libc::NLM_F_CREATE, &[&[family, 0, 0, 0]])
}

fn number(constant: libc::c_int) -> u16 {
    u16::try_from(constant).unwrap()
}
