use super::*;
use crate::config::Face;
use crate::event::{Problem, Reach};
use crate::wire::checksum::checksum;
use crate::wire::extensions::Place;
use crate::wire::icmpv4;

/// The text about a time exceeded error with these objects.
fn told(objects: &[u8], quoted: Option<QuotedHeader>, kind: u8) -> String {
    let mut structure = [&[0x20, 0, 0, 0], objects].concat();
    let [c0, c1] = checksum(&structure).to_be_bytes();
    (structure[2], structure[3]) = (c0, c1);
    let (_, extensions) = Place::Told(0).split(&structure);
    let rejection = Rejection {
        target: 0,
        number: Some(0),
        reporter: ([192, 0, 2, 1], 0).into(),
        sequence: 1,
        problem: Problem::V4(icmpv4::Problem::from_parts(kind, 0, 0)),
        reach: Reach::Left,
        is_behind_outcome: false,
        original: None,
        quoted,
        extensions,
    };
    let style = Style {
        face: Face::Rping,
        ..Style::default()
    };
    let mut line = Vec::new();
    text(&mut line, &rejection, &style).unwrap();
    String::from_utf8(line).unwrap()
}

#[test]
fn labels_and_interfaces_stand_in_brackets() {
    let labels = [0, 12, 1, 1, 0x03, 0xe8, 0x4a, 1, 0, 0, 0x31, 255];
    let interface = [
        0, 32, 2, 0x0f, 0, 0, 0, 7, 0, 1, 0, 0, 192, 0, 2, 1, 12, b'g', b'e', b'-', b'0', b'/',
        b'0', b'/', b'1', 0, 0, 0, 0, 0, 5, 0xdc,
    ];
    let next_hop = [0, 12, 2, 0xc4, 0, 1, 0, 0, 192, 0, 2, 9];
    assert_eq!(
        told(&[&labels[..], &interface, &next_hop].concat(), None, 11),
        " [MPLS label 16004 class 5 ttl 1, label 3 class 0 ttl 255] \
         [in: ge-0/0/1 192.0.2.1 index 7 mtu 1500] [next hop: 192.0.2.9]"
    );
    assert_eq!(told(&[], None, 11), "");
}

#[test]
fn name_of_an_interface_cannot_command_the_terminal() {
    let object = [0, 12, 2, 0x42, 8, 0x1b, b'[', b'2', b'J', b' ', b']', 0xff];
    assert_eq!(told(&object, None, 11), r" [in, part: \x1b[2J\x20]\xff]");
}

#[test]
fn line_has_an_end_however_much_a_router_says() {
    let objects = [0, 4, 200, 1].repeat(300);
    let line = told(&objects, None, 11);
    assert!(
        line.ends_with(" [class 200 subtype 1] [292 more objects]"),
        "{line}"
    );
    let long = [&[1, 4, 9, 8][..], &[0xab; 256]].concat();
    let shown = "ab".repeat(16);
    assert_eq!(
        told(&long, None, 11),
        format!(" [class 9 subtype 8: {shown} and 240 octets]")
    );
}

#[test]
fn quoted_header_tells_what_is_not_as_it_was_sent() {
    let header = |hop_limit, class: [u8; 2], length: Option<[u32; 2]>| {
        Some(QuotedHeader {
            hop_limit,
            traffic_class: Altered {
                sent: class[0],
                arrived: class[1],
            },
            length: length.map(|[sent, arrived]| Altered { sent, arrived }),
        })
    };
    for (kind, quoted, expected) in [
        (11, header(1, [0, 0], Some([84, 84])), ""),
        (11, header(0, [0, 0], None), ""),
        // A tunnel that does not decrement the inner time to live.
        (11, header(2, [0, 0], None), " [ttl 2 left]"),
        (3, header(61, [0, 0], None), " [ttl 61 left]"),
        (11, header(1, [184, 0], None), " [sent ef, arrived cs0]"),
        (11, header(1, [0, 3], None), " [sent cs0, arrived 0x03]"),
        (
            3,
            header(1, [40, 136], Some([84, 64])),
            " [ttl 1 left] [sent af11, arrived af41] [length 84 sent, 64 arrived]",
        ),
    ] {
        assert_eq!(told(&[], quoted, kind), expected);
    }
}

#[test]
fn code_points_have_the_names_that_the_command_line_takes() {
    for (field, name) in [
        (184, "ef"),
        (176, "va"),
        (4, "le"),
        (0, "cs0"),
        (224, "cs7"),
        (40, "af11"),
        (152, "af43"),
        (8, "0x08"),
        (160, "cs5"),
        (168, "0xa8"),
        (171, "0xab"),
    ] {
        assert_eq!(traffic_class(field), name);
    }
}
