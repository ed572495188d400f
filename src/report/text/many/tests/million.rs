//! The maximum number of targets.

use super::*;
use std::net::Ipv4Addr;

const MILLION: TargetNumber = 1_000_000;

/// Addresses of 127.0.0.0/8 in order.
#[derive(Debug)]
struct Network;

impl Directory for Network {
    fn len(&self) -> TargetNumber {
        MILLION
    }
    fn address(&self, target: TargetNumber) -> Option<SocketAddr> {
        Some((Ipv4Addr::from(0x7f00_0000 + target), 0).into())
    }
    fn name(&self, _: TargetNumber) -> Option<&str> {
        None
    }
    fn label(&self, _: TargetNumber) -> Option<&str> {
        None
    }
}

impl Results for Network {
    fn row(&self, target: TargetNumber) -> Row {
        match target % 10 {
            0 => silent(),
            _ => answered(
                3,
                u64::from(target.wrapping_mul(2_654_435_761) % 1_000_000) + 100,
            ),
        }
    }
}

/// Counts its input and discards it.
#[derive(Debug, Default)]
struct Counter {
    octets: usize,
    lines: usize,
    writes: usize,
    longest: usize,
    last: Vec<u8>,
}

impl Write for Counter {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        self.octets += octets.len();
        self.lines += octets.split(|octet| *octet == b'\n').count() - 1;
        self.writes += 1;
        self.longest = self.longest.max(octets.len());
        self.last.clear();
        self.last.extend_from_slice(octets);
        Ok(octets.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn counting(style: Style, many: ManyStyle) -> Printer<Counter> {
    printer(Network, style, many)
}

fn all() -> Summary {
    Summary {
        targets: MILLION,
        ..total()
    }
}

#[test]
fn a_million_rows_are_never_in_memory() {
    let many = ManyStyle {
        sort: Sort::RoundTrip,
        ..ManyStyle::default()
    };
    let mut report = counting(quiet(), many);
    let total = all();
    report
        .event(&Event::Finished(&total, &Network), &noon)
        .unwrap();
    let out = report.out.get();
    assert_eq!(out.lines, 1_000_000 + 1 + 1 + 7);
    assert!(out.octets > 50_000_000);
    assert!(out.longest < 33 * 1024, "{}", out.longest);
    assert!(report.page.lines.capacity() <= 64 * 1024);
    let end = String::from_utf8_lossy(&out.last);
    // The last rows are those of targets that never answered, in the given order.
    assert!(end.contains("\n127.15.66.54"), "{end}");
}

#[test]
fn a_list_of_a_million_is_few_writes() {
    let mut report = counting(quiet(), only(Listed::Alive));
    let start = Start::Several(Several {
        targets: MILLION,
        ..who_is_alive()
    });
    report.event(&Event::Started(&start), &noon).unwrap();
    for target in 0..MILLION {
        let row = &Network.row(target);
        report
            .event(&Event::Decided { target, row }, &noon)
            .unwrap();
    }
    report.flush().unwrap();
    let out = report.out.get();
    assert_eq!(out.lines, 900_000);
    assert!(out.writes < 500, "{}", out.writes);
}
