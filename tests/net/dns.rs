//! A scripted name server on the loopback interface of a trial, and system files that refer to it.

use crate::sys;
use std::net::UdpSocket;
use std::os::fd::AsFd;
use std::panic::resume_unwind;
use std::path::PathBuf;
use std::thread::{self, JoinHandle};

/// A type of record, and response codes (RFC 1035, sections 3.2.2 and 4.1.1).
pub(crate) const A: u16 = 1;
pub(crate) const PTR: u16 = 12;
pub(crate) const AAAA: u16 = 28;
pub(crate) const FORMAT_ERROR: u8 = 1;
pub(crate) const SERVER_FAILURE: u8 = 2;
pub(crate) const NAME_ERROR: u8 = 3;
pub(crate) const NOT_IMPLEMENTED: u8 = 4;
pub(crate) const REFUSED: u8 = 5;

/// Replaces system files for this trial and its programs, until it is dropped.
pub(crate) struct Files(#[expect(dead_code, reason = "only to be dropped")] tempfile::TempDir);

/// Replaces these files with these texts.
pub(crate) fn replace<T: AsRef<[u8]>>(files: &[(&str, T)]) -> Files {
    sys::unshare(libc::CLONE_NEWNS).unwrap();
    let directory = tempfile::tempdir().unwrap();
    for (number, (target, text)) in files.iter().enumerate() {
        let file = directory.path().join(number.to_string());
        std::fs::write(&file, text).unwrap();
        sys::mount(file.to_str(), target).unwrap();
    }
    Files(directory)
}

/// Replaces `/etc` and `/run` for this trial and its programs.
pub(crate) struct Directories(tempfile::TempDir);

impl Directories {
    /// Lookups go to a server [`of_a_manager`](Server::of_a_manager). Its timeout is longer than any trial may take.
    pub(crate) fn replace() -> Self {
        sys::unshare(libc::CLONE_NEWNS).unwrap();
        let directory = tempfile::tempdir().unwrap();
        for name in ["etc", "run"] {
            let own = directory.path().join(name);
            std::fs::create_dir(&own).unwrap();
            sys::mount(own.to_str(), &format!("/{name}")).unwrap();
        }
        for (name, text) in [
            ("hosts", ""),
            ("nsswitch.conf", "hosts: files dns\n"),
            ("resolv.conf", OF_A_MANAGER),
        ] {
            std::fs::write(directory.path().join("etc").join(name), text).unwrap();
        }
        Self(directory)
    }

    /// Acts like a network manager: creates a directory in `/run`, and makes `/etc/resolv.conf` a link into it. Any
    /// thread may call the returned function.
    pub(crate) fn network_manager(&self) -> impl Fn() + Send + 'static {
        self.link_into("/run/manager", self.0.path().join("run/manager"))
    }

    /// The same with a directory that no network manager uses.
    pub(crate) fn link_elsewhere(&self) -> impl Fn() + Send + 'static {
        let elsewhere = self.0.path().join("elsewhere");
        let known_as = elsewhere.to_str().unwrap().to_owned();
        self.link_into(&known_as, elsewhere)
    }

    /// Creates the directory of a user's session in `/run`.
    pub(crate) fn user_is_logged_in(&self) {
        std::fs::create_dir_all(self.0.path().join("run/user/1000")).unwrap();
    }

    fn link_into(&self, known_as: &str, directory: PathBuf) -> impl Fn() + Send + use<> {
        let etc = self.0.path().join("etc");
        let target = format!("{known_as}/resolv.conf");
        move || {
            std::fs::create_dir(&directory).unwrap();
            std::fs::write(directory.join("resolv.conf"), OF_A_MANAGER).unwrap();
            let new = etc.join("resolv.conf.new");
            std::os::unix::fs::symlink(&target, &new).unwrap();
            std::fs::rename(new, etc.join("resolv.conf")).unwrap();
        }
    }
}

const OF_A_MANAGER: &str = "nameserver 127.0.0.2\noptions timeout:30 attempts:1\n";
const RESOLVER: &str = "nameserver 127.0.0.1\noptions timeout:30 attempts:1\n";

/// Lookups go to the trial's name server, with a timeout longer than any trial may take.
pub(crate) fn ask_the_server() -> Files {
    replace(&[
        ("/etc/nsswitch.conf", "hosts: files dns\n"),
        ("/etc/resolv.conf", RESOLVER),
    ])
}

