//! The table of a sweep of sizes, and what it tells.

use std::io::{self, Write};
use std::time::Duration;

use crate::event::{Fit, OfSize, Sweep};
use crate::report::duration::Milliseconds;

/// Octets for which the fit is told.
const THOUSAND: f64 = 1000.0;

/// Behind the statistics.
pub(super) fn text(line: &mut Vec<u8>, sweep: &Sweep) -> io::Result<()> {
    let [first, .., last] = &sweep.sizes[..] else {
        return table(line, sweep);
    };
    writeln!(
        line,
        "\n{} to {} octets of data in steps of {}, {} round{}:",
        first.data,
        last.data,
        sweep.step,
        sweep.rounds,
        if sweep.rounds == 1 { "" } else { "s" }
    )?;
    table(line, sweep)?;
    fitted(line, sweep.fit)?;
    lossy(line, &sweep.sizes)
}

fn table(line: &mut Vec<u8>, sweep: &Sweep) -> io::Result<()> {
    writeln!(line, "  size   sent   lost    min ms    p50 ms")?;
    for size in &sweep.sizes {
        let [min, median] = [size.min, size.median].map(milliseconds);
        writeln!(
            line,
            "{:6} {:6} {:6} {min:>9} {median:>9}",
            size.data, size.sent, size.lost
        )?;
    }
    Ok(())
}

fn milliseconds(time: Option<Duration>) -> String {
    time.map_or("-".to_owned(), |time| Milliseconds(time).to_string())
}

/// What the shortest round trips tell of the way.
fn fitted(line: &mut Vec<u8>, fit: Option<Fit>) -> io::Result<()> {
    let Some(fit) = fit else {
        return writeln!(line, "no fit: fewer than three sizes were answered");
    };
    let [base, more, error] = [
        fit.base * 1e3,
        fit.each_octet * THOUSAND * 1e6,
        fit.error * THOUSAND * 1e6,
    ];
    if !fit.means_something() {
        return writeln!(
            line,
            "no fit: the shortest round trips do not grow with the size beyond their scatter \
             ({more:.1} us for 1,000 octets, give or take {error:.1} us)"
        );
    }
    writeln!(
        line,
        "estimate: {base:.3} ms, and {more:.1} us more for 1,000 octets of data, there and back (give or take {error:.1} us)"
    )?;
    writeln!(
        line,
        "    all links of both ways together; one link of 100 Mbit/s there and back would take 160 us"
    )
}

/// Sizes that are lost more often than the others, those next to each other as one range.
fn lossy(line: &mut Vec<u8>, sizes: &[OfSize]) -> io::Result<()> {
    let others = lost_and_sent(sizes.iter().filter(|size| !size.is_lossy));
    for range in sizes.chunk_by(|one, other| one.is_lossy == other.is_lossy) {
        let (Some(first), Some(last)) = (range.first(), range.last()) else {
            continue;
        };
        if !first.is_lossy {
            continue;
        }
        let octets = if first.data == last.data {
            first.data.to_string()
        } else {
            format!("{} to {}", first.data, last.data)
        };
        let [here, others] =
            [lost_and_sent(range), others].map(|(lost, sent)| format!("{lost} of {sent}"));
        writeln!(
            line,
            "{octets} octets are lost more often: {here}, of the other sizes {others}"
        )?;
    }
    Ok(())
}

fn lost_and_sent<'a>(sizes: impl IntoIterator<Item = &'a OfSize>) -> (u32, u32) {
    let add = |(lost, sent), size: &OfSize| (lost + size.lost, sent + size.sent);
    sizes.into_iter().fold((0, 0), add)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(data: u16, lost: u32, min: Option<u64>) -> OfSize {
        OfSize {
            data,
            sent: 5,
            lost,
            min: min.map(Duration::from_micros),
            median: min.map(|min| Duration::from_micros(min + 1)),
            is_lossy: lost > 2,
        }
    }

    fn told(sizes: Vec<OfSize>, fit: Option<Fit>) -> String {
        let mut line = Vec::new();
        let sweep = Sweep {
            step: 100,
            rounds: 5,
            sizes,
            fit,
        };
        text(&mut line, &sweep).unwrap();
        String::from_utf8(line).unwrap()
    }

    #[test]
    fn table_fit_and_lossy_sizes_follow_each_other() {
        let fit = Fit {
            base: 0.000_4,
            each_octet: 81.3e-9,
            error: 5.2e-9,
        };
        let sizes = vec![
            of(56, 0, Some(410)),
            of(156, 1, Some(420)),
            of(256, 5, None),
            of(356, 4, Some(440)),
        ];
        assert_eq!(
            told(sizes, Some(fit)),
            "
56 to 356 octets of data in steps of 100, 5 rounds:
  size   sent   lost    min ms    p50 ms
    56      5      0     0.410     0.411
   156      5      1     0.420     0.421
   256      5      5         -         -
   356      5      4     0.440     0.441
estimate: 0.400 ms, and 81.3 us more for 1,000 octets of data, there and back (give or take 5.2 us)
    all links of both ways together; one link of 100 Mbit/s there and back would take 160 us
256 to 356 octets are lost more often: 9 of 10, of the other sizes 1 of 10
"
        );
    }

    #[test]
    fn fit_that_means_nothing_is_said_to_mean_nothing() {
        let fit = Fit {
            base: 0.000_4,
            each_octet: 4.1e-9,
            error: 9.0e-9,
        };
        let sizes = || vec![of(56, 0, Some(410)), of(156, 0, Some(409))];
        let text = told(sizes(), Some(fit));
        let expected = "\nno fit: the shortest round trips do not grow with the size beyond their scatter (4.1 us for 1,000 octets, give or take 9.0 us)\n";
        assert!(text.ends_with(expected), "{text}");
        let text = told(sizes(), None);
        assert!(
            text.ends_with("\nno fit: fewer than three sizes were answered\n"),
            "{text}"
        );
    }
}
