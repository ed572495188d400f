//! What happened, the newest first.

use super::header::time_of_day;
use super::{Scene, lines};
use crate::report::duration::Seconds;
use crate::report::live::model::{Entry, Happening};
use crate::report::live::paint::{ALARM, FAINT, PLAIN, Pen};

/// Draws the log.
pub(super) fn draw(pen: &mut Pen<'_>, scene: &mut Scene<'_>) {
    let rows = usize::from(pen.height());
    scene.view.rows = rows;
    let model = scene.model;
    if model.log.len() == 0 {
        let width = pen.width();
        pen.text(0, 0, width, "nothing happened so far", FAINT);
        return;
    }
    let most = model.log.len().saturating_sub(rows);
    scene.view.log_offset = scene.view.log_offset.min(most);
    let shown = model.log.newest().skip(scene.view.log_offset).take(rows);
    let shown: Vec<_> = shown.map(|entry| line(scene, entry)).collect();
    lines(pen, 0, &shown);
}

/// One entry.
pub(super) fn line(scene: &mut Scene<'_>, entry: &Entry) -> (String, ratatui::style::Style) {
    let time = (scene.calendar)(entry.wall).as_ref().map(time_of_day);
    let time = time.unwrap_or_default();
    match &entry.what {
        Happening::Down {
            target,
            probes,
            ago,
            reason,
        } => {
            let name = scene.who.name(*target);
            let why = scene.who.explain(*target, *reason);
            let ago = Seconds(*ago);
            let text = format!(
                "{time}  {name} is down: {probes} probes without an answer, the first sent {ago} s before; {why}"
            );
            (text, ALARM)
        }
        Happening::Up { target, after } => {
            let name = scene.who.name(*target);
            let after = after.as_secs_f64();
            (
                format!("{time}  {name} is up again after {after:.1} s"),
                PLAIN,
            )
        }
        Happening::Message(text) => {
            let text = crate::sanitize::escape_in(text, scene.who.charset());
            (format!("{time}  {text}"), PLAIN)
        }
    }
}
