//! Aligns text in terminal columns.

use std::fmt::Display;
use std::io::{self, Write};

use crate::sanitize;

/// The width of a text in columns.
pub(super) fn count(text: &[u8]) -> usize {
    // Names and labels are UTF-8, all other text is ASCII.
    str::from_utf8(text).map_or(text.len(), sanitize::columns)
}

/// Pads the text from `start` with spaces. A wider text stays whole, because it tells targets apart.
pub(super) fn fill(line: &mut Vec<u8>, start: usize, width: usize) {
    let used = count(line.get(start..).unwrap_or_default());
    line.resize(line.len() + width.saturating_sub(used), b' ');
}

/// Writes a right-aligned text.
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
    fn wide_and_combining_characters_are_filled_up_to_the_same_column() {
        for text in ["B\u{fc}ro", "Bu\u{308}ro", "東京", "abcd"] {
            let mut line = format!("|{text}").into_bytes();
            fill(&mut line, 1, 6);
            assert_eq!(String::from_utf8(line).unwrap(), format!("|{text}  "));
        }
    }

    #[test]
    fn what_is_too_wide_stays_whole() {
        let mut line = b"|abcde".to_vec();
        fill(&mut line, 1, 4);
        right(&mut line, 2, 12345).unwrap();
        assert_eq!(String::from_utf8(line).unwrap(), "|abcde12345");
    }
}
