//! Sends and receives messages, one at a time or in batches.

use std::io;
use std::mem;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::ptr;

use libc::{c_int, c_long, c_uint, c_ulong, c_void, iovec};

use super::{counted, done, fit};

/// A system call that a kernel may lack, or seccomp may forbid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::net) enum Call {
    ReceiveMany,
    Send,
    SendMany,
    SendTo,
}

/// Whether the call itself is missing or forbidden: then it fails with the same error for the descriptor -1, instead of
/// `EBADF`.
pub(in crate::net) fn is_missing(call: Call, error: &io::Error) -> bool {
    let number = error.raw_os_error();
    if !matches!(number, Some(libc::ENOSYS | libc::EPERM | libc::EACCES)) {
        return false;
    }
    let call = match call {
        Call::ReceiveMany => libc::SYS_recvmmsg,
        Call::Send => libc::SYS_sendmsg,
        Call::SendMany => libc::SYS_sendmmsg,
        Call::SendTo => libc::SYS_sendto,
    };
    let (descriptor, none): (c_long, c_ulong) = (-1, 0);
    // SAFETY: there is no descriptor, and each pointer is null with a length of zero.
    let result = unsafe { libc::syscall(call, descriptor, none, none, none, none, none) };
    result < 0 && io::Error::last_os_error().raw_os_error() == number
}

/// The most messages that one call sends or receives.
pub(in crate::net) const BATCH_MAX: usize = 64;

/// How much of each buffer a `recvmsg` has filled, and its flags.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::net) struct Filled {
    /// Octets of data, at most the size of the buffer.
    pub(in crate::net) data: usize,
    /// Octets of the sender's address.
    pub(in crate::net) name: usize,
    /// Octets of control messages.
    pub(in crate::net) control: usize,
    /// `MSG_TRUNC`, `MSG_CTRUNC`, `MSG_ERRQUEUE`.
    pub(in crate::net) flags: c_int,
}

/// Receives one message or one entry of the error queue, without blocking.
pub(in crate::net) fn receive(
    socket: BorrowedFd<'_>,
    data: &mut [u8],
    name: &mut [u8],
    control: &mut [u8],
    flags: c_int,
) -> io::Result<Filled> {
    let mut vector = vector(data);
    // SAFETY: a `msghdr` is integers and pointers, for which all octets zero are valid values (null pointers with
    // lengths of zero). It is not built as a literal because musl gives it private padding.
    let mut message: libc::msghdr = unsafe { mem::zeroed() };
    prepare_receive(&mut message, &raw mut vector, name, control)?;
    // SAFETY: `message` points to one vector and to three buffers that outlive the call, are borrowed mutably for
    // nobody else, and have exactly the lengths given; the kernel writes no more than that. All of them hold plain
    // octets, and the addresses need no alignment because the kernel copies octet by octet.
    let received = unsafe {
        libc::recvmsg(
            socket.as_raw_fd(),
            &raw mut message,
            flags | libc::MSG_DONTWAIT,
        )
    };
    let data = usize::try_from(received).map_err(|_| io::Error::last_os_error())?;
    filled(data, &message)
}

/// The buffers of one message to receive.
#[derive(Debug)]
pub(in crate::net) struct RecvSlot<'a> {
    pub(in crate::net) data: &'a mut [u8],
    pub(in crate::net) name: &'a mut [u8],
    pub(in crate::net) control: &'a mut [u8],
}

