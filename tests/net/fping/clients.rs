//! Programs that run `fping` and parse its output. The parsing rules of each are implemented here and applied to real
//! output. None of the programs must be installed.

use super::fping;
use crate::host::Host;
use crate::link::{self, HOST4, HOST6, OTHER4, ROUTER4};
use crate::namespace::rping_trial;
use crate::packet::Complaint;
use crate::run::Output;
use libtest_mimic::Trial;
use std::fs;

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        rping_trial("fping::smokeping_reads_its_rows", smokeping),
        rping_trial("fping::zabbix_reads_lines_and_rows", zabbix),
        rping_trial("fping::librenms_reads_the_summary_and_the_errors", librenms),
        rping_trial("fping::check_fping_finds_its_words", check_fping),
        rping_trial("fping::vaping_reads_values", vaping),
        rping_trial(
            "fping::fping_monitor_reads_states_and_reasons",
            fping_monitor,
        ),
        rping_trial("fping::flent_finds_its_options_and_stamps", flent),
    ]
}

/// Both streams of a shell's `2>&1`, as far as their order matters: summaries are last.
fn together(output: &Output) -> String {
    format!("{}{}", output.stdout, output.stderr)
}

/// Two of three probes to the host are answered; another address is silent.
fn lossy() -> Host {
    Host::start(|request| match (request.destination, request.sequence) {
        (to, sequence) if to != OTHER4 && sequence != 1 => vec![request.echo()],
        _ => vec![],
    })
}

/// `SmokePing`'s probe `FPing`.
fn smokeping() {
    /// The row of a target: `^\S+\s+:\s+[-\d.]`, split at blanks.
    fn row(line: &str) -> Option<(&str, Vec<&str>)> {
        let (host, values) = line.split_once(" : ")?;
        let host = host.trim_end();
        let begins = values.starts_with(|c: char| c == '-' || c == '.' || c.is_ascii_digit());
        let is_word = !host.is_empty() && !host.contains(' ');
        (is_word && begins).then(|| (host, values.split_whitespace().collect()))
    }
    link::create();
    let version = fping("-v").run().stdout;
    let number = version.split("Version ").nth(1).unwrap();
    assert!(
        number.starts_with(|c: char| ('4'..='9').contains(&c)),
        "{version}"
    );
    let help = fping("-h").run();
    assert!(
        help.stdout.contains(" -S,")
            && help.stdout.contains(" -O,")
            && help.stdout.contains(" -k,")
    );

    let _host = lossy();
    // The trial at its start determines the unit of times.
    let trial = together(&fping(&format!("-C 1 {HOST4}")).run());
    let time = trial
        .split("bytes, ")
        .nth(1)
        .unwrap()
        .split(" ms")
        .next()
        .unwrap();
    let value = trial.lines().last().unwrap().split(" : ").nth(1).unwrap();
    assert_eq!(time, value, "{trial}");

    let line = format!("-C 3 -q -B1 -r1 -4 -b56 -t1000 -i10 -p1500 {HOST4} {OTHER4}");
    let output = fping(&line).run();
    assert!(output.code <= 1, "{output:?}");
    let rows: Vec<_> = output.stderr.lines().filter_map(row).collect();
    assert_eq!(rows.len(), 2, "{output:?}");
    let times: Vec<Option<f64>> = rows[0].1.iter().map(|it| it.parse().ok()).collect();
    assert_eq!(rows[0].0, HOST4.to_string());
    assert!(times.len() == 3 && times[0].is_some() && times[1].is_none() && times[2].is_some());
    assert_eq!(rows[1], (OTHER4.to_string().as_str(), vec!["-"; 3]));
}

/// Zabbix' `icmpping.c`.
fn zabbix() {
    /// Per host: lines of probes by their index, and the row.
    fn read<'a>(text: &'a str, host: &str) -> (Vec<usize>, Option<Vec<&'a str>>) {
        let (mut indices, mut row) = (Vec::new(), None);
        for line in text.lines() {
            let is_of_host = line.split(' ').next() == Some(host);
            if !is_of_host || line.contains("duplicate for") || line.contains("[<-") {
                continue;
            }
            let behind = line.split_once(" : ").unwrap().1;
            match behind.strip_prefix('[') {
                Some(index) => indices.push(index.split(']').next().unwrap().parse().unwrap()),
                None => row = Some(behind.split(' ').collect()),
            }
        }
        (indices, row)
    }
    link::create();
    let help = fping("-h").run().stdout;
    for option in ["-S", "-I"] {
        let mut starts = help.lines().map(str::trim_start);
        assert!(
            starts.any(|line| line.starts_with(&format!("{option},"))),
            "{option}"
        );
    }
    let host = Host::start(|request| match request.sequence {
        0 => vec![request.echo(); 2],
        1 => vec![],
        _ => vec![request.echo()],
    });
    for features in ["-c1 -t1000 -i0", "-6 -c1 -t1000"] {
        let target = if features.starts_with("-6") {
            HOST6
        } else {
            HOST4
        };
        let text = together(&fping(&format!("{features} {target}")).run());
        assert!(
            text.len() < 1024 && text.contains(&target.to_string()),
            "{text}"
        );
    }
    let directory = tempfile::tempdir().unwrap();
    let list = directory.path().join("list");
    fs::write(&list, format!("{HOST4}\n")).unwrap();
    let line = format!(
        "-C3 -p1500 -b68 -t1000 -i1 -S198.51.100.1 -f {}",
        list.display()
    );
    let text = together(&fping(&line).run());
    let (mut indices, row) = read(&text, &HOST4.to_string());
    // It checks the number, not the position.
    indices.sort_unstable();
    assert_eq!(indices, [0, 1, 2], "{text}");
    let row = row.unwrap();
    assert!(
        row.len() == 3 && row[1] == "-" && row[0].parse::<f64>().is_ok(),
        "{text}"
    );
    drop(host);
}

