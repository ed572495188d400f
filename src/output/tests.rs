//! A reader that takes what the test lets it take.

use super::*;
use proptest::prelude::*;
use std::cell::RefCell;
use std::rc::Rc;

/// The reading end, which the test controls.
#[derive(Debug, Default)]
struct Reader {
    /// How many octets it takes before it blocks.
    room: usize,
    taken: Vec<u8>,
    /// Writes of either kind, and how many of them blocked.
    writes: usize,
    waits: usize,
    /// What the next writes fail with.
    errors: VecDeque<io::ErrorKind>,
}

#[derive(Debug, Clone, Default)]
struct Shared(Rc<RefCell<Reader>>);

impl Shared {
    fn with_room(room: usize) -> (Self, Stream<Self>) {
        let reader = Self::default();
        reader.0.borrow_mut().room = room;
        (reader.clone(), Stream::new(reader))
    }

    fn gets_room(&self, room: usize) {
        self.0.borrow_mut().room = room;
    }

    fn fails_with(&self, error: io::ErrorKind) {
        self.0.borrow_mut().errors.push_back(error);
    }

    fn text(&self) -> String {
        String::from_utf8(self.0.borrow().taken.clone()).unwrap()
    }

    /// Writes, and how many of them blocked.
    fn writes(&self) -> (usize, usize) {
        let reader = self.0.borrow();
        (reader.writes, reader.waits)
    }
}

impl Descriptor for Shared {
    fn try_write(&mut self, text: &[u8]) -> io::Result<usize> {
        if self.0.borrow().room == 0 && self.0.borrow().errors.is_empty() {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        self.write(text)
    }

    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        let mut reader = self.0.borrow_mut();
        reader.writes += 1;
        if let Some(error) = reader.errors.pop_front() {
            return Err(error.into());
        }
        if reader.room == 0 {
            reader.waits += 1;
            reader.room = 7;
        }
        let count = text.len().min(reader.room);
        reader.room -= count;
        reader.taken.extend(&text[..count]);
        Ok(count)
    }

    fn has_vanished(&self, error: &io::Error) -> bool {
        error.kind() == io::ErrorKind::NotConnected
    }
}

const ENOUGH: usize = usize::MAX / 2;

/// A line of ten octets.
fn line(number: usize) -> Vec<u8> {
    format!("line{number:05}\n").into_bytes()
}

fn put(stream: &mut impl Outlet, numbers: std::ops::Range<usize>) {
    for number in numbers {
        stream.put(&line(number), Retention::Droppable).unwrap();
    }
}

fn text(numbers: std::ops::Range<usize>) -> String {
    String::from_utf8(numbers.flat_map(line).collect()).unwrap()
}

/// The number of lines that the buffer holds.
const LINES: usize = BUFFER_MAX / 10;

#[test]
fn line_that_fits_is_one_write_and_is_not_buffered() {
    let (reader, mut stream) = Shared::with_room(ENOUGH);
    put(&mut stream, 0..3);
    assert_eq!(stream.resume().unwrap(), Backpressure::Free);
    assert_eq!(reader.text(), text(0..3));
    assert_eq!(reader.writes(), (3, 0));
    assert_eq!((stream.buffer.capacity(), stream.given_up()), (0, 0));
}

#[test]
fn line_that_does_not_fit_is_buffered_and_written_in_order() {
    let (reader, mut stream) = Shared::with_room(25);
    put(&mut stream, 0..5);
    assert!(stream.is_blocked());
    assert_eq!(reader.text(), text(0..5)[..25]);
    assert_eq!(stream.resume().unwrap(), Backpressure::Blocked);
    reader.gets_room(1);
    assert_eq!(stream.resume().unwrap(), Backpressure::Blocked);
    // A later line does not overtake.
    reader.gets_room(ENOUGH);
    put(&mut stream, 5..6);
    assert_eq!(stream.resume().unwrap(), Backpressure::Free);
    assert!(!stream.is_blocked());
    put(&mut stream, 6..7);
    assert_eq!(reader.text(), text(0..7));
    assert_eq!(reader.writes().1, 0);
    assert_eq!((stream.buffer.capacity(), stream.given_up()), (0, 0));
}

#[test]
fn lines_beyond_the_bound_are_dropped_whole_and_counted() {
    let (reader, mut stream) = Shared::with_room(0);
    put(&mut stream, 0..LINES + 100);
    stream.put(b"two\nlines\n", Retention::Droppable).unwrap();
    stream.put(b".", Retention::Droppable).unwrap();
    assert!(stream.buffer.len() <= BUFFER_MAX);
    assert_eq!((stream.given_up(), stream.given_up()), (102, 0));
    reader.gets_room(ENOUGH);
    assert_eq!(stream.resume().unwrap(), Backpressure::Free);
    assert_eq!(reader.text(), text(0..LINES));
}

#[test]
fn output_has_one_gap_until_the_reader_catches_up() {
    let (reader, mut stream) = Shared::with_room(0);
    put(&mut stream, 0..LINES + 1);
    // There is room again, but a line now would make a second gap.
    reader.gets_room(100);
    assert_eq!(stream.resume().unwrap(), Backpressure::Blocked);
    put(&mut stream, 0..3);
    reader.gets_room(ENOUGH);
    assert_eq!(stream.resume().unwrap(), Backpressure::Free);
    put(&mut stream, 7..8);
    assert_eq!(reader.text(), text(0..LINES) + &text(7..8));
    assert_eq!(stream.given_up(), 4);
}

