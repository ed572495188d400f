//! The name servers of resolv.conf(5), and queries to them.

use std::fs;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6, UdpSocket};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::question::{Question, Reply};
use super::scope_of;
use crate::clock::{Clock, SystemClock};
use crate::target::Host;

const FILE: &str = "/etc/resolv.conf";
/// The DNS port.
const PORT: u16 = 53;
/// The maximum number of servers (`MAXNS` of `resolv.h`).
const MAX_SERVERS: usize = 3;
/// More than the longest response without EDNS, 512 octets (RFC 1035, section 4.2.1).
const LONGEST_ANSWER: usize = 1500;

/// The servers that the file names, at most three; none if the file does not exist.
///
/// # Errors
/// The file cannot be read.
pub fn name_servers() -> io::Result<Vec<SocketAddr>> {
    match fs::read(FILE) {
        Ok(text) => Ok(Servers::named_in(&String::from_utf8_lossy(&text)).addresses),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

/// The error if this thread may not read the file; `None` if it can, or if there is no file.
pub(super) fn permission_error() -> Option<io::Error> {
    let error = fs::File::open(FILE).err()?;
    (error.kind() == io::ErrorKind::PermissionDenied).then_some(error)
}

/// The settings of resolv.conf, with musl's limits and defaults.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Servers {
    addresses: Vec<SocketAddr>,
    search: Vec<String>,
    /// A name with fewer dots is tried with the `search` domains first.
    dots: usize,
    /// The timeout of all attempts together.
    timeout: Duration,
    attempts: u32,
}

impl Servers {
    pub(super) fn read() -> Self {
        let text = fs::read(FILE).unwrap_or_default();
        Self::parse(&String::from_utf8_lossy(&text))
    }

    fn parse(text: &str) -> Self {
        let mut servers = Self::named_in(text);
        if servers.addresses.is_empty() {
            servers.addresses.push((Ipv4Addr::LOCALHOST, PORT).into());
        }
        servers
    }

    /// Without the server that is asked where none is named.
    fn named_in(text: &str) -> Self {
        let mut servers = Self {
            addresses: Vec::new(),
            search: Vec::new(),
            dots: 1,
            timeout: Duration::from_secs(5),
            attempts: 2,
        };
        // The C libraries ignore lines that begin with a blank.
        let begins_with_blank = |line: &&str| line.starts_with(|first: char| first.is_whitespace());
        for line in text.lines().filter(|line| !begins_with_blank(line)) {
            let mut words = line.split_ascii_whitespace();
            match words.next() {
                Some("nameserver") => servers.addresses.extend(words.next().and_then(address_of)),
                Some("search" | "domain") => servers.search = words.map(str::to_owned).collect(),
                Some("options") => words.for_each(|word| servers.option(word)),
                _ => {}
            }
        }
        servers.addresses.truncate(MAX_SERVERS);
        servers
    }

    fn option(&mut self, word: &str) {
        let Some((name, number)) = word.split_once(':') else {
            return;
        };
        let Ok(number) = number.parse::<u32>() else {
            return;
        };
        match name {
            "ndots" => self.dots = number.min(15) as usize,
            "timeout" => self.timeout = Duration::from_secs(number.clamp(1, 60).into()),
            "attempts" => self.attempts = number.clamp(1, 10),
            _ => {}
        }
    }

    /// The fully qualified names to query, in order.
    pub(super) fn candidates(&self, name: &str) -> Vec<String> {
        if name.ends_with('.') {
            return vec![name.to_owned()];
        }
        let searched = self.search.iter().map(|domain| format!("{name}.{domain}"));
        let as_typed = std::iter::once(name.to_owned());
        if name.matches('.').count() >= self.dots {
            as_typed.chain(searched).collect()
        } else {
            searched.chain(as_typed).collect()
        }
    }

    /// Sends all queries to all servers. The first response that says whether there are records decides a query. A query
    /// fails when no server may still respond, or after the timeout.
    pub(super) fn ask(&self, questions: &[Question]) -> Vec<Reply> {
        let sockets = self
            .addresses
            .iter()
            .filter_map(|server| open(*server).ok());
        let mut inquiry = Inquiry {
            questions,
            replies: vec![None; questions.len()],
            servers: sockets
                .map(|socket| (socket, questions.len()))
                .map(Server::new)
                .collect(),
        };
        for _ in 0..self.attempts {
            inquiry.send();
            let end = SystemClock.now().checked_add(self.timeout / self.attempts);
            while !inquiry.is_over() && inquiry.wait(end) {}
        }
        let replies = inquiry.replies.into_iter();
        replies
            .map(|reply| reply.unwrap_or(Reply::Failed))
            .collect()
    }
}

/// Opens a connected socket: only a connected one reports a closed port.
fn open(server: SocketAddr) -> io::Result<UdpSocket> {
    let any: IpAddr = match server {
        SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    };
    let socket = UdpSocket::bind((any, 0))?;
    socket.connect(server)?;
    socket.set_nonblocking(true)?;
    Ok(socket)
}

fn address_of(word: &str) -> Option<SocketAddr> {
    match Host::parse(word).ok()? {
        Host::Ipv4(address) => Some((address, PORT).into()),
        Host::Ipv6 { address, zone } => {
            let scope = zone.map_or(Ok(0), |zone| scope_of(word, address, &zone));
            Some(SocketAddrV6::new(address, PORT, 0, scope.ok()?).into())
        }
        Host::Name(_) => None,
    }
}

/// A server with queries in flight.
#[derive(Debug)]
struct Server {
    socket: UdpSocket,
    /// For each query, whether a response may still arrive.
    pending: Vec<bool>,
}

impl Server {
    fn new((socket, questions): (UdpSocket, usize)) -> Self {
        Self {
            socket,
            pending: vec![true; questions],
        }
    }
}

/// Queries in flight.
#[derive(Debug)]
struct Inquiry<'a> {
    questions: &'a [Question],
    replies: Vec<Option<Reply>>,
    servers: Vec<Server>,
}

