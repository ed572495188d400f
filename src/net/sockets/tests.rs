//! With real sockets, on the loopback interface only. What needs a privilege that is not there is skipped.

mod many;
mod one;
