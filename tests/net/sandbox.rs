//! Preparation of the process before its first thread: it leaves the caller's network, and installs the programs under
//! test where any user can run them.

use crate::{netlink, sys};
use std::fs;
use std::net::UdpSocket;
use std::os::fd::OwnedFd;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::thread;
use std::time::Duration;

/// The names of the drop-in, which determine its output.
const NAMES: [&str; 6] = ["ping", "ping4", "ping6", "rping", "fping", "fping6"];

/// The files that determine the meaning of names, replaced so that no trial depends on this machine's or asks a name server.
const NAME_SERVICE: [(&str, &str); 4] = [
    ("/etc/hosts", include_str!("hosts")),
    ("/etc/nsswitch.conf", "hosts: files\n"),
    (
        "/etc/resolv.conf",
        "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n",
    ),
    ("/etc/host.conf", "multi on\n"),
];

static PROGRAMS: OnceLock<Programs> = OnceLock::new();

struct Programs {
    directory: PathBuf,
    /// Whether the program under test is the peer instead of rping.
    subject_is_peer: bool,
    peer: Option<PathBuf>,
    /// The directory of the program under test with a file capability, if files can have one.
    capable: Option<PathBuf>,
    has_name_service: bool,
    in_user_namespace: bool,
}

/// Deletes the directory of programs when dropped.
pub(crate) struct Sandbox {
    #[expect(dead_code, reason = "only to be dropped")]
    directory: tempfile::TempDir,
    #[expect(dead_code, reason = "only to be dropped")]
    stamped: OwnedFd,
}

/// # Errors
///
/// The reason why this process cannot create namespaces, as a sentence for the user.
pub(crate) fn enter() -> Result<Sandbox, String> {
    let subject = subject();
    let in_user_namespace = leave_the_network()?;
    let directory = tempfile::Builder::new()
        .prefix("rping-net-")
        .tempdir()
        .map_err(|error| error.to_string())?;
    fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o755)).unwrap();
    install(&subject, &directory.path().join("subject"));
    let mut capable = None;
    if !in_user_namespace {
        install_setuid(&subject, &directory.path().join("setuid"));
        let own = directory.path().join("capable");
        install(&subject, &own);
        let is_capable = sys::permit_raw_sockets(&own.join(".program")).is_ok();
        capable = is_capable.then_some(own);
    }
    let peer = peer_ping().map(|peer| {
        install(&peer, &directory.path().join("peer"));
        directory.path().join("peer/ping")
    });
    let programs = Programs {
        directory: directory.path().to_owned(),
        subject_is_peer: is_iputils(&subject),
        peer,
        capable,
        has_name_service: replace_name_service(directory.path()),
        in_user_namespace,
    };
    assert!(
        PROGRAMS.set(programs).is_ok(),
        "the sandbox is entered once"
    );
    Ok(Sandbox {
        directory,
        stamped: stamp_arrivals(),
    })
}

/// Keeps receive time stamps enabled as long as the socket is open. The kernel enables them some time after a socket
/// first requests them, so the first reply to a lone program sometimes has none.
fn stamp_arrivals() -> OwnedFd {
    netlink::up("lo", 0);
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.connect(socket.local_addr().unwrap()).unwrap();
    let socket = OwnedFd::from(socket);
    let what = libc::SOF_TIMESTAMPING_RX_SOFTWARE | libc::SOF_TIMESTAMPING_SOFTWARE;
    let what = what.cast_signed();
    if sys::set_option(&socket, libc::SOL_SOCKET, libc::SO_TIMESTAMPING, what).is_ok() {
        let is_stamped = || {
            sys::send(&socket, b"stamped?").unwrap();
            sys::receive_with_control(&socket).unwrap()
        };
        let pause = Duration::from_millis(1);
        let mut looks = (0..5000).inspect(|_| thread::sleep(pause));
        assert!(
            is_stamped() || looks.any(|_| is_stamped()),
            "this kernel does not stamp what arrives"
        );
    }
    socket
}

/// Returns whether a user namespace was needed.
fn leave_the_network() -> Result<bool, String> {
    let (uid, gid) = sys::ids();
    if sys::unshare(libc::CLONE_NEWNET | libc::CLONE_NEWNS).is_ok() {
        // Otherwise mounts made here would appear on the host.
        sys::mount(None, "/")
            .map_err(|error| format!("the mounts cannot be made private: {error}"))?;
        return Ok(false);
    }
    sys::unshare(libc::CLONE_NEWUSER | libc::CLONE_NEWNET | libc::CLONE_NEWNS)
        .map_err(|error| format!("this system refuses a user namespace: {error}"))?;
    // Root in the namespace is the caller outside. The kernel requires that setgroups is denied first.
    for (file, text) in [
        ("setgroups", "deny".to_owned()),
        ("uid_map", format!("0 {uid} 1")),
        ("gid_map", format!("0 {gid} 1")),
    ] {
        fs::write(format!("/proc/self/{file}"), text)
            .map_err(|error| format!("this system refuses a user namespace its {file}: {error}"))?;
    }
    // Ubuntu's AppArmor permits creating the namespace, and then removes its capabilities.
    sys::unshare(libc::CLONE_NEWNET)
        .map_err(|error| format!("a user namespace has no power here: {error}"))?;
    Ok(true)
}

