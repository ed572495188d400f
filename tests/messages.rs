//! Checks that `docs/messages.md` explains each message that a user can meet. The messages come from the parser, the
//! program, the errors and the report.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test reports what is wrong by panicking"
)]

use std::collections::BTreeSet;
use std::fmt::Display;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, UNIX_EPOCH};

use rping::cli::{self, Environment};
use rping::config::{Face, Group, GroupError, Style};
use rping::event::{
    Counts, Destination, Event, NotSent, ProbeId, Results, Row, Start, Summary, TargetNumber,
};
use rping::net::{OpenError, Remedy, RouteError, RouteStep};
use rping::report::{NoNames, Report, text::Text};
use rping::target::list::BadText;
use rping::target::{BadHost, BadTarget, NoTarget};

/// Command lines that are rejected under the name `rping`, for a user who is not root.
const REFUSED: &[&str] = &[
    "",
    "--bogus h",
    "--cuont 1 h",
    "h -c",
    "h --clock",
    "--quiet=1 h",
    "-c=1 h",
    "-c 0 h",
    "-c x h",
    "-i 100ms h",
    "-s 70000 127.0.0.1",
    "-M maybe h",
    "-Q af99 h",
    "-F 0x100000 h",
    "-p xyz h",
    "-I a/b h",
    "-I ::g h",
    "-I eth0 -I eth1 h",
    "--via , h",
    "-4 -6 h",
    "-4 -N name h",
    "-4 -F 1 h",
    "-6 -R h",
    "-6 --via a h",
    "-I ::1 192.0.2.1",
    "-b ::1",
    "-I 192.0.2.1 ::1",
    "-R -T tsonly h",
    "-R --via a h",
    "-T tsonly --via a h",
    "-T tsprespec h",
    "--via 1,2,3,4,5,6,7,8,9,10 h",
    "-e 0 --socket ping h",
    "-f h",
    "-i 0.001 h",
    "-l 4 h",
    "-N x h",
    "-N subject-name=a h",
    "-N name -N ipv4 h",
    "-N name -N subject-name=a -N subject-ipv4=192.0.2.1 h",
    "-f a b",
    "--clock hardware a b",
    "-b a b",
    "-W 0 a b",
    "-i 0 a b",
    "-i 0.001 a b",
    "--as mtr h",
    "--rate 2000 a b",
    "-O -W 2 a b",
    "-O --alive a b",
    "--alive -c 1 a",
    "--alive -i 1 a",
    "--alive --sort rtt a",
    "--retries 1 a b",
    "--json -q h",
    "--json -a h",
    "--json -O h",
    "--json -H h",
    "--json -R h",
    "--json -T tsonly h",
    "--json -N name h",
    "--json --histogram h",
    "--json --sort loss a b",
    "--json --export-csv - h",
    "--json=summary --summary-every 1 h",
    "--live h",
    "--live --json h",
    "--live --summary-every 1 h",
    "--live --alive h",
    "--live -a h",
    "--live -O h",
    "--live -D h",
    "--live -R h",
    "--live -T tsonly h",
    "--live -N name h",
    "--ascii h",
    "--live --scale 2:1 h",
    "--shard 3/2 h",
    "--fail-if loss h",
    "--fail-if los>1% h",
    "--fail-if loss>1 h",
    "--fail-if p99>50 h",
    "--fail-if late>1.5 h",
    "--alive --fail-if loss>1% h",
    "--until-down --until-up h",
    "--down-after 3 -W 0 h",
    "--until-up -o h",
    "--down-after 3 -f -i 0.1 h",
    "--down-after 3 --json=summary h",
    "--until-down -c 2 h",
    "--alive --down-after 3 h",
    "--resolve-every 9 --all-addresses h",
    "--resolve-every 9 --histogram h",
    "--fail-if window.loss>1% h",
    "--fail-if window.p90>1ms h",
    "--replay f -c 3",
    "--speed 2 h",
    "--replay f --speed 0",
    "--replay f --window 9",
    "--merge a -c 1",
    "h --merge a",
    "--merge a --json=all",
    "--merge - --merge -",
    "--doctor h",
    "--doctor -c 1",
    "--doctor --json=all",
    "--expect 1400 h",
    "--sweep-size 9 h",
    "--sweep-size 16:65507:1 h",
    "--sweep-size 16:99 -s 9 h",
    "--sweep-size 16:99 -f h",
    "--sweep-size 16:99 -o h",
    "--sweep-size 16:99 -N name h",
    "--sweep-size 16:99 --live h",
    "--sweep-size 16:99 --down-after 2 h",
    "--icmp-timestamp --sweep-size 16:99 h",
    "--icmp-timestamp -s 9 h",
    "--icmp-timestamp -p ff h",
    "--icmp-timestamp -N name h",
    "--icmp-timestamp -6 h",
    "--icmp-timestamp ::1",
    "--icmp-timestamp --socket ping h",
    "--pmtu --expect 1 h",
    "--pmtu -W 0 h",
    "--pmtu -c 1 h",
    "--pmtu -s 1 h",
    "--pmtu -M do h",
    "--pmtu -t 3 h",
    "--pmtu -b h",
    "--pmtu -N name h",
    "--pmtu -R h",
    "--pmtu --clock user h",
    "--pmtu --fail-if loss>1% h",
    "--pmtu -O h",
    "--pmtu --alive h",
    "--pmtu --need 1 h",
    "--pmtu --sort loss h",
    "--pmtu --export-csv f h",
];

