use std::io::{BufReader, Read};

use proptest::prelude::*;

use super::*;

/// Formats each line as text: number, targets and label, or the error.
fn told<R: BufRead>(lines: Lines<R>) -> Vec<String> {
    let line = |line: Line| {
        let targets = match line.specification {
            Specification::Name { ascii: name, .. } => name,
            Specification::Address { address, .. } => address.to_string(),
            Specification::Block { block, .. } => block.to_string(),
        };
        format!(
            "{} {targets} {:?}",
            line.number,
            line.label.unwrap_or_default()
        )
    };
    lines
        .map(|read| read.map_or_else(|bad| bad.to_string(), line))
        .collect()
}

fn read(octets: impl AsRef<[u8]>) -> Vec<String> {
    told(Lines::of_targets("hosts.txt", octets.as_ref(), Edges::Drop))
}

#[test]
fn line_has_a_specification_and_optional_label_and_comment() {
    let text = "\
# routers
198.51.100.1\tcore,\track 4  # an old one

  198.51.100.64/30
#198.51.100.2
host.example#1 port #2
2001:db8::1-3   l\u{e4}den
   \t
198.51.100.3 #
198.51.100.4";
    assert_eq!(
        read(text),
        [
            "2 198.51.100.1 \"core, rack 4\"",
            "4 198.51.100.65-198.51.100.66 \"\"",
            "6 host.example#1 \"port\"",
            "7 2001:db8::1-2001:db8::3 \"l\u{e4}den\"",
            "9 198.51.100.3 \"\"",
            "10 198.51.100.4 \"\"",
        ]
    );
}

#[test]
fn crlf_and_byte_order_mark_are_accepted() {
    let text = "\u{feff}198.51.100.1 core\r\n\r\n198.51.100.2\r\n";
    assert_eq!(
        read(text),
        ["1 198.51.100.1 \"core\"", "3 198.51.100.2 \"\""]
    );
    assert_eq!(read(""), [""; 0]);
    assert_eq!(read("\u{feff}"), [""; 0]);
    assert_eq!(
        read("\n\u{feff}198.51.100.1"),
        [
            r"hosts.txt:2: \xef\xbb\xbf198.51.100.1: invalid IPv4 address: write four numbers from 0 to 255"
        ]
    );
}

#[test]
fn invalid_line_is_reported_and_the_others_are_read() {
    let mut file =
        b"198.51.100.300\n198.51.100.1\nb\xfccher.example\n\x001\n198.51.100.2 a\x1b[2J\n".to_vec();
    file.extend(b"198.51.100.3 ".iter().chain(&[b'a'; LONGEST_LABEL]));
    file.extend(b"\n198.51.100.4 ".iter().chain(&[b'a'; LONGEST_LABEL + 1]));
    file.extend(b"\n198.51.100.0/33 lab\n198.51.100.5\n");
    let label = "a".repeat(LONGEST_LABEL);
    assert_eq!(
        read(&file),
        [
            "hosts.txt:1: 198.51.100.300: invalid IPv4 address: write four numbers from 0 to 255",
            "2 198.51.100.1 \"\"",
            "hosts.txt:3: not UTF-8: save the file as UTF-8 text",
            "hosts.txt:4: contains a NUL: save the file as UTF-8 text",
            "hosts.txt:5: control character in the label: remove it",
            &format!("6 198.51.100.3 {label:?}"),
            "hosts.txt:7: label too long: at most 255 octets",
            "hosts.txt:8: 198.51.100.0/33: invalid prefix length: use a number from 0 to 32",
            "9 198.51.100.5 \"\"",
        ]
    );
}

#[test]
fn line_with_a_port_or_url_has_its_own_error() {
    assert_eq!(
        read("web.example:443 shop\nhttps://web.example/ shop\n"),
        [
            "hosts.txt:1: web.example:443: ping uses no ports: leave out the colon and the port",
            "hosts.txt:2: https://web.example/: a URL is not a host: give only the host name or address in it",
        ]
    );
}

#[test]
fn line_is_at_most_4096_octets() {
    let padded = |length: usize, end: &str| {
        let text = format!("198.51.100.1{}{end}198.51.100.2\n", " ".repeat(length - 12));
        // A small buffer, so that a line takes many reads.
        told(Lines::of_targets(
            "-",
            BufReader::with_capacity(7, text.as_bytes()),
            Edges::Drop,
        ))
    };
    let second = "2 198.51.100.2 \"\"";
    for end in ["\n", "\r\n"] {
        assert_eq!(padded(LONGEST_LINE, end), ["1 198.51.100.1 \"\"", second]);
        for length in [1, 2, 3, 10_000] {
            let long = "-:1: line too long: at most 4096 octets";
            assert_eq!(padded(LONGEST_LINE + length, end), [long, second]);
        }
    }
}

