//! Facts about this machine that matter for a ping, read once for `--doctor`, without sending a packet.

use std::fs::{self, File};
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::ops::RangeInclusive;
use std::os::fd::AsFd;
use std::os::unix::fs::MetadataExt as _;
use std::path::PathBuf;

use rustix::fs::{StatVfsMountFlags, fgetxattr, fstatvfs};
use rustix::process::{Resource, getegid, getgroups, getrlimit, getuid};

use super::confine;
use super::identity::{Family, Kind};
use super::lacking::Lacking;
use super::open::{open, prepare};
use super::open_error::Obstacle;
use super::privilege::Privileges;
use super::request::{SocketRequest, SocketTargets};
use super::stamping::Stamping;
use super::{DepartureStamps, device, sys};
use crate::config::{ClockChoice, Request, SocketOptions};

/// The capabilities of a file (capabilities(7)).
const CAPABILITIES: &str = "security.capability";
/// `CAP_NET_RAW` of `linux/capability.h`, as a bit.
const NET_RAW: u32 = 1 << 13;
/// `S_ISUID`.
const SET_UID: u32 = 0o4000;

/// Facts about this machine, this program and its user.
#[derive(Debug)]
pub struct Machine {
    /// The user who started the program.
    pub user: u32,
    /// The user's groups that the kernel compares with the range of ping sockets, ascending.
    pub groups: Vec<u32>,
    /// The file of this program.
    pub program: Program,
    /// Whether this process may raise `CAP_NET_RAW`.
    pub may_raise: bool,
    /// Why a capability of the program's file cannot help, if it cannot.
    pub obstacle: Option<Obstacle>,
    /// Whether user IDs are those of the host; `None` without `/proc`.
    pub has_host_ids: Option<bool>,
    /// The facts about IPv4 and IPv6.
    pub families: [FamilyFacts; 2],
    /// The groups that may use ping sockets; none where the system does not say.
    pub ping_groups: Option<RangeInclusive<u32>>,
    /// The available time stamps.
    pub stamps: StampFacts,
    /// The limit of open files; `None` if unlimited.
    pub open_files: Option<u64>,
    /// How far this process can be confined like a run.
    pub confinement: Confinement,
}

/// The file of this program.
#[derive(Debug, Default)]
pub struct Program {
    /// Its path; `None` without `/proc`.
    pub path: Option<PathBuf>,
    /// The file capability `CAP_NET_RAW`, if the file has it.
    pub capability: Option<FileCapability>,
    /// Whether the file belongs to root and runs with its rights.
    pub is_setuid_root: bool,
    /// Whether its mount ignores the privileges of files.
    pub is_nosuid: bool,
}

/// The file capability `CAP_NET_RAW`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileCapability {
    /// May be raised (`+p`).
    pub permitted: bool,
    /// May be raised by processes with it in the inheritable set (`+i`).
    pub inheritable: bool,
    /// In force from the start (`+e`); if that is impossible, the program does not start.
    pub effective: bool,
}

/// The facts about one address family.
#[derive(Debug)]
pub struct FamilyFacts {
    /// The family.
    pub family: Family,
    /// Whether a raw socket can be opened.
    pub raw: io::Result<()>,
    /// Whether a ping socket can be opened.
    pub ping: io::Result<()>,
    /// Whether this host can reach itself.
    pub loopback: io::Result<()>,
    /// Whether it has a route to other networks.
    pub beyond: io::Result<()>,
    /// Whether a setting disables the family.
    pub is_disabled: bool,
}

impl FamilyFacts {
    /// Whether one of the two kinds of socket can be opened.
    #[must_use]
    pub fn can_ping(&self) -> bool {
        self.raw.is_ok() || self.ping.is_ok()
    }
}

/// The available time stamps.
#[derive(Debug)]
pub struct StampFacts {
    /// Whether the kernel stamps received and sent packets.
    pub kernel: bool,
    /// The time stamps of each interface, in alphabetical order.
    pub interfaces: Vec<InterfaceStamps>,
}

