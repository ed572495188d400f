//! The view on a real terminal: its effects on the terminal, and no effect of the terminal on probes.

use crate::host::Host;
use crate::link::{self, HOST4};
use crate::namespace::rping_trial;
use crate::packet::Request;
use crate::run::named;
use crate::{sandbox, sys};
use libtest_mimic::Trial;
use rping::report::live::Screen as _;
use std::fs::{self, File};
use std::io::{Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

/// Far more than any trial takes. Exceeding it fails the trial.
const PATIENCE: Duration = Duration::from_secs(60);

const SIZE: (u16, u16) = (100, 30);

/// Enters the alternate screen.
const ENTER: &str = "\x1b[?1049h";
const LEAVE: &str = "\x1b[?1049l";

/// The octets of keys.
const CONTROL_Z: &[u8] = b"\x1a";

/// Makes a copy of this program panic with a view on its terminal.
const PANIC: &str = "RPING_NET_PANIC_WITH_A_VIEW";

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = ends();
    trials.extend(replays());
    trials.extend([
        rping_trial("live::stopped_terminal_changes_no_probe", || {
            let (host, seen) = counting();
            let mut person =
                Person::watching(&["--live", "-i", "0.01", "-c", "1000", "-W", "10", HOST]);
            sys::stop_output(&person.program, true);
            for _ in 0..1000 {
                seen.recv_timeout(PATIENCE).unwrap();
            }
            assert_eq!(person.code(), 0);
            assert!(
                person
                    .text()
                    .contains("1000 packets transmitted, 1000 received")
            );
            let sequences = host.finish().into_iter().map(|request| request.sequence);
            assert_eq!(
                sequences.collect::<Vec<_>>(),
                (1..=1000).collect::<Vec<_>>()
            );
        }),
        rping_trial("live::terminal_that_takes_nothing_delays_no_end", || {
            let (_host, seen) = counting();
            let mut person = Person::start(&["--live", "-i", "0.05", "-W", "10", HOST], &[]);
            person.wait_for(ENTER);
            seen.recv_timeout(PATIENCE).unwrap();
            person.wait_for_reply();
            sys::fill(&person.program);
            sys::signal(person.child.id(), libc::SIGTERM);
            // The results are lost, but the exit code is the same.
            assert_eq!(person.child.wait().unwrap().code(), Some(0));
            person.assert_modes_are_as_before();
        }),
        rping_trial(
            "live::one_target_is_a_graph_and_several_are_a_table",
            || {
                link::create();
                let _host = Host::echo();
                let mut one = Person::watching(&["--live", "-i", "0.05", "-W", "10", HOST]);
                one.wait_for("jitter");
                one.wait_for_reply();
                one.press(b"q");
                assert_eq!(one.code(), 0);
                let mut two =
                    Person::watching(&["--live", "-i", "0.05", "-W", "10", HOST, "127.0.0.1"]);
                two.wait_for("target");
                two.wait_for_reply();
                two.wait_for_reply();
                two.press(b"?");
                two.wait_for("Escape");
                two.press(b"q");
                assert_eq!(two.code(), 0);
                assert!(
                    two.text().contains("2 of 2 targets alive"),
                    "{}",
                    two.text()
                );
            },
        ),
        rping_trial("live::view_is_drawn_anew_in_another_size", || {
            link::create();
            let _host = Host::echo();
            let mut person = Person::watching(&["--live", "-i", "0.05", "-W", "10", HOST]);
            sys::set_size(&person.program, 60, 12);
            person.wait_for("\x1b[2J");
            // The last line of the new size.
            person.wait_for("\x1b[12;1H");
            person.wait_for_reply();
            person.press(b"q");
            assert_eq!(person.code(), 0);
        }),
        rping_trial(
            "live::names_from_elsewhere_write_nothing_of_their_own",
            || {
                link::create();
                let _host = Host::echo();
                let directory = tempfile::tempdir().unwrap();
                let file = directory.path().join("targets");
                let hostile = "127.0.0.1 a\u{202e}b\u{200b}\u{34f}c\n127.0.0.2\n";
                fs::write(&file, hostile).unwrap();
                let file = file.to_str().unwrap();
                let mut person = Person::watching(&["--live", "-i", "0.05", "--targets", file]);
                person.wait_for("a\\xe2");
                person.wait_for_reply();
                person.press(b"\x1b[B\r");
                person.press(b"q");
                assert_eq!(person.code(), 0);
                assert_only_own_sequences(&person.octets);
            },
        ),
        rping_trial("live::exports_are_written_beside_the_view", || {
            link::create();
            let _host = Host::echo();
            let directory = tempfile::tempdir().unwrap();
            let file = directory.path().join("probes.csv");
            let export = format!("--export-csv={}", file.to_str().unwrap());
            let arguments = ["--live", "-i", "0.05", "-c", "3", &export, HOST];
            let mut person = Person::watching(&arguments);
            assert_eq!(person.code(), 0);
            assert_eq!(fs::read_to_string(&file).unwrap().lines().count(), 4);
        }),
        rping_trial("live::exit_code_is_that_of_the_run", || {
            link::create();
            let _host = Host::silent();
            let arguments = ["--live", "-c", "1", "-W", "0.1", HOST];
            let mut person = Person::watching(&arguments);
            assert_eq!(person.code(), 1);
            assert!(person.text().contains("100% packet loss"));
        }),
        rping_trial("live::no_color_leaves_colours_out", || {
            link::create();
            let _host = Host::silent();
            let arguments = ["--live", "-i", "0.05", "-W", "0.05", HOST];
            for (no_color, has_colour) in [("", true), ("1", false)] {
                let mut person = Person::start(&arguments, &[("NO_COLOR", no_color)]);
                person.wait_for("!");
                person.press(b"q");
                person.code();
                assert_eq!(person.text().contains(";31m"), has_colour);
            }
        }),
    ]);
    trials
}