/// Receives messages or entries of the error queue without blocking: at most [`BATCH_MAX`], and at most the number of slots.
/// Returns how many, and writes to `each` how much of each slot is filled.
// Not inlined: in the frame of its caller, the arrays would push the data of a single message to uncached stack.
#[inline(never)]
pub(in crate::net) fn receive_many<'a>(
    socket: BorrowedFd<'_>,
    slots: impl Iterator<Item = RecvSlot<'a>>,
    each: &mut [Filled],
    flags: c_int,
) -> io::Result<usize> {
    let mut vectors = [EMPTY; BATCH_MAX];
    // SAFETY: a `mmsghdr` is a `msghdr` and an integer; see `receive` for why all octets zero are valid values.
    let mut headers: [libc::mmsghdr; BATCH_MAX] = unsafe { mem::zeroed() };
    let mut count: c_uint = 0;
    let places = vectors.iter_mut().zip(&mut headers).zip(&*each);
    for (((place, header), _), slot) in places.zip(slots) {
        *place = vector(slot.data);
        prepare_receive(
            &mut header.msg_hdr,
            &raw mut *place,
            slot.name,
            slot.control,
        )?;
        count += 1;
    }
    let socket = socket.as_raw_fd();
    let each_flags = flags | libc::MSG_DONTWAIT;
    let flags = fit(each_flags)?;
    // SAFETY: the first `count` headers, of which there are no more than in the array, were prepared above. Each points
    // to a vector of its own, which lives until the end of this function, and to three buffers that are borrowed
    // mutably, each for itself and for longer than the call, with exactly the lengths given; the kernel writes no more
    // than that. All of them hold plain octets, which need no alignment. No time is given, which a null pointer says.
    let received =
        unsafe { libc::recvmmsg(socket, headers.as_mut_ptr(), count, flags, ptr::null_mut()) };
    let received = match counted(received) {
        Err(error) if is_missing(Call::ReceiveMany, &error) => {
            let headers = headers.iter_mut().zip(0..count);
            one_by_one(headers.map(|(header, _)| header), |header| {
                // SAFETY: as above, of one message.
                unsafe { libc::recvmsg(socket, header, each_flags) }
            })
        }
        outcome => outcome,
    }?;
    for (told, header) in each.iter_mut().zip(&headers).take(received) {
        *told = filled(fit(header.msg_len)?, &header.msg_hdr)?;
    }
    Ok(received)
}

/// A message to send.
#[derive(Debug)]
pub(in crate::net) struct Outgoing<'a> {
    pub(in crate::net) data: &'a [u8],
    /// A `sockaddr_in` or `sockaddr_in6`.
    pub(in crate::net) to: &'a [u8],
    pub(in crate::net) control: &'a [u8],
}

/// Sends a message without blocking, with the cheapest call: `sendto`, or `sendmsg` with control messages.
pub(in crate::net) fn send(socket: BorrowedFd<'_>, message: &Outgoing<'_>) -> io::Result<()> {
    let (socket, flags) = (socket.as_raw_fd(), libc::MSG_DONTWAIT);
    let Outgoing { data, to, control } = message;
    let sent = if control.is_empty() {
        // SAFETY: the kernel reads as many octets of the message and of the address as there are; both outlive the call,
        // and need no alignment because the kernel copies octet by octet.
        unsafe {
            libc::sendto(
                socket,
                data.as_ptr().cast::<c_void>(),
                data.len(),
                flags,
                to.as_ptr().cast::<c_void>().cast::<libc::sockaddr>(),
                fit(to.len())?,
            )
        }
    } else {
        let mut vector = EMPTY;
        // SAFETY: see `receive` for why all octets zero are valid values.
        let mut header: libc::msghdr = unsafe { mem::zeroed() };
        prepare_send(&mut header, &mut vector, message)?;
        // SAFETY: the header points to one vector and to a message, an address and control messages that outlive the call
        // and have the lengths given; the kernel only reads them, in spite of the pointers' type.
        unsafe { libc::sendmsg(socket, &raw const header, flags) }
    };
    done(sent)
}

/// Points a zeroed header to a message, through this vector. Both must outlive the use of the header.
fn prepare_send(
    header: &mut libc::msghdr,
    vector: &mut iovec,
    message: &Outgoing<'_>,
) -> io::Result<()> {
    *vector = iovec {
        iov_base: message.data.as_ptr().cast_mut().cast::<c_void>(),
        iov_len: message.data.len(),
    };
    header.msg_name = message.to.as_ptr().cast_mut().cast::<c_void>();
    header.msg_namelen = fit(message.to.len())?;
    header.msg_iov = &raw mut *vector;
    header.msg_iovlen = fit(1_usize)?;
    header.msg_control = message.control.as_ptr().cast_mut().cast::<c_void>();
    header.msg_controllen = fit(message.control.len())?;
    Ok(())
}

