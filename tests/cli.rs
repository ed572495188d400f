//! Invalid input to the real program: one line on standard error with the name of the program as invoked, exit code 2,
//! no standard output. The rows are those of the matrix of hostile input.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test reports what is wrong by panicking"
)]

use std::ffi::{OsStr, OsString};
use std::io::Write as _;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::symlink;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::process::{Command, Output, Stdio};

use rustix::event::{PollFd, PollFlags, poll};

const RPING: &str = env!("CARGO_BIN_EXE_rping");

fn run<T: AsRef<OsStr>>(program: impl AsRef<OsStr>, arguments: &[T]) -> Output {
    let mut command = Command::new(program);
    command
        .args(arguments)
        .stdin(Stdio::null())
        .env("LC_ALL", "C")
        .env_remove("IPUTILS_PING_PTR_LOOKUP");
    command.output().unwrap()
}

/// The message after the name of the program.
fn refusal<T: AsRef<OsStr>>(arguments: &[T]) -> String {
    let shown: Vec<&OsStr> = arguments.iter().map(AsRef::as_ref).collect();
    refusal_of(&run(RPING, arguments), RPING, &format!("{shown:?}"))
}

fn refusal_of(output: &Output, program: &str, what: &str) -> String {
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{what}: {error}");
    assert_eq!(
        output.stdout, b"",
        "{what}: nothing belongs on standard output"
    );
    let line = error
        .strip_suffix('\n')
        .unwrap_or_else(|| panic!("{what}: no line: {error:?}"));
    assert!(
        line.bytes().all(|octet| (b' '..=b'~').contains(&octet)),
        "{what}: not one harmless line: {line:?}"
    );
    let text = line
        .strip_prefix(program)
        .and_then(|line| line.strip_prefix(": "));
    text.unwrap_or_else(|| panic!("{what}: {line}")).to_owned()
}

/// Whether each value is rejected by a message that contains all of `texts`.
fn values_are_refused(option: &str, values: &[&str], texts: &[&str]) {
    for value in values {
        let line = refusal(&[option, value, "127.0.0.1"]);
        for text in texts {
            assert!(line.contains(text), "{option} {value:?}: {line}");
        }
    }
}

#[test]
fn row_81_counts() {
    let values = [
        "0",
        "-1",
        "9223372036854775808",
        "1e3",
        "",
        "1 ",
        "++1",
        "1x",
    ];
    values_are_refused(
        "-c",
        &values,
        &[
            "-c: invalid argument: '",
            "1 <= value <= 9223372036854775807",
        ],
    );
    assert_eq!(
        refusal(&["-c", "0", "127.0.0.1"]),
        "-c: invalid argument: '0': out of range: 1 <= value <= 9223372036854775807"
    );
}

#[test]
fn row_82_intervals() {
    let values = [
        "nan", "inf", "-1", "1e-320", "0x10", "1,5", "1x", "", "2147484",
    ];
    values_are_refused(
        "-i",
        &values,
        &["-i: invalid argument: '", "0 <= value <= 2147483"],
    );
}

#[test]
fn row_83_timeouts_and_deadlines() {
    let values = ["nan", "1e10", "4294967296", "-1", "1x"];
    let beyond = ["2147483.648"];
    values_are_refused(
        "-W",
        &[&values[..], &beyond].concat(),
        &["-W: invalid argument: '", "0 <= value <= 2147483.647"],
    );
    values_are_refused(
        "-w",
        &values,
        &["-w: invalid argument: '", "0 <= value <= 2147483647"],
    );
}

#[test]
fn row_84_sizes() {
    values_are_refused(
        "-s",
        &["-1", "65508", "4294967296", "1x"],
        &["-s", "0 <= value <= 65507"],
    );
    let ip_option = refusal(&["-R", "-s", "65468", "127.0.0.1"]);
    assert_eq!(
        ip_option,
        "invalid -s value: '65468': out of range: 0 <= value <= 65467"
    );
    let ipv6 = refusal(&["-s", "65528", "::1"]);
    assert_eq!(
        ipv6,
        "invalid -s value: '65528': out of range: 0 <= value <= 65527"
    );
}

