//! The lines about a path MTU: its value, the evidence for it, and the consequences.

use std::fmt::Write as _;
use std::io;

use super::super::page::Page;
use crate::errno;
use crate::event::{BlackHole, MtuSource, MtuVerdict, NoPathMtu, PathMtu, Summary, Tally, TooBig};
use crate::report::{Names, address, problem};

/// Begins each line after the first.
const INDENT: &str = "    ";

/// Names of tunnels, and the octets that they add to a packet over IPv4 and IPv6.
const TUNNELS: [(&str, u32, u32); 4] = [
    ("WireGuard", 60, 80),
    ("GRE", 24, 44),
    ("VXLAN", 50, 70),
    ("IP in IP", 20, 40),
];

/// Octets of the TCP header.
const TCP: u32 = 20;

/// Octets of the ICMP header. TCP and tunnels do not have it.
const ICMP: u32 = 8;

/// The result: `1420 (data of 1392 octets)`.
pub(super) fn verdict(found: &PathMtu, names: &mut dyn Names) -> String {
    let data = |size| found.data(size);
    match found.verdict {
        MtuVerdict::Exact(mtu) => format!("{mtu} (data of {} octets)", data(mtu)),
        MtuVerdict::AtLeast(mtu) => format!("at least {mtu} (data of {} octets)", data(mtu)),
        MtuVerdict::Range { lower, upper } => format!(
            "{lower} to {upper} (data of {} to {} octets)",
            data(lower),
            data(upper)
        ),
        MtuVerdict::None(why) => format!("no conclusion: {}", no_conclusion(why, names)),
    }
}

fn no_conclusion(why: NoPathMtu, names: &mut dyn Names) -> String {
    match why {
        NoPathMtu::Unanswered { size, problem } => {
            let text = format!("no answer to echo requests of {size} octets");
            match problem {
                Some((problem, from)) => format!(
                    "{text} ({} from {})",
                    problem::written(problem, names),
                    address::named(from, names)
                ),
                None => text,
            }
        }
        NoPathMtu::NotSent { errno } => {
            let error = io::Error::from_raw_os_error(errno);
            format!("probes do not leave this host: {}", errno::text(&error))
        }
        NoPathMtu::Altered { size } => {
            format!("replies to probes of {size} octets come back altered or shortened")
        }
        NoPathMtu::Changed { size } => {
            format!("probes of {size} octets were answered at first, and then not any more")
        }
        NoPathMtu::Ended { answered: None } => "the run ended before the first answer".to_owned(),
        NoPathMtu::Ended {
            answered: Some(size),
        } => format!("the run ended first; {size} octets were answered"),
    }
}

/// The lines after the first; all of them with `verbose`.
pub(super) fn details(found: &PathMtu, verbose: bool, names: &mut dyn Names) -> String {
    let mut lines = Vec::new();
    lines.extend(learned(found, names));
    lines.extend(black_hole(found, names));
    let doubtful = found
        .messages
        .iter()
        .filter(|it| verbose || !it.is_believed);
    lines.extend(doubtful.map(|message| said(message, names)));
    lines.push(format!(
        "{}; {}; an echo tests the way there and back together",
        tally("probe", found.probes(), "not answered"),
        tally("control", found.controls, "lost"),
    ));
    if verbose {
        lines.extend(consequences(found));
        lines.push(tries(found));
    }
    let mut text = String::new();
    for line in lines {
        let _ = writeln!(text, "{INDENT}{line}");
    }
    text
}

/// The evidence for the result.
fn learned(found: &PathMtu, names: &mut dyn Names) -> Option<String> {
    let known = match found.verdict {
        MtuVerdict::Exact(mtu) => format!("{mtu} passes, {} does not", mtu + 1),
        MtuVerdict::Range { lower, upper } => format!(
            "{lower} passes, {} does not, and between them too many probes are lost",
            upper + 1
        ),
        MtuVerdict::AtLeast(_) | MtuVerdict::None(_) => String::new(),
    };
    Some(match found.learned? {
        MtuSource::Interface => "the interface of this host sends nothing larger".to_owned(),
        MtuSource::Message(from) => {
            format!(
                "router {} said so, confirmed: {known}",
                address::named(from, names)
            )
        }
        MtuSource::Silence if found.messages.is_empty() => {
            format!("{known}; no router said why")
        }
        MtuSource::Silence => format!("{known}; no router named the right size"),
    })
}

