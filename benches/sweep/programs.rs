//! The measured programs: their command lines, and the proof that each run did its whole task.

use std::env;
use std::fs::File;
use std::io::{BufRead, BufReader, Seek};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use crate::floor;
use crate::place::Addresses;
use crate::sys;

/// Maximum time of a run. A longer one has hung.
const LIMIT: Duration = Duration::from_secs(60);

#[derive(Debug)]
pub(crate) struct Programs {
    pub(crate) ping: Option<PathBuf>,
    pub(crate) fping: Option<PathBuf>,
}

impl Programs {
    pub(crate) fn find() -> Self {
        Self {
            // Only if `ping` is iputils' ping.
            ping: find("ping", "-V", |text| {
                text.starts_with("ping from iputils ") && !text.contains("rping")
            }),
            fping: find("fping", "--version", |text| text.contains("Version")),
        }
    }
}

fn find(name: &str, option: &str, fits: impl Fn(&str) -> bool) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    let mut candidates = env::split_paths(&path).map(|directory| directory.join(name));
    candidates.find(|path| version(path, option).is_some_and(|text| fits(&text)))
}

/// The first line of the output for this option.
pub(crate) fn version(path: &Path, option: &str) -> Option<String> {
    let output = Command::new(path).arg(option).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    text.lines().next().map(str::to_owned)
}

/// The output and exit code of a complete run.
#[derive(Debug, Clone, Default)]
pub(crate) struct Proof {
    /// Number of lines on standard output.
    pub(crate) lines: Option<usize>,
    /// Texts, and the number of lines on both outputs that contain each.
    pub(crate) says: Vec<(usize, String)>,
    pub(crate) code: i32,
}

impl Proof {
    /// ping's `packets transmitted` and `received`.
    pub(crate) fn counts(sent: u32, received: u32) -> Self {
        let text = format!("{sent} packets transmitted, {received} received");
        Self {
            says: vec![(1, text)],
            ..Self::default()
        }
    }

    pub(crate) fn lines(self, lines: u32) -> Self {
        Self {
            lines: Some(lines as usize),
            ..self
        }
    }

    /// Requires this number of lines with a text.
    pub(crate) fn says(mut self, times: u32, text: impl Into<String>) -> Self {
        self.says.push((times as usize, text.into()));
        self
    }

    pub(crate) fn code(self, code: i32) -> Self {
        Self { code, ..self }
    }
}

/// A program and its task.
#[derive(Debug)]
pub(crate) struct Contestant {
    pub(crate) name: &'static str,
    program: PathBuf,
    arguments: Vec<String>,
    proof: Proof,
    /// The number of requested echoes.
    pub(crate) echoes: u32,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Cost {
    pub(crate) wall: Duration,
    pub(crate) cpu: Duration,
    /// In KiB.
    pub(crate) peak: u64,
}

impl Contestant {
    pub(crate) fn floor(task: &str, addresses: Addresses, times: u32, echoes: u32) -> Result<Self> {
        let words = [
            floor::FLAG,
            task,
            &addresses.first.to_string(),
            &addresses.count.to_string(),
            &times.to_string(),
        ];
        Ok(Self {
            name: "floor",
            program: env::current_exe()?,
            arguments: words.map(str::to_owned).to_vec(),
            proof: Proof::counts(echoes, echoes),
            echoes,
        })
    }

    pub(crate) fn rping(arguments: &[&str], proof: Proof, echoes: u32) -> Self {
        Self::of(
            "rping",
            Path::new(env!("CARGO_BIN_EXE_rping")),
            arguments,
            proof,
            echoes,
        )
    }

    pub(crate) fn of(
        name: &'static str,
        program: &Path,
        arguments: &[&str],
        proof: Proof,
        echoes: u32,
    ) -> Self {
        Self {
            name,
            program: program.to_owned(),
            arguments: arguments.iter().map(|&word| word.to_owned()).collect(),
            proof,
            echoes,
        }
    }

    /// Runs the program to its end.
    pub(crate) fn run(&self) -> Result<Cost> {
        let (cost, code, output) = self.start()?;
        ensure!(
            code == Some(self.proof.code),
            "{} {:?} ended with {code:?}: {}",
            self.name,
            self.arguments,
            first_line(output.1)?
        );
        self.check(output)
            .with_context(|| format!("{} {:?}", self.name, self.arguments))?;
        Ok(cost)
    }

    /// Runs an impossible task. Returns the exit code and the first line of the message.
    pub(crate) fn fail(&self) -> Result<(Option<i32>, String)> {
        let (_, code, output) = self.start()?;
        Ok((code, first_line(output.1)?))
    }

    fn start(&self) -> Result<(Cost, Option<i32>, (File, File))> {
        // Files instead of pipes: the reader of a pipe wakes up for each line.
        let output = (sys::memory_file()?, sys::memory_file()?);
        let start = Instant::now();
        let mut child = Command::new(&self.program)
            .args(&self.arguments)
            .stdin(Stdio::null())
            .stdout(output.0.try_clone()?)
            .stderr(output.1.try_clone()?)
            .spawn()
            .with_context(|| format!("cannot start {}", self.program.display()))?;
        let usage = sys::end_of(&mut child, LIMIT)?;
        let cost = Cost {
            wall: start.elapsed(),
            cpu: usage.cpu,
            peak: usage.peak,
        };
        Ok((cost, usage.code, output))
    }

    fn check(&self, output: (File, File)) -> Result<()> {
        let mut counts = vec![0; self.proof.says.len()];
        let mut look = |line: &str| {
            for (count, (_, text)) in counts.iter_mut().zip(&self.proof.says) {
                *count += usize::from(line.contains(text.as_str()));
            }
        };
        let lines = each_line(output.0, &mut look)?;
        each_line(output.1, &mut look)?;
        if let Some(expected) = self.proof.lines {
            ensure!(lines == expected, "{lines} lines of {expected}");
        }
        for (count, (expected, text)) in counts.iter().zip(&self.proof.says) {
            ensure!(
                count == expected,
                "{count} of {expected} lines say \"{text}\""
            );
        }
        Ok(())
    }
}

/// Passes each line to `look` without keeping it: this program's memory counts as that of its children at their start.
fn each_line(mut file: File, look: &mut impl FnMut(&str)) -> Result<usize> {
    file.rewind()?;
    let mut reader = BufReader::new(file);
    let (mut line, mut count) = (String::new(), 0);
    while reader.read_line(&mut line)? > 0 {
        look(&line);
        count += 1;
        line.clear();
    }
    Ok(count)
}

fn first_line(mut file: File) -> Result<String> {
    file.rewind()?;
    let mut line = String::new();
    BufReader::new(file).read_line(&mut line)?;
    Ok(line.trim().to_owned())
}
