//! Output that is not read: a full pipe, a stopped or unread terminal. The probes that arrive at the host show the
//! progress of the program, which is not read before.

use crate::host::Host;
use crate::hostile;
use crate::json::schema;
use crate::link;
use crate::namespace::rping_trial;
use crate::packet::Request;
use crate::{sandbox, sys};
use libtest_mimic::Trial;
use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::AsFd;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;

/// Far more than any trial takes. Only a program that waits for its reader exceeds it.
const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = one_target();
    trials.extend(many_targets());
    trials.extend(endings());
    trials.extend(terminals());
    trials
}

fn one_target() -> Vec<Trial> {
    vec![
        rping_trial("output::a_pipe_that_nobody_reads_stops_no_probe", || {
            into_a_pipe("rping", sys::small_pipe());
        }),
        // iputils cannot write without waiting.
        rping_trial("output::nor_does_a_pipe_with_a_name", || {
            let directory = tempfile::tempdir().unwrap();
            into_a_pipe("rping", sys::named_pipe(&directory.path().join("pipe")));
        }),
        rping_trial("output::under_the_name_ping_neither", || {
            into_a_pipe("ping", sys::small_pipe());
        }),
        rping_trial("output::a_terminal_that_is_stopped_stops_no_probe", || {
            let (person, program) = sys::terminal();
            sys::stop_output(&program, true);
            let terminal = program.try_clone().unwrap();
            let run = Unread::start("rping", "-i 0 -c 100 -W 2 198.51.100.2", program);
            run.sends(100);
            sys::stop_output(&terminal, false);
            drop(terminal);
            let Outcome { out, err, code } = run.read(File::from(person));
            assert_eq!(sequences(&out), (1..=100).collect::<Vec<_>>());
            assert!(
                out.contains("\r\n100 packets transmitted, 100 received, 0%"),
                "{out}"
            );
            assert_eq!((err.as_str(), code), ("", Some(0)));
        }),
        rping_trial(
            "output::a_terminal_that_nobody_reads_stops_no_probe",
            || {
                let (person, program) = sys::terminal();
                let run = Unread::start("rping", "-i 0 -c 1000 -W 2 198.51.100.2", program);
                run.sends(1000);
                let Outcome { out, err, code } = run.read(File::from(person));
                assert_eq!(sequences(&out), (1..=1000).collect::<Vec<_>>());
                assert!(
                    out.contains("\r\n1000 packets transmitted, 1000 received, 0%"),
                    "{out}"
                );
                assert_eq!((err.as_str(), code), ("", Some(0)));
            },
        ),
        rping_trial("output::messages_that_nobody_reads_stop_no_probe", || {
            let (mut reader, mut writer) = sys::small_pipe();
            writer.write_all(&[b'-'; 4096]).unwrap();
            let mut command = command("rping", "-v -i 0 -c 5 -W 2 198.51.100.2");
            command.stdout(Stdio::piped()).stderr(writer);
            let run = Unread::answered_by(command, |request| vec![request.echo()]);
            run.sends(5);
            // Messages wait for their reader, and so does the end of the run.
            let mut err = Vec::new();
            reader.read_to_end(&mut err).unwrap();
            let err = plain(err.split_off(4096));
            assert!(err.contains("rping: raw socket, identifier "), "{err}");
            let output = run.child.wait_with_output().unwrap();
            let out = String::from_utf8(output.stdout).unwrap();
            assert!(
                out.contains("\n5 packets transmitted, 5 received, 0%"),
                "{out}"
            );
        }),
        rping_trial(
            "output::a_flood_that_nobody_reads_keeps_its_row_of_dots",
            || {
                let (reader, writer) = sys::small_pipe();
                let run = Unread::start("rping", "-f -c 20000 -W 2 198.51.100.2", writer);
                run.sends(20_000);
                let out = run.read(reader).out;
                let (row, _) = out.split_once("\n---").unwrap();
                let (_, row) = row.split_once('\n').unwrap();
                let [dots, back] = [".", "\x08 \x08"].map(|mark| row.matches(mark).count());
                assert_eq!(dots, back);
                // Four octets for each visible one, and at most a page of them.
                assert!((1..5000).contains(&dots), "{dots}");
                let counts = "\n20000 packets transmitted, 20000 received, 0% packet loss, ";
                assert!(out.contains(counts), "{out}");
            },
        ),
        rping_trial(
            "output::row_27_a_storm_that_nobody_reads_delays_no_probe",
            || {
                let (reader, writer) = sys::small_pipe();
                let mut command = command("rping", "-i 0.2 -W 10 -c 5 198.51.100.2");
                command.stdout(writer).stderr(Stdio::piped());
                let run = Unread::answered_by(command, |request| vec![request.echo(); 10_000]);
                run.sends(5);
                let out = run.read(reader).out;
                assert!(hostile::accounts_for_five(&out), "{out}");
            },
        ),
    ]
}