fn black_hole(found: &PathMtu, names: &mut dyn Names) -> Option<String> {
    let BlackHole {
        after,
        after_address,
        before_address,
    } = found.black_hole?;
    let behind = match after_address {
        Some(address) => format!("hop {after} ({})", address::named(address, names)),
        None => "this host".to_owned(),
    };
    let before = before_address.map(|address| address::named(address, names));
    Some(match before {
        Some(before) => {
            format!(
                "black hole: larger probes vanish behind {behind}, before {before}, or on the way back"
            )
        }
        None => format!(
            "black hole: larger probes vanish somewhere behind {behind}, or on the way back"
        ),
    })
}

/// A message that reported a probe as too big.
fn said(message: &TooBig, names: &mut dyn Names) -> String {
    let from = address::named(message.from, names);
    if message.is_believed {
        return format!("{from} said that {} octets fit", message.mtu);
    }
    format!(
        "{from} said that {} octets fit, which cannot be: not believed",
        message.mtu
    )
}

/// `9 probes, 3 not answered`
fn tally(what: &str, tally: Tally, lost: &str) -> String {
    let s = if tally.sent == 1 { "" } else { "s" };
    match tally.lost() {
        _ if tally.sent == 0 => format!("no {what}s"),
        0 => format!("{} {what}{s}, none {lost}", tally.sent),
        some => format!("{} {what}{s}, {some} {lost}", tally.sent),
    }
}

/// The consequences for TCP and tunnels, if a size is known to pass.
fn consequences(found: &PathMtu) -> Option<String> {
    let mtu = found.verdict.lower()?;
    let ip = found.header.saturating_sub(ICMP);
    let inside = TUNNELS.map(|(name, over_v4, over_v6)| {
        let around = if ip > 20 { over_v6 } else { over_v4 };
        format!("{name} {}", mtu.saturating_sub(around))
    });
    let mss = mtu.saturating_sub(ip + TCP);
    Some(format!(
        "TCP: MSS {mss}; MTU of tunnels along this path: {}",
        inside.join(", ")
    ))
}

/// `tried: 84 1/1, 1500 0/3, 1420 1/1`: the number of answered and sent probes of each size.
fn tries(found: &PathMtu) -> String {
    let tries = found.tries.iter().map(|tries| {
        let altered = match tries.altered {
            0 => String::new(),
            altered => format!(" ({altered} altered)"),
        };
        format!("{} {}/{}{altered}", tries.size, tries.answered, tries.sent)
    });
    format!(
        "answered of each size: {}",
        tries.collect::<Vec<_>>().join(", ")
    )
}

/// The number of targets with a known path MTU, if there are several.
pub(super) fn total(page: &mut Page<'_>, total: &Summary) -> io::Result<()> {
    if page.style.quiet || total.targets < 2 {
        return Ok(());
    }
    page.gap();
    let text = format!(
        "path MTU known: {} of {} targets",
        total.alive, total.targets
    );
    page.lines.extend_from_slice(text.as_bytes());
    page.lines.push(b'\n');
    page.made()
}

/// A path MTU smaller than the user expects.
pub(super) fn below(found: &PathMtu) -> Option<String> {
    let expected = found.below?;
    let mtu = found.verdict.lower()?;
    Some(match found.verdict {
        MtuVerdict::Range { .. } => {
            format!("the path MTU may be as small as {mtu}: below --expect {expected}")
        }
        _ => format!("the path MTU is {mtu}: below --expect {expected}"),
    })
}
