//! Compares whole first lines.

use super::*;
use crate::report::NoNames;

/// The destination of `ping 127.0.0.1`.
pub(crate) fn plain() -> Destination {
    Destination {
        host: "127.0.0.1".to_owned(),
        target: "127.0.0.1:0".parse().unwrap(),
        source: None,
        device: None,
        size: 56,
        smallest: None,
        ip_options: 0,
        flow_label: None,
        identifier: 13,
        raw: true,
    }
}

fn printed(begin: &Destination) -> String {
    let mut line = Vec::new();
    start(&mut line, begin, Charset::Ascii, &mut NoNames).unwrap();
    String::from_utf8(line).unwrap()
}

#[test]
fn ipv4() {
    assert_eq!(
        printed(&plain()),
        "PING 127.0.0.1 (127.0.0.1) 56(84) bytes of data.\n"
    );
    let named = Destination {
        host: "localhost".to_owned(),
        size: 0,
        ..plain()
    };
    assert_eq!(
        printed(&named),
        "PING localhost (127.0.0.1) 0(28) bytes of data.\n"
    );
    let recording = Destination {
        ip_options: 40,
        ..plain()
    };
    assert_eq!(
        printed(&recording),
        "PING 127.0.0.1 (127.0.0.1) 56(124) bytes of data.\n"
    );
}

#[test]
fn ipv4_with_source_and_device() {
    let source = Destination {
        source: "127.0.0.2:0".parse().ok(),
        ..plain()
    };
    assert_eq!(
        printed(&source),
        "PING 127.0.0.1 (127.0.0.1) from 127.0.0.2 : 56(84) bytes of data.\n"
    );
    let device = Destination {
        device: Some("lo".to_owned()),
        ..source
    };
    assert_eq!(
        printed(&device),
        "PING 127.0.0.1 (127.0.0.1) from 127.0.0.2 lo: 56(84) bytes of data.\n"
    );
}

#[test]
fn ipv6() {
    let loopback = Destination {
        host: "::1".to_owned(),
        target: "[::1]:0".parse().unwrap(),
        ..plain()
    };
    assert_eq!(printed(&loopback), "PING ::1 (::1) 56 data bytes\n");
    let flow = Destination {
        flow_label: Some(0x12345),
        ..loopback.clone()
    };
    assert_eq!(
        printed(&flow),
        "PING ::1 (::1) , flow 0x12345, 56 data bytes\n"
    );
    let all = Destination {
        source: "[::1]:0".parse().ok(),
        device: Some("lo".to_owned()),
        flow_label: Some(1),
        ..loopback
    };
    assert_eq!(
        printed(&all),
        "PING ::1 (::1) , flow 0x00001, from ::1 lo: 56 data bytes\n"
    );
}

#[test]
fn a_host_cannot_forge_a_line() {
    let hostile = Destination {
        host: "x (10.0.0.1)\n\x1b[2Jy".to_owned(),
        ..plain()
    };
    assert_eq!(
        printed(&hostile),
        "PING x\\x20(10.0.0.1)\\x0a\\x1b[2Jy (127.0.0.1) 56(84) bytes of data.\n"
    );
}

#[test]
fn patterns() {
    let mut line = Vec::new();
    pattern(&mut line, &[0xff, 0x01]).unwrap();
    assert_eq!(line, b"PATTERN: 0xff01\n");
}

#[test]
fn the_socket() {
    assert_eq!(socket(&plain()), "raw socket, identifier 13");
    let unprivileged = Destination {
        raw: false,
        ..plain()
    };
    assert_eq!(socket(&unprivileged), "ping socket, identifier 13");
}
