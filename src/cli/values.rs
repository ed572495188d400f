//! Parses numbers and times on the command line: finite decimals only.
//!
//! The standard parsers accept `nan`, `inf` and hexadecimal fractions; these do not. Times may have an exponent, which
//! iputils accepts. Leading blanks and one plus sign are accepted, as the C library does, because `wc -l` of some systems
//! prints blanks.

use std::ffi::OsStr;
use std::num::NonZero;
use std::time::Duration;

use super::Refusal;
use super::refusal::Lenient;
use crate::config::many::Shard;
use crate::sanitize;

const NANOSECONDS_DIGITS: usize = 9;

/// The blanks that the C library skips before a number.
const BLANKS: [char; 6] = [' ', '\t', '\n', '\x0b', '\x0c', '\r'];

/// iputils' maximum for times, in seconds.
const LONGEST_TIME: Limit = Limit {
    text: "2147483.647",
    duration: Duration::from_millis(2_147_483_647),
};
const LONGEST_DEADLINE: Limit = Limit {
    text: "2147483647",
    duration: Duration::from_secs(2_147_483_647),
};

/// Summaries more often than this are unreadable.
const SHORTEST_SUMMARY: Limit = Limit {
    text: "0.1",
    duration: Duration::from_millis(100),
};
/// More frequent lookups would burden name servers, and shorter windows have too few probes.
const SHORTEST_RENEWAL: Limit = Limit {
    text: "1",
    duration: Duration::from_secs(1),
};
const NO_TIME: Limit = Limit {
    text: "0",
    duration: Duration::ZERO,
};

/// What to type instead of `100ms`.
const IN_SECONDS: &str = ", in seconds, such as 0.1";

/// A minimum or maximum time, and its text.
struct Limit {
    text: &'static str,
    duration: Duration,
}

/// `--rate`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rate {
    /// Probes a second.
    PerSecond(u32),
    /// As many as possible.
    Max,
}

/// `--need`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Quorum {
    Number(u32),
    Percent(u8),
}

/// Why a text is rejected as a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bad {
    /// It contains something other than digits.
    Text,
    /// It is negative or too large.
    Range,
}

impl Bad {
    /// `low` and `high` are the limits as text.
    fn refuse(self, option: &str, text: &OsStr, (low, high): (&str, &str)) -> Refusal {
        let text = sanitize::excerpt(text);
        let reason = match self {
            Self::Text => "not a number",
            Self::Range => "out of range",
        };
        Refusal::new(format!(
            "{option}: invalid argument: '{text}': {reason}: {low} <= value <= {high}"
        ))
    }
}

pub(super) fn decimal(digits: &str) -> Result<u64, Bad> {
    if digits.is_empty() || !digits.bytes().all(|octet| octet.is_ascii_digit()) {
        return Err(Bad::Text);
    }
    // Only too many digits can fail here.
    digits.parse().map_err(|_| Bad::Range)
}

fn hexadecimal(digits: &str) -> Result<u64, Bad> {
    if digits.is_empty() || !digits.bytes().all(|octet| octet.is_ascii_hexdigit()) {
        return Err(Bad::Text);
    }
    u64::from_str_radix(digits, 16).map_err(|_| Bad::Range)
}

/// Applies `read`, and distinguishes a negative number from a text that is not a number.
fn number<T>(text: &OsStr, read: impl Fn(&str) -> Result<T, Bad>) -> Result<T, Bad> {
    let text = text.to_str().ok_or(Bad::Text)?.trim_start_matches(BLANKS);
    match text.strip_prefix('-') {
        Some(positive) => Err(read(positive).map_or_else(|bad| bad, |_| Bad::Range)),
        None => read(text.strip_prefix('+').unwrap_or(text)),
    }
}

fn decimal_or_hexadecimal(text: &str) -> Result<u64, Bad> {
    match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(digits) => hexadecimal(digits),
        None => decimal(text),
    }
}

fn within<T: TryFrom<u64>>(
    option: &str,
    text: &OsStr,
    low: u64,
    high: u64,
    read: impl Fn(&str) -> Result<u64, Bad>,
) -> Result<T, Refusal> {
    let value = number(text, read).and_then(|value| {
        let value = Some(value).filter(|value| (low..=high).contains(value));
        value
            .and_then(|value| T::try_from(value).ok())
            .ok_or(Bad::Range)
    });
    value.map_err(|bad| bad.refuse(option, text, (&low.to_string(), &high.to_string())))
}

