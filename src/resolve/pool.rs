//! Concurrent lookups of many names: a slow one delays neither the others nor the probes.

use std::collections::{HashSet, VecDeque};
use std::io;
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use anyhow::Result;
use rustix::process::{Resource, getrlimit};

use super::lookup::without_dot;
use super::slots::{Job, SLOTS, SLOW, Slots, Turn};
use super::{LookupFailed, LookupOptions, Resolved, hosts, servers};
use crate::clock::{Clock, SystemClock};
use crate::errno;
use crate::net::Lookups;
use crate::sanitize;
use crate::target::Host;

/// The maximum number of threads. Nearly all of them have released their slot: a lookup with a silent name server takes 10 s, and
/// that many release one in this time. Each thread takes some tens of KiB and a socket.
const THREADS: usize = 640;

/// One thread for this number of allowed open files: a lookup opens some, and the rest of the process needs some.
const FILES: u64 = 8;

/// The most files that a lookup has open while it waits for the name server.
const FILES_OF_SLOW: u64 = 2;

/// The result of one lookup of many.
#[derive(Debug)]
pub struct Answer {
    /// The index of the name in the list, from 0.
    pub index: usize,
    /// Its addresses, or one line that says why there are none; a [`LookupFailed`] if the lookup failed.
    pub outcome: Result<Resolved>,
}

/// Threads that look up names, and their results.
#[derive(Debug)]
pub struct Pool {
    answers: Receiver<Answer>,
    /// Names without a taken answer.
    pending: usize,
    /// The way to add further names; `None`: no thread waits for them.
    asked: Option<Arc<Shared>>,
}

/// How the threads of a [`Pool`] work.
pub struct Threads {
    /// What confines them.
    pub lookups: Lookups,
    /// Whether the threads wait for further words: see [`Pool::ask`].
    pub is_lasting: bool,
    /// Called after each answer, by the thread that found it.
    pub on_answer: Arc<dyn Fn() + Send + Sync>,
}

/// The schedule of the threads.
#[derive(Debug)]
struct Shared {
    slots: Mutex<Slots>,
    /// Signals a new job or a released slot.
    changed: Condvar,
    /// Held by a thread while it confines itself: that opens files, and all threads at once could reach the limit.
    confining: Mutex<()>,
}

impl Pool {
    /// Starts lookups of these words, those in `/etc/hosts` first. Words with an answer are skipped. Each thread confines
    /// itself to lookups first. If no thread can be started, all lookups fail: see [`super::InlineLookup`].
    #[must_use]
    pub fn start(
        words: Vec<String>,
        answered: Vec<Answer>,
        options: impl Into<LookupOptions>,
        threads: Threads,
    ) -> Self {
        let options = options.into();
        let Threads {
            lookups,
            is_lasting,
            on_answer,
        } = threads;
        let words_in_all = words.len();
        let pending = words.len();
        let has_answer: HashSet<usize> = answered.iter().map(|answer| answer.index).collect();
        let jobs = words.into_iter().enumerate();
        let jobs = jobs.filter(|(index, _)| !has_answer.contains(index));
        let jobs = known_first(jobs.collect());
        let most_at_once = if is_lasting { words_in_all } else { jobs.len() };
        let threads = most_threads().min(most_at_once);
        let (answer, answers) = channel_with(answered);
        let shared = Arc::new(Shared {
            slots: Mutex::new(Slots::new(jobs, threads)),
            changed: Condvar::new(),
            confining: Mutex::new(()),
        });
        shared.slots().set_lasting(is_lasting);
        let mut asked = is_lasting.then(|| Arc::clone(&shared));
        for number in 0..threads {
            let (of_thread, answer_of_thread) = (Arc::clone(&shared), answer.clone());
            let on_answer = Arc::clone(&on_answer);
            let spawned = thread::Builder::new()
                .name("resolver".to_owned())
                .spawn(move || {
                    let confined = of_thread.confine(lookups);
                    let look_up = |word: &str| match &confined {
                        Ok(()) => options
                            .look_up(word)
                            .map_err(|error| explain_unreadable_servers(word, error)),
                        Err(error) => Err(failed(word, NOT_CONFINED, error)),
                    };
                    of_thread.work(number, &answer_of_thread, look_up, &*on_answer);
                });
            if let Err(error) = spawned {
                // One thread is enough.
                if number == 0 {
                    asked = None;
                    shared.slots().set_lasting(false);
                    let no_thread = |word: &str| Err(failed(word, NO_THREAD, &error));
                    shared.work(0, &answer, no_thread, &|| {});
                }
                break;
            }
        }
        Self {
            answers,
            pending,
            asked,
        }
    }

