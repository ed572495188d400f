//! What a line says about a sweep of sizes.

use serde::Serialize;

use super::fields::Of;
use super::lines::Part;
use super::values::Millis;
use super::{Json, Names, Outlet};
use crate::event::{Fit, OfSize, Sweep, TargetNumber, When};

/// `sweep`, behind [`Of`].
#[derive(Debug, Serialize)]
struct Fields {
    step_bytes: u16,
    rounds: u64,
    sizes: Vec<Size>,
    fit: Option<Line>,
}

#[derive(Debug, Serialize)]
struct Size {
    data_bytes: u16,
    sent: u32,
    lost: u32,
    lost_more: bool,
    rtt_min_ms: Option<Millis>,
    rtt_p50_ms: Option<Millis>,
}

/// All in milliseconds, for 1,000 octets but for the base.
#[derive(Debug, Serialize)]
struct Line {
    base_ms: f64,
    per_1000_bytes_ms: f64,
    error_ms: f64,
    meaningful: bool,
}

impl From<&OfSize> for Size {
    fn from(size: &OfSize) -> Self {
        Self {
            data_bytes: size.data,
            sent: size.sent,
            lost: size.lost,
            lost_more: size.is_lossy,
            rtt_min_ms: size.min.map(Millis),
            rtt_p50_ms: size.median.map(Millis),
        }
    }
}

impl From<Fit> for Line {
    fn from(fit: Fit) -> Self {
        let for_a_thousand = |seconds: f64| seconds * 1e3 * 1e3;
        Self {
            base_ms: fit.base * 1e3,
            per_1000_bytes_ms: for_a_thousand(fit.each_octet),
            error_ms: for_a_thousand(fit.error),
            meaningful: fit.means_something(),
        }
    }
}

impl<O: Outlet, E: Outlet, N: Names> Json<O, E, N> {
    /// What was measured of each size.
    pub(super) fn sweep(
        &mut self,
        target: TargetNumber,
        sweep: &Sweep,
        at: When<'_>,
    ) -> std::io::Result<()> {
        self.introduce(target, None, at)?;
        let fields = Fields {
            step_bytes: sweep.step,
            rounds: sweep.rounds,
            sizes: sweep.sizes.iter().map(Size::from).collect(),
            fit: sweep.fit.map(Line::from),
        };
        let name = self.naming.name(target, &mut self.names).to_owned();
        let of = Of {
            target,
            name: &name,
        };
        let parts: [&dyn Part; 2] = [&of, &fields];
        self.tell("sweep", &parts, at)
    }
}
