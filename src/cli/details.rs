//! Details of options for the manual page, besides their help.

/// Options by their identifiers in `args`, with the sentences that follow their help.
const DETAILS: &[(&str, &str)] = &[
    (
        "count",
        "Without it the run goes on until it is interrupted. With -w and one target it ends after N replies instead.",
    ),
    (
        "interval",
        "Fractions are allowed. 0 sends as fast as replies come. Less than 0.002, or 0.01 with many targets, is only for root.",
    ),
    (
        "flood",
        "Prints a dot for each probe and removes it with the reply: the dots that stay are probes without a reply.",
    ),
    ("adaptive", "That is one probe each round trip."),
    ("preload", "More than 3 is only for root."),
    (
        "size",
        "The ICMP header adds 8 octets, the IP header 20 (IPv4) or 40 (IPv6). At most 65507 (IPv4) or 65527 (IPv6).",
    ),
    (
        "timeout",
        "0 means no timeout. A reply after its timeout is late and does not count. Without -W a late reply counts; after the last probe rping waits for twice the longest round trip, or for 10 seconds if no reply ever came. With many targets the default is 1, or 0.5 for the first probe of --alive and --dead.",
    ),
    (
        "deadline",
        "Fractions are allowed; 0 sets no deadline. The deadline covers lookups of names and the reading of files.",
    ),
    (
        "interface",
        "Repeat it for an interface and an address of each family.",
    ),
    ("sticky_source", "Even if the route changes during the run."),
    (
        "ttl",
        "1 to 255: how many routers a probe may pass. The default is the system's.",
    ),
    (
        "tos",
        "Type of service (IPv4) or traffic class (IPv6): a number, hexadecimal with 0x, or a DSCP name such as ef, af41 or cs6.",
    ),
    (
        "pmtudisc",
        "Path MTU discovery: do forbids fragments, want makes them on this host, dont lets routers make them, probe forbids them and ignores the known path MTU.",
    ),
    (
        "broadcast",
        "With many targets also multicast addresses, and only for root.",
    ),
    (
        "ip_timestamp",
        "tsonly records times, tsandaddr also addresses, tsprespec the times of up to 4 hosts named by --via.",
    ),
    (
        "clock",
        "kernel includes the wait in the queue of this host, wire does not. hardware does not either, and needs an interface that takes time stamps already. user is the clock of this process. By default a flood uses the kernel's clock only for arrivals.",
    ),
    (
        "user_time",
        "Measure until the process reads the reply, not until the kernel receives it.",
    ),
    (
        "verbose",
        "Also the kind of the socket, identifiers, whose clock measured a round trip, and the headers that redirects quote.",
    ),
    (
        "numeric",
        "With many targets, print addresses instead of the names that were given.",
    ),
    (
        "outstanding",
        "Otherwise it is reported when its timeout expires.",
    ),
    (
        "sweep_size",
        "Probes leave every 0.2 s (-i). After the statistics stand a table of the sizes, a straight line through the shortest round trips (an estimate), and the sizes that are lost more often than the others.",
    ),
    (
        "icmp_timestamp",
        "Each reply tells its times, the offset of the clock (+: ahead) and an estimate of each way. Exits with 1 without an answer, with 2 over IPv6 or without a raw socket.",
    ),
    (
        "doctor",
        "Looks at permissions, routes, the name servers of /etc/resolv.conf, time stamps, confinement and limits. Exits with 0 if rping can ping, with 1 if not.",
    ),
    (
        "json",
        "One object on each line; --generate schema prints what it may have. The default is all events but the departures of probes. With --alive and --dead each target has one line.",
    ),
    (
        "merge",
        "Streams of all shards of a list are one run; streams without a shard are vantage points, with a row for each host and target. A stream that was cut is counted as far as it goes, and the exit code is 1 at least, as with a missing shard. Takes --json, --sort and --color.",
    ),
    (
        "color",
        "auto means on a terminal, unless NO_COLOR is set or TERM is dumb.",
    ),
    (
        "fail_if",
        "A figure (loss, min, avg, max, mdev, p50, p90, p99, p99.9, jitter, outage, late or duplicates), then >, >=, < or <=, then a value: a percentage of loss, a time in us, ms or s, or a number. Figures are compared as precise as they are printed. Each condition is checked at the end, for each target; a figure that is not known makes none true. Of more than 4096 targets only loss, min, avg and max are known. Not with --alive and --dead.",
    ),
    (
        "targets",
        "It has one target on each line, and a label may follow it; # begins a comment.",
    ),
    ("limit", "With --shard it counts the targets of all shards."),
    (
        "shard",
        "I is from 1 to N. A hash of each address or name decides which part has it, after duplicates and exclusions: another line in the list moves nothing else. A shard may have no targets.",
    ),
    (
        "rate",
        "max means unlimited. More than 1000, and max, are only for root.",
    ),
    (
        "alive",
        "With -q it prints only the targets, for a pipe; with --dead too, alive or dead behind each.",
    ),
    (
        "dead",
        "With -q it prints only the targets, for a pipe; with --alive too, alive or dead behind each.",
    ),
    (
        "quiet",
        "With many targets the table stays; with --alive and --dead only the targets, for a pipe.",
    ),
    (
        "retries",
        "Each further probe of --alive and --dead waits half as long again.",
    ),
    ("need", "The run stops when that is decided."),
];

/// The details of an option, if it has any.
pub(super) fn of(option: &str) -> Option<&'static str> {
    let row = DETAILS.iter().find(|(name, _)| *name == option);
    row.map(|(_, details)| *details)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;
    use crate::cli::args::Typed;

    #[test]
    fn details_are_of_options_that_exist() {
        let command = Typed::command();
        for (name, _) in DETAILS {
            let exists = command.get_arguments().any(|arg| arg.get_id() == *name);
            assert!(exists, "{name}");
        }
    }
}