/// Runs that fail before the first probe.
const FAILED: &[&str] = &[
    "--targets /no/such/file",
    "--alive --exclude 127.0.0.0/8 127.0.0.1",
    "--alive --exclude host.example 127.0.0.1",
    "--alive --need 5 127.0.0.1",
    "--alive --need 1 --shard 1/50 127.0.0.1",
    "--alive fe80::1%no-such-interface",
    "--alive -6 127.0.0.1",
    "-6 127.0.0.1",
    "--alive 198.18.0.0/14",
    "--alive 2001:db8::/64",
    "--fail-if p99>1ms 127.1.0.0/16",
    "--window 9 127.1.0.0/16",
    "--replay /no/such/file",
    "--replay Cargo.toml",
    "--replay /dev/null",
    "--replay /proc/self/comm",
];

fn environment() -> Environment {
    Environment::default()
}

fn parsed() -> Vec<String> {
    let refused = |line: &&str| {
        let words = line.split(' ').filter(|word| !word.is_empty());
        let argv = ["rping"].into_iter().chain(words);
        match cli::parse(argv, &environment()) {
            Err(refusal) => refusal.to_string(),
            Ok(command) => panic!("rping {line} is not refused: {command:?}"),
        }
    };
    REFUSED.iter().map(refused).collect()
}

fn printed_by_the_program() -> Vec<String> {
    FAILED
        .iter()
        .flat_map(|line| {
            let output = Command::new(env!("CARGO_BIN_EXE_rping"))
                .args(line.split(' '))
                .stdin(Stdio::null())
                .output()
                .unwrap();
            assert_eq!(output.status.code(), Some(2), "{line}: {output:?}");
            let program = concat!(env!("CARGO_BIN_EXE_rping"), ": ");
            let text = String::from_utf8(output.stderr).unwrap();
            let lines = text.lines().map(|line| line.replace(program, ""));
            lines.collect::<Vec<_>>()
        })
        .collect()
}

fn of_targets() -> Vec<String> {
    use BadHost as H;
    let hosts = [
        H::Empty,
        H::TooLong,
        H::Ipv4,
        H::Port,
        H::Url,
        H::Ipv6,
        H::Name,
    ];
    let targets = [
        BadTarget::Parts,
        BadTarget::NetworkOfName,
        BadTarget::PrefixLength {
            shortest: 0,
            longest: 32,
        },
        BadTarget::Ipv4End,
        BadTarget::Ipv6End,
        BadTarget::Families,
        BadTarget::Zones,
        BadTarget::Reversed,
    ];
    let admission = [NoTarget::Unspecified, NoTarget::Many, NoTarget::NoInterface];
    let shown =
        |errors: &[&dyn Display]| errors.iter().map(ToString::to_string).collect::<Vec<_>>();
    let mut all = Vec::new();
    all.extend(hosts.map(|it| it.to_string()));
    all.extend(targets.map(|it| it.to_string()));
    all.extend(admission.map(|it| it.to_string()));
    all.extend(shown(&[
        &BadText::TooLong,
        &BadText::NotUtf8,
        &BadText::Nul,
        &BadText::LongLabel,
        &BadText::ControlInLabel,
        &BadText::SecondWord,
        &BadText::Endless,
        &BadText::Read(io::Error::from_raw_os_error(libc::EIO)),
    ]));
    all
}

fn of_sockets() -> Vec<String> {
    let forbidden = |remedy, errno| OpenError::Forbidden {
        error: io::Error::from_raw_os_error(errno),
        program: PathBuf::from("/usr/bin/rping"),
        remedy,
        obstacle: None,
    };
    let unreachable = RouteError::Failed {
        step: RouteStep::Connect,
        error: io::Error::from_raw_os_error(libc::ENETUNREACH),
    };
    vec![
        forbidden(Remedy::Either, libc::EPERM).to_string(),
        forbidden(Remedy::Raw, libc::EPERM).to_string(),
        forbidden(Remedy::Ping, libc::EACCES).to_string(),
        unreachable.to_string(),
        RouteError::Broadcast.to_string(),
        GroupError::Interval(Group::Broadcast).to_string(),
        GroupError::Fragments(Group::Multicast).to_string(),
    ]
}