/// Sends messages in their order without blocking, at most [`BATCH_MAX`]. Returns the number of sent ones, at least 1. If
/// not all were sent, the next call returns the error of the first remaining one.
#[inline(never)] // As `receive_many`.
pub(in crate::net) fn send_many<'a>(
    socket: BorrowedFd<'_>,
    messages: impl Iterator<Item = Outgoing<'a>>,
) -> io::Result<usize> {
    let mut vectors = [EMPTY; BATCH_MAX];
    // SAFETY: a `mmsghdr` is a `msghdr` and an integer; see `receive` for why all octets zero are valid values.
    let mut headers: [libc::mmsghdr; BATCH_MAX] = unsafe { mem::zeroed() };
    let mut count: c_uint = 0;
    for ((place, header), message) in vectors.iter_mut().zip(&mut headers).zip(messages) {
        prepare_send(&mut header.msg_hdr, place, &message)?;
        count += 1;
    }
    let socket = socket.as_raw_fd();
    let flags = libc::MSG_DONTWAIT;
    // SAFETY: the first `count` headers, of which there are no more than in the array, were prepared above. Each points
    // to a vector of its own, which lives until the end of this function, and to a message, an address and control
    // messages that are borrowed for longer than the call and have the lengths given; the kernel only reads them, in
    // spite of the pointers' type, and writes only to `msg_len` of the headers. It is called directly, because musl's
    // function on 64-bit machines is a loop over `sendmsg`; the structures that both C libraries declare are the
    // kernel's as long as their padding is zero, which it is. All arguments have the width of a register.
    let sent = unsafe {
        libc::syscall(
            libc::SYS_sendmmsg,
            c_long::from(socket),
            headers.as_mut_ptr(),
            c_ulong::from(count),
            c_long::from(flags),
        )
    };
    match counted(sent) {
        Err(error) if is_missing(Call::SendMany, &error) => {
            let headers = headers.iter_mut().zip(0..count);
            one_by_one(headers.map(|(header, _)| header), |header| {
                // SAFETY: as above, of one message.
                unsafe { libc::sendmsg(socket, header, flags) }
            })
        }
        outcome => outcome,
    }
}

/// Makes one call for each message until one fails. Returns the number of successes, or the error of the first message.
fn one_by_one<'a>(
    headers: impl Iterator<Item = &'a mut libc::mmsghdr>,
    call: impl Fn(&mut libc::msghdr) -> libc::ssize_t,
) -> io::Result<usize> {
    let mut count = 0;
    for header in headers {
        match counted(call(&mut header.msg_hdr)) {
            Ok(length) => header.msg_len = fit(length)?,
            Err(error) if count == 0 => return Err(error),
            Err(_) => break,
        }
        count += 1;
    }
    Ok(count)
}

const EMPTY: iovec = iovec {
    iov_base: ptr::null_mut(),
    iov_len: 0,
};

fn vector(data: &mut [u8]) -> iovec {
    iovec {
        iov_base: data.as_mut_ptr().cast::<c_void>(),
        iov_len: data.len(),
    }
}

/// Points a zeroed header to buffers, which must outlive its use.
fn prepare_receive(
    header: &mut libc::msghdr,
    vector: *mut iovec,
    name: &mut [u8],
    control: &mut [u8],
) -> io::Result<()> {
    // With an empty buffer the kernel would still write the length. Null requests no name.
    if !name.is_empty() {
        header.msg_name = name.as_mut_ptr().cast::<c_void>();
        header.msg_namelen = fit(name.len())?;
    }
    header.msg_iov = vector;
    header.msg_iovlen = fit(1_usize)?;
    header.msg_control = control.as_mut_ptr().cast::<c_void>();
    header.msg_controllen = fit(control.len())?;
    Ok(())
}

fn filled(data: usize, header: &libc::msghdr) -> io::Result<Filled> {
    Ok(Filled {
        data,
        name: fit(header.msg_namelen)?,
        control: fit(header.msg_controllen)?,
        flags: header.msg_flags,
    })
}

#[cfg(test)]
mod tests;
