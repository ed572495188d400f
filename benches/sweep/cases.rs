//! The tasks of the programs.

use std::fmt;
use std::path::Path;
use std::time::Duration;

use anyhow::Result;
use tempfile::NamedTempFile;

use crate::place::Addresses;
use crate::programs::{Contestant, Programs, Proof};

/// The timeout of a probe to silent addresses.
const TIMEOUT: Duration = Duration::from_millis(500);

pub(crate) const PERIOD: Duration = Duration::from_secs(1);

/// Milliseconds between two probes of a round, so that fping spreads ten thousand over the period, as rping does. In
/// one burst (`-i 0`) fping runs out of sequence numbers for ten seconds.
const SPREAD_BY_FPING: &str = "0.1";

/// Probes in flight in a flood with preload.
const WINDOW: u32 = 64;

/// fping fails if it would need a 16-bit sequence number twice within ten seconds.
const MOST_OF_FPING: u32 = 60_000;

#[derive(Debug)]
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) contestants: Vec<Contestant>,
    pub(crate) runs: usize,
    pub(crate) measures: &'static [Measure],
    /// The file of targets, kept as long as it is read.
    _file: Option<NamedTempFile>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Measure {
    Wall,
    /// The time beyond the timeout.
    Beyond,
    Cpu,
    Each,
    Rate,
    Peak,
    /// The 99th percentile of the error of intervals.
    Interval,
}

impl fmt::Display for Measure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Wall => "wall, s",
            Self::Beyond => "beyond the timeout, s",
            Self::Cpu => "CPU, s",
            Self::Each => "CPU an echo, µs",
            Self::Rate => "echoes a second",
            Self::Peak => "peak memory, MiB",
            Self::Interval => "interval error p99, ms",
        })
    }
}

impl Measure {
    /// The time beyond the timeout in a run of this length.
    pub(crate) fn beyond(wall: Duration) -> Duration {
        wall.saturating_sub(TIMEOUT)
    }
}

const SWEEP: &[Measure] = &[Measure::Wall, Measure::Cpu, Measure::Peak];
const SILENT: &[Measure] = &[Measure::Beyond, Measure::Cpu, Measure::Peak];
const FLOOD: &[Measure] = &[Measure::Rate, Measure::Each];
const ROUNDS: &[Measure] = &[
    Measure::Wall,
    Measure::Each,
    Measure::Peak,
    Measure::Interval,
];

/// Answering addresses, each probed once.
pub(crate) fn sweep(programs: &Programs, count: u32, runs: usize) -> Result<Case> {
    let addresses = Addresses::answering(count);
    let file = addresses.file()?;
    let path = file.path().to_string_lossy();
    let proof = Proof::counts(count, count).lines(count);
    let all = count.to_string();
    let mut arguments = vec!["--alive", "-q", "--rate", "max", "--limit", &all];
    let range = addresses.range();
    // Above fping's maximum, no common list is needed.
    let listed = count <= MOST_LISTED;
    if listed {
        arguments.extend(["--targets", &*path]);
    } else {
        arguments.push(&range);
    }
    let mut contestants = vec![
        Contestant::floor("sweep", addresses, 1, count)?,
        Contestant::rping(&arguments, proof, count),
    ];
    if let Some(fping) = programs.fping.as_ref().filter(|_| listed) {
        let arguments = ["-a", "-q", "-i", "0", "-r", "0", "-f", &path];
        let proof = Proof::default().lines(count);
        contestants.push(Contestant::of("fping", fping, &arguments, proof, count));
    }
    Ok(Case {
        name: format!("{} answer", thousands(count)),
        contestants,
        runs,
        measures: SWEEP,
        _file: Some(file),
    })
}

/// fping's number of sequence numbers.
const MOST_LISTED: u32 = 65_535;