#[test]
fn long_line_takes_bounded_memory() {
    let file = BufReader::new(io::repeat(b'a').take(10_000_000));
    let mut lines = Lines::of_targets("-", file, Edges::Drop);
    assert!(matches!(
        lines.next(),
        Some(Err(BadLine {
            reason: BadText::TooLong,
            ..
        }))
    ));
    assert!(matches!(
        lines.next(),
        Some(Err(BadLine {
            reason: BadText::Endless,
            ..
        }))
    ));
    assert!(lines.next().is_none());
    assert!(lines.buffer.capacity() < 4 * LONGEST_LINE);
}

#[test]
fn long_line_is_rejected_before_its_end_is_read() {
    let long = b"x".repeat(LONGEST_LINE + 2);
    // A further read fails.
    let file = BufReader::new(long.chain(Failing(Vec::new())));
    let mut lines = Lines::of_exclusions("-", file);
    let error = lines.next().unwrap().unwrap_err().to_string();
    assert_eq!(error, "-:1: line too long: at most 4096 octets");
    let text = [&long[..], b"\n198.51.100.2\n"].concat();
    assert_eq!(
        read(text),
        [
            "hosts.txt:1: line too long: at most 4096 octets",
            "2 198.51.100.2 \"\""
        ]
    );
}

#[test]
fn file_with_an_endless_line_is_not_read_further() {
    for octet in [b'x', b' ', b'#', 0] {
        let endless = BufReader::new(io::repeat(octet));
        let lines = told(Lines::of_targets("-", endless, Edges::Drop));
        assert_eq!(
            lines,
            [
                "-:1: line too long: at most 4096 octets",
                "-:1: no end of the line within 1 MiB: the rest of the file is not read"
            ]
        );
    }
}

#[test]
fn exclusions_include_edges_and_have_no_labels() {
    let text = "198.51.100.0/30 # all\n198.51.100.9 198.51.100.10\nhost.example\n";
    assert_eq!(
        told(Lines::of_exclusions("not.txt", text.as_bytes())),
        [
            "1 198.51.100.0-198.51.100.3 \"\"",
            "not.txt:2: text after the exclusion: write one exclusion per line, without a label",
            "3 host.example \"\"",
        ]
    );
}

#[test]
fn file_name_is_sanitized() {
    let mut lines = Lines::of_targets("a\x1b[2J\n", &b"/"[..], Edges::Drop);
    let line = lines.next().unwrap().unwrap_err().to_string();
    assert_eq!(
        line,
        r"a\x1b[2J\x0a:1: /: the host is empty: name a host or an address"
    );
    let harmless = r"b\xc3\xbc";
    let mut lines = Lines::of_targets(harmless, &b"/"[..], Edges::Drop);
    let line = lines.next().unwrap().unwrap_err().to_string();
    assert!(line.starts_with(&format!("{harmless}:1: ")), "{line}");
}

/// Gives one line, is interrupted once, and then fails for good.
struct Failing(Vec<io::Result<&'static [u8]>>);

impl Read for Failing {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match self.0.pop() {
            Some(Ok(mut octets)) => octets.read(into),
            Some(Err(error)) => Err(error),
            None => Err(io::Error::other("broken")),
        }
    }
}

#[test]
fn read_error_is_reported_once() {
    let interrupted = Err(io::Error::from(io::ErrorKind::Interrupted));
    let file = Failing(vec![
        Ok(b".2\n198.51"),
        interrupted,
        Ok(b"198.51.100.1\n198.51.100"),
    ]);
    let lines = Lines::of_targets("-", BufReader::new(file), Edges::Drop);
    assert_eq!(
        told(lines),
        [
            "1 198.51.100.1 \"\"",
            "2 198.51.100.2 \"\"",
            "-:3: cannot read the file: broken"
        ]
    );
}

proptest! {
    #[test]
    fn any_octets_are_read_without_panic_and_errors_are_one_visible_line(octets: Vec<u8>) {
        for read in Lines::of_targets("-", octets.as_slice(), Edges::Drop) {
            if let Err(bad) = read {
                let text = bad.to_string();
                prop_assert_eq!(&text, &sanitize::visible(&text));
            }
        }
    }

    #[test]
    fn size_of_reads_does_not_matter(
        text in "([0-9./:a-f#\r\t -]{0,12}\n?){0,20}",
        capacity in 1_usize..40,
    ) {
        let pieces = BufReader::with_capacity(capacity, text.as_bytes());
        prop_assert_eq!(told(Lines::of_targets("hosts.txt", pieces, Edges::Drop)), read(&text));
    }

    #[test]
    fn each_line_that_is_not_blank_is_returned_once(lines in prop::collection::vec("[ -~]{0,30}", 0..20)) {
        let blank = |line: &String| without_comment(line).trim().is_empty();
        let expected = lines.iter().filter(|line| !blank(line)).count();
        prop_assert_eq!(read(lines.join("\n")).len(), expected);
    }
}
