//! The short help under the name `ping`, in iputils' format: one option a line. Programs search it to detect features.

use super::Command;
use crate::exit::Exit;
use crate::sanitize::{self, Charset};

/// Width of the column of options, in columns.
const OPTION_WIDTH: usize = 17;

/// A heading, and its options with their texts; each letter is listed once.
type Section = (&'static str, &'static [(&'static str, &'static str)]);

const SECTIONS: [Section; 3] = [
    (
        "Options",
        &[
            ("<destination>", "name or address of the host to ping"),
            ("-3", "always print three decimals of a round trip"),
            ("-a", "ring the bell at each reply"),
            ("-A", "adapt the interval to the round trip"),
            ("-B", "keep the source address of the first probe"),
            ("-c <count>", "stop after <count> probes, with -w replies"),
            ("-C", "connect the socket"),
            ("-d", "set SO_DEBUG on the socket"),
            ("-D", "begin lines with the time of day"),
            (
                "-e <identifier>",
                "use this identifier, 0 with a raw socket only",
            ),
            ("-f", "flood"),
            ("-h", "print this help"),
            (
                "-H",
                "look up names of addresses, even for -f or an address",
            ),
            ("-i <interval>", "seconds between probes"),
            ("-I <interface>", "name of an interface, or source address"),
            ("-j", "print JSON, an object on each line"),
            ("-l <preload>", "send <preload> probes at once at the start"),
            ("-L", "keep multicast probes from this host"),
            ("-m <mark>", "set the firewall mark"),
            (
                "-M <pmtud opt>",
                "path MTU discovery: do, dont, want or probe",
            ),
            ("-n", "print addresses only"),
            ("-o", "stop at the first reply"),
            ("-O", "report probes without a reply"),
            (
                "-p <pattern>",
                "fill the data with these octets, in hexadecimal",
            ),
            ("-q", "print the first line and the statistics only"),
            ("-Q <tclass>", "type of service or traffic class"),
            ("-r", "bypass the routing table"),
            ("-s <size>", "octets of data in each probe"),
            ("-S <size>", "size of the send buffer"),
            ("-t <ttl>", "time to live"),
            ("-U", "measure until the reply is read"),
            ("-v", "print more"),
            ("-V", "print the version"),
            ("-w <deadline>", "stop after <deadline> seconds"),
            (
                "-W <timeout>",
                "seconds to wait for a reply after the last probe",
            ),
        ],
    ),
    (
        "IPv4 options",
        &[
            ("-4", "use IPv4"),
            ("-b", "allow a broadcast address"),
            ("-R", "record the route"),
            (
                "-T <timestamp>",
                "time stamps: tsonly, tsandaddr or tsprespec",
            ),
        ],
    ),
    (
        "IPv6 options",
        &[
            ("-6", "use IPv6"),
            ("-F <flowlabel>", "flow label, 0 for any"),
            ("-N <nodeinfo opt>", "ask for node information, see -N help"),
        ],
    ),
];

/// The short help after a message.
fn text(complaint: &str) -> String {
    let sections = SECTIONS.map(|(heading, options)| {
        let lines = options
            .iter()
            .map(|(option, words)| format!("  {option:OPTION_WIDTH$}  {words}\n"));
        format!("\n{heading}:\n{}", lines.collect::<String>())
    });
    format!(
        "{complaint}\nUsage\n  ping [options] <destination>\n{}\nMore options, and each one's long name: rping --help.\n",
        sections.concat()
    )
}

/// Printed to standard error with a failure code, as in iputils.
fn print(complaint: &str) -> Command {
    Command::Print {
        text: text(complaint),
        exit: Exit::Failed,
        to_stderr: true,
    }
}

/// The output of `ping -h`.
pub(super) fn help() -> Command {
    print("")
}

/// The output for an unknown option, in the C library's words.
pub(super) fn unknown_option(program: &str, option: &str, charset: Charset) -> Command {
    let option = sanitize::escape_in(option, charset);
    let complaint = match option.strip_prefix("--") {
        Some(_) => format!("unrecognized option '{option}'"),
        None => format!("invalid option -- '{}'", option.trim_start_matches('-')),
    };
    print(&format!("{program}: {complaint}\n"))
}

/// The output for an option without its value, in the C library's words.
pub(super) fn missing_value(program: &str, option: &str) -> Command {
    let complaint = match option.strip_prefix("--") {
        Some(_) => format!("option '{option}' requires an argument"),
        None => format!(
            "option requires an argument -- '{}'",
            option.trim_start_matches('-')
        ),
    };
    print(&format!("{program}: {complaint}\n"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::args::{MANY, Typed};
    use clap::{ArgAction, CommandFactory as _};
    use std::collections::BTreeMap;

    #[test]
    fn each_option_with_a_letter_is_listed_once() {
        let declared: BTreeMap<char, bool> = Typed::command()
            .get_arguments()
            .filter(|option| option.get_help_heading() != Some(MANY))
            .filter_map(|option| {
                let takes_value = matches!(option.get_action(), ArgAction::Set | ArgAction::Append);
                // Only rping has a value for it.
                let takes_value = takes_value && option.get_id() != "json";
                Some((option.get_short()?, takes_value))
            })
            .collect();
        let listed: Vec<(char, bool)> = SECTIONS
            .iter()
            .flat_map(|(_, options)| *options)
            .filter_map(|(option, _)| {
                let letter = option.strip_prefix('-')?.chars().next()?;
                Some((letter, option.contains('<')))
            })
            .collect();
        assert_eq!(listed.len(), declared.len());
        assert_eq!(listed.into_iter().collect::<BTreeMap<_, _>>(), declared);
    }

    #[test]
    fn no_line_is_wider_than_a_terminal() {
        for line in text("").lines() {
            assert!(line.len() < 80, "{line}");
        }
    }
}
