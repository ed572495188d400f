//! Measures how well programs keep intervals, from the kernel's receive time stamps of requests to each address. It is
//! a process of its own, so that its cost is not measured.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

use crate::floor::REQUEST;
use crate::sys::{self, Room};

/// The first argument of this process, before the number of requests and the interval in milliseconds.
pub(crate) const FLAG: &str = "--witness";

/// Printed when it is ready to receive.
const READY: &str = "ready";

/// Space for all requests of some rounds: the kernel counts about 800 octets for each.
const RECEIVE_BUFFER: i32 = 64 << 20;

const REST: Duration = Duration::from_millis(20);

const LIMIT: Duration = Duration::from_secs(60);

/// Runs the process with the arguments after [`FLAG`]. Prints the 99th percentile of the errors in nanoseconds.
pub(crate) fn run(words: &[String]) -> Result<()> {
    let [count, interval] = words else {
        bail!("{FLAG} COUNT INTERVAL");
    };
    let count: usize = count.parse()?;
    let interval = Duration::from_millis(interval.parse()?);
    let socket = sys::icmp_socket(REQUEST, RECEIVE_BUFFER)?;
    sys::set_option(&socket, libc::SOL_SOCKET, libc::SO_TIMESTAMPNS, 1)?;
    println!("{READY}");
    let mut room = Room::new();
    let mut last: HashMap<[u8; 4], Duration> = HashMap::new();
    let mut errors = Vec::new();
    let mut seen = 0;
    let start = Instant::now();
    while seen < count {
        ensure!(start.elapsed() < LIMIT, "{seen} of {count} requests came");
        let received = room.receive(&socket)?;
        for place in 0..received {
            let to = room.packet(place).get(16..20).context("no packet")?;
            let at = room.stamp(place).context("no stamp")?;
            if let Some(before) = last.insert(to.try_into()?, at) {
                let passed = at.checked_sub(before).context("the clock was set back")?;
                errors.push(passed.abs_diff(interval));
            }
        }
        seen += received;
        if received == 0 {
            thread::sleep(REST);
        }
    }
    ensure!(
        errors.len() == count - last.len(),
        "more requests than expected"
    );
    errors.sort_unstable();
    let rank = (errors.len() * 99).div_ceil(100);
    let worst = errors.get(rank.saturating_sub(1)).context("no interval")?;
    println!("{}", worst.as_nanos());
    Ok(())
}

pub(crate) struct Witness {
    child: Child,
    output: BufReader<ChildStdout>,
}

impl Witness {
    /// Returns when the witness is ready to receive.
    pub(crate) fn start(requests: u32, interval: Duration) -> Result<Self> {
        let mut child = Command::new(std::env::current_exe()?)
            .args([FLAG, &requests.to_string()])
            .arg(interval.as_millis().to_string())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut output = BufReader::new(child.stdout.take().context("it is piped")?);
        let mut line = String::new();
        output.read_line(&mut line)?;
        ensure!(line.trim() == READY, "the witness did not start");
        Ok(Self { child, output })
    }

    /// The 99th percentile of the errors of all intervals between two requests to one address.
    pub(crate) fn verdict(mut self) -> Result<Duration> {
        let mut text = String::new();
        self.output.read_to_string(&mut text)?;
        ensure!(self.child.wait()?.success(), "the witness missed something");
        Ok(Duration::from_nanos(text.trim().parse()?))
    }
}