/// The time stamps of an interface.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InterfaceStamps {
    /// Its name.
    pub name: String,
    /// Whether its driver stamps sent packets, as `--clock wire` needs.
    pub driver: bool,
    /// Whether its hardware stamps packets, as `--clock hardware` needs.
    pub hardware: Hardware,
}

/// The hardware clock of an interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hardware {
    /// It has none.
    None,
    /// Not enabled.
    Off,
    /// Enabled.
    On,
}

/// How far this process can be confined.
#[derive(Debug)]
pub struct Confinement {
    /// Whether a system call filter was already in force; `None` without `/proc`.
    pub was_filtered: Option<bool>,
    /// The version of Landlock.
    pub landlock: io::Result<i32>,
    /// Features that a run would lack.
    pub lacking: Lacking,
}

impl Machine {
    /// Reads all facts. Drops every privilege for good and confines this thread as in a run: afterwards it can only
    /// write to open files.
    ///
    /// # Errors
    /// A privilege could not be dropped, or the kernel can confine a thread but did not.
    pub fn examine(privileges: Privileges) -> io::Result<Self> {
        let mut lacking = Lacking::default();
        let families = [Family::Ipv4, Family::Ipv6].map(|family| {
            let facts = family_facts(family, &privileges);
            if facts.can_ping() {
                lacking.append(lacking_in(family, &privileges));
            }
            facts
        });
        let is_forbidden = |facts: &FamilyFacts| match &facts.raw {
            Err(error) => error.kind() == io::ErrorKind::PermissionDenied,
            Ok(()) => false,
        };
        let obstacle = families.iter().any(is_forbidden);
        let obstacle = obstacle.then(Privileges::obstacle).flatten();
        let facts = Self {
            user: getuid().as_raw(),
            groups: groups(),
            program: program(),
            may_raise: privileges.may_open_raw_sockets(),
            obstacle,
            has_host_ids: has_host_ids(),
            families,
            ping_groups: read("/proc/sys/net/ipv4/ping_group_range")
                .as_deref()
                .and_then(range_in),
            stamps: stamps(),
            open_files: getrlimit(Resource::Nofile).current,
            confinement: Confinement {
                was_filtered: read("/proc/thread-self/status")
                    .as_deref()
                    .and_then(was_filtered),
                landlock: sys::landlock_version(),
                lacking: Lacking::default(),
            },
        };
        lacking.append(privileges.lock_down()?);
        lacking.append(confine::as_the_loop()?);
        let confinement = Confinement {
            lacking,
            ..facts.confinement
        };
        Ok(Self {
            confinement,
            ..facts
        })
    }

    /// Whether rping can send a probe and receive the reply.
    #[must_use]
    pub fn can_ping(&self) -> bool {
        self.families.iter().any(FamilyFacts::can_ping)
    }
}

/// Looks up a route to this address without sending anything: connecting a UDP socket only looks up the route.
///
/// # Errors
/// Why there is no route.
pub fn look_for_route(to: SocketAddr) -> io::Result<()> {
    UdpSocket::bind(Family::of(to).unspecified())?.connect(to)
}

fn family_facts(family: Family, privileges: &Privileges) -> FamilyFacts {
    let (loopback, beyond, setting): (IpAddr, &[IpAddr], _) = match family {
        Family::Ipv4 => (Ipv4Addr::LOCALHOST.into(), &BEYOND_IPV4, None),
        Family::Ipv6 => (
            Ipv6Addr::LOCALHOST.into(),
            &BEYOND_IPV6,
            read("/proc/sys/net/ipv6/conf/all/disable_ipv6"),
        ),
    };
    let mut routes = beyond.iter().map(|to| look_for_route((*to, PORT).into()));
    let first = routes.next().unwrap_or(Ok(()));
    FamilyFacts {
        family,
        raw: open(family, Kind::Raw, privileges).map(drop),
        ping: open(family, Kind::Ping, privileges).map(drop),
        loopback: look_for_route((loopback, PORT).into()),
        beyond: first.or_else(|error| routes.find_map(Result::ok).ok_or(error)),
        is_disabled: setting.is_some_and(|setting| setting.trim() == "1"),
    }
}