impl Inquiry<'_> {
    /// Sends each undecided query to each server that may still respond.
    fn send(&mut self) {
        for Server { socket, pending } in &mut self.servers {
            let questions = self.questions.iter().zip(&self.replies).zip(&*pending);
            let open = questions.filter(|((_, reply), pending)| **pending && reply.is_none());
            let mut sent = open.map(|((question, _), _)| socket.send(question.packet()));
            // A send may report the ICMP error of an earlier one: the port is closed.
            if sent.any(|sent| sent.is_err()) {
                pending.fill(false);
            }
        }
    }

    /// Whether each query is decided, or no server may still respond.
    fn is_over(&self) -> bool {
        let mut replies = self.replies.iter().enumerate();
        replies.all(|(number, reply)| {
            let mut servers = self.servers.iter();
            reply.is_some() || servers.all(|server| server.pending.get(number) != Some(&true))
        })
    }

    /// Waits for responses; false on a timeout.
    fn wait(&mut self, end: Option<Instant>) -> bool {
        let left = end.map(|end| end.saturating_duration_since(SystemClock.now()));
        let left = left.and_then(|left| Timespec::try_from(left).ok());
        let sockets = self.servers.iter();
        let mut descriptors: Vec<PollFd<'_>> = sockets
            .map(|server| PollFd::new(&server.socket, PollFlags::IN))
            .collect();
        match poll(&mut descriptors, left.as_ref()) {
            Err(rustix::io::Errno::INTR) => return true,
            Ok(0) | Err(_) => return false,
            Ok(_) => {}
        }
        let ready: Vec<bool> = descriptors
            .iter()
            .map(|descriptor| !descriptor.revents().is_empty())
            .collect();
        for (server, _) in self
            .servers
            .iter_mut()
            .zip(ready)
            .filter(|(_, ready)| *ready)
        {
            let mut datagram = [0; LONGEST_ANSWER];
            match server.socket.recv(&mut datagram) {
                Ok(length) => {
                    let datagram = datagram.get(..length).unwrap_or_default();
                    record(
                        self.questions,
                        datagram,
                        &mut server.pending,
                        &mut self.replies,
                    );
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                // Usually a closed port.
                Err(_) => server.pending.fill(false),
            }
        }
        true
    }
}

/// Records the response in a datagram of one server.
fn record(
    questions: &[Question],
    datagram: &[u8],
    pending: &mut [bool],
    replies: &mut [Option<Reply>],
) {
    for ((question, pending), known) in questions.iter().zip(pending).zip(replies) {
        match question.reply(datagram) {
            Some(Reply::Failed) => *pending = false,
            Some(reply) if known.is_none() => *known = Some(reply),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_domains_and_options_are_parsed() {
        let servers = Servers::parse(
            "# of this host\n\
             nameserver 192.0.2.1\n\
             nameserver nonsense\n\
             domain old.example\n\
             search  lan.example\tcorp.example\n\
             options timeout:3 attempts:0 ndots:99 edns0 rotate:x\n\
             nameserver\t2001:db8::1\n\
             nameserver 192.0.2.3\n\
             nameserver 192.0.2.4",
        );
        let addresses = ["192.0.2.1:53", "[2001:db8::1]:53", "192.0.2.3:53"];
        assert_eq!(
            servers,
            Servers {
                addresses: addresses.map(|address| address.parse().unwrap()).to_vec(),
                search: vec!["lan.example".to_owned(), "corp.example".to_owned()],
                dots: 15,
                timeout: Duration::from_secs(3),
                attempts: 1,
            }
        );
        let local = Servers::parse("").addresses;
        assert_eq!(local, ["127.0.0.1:53".parse().unwrap()]);
    }

    #[test]
    fn indented_lines_are_ignored() {
        let indented = Servers::parse(
            "  nameserver 192.0.2.1\n\
             \tsearch lan.example\n \
             options timeout:30",
        );
        assert_eq!(indented, Servers::parse(""));
    }

    #[test]
    fn name_without_dots_is_tried_with_the_search_domains_first() {
        let servers = Servers::parse("search lan.example");
        assert_eq!(servers.candidates("web"), ["web.lan.example", "web"]);
        assert_eq!(servers.candidates("web.a"), ["web.a", "web.a.lan.example"]);
        assert_eq!(servers.candidates("web."), ["web."]);
    }
}
