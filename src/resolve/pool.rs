//! Many names looked up side by side, so that a slow one holds up no other, and no probe waits for the last.

use std::collections::{HashSet, VecDeque};
use std::io;
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use anyhow::Result;
use rustix::process::{Resource, getrlimit};

use super::lookup::without_dot;
use super::places::{PLACES, Places, Question, SLOW, Turn};
use super::{LookupFailed, Resolved, Wanted, hosts, servers};
use crate::clock::{Clock, SystemClock};
use crate::errno;
use crate::net::Lookups;
use crate::sanitize;
use crate::target::Host;

/// How many lookups may run at once, nearly all of which have given up their place: as many as do so in the 10 s for which
/// a silent name server is asked about one. Each takes some tens of KiB and a socket.
const THREADS: usize = 640;

/// One lookup at once for this many files that this process may have open: it opens some, and others need theirs.
const FILES: u64 = 8;

/// The most files that a lookup has open while it waits for its answer.
const FILES_OF_SLOW: u64 = 2;

/// What a name leads to.
#[derive(Debug)]
pub struct Answer {
    /// Its place among the names that were asked for, from 0.
    pub place: usize,
    /// Its addresses, or one line that says why there are none; a [`LookupFailed`] where that is not known.
    pub outcome: Result<Resolved>,
}

/// Threads that look up names, and what they have found.
#[derive(Debug)]
pub struct Pool {
    answers: Receiver<Answer>,
    /// How many have not been answered.
    pending: usize,
    /// Where further names are asked for; none: no thread is there for them.
    asked: Option<Arc<Shared>>,
}

/// How the threads of a [`Pool`] work.
pub struct Threads {
    /// What they may do.
    pub lookups: Lookups,
    /// Whether words may be [asked](Pool::ask) for again: the threads wait for them.
    pub is_lasting: bool,
    /// Called behind each answer, by the thread that found it.
    pub on_answer: Arc<dyn Fn() + Send + Sync>,
}

/// What is still to be looked up, and a signal that a place is free.
#[derive(Debug)]
struct Shared {
    places: Mutex<Places>,
    freed: Condvar,
    /// Held by the thread that confines itself, which opens files: not all of them do that at once.
    confining: Mutex<()>,
}

