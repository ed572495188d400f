//! The manual page and completions for fping's options, made from its help.

use clap::{Arg, ArgAction};
use clap_complete::Shell;
use clap_mangen::roff::{Roff, bold, roman};

use super::texts;
use crate::cli::generate::{front, sentence, table};
use crate::exit::FpingExit;

const ABOUT: &str = "sends ICMP echo requests to many hosts, and tells which of them answer";

const DESCRIPTION: &str = "\
These are the options, the lines and the exit codes of fping 5.5. The program is rping, invoked as fping or fping6 through a \
link or a copy of that name, or as rping --as fping. It probes with tokens, kernel time stamps and ping sockets, and gives up \
its privileges before it reads a packet. Damaged, forged and late replies do not count.";

const FORMS: [&str; 4] = [
    "fping [options] [target ...]",
    "fping [options] -f file",
    "fping [options] -g network/bits",
    "fping [options] -g first last",
];

const EXAMPLES: [(&str, &str); 4] = [
    (
        "fping -a -g 192.0.2.0/24",
        "Lists the addresses of a network that answer.",
    ),
    (
        "fping -C 5 -q -p 200 192.0.2.1 192.0.2.2",
        "Prints five round trips of each target, a line each.",
    ),
    (
        "fping -l -Q 60 -f hosts",
        "Watches the hosts in a file, and prints a summary each minute.",
    ),
    (
        "fping -x 2 router1 router2 router3",
        "Exits with 0 if two of three answer.",
    ),
];

/// An option of the help.
#[derive(Debug)]
struct Told {
    letter: Option<char>,
    name: &'static str,
    value: Option<&'static str>,
    help: String,
    heading: &'static str,
}

/// All options of the help, in order.
fn told() -> Vec<Told> {
    let (mut all, mut heading): (Vec<Told>, _) = (Vec::new(), "");
    for line in texts::HELP.lines() {
        if let Some(title) = line.strip_suffix(':').filter(|it| !it.starts_with(' ')) {
            heading = title;
        } else if let Some(option) = option(line, heading) {
            all.push(option);
        } else if let (Some(last), true) = (all.last_mut(), line.starts_with("      ")) {
            last.help.push(' ');
            last.help.push_str(line.trim_start());
        }
    }
    all
}

/// `   -b, --size=BYTES   amount of ping data to send`
fn option(line: &'static str, heading: &'static str) -> Option<Told> {
    let text = line.trim_start();
    let letter = text.strip_prefix('-').and_then(|rest| rest.chars().next());
    let letter = letter.filter(|letter| *letter != '-');
    let rest = match letter {
        Some(_) => text.get(4..)?,
        None => text,
    };
    let (option, help) = rest.strip_prefix("--")?.split_once(' ')?;
    let (name, value) = match option.split_once(['=', '[']) {
        Some((name, value)) => (name, Some(value)),
        None => (option, None),
    };
    Some(Told {
        letter,
        name,
        value,
        help: help.trim_start().to_owned(),
        heading,
    })
}

/// The options as a clap command, from which pages are made.
fn command() -> clap::Command {
    let arguments = told().into_iter().map(|told| {
        let argument = Arg::new(told.name)
            .long(told.name)
            .short(told.letter)
            .help(told.help.replace("{program}", "fping"))
            .help_heading(told.heading);
        match told.value {
            Some(value) => argument.value_name(value).action(ArgAction::Set),
            None => argument.action(ArgAction::SetTrue),
        }
    });
    clap::Command::new("fping")
        .about(ABOUT)
        .long_about(DESCRIPTION)
        .disable_help_flag(true)
        .disable_version_flag(true)
        .args(arguments)
        .arg(
            Arg::new("targets")
                .value_name("TARGET")
                .num_args(0..)
                .help("Hosts by name or address; with -g, a network or the ends of a range"),
        )
}

pub(in crate::cli) fn completions(shell: Shell, out: &mut Vec<u8>) {
    clap_complete::generate(shell, &mut command(), "fping", out);
}

/// The manual page.
///
/// # Errors
/// Those of the writer.
pub(in crate::cli) fn manual(out: &mut Vec<u8>) -> std::io::Result<()> {
    front(command(), "TARGETS", &FORMS, out)?;
    let mut roff = Roff::new();
    let rows = FpingExit::ALL.map(|exit| (exit.code().to_string(), sentence(exit.meaning())));
    let rows = rows
        .each_ref()
        .map(|(code, text)| (code.as_str(), text.as_str()));
    table(&mut roff, "EXIT STATUS", &rows);
    table(&mut roff, "EXAMPLES", &EXAMPLES);
    roff.control("SH", ["SEE ALSO"]);
    roff.text([bold("rping"), roman("(8), "), bold("ping"), roman("(8)")]);
    roff.to_writer(out)
}

#[cfg(test)]
mod tests {
    use super::super::options::{Is, OPTIONS};
    use super::*;

    /// As in fping, `--help` does not list itself.
    #[test]
    fn help_tells_of_each_option_and_whether_it_has_a_value() {
        let told = told();
        for declared in OPTIONS {
            let Some(name) = declared.name.filter(|name| *name != "help") else {
                continue;
            };
            let found = told.iter().find(|it| it.name == name);
            let found = found.unwrap_or_else(|| panic!("--{name}"));
            assert_eq!(found.letter, declared.letter.map(char::from), "--{name}");
            let has_value = matches!(declared.is, Is::Valued(_));
            assert_eq!(found.value.is_some(), has_value, "--{name}");
            assert!(found.help.len() > 5, "{found:?}");
        }
    }

    #[test]
    fn manual_page_has_a_synopsis_of_its_own_and_the_name_of_the_program() {
        let mut page = Vec::new();
        manual(&mut page).unwrap();
        let page = String::from_utf8(page).unwrap();
        assert!(page.contains("fping [options] [target ...]\n"), "{page}");
        assert!(
            !page.contains("[\\fB\\-4\\fR") && !page.contains("{program}"),
            "{page}"
        );
        assert!(page.contains("(ex. fping \\-g 192.168.1.0 "), "{page}");
    }

    #[test]
    fn command_of_the_pages_is_consistent() {
        command().debug_assert();
    }
}
