//! Text in columns. All that is printed of many targets is ASCII, so that an octet is a column.

use std::fmt::Display;
use std::io::{self, Write};

/// Fills up what begins at `start` with spaces to this width. What is wider stays whole: it tells targets apart.
pub(super) fn fill(line: &mut Vec<u8>, start: usize, width: usize) {
    let end = start.saturating_add(width);
    if line.len() < end {
        line.resize(end, b' ');
    }
}

/// Writes a text of this width or more, its end at the right.
pub(super) fn right(line: &mut Vec<u8>, width: usize, text: impl Display) -> io::Result<()> {
    let start = line.len();
    write!(line, "{text}")?;
    let end = line.len();
    fill(line, start, width);
    let free = line.len() - end;
    if let Some(column) = line.get_mut(start..) {
        column.rotate_right(free);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn left_and_right() {
        let mut line = b"|ab".to_vec();
        fill(&mut line, 1, 4);
        right(&mut line, 4, 17).unwrap();
        assert_eq!(String::from_utf8(line).unwrap(), "|ab    17");
    }

    #[test]
    fn what_is_too_wide_stays_whole() {
        let mut line = b"|abcde".to_vec();
        fill(&mut line, 1, 4);
        right(&mut line, 2, 12345).unwrap();
        assert_eq!(String::from_utf8(line).unwrap(), "|abcde12345");
    }
}
