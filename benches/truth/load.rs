//! A busy machine: one spinning thread for each CPU.

use std::fs;
use std::hint;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::Result;

use crate::sys;

/// Longer than any use of it; after that the threads end by themselves.
const LIMIT: Duration = Duration::from_secs(180);

pub(crate) struct Load {
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
}

impl Load {
    pub(crate) fn start(cpus: &[usize]) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let spin = |&cpu: &usize| {
            let stop = Arc::clone(&stop);
            thread::spawn(move || {
                sys::stay_on(cpu).expect("it is one of those that we may run on");
                let start = Instant::now();
                while !stop.load(Ordering::Relaxed) && start.elapsed() < LIMIT {
                    (0..1000).for_each(|_| hint::spin_loop());
                }
            })
        };
        let threads = cpus.iter().map(spin).collect();
        // Until all threads spin.
        thread::sleep(Duration::from_millis(100));
        Self { stop, threads }
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

/// The CPU time of the machine in ticks, to show whether an idle machine really was idle.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Usage {
    idle: u64,
    all: u64,
}

impl Usage {
    /// Since boot.
    pub(crate) fn now() -> Result<Self> {
        let text = fs::read_to_string("/proc/stat")?;
        let words = text.lines().next().unwrap_or_default().split_whitespace();
        // user nice system idle iowait irq softirq steal; later fields are included in the first two.
        let ticks: Vec<u64> = words
            .skip(1)
            .take(8)
            .filter_map(|word| word.parse().ok())
            .collect();
        Ok(Self {
            idle: ticks.iter().skip(3).take(2).sum(),
            all: ticks.iter().sum(),
        })
    }

    /// Adds the time between two moments.
    pub(crate) fn add(&mut self, now: Self, before: Self) {
        self.idle += now.idle.saturating_sub(before.idle);
        self.all += now.all.saturating_sub(before.all);
    }

    pub(crate) fn percent(&self) -> u64 {
        100 - 100 * self.idle.min(self.all) / self.all.max(1)
    }
}