/// Parses seconds with an optional fraction and exponent. Digits below a nanosecond round up, so that only zero is zero.
pub(super) fn seconds(text: &str) -> Result<Duration, Bad> {
    let Some((number, exponent)) = text.split_once(['e', 'E']) else {
        return plain_seconds(text);
    };
    let (exponent, (whole, fraction)) = (self::exponent(exponent)?, digits(number)?);
    // The point moves, and zeros fill what it leaves.
    let digits = format!("{whole}{fraction}");
    let point = i64::from(exponent).saturating_add_unsigned(whole.len() as u64);
    let (before, after) = match usize::try_from(point) {
        Ok(point) if point >= digits.len() => (point - digits.len(), 0),
        Ok(_) => (0, 0),
        Err(_) => (0, usize::try_from(point.unsigned_abs()).unwrap_or(0)),
    };
    let digits = format!("{}{digits}{}", "0".repeat(after), "0".repeat(before));
    let point = usize::try_from(point).unwrap_or(0);
    let (whole, fraction) = digits.split_at_checked(point).ok_or(Bad::Range)?;
    duration(whole, fraction)
}

/// Seconds, perhaps with a fraction.
pub(super) fn plain_seconds(text: &str) -> Result<Duration, Bad> {
    let (whole, fraction) = digits(text)?;
    duration(whole, fraction)
}

/// What is in front of the point and behind it.
fn digits(text: &str) -> Result<(&str, &str), Bad> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = |text: &str| text.bytes().all(|octet| octet.is_ascii_digit());
    if (whole.is_empty() && fraction.is_empty()) || !digits(whole) || !digits(fraction) {
        return Err(Bad::Text);
    }
    Ok((whole, fraction))
}

/// A power of ten: about those that a number of the C library may have.
fn exponent(text: &str) -> Result<i16, Bad> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let power = decimal(digits)?;
    let power = i16::try_from(power).ok().filter(|power| *power <= 307);
    let power = power.ok_or(Bad::Range)?;
    Ok(if text.starts_with('-') { -power } else { power })
}

/// Digits in front of the point and behind it.
fn duration(whole: &str, fraction: &str) -> Result<Duration, Bad> {
    let whole = whole.trim_start_matches('0');
    let whole = if whole.is_empty() { 0 } else { decimal(whole)? };
    let (fine, finer) = fraction
        .split_at_checked(NANOSECONDS_DIGITS)
        .unwrap_or((fraction, ""));
    let fine = decimal(&format!("{fine:0<NANOSECONDS_DIGITS$}"))?;
    let finer = finer.bytes().any(|digit| digit != b'0');
    Duration::from_secs(whole)
        .checked_add(Duration::from_nanos(fine + u64::from(finer)))
        .ok_or(Bad::Range)
}

fn time(option: &str, text: &OsStr, low: &Limit, high: &Limit) -> Result<Duration, Refusal> {
    let time = number(text, seconds).and_then(|time| {
        let time = Some(time).filter(|time| (low.duration..=high.duration).contains(time));
        time.ok_or(Bad::Range)
    });
    time.map_err(|bad| {
        let refusal = bad.refuse(option, text, (low.text, high.text));
        match bad {
            Bad::Text => refusal.advise(IN_SECONDS),
            Bad::Range => refusal,
        }
    })
}

pub(super) fn interval(text: &OsStr) -> Result<Duration, Refusal> {
    time("-i", text, &NO_TIME, &LONGEST_TIME)
}

pub(super) fn timeout(text: &OsStr) -> Result<Duration, Refusal> {
    time("-W", text, &NO_TIME, &LONGEST_TIME)
}

pub(super) fn deadline(text: &OsStr) -> Result<Duration, Refusal> {
    time("-w", text, &NO_TIME, &LONGEST_DEADLINE)
}

/// The maximum is that of target numbers.
pub(super) fn limit(text: &OsStr) -> Result<u64, Refusal> {
    within("--limit", text, 1, u32::MAX.into(), decimal)
}

