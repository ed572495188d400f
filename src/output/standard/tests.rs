//! Real pipes and sockets. Terminals are tried by `tests/net/output.rs`.

use super::*;
use std::fs::File;
use std::io::{PipeReader, Read, pipe};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// Far more than any of these takes: only an endless wait reaches it.
const PATIENCE: Duration = Duration::from_secs(20);

/// Runs `work`, and fails if it blocks.
fn without_waiting<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    let (done, result) = mpsc::channel();
    thread::spawn(move || done.send(work()));
    result.recv_timeout(PATIENCE).unwrap()
}

/// `IsTerminal` is only for descriptors of the standard library.
fn standard(file: impl Into<OwnedFd>) -> Standard<File> {
    Standard::new(File::from(file.into()))
}

/// Writes lines until there is no room. Returns the number of octets.
fn fill(mut writer: Standard<File>, line: &[u8]) -> (Standard<File>, usize) {
    let mut total = 0;
    loop {
        match writer.try_write(line) {
            Ok(taken) => {
                assert_eq!(taken, line.len());
                total += taken;
            }
            Err(error) => {
                assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
                return (writer, total);
            }
        }
    }
}

fn full_pipe(kind: Kind, line: &'static [u8]) -> (PipeReader, Standard<File>, usize) {
    let (reader, writer) = pipe().unwrap();
    let mut writer = standard(writer);
    assert_eq!(writer.kind, Kind::Pipe);
    writer.kind = kind;
    let (writer, total) = without_waiting(move || fill(writer, line));
    (reader, writer, total)
}

/// Waits for the processes that other tests start: they hold copies of our descriptors until they exec.
fn wait_until_readers_are_gone(writer: &Standard<File>) {
    let mut asked = [PollFd::new(&writer.file, PollFlags::empty())];
    poll(&mut asked, None).unwrap();
    assert_eq!(asked[0].revents(), PollFlags::ERR);
}

#[test]
fn write_to_a_full_pipe_does_not_block() {
    for kind in [Kind::Pipe, Kind::PolledPipe] {
        for line in [
            &[b'x'; 63][..],
            &[b'x'; PIPE_ATOMIC - 1],
            &[b'x'; PIPE_ATOMIC],
        ] {
            let (mut reader, mut writer, total) = full_pipe(kind, line);
            assert!(total >= 4 * PIPE_ATOMIC, "{kind:?}: {total}");
            let mut octets = [0; 2 * PIPE_ATOMIC];
            reader.read_exact(&mut octets).unwrap();
            assert_eq!(writer.try_write(line).unwrap(), line.len(), "{kind:?}");
        }
    }
}

#[test]
fn write_to_a_full_socket_does_not_block() {
    let (mut reader, writer) = UnixStream::pair().unwrap();
    let writer = standard(writer);
    assert_eq!(writer.kind, Kind::Pipe);
    let (mut writer, total) = without_waiting(move || fill(writer, &[b'x'; 100]));
    assert!(total > PIPE_ATOMIC);
    let mut octets = vec![0; total];
    reader.read_exact(&mut octets).unwrap();
    assert_eq!(writer.try_write(b"x\n").unwrap(), 2);
}

#[test]
fn pipe_without_a_reader_is_an_error_full_or_not() {
    for kind in [Kind::Pipe, Kind::PolledPipe] {
        let (reader, mut writer, _) = full_pipe(kind, &[b'x'; 63]);
        drop(reader);
        wait_until_readers_are_gone(&writer);
        let error = writer.try_write(b"x\n").unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::BrokenPipe);
        let error = writer.write(b"x\n").unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::BrokenPipe);
    }
}

#[test]
fn pipe_without_nowait_support_is_polled() {
    for number in [libc::EOPNOTSUPP, libc::ENOSYS, libc::EINVAL, libc::EPERM] {
        assert!(is_unsupported(&io::Error::from_raw_os_error(number)));
    }
    for number in [libc::EAGAIN, libc::EPIPE, libc::EBADF, libc::EIO] {
        assert!(!is_unsupported(&io::Error::from_raw_os_error(number)));
    }
    // A file in /proc does not know it either.
    let mut writer = Standard {
        file: File::options().write(true).open("/proc/self/comm").unwrap(),
        kind: Kind::Pipe,
    };
    assert_eq!(writer.try_write(b"x\n").unwrap(), 2);
    assert_eq!(writer.kind, Kind::PolledPipe);
}

#[test]
fn nonblocking_descriptor_is_waited_for_at_the_end() {
    let (mut reader, writer) = UnixStream::pair().unwrap();
    writer.set_nonblocking(true).unwrap();
    let (mut writer, total) = fill(standard(writer), &[b'x'; 100]);
    let read = thread::spawn(move || {
        let mut octets = vec![0; total + 2];
        reader.read_exact(&mut octets).unwrap();
        octets
    });
    while writer.write(b"y\n").is_err_and(|error| {
        assert_eq!(error.kind(), io::ErrorKind::Interrupted);
        true
    }) {}
    assert!(read.join().unwrap().ends_with(b"xy\n"));
}

#[test]
fn full_file_is_an_error_at_once() {
    let (_reader, writer) = UnixStream::pair().unwrap();
    writer.set_nonblocking(true).unwrap();
    let (mut writer, _) = fill(standard(writer), &[b'x'; 100]);
    writer.kind = Kind::File;
    let error = writer.write(b"x\n").unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
}

#[test]
fn files_and_devices_get_plain_writes() {
    let mut null = standard(File::options().write(true).open("/dev/null").unwrap());
    assert_eq!(null.kind, Kind::File);
    assert_eq!(
        null.try_write(&[0; 2 * PIPE_ATOMIC]).unwrap(),
        2 * PIPE_ATOMIC
    );
    let mut full = standard(File::options().write(true).open("/dev/full").unwrap());
    let error = full.try_write(b"x\n").unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::StorageFull);
    assert_eq!(standard(tempfile::tempfile().unwrap()).kind, Kind::File);
}

#[test]
fn pipes_get_whole_lines() {
    assert_eq!(pipe_piece(b"x\ny"), b"x\ny");
    let lines = "nine oct\n".repeat(1000).into_bytes();
    assert_eq!(pipe_piece(&lines).len(), PIPE_ATOMIC / 9 * 9);
    let long = [b'x'; 3 * PIPE_ATOMIC];
    assert_eq!(pipe_piece(&long).len(), PIPE_ATOMIC);
    assert_eq!(pipe_piece(&long[..PIPE_ATOMIC]).len(), PIPE_ATOMIC);
}

#[test]
fn terminals_get_blocks_without_translated_characters() {
    for (text, piece) in [
        ("64 bytes\n", "64 bytes"),
        ("\n--- x", "\n"),
        ("\n\n", "\n"),
        ("\r3/3", "\r"),
        ("a\tb", "a"),
        ("\u{8} \u{8}", "\u{8} \u{8}"),
        (".", "."),
    ] {
        assert_eq!(terminal_piece(text.as_bytes()), piece.as_bytes());
    }
    assert_eq!(terminal_piece(&[b'x'; 999]).len(), TERMINAL_ATOMIC);
    assert_eq!(terminal_piece(b""), b"");
}

#[test]
fn read_only_descriptor_cannot_be_written() {
    let (reader, _writer) = pipe().unwrap();
    let directory = File::open("/").unwrap();
    for mut output in [standard(reader), standard(directory)] {
        for outcome in [output.try_write(b"text\n"), output.write(b"text\n")] {
            assert_eq!(outcome.unwrap_err().raw_os_error(), Some(libc::EBADF));
        }
    }
}
