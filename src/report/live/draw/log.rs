//! What happened, the newest first.

use super::header::time_of_day;
use super::{Scene, lines};
use crate::report::live::model::{Entry, Happening};
use crate::report::live::paint::{ALARM, CAUTION, FAINT, PLAIN, Pen};

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
    scene.view.log_offset = scene.view.log_offset.min(model.log.len() - 1);
    let shown = model.log.newest().skip(scene.view.log_offset).take(rows);
    let shown: Vec<_> = shown.map(|entry| line(scene, entry)).collect();
    lines(pen, 0, &shown);
}

/// One entry.
pub(super) fn line(scene: &mut Scene<'_>, entry: &Entry) -> (String, ratatui::style::Style) {
    let time = (scene.calendar)(entry.wall).as_ref().map(time_of_day);
    let time = time.unwrap_or_default();
    let style = match &entry.what {
        Happening::Down(..) => ALARM,
        Happening::Changed(_) => CAUTION,
        Happening::Up(_) | Happening::Message(_) => PLAIN,
    };
    let whose = entry
        .what
        .target()
        .map(|target| scene.who.name_and_label(target));
    let what = scene.who.tell(&entry.what, scene.calendar);
    let line = match whose {
        Some(name) => format!("{time}  {name} {what}"),
        None => format!("{time}  {what}"),
    };
    (line, style)
}