/// Parses the number of a shard and the number of shards.
pub(super) fn shard(text: &OsStr) -> Result<Shard, Refusal> {
    let number = |text: &str| u32::try_from(number(text.as_ref(), decimal).ok()?).ok();
    let parts = text.to_str().and_then(|text| text.split_once('/'));
    let shard = parts.and_then(|(part, of)| Shard::new(number(part)?, number(of)?));
    shard.ok_or_else(|| {
        Refusal::new(format!(
            "--shard: invalid argument: '{}': must be I/N with 1 <= I <= N, such as 2/3 for the second of three parts",
            sanitize::excerpt(text)
        ))
    })
}

/// Parses probes a second, or `max`.
pub(super) fn rate(text: &OsStr) -> Result<Rate, Refusal> {
    if text == "max" {
        return Ok(Rate::Max);
    }
    within("--rate", text, 1, 10_000_000, decimal).map(Rate::PerSecond)
}

pub(super) fn retries(text: &OsStr) -> Result<u8, Refusal> {
    within("--retries", text, 0, 15, decimal)
}

/// Parses a number or percentage of targets.
pub(super) fn need(text: &OsStr) -> Result<Quorum, Refusal> {
    match text.to_str().and_then(|text| text.strip_suffix('%')) {
        Some(percent) => within("--need", text, 0, 100, |_| decimal(percent)).map(Quorum::Percent),
        None => within("--need", text, 0, u32::MAX.into(), decimal).map(Quorum::Number),
    }
}

/// From the minimum of every IPv4 link to the longest packet of either family.
pub(super) fn expected_mtu(text: &OsStr) -> Result<u32, Refusal> {
    within("--expect", text, 68, 65_575, decimal)
}

pub(super) fn summary_every(text: &OsStr) -> Result<Duration, Refusal> {
    time("--summary-every", text, &SHORTEST_SUMMARY, &LONGEST_TIME)
}

pub(super) fn resolve_every(text: &OsStr) -> Result<Duration, Refusal> {
    time("--resolve-every", text, &SHORTEST_RENEWAL, &LONGEST_TIME)
}

/// Parses the speed of a replay: 1 is that of the run.
pub(super) fn speed(text: &OsStr) -> Result<f64, Refusal> {
    let (slowest, fastest) = ("0.001", "1000000");
    let range = Duration::from_millis(1)..=Duration::from_secs(1_000_000);
    let factor = number(text, seconds).and_then(|factor| {
        let factor = Some(factor).filter(|factor| range.contains(factor));
        factor.ok_or(Bad::Range)
    });
    let factor = factor.map_err(|bad| bad.refuse("--speed", text, (slowest, fastest)))?;
    Ok(factor.as_secs_f64())
}

pub(super) fn window(text: &OsStr) -> Result<Duration, Refusal> {
    time("--window", text, &SHORTEST_RENEWAL, &LONGEST_TIME)
}

pub(super) fn export_every(text: &OsStr) -> Result<Duration, Refusal> {
    time("--export-every", text, &SHORTEST_SUMMARY, &LONGEST_TIME)
}

pub(super) fn down_after(text: &OsStr) -> Result<NonZero<u32>, Refusal> {
    in_a_row("--down-after", text)
}

pub(super) fn until_down(text: &OsStr) -> Result<NonZero<u32>, Refusal> {
    in_a_row("--until-down", text)
}

pub(super) fn until_up(text: &OsStr) -> Result<NonZero<u32>, Refusal> {
    in_a_row("--until-up", text)
}

fn in_a_row(option: &str, text: &OsStr) -> Result<NonZero<u32>, Refusal> {
    let probes: u32 = within(option, text, 1, u32::MAX.into(), decimal)?;
    Ok(NonZero::new(probes).unwrap_or(NonZero::<u32>::MIN))
}

pub(super) fn count(text: &OsStr) -> Result<u64, Refusal> {
    within("-c", text, 1, i64::MAX.unsigned_abs(), decimal)
}

pub(super) fn preload(text: &OsStr) -> Result<u32, Refusal> {
    within("-l", text, 1, 65_536, decimal)
}

pub(super) fn first_sequence(text: &OsStr) -> Result<u16, Refusal> {
    within("--first-sequence", text, 0, 65_535, decimal)
}

pub(super) fn identifier(text: &OsStr) -> Result<u16, Refusal> {
    within("-e", text, 0, 65_535, decimal)
}