    /// Looks up the word with this index again, if the threads are still there.
    pub fn ask(&mut self, index: usize, word: &str) {
        if let Some(shared) = &self.asked {
            shared.slots().push((index, word.to_owned()));
            shared.changed.notify_one();
            self.pending += 1;
        }
    }

    /// A pool that only returns these answers.
    #[must_use]
    pub fn answered(found: Vec<Answer>) -> Self {
        let pending = found.len();
        let (_, answers) = channel_with(found);
        Self {
            answers,
            pending,
            asked: None,
        }
    }

    /// Whether lookups are running, or answers have not been taken.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        self.pending > 0
    }

    /// Takes the next available answer.
    pub fn take(&mut self) -> Option<Answer> {
        match self.answers.try_recv() {
            Ok(answer) => {
                self.pending = self.pending.saturating_sub(1);
                Some(answer)
            }
            Err(TryRecvError::Empty) => None,
            Err(TryRecvError::Disconnected) => {
                // All threads have exited.
                self.pending = 0;
                None
            }
        }
    }
}

/// A channel that contains these answers.
fn channel_with(found: Vec<Answer>) -> (Sender<Answer>, Receiver<Answer>) {
    let (answer, answers) = channel();
    for found in found {
        // The other end is still there.
        let _ = answer.send(found);
    }
    (answer, answers)
}

const NOT_CONFINED: &str = "cannot confine the thread for its lookup";
const NO_SERVERS: &str = "cannot read /etc/resolv.conf";
pub(super) const NO_THREAD: &str = "cannot start a thread for its lookup";

pub(super) fn failed(word: &str, why: &'static str, error: &io::Error) -> anyhow::Error {
    let text = format!("{why}: {}", errno::text(error));
    LookupFailed::new(&sanitize::visible_word(word), why, text).into()
}

/// Replaces the error if the lookup failed because this confined thread cannot read `/etc/resolv.conf`.
fn explain_unreadable_servers(word: &str, error: anyhow::Error) -> anyhow::Error {
    match servers::permission_error() {
        Some(denied) if error.is::<LookupFailed>() => {
            let text = format!(
                "{NO_SERVERS}: {}: if it has become a link to another place, start again",
                errno::text(&denied)
            );
            LookupFailed::new(&sanitize::visible_word(word), NO_SERVERS, text).into()
        }
        _ => error,
    }
}

/// The maximum number of threads for any number of names.
fn most_threads() -> usize {
    threads_with(getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX))
}

/// The maximum number of threads for a limit of open files. With a high limit, all threads without a slot only wait.
fn threads_with(files: u64) -> usize {
    let waiting = files.saturating_sub(FILES * SLOTS as u64) / FILES_OF_SLOW;
    let most = waiting.max(files / FILES);
    usize::try_from(most).map_or(THREADS, |most| most.clamp(1, THREADS))
}

/// A name normalized for comparison with those of the hosts file.
pub(super) fn plain_name(word: &str) -> String {
    if !word.is_ascii()
        && let Ok(Host::Name(ascii)) = Host::parse(word)
    {
        return plain_name(&ascii);
    }
    without_dot(word).to_ascii_lowercase()
}

/// Puts the words in the hosts file first. If all words get a slot at once, their order does not matter.
fn known_first(jobs: Vec<Job>) -> VecDeque<Job> {
    if jobs.len() <= SLOTS {
        return jobs.into();
    }
    let names: HashSet<String> = jobs.iter().map(|(_, word)| plain_name(word)).collect();
    let known = hosts::known(&names).addresses;
    let (mut first, others): (VecDeque<Job>, VecDeque<Job>) = jobs
        .into_iter()
        .partition(|(_, word)| known.contains_key(&plain_name(word)));
    first.extend(others);
    first
}

impl Shared {
    fn confine(&self, lookups: Lookups) -> io::Result<()> {
        let _alone = self.confining.lock();
        lookups.confine()
    }

    fn slots(&self) -> MutexGuard<'_, Slots> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for the next job of this thread; `None` if no jobs are left.
    fn next(&self, thread: usize) -> Option<Job> {
        let mut slots = self.slots();
        loop {
            match slots.next(thread, SystemClock.now()) {
                Turn::LookUp(job) => return Some(job),
                Turn::End => return None,
                Turn::Idle => {
                    let waited = self.changed.wait(slots);
                    slots = waited.unwrap_or_else(PoisonError::into_inner);
                }
                Turn::Wait(time) => {
                    let waited = self.changed.wait_timeout(slots, time.min(SLOW));
                    slots = waited.unwrap_or_else(PoisonError::into_inner).0;
                }
            }
        }
    }

