//! A DNS query, and the kind of its response (RFC 1035, section 4). The C library parses the records.

use crate::net::Family;

/// `QR` and `TC` in the flag octets of the header.
const RESPONSE: u8 = 0x80;
const TRUNCATED: u8 = 2;
/// `RD`.
const RECURSION_DESIRED: u8 = 1;
/// `RCODE`, and two of its values.
const CODE: u8 = 15;
const NO_ERROR: u8 = 0;
const NAME_ERROR: u8 = 3;

/// The length of the header, and the maximum length of a label, in octets.
const HEADER: usize = 12;
const LONGEST_LABEL: usize = 63;

/// The kind of a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reply {
    /// There are records, perhaps more than fit a datagram.
    Records,
    /// The name exists, but has no records of this type.
    NoData,
    /// The name does not exist.
    NoName,
    /// The server failed or refused.
    Failed,
}

/// A query for the addresses of a name.
#[derive(Debug)]
pub(super) struct Question {
    packet: Vec<u8>,
}

impl Question {
    /// `None` if the name is not valid in DNS.
    pub(super) fn new(identifier: [u8; 2], name: &str, family: Family) -> Option<Self> {
        let mut packet = identifier.to_vec();
        packet.extend([RECURSION_DESIRED, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
        for label in name.strip_suffix('.').unwrap_or(name).split('.') {
            if label.is_empty() || label.len() > LONGEST_LABEL {
                return None;
            }
            packet.push(u8::try_from(label.len()).ok()?);
            packet.extend(label.as_bytes());
        }
        let kind = match family {
            Family::Ipv4 => 1,
            Family::Ipv6 => 28,
        };
        // End of name, type, class IN.
        packet.extend([0, 0, kind, 0, 1]);
        Some(Self { packet })
    }

    /// The query as it is sent.
    pub(super) fn packet(&self) -> &[u8] {
        &self.packet
    }

    /// The kind of a response to this query; `None` if the datagram is anything else.
    pub(super) fn reply(&self, datagram: &[u8]) -> Option<Reply> {
        let (header, rest) = datagram.split_first_chunk::<HEADER>()?;
        let &[
            id0,
            id1,
            flags,
            code,
            questions0,
            questions1,
            answers0,
            answers1,
            ..,
        ] = header;
        let (own, asked) = self.packet.split_at_checked(HEADER)?;
        if own.get(..2)? != [id0, id1] || flags & RESPONSE == 0 {
            return None;
        }
        let code = code & CODE;
        let repeated = rest
            .get(..asked.len())
            .is_some_and(|repeated| repeated.eq_ignore_ascii_case(asked));
        // A server that cannot parse a query does not repeat it.
        let has_question = [questions0, questions1] != [0, 0] || code == NO_ERROR;
        if has_question && !repeated {
            return None;
        }
        Some(match code {
            NO_ERROR if [answers0, answers1] != [0, 0] || flags & TRUNCATED != 0 => Reply::Records,
            NO_ERROR => Reply::NoData,
            NAME_ERROR => Reply::NoName,
            _ => Reply::Failed,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ASKED: &[u8] = b"\x03web\x07example\x00\x00\x1c\x00\x01";

    fn question() -> Question {
        Question::new([0x12, 0x34], "web.example", Family::Ipv6).unwrap()
    }

    fn reply(header: [u8; 12], rest: &[u8]) -> Option<Reply> {
        question().reply(&[&header, rest].concat())
    }

    #[test]
    fn question_has_the_name_in_labels() {
        let header = [0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
        assert_eq!(question().packet(), [&header, ASKED].concat());
        let absolute = Question::new([0x12, 0x34], "web.example.", Family::Ipv6).unwrap();
        assert_eq!(absolute.packet(), question().packet());
        for name in ["", ".", "a..b", &"a".repeat(64)] {
            assert!(
                Question::new([0, 0], name, Family::Ipv4).is_none(),
                "{name}"
            );
        }
    }

    #[test]
    fn response_is_records_no_data_no_name_or_failure() {
        for (flags, answers, expected) in [
            ([0x81, 0x80], 1, Reply::Records),
            ([0x83, 0x80], 0, Reply::Records),
            ([0x81, 0x80], 0, Reply::NoData),
            ([0x81, 0x83], 0, Reply::NoName),
            ([0x81, 0x81], 0, Reply::Failed),
            ([0x81, 0x82], 0, Reply::Failed),
            ([0x81, 0x84], 0, Reply::Failed),
            ([0x81, 0x85], 0, Reply::Failed),
        ] {
            let header = [0x12, 0x34, flags[0], flags[1], 0, 1, 0, answers, 0, 0, 0, 0];
            assert_eq!(reply(header, ASKED), Some(expected), "{header:?}");
        }
        let refused = [0x12, 0x34, 0x81, 0x85, 0, 0, 0, 0, 0, 0, 0, 0];
        assert_eq!(reply(refused, b""), Some(Reply::Failed));
    }

    #[test]
    fn datagram_that_does_not_answer_the_query_is_ignored() {
        let answer = [0x12, 0x34, 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0];
        let mut other = answer;
        other[1] = 0x35;
        assert_eq!(reply(other, ASKED), None);
        let mut query = answer;
        query[2] = 1;
        assert_eq!(reply(query, ASKED), None);
        assert_eq!(
            reply(answer, b"\x03wob\x07example\x00\x00\x1c\x00\x01"),
            None
        );
        assert_eq!(
            reply(answer, b"\x03web\x07example\x00\x00\x01\x00\x01"),
            None
        );
        assert_eq!(reply(answer, b""), None);
        assert_eq!(question().reply(&answer[..11]), None);
    }
}
