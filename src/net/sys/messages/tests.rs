//! Single messages and batches.

use super::*;
use crate::net::address::octets;
use std::net::UdpSocket;
use std::os::fd::AsFd;
use std::os::unix::net::UnixDatagram;

#[test]
fn message_fills_no_more_than_the_buffer() {
    let (left, right) = UnixDatagram::pair().unwrap();
    left.send(b"seven..").unwrap();
    let mut data = [0xa5_u8; 4];
    let filled = receive(right.as_fd(), &mut data, &mut [0; 128], &mut [], 0).unwrap();
    assert_eq!((filled.data, &data), (4, b"seve"));
    assert_ne!(filled.flags & libc::MSG_TRUNC, 0);
}

fn send_words(socket: BorrowedFd<'_>, to: &[&[u8]]) -> io::Result<usize> {
    let words = ["one", "two", "three"]
        .map(str::as_bytes)
        .into_iter()
        .cycle();
    let messages = words.zip(to).map(|(data, to)| Outgoing {
        data,
        to,
        control: &[],
    });
    send_many(socket, messages)
}

fn receive_all(socket: BorrowedFd<'_>, room: usize, flags: c_int) -> io::Result<Vec<Vec<u8>>> {
    let mut data = [[0xa5_u8; 8]; 2 * BATCH_MAX];
    let (mut name, mut control) = ([[0_u8; 128]; 2 * BATCH_MAX], [[0_u8; 64]; 2 * BATCH_MAX]);
    let rooms = data.iter_mut().zip(&mut name).zip(&mut control).take(room);
    let slots = rooms.map(|((data, name), control)| RecvSlot {
        data,
        name,
        control,
    });
    let mut each = [Filled::default(); 2 * BATCH_MAX];
    let count = receive_many(socket, slots, &mut each, flags)?;
    let words = data.iter().zip(each).take(count);
    Ok(words
        .map(|(data, each)| data[..each.data].to_vec())
        .collect())
}

/// A socket, its own address, and one that it cannot send to.
fn udp() -> (UdpSocket, Vec<u8>, Vec<u8>) {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let own = octets::of(&socket.local_addr().unwrap().to_string());
    (socket, own, octets::of("[::1]:9"))
}

#[test]
fn batch_is_sent_and_received_in_order() {
    let (socket, own, _) = udp();
    assert_eq!(send_words(socket.as_fd(), &[&own[..]; 3]).unwrap(), 3);
    let received = receive_all(socket.as_fd(), 9, 0).unwrap();
    assert_eq!(
        received,
        ["one", "two", "three"].map(|word| word.as_bytes().to_vec())
    );
}

/// Runs `act` in a thread in which seccomp rejects a call with this error.
fn without(call: c_long, errno: c_int, act: impl FnOnce() + Send) {
    let step = |code, jump, k| libc::sock_filter {
        code,
        jt: 0,
        jf: jump,
        k,
    };
    // Load the number of the call; fail if it is this one; allow the rest.
    let program = [
        step(0x20, 0, 0),
        step(0x15, 1, u32::try_from(call).unwrap()),
        step(
            0x06,
            0,
            libc::SECCOMP_RET_ERRNO | u32::try_from(errno).unwrap(),
        ),
        step(0x06, 0, libc::SECCOMP_RET_ALLOW),
    ];
    std::thread::scope(|scope| {
        let limited = move || {
            rustix::thread::set_no_new_privs(true).unwrap();
            if crate::net::sys::filter_system_calls(&program).is_ok() {
                act();
            }
        };
        scope.spawn(limited).join().unwrap();
    });
}

#[test]
#[cfg_attr(miri, ignore = "Miri has no seccomp")]
fn messages_are_sent_one_by_one_if_the_batch_call_is_missing_or_forbidden() {
    for errno in [libc::ENOSYS, libc::EPERM] {
        for call in [libc::SYS_sendmmsg, libc::SYS_recvmmsg] {
            without(call, errno, || {
                batch_is_sent_and_received_in_order();
                batch_receives_no_more_than_its_slots();
                batch_is_sent_up_to_a_failed_message_and_then_returns_its_error();
                empty_error_queue_would_block_and_leaves_messages_queued();
            });
        }
    }
}

#[test]
#[cfg_attr(miri, ignore = "Miri has no seccomp")]
fn call_is_missing_only_if_it_fails_without_a_descriptor_too() {
    let error = io::Error::from_raw_os_error;
    for call in [Call::ReceiveMany, Call::Send, Call::SendMany, Call::SendTo] {
        assert!(!is_missing(call, &error(libc::ENOSYS)));
        assert!(!is_missing(call, &error(libc::EPERM)));
    }
    without(libc::SYS_sendmsg, libc::EPERM, || {
        assert!(is_missing(Call::Send, &error(libc::EPERM)));
        assert!(!is_missing(Call::Send, &error(libc::EACCES)));
        assert!(!is_missing(Call::SendTo, &error(libc::EPERM)));
    });
}

#[test]
fn batch_receives_no_more_than_its_slots() {
    let (socket, own, _) = udp();
    send_words(socket.as_fd(), &[&own[..]; 3]).unwrap();
    assert_eq!(receive_all(socket.as_fd(), 2, 0).unwrap().len(), 2);
    assert_eq!(receive_all(socket.as_fd(), 2, 0).unwrap().len(), 1);
    let error = receive_all(socket.as_fd(), 2, 0).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
}

#[test]
fn batch_sends_no_more_than_one_call_takes() {
    let (socket, own, _) = udp();
    assert_eq!(
        send_words(socket.as_fd(), &[&own[..]; BATCH_MAX + 9]).unwrap(),
        BATCH_MAX
    );
    assert_eq!(
        receive_all(socket.as_fd(), 2 * BATCH_MAX, 0).unwrap().len(),
        BATCH_MAX
    );
}

#[test]
fn batch_is_sent_up_to_a_failed_message_and_then_returns_its_error() {
    let (socket, own, foreign) = udp();
    let to = [&own[..], &own, &foreign, &own];
    assert_eq!(send_words(socket.as_fd(), &to).unwrap(), 2);
    let error = send_words(socket.as_fd(), &to[2..]).unwrap_err();
    assert_eq!(error.raw_os_error(), Some(libc::EAFNOSUPPORT));
}

#[test]
fn empty_error_queue_would_block_and_leaves_messages_queued() {
    let (socket, own, _) = udp();
    send_words(socket.as_fd(), &[&own[..]]).unwrap();
    let error = receive_all(socket.as_fd(), 9, libc::MSG_ERRQUEUE).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
    assert_eq!(receive_all(socket.as_fd(), 9, 0).unwrap().len(), 1);
}

#[test]
fn empty_receive_queue_would_block() {
    let (_left, right) = UnixDatagram::pair().unwrap();
    let error = receive(right.as_fd(), &mut [0; 4], &mut [], &mut [], 0).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
}