fn terminals() -> Vec<Trial> {
    vec![
        rping_trial("output::run_goes_on_when_the_terminal_vanishes", || {
            without_terminal("rping", "-i 0.002 -c 200 -W 2 198.51.100.2");
        }),
        rping_trial("output::ping_goes_on_when_the_terminal_vanishes", || {
            without_terminal("ping", "-i 0.002 -c 200 -W 2 198.51.100.2");
        }),
        rping_trial(
            "output::run_of_two_targets_goes_on_when_the_terminal_vanishes",
            || {
                let arguments = "-i 0.01 -c 100 -W 2 198.51.100.2 198.51.100.3";
                without_terminal("rping", arguments);
            },
        ),
        rping_trial(
            "output::escape_sequences_need_a_terminal_that_knows_them",
            || {
                link::create();
                let _host = Host::silent();
                for (term, no_color, colours) in [
                    (Some("xterm"), "", true),
                    (Some("xterm"), "1", false),
                    (Some("dumb"), "", false),
                    (Some(""), "", false),
                    (None, "", false),
                ] {
                    for targets in ["198.51.100.2", "198.51.100.2 198.51.100.3"] {
                        let arguments = format!("-c 1 -W 0.1 {targets}");
                        let out = on_a_terminal(&arguments, term, no_color);
                        assert!(out.contains(" 100% packet loss"), "{out}");
                        assert_eq!(out.contains('\x1b'), colours, "{term:?} {no_color}: {out}");
                    }
                }
            },
        ),
    ]
}

/// The reader closes its end after a few probes. The run continues to its end, and then reports the failed output.
fn without_terminal(name: &str, arguments: &str) {
    let (person, program) = sys::terminal();
    // So that the program cannot end before.
    sys::stop_output(&program, true);
    let run = Unread::start(name, arguments, program);
    run.sends(20);
    drop(person);
    run.sends(180);
    let output = run.child.wait_with_output().unwrap();
    let message = format!("{name}: cannot write the output: Input/output error\n");
    assert_eq!(
        (plain(output.stderr), output.status.code()),
        (message, Some(2))
    );
}

fn on_a_terminal(arguments: &str, term: Option<&str>, no_color: &str) -> String {
    let (person, program) = sys::terminal();
    let mut command = command("rping", arguments);
    command.env("NO_COLOR", no_color).stdout(program);
    match term {
        Some(term) => command.env("TERM", term),
        None => command.env_remove("TERM"),
    };
    let mut child = command.spawn().unwrap();
    // Otherwise this end would stay open.
    drop(command);
    let mut out = Vec::new();
    // Reading the end of a terminal is an error.
    let _ = File::from(person).read_to_end(&mut out);
    child.wait().unwrap();
    String::from_utf8(out).unwrap()
}

fn into_a_pipe(name: &str, (reader, writer): (impl Read, impl Into<Stdio>)) {
    let run = Unread::start(name, "-i 0 -D -c 5000 -W 2 198.51.100.2", writer);
    run.sends(5000);
    let Outcome { out, err, code } = run.read(reader);
    let sequences = sequences(&out);
    // The first ones, for which there was space, without a gap.
    assert!((2500..4900).contains(&sequences.len()), "{out}");
    assert_eq!(sequences[..2500], (1..=2500).collect::<Vec<_>>());
    assert!(sequences.is_sorted(), "{out}");
    let counts = "\n5000 packets transmitted, 5000 received, 0% packet loss, ";
    assert!(out.contains(counts), "{out}");
    let missing = 5000 - sequences.len();
    assert_eq!((err, code), (not_shown(name, missing), Some(0)));
}

