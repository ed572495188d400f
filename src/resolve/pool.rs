//! Many names looked up side by side, so that a slow one holds up no other, and no probe waits for the last.

use std::collections::VecDeque;
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::sync::{Arc, Mutex};
use std::thread;

use anyhow::{Result, bail};

use super::{Resolved, forward};
use crate::config::FamilyChoice;
use crate::net::Lookups;
use crate::sanitize;

/// How many names are looked up at once: name servers answer one host only so many questions at a time.
const WORKERS: usize = 16;

/// What a name leads to.
#[derive(Debug)]
pub struct Answer {
    /// Its place among the names that were asked for, from 0.
    pub place: usize,
    /// Its addresses, or one line that says why there are none.
    pub outcome: Result<Resolved>,
}

/// Threads that look up names, and what they have found.
#[derive(Debug)]
pub struct Pool {
    answers: Receiver<Answer>,
    /// How many have not been answered.
    pending: usize,
}

/// What is still to be looked up.
type Questions = Arc<Mutex<VecDeque<(usize, String)>>>;

impl Pool {
    /// Starts to look up these words. Each thread confines itself to look-ups before it begins with them.
    ///
    /// # Errors
    /// If not even one thread can be started.
    pub fn start(words: Vec<String>, family: FamilyChoice, lookups: Lookups) -> Result<Self> {
        let pending = words.len();
        let (answer, answers) = channel();
        let questions: Questions = Arc::new(Mutex::new(words.into_iter().enumerate().collect()));
        for worker in 0..WORKERS.min(pending) {
            let (questions, answer) = (Arc::clone(&questions), answer.clone());
            let spawned = thread::Builder::new()
                .name("resolver".to_owned())
                .spawn(move || {
                    let confined = lookups.confine().map_err(|error| error.to_string());
                    work(&questions, &answer, |word| match &confined {
                        Ok(()) => forward(word, family),
                        Err(error) => bail!("{}: {error}", sanitize::word(word)),
                    });
                });
            // One is enough.
            if worker == 0 {
                spawned?;
            }
        }
        Ok(Self { answers, pending })
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

fn work(
    questions: &Questions,
    answers: &Sender<Answer>,
    look_up: impl Fn(&str) -> Result<Resolved>,
) {
    loop {
        let question = match questions.lock() {
            Ok(mut questions) => questions.pop_front(),
            Err(_) => None,
        };
        let Some((place, word)) = question else {
            return;
        };
        let outcome = look_up(&word);
        if answers.send(Answer { place, outcome }).is_err() {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Waits for all answers, in the order of the questions.
    fn answers(words: &[&str]) -> Vec<Result<Resolved>> {
        let words = words.iter().map(|word| (*word).to_owned()).collect();
        let mut pool = Pool::start(words, FamilyChoice::Any, Lookups::for_a_test()).unwrap();
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
    fn what_is_no_host_is_an_answer_as_well() {
        let answers = answers(&["192.0.2.1", "a..b", "192.0.2.2"]);
        let found: Vec<bool> = answers.iter().map(Result::is_ok).collect();
        assert_eq!(found, [true, false, true]);
    }

    #[test]
    fn no_words_need_no_threads() {
        assert!(
            !Pool::start(Vec::new(), FamilyChoice::Any, Lookups::for_a_test())
                .unwrap()
                .is_busy()
        );
    }
}