fn subject() -> PathBuf {
    match (
        std::env::var_os("RPING_NET_PROGRAM"),
        option_env!("CARGO_BIN_EXE_rping"),
    ) {
        (Some(path), _) => path.into(),
        (None, Some(path)) => path.into(),
        (None, None) => panic!(
            "no program under test: there is no binary rping and RPING_NET_PROGRAM is not set"
        ),
    }
}

/// Copies the program under all names to a directory of its own. The original may be in a directory that user 65534
/// cannot enter. The copy has no file capabilities, so its rights come from the trial alone.
fn install(program: &Path, directory: &Path) {
    fs::create_dir(directory).unwrap();
    let target = directory.join(".program");
    fs::copy(program, &target)
        .unwrap_or_else(|error| panic!("cannot copy {}: {error}", program.display()));
    fs::set_permissions(&target, fs::Permissions::from_mode(0o755)).unwrap();
    fs::set_permissions(directory, fs::Permissions::from_mode(0o755)).unwrap();
    for name in NAMES {
        symlink(".program", directory.join(name)).unwrap();
    }
}

/// A copy that runs as root for any user. Created before threads start: starting a program while another thread writes
/// a file makes that file unexecutable for a moment.
fn install_setuid(program: &Path, path: &Path) {
    fs::copy(program, path).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o6755)).unwrap();
}

/// Returns whether all files were replaced: a missing file cannot be.
fn replace_name_service(directory: &Path) -> bool {
    let own = directory.join("etc");
    fs::create_dir(&own).unwrap();
    fs::set_permissions(&own, fs::Permissions::from_mode(0o755)).unwrap();
    let mut complete = true;
    for (target, text) in NAME_SERVICE {
        let file = own.join(Path::new(target).file_name().unwrap());
        fs::write(&file, text).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
        let replaced = sys::mount(file.to_str(), target).is_ok();
        complete &= replaced || target == "/etc/host.conf";
    }
    complete
}

/// The ping to compare with, if it is installed and not a link to rping.
fn peer_ping() -> Option<PathBuf> {
    ["/usr/bin/ping", "/bin/ping"]
        .map(PathBuf::from)
        .into_iter()
        .find(|path| is_iputils(path))
}

/// rping's `-V` contains the iputils version that it replaces, so the name must be excluded.
fn is_iputils(path: &Path) -> bool {
    let Ok(real) = path.canonicalize() else {
        return false;
    };
    let Ok(output) = Command::new(&real).arg("-V").output() else {
        return false;
    };
    let version = String::from_utf8_lossy(&output.stdout);
    let real = real.to_string_lossy();
    !real.contains("rping")
        && version.starts_with("ping from iputils ")
        && !version.contains("rping")
}

fn programs() -> &'static Programs {
    PROGRAMS.get().expect("trials run in the sandbox")
}

/// The program under test with this name.
pub(crate) fn program(name: &str) -> PathBuf {
    programs().directory.join("subject").join(name)
}

/// The program under test, setuid root. Not in a user namespace.
pub(crate) fn setuid_program() -> PathBuf {
    programs().directory.join("setuid")
}

/// The program under test with this name and the permitted file capability `CAP_NET_RAW`. `None` in a user namespace,
/// and if the file system or the container does not allow it.
pub(crate) fn capable_program(name: &str) -> Option<PathBuf> {
    let directory = PROGRAMS.get()?.capable.as_ref()?;
    Some(directory.join(name))
}

pub(crate) fn peer() -> Option<PathBuf> {
    PROGRAMS.get().and_then(|programs| programs.peer.clone())
}

pub(crate) fn subject_is_peer() -> bool {
    PROGRAMS
        .get()
        .is_some_and(|programs| programs.subject_is_peer)
}

pub(crate) fn has_name_service() -> bool {
    PROGRAMS
        .get()
        .is_some_and(|programs| programs.has_name_service)
}

/// Whether the program under test can look up `_gateway`, the name of the router: with glibc and nss-myhostname.
pub(crate) fn knows_gateways() -> bool {
    let multiarch = format!("/lib/{}-linux-gnu", std::env::consts::ARCH);
    let mut directories = [&multiarch, "/lib64", "/usr/lib64", "/lib", "/usr/lib"].into_iter();
    let library = |directory: &str| Path::new(directory).join("libnss_myhostname.so.2").exists();
    !cfg!(target_env = "musl") && has_name_service() && directories.any(library)
}

/// Whether this is a user namespace, which has only one user.
pub(crate) fn in_user_namespace() -> bool {
    PROGRAMS
        .get()
        .is_some_and(|programs| programs.in_user_namespace)
}

pub(crate) fn may_make_user_namespaces() -> bool {
    let most = std::fs::read_to_string("/proc/sys/user/max_user_namespaces");
    most.is_ok_and(|most| most.trim() != "0")
}
