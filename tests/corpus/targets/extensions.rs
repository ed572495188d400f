//! A second parser for router extensions (RFC 4884): with indexes, and object by object.

use super::{pair_at, sum};
use rping::wire::extensions::{Extensions, Object};

/// `rest` follows the header of an error. `field` is the number in its length field and the octets of its words, or
/// `None` if the type has no such field.
pub fn check(rest: &[u8], field: Option<(usize, usize)>, quote: &[u8], extensions: Extensions<'_>) {
    let begin = field.map_or(rest.len(), |(words, octets)| begin(rest, words, octets));
    assert_eq!(quote, &rest[..begin], "{rest:?}");
    let expected = objects(rest.get(begin + 4..).unwrap_or_default()).unwrap();
    let found: Vec<_> = extensions.objects().collect();
    assert_eq!(found.len(), expected.len(), "{rest:?}");
    for (object, (class, subtype, data)) in found.into_iter().zip(expected) {
        is_read(object, (class, subtype), data);
    }
}

/// The offset of extensions after the header of an error, or its end if there are none.
pub fn begin(rest: &[u8], words: usize, octets: usize) -> usize {
    let at = if words == 0 { 128 } else { words * octets };
    if rest.len() < at + 4 || rest[at] >> 4 != 2 {
        return rest.len();
    }
    let structure = &rest[at..];
    let is_summed = pair_at(structure, 2) != 0;
    let is_right = if is_summed {
        sum(structure) == 0xffff
    } else {
        words != 0
    };
    if is_right && objects(&structure[4..]).is_some() {
        at
    } else {
        rest.len()
    }
}

/// Class, subtype and data of each object; `None` if a length is false.
fn objects(octets: &[u8]) -> Option<Vec<(u8, u8, &[u8])>> {
    let mut all = Vec::new();
    let mut at = 0;
    while at < octets.len() {
        if octets.len() < at + 4 {
            return None;
        }
        let length = usize::from(pair_at(octets, at));
        if length < 4 || at + length > octets.len() {
            return None;
        }
        all.push((octets[at + 2], octets[at + 3], &octets[at + 4..at + length]));
        at += length;
    }
    Some(all)
}

fn is_read(object: Object<'_>, (class, subtype): (u8, u8), data: &[u8]) {
    match object {
        Object::Labels(labels) => {
            assert_eq!((class, subtype), (1, 1));
            let written: Vec<u8> = labels
                .iter()
                .flat_map(|label| {
                    let word = label.value << 12
                        | u32::from(label.traffic_class) << 9
                        | u32::from(label.is_bottom) << 8
                        | u32::from(label.time_to_live);
                    word.to_be_bytes()
                })
                .collect();
            assert!(!data.is_empty());
            assert_eq!(written, data, "labels are written as they were read");
        }
        Object::Interface(interface) => {
            assert_eq!(class, 2);
            let told = [
                interface.index.is_some(),
                interface.address.is_some(),
                interface.name.is_some(),
                interface.mtu.is_some(),
            ];
            let bits = told
                .iter()
                .fold(0, |bits, told| bits << 1 | u8::from(*told));
            assert_eq!(bits, subtype & 0b1111, "what the subtype says");
            if let Some(index) = interface.index {
                assert_eq!(data[..4], index.to_be_bytes());
            }
            if let Some(mtu) = interface.mtu {
                assert_eq!(data[data.len() - 4..], mtu.to_be_bytes());
            }
            let name = interface.name.unwrap_or_default();
            assert!(name.len() < 64 && name.last() != Some(&0));
        }
        Object::Other {
            class: other,
            subtype: of_other,
            data: octets,
        } => {
            assert_eq!((other, of_other, octets), (class, subtype, data));
            let is_stack =
                (class, subtype) == (1, 1) && !data.is_empty() && data.len().is_multiple_of(4);
            assert!(!is_stack, "a stack of labels is one");
        }
    }
}
