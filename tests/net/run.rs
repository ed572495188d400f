//! Runs a program in the namespace of this thread and takes what it prints.
#![allow(
    unsafe_code,
    reason = "a child gives up its privileges between fork and exec, in pre_exec"
)]

use crate::beside::Lines;
use crate::mask::mask;
use crate::newest::as_newest;
use crate::refusal::{self, Filter, Refused};
use crate::{sandbox, sys};
use std::ffi::CString;
use std::io::Read;
use std::os::fd::AsFd;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// Far more than any run takes, and less than the timeout of a name server. Exceeding it fails the trial.
const PATIENCE: Duration = Duration::from_secs(20);

/// The same for a run of tens of thousands of packets, which a slow machine may need.
const PATIENCE_WITH_FLOODS: Duration = Duration::from_secs(300);

/// linux/capability.h
const CAP_NET_RAW: libc::c_ulong = 13;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Privilege {
    /// Root of the namespace.
    Root,
    /// Root of the namespace, but without the right to raw sockets.
    WithoutRaw,
    /// User 65534, without any right.
    Nobody,
    /// The same, and no more process or thread can be started.
    NobodyAlone,
    /// The same, and no file grants the right to raw sockets.
    NobodyWithoutRaw,
}

#[derive(Clone, Copy)]
pub(crate) enum Stream {
    Out,
    Error,
}

/// The environment of the program at its start.
#[derive(Clone, Default, PartialEq, Eq)]
struct Surroundings {
    ignored: &'static [libc::c_int],
    blocked: &'static [libc::c_int],
    closed: &'static [libc::c_int],
    /// A directory in place of /dev.
    dev: Option<CString>,
    /// A directory whose mount ignores privileges of files.
    nosuid: Option<CString>,
    /// Whether exec grants no privileges.
    no_new_privileges: bool,
    /// Whether it runs in a user namespace of its own, which does not own the network.
    foreign_network: bool,
}

type Action<'a> = Box<dyn FnOnce(u32) + 'a>;

pub(crate) struct Run<'a> {
    program: PathBuf,
    arguments: Vec<String>,
    privilege: Privilege,
    surroundings: Surroundings,
    refused: Filter,
    /// `LC_ALL`.
    locale: &'static str,
    /// Actions for when a text is printed, in this order.
    reactions: Vec<(Stream, &'static str, Action<'a>)>,
    patience: Duration,
}

/// The program under test, named `ping`, with arguments separated by spaces.
pub(crate) fn ping<'a>(arguments: &str) -> Run<'a> {
    program(&sandbox::program("ping"), arguments)
}

/// The program under test with this name.
pub(crate) fn named<'a>(name: &str, arguments: &str) -> Run<'a> {
    program(&sandbox::program(name), arguments)
}

pub(crate) fn program<'a>(path: &Path, arguments: &str) -> Run<'a> {
    let arguments = arguments.split_whitespace().map(str::to_owned).collect();
    Run {
        program: path.to_owned(),
        arguments,
        privilege: Privilege::Root,
        surroundings: Surroundings::default(),
        refused: Filter::default(),
        locale: "C",
        reactions: Vec::new(),
        patience: PATIENCE,
    }
}

impl<'a> Run<'a> {
    /// Replaces the arguments, which may be empty or contain blanks.
    pub(crate) fn words(self, words: &[&str]) -> Self {
        let arguments = words.iter().map(|word| (*word).to_owned()).collect();
        Self { arguments, ..self }
    }

    /// Sets a locale with UTF-8.
    pub(crate) fn in_utf8(self) -> Self {
        Self {
            locale: "C.UTF-8",
            ..self
        }
    }

    /// Allows time for tens of thousands of packets.
    pub(crate) fn with_floods(self) -> Self {
        Self {
            patience: PATIENCE_WITH_FLOODS,
            ..self
        }
    }

    /// Leaves only ping sockets, if `ping_group_range` permits them.
    pub(crate) fn without_raw(self) -> Self {
        Self {
            privilege: Privilege::WithoutRaw,
            ..self
        }
    }

    /// Runs as user and group 65534. Not in a user namespace, which has no such user.
    pub(crate) fn by_nobody(self) -> Self {
        Self {
            privilege: Privilege::Nobody,
            ..self
        }
    }

    /// Starts with these signals ignored: SIGINT and SIGQUIT as a shell without job control starts `cmd &`, SIGHUP as
    /// `nohup` does.
    pub(crate) fn ignoring(mut self, signals: &'static [libc::c_int]) -> Self {
        self.surroundings.ignored = signals;
        self
    }

    pub(crate) fn blocking(mut self, signals: &'static [libc::c_int]) -> Self {
        self.surroundings.blocked = signals;
        self
    }

