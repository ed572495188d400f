//! What the keys do, and what the characters of a strip mean.

use super::{Scene, lines, words};
use crate::report::live::control::{HOLD, KEYS, KEYS_OF_REPLAY};
use crate::report::live::paint::{HEADING, PLAIN, Pen};
use crate::report::live::scale::LEVELS;

/// Draws the help.
pub(super) fn draw(pen: &mut Pen<'_>, scene: &mut Scene<'_>) {
    scene.view.rows = pen.height().into();
    let mut text = vec![("Keys".to_owned(), HEADING)];
    let others: &[_] = match scene.view.playback {
        Some(_) => &KEYS_OF_REPLAY,
        None => &[HOLD],
    };
    for (key, does) in KEYS.iter().chain(others) {
        text.push((format!("{key:9} {does}"), PLAIN));
    }
    text.push(("A cell for each probe".to_owned(), HEADING));
    let levels = scene.levels();
    for level in 0..LEVELS {
        let glyph = pen.glyphs.level(level);
        let begin = words::with_unit(levels.begin(level));
        let meaning = match level {
            0 => format!("less than {}", words::with_unit(levels.begin(1))),
            _ => format!("{begin} or more"),
        };
        text.push((format!("{glyph:9} {meaning}"), PLAIN));
    }
    for (glyph, meaning) in [
        ("!", "lost"),
        ("~", "answered late"),
        ("E", "rejected by an ICMP error"),
        ("x", "not sent by this host"),
        ("z", "this host was suspended"),
        (".", "no answer yet"),
    ] {
        text.push((format!("{glyph:9} {meaning}"), PLAIN));
    }
    let offset = lines(pen, scene.view.cover_offset, &text);
    scene.view.cover_offset = offset;
}
