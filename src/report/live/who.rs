//! Who the targets are, in harmless text.

use std::net::SocketAddr;
use std::rc::Rc;

use super::model::{Happening, Target};
use crate::config::Style;
use crate::event::{Directory, Row, TargetNumber};
use crate::report::Calendar;
use crate::report::Names;
use crate::report::text::downs;
use crate::report::text::many::name_column::NameColumn;
use crate::report::text::many::reason;
use crate::sanitize;

/// Who the targets are.
pub(super) struct Who {
    column: NameColumn,
    names: Box<dyn Names>,
    style: Style,
}

impl Who {
    /// The targets of this directory; those that have an address go by it alone if `numeric`.
    pub(super) fn new(
        directory: Rc<dyn Directory>,
        numeric: bool,
        style: Style,
        names: Box<dyn Names>,
    ) -> Self {
        Self {
            column: NameColumn::new(directory, numeric, style.charset),
            names,
            style,
        }
    }

    pub(super) fn directory(&self) -> Rc<dyn Directory> {
        self.column.directory()
    }

    /// The target whose probes are those of this one.
    pub(super) fn probed(&self, target: TargetNumber) -> TargetNumber {
        self.column.directory().probed(target)
    }

    /// The name that was typed, with the address behind it; or the address.
    pub(super) fn name(&mut self, target: TargetNumber) -> String {
        let mut line = Vec::new();
        // Writing to memory cannot fail.
        let _ = self.column.who(&mut line, target, &mut *self.names);
        String::from_utf8_lossy(&line).into_owned()
    }

    /// The same in this many columns, or only what was typed where there is no room for the address.
    pub(super) fn short_name(&mut self, target: TargetNumber, room: usize) -> String {
        let name = self.name(target);
        if sanitize::columns(&name) <= room {
            return name;
        }
        let mut word = Vec::new();
        // Writing to memory cannot fail.
        let _ = self.column.word(&mut word, target, &mut *self.names);
        sanitize::cut(&String::from_utf8_lossy(&word), room)
    }

    /// The columns of the widest name, as far as they are reasonable.
    pub(super) fn width(&mut self) -> usize {
        self.column.width(&mut *self.names)
    }

    /// The same with its label behind it.
    pub(super) fn name_and_label(&mut self, target: TargetNumber) -> String {
        let name = self.name(target);
        match self.label(target) {
            Some(label) => format!("{name}  {label}"),
            None => name,
        }
    }

    /// What the file of targets calls it.
    pub(super) fn label(&self, target: TargetNumber) -> Option<String> {
        self.column.label(target)
    }

    /// What happened, in the words of the lines that text has for it, behind the name of the target.
    pub(super) fn tell(&mut self, what: &Happening, calendar: Calendar) -> String {
        let names = &mut *self.names;
        let mut line = Vec::new();
        // Writing to memory cannot fail.
        let _ = match what {
            Happening::Down(down, began) => downs::down(&mut line, down, (*began, calendar), names),
            Happening::Up(up) => downs::up(&mut line, up),
            Happening::Changed(change) => return downs::changed(change.what, names),
            Happening::Message(text) => return sanitize::escape_in(text, self.style.charset),
        };
        String::from_utf8_lossy(&line).into_owned()
    }

    fn address(&self, target: TargetNumber) -> Option<SocketAddr> {
        self.column.address(target)
    }

    /// Why this target does not answer.
    pub(super) fn reason(&mut self, number: TargetNumber, target: &Target) -> String {
        if self.address(number).is_none() {
            return "no address so far".to_owned();
        }
        let row = Row {
            sent: 1,
            reason: target.reason,
            ..Row::default()
        };
        let context = reason::Context {
            target: self.address(number),
            style: &self.style,
        };
        reason::text(&row, &context, &mut *self.names)
    }

    /// Whether a filter in lower case is part of what this target is called.
    pub(super) fn matches(&mut self, target: TargetNumber, filter: &str) -> bool {
        if filter.is_empty() || self.name(target).to_lowercase().contains(filter) {
            return true;
        }
        let label = self.label(target);
        label.is_some_and(|label| label.to_lowercase().contains(filter))
    }
}

impl std::fmt::Debug for Who {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Who").finish_non_exhaustive()
    }
}