/// `discard` (RFC 863). Nothing is sent to it.
const PORT: u16 = 9;

/// Documentation addresses (RFC 5737): no host has them, and they use the default route. Some networks discard one of them.
const BEYOND_IPV4: [IpAddr; 3] = [
    IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)),
    IpAddr::V4(Ipv4Addr::new(198, 51, 100, 1)),
    IpAddr::V4(Ipv4Addr::new(203, 0, 113, 1)),
];
/// The same for IPv6 (RFC 3849, RFC 9637).
const BEYOND_IPV6: [IpAddr; 2] = [
    IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1)),
    IpAddr::V6(Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 1)),
];

/// Features that a run over this family would lack: opens a socket as for many targets, and closes it.
fn lacking_in(family: Family, privileges: &Privileges) -> Lacking {
    let request = SocketRequest {
        targets: SocketTargets::Many(&[family]),
        options: &SocketOptions::default(),
        question: &Request::Echo,
        departures: DepartureStamps::Entry,
        traffic_class: false,
        quoted_headers: false,
        message_length: 64,
        random_identifier: 1,
        wake: None,
        terminal: None,
    };
    match prepare(&request, family, privileges) {
        Ok((_, lacking)) => lacking,
        Err(error) => {
            let mut lacking = Lacking::default();
            lacking.warn(error.to_string());
            lacking
        }
    }
}

fn groups() -> Vec<u32> {
    let mut groups: Vec<u32> = getgroups()
        .unwrap_or_default()
        .into_iter()
        .chain([getegid()])
        .map(rustix::process::Gid::as_raw)
        .collect();
    groups.sort_unstable();
    groups.dedup();
    groups
}

fn program() -> Program {
    let Ok(file) = File::open("/proc/self/exe") else {
        return Program::default();
    };
    let mut octets = [0; 64];
    let filled = fgetxattr(&file, CAPABILITIES, &mut octets[..]).unwrap_or(0);
    let metadata = file.metadata();
    let is_nosuid = fstatvfs(&file).is_ok_and(|it| it.f_flag.contains(StatVfsMountFlags::NOSUID));
    Program {
        path: std::env::current_exe().ok(),
        capability: octets.get(..filled).and_then(capability_in),
        is_setuid_root: metadata.is_ok_and(|it| it.uid() == 0 && it.mode() & SET_UID != 0),
        is_nosuid,
    }
}

/// Parses `struct vfs_cap_data` of `linux/capability.h`: a number whose lowest bit is the effective flag, then the
/// lower 32 permitted and the lower 32 inheritable capabilities.
fn capability_in(octets: &[u8]) -> Option<FileCapability> {
    let number = |place: usize| {
        let octets = octets.get(place..place + 4)?.try_into().ok()?;
        Some(u32::from_le_bytes(octets))
    };
    let [flags, permitted, inheritable] = [number(0)?, number(4)?, number(8)?];
    let capability = FileCapability {
        permitted: permitted & NET_RAW != 0,
        inheritable: inheritable & NET_RAW != 0,
        effective: flags & 1 != 0,
    };
    (capability.permitted || capability.inheritable).then_some(capability)
}

fn read(path: &str) -> Option<String> {
    fs::read_to_string(path).ok()
}

/// Parses a sysctl of two numbers: a range, empty if the first is larger.
fn range_in(text: &str) -> Option<RangeInclusive<u32>> {
    let mut numbers = text.split_whitespace().map(str::parse);
    let (first, last) = (numbers.next()?.ok()?, numbers.next()?.ok()?);
    Some(first..=last)
}

/// Whether a table of `/proc/PID/uid_map` maps all users to their own numbers (`user_namespaces`(7)).
fn is_identity(map: &str) -> bool {
    let words: Vec<&str> = map.split_whitespace().collect();
    words == ["0", "0", "4294967295"]
}