/// A run that ends or pauses restores the terminal.
fn ends() -> Vec<Trial> {
    let mut trials = Vec::new();
    for (name, end) in [
        (
            "live::terminal_is_as_before_after_q",
            (|person| person.press(b"q")) as fn(&mut Person),
        ),
        ("live::terminal_is_as_before_after_ctrl_c", |person| {
            person.press(b"\x03");
        }),
        ("live::terminal_is_as_before_after_interrupt", |person| {
            sys::signal(person.child.id(), libc::SIGINT);
        }),
        ("live::terminal_is_as_before_after_terminate", |person| {
            sys::signal(person.child.id(), libc::SIGTERM);
        }),
        ("live::terminal_is_as_before_after_hangup", |person| {
            sys::signal(person.child.id(), libc::SIGHUP);
        }),
    ] {
        trials.push(rping_trial(name, move || {
            link::create();
            let _host = Host::echo();
            for others in [&[][..], &["127.0.0.1"]] {
                let arguments = [&["--live", "-i", "0.05", "-W", "10", HOST], others].concat();
                let mut person = Person::watching(&arguments);
                person.wait_for_reply();
                assert!(sys::modes(&person.program) != person.modes);
                end(&mut person);
                assert_eq!(person.code(), 0);
                person.assert_is_as_before();
            }
        }));
    }
    trials.extend([
        rping_trial("live::terminal_is_as_before_after_the_last_probe", || {
            link::create();
            let _host = Host::echo();
            let mut person =
                Person::watching(&["--live", "-i", "0.05", "-W", "10", "-c", "3", HOST]);
            assert_eq!(person.code(), 0);
            person.assert_is_as_before();
        }),
        rping_trial(
            "live::terminal_is_as_before_while_the_run_is_stopped",
            || {
                link::create();
                let _host = Host::echo();
                let program = sandbox::program("rping");
                // A shell with job control: it continues when the job is stopped.
                let script = format!(
                    "set -m; {} --live -i 0.05 {HOST}; echo job is stopped; read go; fg >&2",
                    program.display()
                );
                let mut person = Person::of(Command::new("sh").args(["-c", &script]), &[]);
                person.wait_for(ENTER);
                person.wait_for("jitter");
                person.press(CONTROL_Z);
                person.wait_for("job is stopped");
                person.assert_is_as_before();
                person.press(b"\n");
                person.wait_for(ENTER);
                person.wait_for("jitter");
                assert!(sys::modes(&person.program) != person.modes);
                person.press(b"q");
                person.code();
                person.assert_is_as_before();
            },
        ),
        rping_trial(
            "live::run_that_no_shell_could_continue_is_not_stopped",
            || {
                link::create();
                let _host = Host::echo();
                let mut person = Person::watching(&["--live", "-i", "0.05", "-W", "10", HOST]);
                person.wait_for_reply();
                person.press(CONTROL_Z);
                person.wait_for(LEAVE);
                person.wait_for(ENTER);
                person.press(b"q");
                assert_eq!(person.code(), 0);
                person.assert_is_as_before();
            },
        ),
        rping_trial("live::terminal_is_as_before_after_a_panic", || {
            let program = std::env::current_exe().unwrap();
            let mut person = Person::of(&mut Command::new(program), &[(PANIC, "1")]);
            assert_ne!(person.code(), 0);
            person.assert_is_as_before();
            let text = person.text();
            let (_, behind) = text.split_once(LEAVE).unwrap();
            assert!(behind.contains("a panic in the view"), "{text:?}");
        }),
    ]);
    trials
}