fn many_targets() -> Vec<Trial> {
    vec![
        rping_trial("output::rounds_that_nobody_reads_stop_no_probe", || {
            let (reader, writer) = sys::small_pipe();
            let arguments = "-D -i 0.0002 -W 10 --rate 10000 -c 4000 198.51.100.2 198.51.100.3";
            let run = Unread::start("rping", arguments, writer);
            run.sends(8000);
            let Outcome { out, err, code } = run.read(reader);
            let printed = sequences(&out).len();
            assert!((3000..7900).contains(&printed), "{out}");
            let counts = "\n8000 packets transmitted, 8000 received, 0% packet loss, ";
            assert!(out.contains(counts), "{out}");
            assert_eq!((err, code), (not_shown("rping", 8000 - printed), Some(0)));
        }),
        rping_trial("output::a_list_of_the_living_is_never_cut", || {
            let (reader, writer) = sys::small_pipe();
            // More than the limit of droppable output.
            let arguments = "--alive -q --rate 20000 -W 5 fd51::ffff:ffff:ffff:0/114";
            let run = Unread::start("rping", arguments, writer);
            run.sends(16_384);
            let Outcome { out, err, code } = run.read(reader);
            assert!(out.len() > 400_000, "{}", out.len());
            let mut listed: Vec<&str> = out.lines().collect();
            listed.sort_unstable();
            listed.dedup();
            assert_eq!(listed.len(), 16_384);
            assert!(
                listed
                    .iter()
                    .all(|line| line.starts_with("fd51::ffff:ffff:ffff:"))
            );
            assert!(err.contains("16384 of 16384 targets alive\n"), "{err}");
            assert_eq!(code, Some(0));
        }),
    ]
}

