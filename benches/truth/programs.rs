//! The measured programs: command lines, execution, and parsing of output.

use std::env;
use std::ffi::OsString;
use std::io::{Read, Seek};
use std::net::IpAddr;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::capture::{Capture, Probe};
use crate::{reference, sys};

/// Maximum time of a run. A longer one has hung.
const LIMIT: Duration = Duration::from_secs(30);

/// The wait for the last replies after the program has ended.
const AFTERMATH: Duration = Duration::from_millis(15);

/// The kind of command line and output.
#[derive(Debug, Clone, Copy)]
enum Manner {
    Reference { added: Duration },
    Rping { more: &'static [&'static str] },
    Ping,
    Fping,
}

#[derive(Debug)]
pub(crate) struct Program {
    pub(crate) name: &'static str,
    path: PathBuf,
    manner: Manner,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Task {
    pub(crate) target: IpAddr,
    pub(crate) count: u16,
    pub(crate) interval: Duration,
    /// Whether it prints no line for each reply.
    pub(crate) quiet: bool,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Printed {
    /// The sequence number, relative to the program's first.
    pub(crate) number: u16,
    pub(crate) time: Duration,
}

/// The results of a run.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) printed: Vec<Printed>,
    /// The printed average, and the value of its last digit.
    pub(crate) average: Option<(Duration, Duration)>,
    pub(crate) probes: Vec<Probe>,
    pub(crate) cpu: Duration,
}

/// The index of rping: after the floor, before its peers.
pub(crate) const OURS: usize = 1;

pub(crate) fn all() -> Result<Vec<Program>> {
    let mut programs = vec![Program::reference(Duration::ZERO)?, Program::rping()];
    programs.extend(Program::ping());
    programs.extend(Program::fping());
    Ok(programs)
}

pub(crate) fn peers(programs: &[Program]) -> Range<usize> {
    OURS + 1..programs.len()
}

/// The headings of the ratios to rping.
pub(crate) fn ratios(programs: &[Program]) -> impl Iterator<Item = String> {
    let peers = programs.iter().skip(OURS + 1);
    peers.map(|peer| format!("{} : rping", peer.name))
}

impl Program {
    /// This program as the floor. It adds `added` to each printed round trip.
    pub(crate) fn reference(added: Duration) -> Result<Self> {
        Ok(Self {
            name: "floor",
            path: env::current_exe()?,
            manner: Manner::Reference { added },
        })
    }

    fn rping() -> Self {
        Self {
            name: "rping",
            path: env!("CARGO_BIN_EXE_rping").into(),
            manner: Manner::Rping { more: &[] },
        }
    }

    /// rping with round trips that exclude the wait in this host's queue.
    pub(crate) fn rping_of_the_wire() -> Self {
        Self {
            name: "rping --clock wire",
            manner: Manner::Rping {
                more: &["--clock", "wire"],
            },
            ..Self::rping()
        }
    }

    /// iputils' ping, if `ping` is that.
    fn ping() -> Option<Self> {
        let path = find("ping", |path| {
            version(path, "-V").is_some_and(|text| {
                text.starts_with("ping from iputils ") && !text.contains("rping")
            })
        })?;
        Some(Self {
            name: "ping",
            path,
            manner: Manner::Ping,
        })
    }

    fn fping() -> Option<Self> {
        let path = find("fping", |path| version(path, "--version").is_some())?;
        Some(Self {
            name: "fping",
            path,
            manner: Manner::Fping,
        })
    }

    /// The first line of its version, and its command line here.
    pub(crate) fn describe(&self) -> String {
        let (what, way) = match self.manner {
            Manner::Reference { .. } => {
                return "the reference in `benches/truth/reference.rs`".into();
            }
            Manner::Rping { .. } => (version(&self.path, "-V"), "rping -n -3"),
            Manner::Ping => (version(&self.path, "-V"), "ping -n"),
            Manner::Fping => (version(&self.path, "--version"), "fping -c -i 1 -t 500 -p"),
        };
        let what = what.unwrap_or_default().replace(": Version", "");
        format!("{}, as `{way}`", what.trim_start_matches("ping from "))
    }

    /// Runs the program to its end and reads the capture.
    pub(crate) fn run(&self, task: Task, capture: &Capture) -> Result<Run> {
        capture.clear()?;
        // A file instead of a pipe: the reader of a pipe wakes up for each line.
        let mut output = sys::memory_file()?;
        let mut child = Command::new(&self.path)
            .args(self.arguments(task))
            .stdin(Stdio::null())
            .stdout(output.try_clone()?)
            .stderr(Stdio::null())
            .spawn()
            .with_context(|| format!("cannot start {}", self.path.display()))?;
        let Some(cpu) = sys::end_of(&mut child, LIMIT)? else {
            bail!("{} did not end: {task:?}", self.name);
        };
        thread::sleep(AFTERMATH);
        let mut text = String::new();
        output.rewind()?;
        output.read_to_string(&mut text)?;
        let (printed, average) = match self.manner {
            Manner::Fping => (
                text.lines().filter_map(of_fping).collect(),
                text.lines().rev().find_map(average_of_fping),
            ),
            _ => (
                text.lines().filter_map(of_ping).collect(),
                text.lines().rev().find_map(average_of_ping),
            ),
        };
        Ok(Run {
            printed,
            average,
            probes: capture.probes(task.target)?,
            cpu,
        })
    }

