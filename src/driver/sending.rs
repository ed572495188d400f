//! Sends probes in batches, and reports each send to the engine.

use std::io;
use std::net::SocketAddr;
use std::time::{Instant, UNIX_EPOCH};

use anyhow::Result;

use super::failure::Broken;
use super::{Driver, LoopState, write};
use crate::clock::Clock;
use crate::codec::Codec;
use crate::engine::{Call, Disposition, Engine, Obstacle, Probe};
use crate::event::{Event, NotSent, TargetNumber, TargetSource};
use crate::net::{Departure, Network, SendFailure, Wake};
use crate::report::Report;
use crate::signals::Interrupts;

/// The name of a copy of a probe; no engine uses it.
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
    pub(super) fn transmit(
        &mut self,
        probe: &Probe,
        now: Instant,
        state: &mut LoopState,
    ) -> Result<()> {
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
            self.flush(state)?;
            // More batches follow: reads the replies to this one before they fill the receive queue.
            let after = self.clock.now();
            self.receive(Some(after), after, Wake::Arrival, state)?;
            let message = encode(&mut self.codec, &to, probe);
            self.network.queue(probe.name, message, to, limit);
        }
        state.queued += 1;
        state.loop_clock.set(now);
        if let Some(other) = self.targets.candidate(probe.target) {
            let copy = self.codec.encode(&other, probe.sequence, &probe.token);
            // If there is no room for the copy, the next probe has one.
            state.queued += usize::from(self.network.queue(COPY, copy, other, None));
        }
        Ok(())
    }

    /// Sends the batch.
    pub(super) fn flush(&mut self, state: &mut LoopState) -> Result<()> {
        state.queued = 0;
        state.loop_clock.expire();
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
                state.loop_clock.set(departure.returned);
                if let (Some(probe), true) = (probe, written.is_ok()) {
                    written = write(report, clock, *began, &Event::Sent(probe));
                }
            }
            Err(failure) => {
                state.loop_clock.expire();
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
        // The errors of a packet filter about unsent probes are reported first, as in iputils.
        while !failures.is_empty() && self.network.has_errors() {
            let now = self.clock.now();
            self.receive(Some(now), now, Wake::Arrival, state)?;
        }
        for (probe, failure) in failures {
            let reason = &self.reason(probe.target, failure);
            self.event(&Event::NotSent { probe, reason })?;
        }
        broken.map_or(Ok(()), |error| Err(Broken(error).into()))
    }

    /// Why a probe to this target was not sent.
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

fn call(departure: &Departure) -> Call {
    Call {
        begun: departure.at,
        returned: departure.returned,
    }
}

/// Copies an error.
fn copy(error: &io::Error) -> io::Error {
    match error.raw_os_error() {
        Some(number) => io::Error::from_raw_os_error(number),
        None => error.kind().into(),
    }
}

/// What a failure means for the engine, and its error number; 0 for a packet that is too long.
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