#[test]
fn row_84_a_size_that_fits_neither_family_asks_no_resolver() {
    let line = refusal(&["-s", "70000", "nowhere.invalid"]);
    assert_eq!(
        line,
        "invalid -s value: '70000': out of range: 0 <= value <= 65507"
    );
}

#[test]
fn row_85_patterns() {
    let values = [
        "zz",
        "",
        "abx",
        "0xab",
        "000102030405060708090a0b0c0d0e0f10",
    ];
    values_are_refused(
        "-p",
        &values,
        &["-p: invalid argument: '", "1 to 16 octets"],
    );
}

#[test]
fn row_86_small_numbers() {
    values_are_refused("-t", &["0", "256"], &["-t: ", "1 <= value <= 255"]);
    values_are_refused(
        "-Q",
        &["-1", "256", "0x1FF"],
        &["-Q: ", "0 <= value <= 255"],
    );
    values_are_refused(
        "-F",
        &["0x100000", "1048576"],
        &["flow value is greater than 20 bits: "],
    );
    values_are_refused(
        "-m",
        &["-1", "4294967296", "x"],
        &["-m: ", "0 <= value <= 4294967295"],
    );
    values_are_refused("-e", &["65536", "-1"], &["-e: ", "0 <= value <= 65535"]);
    values_are_refused("-l", &["0", "65537"], &["-l: ", "1 <= value <= 65536"]);
    values_are_refused(
        "--first-sequence",
        &["65536"],
        &["--first-sequence: ", "0 <= value <= 65535"],
    );
}

#[test]
fn row_87_hosts_that_are_none() {
    let long = "a".repeat(5000);
    for host in ["", " ", &long, "a\x1b[2Jb", "a\nb", "\u{202e}"] {
        refusal(&["-c1", "--", host]);
    }
    assert_eq!(
        refusal(&["-c1", "-xhost"]),
        "unknown option '-x': see rping --help for all options"
    );
}

#[test]
fn row_87_octets_that_are_no_text() {
    let octets = |octets: &'static [u8]| OsStr::from_bytes(octets).to_owned();
    assert_eq!(
        refusal(&[octets(b"\xff\xfe")]),
        r"\xff\xfe: invalid host name: not UTF-8"
    );
    let line = refusal(&[octets(b"-c"), octets(b"\x9b\xff"), octets(b"h")]);
    assert!(
        line.starts_with(r"-c: invalid argument: '\x9b\xff': "),
        "{line}"
    );
    let line = refusal(&[OsString::from("--\x1b[31m")]);
    assert!(line.starts_with(r"unknown option '--\x1b[31m': "), "{line}");
}

#[test]
fn rows_88_to_91_addresses_that_are_none() {
    for host in [
        "256.1.1.1",
        "1.2.3.4.5",
        "198.51.100.2 ",
        "0x100000000",
        "::g",
        "[::1",
        "fe80::1%",
        "fe80::1%no-such-if",
    ] {
        refusal(&["-c1", host]);
    }
}

#[test]
fn a_range_that_is_none_asks_no_name_server() {
    for (word, reason) in [
        (
            "127.0.0.20-10",
            "the range ends before it begins: swap its ends",
        ),
        (
            "127.0.0.1-300",
            "invalid end of the range: use a number from 0 to 255 or an address, as in 198.51.100.10-20",
        ),
        (
            "256.0.0.1-9",
            "invalid IPv4 address: write four numbers from 0 to 255",
        ),
        (
            "2001:db8::9-1",
            "the range ends before it begins: swap its ends",
        ),
    ] {
        assert_eq!(refusal(&[word]), format!("{word}: {reason}"));
    }
}

#[test]
fn port_or_url_is_refused_as_such_for_one_target_and_for_many() {
    let port = "ping uses no ports: leave out the colon and the port";
    let url = "a URL is not a host: give only the host name or address in it";
    for (word, reason) in [
        ("192.0.2.1:80", port),
        ("web.example:443", port),
        ("[::1]:80", port),
        ("http://web.example/", url),
    ] {
        for mode in ["-n", "--alive"] {
            assert_eq!(refusal(&[mode, word]), format!("{word}: {reason}"));
        }
    }
}

