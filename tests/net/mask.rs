//! Replaces the differences between two runs by `T`, and nothing else.
//!
//! A figure is replaced only in its expected format, so a wrong number of digits is still detected.

use libtest_mimic::{Failed, Trial};

pub(crate) fn mask(text: &str) -> String {
    // Under the name rping round trips always have microseconds, and a second line follows.
    let precise = text.contains("\nrtt p50/");
    let line = |one| line(one, precise);
    text.split_inclusive('\n').map(line).collect()
}

fn line(line: &str, precise: bool) -> String {
    let line = stamp(line);
    let line = after(&line, "time=", |text| {
        number(text)
            .filter(|n| {
                if precise {
                    decimals(n) == Some(3)
                } else {
                    is_round_trip(n)
                }
            })
            .map(|n| ("T".into(), n.len()))
    });
    let line = after(&line, "p50/p90/p99/p99.9/jitter = ", |text| {
        figures(text, 5)
    });
    let line = after(&line, "longest outage: ", |text| seconds(text, " s, "));
    let line = after(&line, " time) (including ", |text| {
        seconds(text, " ms in this host's queue; plus ")
    });
    let line = after(&line, "; plus ", |text| seconds(text, " ms to send, "));
    let line = after(&line, " ms to send, ", |text| seconds(text, " ms to read)"));
    let line = after(&line, ", time ", |text| {
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        (digits > 0 && text[digits..].starts_with("ms")).then(|| ("T".into(), digits))
    });
    let line = after(&line, "min/avg/max/mdev = ", |text| figures(text, 4));
    let line = after(&line, "min/avg/ewma/max = ", |text| figures(text, 4));
    after(&line, "ipg/ewma ", |text| figures(text, 2))
}

/// `[seconds.microseconds] ` at the start.
fn stamp(line: &str) -> String {
    let inner = line
        .strip_prefix('[')
        .and_then(|rest| rest.split_once("] "));
    match inner {
        Some((inner, rest)) if decimals(inner) == Some(6) => format!("[T] {rest}"),
        _ => line.to_owned(),
    }
}

/// Replaces the text that `of` recognises after each label.
fn after(line: &str, label: &str, of: impl Fn(&str) -> Option<(String, usize)>) -> String {
    let mut parts = line.split(label);
    let mut result = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        result += label;
        match of(part) {
            Some((replacement, length)) => result += &(replacement + &part[length..]),
            None => result += part,
        }
    }
    result
}

/// `a/b/c/d ms`, each with three decimals.
fn figures(text: &str, count: usize) -> Option<(String, usize)> {
    let list = text.split_once(" ms")?.0;
    let figures: Vec<_> = list.split('/').collect();
    let proper = figures.len() == count && figures.iter().all(|figure| decimals(figure) == Some(3));
    proper.then(|| (vec!["T"; count].join("/"), list.len()))
}

/// Seconds with three decimals, followed by this text.
fn seconds(text: &str, behind: &str) -> Option<(String, usize)> {
    let (number, _) = text.split_once(behind)?;
    (decimals(number) == Some(3)).then(|| ("T".into(), number.len()))
}

/// A number before ` ms`.
fn number(text: &str) -> Option<&str> {
    text.split_once(" ms")
        .map(|(number, _)| number)
        .filter(|number| decimals(number).is_some())
}

/// Three significant digits below a second: 0.123, 1.23, 12.3, 123.
fn is_round_trip(number: &str) -> bool {
    let whole = number.split('.').next().unwrap_or_default();
    let expected = match whole.len() {
        1 if whole == "0" => 3,
        1 => 2,
        2 => 1,
        _ => 0,
    };
    decimals(number) == Some(expected)
}

/// The number of decimals, or `None` if it is not a number.
fn decimals(number: &str) -> Option<usize> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let digits = |text: &str| text.bytes().all(|octet| octet.is_ascii_digit());
    let proper = !whole.is_empty() && digits(whole) && digits(fraction) && !number.ends_with('.');
    proper.then_some(fraction.len())
}

pub(crate) fn trials() -> Vec<Trial> {
    vec![Trial::test(
        "fixture::mask_replaces_well_formed_figures_only",
        || {
            let table = [
                (
                    "[1700000000.000001] 64 bytes: time=0.123 ms (DUP!)\n",
                    "[T] 64 bytes: time=T ms (DUP!)\n",
                ),
                (
                    "time=1.23 ms time=12.3 ms time=123 ms",
                    "time=T ms time=T ms time=T ms",
                ),
                (
                    "time=1.234 ms\ntime=0.1 ms\ntime=-1 ms",
                    "time=1.234 ms\ntime=0.1 ms\ntime=-1 ms",
                ),
                ("0% packet loss, time 1003ms", "0% packet loss, time Tms"),
                (
                    "rtt min/avg/max/mdev = 0.1/0.2/0.3/0.4 ms",
                    "rtt min/avg/max/mdev = 0.1/0.2/0.3/0.4 ms",
                ),
                (
                    "rtt min/avg/max/mdev = 0.100/0.200/0.300/0.400 ms, pipe 2, ipg/ewma 1.000/2.000 ms",
                    "rtt min/avg/max/mdev = T/T/T/T ms, pipe 2, ipg/ewma T/T ms",
                ),
                (
                    "2/3 packets, 33% loss, min/avg/ewma/max = 0.010/0.010/0.010/0.010 ms",
                    "2/3 packets, 33% loss, min/avg/ewma/max = T/T/T/T ms",
                ),
            ];
            table.into_iter().try_for_each(|(given, wanted)| {
                let masked = mask(given);
                if masked == wanted {
                    Ok(())
                } else {
                    Err(Failed::from(format!("{given:?} became {masked:?}")))
                }
            })
        },
    )]
}
