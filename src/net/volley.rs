//! Messages to one address that are sent in one go.

use super::sys::MANY;

/// The messages, one behind the other. Nothing is allocated before the first, and nothing for each.
#[derive(Debug, Default)]
pub(super) struct Volley {
    octets: Vec<u8>,
    /// The name of each, and where it ends.
    each: Vec<(u32, usize)>,
}

impl Volley {
    /// Adds a message, without an IP header. Says whether there was room for it.
    pub(super) fn push(&mut self, name: u32, message: &[u8]) -> bool {
        if self.each.len() >= MANY {
            return false;
        }
        self.octets.extend_from_slice(message);
        self.each.push((name, self.octets.len()));
        true
    }

    /// The names, in the order in which the messages were added.
    pub(super) fn names(&self) -> impl Iterator<Item = u32> + use<'_> {
        self.each.iter().map(|&(name, _)| name)
    }

    /// The message, if it is the only one.
    pub(super) fn only(&self) -> Option<(u32, &[u8])> {
        let mut messages = self.messages();
        let first = messages.next()?;
        messages.next().is_none().then_some(first)
    }

    /// The names and the messages, in the order in which they were added.
    pub(super) fn messages(&self) -> impl Iterator<Item = (u32, &[u8])> + Clone {
        let mut begin = 0;
        self.each.iter().map(move |&(name, end)| {
            let message = self.octets.get(begin..end).unwrap_or_default();
            begin = end;
            (name, message)
        })
    }

    /// Sends each in turn and tells how it went, up to the first that was not sent.
    pub(super) fn in_turn<Sent, Failure>(
        &self,
        mut send: impl FnMut(u32, &[u8]) -> Result<Sent, Failure>,
        told: &mut dyn FnMut(Result<Sent, Failure>),
    ) {
        for (name, message) in self.messages() {
            let outcome = send(name, message);
            let has_failed = outcome.is_err();
            told(outcome);
            if has_failed {
                return;
            }
        }
    }

    /// Makes room for the next ones.
    pub(super) fn clear(&mut self) {
        self.octets.clear();
        self.each.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_behind_one_that_was_not_sent_are_not_tried() {
        let mut volley = Volley::default();
        for name in 0..4 {
            volley.push(name, b"message");
        }
        let mut told = Vec::new();
        let send = |name, _: &[u8]| if name == 2 { Err("full") } else { Ok(name) };
        volley.in_turn(send, &mut |outcome| told.push(outcome));
        assert_eq!(told, [Ok(0), Ok(1), Err("full")]);
    }

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