/// iputils also accepts 0 and leaves it to the kernel: IPv6 allows that hop limit, IPv4 does not allow that time to live.
pub(super) fn time_to_live(text: &OsStr) -> Result<Lenient<u8>, Refusal> {
    Ok(match within("-t", text, 1, 255, decimal) {
        Ok(value) => Lenient::usual(value),
        Err(refusal) => match within("-t", text, 0, 255, decimal) {
            Ok(value) => Lenient::of_ping(value, refusal),
            Err(of_ping) => return Err(refusal.or_as_ping(of_ping.to_string())),
        },
    })
}

pub(super) fn mark(text: &OsStr) -> Result<u32, Refusal> {
    within("-m", text, 0, u32::MAX.into(), decimal_or_hexadecimal)
}

pub(super) fn send_buffer(text: &OsStr) -> Result<usize, Refusal> {
    within("-S", text, 1, i32::MAX.unsigned_abs().into(), decimal)
}

/// Parses the size of a probe. Its limit depends on the address family: see
/// [`Message::check_size`](crate::config::Message::check_size). A number too large for the type is as invalid as any
/// other that is too large.
pub(super) fn size(text: &OsStr) -> Result<usize, Refusal> {
    match number(text, decimal) {
        Ok(size) => Ok(usize::try_from(size).unwrap_or(usize::MAX)),
        Err(bad) => Err(bad.refuse("-s", text, ("0", "65507"))),
    }
}

/// 20 bits.
pub(super) fn flow_label(text: &OsStr) -> Result<Lenient<u32>, Refusal> {
    const LARGEST: u64 = 0xf_ffff;
    match number(text, decimal_or_hexadecimal) {
        Ok(value) if value > LARGEST => Err(Refusal::new(format!(
            "flow value is greater than 20 bits: {}",
            sanitize::excerpt(text)
        ))
        .advise(": -F takes 0 to 0xfffff")),
        _ => or_no_digits(text, within("-F", text, 0, LARGEST, decimal_or_hexadecimal)),
    }
}

/// iputils reads a value without digits as 0: an empty shell variable, or one after `0x`.
fn or_no_digits<T: Default>(
    text: &OsStr,
    value: Result<T, Refusal>,
) -> Result<Lenient<T>, Refusal> {
    match value {
        Ok(value) => Ok(Lenient::usual(value)),
        Err(refusal) if ["", "0x", "0X"].iter().any(|none| text == *none) => {
            Ok(Lenient::of_ping(T::default(), refusal))
        }
        Err(refusal) => Err(refusal),
    }
}

/// Parses a number or the name of a differentiated service (RFC 2474, RFC 2597, RFC 3246, RFC 5865, RFC 8622). iputils
/// also accepts -1, the kernel's value for the system default.
pub(super) fn traffic_class(text: &OsStr) -> Result<Lenient<u8>, Refusal> {
    if let Some(code_point) = text.to_str().and_then(code_point) {
        return Ok(Lenient::usual(code_point << 2));
    }
    let value = match number(text, decimal_or_hexadecimal) {
        Err(Bad::Text) => Err(Refusal::new(format!(
            "-Q: invalid argument: '{}': must be a number from 0 to 255 or one of \
             ef, af11 to af43, cs0 to cs7, le, va",
            sanitize::excerpt(text)
        ))),
        _ => within("-Q", text, 0, 255, decimal_or_hexadecimal),
    };
    match value {
        Err(refusal) if text == "-1" => Ok(Lenient::of_ping(0, refusal)),
        value => or_no_digits(text, value),
    }
}

/// The upper six bits of the class with this name.
fn code_point(name: &str) -> Option<u8> {
    let digit = |octet: u8, from: u8, to: u8| {
        let digit = octet.checked_sub(b'0')?;
        (from..=to).contains(&digit).then_some(digit)
    };
    match name.to_ascii_lowercase().as_bytes() {
        b"ef" => Some(46),
        b"va" => Some(44),
        b"le" => Some(1),
        [b'c', b's', class] => Some(8 * digit(*class, 0, 7)?),
        [b'a', b'f', class, drop] => Some(8 * digit(*class, 1, 4)? + 2 * digit(*drop, 1, 3)?),
        _ => None,
    }
}