/// The messages of a report during a run, without the name of the program.
fn reported() -> Vec<String> {
    let refused = |errno| NotSent::Refused(io::Error::from_raw_os_error(errno));
    let mut reasons = vec![
        refused(libc::EPERM),
        refused(libc::EACCES),
        refused(libc::ENODEV),
        refused(libc::EHOSTUNREACH),
        refused(libc::ENOBUFS),
        NotSent::TooLong {
            mtu: 1500,
            ipv6: false,
        },
    ];
    // The tenth in a row is printed again.
    reasons.extend((0..10).map(|_| refused(libc::ENETUNREACH)));
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let style = Style {
        verbose: true,
        ..Style::default()
    };
    let mut report = Text::of_one(style, "rping", (&mut out, &mut err), NoNames);
    let at = || UNIX_EPOCH.into();
    report.event(&Event::Started(&start()), &at).unwrap();
    for reason in &reasons {
        report
            .event(
                &Event::NotSent {
                    probe: ProbeId::default(),
                    reason,
                },
                &at,
            )
            .unwrap();
    }
    let length = Duration::from_secs(60);
    report.event(&Event::Suspended { length }, &at).unwrap();
    drop(report);
    lines(err)
}

fn start() -> Start {
    Start::One(Destination {
        host: "192.0.2.1".to_owned(),
        target: "192.0.2.1:0".parse().unwrap(),
        source: None,
        device: None,
        size: 56,
        smallest: None,
        ip_options: 0,
        flow_label: None,
        identifier: 13,
        raw: true,
    })
}

fn lines(octets: Vec<u8>) -> Vec<String> {
    let text = String::from_utf8(octets).unwrap();
    let lines = text
        .lines()
        .map(|line| line.strip_prefix("rping: ").unwrap_or(line));
    lines.map(str::to_owned).collect()
}

fn document(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap()
}

/// The messages in the first column of the table after this heading.
fn listed(page: &str, heading: &str) -> BTreeSet<String> {
    let (_, section) = page.split_once(&format!("\n## {heading}\n")).unwrap();
    let section = section.split("\n## ").next().unwrap();
    let rows = section.lines().filter_map(|row| row.strip_prefix("| `"));
    let messages = rows.map(|row| row.split("` | ").next().unwrap().replace("\\|", "|"));
    messages.collect()
}

#[test]
fn each_message_stands_in_the_document_and_each_one_there_is_made() {
    let page = document("docs/messages.md");
    for (heading, made) in [
        ("The command line", parsed()),
        (
            "Targets and files",
            [printed_by_the_program(), of_targets()].concat(),
        ),
        ("Sockets and routes", of_sockets()),
        ("During the run", reported()),
    ] {
        let made: BTreeSet<String> = made.into_iter().collect();
        let listed = listed(&page, heading);
        let lacking: Vec<_> = made.difference(&listed).collect();
        let stale: Vec<_> = listed.difference(&made).collect();
        assert!(
            lacking.is_empty() && stale.is_empty(),
            "{heading}: docs/messages.md lacks\n{}\nand has what is made no longer:\n{}",
            rows(&lacking),
            rows(&stale)
        );
    }
}

fn rows(messages: &[&String]) -> String {
    let rows = messages
        .iter()
        .map(|it| format!("| `{}` | |\n", it.replace('|', "\\|")));
    rows.collect()
}

/// The headings of messages that a test cannot produce everywhere.
const FROM_THE_SOURCE: [&str; 5] = [
    "The system",
    "Several runs together",
    "Under the name ping",
    "Reasons of targets",
    "What is weaker",
];

#[test]
fn each_message_that_only_a_system_brings_about_is_in_the_source() {
    let page = document("docs/messages.md");
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let texts = sources(&root)
        .into_iter()
        .map(|path| fs::read_to_string(path).unwrap());
    let sources: String = texts.map(|text| joined(&text)).collect();
    let messages = FROM_THE_SOURCE.map(|heading| listed(&page, heading));
    assert!(messages.iter().all(|listed| listed.len() > 5));
    for message in messages.iter().flatten() {
        // The value follows the text, or replaces `VALUE` in it.
        for part in message
            .split("VALUE")
            .map(|part| part.trim_matches([' ', ':', ';']))
        {
            assert!(sources.contains(part), "no source says: {part}");
        }
    }
}

/// Sources whose texts are not messages (help, errors that are not printed), are listed elsewhere, or are those of
/// iputils or fping.
const OTHER_TEXTS: [&str; 22] = [
    "cli/args",
    "cli/details.rs",
    "cli/fping",
    "cli/generate.rs",
    "cli/help.rs",
    "cli/node_information.rs",
    "cli/usage.rs",
    "exit.rs",
    "net/fuzzing.rs",
    "net/rig.rs",
    "report/dump.rs",
    "report/export/metrics.rs",
    "report/fping",
    "report/json/",
    // Drawn on the screen, and explained in `docs/live.md`.
    "report/live",
    "report/node_information.rs",
    "report/not_losses.rs",
    "report/options.rs",
    "report/problem.rs",
    "stats.rs",
    "wire/",
    "errno.rs",
];

