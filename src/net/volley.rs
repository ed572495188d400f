//! Messages to one address that are sent in one go.

use super::sys::MANY;

/// The messages, one behind the other. Nothing is allocated before the first, and nothing for each.
#[derive(Debug, Default)]
pub struct Volley {
    octets: Vec<u8>,
    /// The name of each, and where it ends.
    each: Vec<(u32, usize)>,
}

impl Volley {
    /// No more are sent in one go.
    pub const MOST: u64 = MANY as u64;

    /// Adds a message, without an IP header.
    pub fn push(&mut self, name: u32, message: &[u8]) {
        self.octets.extend_from_slice(message);
        self.each.push((name, self.octets.len()));
    }

    /// The names and the messages, in the order in which they were added.
    pub fn messages(&self) -> impl Iterator<Item = (u32, &[u8])> + Clone {
        let mut begin = 0;
        self.each.iter().map(move |&(name, end)| {
            let message = self.octets.get(begin..end).unwrap_or_default();
            begin = end;
            (name, message)
        })
    }

    /// Makes room for the next ones.
    pub fn clear(&mut self) {
        self.octets.clear();
        self.each.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_come_out_as_they_were_put_in() {
        let mut volley = Volley::default();
        for round in 0..2 {
            assert_eq!(volley.messages().count(), 0);
            volley.push(round, b"one");
            volley.push(7, b"");
            volley.push(u32::MAX, b"another");
            let messages: Vec<_> = volley.messages().collect();
            let expected = [(round, &b"one"[..]), (7, b""), (u32::MAX, b"another")];
            assert_eq!(messages, expected);
            volley.clear();
        }
    }
}
