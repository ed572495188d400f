//! Names in the wire format of DNS (RFC 1035 section 3.1 and 4.1.4, RFC 4620 section 6.2).

use std::error::Error;
use std::fmt;

/// Maximum octets of a label and of a name, with all length octets (RFC 1035 section 2.3.4).
const MOST_LABEL: usize = 63;
const MOST_NAME: usize = 255;

/// Why a name cannot be encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NameError {
    /// A label or the name is empty.
    EmptyLabel,
    /// A label is longer than 63 octets.
    LongLabel,
    /// The name is longer than 255 octets.
    LongName,
}

impl fmt::Display for NameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::EmptyLabel => "empty label in a name",
            Self::LongLabel => "label of a name longer than 63 octets",
            Self::LongName => "name longer than 255 octets",
        })
    }
}

impl Error for NameError {}

/// Encodes a name for a query, in lower case because its hash requires that (RFC 4620 section 5).
///
/// A name that is not fully qualified gets a second terminating zero (section 6.2). One dot at the end is ignored.
/// International names must be in ASCII form.
///
/// # Errors
///
/// [`NameError`] if a label is empty or too long, or the whole name is too long.
///
/// ```
/// use rping::wire::node_information::encode_name;
///
/// assert_eq!(encode_name("Host", false).unwrap(), b"\x04host\x00\x00");
/// ```
pub fn encode_name(name: &str, fully_qualified: bool) -> Result<Vec<u8>, NameError> {
    let mut dns = Vec::new();
    for label in name.strip_suffix('.').unwrap_or(name).split('.') {
        let length = u8::try_from(label.len()).map_err(|_| NameError::LongLabel)?;
        match label.len() {
            0 => return Err(NameError::EmptyLabel),
            1..=MOST_LABEL => dns.push(length),
            _ => return Err(NameError::LongLabel),
        }
        dns.extend(label.bytes().map(|octet| octet.to_ascii_lowercase()));
    }
    dns.push(0);
    if dns.len() > MOST_NAME {
        return Err(NameError::LongName);
    }
    if !fully_qualified {
        dns.push(0);
    }
    Ok(dns)
}

/// The names in a reply. Iteration ends with the octets, or before an invalid name.
///
/// Each name has at least one octet of its own, so there are at most as many names as octets.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct Names<'a> {
    /// The octets that compression pointers may refer to.
    data: &'a [u8],
    /// The offset of the next name.
    at: usize,
}

impl<'a> Names<'a> {
    /// The names in `data` from offset `at` on.
    pub(super) const fn new(data: &'a [u8], at: usize) -> Self {
        Self { data, at }
    }
}

impl<'a> Iterator for Names<'a> {
    type Item = Name<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        // Ends the iteration unless a valid name is found.
        let at = std::mem::replace(&mut self.at, self.data.len());
        let labels = Labels::new(self.data, at);
        let behind = labels.clone().behind()?;
        let fully_qualified = self.data.get(behind) != Some(&0);
        self.at = if fully_qualified { behind } else { behind + 1 };
        Some(Name {
            labels,
            fully_qualified,
        })
    }
}

/// A name that a node claims. It is untrusted: labels may contain any octet, including dots and control characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name<'a> {
    labels: Labels<'a>,
    /// Whether the name includes the domain.
    pub fully_qualified: bool,
}

impl<'a> Name<'a> {
    /// The labels, host first: at most 127 of 1 to 63 octets.
    pub fn labels(&self) -> Labels<'a> {
        self.labels.clone()
    }

    /// The labels separated by dots: at most 253 octets, to be sanitized before printing.
    pub fn text(&self) -> impl Iterator<Item = u8> + use<'a> {
        self.labels().enumerate().flat_map(|(index, label)| {
            let dot = if index == 0 { [].as_slice() } else { b"." };
            dot.iter().chain(label).copied()
        })
    }
}

/// An iterator over the labels of a name that follows compression pointers.
///
/// It always ends: a pointer must refer to an offset before the last jump target or the start, and the labels have at
/// most 255 octets in total.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct Labels<'a> {
    data: &'a [u8],
    /// The offset of the next label.
    at: usize,
    /// The start or the last jump target. The next jump must go before it.
    began: usize,
    /// The remaining octets for labels, with their length octets and the final zero.
    left: usize,
}

/// A step of the iterator.
enum Step<'a> {
    Label(&'a [u8]),
    /// The root label, which ends before this offset.
    End(usize),
    /// A pointer, which ends before this offset, was followed.
    Jump(usize),
    Broken,
}

impl<'a> Labels<'a> {
    const fn new(data: &'a [u8], at: usize) -> Self {
        Self {
            data,
            at,
            began: at,
            left: MOST_NAME,
        }
    }

    fn step(&mut self) -> Step<'a> {
        match self.data.get(self.at..) {
            Some([0, ..]) => Step::End(self.at + 1),
            Some([length @ 1..=63, rest @ ..]) => self.label(usize::from(*length), rest),
            Some([high @ 0xc0..=0xff, low, ..]) => {
                self.jump(u16::from_be_bytes([high & 0x3f, *low]).into())
            }
            _ => Step::Broken,
        }
    }

    fn label(&mut self, length: usize, rest: &'a [u8]) -> Step<'a> {
        // One octet must remain for the root label.
        match (rest.get(..length), self.left.checked_sub(1 + length)) {
            (Some(label), Some(left @ 1..)) => {
                self.at += 1 + length;
                self.left = left;
                Step::Label(label)
            }
            _ => Step::Broken,
        }
    }

    fn jump(&mut self, target: usize) -> Step<'a> {
        if target >= self.began {
            return Step::Broken;
        }
        let behind = self.at + 2;
        self.at = target;
        self.began = target;
        Step::Jump(behind)
    }

    /// The offset after the name: after its root label or its first pointer. `None` if the name is invalid.
    fn behind(mut self) -> Option<usize> {
        let mut behind = None;
        loop {
            match self.step() {
                Step::Label(_) => {}
                Step::Jump(offset) => behind = behind.or(Some(offset)),
                Step::End(offset) => return behind.or(Some(offset)),
                Step::Broken => return None,
            }
        }
    }
}

impl<'a> Iterator for Labels<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            match self.step() {
                Step::Label(label) => return Some(label),
                // Each jump goes further back, so this loop ends.
                Step::Jump(_) => {}
                Step::End(_) | Step::Broken => return None,
            }
        }
    }
}
