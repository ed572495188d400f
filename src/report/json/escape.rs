//! Text and numbers in JSON. What is visible stays as it is, all else is escaped: no line can write to a terminal.

use std::io;

use serde_json::ser::Formatter;

use crate::sanitize;

/// As [`serde_json::ser::CompactFormatter`], which escapes only what JSON demands, but for that.
#[derive(Debug, Clone, Copy)]
pub(super) struct Visible;

impl Formatter for Visible {
    /// As people write it, without an exponent: `0.000012`, `1500`.
    fn write_f64<W>(&mut self, writer: &mut W, value: f64) -> io::Result<()>
    where
        W: ?Sized + io::Write,
    {
        write!(writer, "{value}")
    }

    fn write_string_fragment<W>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()>
    where
        W: ?Sized + io::Write,
    {
        let is_plain = |octet: u8| matches!(octet, b' '..=b'~');
        if fragment.bytes().all(is_plain) {
            return writer.write_all(fragment.as_bytes());
        }
        for character in fragment.chars() {
            let mut units = [0; 2];
            if sanitize::is_visible_alone(character) {
                write!(writer, "{character}")?;
            } else {
                for unit in character.encode_utf16(&mut units) {
                    write!(writer, "\\u{unit:04x}")?;
                }
            }
        }
        Ok(())
    }
}
