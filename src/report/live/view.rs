//! What the user looks at, and how: changed by keys only, but for the order of the rows.

use super::model::Model;
use super::order::{self, Sort};
use super::playback::Playback;
use super::who::Who;
use crate::event::TargetNumber;

/// How many targets can be compared in the graph.
pub(super) const MOST_MARKS: usize = 8;

/// The spans of time that the graph shows, in seconds.
pub(super) const WINDOWS: [u64; 12] = [
    10, 30, 60, 120, 300, 600, 1800, 3600, 10_800, 21_600, 43_200, 86_400,
];

/// What fills the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tab {
    Table,
    Map,
    Graph,
    Log,
}

impl Tab {
    pub(super) const ALL: [Self; 4] = [Self::Table, Self::Map, Self::Graph, Self::Log];

    /// Further by this number.
    pub(super) fn next(self, by: usize) -> Self {
        let place = Self::ALL.iter().position(|tab| *tab == self);
        let next = place.unwrap_or(0).saturating_add(by) % Self::ALL.len();
        Self::ALL.get(next).copied().unwrap_or(Self::Table)
    }

    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Map => "map",
            Self::Graph => "graph",
            Self::Log => "log",
        }
    }
}

/// What the user looks at.
#[derive(Debug)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "each is one switch of the user's, independent of the others"
)]
pub(super) struct View {
    pub(super) tab: Tab,
    /// Whether the keys are explained.
    pub(super) helps: bool,
    /// The target whose details cover the screen.
    pub(super) details: Option<TargetNumber>,
    pub(super) sort: Sort,
    /// Whether the last part of the run has figures of its own.
    pub(super) has_window: bool,
    /// Whether the order of the rows stays as it is.
    pub(super) is_frozen: bool,
    /// Only targets with this in their names are shown.
    pub(super) filter: String,
    /// Whether keys are letters of the filter.
    pub(super) is_typing: bool,
    /// The rows of the table, in this order.
    pub(super) order: Vec<TargetNumber>,
    /// The cells of the map: as the targets were given.
    pub(super) given: Vec<TargetNumber>,
    /// How many targets there are. Two of them may have one address; then only one is probed.
    pub(super) targets: TargetNumber,
    pub(super) probed: TargetNumber,
    /// How many targets the filter hides.
    pub(super) hidden: usize,
    pub(super) selected: Option<TargetNumber>,
    /// Rows above the first one on the screen: of the table, of the log, and of what covers them.
    pub(super) offset: usize,
    pub(super) log_offset: usize,
    pub(super) cover_offset: usize,
    /// The targets in the graph.
    pub(super) marks: Vec<TargetNumber>,
    pub(super) is_logarithmic: bool,
    /// Which of [`WINDOWS`] the graph shows.
    pub(super) window: usize,
    /// Whether the display is held.
    pub(super) is_held: bool,
    /// How a recorded run is told, if that is what is shown.
    pub(super) playback: Option<Playback>,
    /// How many rows, or cells in a row of the map, the last frame had room for.
    pub(super) rows: usize,
    pub(super) columns: usize,
}

impl View {
    /// What is looked at first. `has_window`: the last part of the run has figures of its own.
    pub(super) fn new(targets: TargetNumber, has_window: bool) -> Self {
        Self {
            tab: if targets == 1 { Tab::Graph } else { Tab::Table },
            helps: false,
            details: None,
            sort: Sort::default(),
            has_window,
            is_frozen: false,
            filter: String::new(),
            is_typing: false,
            order: Vec::new(),
            given: Vec::new(),
            targets,
            probed: targets,
            hidden: 0,
            selected: None,
            offset: 0,
            log_offset: 0,
            cover_offset: 0,
            marks: Vec::new(),
            is_logarithmic: false,
            window: 2,
            is_held: false,
            playback: None,
            rows: 1,
            columns: 1,
        }
    }

    /// Puts the rows into the order that they have now, and leaves out those that the filter hides.
    pub(super) fn refresh(&mut self, model: &Model, who: &mut Who) {
        let directory = who.directory();
        let filter = self.filter.to_lowercase();
        let all: Vec<TargetNumber> = directory.as_given().collect();
        let count = |count: usize| TargetNumber::try_from(count).unwrap_or(TargetNumber::MAX);
        self.targets = count(all.len());
        self.probed = count(
            all.iter()
                .filter(|it| directory.probed(**it) == **it)
                .count(),
        );
        let mut shown = all.clone();
        if !filter.is_empty() {
            shown.retain(|target| who.matches(*target, &filter));
        }
        self.hidden = all.len().saturating_sub(shown.len());
        self.given.clone_from(&shown);
        if self.is_frozen {
            self.keep_order(shown);
        } else {
            order::sort(&mut shown, self.sort, model, who);
            self.order = shown;
        }
        self.follow();
    }

    /// The rows that are shown stay where they are; those that are new come behind them.
    fn keep_order(&mut self, shown: Vec<TargetNumber>) {
        let is_shown: std::collections::BTreeSet<TargetNumber> = shown.iter().copied().collect();
        self.order.retain(|target| is_shown.contains(target));
        let known: std::collections::BTreeSet<TargetNumber> = self.order.iter().copied().collect();
        let new = shown.into_iter().filter(|target| !known.contains(target));
        self.order.extend(new);
    }

    /// Where the selected target is among the rows.
    fn place(&self) -> Option<usize> {
        let selected = self.selected?;
        self.order.iter().position(|target| *target == selected)
    }

    /// Scrolls as far as is needed to show the selected row, and never beyond the last one.
    pub(super) fn follow(&mut self) {
        if let Some(place) = self.place() {
            let least = place.saturating_add(1).saturating_sub(self.rows);
            self.offset = self.offset.clamp(least, place);
        }
        let most = self.order.len().saturating_sub(self.rows);
        self.offset = self.offset.min(most);
    }

    /// Goes up or down by this number of rows, and selects the row there.
    pub(super) fn go(&mut self, rows: isize) {
        let place = match self.place() {
            Some(place) => place.saturating_add_signed(rows),
            None if rows < 0 || rows == 1 => self.offset,
            None => self.offset.saturating_add_signed(rows),
        };
        let place = place.min(self.order.len().saturating_sub(1));
        self.selected = self.order.get(place).copied();
        self.follow();
    }

    /// The same in the map.
    pub(super) fn go_in_map(&mut self, cells: isize) {
        let place = self.selected.and_then(|selected| {
            let mut given = self.given.iter();
            given.position(|target| *target == selected)
        });
        let place = place.map_or(0, |place| place.saturating_add_signed(cells));
        let place = place.min(self.given.len().saturating_sub(1));
        self.selected = self.given.get(place).copied();
    }

    /// Adds the target to the graph, or removes it. A full graph takes no more.
    pub(super) fn mark(&mut self) {
        let Some(target) = self.selected.or(self.order.get(self.offset).copied()) else {
            return;
        };
        match self.marks.iter().position(|marked| *marked == target) {
            Some(place) => drop(self.marks.remove(place)),
            None if self.marks.len() < MOST_MARKS => self.marks.push(target),
            None => {}
        }
    }

    /// The targets in the graph: those that are marked, or the selected one, or the first row.
    pub(super) fn drawn(&self) -> Vec<TargetNumber> {
        if !self.marks.is_empty() {
            return self.marks.clone();
        }
        let first = self.selected.or(self.order.first().copied());
        first.into_iter().collect()
    }

    /// How long a time the graph shows, in seconds.
    pub(super) fn window(&self) -> u64 {
        WINDOWS.get(self.window).copied().unwrap_or(60)
    }
}