fn endings() -> Vec<Trial> {
    vec![
        rping_trial("output::an_interrupt_ends_a_run_that_nobody_reads", || {
            let (reader, writer) = sys::small_pipe();
            let run = Unread::start("rping", "-i 0.002 198.51.100.2", writer);
            run.sends(200);
            sys::signal(run.child.id(), libc::SIGINT);
            let Outcome { out, err, code } = run.read(reader);
            let count = sequences(&out).len();
            // The last replies may still have been in flight.
            let (_, counts) = out.split_once(" packets transmitted, ").unwrap();
            let received = format!("{count} received, 0% packet loss");
            assert!(counts.starts_with(&received), "{out}");
            assert_eq!(sequences(&out), (1..=count).collect::<Vec<_>>());
            assert_eq!((err.as_str(), code), ("", Some(0)));
        }),
        rping_trial("output::a_second_interrupt_ends_it_at_once", || {
            let (reader, writer) = sys::small_pipe();
            let mut run = Unread::start("rping", "-i 0.002 198.51.100.2", writer);
            run.sends(200);
            let ended = sys::process(run.child.id()).unwrap();
            // Until it has received two that are not one.
            loop {
                sys::signal(run.child.id(), libc::SIGINT);
                let pause = sys::alarm(Duration::from_millis(20)).unwrap();
                let [over, _] = sys::wait([Some(ended.as_fd()), Some(pause.as_fd())]).unwrap();
                if over {
                    break;
                }
            }
            let status = run.child.wait().unwrap();
            assert_eq!(status.signal(), Some(libc::SIGINT), "{status}");
            drop(reader);
        }),
        rping_trial("output::second_interrupt_cuts_no_line_of_json", || {
            let (mut reader, writer) = sys::small_pipe();
            let mut run = Unread::start("rping", "--json -i 0.002 198.51.100.2", writer);
            run.sends(200);
            let ended = sys::process(run.child.id()).unwrap();
            sys::signal(run.child.id(), libc::SIGINT);
            // The reader takes what the pipe held, and part of what waited for room.
            let mut out = vec![0; 10_000];
            reader.read_exact(&mut out).unwrap();
            loop {
                let pause = sys::alarm(Duration::from_millis(20)).unwrap();
                let [over, _] = sys::wait([Some(ended.as_fd()), Some(pause.as_fd())]).unwrap();
                if over {
                    break;
                }
                sys::signal(run.child.id(), libc::SIGINT);
            }
            let status = run.child.wait().unwrap();
            assert_eq!(status.signal(), Some(libc::SIGINT), "{status}");
            reader.read_to_end(&mut out).unwrap();
            let out = String::from_utf8(out).unwrap();
            assert!(out.ends_with('\n'), "{out}");
            let lines: Vec<_> = out.lines().map(|line| schema().read(line)).collect();
            assert!(lines.len() > 20 && lines.iter().all(|line| line["event"] != "end"));
        }),
        rping_trial(
            "output::reader_that_exits_ends_a_blocked_run_by_sigpipe",
            || {
                let (reader, writer) = sys::small_pipe();
                let run = Unread::start("rping", "-i 0.002 198.51.100.2", writer);
                run.sends(200);
                drop(reader);
                let output = run.child.wait_with_output().unwrap();
                assert_eq!(output.status.signal(), Some(libc::SIGPIPE));
                assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
            },
        ),
        rping_trial("output::run_without_a_reader_ends_by_sigpipe", || {
            for (name, arguments) in ANSWERED {
                let output = without_reader(command(name, arguments));
                assert_eq!(output.status.signal(), Some(libc::SIGPIPE), "{arguments}");
                assert_eq!(plain(output.stderr), "", "{arguments}");
            }
        }),
        rping_trial(
            "output::run_without_a_reader_is_an_error_when_sigpipe_is_ignored",
            || {
                for (name, arguments) in ANSWERED {
                    let script = format!(r#"trap "" PIPE; exec "$0" {arguments}"#);
                    let mut shell = Command::new("sh");
                    shell.args(["-c", &script]).arg(sandbox::program(name));
                    let output = without_reader(shell);
                    assert_eq!(output.status.code(), Some(2), "{arguments}");
                    let message = format!("{name}: cannot write the output: Broken pipe\n");
                    assert_eq!(plain(output.stderr), message, "{arguments}");
                }
            },
        ),
    ]
}

/// Runs in which each target answers.
const ANSWERED: [(&str, &str); 7] = [
    ("ping", "-c 1 127.0.0.1"),
    ("rping", "-c 1 127.0.0.1"),
    ("rping", "-q -c 1 127.0.0.1"),
    ("rping", "-c 1 127.0.0.1 127.0.0.2"),
    ("rping", "--alive -q 127.0.0.1 127.0.0.2"),
    ("rping", "--json -c 1 127.0.0.1"),
    ("rping", "--json=summary --alive 127.0.0.1 127.0.0.2"),
];

/// The end of a run whose standard output is a pipe without a reader from the start.
fn without_reader(mut command: Command) -> Output {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    // Programs started by other trials have a copy of it until exec.
    sys::wait([Some(writer.as_fd())]).unwrap();
    let child = command.stdout(writer).stderr(Stdio::piped()).spawn();
    child.unwrap().wait_with_output().unwrap()
}

/// A run whose output is not read yet.
struct Unread {
    child: Child,
    arrived: Receiver<()>,
    _host: Host,
}

/// Its output when read at last.
struct Outcome {
    out: String,
    err: String,
    code: Option<i32>,
}

impl Unread {
    /// Starts the program of this name with this output, and a host that answers it.
    fn start(name: &str, arguments: &str, output: impl Into<Stdio>) -> Self {
        let mut command = command(name, arguments);
        command.stdout(output).stderr(Stdio::piped());
        Self::answered_by(command, |request| vec![request.echo()])
    }

    fn answered_by(mut command: Command, script: fn(&Request) -> Vec<Vec<u8>>) -> Self {
        link::create();
        let (told, arrived) = mpsc::channel();
        let host = Host::start(move |request| {
            // The receiver is gone at the end of the trial.
            let _ = told.send(());
            script(request)
        });
        Self {
            child: command.spawn().unwrap(),
            arrived,
            _host: host,
        }
    }

    /// Waits until this number of probes have arrived, whether the output is read or not.
    #[track_caller]
    fn sends(&self, count: usize) {
        for sent in 0..count {
            let arrival = self.arrived.recv_timeout(PATIENCE);
            assert!(arrival.is_ok(), "it stopped after {sent} probes");
        }
    }

    /// Reads the output to its end.
    fn read(self, mut reader: impl Read) -> Outcome {
        let mut out = Vec::new();
        // Reading the end of a terminal is an error.
        let _ = reader.read_to_end(&mut out);
        let output = self.child.wait_with_output().unwrap();
        Outcome {
            out: String::from_utf8(out).unwrap(),
            err: plain(output.stderr),
            code: output.status.code(),
        }
    }
}

fn command(name: &str, arguments: &str) -> Command {
    let mut command = Command::new(sandbox::program(name));
    command.args(arguments.split(' ')).stdin(Stdio::null());
    command
}

/// Removes the program's path from messages.
fn plain(messages: Vec<u8>) -> String {
    let messages = String::from_utf8(messages).unwrap();
    ["ping", "rping"].iter().fold(messages, |messages, name| {
        messages.replace(sandbox::program(name).to_str().unwrap(), name)
    })
}

/// The sequence numbers of the listed replies.
fn sequences(out: &str) -> Vec<usize> {
    let lines = out.lines().filter(|line| line.ends_with(" ms"));
    let numbers = lines.filter_map(|line| line.split_once(" icmp_seq="));
    numbers
        .map(|(_, rest)| rest.split(' ').next().unwrap().parse().unwrap())
        .collect()
}

fn not_shown(name: &str, lines: usize) -> String {
    format!("{name}: {lines} lines dropped: the reader of the output fell behind\n")
}