fn has_host_ids() -> Option<bool> {
    read("/proc/thread-self/uid_map").map(|map| is_identity(&map))
}

/// Whether `/proc/PID/status` shows a filter (proc(5): mode 2).
fn was_filtered(status: &str) -> Option<bool> {
    let mut lines = status.lines();
    let mode = lines.find_map(|line| line.strip_prefix("Seccomp:"))?;
    Some(mode.trim() == "2")
}

fn stamps() -> StampFacts {
    let sockets = [Ipv4Addr::UNSPECIFIED.into(), Ipv6Addr::UNSPECIFIED.into()]
        .map(|any: IpAddr| UdpSocket::bind((any, 0)));
    let asked = sockets.into_iter().find_map(Result::ok).map(|socket| {
        let departures = DepartureStamps::Entry;
        Stamping::request(socket.as_fd(), ClockChoice::Kernel, departures).has_departures()
    });
    let interfaces = device::names().into_iter().map(|name| {
        let clock = device::any_socket().and_then(|it| sys::clock_of(it.as_fd(), &name).ok());
        let (flags, is_on) = clock.unwrap_or_default();
        let both = libc::SOF_TIMESTAMPING_TX_HARDWARE | libc::SOF_TIMESTAMPING_RX_HARDWARE;
        InterfaceStamps {
            name,
            driver: flags & libc::SOF_TIMESTAMPING_TX_SOFTWARE != 0,
            hardware: match (flags & both == both, is_on) {
                (false, _) => Hardware::None,
                (true, false) => Hardware::Off,
                (true, true) => Hardware::On,
            },
        }
    });
    StampFacts {
        kernel: asked.unwrap_or(false),
        interfaces: interfaces.collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The attribute that `setcap cap_net_raw=...` writes (revision 2, `linux/capability.h`).
    fn attribute(flags: u8, permitted: u32, inheritable: u32) -> Vec<u8> {
        let numbers = [permitted, inheritable, 0, 0].map(u32::to_le_bytes);
        [&[flags, 0, 0, 2][..], &numbers.concat()].concat()
    }

    #[test]
    fn capability_of_a_file_is_read_with_its_sets() {
        let raw = 0x2000;
        let told = |octets: &[u8]| {
            let told = capability_in(octets)?;
            Some((told.permitted, told.inheritable, told.effective))
        };
        assert_eq!(told(&attribute(0, raw, 0)), Some((true, false, false)));
        assert_eq!(told(&attribute(1, raw, 0)), Some((true, false, true)));
        assert_eq!(told(&attribute(0, 0, raw)), Some((false, true, false)));
        // CAP_NET_ADMIN alone.
        assert_eq!(told(&attribute(1, 0x1000, 0)), None);
        assert_eq!(told(&[]), None);
        assert_eq!(told(&attribute(0, raw, 0)[..7]), None);
    }

    #[test]
    fn range_of_groups_is_read_also_where_it_is_empty() {
        assert_eq!(range_in("0\t2147483647\n"), Some(0..=2_147_483_647));
        assert!(range_in("1\t0\n").unwrap().is_empty());
        assert_eq!(range_in(""), None);
        assert_eq!(range_in("1"), None);
    }

    #[test]
    fn ids_are_the_host_s_only_with_the_whole_table() {
        assert!(is_identity("         0          0 4294967295\n"));
        assert!(!is_identity("         0       1000          1\n"));
        assert!(!is_identity("0 0 1000\n1000 1000 4294966295\n"));
        assert!(!is_identity(""));
    }

    #[test]
    fn filter_of_system_calls_is_mode_2() {
        assert_eq!(was_filtered("Name:\ta\nSeccomp:\t2\n"), Some(true));
        assert_eq!(was_filtered("Name:\ta\nSeccomp:\t0\n"), Some(false));
        assert_eq!(was_filtered("Name:\ta\n"), None);
    }
}
