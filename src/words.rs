//! Errors of the system in words.
//!
//! The words are glibc's, whatever C library the program is built with: scripts look for what iputils prints on most
//! machines, and musl says some of it in other words.

use std::io;

/// The text of an error, without what Rust appends to those of the system: ` (os error 101)`.
///
/// ```
/// let error = std::io::Error::from_raw_os_error(libc::ENETUNREACH);
/// assert_eq!(rping::words::of(&error), "Network is unreachable");
/// ```
#[must_use]
pub fn of(error: &io::Error) -> String {
    let text = error.to_string();
    let Some(number) = error.raw_os_error() else {
        return text;
    };
    if let Some((_, words)) = WORDS.iter().find(|(known, _)| *known == number) {
        return (*words).to_owned();
    }
    let appended = format!(" (os error {number})");
    text.strip_suffix(&appended).unwrap_or(&text).to_owned()
}

/// What musl says in other words, of the errors that sockets, files and limits bring about.
const WORDS: &[(i32, &str)] = &[
    (libc::EADDRINUSE, "Address already in use"),
    (libc::EADDRNOTAVAIL, "Cannot assign requested address"),
    (
        libc::EAFNOSUPPORT,
        "Address family not supported by protocol",
    ),
    (libc::EBADMSG, "Bad message"),
    (libc::EHOSTUNREACH, "No route to host"),
    (libc::EIO, "Input/output error"),
    (libc::EMFILE, "Too many open files"),
    (libc::EMSGSIZE, "Message too long"),
    (libc::ENETDOWN, "Network is down"),
    (libc::ENETUNREACH, "Network is unreachable"),
    (libc::ENOMEM, "Cannot allocate memory"),
    (libc::ENOTSOCK, "Socket operation on non-socket"),
    (libc::ETIMEDOUT, "Connection timed out"),
    (libc::ETXTBSY, "Text file busy"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(all(target_env = "gnu", not(miri)))]
    fn they_are_those_of_glibc() {
        for (number, words) in WORDS {
            let text = io::Error::from_raw_os_error(*number).to_string();
            assert_eq!(text, format!("{words} (os error {number})"));
        }
    }

    #[test]
    #[cfg_attr(miri, ignore = "Miri has words of its own for errors of the system")]
    fn what_rust_appends_is_not_there() {
        let refused = io::Error::from_raw_os_error(libc::ECONNREFUSED);
        assert_eq!(of(&refused), "Connection refused");
        let own = io::Error::other("cannot (os error 111)");
        assert_eq!(of(&own), "cannot (os error 111)");
    }

    #[test]
    fn the_table_does_not_ask_the_library() {
        let full = io::Error::from_raw_os_error(libc::EMFILE);
        assert_eq!(of(&full), "Too many open files");
    }
}