/// A run that was recorded before.
fn replays() -> Vec<Trial> {
    vec![
        rping_trial(
            "live::recorded_run_is_shown_until_q_and_its_statistics_follow",
            || {
                for targets in ["127.0.0.1", "127.0.0.1 127.0.0.2"] {
                    let (_directory, file) = recorded(targets);
                    let arguments = ["--replay", &file, "--live", "--speed", "1000"];
                    let mut person = Person::watching(&arguments);
                    person.wait_for("END");
                    // It is confined as a run is, although it has no socket.
                    let status = format!("/proc/{}/status", person.child.id());
                    let status = fs::read_to_string(status).unwrap();
                    assert!(status.contains("\nNoNewPrivs:\t1\n"), "{status}");
                    assert!(status.contains("\nCapPrm:\t0000000000000000\n"), "{status}");
                    person.press(b"q");
                    assert_eq!(person.code(), 0);
                    person.assert_is_as_before();
                    assert!(
                        person.text().contains(", 0% packet loss"),
                        "{}",
                        person.text()
                    );
                }
            },
        ),
        rping_trial(
            "live::recorded_run_stands_still_and_goes_back_and_on",
            || {
                let (_directory, file) = recorded("127.0.0.1");
                // A second of its time takes a quarter of an hour: it is held before it is over.
                let arguments = ["--replay", &file, "--live", "--speed", "0.001"];
                let mut person = Person::watching(&arguments);
                person.press(b" ");
                person.wait_for("HELD");
                // To its end, back to its beginning, and to the end once more.
                person.press(b"\x1b[C\x1b[C");
                person.wait_for("END");
                person.press(b"\x1b[D\x1b[D");
                person.wait_for("HELD");
                person.press(b">");
                person.wait_for("END");
                person.press(b"q");
                assert_eq!(person.code(), 0);
            },
        ),
        rping_trial("live::recorded_run_comes_through_a_pipe", || {
            let (_directory, file) = recorded("127.0.0.1");
            let program = sandbox::program("rping");
            let program = program.display();
            let script = format!("cat {file} | {program} --replay - --live --speed 1000");
            let mut person = Person::of(Command::new("sh").args(["-c", &script]), &[]);
            person.wait_for("END");
            person.press(b"q");
            assert_eq!(person.code(), 0);
            person.assert_is_as_before();
        }),
        rping_trial(
            "live::signal_ends_a_recorded_run_with_its_statistics",
            || {
                let (_directory, file) = recorded("127.0.0.1");
                let mut person = Person::watching(&["--replay", &file, "--live"]);
                sys::signal(person.child.id(), libc::SIGTERM);
                assert_eq!(person.code(), 0);
                person.assert_is_as_before();
                assert!(person.text().contains("3 packets transmitted"));
            },
        ),
        rping_trial(
            "live::what_is_no_recorded_run_leaves_the_terminal_alone",
            || {
                let directory = tempfile::tempdir().unwrap();
                let file = directory.path().join("other");
                fs::write(&file, "no line\nof a run\n").unwrap();
                let arguments = ["--replay", file.to_str().unwrap(), "--live"];
                let mut person = Person::start(&arguments, &[]);
                assert_eq!(person.code(), 2);
                person.assert_modes_are_as_before();
                let text = person.text();
                assert!(!text.contains(ENTER), "{text:?}");
                assert!(
                    text.contains("line 1 is no line of --export-json"),
                    "{text:?}"
                );
            },
        ),
        rping_trial(
            "live::recorded_run_that_is_damaged_later_gives_the_terminal_back",
            || {
                let (_directory, file) = recorded("127.0.0.1");
                let arguments = ["--replay", &file, "--live", "--speed", "1000"];
                let mut person = Person::watching(&arguments);
                person.wait_for("END");
                // Somebody else writes to the file meanwhile.
                fs::write(&file, "no line\nof a run\n").unwrap();
                // Back to its beginning, and on: it is read anew.
                person.press(b"\x1b[D\x1b[C");
                assert_eq!(person.code(), 2);
                person.assert_is_as_before();
                assert!(person.text().contains("is no line of --export-json"));
            },
        ),
    ]
}