    pub(crate) fn closing(mut self, descriptors: &'static [libc::c_int]) -> Self {
        self.surroundings.closed = descriptors;
        self
    }

    pub(crate) fn with_dev(mut self, directory: &Path) -> Self {
        let directory = CString::new(directory.as_os_str().as_encoded_bytes());
        self.surroundings.dev = Some(directory.unwrap());
        self
    }

    /// Runs as root of a new user namespace in the network of the old one: a rootless container with the host's network.
    pub(crate) fn in_foreign_network(mut self) -> Self {
        self.surroundings.foreign_network = true;
        self
    }

    /// Makes exec grant no privileges.
    pub(crate) fn without_new_privileges(mut self) -> Self {
        self.surroundings.no_new_privileges = true;
        self
    }

    /// Runs the program from a mount with `nosuid`. Not in a user namespace, which cannot change mounts that way.
    pub(crate) fn on_nosuid(mut self) -> Self {
        let directory = self.program.parent().unwrap();
        let directory = CString::new(directory.as_os_str().as_encoded_bytes());
        self.surroundings.nosuid = Some(directory.unwrap());
        self
    }

    /// The same, with the user's maximum of processes and threads already running.
    pub(crate) fn by_nobody_alone(self) -> Self {
        Self {
            privilege: Privilege::NobodyAlone,
            ..self
        }
    }

    /// Runs as user and group 65534 without the right to raw sockets. Not in a user namespace.
    pub(crate) fn by_nobody_without_raw(self) -> Self {
        Self {
            privilege: Privilege::NobodyWithoutRaw,
            ..self
        }
    }

    /// Makes this operation fail with this error, as on an older kernel or under a policy.
    pub(crate) fn refusing(mut self, refused: Refused, errno: libc::c_int) -> Self {
        self.refused.refuse(refused, errno);
        self
    }

    /// When this text is printed after the text of the previous reaction, calls an action with the process ID.
    pub(crate) fn when(
        mut self,
        stream: Stream,
        text: &'static str,
        action: impl FnOnce(u32) + 'a,
    ) -> Self {
        self.reactions.push((stream, text, Box::new(action)));
        self
    }

    /// The same, with a signal as action.
    pub(crate) fn signal_when(
        self,
        stream: Stream,
        text: &'static str,
        signal: libc::c_int,
    ) -> Self {
        self.when(stream, text, move |pid| sys::signal(pid, signal))
    }

    pub(crate) fn run(mut self) -> Output {
        let lines = self.lines();
        let mut command = Command::new(&self.program);
        command
            .args(&self.arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
            .env("LC_ALL", self.locale)
            .env("TZ", "UTC")
            .env_remove("IPUTILS_PING_PTR_LOOKUP");
        // The filter first: it could not be installed without root's rights.
        if let Some(program) = self.refused.program() {
            // SAFETY: `install` makes a system call only; it neither allocates nor takes a lock.
            unsafe { command.pre_exec(move || refusal::install(&program)) };
        }
        let (privilege, surroundings) = (self.privilege, self.surroundings);
        // SAFETY: both make system calls only; they neither allocate nor take a lock.
        unsafe {
            command.pre_exec(move || surroundings.arrange().and_then(|()| restrict(privilege)))
        };
        let child = command
            .spawn()
            .unwrap_or_else(|error| panic!("cannot run {}: {error}", self.program.display()));
        let mut output = watch(child, self.reactions, &self.arguments, self.patience);
        if let Some(lines) = lines {
            lines.check(&self.arguments, output.code);
        }
        // Messages begin with argv[0] as invoked.
        output.stderr = output
            .stderr
            .replace(self.program.to_str().unwrap(), "ping");
        if sandbox::peer().is_some_and(|peer| peer == self.program) || sandbox::subject_is_peer() {
            output.stdout = as_newest(&output.stdout);
        }
        output
    }
}

impl Run<'_> {
    /// The lines for programs beside the text, where they are asked for, and nothing is amiss that could keep them from
    /// their file.
    fn lines(&mut self) -> Option<Lines> {
        let is_plain = matches!(self.privilege, Privilege::Root | Privilege::WithoutRaw)
            && self.surroundings == Surroundings::default()
            && self.refused.is_empty();
        is_plain.then(|| Lines::beside(&self.program, &mut self.arguments))?
    }
}

fn check(result: libc::c_int) -> std::io::Result<()> {
    if result < 0 {
        Err(std::io::Error::last_os_error())
    } else {
        Ok(())
    }
}