#[test]
fn required_text_is_never_dropped() {
    let (reader, mut stream) = Shared::with_room(0);
    put(&mut stream, 0..LINES + 9);
    let results = text(0..2 * LINES);
    for result in results.as_bytes().chunks(10) {
        stream.put(result, Retention::Required).unwrap();
    }
    reader.gets_room(ENOUGH);
    assert_eq!(stream.resume().unwrap(), Backpressure::Free);
    assert_eq!(reader.text(), text(0..LINES) + &results);
    assert_eq!(stream.given_up(), 9);
}

#[test]
fn settled_outlet_waits_for_its_reader() {
    let (reader, mut stream) = Shared::with_room(3);
    put(&mut stream, 0..10);
    stream.settle().unwrap();
    assert_eq!(reader.text(), text(0..10));
    assert!(reader.writes().1 > 10);
    put(&mut stream, 10..20);
    assert_eq!(reader.text(), text(0..20));
    assert_eq!(stream.resume().unwrap(), Backpressure::Free);
}

#[test]
fn dropped_outlet_writes_its_buffer() {
    let (reader, mut stream) = Shared::with_room(3);
    put(&mut stream, 0..10);
    drop(stream);
    assert_eq!(reader.text(), text(0..10));
}

#[test]
fn write_error_is_returned_once_and_clears_the_buffer() {
    let gone = io::ErrorKind::BrokenPipe;
    let (reader, mut stream) = Shared::with_room(ENOUGH);
    reader.fails_with(gone);
    assert_eq!(
        stream.put(b"x\n", Retention::Droppable).unwrap_err().kind(),
        gone
    );
    assert!(!stream.is_blocked());

    reader.gets_room(0);
    put(&mut stream, 0..3);
    reader.fails_with(gone);
    assert_eq!(stream.resume().unwrap_err().kind(), gone);
    assert_eq!(stream.resume().unwrap(), Backpressure::Free);

    put(&mut stream, 0..3);
    reader.fails_with(gone);
    assert_eq!(stream.settle().unwrap_err().kind(), gone);
    drop(stream);
    assert_eq!(reader.text(), "");
}

#[test]
fn interrupted_write_is_retried() {
    let (reader, mut stream) = Shared::with_room(ENOUGH);
    reader.fails_with(io::ErrorKind::Interrupted);
    put(&mut stream, 0..1);
    stream.settle().unwrap();
    reader.fails_with(io::ErrorKind::Interrupted);
    put(&mut stream, 1..2);
    assert_eq!(reader.text(), text(0..2));
}

#[test]
fn write_of_no_octets_is_an_error() {
    #[derive(Debug)]
    struct Nothing;
    impl Descriptor for Nothing {
        fn try_write(&mut self, _: &[u8]) -> io::Result<usize> {
            Ok(0)
        }
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Ok(0)
        }
    }
    let mut stream = Stream::new(Nothing);
    assert!(stream.put(b"x\n", Retention::Droppable).is_err());
    stream.settle().unwrap();
    assert!(stream.put(b"x\n", Retention::Droppable).is_err());
}

/// What happens to a stream.
#[derive(Debug, Clone)]
enum Turn {
    /// A line of this many octets besides its number.
    Put(usize, Retention),
    /// The reader takes this number of octets more.
    Room(usize),
    Resume,
}

fn turn() -> impl Strategy<Value = Turn> {
    let retention = prop_oneof![9 => Just(Retention::Droppable), 1 => Just(Retention::Required)];
    prop_oneof![
        6 => (0..30_000_usize, retention).prop_map(|(length, retention)| Turn::Put(length, retention)),
        2 => (0..60_000_usize).prop_map(Turn::Room),
        2 => Just(Turn::Resume),
    ]
}

proptest! {
    /// Each line arrives whole and in order, or is counted, and no required text is missing.
    #[test]
    fn each_line_arrives_whole_or_is_counted(turns in prop::collection::vec(turn(), 0..200)) {
        let (reader, mut stream) = Shared::with_room(0);
        let (mut all, mut lasting) = (Vec::new(), 0);
        for turn in turns {
            match turn {
                Turn::Put(length, retention) => {
                    let line = format!("{}{}\n", all.len(), "x".repeat(length));
                    stream.put(line.as_bytes(), retention).unwrap();
                    lasting += if retention == Retention::Required { line.len() } else { 0 };
                    all.push((line, retention));
                }
                Turn::Room(room) => reader.gets_room(room),
                Turn::Resume => {
                    stream.resume().unwrap();
                }
            }
            prop_assert!(stream.buffer.len() <= BUFFER_MAX + lasting + 30_010);
        }
        stream.settle().unwrap();
        let text = reader.text();
        let mut arrived = text.split_inclusive('\n').peekable();
        let mut missing = 0;
        for (line, retention) in &all {
            if arrived.peek() == Some(&line.as_str()) {
                arrived.next();
            } else {
                prop_assert_eq!(*retention, Retention::Droppable);
                missing += 1;
            }
        }
        prop_assert_eq!(arrived.next(), None);
        prop_assert_eq!(stream.given_up(), missing);
    }
}

#[test]
fn terminal_that_vanishes_fails_the_run_only_at_its_end() {
    let (reader, mut stream) = Shared::with_room(15);
    put(&mut stream, 0..2);
    // One error for the buffer, one for the new line.
    for _ in 0..2 {
        reader.fails_with(io::ErrorKind::NotConnected);
    }
    assert_eq!(stream.resume().unwrap(), Backpressure::Free);
    put(&mut stream, 2..3);
    let error = stream.settle().unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::NotConnected);
}
