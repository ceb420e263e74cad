//! Group commit: entries of requests that come while the disk is busy are written with one fsync.

use super::{Book, Durable, Written};
use crate::api::Refusal;
use ledger::{Entry, Logged, Time};
use memory::spawn_blocking;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::oneshot;

/// What an entry waits for: whoever may refuse it sees all entries before it, those of the same write too.
type Allow = Box<dyn FnOnce(&Book) -> Result<(), Refusal> + Send>;

struct Waiting {
    entry: Entry,
    allow: Allow,
    done: oneshot::Sender<Result<u64, Refusal>>,
}

/// Those who wait for the next write.
#[derive(Default)]
pub(crate) struct Together(Arc<Mutex<Vec<Waiting>>>);

impl Together {
    /// One entry, if it is allowed when its turn comes, known to be durable.
    pub(crate) async fn append<T: Clone + Into<Written>>(
        &self,
        book: &Arc<Mutex<Book>>,
        now: Time,
        entry: T,
        allow: impl FnOnce(&Book) -> Result<(), Refusal> + Send + 'static,
    ) -> Result<Durable<T>, Refusal> {
        let written: Written = entry.clone().into();
        let (done, answer) = oneshot::channel();
        let waiting = Waiting { entry: written.0, allow: Box::new(allow), done };
        let first = {
            let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            all.push(waiting);
            all.len() == 1
        };
        // The first calls for a write, which takes with it whoever has come by then.
        if first {
            let (all, book) = (self.0.clone(), book.clone());
            spawn_blocking(move || {
                let mut book = lock(&book);
                let all = std::mem::take(&mut *all.lock().unwrap_or_else(PoisonError::into_inner));
                book.append_together(now, all);
            });
        }
        let index = answer.await.expect("each who waits is answered")?;
        Ok(Durable { index, entry })
    }
}

impl Book {
    fn append_together(&mut self, now: Time, all: Vec<Waiting>) {
        let (start, time) = (self.size(), self.state.time.map_or(now, |last| last.max(now)));
        let (mut leaves, mut entered) = (Vec::with_capacity(all.len()), Vec::with_capacity(all.len()));
        for Waiting { entry, allow, done } in all {
            let index = start + leaves.len() as u64;
            let allowed = self.working().and_then(|()| allow(self));
            match allowed.and_then(|()| self.enter(index, Logged { time, entry }, 0)) {
                Ok(leaf) => {
                    leaves.push(leaf);
                    entered.push((index, done));
                }
                Err(refusal) => drop(done.send(Err(refusal))), // who has gone needs no answer
            }
        }
        let written = self.write(&leaves);
        for (index, done) in entered {
            let _ = done.send(written.clone().map(|()| index));
        }
    }
}

/// A thread that panicked with the book in hand may have left it half changed: [`Book::working`] cannot be relied on
/// then, so that panic is passed on.
pub(crate) fn lock(book: &Mutex<Book>) -> MutexGuard<'_, Book> {
    book.lock().expect("no thread panics with the book in hand")
}