    fn work(
        &self,
        thread: usize,
        answers: &Sender<Answer>,
        look_up: impl Fn(&str) -> Result<Resolved>,
        on_answer: &dyn Fn(),
    ) {
        while let Some((index, word)) = self.next(thread) {
            let outcome = look_up(&word);
            self.slots().release(thread);
            self.changed.notify_one();
            if answers.send(Answer { index, outcome }).is_err() {
                return;
            }
            on_answer();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::forward;
    use super::*;
    use crate::config::FamilyChoice;

    fn threads(is_lasting: bool) -> Threads {
        Threads {
            lookups: Lookups::for_a_test(),
            is_lasting,
            on_answer: Arc::new(|| {}),
        }
    }

    /// Waits for all answers, in the order of the questions.
    fn answers(words: &[&str]) -> Vec<Result<Resolved>> {
        let words = words.iter().map(|word| (*word).to_owned()).collect();
        let mut pool = Pool::start(words, Vec::new(), FamilyChoice::Any, threads(false));
        let mut answers = Vec::new();
        while pool.is_busy() {
            answers.extend(pool.take());
            thread::yield_now();
        }
        assert!(pool.take().is_none());
        answers.sort_by_key(|answer: &Answer| answer.index);
        answers.into_iter().map(|answer| answer.outcome).collect()
    }

    #[test]
    fn each_word_is_answered_once() {
        let words: Vec<String> = (0..100).map(|host| format!("192.0.2.{host}")).collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let answers = answers(&words);
        assert_eq!(answers.len(), 100);
        for (word, answer) in words.iter().zip(answers) {
            assert_eq!(answer.unwrap().name, *word);
        }
    }

    #[test]
    fn each_answer_can_be_taken_when_its_thread_says_so() {
        let (said, says) = channel();
        let threads = Threads {
            on_answer: Arc::new(move || said.send(()).unwrap()),
            ..threads(false)
        };
        let words = ["192.0.2.1", "192.0.2.2", "no host"].map(str::to_owned);
        let mut pool = Pool::start(words.into(), Vec::new(), FamilyChoice::Any, threads);
        for _ in 0..3 {
            says.recv().unwrap();
            assert!(pool.take().is_some());
        }
        assert!(!pool.is_busy());
    }

    #[test]
    fn invalid_host_is_answered_with_an_error() {
        let answers = answers(&["192.0.2.1", "a..b", "192.0.2.2"]);
        let found: Vec<bool> = answers.iter().map(Result::is_ok).collect();
        assert_eq!(found, [true, false, true]);
    }

    #[test]
    fn limit_of_open_files_limits_the_threads() {
        for (files, threads) in [
            (4, 1),
            (32, 4),
            (128, 16),
            (1024, 448),
            (4096, 640),
            (u64::MAX, 640),
        ] {
            assert_eq!(threads_with(files), threads, "{files}");
        }
    }

    #[test]
    fn pool_without_words_is_not_busy() {
        let none = Vec::new();
        assert!(!Pool::start(none, Vec::new(), FamilyChoice::Any, threads(false)).is_busy());
    }

    #[test]
    fn lasting_pool_looks_up_answered_words_again() {
        let words = vec!["192.0.2.1".to_owned()];
        let mut pool = Pool::start(words, Vec::new(), FamilyChoice::Any, threads(true));
        for word in ["192.0.2.1", "192.0.2.2", "192.0.2.3"] {
            let answer = loop {
                match pool.take() {
                    Some(answer) => break answer,
                    None => thread::yield_now(),
                }
            };
            assert_eq!(answer.outcome.unwrap().name, word);
            assert!(!pool.is_busy());
            let next = if word == "192.0.2.1" {
                "192.0.2.2"
            } else {
                "192.0.2.3"
            };
            pool.ask(0, next);
            assert!(pool.is_busy());
        }
    }

    #[test]
    fn words_with_an_answer_are_not_looked_up_and_their_answers_come_first() {
        let words = ["192.0.2.1", "192.0.2.2", "192.0.2.3"];
        let known = Answer {
            index: 1,
            outcome: forward("192.0.2.9", FamilyChoice::Any),
        };
        let words = words.map(str::to_owned).to_vec();
        let mut pool = Pool::start(words, vec![known], FamilyChoice::Any, threads(false));
        let first = pool.take().unwrap();
        assert_eq!(
            (first.index, first.outcome.unwrap().name.as_str()),
            (1, "192.0.2.9")
        );
        let mut indices = Vec::new();
        while pool.is_busy() {
            indices.extend(pool.take().map(|answer| answer.index));
            thread::yield_now();
        }
        indices.sort_unstable();
        assert_eq!(indices, [0, 2]);
    }
}
