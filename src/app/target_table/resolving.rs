//! The targets for the loop, while names are looked up.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::rc::Rc;

use super::TargetTable;
use crate::engine::{TOKEN_LENGTH, TokensOfMany};
use crate::event::{
    Changed, Directory, LookupUpdates, Relation, Sender, TargetNumber, TargetSource,
};
use crate::resolve::Pool;
use crate::sanitize;

/// The target table with the lookups in progress.
#[derive(Debug)]
pub(in crate::app) struct ResolvingTargets {
    book: Rc<TargetTable>,
    pool: Pool,
    /// A reply that carries one of these tokens counts from any address.
    tokens: Option<TokensOfMany>,
    /// Whether names are looked up repeatedly.
    again: bool,
    /// Names with a repeated lookup in progress.
    asked: BTreeSet<usize>,
}

impl ResolvingTargets {
    pub(in crate::app) fn new(book: Rc<TargetTable>, pool: Pool, again: bool) -> Self {
        Self {
            book,
            pool,
            tokens: None,
            again,
            asked: BTreeSet::new(),
        }
    }

    /// Accepts replies with one of these tokens from any address.
    pub(in crate::app) fn telling_senders(self, tokens: Option<TokensOfMany>) -> Self {
        Self { tokens, ..self }
    }
}

impl Directory for ResolvingTargets {
    fn len(&self) -> TargetNumber {
        self.book.len()
    }

    fn address(&self, target: TargetNumber) -> Option<SocketAddr> {
        self.book.address(target)
    }

    fn name(&self, target: TargetNumber) -> Option<&str> {
        self.book.name(target)
    }

    fn label(&self, target: TargetNumber) -> Option<&str> {
        self.book.label(target)
    }

    fn as_given(&self) -> Box<dyn Iterator<Item = TargetNumber> + '_> {
        self.book.as_given()
    }

    fn found(&self, position: usize) -> Option<TargetNumber> {
        self.book.found(position)
    }
}

impl TargetSource for ResolvingTargets {
    fn find(&self, source: SocketAddr) -> Option<Sender> {
        if let Some(target) = self.book.find(source) {
            let relation = Relation::Itself;
            return Some(Sender { target, relation });
        }
        let target = self.book.moves.find(source)?;
        let relation = Relation::Candidate;
        Some(Sender { target, relation })
    }

    fn find_answered(&self, source: SocketAddr, token: &[u8; TOKEN_LENGTH]) -> Option<Sender> {
        let told = self.tokens.as_ref().map(|tokens| tokens.target_of(token));
        let probed = told.and_then(|target| Some((target, self.book.address(target)?)));
        match probed {
            Some((target, address)) if address.ip() != source.ip() => Some(Sender {
                target,
                relation: Relation::Member,
            }),
            _ => self.find(source),
        }
    }

    fn find_quoted(&self, destination: SocketAddr) -> Option<TargetNumber> {
        self.book.find(destination)
    }

    fn collect_lookups(&mut self) -> LookupUpdates {
        let mut news = LookupUpdates::default();
        while let Some(answer) = self.pool.take() {
            self.asked.remove(&answer.index);
            self.book.take(answer, &mut news);
        }
        if !self.pool.is_busy() {
            self.book.end_all(&mut news);
        }
        for complaint in &mut news.complaints {
            *complaint = sanitize::visible(&complaint);
        }
        news
    }

    fn look_up_again(&mut self, target: Option<TargetNumber>) {
        if !self.again {
            return;
        }
        for (name, word) in self.book.ended(target) {
            if self.asked.insert(name) {
                self.pool.ask(name, word);
            }
        }
    }

    fn is_looking_up_again(&self) -> bool {
        !self.asked.is_empty() && self.pool.is_busy()
    }

    fn candidate(&self, target: TargetNumber) -> Option<SocketAddr> {
        self.book.moves.tried(target)
    }

    fn accept(&self, target: TargetNumber, address: SocketAddr) -> Option<Changed> {
        self.book.accept(target, address)
    }
}
