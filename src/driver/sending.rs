//! Probes leave in batches, and the engine is told what became of each.

use std::io;
use std::net::SocketAddr;
use std::time::{Instant, UNIX_EPOCH};

use anyhow::Result;

use super::failure::Broken;
use super::{Driver, Turn, write};
use crate::clock::Clock;
use crate::codec::Codec;
use crate::engine::{Call, Disposition, Engine, Obstacle, Probe};
use crate::event::{Event, NotSent, TargetNumber, TargetSource};
use crate::net::{Departure, Network, SendFailure, Wake};
use crate::report::Report;
use crate::signals::Interrupts;

/// The name of a copy of a probe, which no engine gives to a probe.
const COPY: u32 = u32::MAX;

impl<E, N, C, R, I, T> Driver<E, N, C, R, I, T>
where
    E: Engine,
    N: Network,
    C: Clock,
    R: Report,
    I: Interrupts,
    T: TargetSource,
{
    /// Puts a probe into the batch.
    pub(super) fn transmit(&mut self, probe: &Probe, now: Instant, turn: &mut Turn) -> Result<()> {
        let Some(to) = self.targets.address(probe.target) else {
            let errno = libc::EDESTADDRREQ;
            (self.engine).not_sent(probe.name, now, Obstacle::Refused, errno);
            return Ok(());
        };
        let wall = || self.clock.wall().duration_since(UNIX_EPOCH);
        self.codec.set_time(|| wall().unwrap_or_default());
        let limit = probe.shape.hop_limit;
        let message = encode(&mut self.codec, &to, probe);
        if !self.network.queue(probe.name, message, to, limit) {
            self.flush(turn)?;
            // More batches follow: the replies to this one are not left to fill the queue.
            let after = self.clock.now();
            self.listen(Some(after), after, Wake::Arrival, turn)?;
            let message = encode(&mut self.codec, &to, probe);
            self.network.queue(probe.name, message, to, limit);
        }
        turn.queued += 1;
        turn.moments.know(now);
        if let Some(other) = self.targets.tried(probe.target) {
            let copy = self.codec.encode(&other, probe.sequence, &probe.token);
            // Where there is no room for it, the next one follows soon.
            turn.queued += usize::from(self.network.queue(COPY, copy, other, None));
        }
        Ok(())
    }

    /// Sends the batch.
    pub(super) fn flush(&mut self, turn: &mut Turn) -> Result<()> {
        turn.queued = 0;
        turn.moments.pass();
        let Self {
            engine,
            network,
            clock,
            report,
            began,
            ..
        } = self;
        let (mut failures, mut broken, mut written) = (Vec::new(), None, Ok(()));
        network.flush(&mut |name, outcome| match outcome {
            Ok(departure) => {
                let probe = engine.left(name, call(&departure));
                turn.moments.know(departure.returned);
                if let (Some(probe), true) = (probe, written.is_ok()) {
                    written = write(report, clock, *began, &Event::Sent(probe));
                }
            }
            Err(failure) => {
                turn.moments.pass();
                let (obstacle, errno) = meaning(&failure);
                let (probe, disposition) = engine.not_sent(name, clock.now(), obstacle, errno);
                if let SendFailure::Broken(error) = &failure {
                    broken.get_or_insert_with(|| copy(error));
                }
                if let (Some(probe), Disposition::NotSent) = (probe, disposition) {
                    failures.push((probe, failure));
                }
            }
        });
        engine.end_batch();
        written?;
        // What a packet filter says of a probe that did not leave comes first, as in iputils.
        while !failures.is_empty() && self.network.has_errors() {
            let now = self.clock.now();
            self.listen(Some(now), now, Wake::Arrival, turn)?;
        }
        for (probe, failure) in failures {
            let reason = &self.reason(probe.target, failure);
            self.event(&Event::NotSent { probe, reason })?;
        }
        broken.map_or(Ok(()), |error| Err(Broken(error).into()))
    }

    /// Why a probe to this target did not leave.
    fn reason(&self, target: TargetNumber, failure: SendFailure) -> NotSent {
        match failure {
            SendFailure::TooLong { mtu } => NotSent::TooLong {
                mtu,
                ipv6: (self.targets.address(target)).is_some_and(|to| to.is_ipv6()),
            },
            SendFailure::Busy(error) | SendFailure::Refused(error) => NotSent::Refused(error),
            SendFailure::Broken(error) => NotSent::Broken(error),
        }
    }
}

fn encode<'a>(codec: &'a mut Codec, to: &SocketAddr, probe: &Probe) -> &'a [u8] {
    codec.encode_sized(to, probe.sequence, &probe.token, probe.shape.data)
}

/// The call that sent a message, for the engine.
fn call(departure: &Departure) -> Call {
    Call {
        begun: departure.at,
        returned: departure.returned,
    }
}

/// The same error once more.
fn copy(error: &io::Error) -> io::Error {
    match error.raw_os_error() {
        Some(number) => io::Error::from_raw_os_error(number),
        None => error.kind().into(),
    }
}

/// What a failure means for the engine, and the number of its error; the length has none.
fn meaning(failure: &SendFailure) -> (Obstacle, i32) {
    let number = |error: &io::Error| error.raw_os_error().unwrap_or(0);
    match failure {
        SendFailure::Busy(error) => (Obstacle::Busy, number(error)),
        SendFailure::Refused(error) | SendFailure::Broken(error) => {
            (Obstacle::Refused, number(error))
        }
        SendFailure::TooLong { mtu } => (Obstacle::TooLong { mtu: *mtu }, 0),
    }
}
