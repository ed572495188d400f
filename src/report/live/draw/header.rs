//! The first lines of a frame, which tell of all targets together, and the last one, which tells what the user can do.

use super::{Scene, words};
use crate::event::LocalTime;
use crate::report::live::model::State;
use crate::report::live::paint::{CAUTION, FAINT, HEADING, PLAIN, Pen};
use crate::report::live::playback::State as PlaybackState;
use crate::report::live::view::Tab;
use crate::report::number::General;

/// From this height on a header may have three lines, and below it two.
const TALL: u16 = 20;

/// Draws the first lines, and tells how many they are.
pub(super) fn draw(pen: &mut Pen<'_>, scene: &mut Scene<'_>) -> u16 {
    let most = if pen.height() < TALL { 2 } else { 3 };
    let (mut x, mut y) = (0, 0);
    for piece in pieces(scene) {
        let columns = u16::try_from(crate::sanitize::columns(&piece)).unwrap_or(u16::MAX);
        if x > 0 && columns > pen.width().saturating_sub(x) {
            (x, y) = (0, y + 1);
        }
        if y >= most {
            break;
        }
        let room = pen.width().saturating_sub(x);
        x = x.saturating_add(pen.name(x, y, room, &piece, HEADING));
        x = x.saturating_add(2);
    }
    (y + 1).min(most)
}

/// What there is to tell, the most important first.
fn pieces(scene: &mut Scene<'_>) -> Vec<String> {
    let mut pieces = of_targets(scene);
    let model = scene.model;
    if let Some(rate) = model.rate() {
        let decimals = usize::from(rate < 10.0);
        pieces.push(format!("{rate:.decimals$}/s"));
    }
    let elapsed = words::clock(model.elapsed);
    match scene.view.playback {
        Some(playback) => {
            let length = words::clock(playback.length);
            pieces.push(format!("{elapsed} of {length}"));
            pieces.push(format!("replay {}x", General(playback.speed)));
        }
        None => pieces.push(elapsed),
    }
    let view = &scene.view;
    if view.hidden > 0 {
        pieces.push(format!("{} hidden", view.hidden));
    }
    pieces.extend((scene.calendar)(model.wall).as_ref().map(time_of_day));
    if scene.who.directory().len() > 1 {
        pieces.push(view.sort.words().to_owned());
    }
    if view.is_frozen {
        pieces.push("order frozen".to_owned());
    }
    pieces
}

fn of_targets(scene: &mut Scene<'_>) -> Vec<String> {
    let directory = scene.who.directory();
    let model = scene.model;
    if directory.len() == 1 {
        let target = model.target(0);
        let state = match target.state {
            State::Unknown => "not known",
            State::Up => "up",
            State::Down => "down",
        };
        let ago = model.elapsed.saturating_sub(target.since);
        return vec![scene.who.name(0), format!("{state} {}", words::clock(ago))];
    }
    let known = model.up.saturating_add(model.down);
    let unknown = scene.view.probed.saturating_sub(known);
    vec![
        words::targets(scene.view.targets),
        format!("{} up", model.up),
        format!("{} down", model.down),
        format!("{unknown} not known"),
    ]
}

/// The time of day.
pub(super) fn time_of_day(time: &LocalTime) -> String {
    format!("{:02}:{:02}:{:02}", time.hour, time.minute, time.second)
}

/// Draws the last line.
pub(super) fn foot(pen: &mut Pen<'_>, scene: &Scene<'_>) {
    let view = &scene.view;
    let (text, style) = if view.is_typing {
        let filter = crate::sanitize::visible(&view.filter);
        (format!("/{filter}_  Enter: keep  Escape: show all"), PLAIN)
    } else if view.is_held {
        let text = "HELD: probing goes on  Space: show what is now";
        (text.to_owned(), CAUTION.patch(HEADING))
    } else if let Some(playback) = view.playback {
        let word = playback.word();
        let space = match playback.state {
            PlaybackState::Held => "Space: go on",
            _ => "Space: hold",
        };
        let keys = "Left Right: seek  p n: log  [ ]: speed";
        let text = format!("{word}  ?: help  q: quit  {space}  {keys}");
        (text, CAUTION.patch(HEADING))
    } else {
        let filter = if view.filter.is_empty() {
            String::new()
        } else {
            format!("/{}  ", crate::sanitize::visible(&view.filter))
        };
        let next = view.tab.next(1).word();
        let keys = if view.helps || view.details.is_some() {
            "Escape: back  arrows: scroll"
        } else {
            match view.tab {
                Tab::Table => "Enter: details  /: filter  s: sort  m: mark  g: graph",
                Tab::Map => "arrows: choose  Enter: details  /: filter",
                Tab::Graph => "l: log or linear  + -: time  Enter: details",
                Tab::Log => "arrows: scroll",
            }
        };
        (
            format!("{filter}?: help  q: quit  Tab: {next}  {keys}"),
            FAINT,
        )
    };
    let (y, width) = (pen.height().saturating_sub(1), pen.width());
    pen.text(0, y, width, &text, style);
}
