//! What `--sweep-size` means, and what it has no use for.

use std::ffi::OsStr;
use std::time::Duration;

use super::Refusal;
use super::args::Typed;
use super::values::decimal;
use crate::config::{Face, SizeSweep};
use crate::sanitize;

/// The least data that carries a whole token: replies to smaller probes could be forged.
const LEAST: u16 = 16;

/// The most data of an IPv4 packet.
const MOST: u16 = 65_507;

const DEFAULT_ROUNDS: u64 = 5;
const DEFAULT_INTERVAL: Duration = Duration::from_millis(200);

/// All probes of a sweep are kept in memory until its end, as many as there are sequence numbers.
const MOST_PROBES: u64 = 65_536;

/// `MIN:MAX[:STEP]`, in octets of data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct SweepSize {
    smallest: u16,
    largest: u16,
    step: Option<u16>,
}

/// Reads the value.
pub(super) fn value(text: &OsStr) -> Result<SweepSize, Refusal> {
    let refusal = || {
        Refusal::new(format!(
            "--sweep-size: invalid argument: '{}': must be MIN:MAX or MIN:MAX:STEP, with {LEAST} <= MIN <= MAX <= {MOST} and STEP > 0",
            sanitize::excerpt(text)
        ))
    };
    read(text).ok_or_else(refusal)
}

fn read(text: &OsStr) -> Option<SweepSize> {
    let mut numbers = text.to_str()?.split(':').map(|digits| {
        let number = decimal(digits).ok()?;
        u16::try_from(number).ok()
    });
    let (smallest, largest) = (numbers.next()??, numbers.next()??);
    let step = match numbers.next() {
        Some(step) => Some(step.filter(|step| *step > 0)?),
        None => None,
    };
    let is_range = (LEAST..=MOST).contains(&smallest) && (smallest..=MOST).contains(&largest);
    (is_range && numbers.next().is_none()).then_some(SweepSize {
        smallest,
        largest,
        step,
    })
}

/// The sweep that is asked for. Size, count and interval of the run are those of the sweep from then on.
pub(super) fn prepare(typed: &mut Typed, face: Face) -> Result<Option<SizeSweep>, Refusal> {
    let Some(SweepSize {
        smallest,
        largest,
        step,
    }) = typed.diagnosis.sweep_size
    else {
        return Ok(None);
    };
    refuse(typed, face)?;
    let rounds = typed.count.unwrap_or(DEFAULT_ROUNDS);
    let sweep = SizeSweep {
        smallest,
        largest,
        step: step.unwrap_or_else(|| SizeSweep::usual_step(smallest, largest)),
        rounds,
    };
    if sweep.probes() > MOST_PROBES {
        return Err(Refusal::new(format!(
            "usage error: --sweep-size: {} sizes in {rounds} rounds are more than {MOST_PROBES} probes; give a larger step, or a smaller -c",
            sweep.sizes()
        )));
    }
    typed.size = Some(largest.into());
    typed.count = Some(sweep.probes());
    typed.interval.get_or_insert(DEFAULT_INTERVAL);
    Ok(Some(sweep))
}

/// Options that belong to another question.
fn refuse(typed: &Typed, face: Face) -> Result<(), Refusal> {
    if face == Face::Ping {
        return Err(Refusal::new(
            "usage error: --sweep-size works only under the name rping",
        ));
    }
    let watched = typed.watch.given();
    let no_use = [
        (typed.size.is_some(), "-s", "it decides the sizes"),
        (typed.flood, "-f", "replies would wait for each other"),
        (typed.adaptive, "-A", "replies would wait for each other"),
        (
            typed.preload.is_some(),
            "-l",
            "replies would wait for each other",
        ),
        (typed.until_reply, "-o", "each size needs its replies"),
        (
            !typed.node_information.is_empty(),
            "-N",
            "it sends echo requests",
        ),
        (
            watched.is_some(),
            watched.unwrap_or_default(),
            "sizes that do not pass would take the target down",
        ),
    ];
    match no_use.iter().find(|(is_given, ..)| *is_given) {
        Some((_, option, why)) => Err(Refusal::new(format!(
            "usage error: {option} does not work with --sweep-size: {why}"
        ))),
        None => Ok(()),
    }
}