#[test]
fn each_text_of_the_program_is_explained() {
    let pages = [
        "messages",
        "output",
        "many-targets",
        "fping",
        "path",
        "doctor",
    ]
    .map(|it| document(&format!("docs/{it}.md")));
    let pages = pages.concat();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut texts = 0;
    let mut lacking = Vec::new();
    for path in sources(&root) {
        let name = path
            .strip_prefix(&root)
            .unwrap()
            .to_str()
            .unwrap()
            .to_owned();
        if name.contains("tests") || OTHER_TEXTS.iter().any(|it| name.starts_with(it)) {
            continue;
        }
        for text in literals(&fs::read_to_string(&path).unwrap()) {
            let part = longest_part(&text);
            if text.matches(' ').count() < 2 || part.len() < 10 {
                continue;
            }
            texts += 1;
            if !pages.contains(part) {
                lacking.push(format!("{name}: {text}"));
            }
        }
    }
    assert!(texts > 100, "{texts} texts were found");
    assert!(
        lacking.is_empty(),
        "docs/messages.md lacks\n{}",
        lacking.join("\n")
    );
}

/// The longest literal part of a format string.
fn longest_part(text: &str) -> &str {
    let parts = text
        .split(['{', '\\'])
        .map(|part| match part.split_once('}') {
            Some((_, behind)) => behind,
            None => part.strip_prefix(['n', 'r', 't', '"']).unwrap_or(part),
        });
    let longest = parts
        .map(|part| part.trim_matches([' ', ':', ';', '(', ')', ',']))
        .max_by_key(|part| part.len());
    longest.unwrap_or_default()
}

/// The string literals of a source, without unit tests, comments and attributes.
fn literals(source: &str) -> Vec<String> {
    let code = source.split("#[cfg(test)]").next().unwrap();
    let lines = code
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"));
    let code = lines.collect::<Vec<_>>().join("\n").replace("'\"'", "");
    let mut literals = Vec::new();
    let mut rest = code.as_str();
    while let Some((before, text)) = rest.split_once('"') {
        let mut end = 0;
        while !text[end..].starts_with('"') {
            end += if text[end..].starts_with('\\') {
                2
            } else {
                text[end..].chars().next().unwrap().len_utf8()
            };
        }
        let is_shown = !before.ends_with("reason = ") && !before.ends_with("strip_prefix(");
        if is_shown {
            literals.push(joined(&text[..end]));
        }
        rest = &text[end + 1..];
    }
    literals
}

/// Joins lines of a literal that end in a backslash.
fn joined(literal: &str) -> String {
    let mut lines = literal.split("\\\n");
    let first = lines.next().unwrap_or_default().to_owned();
    lines.fold(first, |text, line| text + line.trim_start())
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    paths
        .flat_map(|path| {
            if path.is_dir() {
                sources(&path)
            } else {
                vec![path]
            }
        })
        .collect()
}

/// With one target the report reads no row.
#[derive(Debug)]
struct NoTargets;

impl Results for NoTargets {
    fn row(&self, _: TargetNumber) -> Row {
        Row::default()
    }
}

#[test]
fn each_note_of_the_statistics_is_explained() {
    let counts = Counts {
        transmitted: 9,
        late: 2,
        late_counted: 1,
        reordered: 1,
        bad_checksums: 1,
        bad_tokens: 1,
        stale: 1,
        unexpected: 1,
        altered: 1,
        truncated: 1,
        oversized: 1,
        different_address: 1,
        untimed: 1,
        not_sent: 2,
        too_long: 1,
        suspended: 1,
        in_flight: 1,
        dropped_here: 1,
        ..Counts::default()
    };
    let summary = Summary {
        counts,
        ..Summary::default()
    };
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let style = Style {
        face: Face::Rping,
        ..Style::default()
    };
    let mut report = Text::of_one(style, "rping", (&mut out, &mut err), NoNames);
    let at = || UNIX_EPOCH.into();
    report
        .event(&Event::Finished(&summary, &NoTargets), &at)
        .unwrap();
    drop(report);
    let page = document("docs/output.md");
    let notes = lines(out);
    let notes: Vec<&str> = notes
        .iter()
        .filter_map(|line| line.split_once(": "))
        .map(|(kind, _)| kind)
        .collect();
    assert!(notes.len() > 10, "{notes:?}");
    for kind in notes {
        assert!(
            page.contains(&format!("`{kind}`")),
            "docs/output.md lacks {kind}"
        );
    }
}