/// fping's errors above its maximum.
pub(crate) fn too_many(programs: &Programs, count: u32) -> Result<Vec<String>> {
    let Some(fping) = &programs.fping else {
        return Ok(Vec::new());
    };
    let addresses = Addresses::answering(count);
    let list = addresses.file()?;
    let path = list.path().to_string_lossy();
    let [first, end] = addresses.ends();
    let way = ["-a", "-q", "-i", "0", "-r", "0"];
    let range: [&str; 3] = ["-g", &first, &end];
    let file: [&str; 2] = ["-f", &path];
    let ways: [(&str, &[&str]); 2] = [("-g", &range), ("-f", &file)];
    let told = ways.into_iter().map(|(option, targets)| {
        let arguments = [&way, targets].concat();
        let fping = Contestant::of("fping", fping, &arguments, Proof::default(), count);
        let (code, words) = fping.fail()?;
        let code = code.map_or_else(|| "does not end".to_owned(), |code| format!("exits {code}"));
        let words = if words.is_empty() { "nothing" } else { &words };
        let count = thousands(count);
        Ok(format!(
            "fping {option}, {count} addresses: {code} and says: {words}"
        ))
    });
    told.collect()
}

/// Silent addresses, each probed once.
pub(crate) fn silent(programs: &Programs, count: u32, runs: usize) -> Result<Case> {
    let file = Addresses::silent(count).file()?;
    let path = file.path().to_string_lossy();
    let (seconds, milliseconds) = (
        TIMEOUT.as_secs_f64().to_string(),
        TIMEOUT.as_millis().to_string(),
    );
    let arguments = ["--alive", "-q", "--rate", "max", "--retries", "0"];
    let targets = ["-W", &seconds, "--targets", &path];
    let proof = Proof::counts(count, 0).lines(0).code(1);
    let arguments = [&arguments[..], &targets].concat();
    let mut contestants = vec![Contestant::rping(&arguments, proof, count)];
    if let Some(fping) = &programs.fping {
        let arguments = ["-a", "-q", "-s", "-i", "0", "-r", "0"];
        let targets = ["-t", &milliseconds, "-f", &path];
        let proof = Proof::default()
            .lines(0)
            .says(1, format!("{count} unreachable"))
            .says(1, format!("{count} ICMP Echos sent"))
            .code(1);
        let arguments = [&arguments[..], &targets].concat();
        contestants.push(Contestant::of("fping", fping, &arguments, proof, count));
    }
    Ok(Case {
        name: format!("{} are silent", thousands(count)),
        contestants,
        runs,
        measures: SILENT,
        _file: Some(file),
    })
}

/// Answering addresses, probed once a second.
pub(crate) fn rounds(programs: &Programs, count: u32, rounds: u32, runs: usize) -> Result<Case> {
    let addresses = Addresses::answering(count);
    let echoes = count * rounds;
    let file = addresses.file()?;
    let path = file.path().to_string_lossy();
    let times = rounds.to_string();
    let seconds = PERIOD.as_secs().to_string();
    let milliseconds = PERIOD.as_millis().to_string();
    let arguments = ["-q", "--rate", "max", "-c", &times, "-i", &seconds];
    let arguments = [&arguments[..], &["--targets", &path]].concat();
    let mut contestants = vec![
        Contestant::floor("rounds", addresses, rounds, echoes)?,
        Contestant::rping(&arguments, Proof::counts(echoes, echoes), echoes),
    ];
    if let Some(fping) = &programs.fping {
        let arguments = ["-q", "-i", SPREAD_BY_FPING, "-c", &times];
        let targets = ["-p", &milliseconds, "-f", &path];
        let arguments = [&arguments[..], &targets].concat();
        let proof = Proof::default().says(count, format!("= {rounds}/{rounds}/0%"));
        contestants.push(Contestant::of("fping", fping, &arguments, proof, echoes));
    }
    Ok(Case {
        name: format!("{} in {rounds} rounds of 1 s", thousands(count)),
        contestants,
        runs,
        measures: ROUNDS,
        _file: Some(file),
    })
}