/// A file with the lines of a run of three rounds.
fn recorded(targets: &str) -> (tempfile::TempDir, String) {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("run.json");
    let file = file.to_str().unwrap().to_owned();
    let line = format!("-q -n -i 0.05 -c 3 -W 10 --export-json {file} {targets}");
    assert_eq!(named("rping", &line).run().code, 0);
    (directory, file)
}

/// Panics with a view on the terminal, in a copy of this program that was started for that.
pub(crate) fn panic_if_asked() {
    if std::env::var_os(PANIC).is_none() {
        return;
    }
    let signals = rping::signals::TerminalSignals::default();
    let mut screen = rping::output::terminal::Terminal::open(signals).unwrap();
    screen.enter();
    panic!("a panic in the view");
}

/// The far host, and a notice of each probe that it receives.
fn counting() -> (Host, Receiver<()>) {
    link::create();
    let (seen, has_seen) = channel();
    let script = move |request: &Request| {
        // The receiver may be gone.
        let _ = seen.send(());
        vec![request.echo()]
    };
    (Host::start(script), has_seen)
}

const HOST: &str = "198.51.100.2";

/// A user at a terminal with a program.
struct Person {
    /// The user's end, and the program's, which stays open so that its modes can be read.
    keyboard: File,
    program: OwnedFd,
    modes: Vec<u64>,
    child: Child,
    /// The program's output, and how much of it was searched.
    octets: Vec<u8>,
    seen: usize,
}

impl Person {
    /// Starts rping and waits for the view.
    fn watching(arguments: &[&str]) -> Self {
        assert_eq!(HOST, HOST4.to_string());
        let mut person = Self::start(arguments, &[]);
        person.wait_for(ENTER);
        // The header of the first frame, which a busy machine may draw after a second.
        person.wait_for("00:0");
        person
    }

    fn start(arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        let mut command = Command::new(sandbox::program("rping"));
        Self::of(command.args(arguments), environment)
    }

