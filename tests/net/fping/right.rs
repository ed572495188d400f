//! Wrong figures of fping that rping corrects under its name, without changing the lines that programs parse.

use super::{fping, masked};
use crate::host::Host;
use crate::link::{self, HOST4, ROUTER4};
use crate::namespace::rping_trial;
use crate::packet::{Complaint, Reply};
use crate::run::Stream;
use libtest_mimic::Trial;

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        // fping prints `-1.3e+03 avg`: it keeps the average in 32 bits of nanoseconds.
        rping_trial("fping::average_of_three_seconds_is_right", || {
            link::create();
            let mut first = None;
            // It answers the first probe when the second one arrives, and no other.
            let _host = Host::start(move |request| match request.sequence {
                0 => {
                    first = Some(request.echo());
                    vec![]
                }
                _ => first.take().into_iter().collect(),
            });
            let run = fping(&format!("-l -p 2500 -t 60000 {HOST4}"))
                .signal_when(Stream::Out, " avg", libc::SIGINT)
                .run();
            let figure = |unit: &str| -> u32 {
                let before = run.stdout.split(unit).next().unwrap();
                before.rsplit([' ', '(']).next().unwrap().parse().unwrap()
            };
            assert!(
                figure(" ms") >= 2500 && figure(" avg") == figure(" ms"),
                "{run:?}"
            );
            let summary = format!("min/avg/max = {0}/{0}/{0}\n", figure(" ms"));
            assert!(run.stderr.ends_with(&summary), "{run:?}");
        }),
        // fping counts all three as good.
        rping_trial("fping::damaged_replies_of_each_kind_are_lost", || {
            link::create();
            let _host = Host::start(|request| {
                let mut reply = Reply::to(request);
                match request.sequence {
                    0 => reply.bad_checksum = true,
                    1 => reply.data.truncate(20),
                    2 => reply.data[20] ^= 0x40,
                    _ => {}
                }
                vec![reply.packet()]
            });
            let run = masked(&fping(&format!("-C 4 -q -p 60 -t 2000 {HOST4}")).run());
            assert_eq!(run.stderr, "198.51.100.2 : - - - T\n");
        }),
        // fping sends three more, although the router has reported the host as unreachable.
        rping_trial("fping::icmp_error_of_a_router_ends_the_tries", || {
            link::create();
            let host =
                Host::start(|request| vec![Complaint::about(request, ROUTER4, 3, 1).packet()]);
            let run = fping(&format!("-r 3 -t 400 {HOST4}")).run();
            assert_eq!(run.stdout, "198.51.100.2 is unreachable\n");
            assert_eq!(host.finish().len(), 1);
        }),
        // fping has 16 bits for all probes of ten seconds, and exits without results: `not enough sequence numbers
        // available`.
        rping_trial("fping::more_probes_than_16_bits_count_have_results", || {
            let addresses = "-g 127.1.0.0 127.2.39.15";
            let run = fping(&format!("-q -c 1 -i 0 -t 2000 -s {addresses}")).run();
            assert!(run.code <= 1, "{run:?}");
            let sent = run
                .stderr
                .lines()
                .find(|line| line.ends_with(" ICMP Echos sent"));
            assert_eq!(sent, Some("   75536 ICMP Echos sent"));
            let row = |line: &&str| line.contains(" : xmt/rcv/%loss = 1/");
            assert_eq!(run.stderr.lines().filter(row).count(), 75_536);
        }),
    ]
}