impl Pool {
    /// Starts to look up these words, those that this host knows itself first. Words that have an answer are not looked up.
    /// Each thread confines itself to look-ups before it begins with them. Where not even one can be started, no lookup is
    /// begun: see [`super::Alone`].
    #[must_use]
    pub fn start(
        words: Vec<String>,
        answered: Vec<Answer>,
        wanted: impl Into<Wanted>,
        threads: Threads,
    ) -> Self {
        let wanted = wanted.into();
        let Threads {
            lookups,
            is_lasting,
            on_answer,
        } = threads;
        let words_in_all = words.len();
        let pending = words.len();
        let has_answer: HashSet<usize> = answered.iter().map(|answer| answer.place).collect();
        let questions = words.into_iter().enumerate();
        let questions = questions.filter(|(place, _)| !has_answer.contains(place));
        let questions = in_order(questions.collect());
        let most_at_once = if is_lasting {
            words_in_all
        } else {
            questions.len()
        };
        let threads = most_threads().min(most_at_once);
        let (answer, answers) = channel_with(answered);
        let shared = Arc::new(Shared {
            places: Mutex::new(Places::new(questions, threads)),
            freed: Condvar::new(),
            confining: Mutex::new(()),
        });
        shared.places().last(is_lasting);
        let mut asked = is_lasting.then(|| Arc::clone(&shared));
        for number in 0..threads {
            let (of_thread, answer_of_thread) = (Arc::clone(&shared), answer.clone());
            let on_answer = Arc::clone(&on_answer);
            let spawned = thread::Builder::new()
                .name("resolver".to_owned())
                .spawn(move || {
                    let confined = of_thread.confine(lookups);
                    let look_up = |word: &str| match &confined {
                        Ok(()) => wanted.look_up(word).map_err(|error| explained(word, error)),
                        Err(error) => Err(failed(word, NOT_CONFINED, error)),
                    };
                    of_thread.work(number, &answer_of_thread, look_up, &*on_answer);
                });
            if let Err(error) = spawned {
                // One is enough.
                if number == 0 {
                    asked = None;
                    shared.places().last(false);
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

    /// Looks up a word once more, given its place, if there are threads that do so.
    pub fn ask(&mut self, place: usize, word: &str) {
        if let Some(shared) = &self.asked {
            shared.places().ask((place, word.to_owned()));
            shared.freed.notify_one();
            self.pending += 1;
        }
    }

    /// Gives these answers, and looks up nothing.
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

    /// Whether names are still being looked up, or their answers have not been taken.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        self.pending > 0
    }

    /// The next answer, if there is one by now.
    pub fn take(&mut self) -> Option<Answer> {
        match self.answers.try_recv() {
            Ok(answer) => {
                self.pending = self.pending.saturating_sub(1);
                Some(answer)
            }
            Err(TryRecvError::Empty) => None,
            Err(TryRecvError::Disconnected) => {
                // All threads are gone: nothing more will come.
                self.pending = 0;
                None
            }
        }
    }
}

/// A channel that has these answers already.
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

/// Says so where a lookup failed because this thread, which is confined, cannot read which name servers there are.
fn explained(word: &str, error: anyhow::Error) -> anyhow::Error {
    match servers::cannot_be_read() {
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

/// How many threads look up names, whatever their number.
fn most_threads() -> usize {
    threads_with(getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX))
}

/// How many threads, where this many files may be open. If they are many, all threads without a place only wait.
fn threads_with(files: u64) -> usize {
    let waiting = files.saturating_sub(FILES * PLACES as u64) / FILES_OF_SLOW;
    let most = waiting.max(files / FILES);
    usize::try_from(most).map_or(THREADS, |most| most.clamp(1, THREADS))
}

/// A name as it is compared with those of the hosts file.
pub(super) fn plain_name(word: &str) -> String {
    if !word.is_ascii()
        && let Ok(Host::Name(ascii)) = Host::parse(word)
    {
        return plain_name(&ascii);
    }
    without_dot(word).to_ascii_lowercase()
}

/// The words in the order in which they are looked up. As many as there are places need no order.
fn in_order(questions: Vec<Question>) -> VecDeque<Question> {
    if questions.len() <= PLACES {
        return questions.into();
    }
    let names: HashSet<String> = questions.iter().map(|(_, word)| plain_name(word)).collect();
    let known = hosts::known(&names).addresses;
    let (mut first, others): (VecDeque<Question>, VecDeque<Question>) = questions
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

    fn places(&self) -> MutexGuard<'_, Places> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next word that this thread looks up; none if none are left.
    fn next(&self, thread: usize) -> Option<Question> {
        let mut places = self.places();
        loop {
            match places.next(thread, SystemClock.now()) {
                Turn::LookUp(question) => return Some(question),
                Turn::End => return None,
                Turn::Idle => {
                    let asked = self.freed.wait(places);
                    places = asked.unwrap_or_else(PoisonError::into_inner);
                }
                Turn::Wait(time) => {
                    let waited = self.freed.wait_timeout(places, time.min(SLOW));
                    places = waited.unwrap_or_else(PoisonError::into_inner).0;
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
        while let Some((place, word)) = self.next(thread) {
            let outcome = look_up(&word);
            self.places().end(thread);
            self.freed.notify_one();
            if answers.send(Answer { place, outcome }).is_err() {
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
        answers.sort_by_key(|answer: &Answer| answer.place);
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
    fn what_is_no_host_is_an_answer_as_well() {
        let answers = answers(&["192.0.2.1", "a..b", "192.0.2.2"]);
        let found: Vec<bool> = answers.iter().map(Result::is_ok).collect();
        assert_eq!(found, [true, false, true]);
    }

    #[test]
    fn threads_are_as_many_as_open_files_allow() {
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
    fn no_words_need_no_threads() {
        let none = Vec::new();
        assert!(!Pool::start(none, Vec::new(), FamilyChoice::Any, threads(false)).is_busy());
    }

    #[test]
    fn lasting_pool_looks_up_words_again_that_had_an_answer() {
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
            place: 1,
            outcome: forward("192.0.2.9", FamilyChoice::Any),
        };
        let words = words.map(str::to_owned).to_vec();
        let mut pool = Pool::start(words, vec![known], FamilyChoice::Any, threads(false));
        let first = pool.take().unwrap();
        assert_eq!(
            (first.place, first.outcome.unwrap().name.as_str()),
            (1, "192.0.2.9")
        );
        let mut places = Vec::new();
        while pool.is_busy() {
            places.extend(pool.take().map(|answer| answer.place));
            thread::yield_now();
        }
        places.sort_unstable();
        assert_eq!(places, [0, 2]);
    }
}