/// fping's command lines, run by fping and by rping under its name.
pub(crate) fn face(programs: &Programs, runs: usize) -> Result<Vec<Case>> {
    let lines: [(&'static str, u32, u32); 4] = [
        ("-q -c 1 -i 0", 60_000, 1),
        ("-a -i 1 -g", 10_000, 1),
        ("-C 10 -q -p 1000", 100, 10),
        // A signal ends it, after as many rounds as the time allows.
        ("-l -i 1 -p 100", 100, 50),
    ];
    let cases = lines.map(|(line, count, times)| {
        let addresses = Addresses::answering(count);
        let file = addresses.file()?;
        let path = file.path().to_string_lossy();
        let [first, last] = addresses.ends();
        let mut arguments: Vec<&str> = line.split(' ').collect();
        if line.ends_with("-g") {
            arguments.extend([&*first, &*last]);
        } else {
            arguments.extend(["-f", &*path]);
        }
        let proof = match line {
            "-C 10 -q -p 1000" => Proof::default().lines(0),
            "-l -i 1 -p 100" => Proof::default().says(count, "/0%, min/avg/max"),
            "-q -c 1 -i 0" => Proof::default().says(count, "= 1/1/0%"),
            _ => Proof::default().lines(count),
        };
        let is_endless = line.starts_with("-l");
        let contestant = |name, program: &Path, words: &[&str]| {
            let program = program.to_string_lossy();
            let words = [words, &arguments].concat();
            let words = if is_endless {
                [FOR_FIVE_SECONDS, &[&program], &words].concat()
            } else {
                words
            };
            let program = if is_endless { "timeout" } else { &program };
            let echoes = count * times;
            Contestant::of(name, Path::new(program), &words, proof.clone(), echoes)
        };
        let rping = Path::new(env!("CARGO_BIN_EXE_rping"));
        let mut contestants = vec![contestant("rping", rping, &["--as", "fping"])];
        if let Some(fping) = &programs.fping {
            contestants.push(contestant("fping", fping, &[]));
        }
        Ok(Case {
            name: format!("`{line}`, {} answer", thousands(count)),
            contestants,
            runs,
            measures: SWEEP,
            _file: Some(file),
        })
    });
    cases.into_iter().collect()
}

/// Arguments of `timeout` before a program that does not end by itself.
const FOR_FIVE_SECONDS: &[&str] = &["--preserve-status", "-s", "INT", "5"];

/// One target, probed as fast as it answers; with preload, several probes in flight.
pub(crate) fn flood(programs: &Programs, echoes: u32, preload: bool, runs: usize) -> Result<Case> {
    let window = if preload { WINDOW } else { 1 };
    let target = Addresses::answering(window);
    let to = target.first.to_string();
    let (count, in_flight) = (echoes.to_string(), window.to_string());
    let mut arguments = vec!["-f", "-q", "-n", "-c", &count];
    if preload {
        arguments.extend(["-l", &in_flight]);
    }
    arguments.push(&to);
    let proof = Proof::counts(echoes, echoes);
    let mut contestants = vec![
        Contestant::floor("flood", target, echoes, echoes)?,
        Contestant::rping(&arguments, proof.clone(), echoes),
    ];
    if let Some(ping) = &programs.ping {
        contestants.push(Contestant::of("ping", ping, &arguments, proof, echoes));
    }
    if let Some(fping) = &programs.fping {
        let echoes = echoes.min(MOST_OF_FPING);
        let count = echoes.to_string();
        // Without -t the timeout would be the period.
        let way = ["-q", "-p", "0", "-i", "0", "-t", "500"];
        let arguments = [&way[..], &["-c", &count, &to]].concat();
        let proof = Proof::default().says(1, format!("= {echoes}/{echoes}/0%"));
        contestants.push(Contestant::of("fping", fping, &arguments, proof, echoes));
    }
    Ok(Case {
        name: format!("`{}`", if preload { "-f -l 64" } else { "-f" }),
        contestants,
        runs,
        measures: FLOOD,
        _file: None,
    })
}

/// A comma every three digits.
fn thousands(number: u32) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
