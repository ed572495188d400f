//! The texts about the program, in a format that scripts search for options and versions.

/// The version of fping whose options, lines and exit codes these are.
const FPING: &str = "5.5";

pub(super) fn version(program: &str) -> String {
    let version = env!("CARGO_PKG_VERSION");
    format!(
        "{program}: Version {FPING}\n\
         {program}: rping {version}, with the options, lines and exit codes of fping {FPING}\n"
    )
}

pub(super) fn help(program: &str) -> String {
    HELP.replace("{program}", program)
}

/// The list of options, with `{program}` for the name of the program.
pub(super) const HELP: &str = "Usage: {program} [options] [targets...]

Probing options:
   -4, --ipv4         only ping IPv4 addresses
   -6, --ipv6         only ping IPv6 addresses
   -b, --size=BYTES   amount of ping data to send, in bytes (default: 56)
   -B, --backoff=N    wait N times as long for each retry, 1.0 to 5.0 (default: 1.5)
   -c, --count=N      count mode: send N pings to each target and report stats
       --check-source discard replies not from the target address 
   -f, --file=FILE    read list of targets from a file ( - means stdin)
   -g, --generate     generate target list (only if no -f specified)
                      (give start and end IP in the target list, or a CIDR address)
                      (ex. {program} -g 192.168.1.0 192.168.1.255 or {program} -g 192.168.1.0/24)
   -H, --ttl=N        set the IP TTL value (Time To Live hops)
   -i, --interval=MSEC  least time between any two pings (default: 10 ms)
   -I, --iface=IFACE  bind to a particular interface
       --oiface=IFACE  send through a particular interface, receive from any
       --icmp-timestamp  send ICMP timestamp requests instead of echo requests (IPv4, raw socket)
   -k, --fwmark=FWMARK set the routing mark
   -l, --loop         loop mode: send pings forever
   -m, --all          use all IPs of provided hostnames (e.g. IPv4 and IPv6), use with -A
   -M, --dontfrag     set the Don't Fragment flag
   -O, --tos=N        set the type of service (tos) flag on the ICMP packets
   -p, --period=MSEC  time between two pings to one target, with -l, -c and -C (default: 1000 ms)
   -r, --retry=N      number of retries, 0 to 65535 (default: 3)
   -R, --random       random packet data (to foil link data compression)
   -S, --src=IP       set source address
       --seqmap-timeout=MSEC  how long a reply is matched with its probe (default: no limit)
   -t, --timeout=MSEC how long to wait for the first reply of a target (default: 500 ms),
                      with -l, -c and -C for each reply (default: the -p period up to 2000 ms)

Output options:
   -a, --alive        show targets that are alive
   -A, --addr         show targets by address
   -C, --vcount=N     same as -c, report the time of each ping and not the stats
   -d, --rdns         show targets by the names of their addresses (reverse lookup)
   -D, --timestamp    print timestamp before each output line
       --timestamp-format=FORMAT  show timestamp in the given format (-D required): ctime|iso|rfc3339
   -e, --elapsed      show elapsed time on return packets
   -J, --json         output in JSON format (-c, -C, or -l required)
   -n, --name         show targets that are given as addresses by name (reverse lookup)
   -N, --netdata      output for Netdata at each interval (-l and -Q required)
   -o, --outage       show the accumulated outage time (lost packets * packet interval)
       --print-reply-dst  show the address that each reply came to
       --print-tos    show the TOS of each reply
       --print-ttl    show the TTL of each reply
   -q, --quiet        quiet (don't show per-target/per-ping results)
   -Q, --squiet=SECS[,cumulative]  same as -q, but add interval summary every SECS seconds,
                                   with 'cumulative', since the beginning
   -s, --stats        print final stats
   -u, --unreach      show targets that are unreachable
   -v, --version      show version
   -x, --reachable=N  shows if >=N hosts are reachable or not
   -X, --fast-reachable=N exits true immediately when N hosts are found
";