#[test]
fn each_word_that_names_no_target_has_a_line() {
    let output = run(RPING, &["--alive", "127.0.0.256", "0.0.0.0", "127.0.0.257"]);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(output.stdout, b"");
    let reason = "invalid IPv4 address: write four numbers from 0 to 255";
    let mut stderr = String::from_utf8(output.stderr).unwrap();
    for word in ["127.0.0.256", "127.0.0.257"] {
        let line = format!("{RPING}: {word}: {reason}\n");
        assert!(stderr.contains(&line), "{stderr}");
        stderr = stderr.replace(&line, "");
    }
    let rest = format!("{RPING}: 0.0.0.0: the unspecified address is no host: ");
    assert!(stderr.starts_with(&rest), "{stderr}");
    assert_eq!(stderr.lines().count(), 1, "{stderr}");
}

#[test]
fn row_93_interfaces() {
    // One character more than the maximum length of an alternative name.
    let too_long = "l".repeat(128);
    let values = ["", &too_long, "a/b", "a b", "."];
    values_are_refused(
        "-I",
        &values,
        &[
            "-I: invalid argument: '",
            "must be an IP address or the name of an interface",
        ],
    );
    values_are_refused("-I", &["::g", "1:2"], &["-I: invalid argument: '"]);
    // The kernel rejects these, or no socket can be opened to ask it.
    let longest = "l".repeat(127);
    for source in ["no-such-if", &longest, "a%b", "192.0.2.1"] {
        refusal(&["-c1", "-I", source, "127.0.0.1"]);
    }
}

#[test]
fn what_names_the_targets_and_is_of_no_use_is_refused_by_its_option() {
    for (option, value, reason) in [
        (
            "--exclude",
            "host",
            "host: cannot exclude a name: give its addresses",
        ),
        (
            "--exclude",
            "1.2.3.4/33",
            "1.2.3.4/33: invalid prefix length: use a number from 0 to 32",
        ),
        (
            "--exclude-file",
            "/no/such",
            "cannot open /no/such: No such file or directory",
        ),
        (
            "--targets",
            "/no/such",
            "cannot open /no/such: No such file or directory",
        ),
    ] {
        let line = refusal(&[option, value, "127.0.0.1"]);
        assert!(line.starts_with(&format!("{option}: {reason}")), "{line}");
    }
}

/// The message of `rping` without a target.
const NO_DESTINATION: &str = "usage error: Destination address required: name a host, an address or a network, or see rping -h";

#[test]
fn row_94_options_that_contradict_or_are_unknown() {
    for (line, text) in [
        (
            "-4 -6 h",
            "only one -4 or -6 option may be specified; leave out one of them (rping4 implies -4, rping6 implies -6)",
        ),
        (
            "-R -T tsonly h",
            "only one of -T or -R may be used; leave out one of them",
        ),
        (
            "-z h",
            "unknown option '-z': see rping --help for all options",
        ),
        (
            "--bogus h",
            "unknown option '--bogus': see rping --help for all options",
        ),
        ("h -c", "-c needs a value"),
        (
            "-M maybe h",
            "-M: invalid argument: 'maybe': must be one of do, dont, want, probe",
        ),
        ("-n", NO_DESTINATION),
        ("--alive", NO_DESTINATION),
        (
            "-f a b",
            "usage error: -f works only with a single target and without options for many targets",
        ),
    ] {
        let arguments: Vec<&str> = line.split(' ').collect();
        assert_eq!(refusal(&arguments), text, "{line}");
    }
}

#[test]
fn row_95_international_names_that_are_none() {
    let label = format!("{}.example", "ü".repeat(64));
    for host in ["a\u{202e}b.example", "\u{200d}.example", &label] {
        refusal(&["-c1", host]);
    }
}

