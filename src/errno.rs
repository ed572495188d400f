//! System errors in glibc's words, whatever C library the program is built with.
//!
//! Scripts look for the texts that iputils prints on most machines. Some of musl's differ.

use std::io;

/// The text of an error, without the suffix of the standard library: ` (os error 101)`.
///
/// ```
/// let error = std::io::Error::from_raw_os_error(libc::ENETUNREACH);
/// assert_eq!(rping::errno::text(&error), "Network is unreachable");
/// ```
#[must_use]
pub fn text(error: &io::Error) -> String {
    let text = error.to_string();
    let Some(number) = error.raw_os_error() else {
        return text;
    };
    if let Some((_, text)) = TEXTS.iter().find(|(known, _)| *known == number) {
        return (*text).to_owned();
    }
    let appended = format!(" (os error {number})");
    text.strip_suffix(&appended).unwrap_or(&text).to_owned()
}

/// The errors of sockets, files and limits whose text differs in musl.
const TEXTS: &[(i32, &str)] = &[
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
    fn texts_equal_those_of_glibc() {
        for (number, expected) in TEXTS {
            let text = io::Error::from_raw_os_error(*number).to_string();
            assert_eq!(text, format!("{expected} (os error {number})"));
        }
    }

    #[test]
    #[cfg_attr(miri, ignore = "Miri has words of its own for errors of the system")]
    fn suffix_of_the_standard_library_is_removed() {
        let refused = io::Error::from_raw_os_error(libc::ECONNREFUSED);
        assert_eq!(text(&refused), "Connection refused");
        let own = io::Error::other("cannot (os error 111)");
        assert_eq!(text(&own), "cannot (os error 111)");
    }

    #[test]
    fn text_of_the_table_does_not_come_from_the_c_library() {
        let full = io::Error::from_raw_os_error(libc::EMFILE);
        assert_eq!(text(&full), "Too many open files");
    }
}