    fn of(command: &mut Command, environment: &[(&str, &str)]) -> Self {
        let (person, program) = sys::terminal();
        sys::set_size(&program, SIZE.0, SIZE.1);
        let modes = sys::modes(&program);
        let end = || Stdio::from(program.try_clone().unwrap());
        command.stdin(end()).stdout(end()).stderr(end());
        command.env("TERM", "xterm").env("LC_ALL", "C.UTF-8");
        command.env("TZ", "UTC").envs(environment.iter().copied());
        if !environment.iter().any(|(name, _)| *name == "NO_COLOR") {
            command.env_remove("NO_COLOR");
        }
        sys::control_its_input(command);
        Self {
            keyboard: File::from(person),
            program,
            modes,
            child: command.spawn().unwrap(),
            octets: Vec::new(),
            seen: 0,
        }
    }

    fn press(&mut self, keys: &[u8]) {
        self.keyboard.write_all(keys).unwrap();
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.octets).into_owned()
    }

    /// Waits for a frame that reports each probe to a target as answered.
    fn wait_for_reply(&mut self) {
        self.wait_for("0%");
    }

    /// The end of the output, for messages.
    fn newest(&self) -> String {
        let begin = self.octets.len().saturating_sub(500);
        String::from_utf8_lossy(&self.octets[begin..]).into_owned()
    }

    /// Waits for this text, after the previously found one.
    fn wait_for(&mut self, text: &str) {
        let alarm = sys::alarm(PATIENCE).unwrap();
        loop {
            let rest = &self.octets[self.seen..];
            if let Some(at) = rest
                .windows(text.len())
                .position(|it| it == text.as_bytes())
            {
                self.seen += at + text.len();
                return;
            }
            let [_, is_late] =
                sys::wait([Some(self.keyboard.as_fd()), Some(alarm.as_fd())]).unwrap();
            assert!(!is_late, "{text:?} did not come: {:?}", self.newest());
            self.read();
        }
    }

    fn read(&mut self) {
        let mut buffer = [0; 1 << 14];
        let length = self.keyboard.read(&mut buffer).unwrap();
        self.octets.extend_from_slice(&buffer[..length]);
    }

    /// Waits until the program has ended, and returns its exit code.
    fn code(&mut self) -> i32 {
        let ended = sys::process(self.child.id()).unwrap();
        let alarm = sys::alarm(PATIENCE).unwrap();
        loop {
            let of = [self.keyboard.as_fd(), ended.as_fd(), alarm.as_fd()];
            let [has_text, has_ended, is_late] = sys::wait(of.map(Some)).unwrap();
            assert!(!is_late, "it did not end: {:?}", self.newest());
            if has_text {
                self.read();
            } else if has_ended {
                let status = self.child.wait().unwrap();
                return status
                    .code()
                    .unwrap_or_else(|| 128 + status.signal().unwrap());
            }
        }
    }

    #[track_caller]
    fn assert_modes_are_as_before(&self) {
        assert_eq!(sys::modes(&self.program), self.modes);
    }

    /// Checks that modes, screen and cursor are restored.
    #[track_caller]
    fn assert_is_as_before(&self) {
        self.assert_modes_are_as_before();
        let text = self.text();
        for (on, off) in [(ENTER, LEAVE), ("\x1b[?25l", "\x1b[?25h")] {
            assert!(text.rfind(on) < text.rfind(off), "{:?}", self.newest());
        }
    }
}

impl Drop for Person {
    fn drop(&mut self) {
        // A failed trial leaves no process behind.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Checks that the output has only the escape sequences of the view.
fn assert_only_own_sequences(octets: &[u8]) {
    let text = str::from_utf8(octets).unwrap();
    for sequence in text.split('\x1b').skip(1) {
        let end = sequence.find(|it: char| it.is_ascii_alphabetic()).unwrap();
        let (parameters, kind) = (&sequence[..end], &sequence[end..=end]);
        let is_known = match kind {
            "m" | "H" | "C" | "J" => parameters.starts_with('['),
            "h" | "l" => ["[?1049", "[?25"].contains(&parameters),
            _ => false,
        };
        assert!(is_known, "{sequence:?}");
    }
    let is_harmless = |it: char| !it.is_control() || "\x1b\r\n".contains(it);
    assert!(text.chars().all(is_harmless), "{text:?}");
    assert!(!text.contains('\u{202e}'));
}