#[test]
fn the_program_is_named_as_it_was_invoked() {
    let directory = tempfile::tempdir().unwrap();
    for name in ["ping", "ping4", "ping6", "rping", "anything"] {
        let link = directory.path().join(name);
        symlink(RPING, &link).unwrap();
        let program = link.to_str().unwrap();
        let text = refusal_of(&run(program, &[""; 0]), program, name);
        let of_ping = "usage error: Destination address required";
        let words = if name.starts_with("ping") {
            of_ping
        } else {
            NO_DESTINATION
        };
        assert_eq!(text, words);
    }
    let mut renamed = Command::new(RPING);
    let output = renamed
        .arg0("a\x1b[2J ping")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    refusal_of(&output, r"a\x1b[2J ping", "a hostile name");
}

#[test]
fn a_blank_in_a_host_is_printed_as_it_was_typed() {
    let output = Command::new(RPING)
        .arg0("ping")
        .arg(" 192.0.2.1")
        .output()
        .unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(told, "ping:  192.0.2.1: Name or service not known\n");
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn program_without_a_name_is_called_rping() {
    let output = Command::new(RPING)
        .arg0("")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let text = refusal_of(&output, "rping", "an empty name");
    assert_eq!(text, NO_DESTINATION);
}

#[test]
fn text_that_cannot_be_written_is_a_failure() {
    for arguments in ["--help", "--version", "--generate bash", "-N help"] {
        for (output, reason) in [
            (">&-", "Bad file descriptor"),
            ("1</dev/null", "Bad file descriptor"),
            (">/dev/full", "No space left on device"),
        ] {
            let script = format!(r#""$0" {arguments} {output}"#);
            let output = run("sh", &["-c", &script, RPING]);
            let text = refusal_of(&output, RPING, &script);
            assert_eq!(text, format!("cannot write the output: {reason}"));
        }
    }
}

#[test]
fn text_without_a_reader_ends_by_sigpipe() {
    for argument in ["--help", "--version", "--generate=bash"] {
        for (first, code, message) in [
            ("", None, ""),
            (
                "trap '' PIPE; ",
                Some(2),
                "rping: cannot write the output: Broken pipe\n",
            ),
        ] {
            let (reader, writer) = std::io::pipe().unwrap();
            drop(reader);
            // Programs started by other tests have a copy of it until exec.
            let mut without_readers = [PollFd::new(&writer, PollFlags::empty())];
            poll(&mut without_readers, None).unwrap();
            let script = format!(r#"{first}exec "$0" {argument}"#);
            let mut command = Command::new("sh");
            command.args(["-c", &script, RPING]).stdout(writer);
            let output = command.stderr(Stdio::piped()).output().unwrap();
            let error = String::from_utf8(output.stderr).unwrap();
            assert_eq!(error.replace(RPING, "rping"), message, "{argument}");
            let status = output.status;
            assert_eq!(status.code(), code, "{argument}: {status}");
            if code.is_none() {
                assert_eq!(status.signal(), Some(libc::SIGPIPE), "{argument}");
            }
        }
    }
}

#[test]
fn the_name_decides_what_help_and_version_are() {
    let directory = tempfile::tempdir().unwrap();
    let ping = directory.path().join("ping");
    symlink(RPING, &ping).unwrap();

    let help = run(&ping, &["-h"]);
    assert_eq!(
        (help.status.code(), help.stdout.as_slice()),
        (Some(2), b"".as_slice())
    );
    assert!(
        String::from_utf8(help.stderr)
            .unwrap()
            .contains("\nUsage\n  ping [options] <destination>\n")
    );
    let version = run(&ping, &["-V"]);
    assert_eq!(version.status.code(), Some(0));
    assert!(version.stdout.starts_with(b"ping from iputils "));

    for option in ["-h", "--help"] {
        let help = run(RPING, &[option]);
        assert_eq!(
            (help.status.code(), help.stderr.as_slice()),
            (Some(0), b"".as_slice())
        );
        assert!(
            String::from_utf8(help.stdout)
                .unwrap()
                .contains("Usage: rping ")
        );
    }
    let version = run(RPING, &["--version"]);
    assert!(
        String::from_utf8(version.stdout)
            .unwrap()
            .contains("iputils")
    );
    assert!(
        run(RPING, &["--generate", "man"])
            .stdout
            .starts_with(b".ie")
    );
}

#[test]
fn a_ping_by_name_takes_one_family_only() {
    let directory = tempfile::tempdir().unwrap();
    let ping6 = directory.path().join("ping6");
    symlink(RPING, &ping6).unwrap();
    let program = ping6.to_str().unwrap();
    let line = refusal_of(&run(program, &["-4", "127.0.0.1"]), program, "ping6 -4");
    assert_eq!(line, "only one -4 or -6 option may be specified");
}

/// The messages of the program for this standard input, which ends only if `ends`.
fn refusals_of_input(arguments: &[&str], input: &[u8], ends: bool) -> Vec<String> {
    let (reader, mut writer) = std::io::pipe().unwrap();
    // The pipe has room for this, and stays open.
    writer.write_all(input).unwrap();
    let mut command = Command::new(RPING);
    let child = command
        .args(arguments)
        .stdin(reader)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    // Otherwise its reading end would stay open.
    drop(command);
    let writer = (!ends).then_some(writer);
    let output = child.unwrap().wait_with_output().unwrap();
    drop(writer);
    assert_eq!(
        (output.status.code(), output.stdout.as_slice()),
        (Some(2), b"".as_slice())
    );
    let lines = String::from_utf8(output.stderr).unwrap();
    let text = |line: &str| line.strip_prefix(RPING).unwrap().to_owned();
    lines.lines().map(text).collect()
}

#[test]
fn deadline_ends_the_reading_of_a_list() {
    for option in ["--targets", "--exclude-file"] {
        for input in [&b""[..], b"127.0.0.1\n127.0.0"] {
            let lines = refusals_of_input(&["-w", "0.01", option, "-", "127.0.0.1"], input, false);
            let [line] = &lines[..] else {
                panic!("{lines:?}");
            };
            let begin = format!(": {option}: standard input:");
            let end = ": cannot read the file: the deadline (-w) expired before its end: set a longer one";
            assert!(line.starts_with(&begin) && line.ends_with(end), "{line}");
        }
    }
}

#[test]
fn bad_lines_after_the_first_hundred_are_counted() {
    let lines = refusals_of_input(&["--targets", "-"], &b"256.0.0.1\n".repeat(250), true);
    assert_eq!(lines.len(), 101);
    assert!(lines[99].starts_with(": standard input:100: 256.0.0.1: "));
    assert_eq!(lines[100], ": 150 more invalid targets");
}

#[test]
fn exclusion_that_is_too_long_is_refused_before_its_end() {
    let lines = refusals_of_input(&["--exclude-file", "-", "127.0.0.1"], &[b'1'; 5000], false);
    let text = ": --exclude-file: standard input:1: line too long: at most 4096 octets";
    assert_eq!(lines, [text]);
}

#[test]
fn list_of_exclusions_that_goes_on_and_on_is_refused() {
    let line = |number: u32| format!("{}\n", std::net::Ipv4Addr::from_bits(2 * number));
    let mut file = tempfile::NamedTempFile::new().unwrap();
    let lines: String = (0..1 << 20).map(line).collect();
    file.write_all(lines.as_bytes()).unwrap();
    let name = file.path().to_str().unwrap();
    let line = refusal(&["--exclude-file", name, "127.0.0.1"]);
    assert_eq!(
        line,
        format!(
            "--exclude-file: {name}:1048576: more than 524288 separate ranges to exclude: exclude networks instead of single addresses"
        )
    );
}

#[test]
fn closed_standard_input_is_no_empty_list() {
    let script = r#""$0" --targets - 127.0.0.1 <&-"#;
    let text = refusal_of(&run("sh", &["-c", script, RPING]), RPING, script);
    assert_eq!(
        text,
        "--targets: cannot read standard input: Bad file descriptor"
    );
}
