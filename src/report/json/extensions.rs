//! Fields for the details that routers add to ICMP errors.

use std::fmt::Write as _;
use std::net::IpAddr;

use serde::Serialize;

use crate::event::QuotedHeader;
use crate::wire::extensions::{Extensions, Interface, Label, Object, Role};

/// One of `extensions`.
#[derive(Debug, Serialize)]
pub(super) struct Extension {
    class: Option<u8>,
    subtype: Option<u8>,
    mpls: Option<Vec<LabelFields>>,
    interface: Option<InterfaceFields>,
    data: Option<String>,
}

#[derive(Debug, Serialize)]
struct LabelFields {
    label: u32,
    class: u8,
    bottom: bool,
    ttl: u8,
}

#[derive(Debug, Serialize)]
struct InterfaceFields {
    role: &'static str,
    name: Option<String>,
    address: Option<IpAddr>,
    index: Option<u32>,
    mtu: Option<u32>,
}

/// `quoted`
#[derive(Debug, Serialize)]
pub(super) struct Quoted {
    ttl: u8,
    tos: u8,
    sent_tos: u8,
    bytes: Option<u32>,
    sent_bytes: Option<u32>,
}

impl From<QuotedHeader> for Quoted {
    fn from(header: QuotedHeader) -> Self {
        Self {
            ttl: header.hop_limit,
            tos: header.traffic_class.arrived,
            sent_tos: header.traffic_class.sent,
            bytes: header.length.map(|it| it.arrived),
            sent_bytes: header.length.map(|it| it.sent),
        }
    }
}

pub(super) fn all(extensions: Extensions<'_>) -> Vec<Extension> {
    extensions.objects().map(Extension::from).collect()
}

impl From<Object<'_>> for Extension {
    fn from(object: Object<'_>) -> Self {
        let none = Self {
            class: None,
            subtype: None,
            mpls: None,
            interface: None,
            data: None,
        };
        match object {
            Object::Labels(labels) => Self {
                mpls: Some(labels.iter().map(LabelFields::from).collect()),
                ..none
            },
            Object::Interface(interface) => Self {
                interface: Some(InterfaceFields::from(interface)),
                ..none
            },
            Object::Other {
                class,
                subtype,
                data,
            } => Self {
                class: Some(class),
                subtype: Some(subtype),
                data: Some(hexadecimal(data)),
                ..none
            },
        }
    }
}

impl From<Label> for LabelFields {
    fn from(label: Label) -> Self {
        Self {
            label: label.value,
            class: label.traffic_class,
            bottom: label.is_bottom,
            ttl: label.time_to_live,
        }
    }
}

impl From<Interface<'_>> for InterfaceFields {
    fn from(interface: Interface<'_>) -> Self {
        Self {
            role: match interface.role {
                Role::Incoming => "in",
                Role::IncomingPart => "in_part",
                Role::Outgoing => "out",
                Role::NextHop => "next_hop",
            },
            name: (interface.name).map(|name| String::from_utf8_lossy(name).into_owned()),
            address: interface.address,
            index: interface.index,
            mtu: interface.mtu,
        }
    }
}

fn hexadecimal(octets: &[u8]) -> String {
    octets.iter().fold(String::new(), |mut text, octet| {
        let _ = write!(text, "{octet:02x}");
        text
    })
}