/// Runs in the child before exec.
fn restrict(privilege: Privilege) -> std::io::Result<()> {
    // SAFETY: of these calls only two take a pointer: setgroups reads nothing through null for a count of 0, and setrlimit
    // reads a limit that outlives the call.
    unsafe {
        // Ends with its trial, even if that is killed.
        check(libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL))?;
        match privilege {
            Privilege::Root => Ok(()),
            // At exec, root gets every capability of the bounding set, so that set must shrink.
            Privilege::WithoutRaw => {
                check(libc::prctl(libc::PR_CAPBSET_DROP, CAP_NET_RAW, 0, 0, 0))
            }
            Privilege::Nobody | Privilege::NobodyAlone | Privilege::NobodyWithoutRaw => {
                if privilege == Privilege::NobodyWithoutRaw {
                    check(libc::prctl(libc::PR_CAPBSET_DROP, CAP_NET_RAW, 0, 0, 0))?;
                }
                check(libc::setgroups(0, std::ptr::null()))?;
                check(libc::setgid(65534))?;
                check(libc::setuid(65534))?;
                let limit = libc::rlimit {
                    rlim_cur: 1,
                    rlim_max: 1,
                };
                match privilege {
                    Privilege::NobodyAlone => {
                        check(libc::setrlimit(libc::RLIMIT_NPROC, &raw const limit))
                    }
                    _ => Ok(()),
                }
            }
        }
    }
}

impl Surroundings {
    /// Runs in the child before exec.
    fn arrange(&self) -> std::io::Result<()> {
        // SAFETY: SIG_IGN is no function of ours; a set of signals is plain octets, which sigemptyset initialises; the
        // pointers to it and to the strings are live; null is allowed for what mount need not know.
        unsafe {
            for &signal in self.ignored {
                libc::signal(signal, libc::SIG_IGN);
            }
            let mut set: libc::sigset_t = std::mem::zeroed();
            libc::sigemptyset(&raw mut set);
            for &signal in self.blocked {
                libc::sigaddset(&raw mut set, signal);
            }
            let blocked = libc::sigprocmask(libc::SIG_BLOCK, &raw const set, std::ptr::null_mut());
            check(blocked)?;
            if let Some(directory) = &self.dev {
                check(libc::unshare(libc::CLONE_NEWNS))?;
                let (dev, null) = (c"/dev".as_ptr(), std::ptr::null());
                let flags = libc::MS_BIND;
                check(libc::mount(
                    directory.as_ptr(),
                    dev,
                    null,
                    flags,
                    null.cast(),
                ))?;
            }
            if let Some(directory) = &self.nosuid {
                check(libc::unshare(libc::CLONE_NEWNS))?;
                let (path, null) = (directory.as_ptr(), std::ptr::null());
                let remount = libc::MS_BIND | libc::MS_REMOUNT | libc::MS_NOSUID;
                for flags in [libc::MS_BIND, remount] {
                    check(libc::mount(path, path, null, flags, null.cast()))?;
                }
            }
            if self.foreign_network {
                check(libc::unshare(libc::CLONE_NEWUSER))?;
                for (file, line) in [
                    (c"/proc/self/setgroups", "deny"),
                    (c"/proc/self/uid_map", "0 0 1"),
                    (c"/proc/self/gid_map", "0 0 1"),
                ] {
                    let file = libc::open(file.as_ptr(), libc::O_WRONLY | libc::O_CLOEXEC);
                    check(file)?;
                    if libc::write(file, line.as_ptr().cast(), line.len()) < 0 {
                        return Err(std::io::Error::last_os_error());
                    }
                }
            }
            if self.no_new_privileges {
                check(libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))?;
            }
            for &descriptor in self.closed {
                libc::close(descriptor);
            }
        }
        Ok(())
    }
}

fn watch(
    mut child: Child,
    reactions: Vec<(Stream, &'static str, Action<'_>)>,
    arguments: &[String],
    patience: Duration,
) -> Output {
    let pid = child.id();
    let ended = sys::process(pid).unwrap();
    let alarm = sys::alarm(patience).unwrap();
    let (mut out, mut error) = (child.stdout.take(), child.stderr.take());
    let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
    let (mut out_cursor, mut error_cursor) = (0, 0);
    let mut reactions = reactions.into_iter().peekable();
    loop {
        let pipes = [
            out.as_ref().map(AsFd::as_fd),
            error.as_ref().map(AsFd::as_fd),
        ];
        // The end of the process counts only after all its output was read.
        let ended = (pipes[0].is_none() && pipes[1].is_none()).then(|| ended.as_fd());
        let [o, e, over, late] =
            sys::wait([pipes[0], pipes[1], ended, Some(alarm.as_fd())]).unwrap();
        if o && !take(out.as_mut().unwrap(), &mut stdout) {
            out = None;
        }
        if e && !take(error.as_mut().unwrap(), &mut stderr) {
            error = None;
        }
        while let Some((stream, text, _)) = reactions.peek() {
            let (octets, cursor) = match stream {
                Stream::Out => (&stdout, &mut out_cursor),
                Stream::Error => (&stderr, &mut error_cursor),
            };
            let Some(at) = find(&octets[*cursor..], text.as_bytes()) else {
                break;
            };
            *cursor += at + text.len();
            let (.., action) = reactions.next().unwrap();
            action(pid);
        }
        if late {
            child.kill().unwrap();
            child.wait().unwrap();
            let [stdout, stderr] =
                [stdout, stderr].map(|octets| String::from_utf8_lossy(&octets).into_owned());
            panic!(
                "{arguments:?} still ran after {patience:?}\nstdout:\n{stdout}\nstderr:\n{stderr}"
            );
        }
        if over {
            break;
        }
    }
    let status = child.wait().unwrap();
    if let Some((_, text, _)) = reactions.next() {
        panic!(
            "{arguments:?} ended and never printed {text:?}:\n{}",
            String::from_utf8_lossy(&stdout)
        );
    }
    Output {
        stdout: String::from_utf8(stdout).unwrap(),
        stderr: String::from_utf8(stderr).unwrap(),
        code: status
            .code()
            .unwrap_or_else(|| 128 + status.signal().unwrap()),
    }
}

