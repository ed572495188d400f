//! Command lines of scripts, valid and invalid: exit code, first line and error as in iputils. If iputils' ping is
//! installed, it must pass too.

use crate::host::Host;
use crate::link;
use crate::namespace::{rping_trial, trial};
use crate::run::{Output, named, ping, program};
use crate::sandbox;
use libtest_mimic::Trial;
use std::path::Path;

/// Arguments, exit code, first line of standard output, whole standard error.
type Row = (&'static [&'static str], i32, &'static str, &'static str);

const V4: &str = "PING 198.51.100.2 (198.51.100.2) 56(84) bytes of data.";
const V6: &str = "PING fd51::2 (fd51::2) 56 data bytes";
const FROM_V4: &str = "PING 198.51.100.2 (198.51.100.2) from 198.51.100.1 : 56(84) bytes of data.";
const FROM_V6: &str = "PING fd51::2 (fd51::2) from fd51::1 : 56 data bytes";

const ROWS: &[Row] = &[
    // Numbers from `wc -l` or a careless script.
    (&["-c", " 1", "198.51.100.2"], 0, V4, ""),
    (&["-c", "\t+1", "fd51::2"], 0, V6, ""),
    // This kernel answers well within half a second.
    (
        &["-c", "1", "-W", " .5", "-i", "+.2", "198.51.100.1"],
        0,
        "PING 198.51.100.1 (198.51.100.1) 56(84) bytes of data.",
        "",
    ),
    (
        &["-c", "1", "-s", " 56", "-t", "+64", "-Q", " 8", "fd51::2"],
        0,
        V6,
        "",
    ),
    // Empty words, from empty shell variables.
    (&["-c", "1", "-Q", "", "198.51.100.2"], 0, V4, ""),
    (&["-c", "1", "-F", "", "198.51.100.2"], 0, V4, ""),
    (&["-c", "1", "-p", "", "198.51.100.2"], 0, "PATTERN: 0x", ""),
    (
        &["-c", "1", "-I", "", "198.51.100.2"],
        0,
        FROM_V4,
        "ping: Warning: source address might be selected on device other than: \n",
    ),
    (
        &["-c", "1", "-I", "", "fd51::2"],
        2,
        "",
        "ping: unknown iface: \n",
    ),
    (
        &["-c", "1", "-p", "f", "198.51.100.2"],
        0,
        "PATTERN: 0x0f",
        "",
    ),
    (
        &["-c", "1", "-p", "fff", "fd51::2"],
        0,
        "PATTERN: 0xff0f",
        "",
    ),
    // Options of the other family.
    (&["-c", "1", "-F", "1", "198.51.100.2"], 0, V4, ""),
    (&["-c", "1", "-N", "name", "198.51.100.2"], 0, V4, ""),
    (&["-c", "1", "-N", "subject-name=a", "fd51::2"], 0, V6, ""),
    (&["-c", "1", "-R", "fd51::2"], 0, V6, ""),
    (&["-c", "1", "-T", "tsonly", "fd51::2"], 0, V6, ""),
    (&["-c", "1", "-b", "fd51::2"], 0, V6, ""),
    (
        &["-c", "1", "-I", "198.51.100.1", "fd51::2"],
        0,
        FROM_V6,
        "",
    ),
    (
        &["-c", "1", "-I", "192.0.2.7", "-6", "fd51::2"],
        0,
        FROM_V6,
        "",
    ),
    (
        &["-c", "1", "-I", "fd51::1", "198.51.100.2"],
        0,
        FROM_V4,
        "",
    ),
    (
        &[
            "-c",
            "1",
            "-I",
            "198.51.100.1",
            "-I",
            "fd51::1",
            "198.51.100.2",
        ],
        0,
        FROM_V4,
        "",
    ),
    (
        &["-c", "1", "-I", "198.51.100.1", "-I", "fd51::1", "fd51::2"],
        0,
        FROM_V6,
        "",
    ),
    // Values that only the kernel checks.
    (&["-c", "1", "-Q", "-1", "fd51::2"], 0, V6, ""),
    (
        &["-c", "1", "-t", "0", "198.51.100.2"],
        2,
        "",
        "ping: cannot set unicast time-to-live: Invalid argument\n",
    ),
    (&["-c", "1", "-t", "0", "fd51::2"], 0, V6, ""),
    (
        &["-c", "1", "-T", "tsprespec", "198.51.100.2"],
        0,
        "PING 198.51.100.2 (198.51.100.2) 56(124) bytes of data.",
        "",
    ),
    // More probes at once than an interval allows.
    (
        &["-c", "1", "-l", "3", "-i", "1000000", "198.51.100.2"],
        2,
        V4,
        "ping: illegal preload and/or interval: 1000000000\n",
    ),
    (
        &["-c", "1", "-i", "2147483.647", "fd51::2"],
        2,
        V6,
        "ping: illegal preload and/or interval: 2147483647\n",
    ),
    (
        &["-c", "1", "-l", "3", "-i", "715827", "198.51.100.2"],
        0,
        V4,
        "",
    ),
    // Unspecified addresses, replaced by others.
    (&["-c", "1", "::"], 0, "PING :: (::) 56 data bytes", ""),
    (
        &["-c", "1", "0"],
        0,
        "PING 0 (127.0.0.1) 56(84) bytes of data.",
        "",
    ),
    (
        &["-c", "1", "fe80::1%v0"],
        0,
        "PING fe80::1%v0 (fe80::1%v0) 56 data bytes",
        "",
    ),
    (
        &["-c", "1", "-B", "fe80::1%v0"],
        0,
        "PING fe80::1%v0 (fe80::1%v0) from :: : 56 data bytes",
        "",
    ),
    (
        &["-c", "1", "-I", "fe80::1%v0", "fe80::1"],
        0,
        "PING fe80::1 (fe80::1) from fe80::1%v0 v0: 56 data bytes",
        "",
    ),
];

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial(
            "drop_in::command_lines_are_understood_as_by_iputils",
            || {
                hold_to_the_table(&sandbox::program("ping"));
            },
        ),
        rping_trial("drop_in::iputils_ping_is_held_to_the_same_table", || {
            if let Some(peer) = sandbox::peer() {
                hold_to_the_table(&peer);
            }
        }),
        // The first line has the address as typed, and no source. (iputils warns that the source, which it did not look
        // up, is not the interface's.)
        trial(
            "drop_in::the_first_line_for_what_is_on_the_link_of_an_interface",
            || {
                link::create();
                link::add_another();
                for target in ["fe80::1", "ff02::1"] {
                    let Output { stdout, code, .. } = ping(&format!("-c 1 -I v0 {target}")).run();
                    let line = format!("PING {target} ({target}) from :: v0: 56 data bytes\n");
                    assert!(stdout.starts_with(&line), "{stdout}");
                    let reply = "\n64 bytes from fe80::1%v0: icmp_seq=1 ttl=64 time=";
                    assert!(code == 0 && stdout.contains(reply), "{code}: {stdout}");
                }
            },
        ),
        trial(
            "drop_in::a_scope_without_a_link_local_address_ends_no_run",
            || {
                for target in ["fe80::1%1", "fe80::1%lo", "ff02::1%lo"] {
                    let Output { stdout, code, .. } = ping(&format!("-c 1 -W 0.1 {target}")).run();
                    assert!(stdout.starts_with(&format!("PING {target} (")), "{stdout}");
                    assert!(
                        stdout.contains("1 packets transmitted, 0 received"),
                        "{stdout}"
                    );
                    assert_eq!(code, 1);
                }
            },
        ),
        trial("drop_in::less_than_a_millisecond_is_a_flood", || {
            link::create();
            let _host = Host::echo();
            for interval in ["0", ".0001", "0.0009"] {
                let output = ping(&format!("-c 2 -q -i {interval} 198.51.100.2")).run();
                let rtt = output.stdout.lines().last().unwrap();
                // Only a flood prints it. On a busy host `pipe 2` may precede it.
                assert!(rtt.contains(", ipg/ewma "), "{interval}: {rtt}");
            }
        }),
        trial("drop_in::usage_has_the_shape_of_iputils", || {
            for (words, complaint) in [
                ("-h", ""),
                ("-?", ""),
                ("-Z", "ping: invalid option -- 'Z'\n"),
                ("-nZ 127.0.0.1", "ping: invalid option -- 'Z'\n"),
                ("-c", "ping: option requires an argument -- 'c'\n"),
                ("-M", "ping: option requires an argument -- 'M'\n"),
            ] {
                let output = ping(words).run();
                assert_eq!((output.code, output.stdout.as_str()), (2, ""), "{words}");
                let begin = format!(
                    "{complaint}\nUsage\n  ping [options] <destination>\n\nOptions:\n  <destination>      "
                );
                assert!(output.stderr.starts_with(&begin), "{}", output.stderr);
                // flent looks for -6 there.
                for option in [
                    "-c <count>         ",
                    "-6                 ",
                    "-F <flowlabel>     ",
                ] {
                    let line = format!("\n  {option}");
                    assert!(output.stderr.contains(&line), "{option}: {}", output.stderr);
                }
            }
            let output = ping("-N help").run();
            assert_eq!((output.code, output.stderr.as_str()), (0, ""));
            assert!(
                output.stdout.contains("ipv6-linklocal"),
                "{}",
                output.stdout
            );
        }),
        rping_trial(
            "drop_in::as_rping_one_source_address_of_each_family_is_used",
            || {
                link::create();
                let _host = Host::echo();
                for target in ["198.51.100.2", "fd51::2", "198.51.100.2 fd51::2"] {
                    let line = format!("-c 1 -W 10 -I 198.51.100.1 -I fd51::1 -I v0 {target}");
                    let output = named("rping", &line).run();
                    assert_eq!((output.code, output.stderr.as_str()), (0, ""), "{target}");
                }
            },
        ),
    ]
}

fn hold_to_the_table(path: &Path) {
    link::create();
    link::add_another();
    let _host = Host::echo();
    for (words, code, first_line, stderr) in ROWS {
        let output = program(path, "").words(words).run();
        let found = output.stdout.lines().next().unwrap_or_default();
        assert_eq!(
            (output.code, found, output.stderr.as_str()),
            (*code, *first_line, *stderr),
            "{words:?}: {}",
            output.stdout
        );
        if *code == 0 {
            let counts = "1 packets transmitted, 1 received, 0% packet loss";
            assert!(
                output.stdout.contains(counts),
                "{words:?}: {}",
                output.stdout
            );
        }
    }
}