pub(crate) struct Question {
    packet: Vec<u8>,
    /// Its labels with dots between them.
    pub(crate) name: String,
    pub(crate) kind: u16,
}

impl Question {
    fn read(packet: &[u8]) -> Self {
        let mut labels = Vec::new();
        let mut at = 12;
        while packet[at] != 0 {
            let end = at + 1 + usize::from(packet[at]);
            labels.push(String::from_utf8_lossy(&packet[at + 1..end]).into_owned());
            at = end;
        }
        Self {
            // Without the additional record of EDNS after the question.
            packet: packet[..at + 5].to_vec(),
            name: labels.join("."),
            kind: u16::from_be_bytes([packet[at + 1], packet[at + 2]]),
        }
    }

    /// An answer with an alias, and an IPv4 address of that name.
    pub(crate) fn alias(&self, labels: &[&[u8]], address: &[u8]) -> Vec<u8> {
        let canonical = name(labels);
        let mut packet = self.answer(0, std::slice::from_ref(&canonical));
        // The type of the answer's last record.
        let kind = packet.len() - canonical.len() - 10;
        packet[kind..kind + 2].copy_from_slice(&[0, 5]);
        packet[7] = 2;
        packet.extend(canonical);
        packet.extend([0, 1, 0, 1, 0, 0, 0, 0, 0, 4]);
        packet.extend(address);
        packet
    }

    /// An answer with this code, and with this data in records of the requested type.
    pub(crate) fn answer(&self, code: u8, records: &[Vec<u8>]) -> Vec<u8> {
        let mut packet = self.packet.clone();
        let count = u16::try_from(records.len()).unwrap();
        packet[2..4].copy_from_slice(&[0x81, 0x80 | code]);
        packet[4..12].fill(0);
        packet[5] = 1;
        packet[6..8].copy_from_slice(&count.to_be_bytes());
        for record in records {
            // A pointer to the name in the question, the type, the class, and the time to live.
            packet.extend([0xc0, 12]);
            packet.extend(self.kind.to_be_bytes());
            packet.extend([0, 1, 0, 0, 0, 0]);
            packet.extend(u16::try_from(record.len()).unwrap().to_be_bytes());
            packet.extend(record);
        }
        packet
    }
}

/// The encoded name of arbitrary labels.
pub(crate) fn name(labels: &[&[u8]]) -> Vec<u8> {
    let mut octets = Vec::new();
    for label in labels {
        octets.push(u8::try_from(label.len()).unwrap());
        octets.extend(*label);
    }
    octets.push(0);
    octets
}

/// Answers questions as a script says, until it is dropped.
pub(crate) struct Server {
    stop: Option<std::io::PipeWriter>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// `script` returns the answer to a question, or `None`.
    pub(crate) fn start(script: impl FnMut(&Question) -> Option<Vec<u8>> + Send + 'static) -> Self {
        Self::at("127.0.0.1:53", script)
    }

    /// At another address than the default one of resolvers.
    pub(crate) fn of_a_manager(
        script: impl FnMut(&Question) -> Option<Vec<u8>> + Send + 'static,
    ) -> Self {
        Self::at("127.0.0.2:53", script)
    }

    fn at(
        address: &str,
        mut script: impl FnMut(&Question) -> Option<Vec<u8>> + Send + 'static,
    ) -> Self {
        let socket = UdpSocket::bind(address).unwrap();
        let (stopped, stop) = std::io::pipe().unwrap();
        let thread = thread::spawn(move || {
            let mut buffer = [0; 1500];
            loop {
                let [stopping, asked] =
                    sys::wait([Some(stopped.as_fd()), Some(socket.as_fd())]).unwrap();
                if stopping {
                    return;
                }
                if asked {
                    let (length, from) = socket.recv_from(&mut buffer).unwrap();
                    if let Some(answer) = script(&Question::read(&buffer[..length])) {
                        // The client may have exited.
                        let _ = socket.send_to(&answer, from);
                    }
                }
            }
        });
        Self {
            stop: Some(stop),
            thread: Some(thread),
        }
    }
}

/// A server without any names: musl asks one whatever nsswitch.conf says.
pub(crate) fn that_knows_nothing() -> Server {
    Server::start(|question| Some(question.answer(NAME_ERROR, &[])))
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.stop.take()); // Closing the pipe wakes the thread.
        let result = self.thread.take().map_or(Ok(()), JoinHandle::join);
        if let Err(panic) = result
            && !thread::panicking()
        {
            resume_unwind(panic);
        }
    }
}