/// Returns whether there may be more output.
fn take(from: &mut impl Read, to: &mut Vec<u8>) -> bool {
    let mut buffer = [0; 1 << 14];
    let length = from.read(&mut buffer).unwrap();
    to.extend(&buffer[..length]);
    length > 0
}

fn find(octets: &[u8], text: &[u8]) -> Option<usize> {
    octets.windows(text.len()).position(|window| window == text)
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Output {
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    /// The exit code, or 128 + n if signal n ended the program.
    pub(crate) code: i32,
}

impl Output {
    pub(crate) fn masked(&self) -> Self {
        Self {
            stdout: mask(&self.stdout),
            stderr: mask(&self.stderr),
            code: self.code,
        }
    }

    /// Checks the whole output, with masked times, and that standard error is empty.
    #[track_caller]
    pub(crate) fn assert(&self, code: i32, stdout: &str) {
        self.assert_both(code, stdout, "");
    }

    #[track_caller]
    pub(crate) fn assert_both(&self, code: i32, stdout: &str, stderr: &str) {
        let wanted = Self {
            stdout: stdout.to_owned(),
            stderr: stderr.to_owned(),
            code,
        };
        let mut printed = self.masked();
        // On a stalling machine, the next probe may be sent before a reply is read. Without an order enforced by the
        // script, that is no fault of the program.
        if !stdout.contains("pipe ") && !stdout.contains("\n1 packets transmitted") {
            printed = printed.without_pipe();
        }
        same(&printed, &wanted, "printed", "wanted");
    }

    /// Removes what iputils' -v prints about its sockets and lookups, which no other program has.
    pub(crate) fn without_insides(&self) -> Self {
        let keep = |text: &str| {
            let lines = text.split_inclusive('\n');
            lines
                .filter(|line| !line.contains(".fd: ") && !line.starts_with("ai->ai_family"))
                .collect::<String>()
        };
        // An empty line follows the line about sockets.
        let stderr = keep(&self.stderr).trim_start_matches('\n').to_owned();
        Self {
            stdout: keep(&self.stdout),
            stderr,
            code: self.code,
        }
    }

    /// Removes what `rping -v` prints about a kernel that cannot confine the run.
    pub(crate) fn without_lines_about_this_kernel(&self) -> Self {
        let lines = self.stderr.split_inclusive('\n');
        let lines = lines.filter(|line| !line.starts_with("ping: landlock_"));
        Self {
            stderr: lines.collect(),
            ..self.clone()
        }
    }

    /// Removes the maximum number of probes in flight.
    pub(crate) fn without_pipe(&self) -> Self {
        let line = |line: &str| match line.split_once("pipe ") {
            // Without round trips the line has nothing else.
            Some(("", _)) => "\n".to_owned(),
            Some((front, _)) => format!("{}\n", front.trim_end_matches(", ")),
            None => line.to_owned(),
        };
        Self {
            stdout: self.stdout.split_inclusive('\n').map(line).collect(),
            ..self.clone()
        }
    }
}

/// Panics with both in a format that can be compared and copied.
#[track_caller]
pub(crate) fn same(left: &Output, right: &Output, left_name: &str, right_name: &str) {
    assert!(
        left == right,
        "exit {} {left_name}, {} {right_name}\n--- stdout {left_name} ---\n{}--- stdout {right_name} ---\n{}--- stderr {left_name} ---\n{}--- stderr {right_name} ---\n{}---",
        left.code,
        right.code,
        left.stdout,
        right.stdout,
        left.stderr,
        right.stderr
    );
}