    fn arguments(&self, task: Task) -> Vec<String> {
        let count = task.count.to_string();
        let seconds = task.interval.as_secs_f64().to_string();
        let milliseconds = task.interval.as_millis().to_string();
        let nanoseconds = task.interval.as_nanos().to_string();
        let target = task.target.to_string();
        let mut words: Vec<&str> = Vec::new();
        let added;
        match self.manner {
            Manner::Reference { added: time } => {
                added = time.as_nanos().to_string();
                words.extend([reference::FLAG, &target, &count, &nanoseconds, &added]);
            }
            Manner::Rping { .. } | Manner::Ping => {
                if let Manner::Rping { more } = self.manner {
                    words.push("-3");
                    words.extend(more);
                }
                words.extend(["-n", "-W", "1", "-c", &count, "-i", &seconds, &target]);
            }
            Manner::Fping => {
                // -i is the time between any two probes (default 10 ms), -p that between two probes to one target,
                // which would also be the timeout.
                let way = if task.quiet {
                    ["-q", "-c"]
                } else {
                    ["-r0", "-C"]
                };
                let pace = ["-i", "1", "-t", "500", "-p"];
                words.extend(way);
                words.push(&count);
                words.extend(pace);
                words.extend([milliseconds.as_str(), &target]);
            }
        }
        if task.quiet && !matches!(self.manner, Manner::Reference { .. }) {
            words.insert(0, "-q");
        }
        words.into_iter().map(str::to_owned).collect()
    }
}

fn find(name: &str, fits: impl Fn(&Path) -> bool) -> Option<PathBuf> {
    let path: OsString = env::var_os("PATH")?;
    let mut candidates = env::split_paths(&path).map(|directory| directory.join(name));
    candidates.find(|path| fits(path))
}

fn version(path: &Path, option: &str) -> Option<String> {
    let output = Command::new(path).arg(option).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    text.lines().next().map(str::to_owned)
}

/// `64 bytes from 198.51.100.10: icmp_seq=1 ttl=64 time=0.022 ms`
fn of_ping(line: &str) -> Option<Printed> {
    let (_, rest) = line.split_once("icmp_seq=")?;
    let (number, rest) = rest.split_once(' ')?;
    let (_, rest) = rest.split_once("time=")?;
    let (time, rest) = rest.split_once(" ms")?;
    let number: u16 = number.parse().ok()?;
    // Marks such as that of duplicates follow the unit.
    let (time, _) = milliseconds(time).filter(|_| rest.trim().is_empty())?;
    Some(Printed {
        number: number.checked_sub(1)?,
        time,
    })
}

/// `198.51.100.10 : [0], 64 bytes, 0.022 ms (0.022 avg, 0% loss)`
fn of_fping(line: &str) -> Option<Printed> {
    let (_, rest) = line.split_once(" : [")?;
    let (number, rest) = rest.split_once("], ")?;
    let (_, rest) = rest.split_once(" bytes, ")?;
    let (time, _) = rest.split_once(" ms")?;
    let (time, _) = milliseconds(time)?;
    Some(Printed {
        number: number.parse().ok()?,
        time,
    })
}

/// `rtt min/avg/max/mdev = 0.015/0.032/0.050/0.017 ms`
fn average_of_ping(line: &str) -> Option<(Duration, Duration)> {
    let (_, rest) = line.split_once("min/avg/max")?;
    let (_, rest) = rest.split_once(" = ")?;
    milliseconds(rest.split('/').nth(1)?)
}

/// The same line as for the round trip: each has the average so far.
fn average_of_fping(line: &str) -> Option<(Duration, Duration)> {
    let (_, rest) = line.split_once(" ms (")?;
    let (average, _) = rest.split_once(" avg")?;
    milliseconds(average)
}

/// Milliseconds with up to six decimals, and the value of the last digit.
fn milliseconds(text: &str) -> Option<(Duration, Duration)> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let missing = 6_usize.checked_sub(fraction.len())?;
    let step = 10_u64.pow(missing.try_into().ok()?);
    let whole: u64 = whole.parse().ok()?;
    let fraction: u64 = if fraction.is_empty() {
        0
    } else {
        fraction.parse().ok()?
    };
    let nanoseconds = whole.checked_mul(1_000_000)? + fraction * step;
    Some((
        Duration::from_nanos(nanoseconds),
        Duration::from_nanos(step),
    ))
}