/// `LibreNMS`' `FpingResponse`.
fn librenms() {
    /// `xmt/rcv/%loss = a/b/c%(, min/avg/max = x/y/z)?` at the end of a line, or an error of the resolver.
    fn of_host(line: &str) -> Option<(String, Option<[f64; 6]>)> {
        let (host, rest) = line.split_once(':')?;
        let host = host.trim_end().to_owned();
        let rest = rest.trim_start();
        if rest == "Name or service not known" || rest == "Temporary failure in name resolution" {
            return Some((host, None));
        }
        let numbers = rest.strip_prefix("xmt/rcv/%loss = ")?;
        let (counts, times) = match numbers.split_once("%, min/avg/max = ") {
            Some(parts) => parts,
            None => (numbers.strip_suffix('%')?, "0/0/0"),
        };
        let numbers: Vec<f64> = counts
            .split('/')
            .chain(times.split('/'))
            .map(|it| it.parse().unwrap())
            .collect();
        Some((host, Some(numbers.try_into().unwrap())))
    }
    link::create();
    let _host = lossy();
    let output = fping(&format!("-4 -e -q -c 3 -p 1500 -t 1000 {HOST4} {OTHER4}")).run();
    let read: Vec<_> = output.stderr.lines().filter_map(of_host).collect();
    let [host, other] = [&read[0], &read[1]];
    assert_eq!((host.0.as_str(), output.code), ("198.51.100.2", 1));
    let [xmt, rcv, loss, min, avg, max] = host.1.unwrap();
    assert_eq!((xmt, rcv, loss), (3.0, 2.0, 33.0));
    assert!(0.0 < min && min <= avg && avg <= max);
    let none = other.1.unwrap().map(|number| number.to_string());
    assert_eq!(none.join(" "), "3 0 100 0 0 0");
    let unknown = fping("-4 -c 1 198.51.100.256").run();
    let error = unknown.stderr.lines().find_map(of_host);
    assert_eq!(
        (error, unknown.code),
        (Some(("198.51.100.256".to_owned(), None)), 2)
    );
}

/// `check_fping` of the monitoring plugins.
fn check_fping() {
    link::create();
    let _host = lossy();
    let line = together(&fping(&format!("-b 56 -c 1 {HOST4}")).run());
    let summary = line
        .lines()
        .find(|line| line.contains("xmt/rcv/%loss"))
        .unwrap();
    let loss = summary
        .split("= ")
        .nth(1)
        .unwrap()
        .split('/')
        .nth(2)
        .unwrap();
    assert_eq!(
        loss.trim_end_matches(|c: char| !c.is_ascii_digit())
            .split('%')
            .next(),
        Some("0")
    );
    assert!(summary.contains("min/avg/max = "), "{summary}");
    let silent = together(&fping(&format!("-b 56 -c 1 -t 50 {OTHER4}")).run());
    assert!(silent.contains("xmt/rcv/%loss = 1/0/100%"), "{silent}");
    let alive = together(&fping(&format!("-b 56 {HOST4}")).run());
    assert!(alive.contains("is alive"), "{alive}");
    let dead = together(&fping(&format!("-b 56 -r 0 -t 50 {OTHER4}")).run());
    assert!(dead.contains("is unreachable"), "{dead}");
    let device = together(&fping(&format!("-I nowhere {HOST4}")).run());
    assert!(device.contains("No such device"), "{device}");
}

/// Vaping's `fping.py`.
fn vaping() {
    link::create();
    let _host = lossy();
    let output = fping(&format!("-u -C3 -p300 -e {HOST4}")).run();
    let line = output.stderr.lines().last().unwrap();
    let (host, values) = line.split_once(" : ").unwrap();
    let values: Vec<Option<f64>> = values
        .split(' ')
        .map(|it| {
            if it == "-" {
                None
            } else {
                Some(it.parse().unwrap())
            }
        })
        .collect();
    assert_eq!((host, values.len(), values[1]), ("198.51.100.2", 3, None));
}

/// mon's `fping.monitor`.
fn fping_monitor() {
    link::create();
    let _host = Host::start(|request| {
        if request.destination == HOST4 {
            vec![request.echo()]
        } else {
            vec![Complaint::about(request, ROUTER4, 3, 1).packet()]
        }
    });
    let text = together(&fping(&format!("-e -r 1 -t 1000 {HOST4} {OTHER4}")).run());
    let alive = text
        .lines()
        .find_map(|line| line.strip_prefix("198.51.100.2 is alive ("))
        .unwrap();
    assert!(
        alive.strip_suffix(" ms)").unwrap().parse::<f64>().is_ok(),
        "{text}"
    );
    assert!(text.contains("198.51.100.3 is unreachable\n"), "{text}");
    let why = "ICMP Host Unreachable from 203.0.113.9 for ICMP Echo sent to 198.51.100.3\n";
    assert!(text.contains(why), "{text}");
}

/// flent's runner of fping.
fn flent() {
    link::create();
    let _host = lossy();
    let help = fping("-h").run().stdout;
    assert!(help.contains("print timestamp before each output line") && help.contains("--ipv6"));
    let output = fping(&format!("-D -c 3 -p 1000 {HOST4}")).run();
    let first = output.stdout.lines().next().unwrap();
    let (stamp, rest) = first.strip_prefix('[').unwrap().split_once("] ").unwrap();
    assert!(stamp.parse::<f64>().unwrap() > 1e9, "{first}");
    let time = rest
        .split("bytes, ")
        .nth(1)
        .unwrap()
        .split(" ms (")
        .next()
        .unwrap();
    assert!(time.parse::<f64>().is_ok(), "{first}");
}
