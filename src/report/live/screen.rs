//! What a view needs of a terminal.

use ratatui::layout::Size;

/// A terminal that a view is shown on. None of this ever waits, but for [`leave`](Self::leave).
pub trait Screen {
    /// Takes the terminal over: what was on it comes back when it is left.
    fn enter(&mut self);

    /// Gives the terminal back as it was, and says whether it took that. Waits for a reader, but no longer than a moment.
    fn leave(&mut self) -> bool;

    /// How many columns and rows it has.
    fn size(&self) -> Size;

    /// Appends what was typed since the last call, as octets.
    fn read(&mut self, typed: &mut Vec<u8>);

    /// Whether everything has to be drawn again since the last call: the size changed, or others used the terminal. A
    /// process that is to stop stops here, and goes on later.
    fn take_change(&mut self) -> bool;

    /// Whether the terminal has taken all of the last frame.
    fn is_ready(&mut self) -> bool;

    /// Shows a frame: writes what the terminal takes now, and keeps the rest.
    fn show(&mut self, frame: &[u8]);
}
