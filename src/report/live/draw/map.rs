//! A cell for each target: thousands on one screen.

use super::{Scene, words};
use crate::event::TargetNumber;
use crate::report::live::model::State;
use crate::report::live::paint::{ALARM, FAINT, HEADING, Pen, SELECTED};
use crate::report::live::scale::Levels;

/// Draws the map.
pub(super) fn draw(pen: &mut Pen<'_>, scene: &mut Scene<'_>) {
    let rows = pen.height().saturating_sub(1);
    let columns = usize::from(pen.width()).max(1);
    (scene.view.rows, scene.view.columns) = (rows.into(), columns);
    let selected = scene.view.selected;
    let mut given = scene.view.given.iter();
    let place = selected.and_then(|selected| given.position(|target| *target == selected));
    // As many rows above as keep the selected cell on the screen.
    let row = place.unwrap_or(0) / columns;
    let above = row.saturating_add(1).saturating_sub(rows.into());
    let levels = scene.levels();
    let shown = scene.view.given.iter().skip(above.saturating_mul(columns));
    let cells = (0..rows).flat_map(|y| (0..pen.width()).map(move |x| (x, y)));
    let cells: Vec<((u16, u16), TargetNumber)> = cells.zip(shown.copied()).collect();
    for ((x, y), number) in cells {
        let (glyph, mut style) = cell(pen, scene, number, &levels);
        if selected == Some(number) {
            style = style.patch(SELECTED);
        }
        pen.text(x, y, 1, glyph, style);
    }
    let text = match selected {
        Some(number) => about(scene, number),
        None => "arrows: choose a target   !: down   ?: not known".to_owned(),
    };
    let width = pen.width();
    pen.name(0, rows, width, &text, HEADING);
}

fn cell(
    pen: &Pen<'_>,
    scene: &Scene<'_>,
    number: TargetNumber,
    levels: &Levels,
) -> (&'static str, ratatui::style::Style) {
    let target = scene.model.target(scene.who.probed(number));
    match target.state {
        State::Down => ("!", ALARM),
        State::Unknown => ("?", FAINT),
        State::Up => {
            let mut probes = target.history.newest();
            let known = probes.find(|probe| probe.fate != super::super::model::Fate::InFlight);
            known.map_or(("?", FAINT), |probe| pen.glyphs.fate(probe.fate, levels))
        }
    }
}

/// A line about the selected target.
fn about(scene: &mut Scene<'_>, number: TargetNumber) -> String {
    let target = scene.model.target(scene.who.probed(number));
    let name = scene.who.name_and_label(number);
    let loss = words::percent(target.figures.loss());
    if target.state == State::Down {
        let reason = scene.who.reason(number, target);
        return format!("{name}  loss {loss}  {reason}");
    }
    let last = words::milliseconds(target.figures.last);
    format!("{name}  loss {loss}  last {last} ms")
}
