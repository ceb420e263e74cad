//! Counts of people: intent, fsync, checkpoint, quorum, then batch after batch, then a number.
//!
//! Of each row there is no more than 16 octets in memory ([`Tally`]), so that nothing of one count can be compared with another. One count at a time: the next one ends it without a number.

use crate::{
    api::{CountAnswer, CountBatch, CountBatches, CountBegun, CountEnd, CountTaken, Refusal},
    book::Book,
    quorum::Cosigned,
    tally::Tally,
    warden::{Warden, check_age},
};
use ledger::{
    CountRequest, Hash,
    entry::{CountIntent, CountOutcome, Counted},
    replay::Counting,
};
use std::sync::Arc;

/// Rows of one count, at most: 160 MB of digests.
const ROWS_MAX: u64 = 10_000_000;
/// How long a count may last, in milliseconds.
const LASTS: i64 = 6 * 3_600_000;

/// Announces a count, if it is allowed and can be logged.
pub(crate) async fn begin(warden: &Arc<Warden>, request: CountRequest) -> Result<CountBegun, Refusal> {
    let (now, intent) = (warden.now(), CountIntent { count: request.id(), request });
    check_age(intent.request.scope.requested, now)?;
    let asked = intent.request.clone();
    let allowed = move |book: &Book| allow(book, &asked);
    // Who may ask, and of which set, is the ledger's own rule: whoever replays it checks it again.
    let written = warden.quorum.together.append(&warden.book, now, intent, allowed).await;
    warden.appended.notify_one();
    let intent = warden.quorum.cosign_one(&warden.book, written?).await?;
    let (count, index) = (intent.entry().count, intent.index());
    let handle = warden.blocking(move |warden| prepare(warden, intent)).await?;
    Ok(CountBegun { count, intent: index, handle })
}

/// The next one takes the place of the one before it, which has no number then.
fn prepare(warden: &Warden, intent: Cosigned<CountIntent>) -> Result<Hash, Refusal> {
    let mut counting = warden.counting(); // first: one that was begun since is not put out of its place
    let (rows, least) = {
        let book = warden.book();
        let own = under_way(&book, &intent.entry().count)?;
        (own.rows(), own.least.into())
    };
    let (tally, handle) =
        Tally::new(intent, rows, least).map_err(|error| Refusal::Disk { reason: error.to_string() })?;
    *counting = Some(tally);
    Ok(handle)
}

/// The count, if no other was begun since.
fn under_way<'b>(book: &'b Book, count: &Hash) -> Result<&'b Counting, Refusal> {
    book.state().counts.get(count).filter(|own| own.end.is_none()).ok_or(Refusal::NotFound)
}

/// Forgets a count that nobody has gone on with, and one of a period that is shredded: what it has of the rows must not outlive them.
pub(crate) fn forget(warden: &Warden) {
    let now = warden.now().milliseconds();
    let is_over = |own: &Tally| {
        let (book, entry) = (warden.book(), own.intent().entry());
        let begun = book.state().counts.get(&entry.count).map_or(0, |own| own.at.time.milliseconds());
        let gone = |id| book.state().periods.get(id).is_some_and(|period| period.shredded.is_some());
        now - begun > LASTS || entry.request.scope.periods.iter().any(gone)
    };
    warden.counting().take_if(|own| is_over(own));
}

fn allow(book: &Book, request: &CountRequest) -> Result<(), Refusal> {
    let state = book.state();
    let mut rows: u64 = 0;
    for id in &request.scope.periods {
        let Some(period) = state.periods.get(id) else { continue };
        if let Some(end) = period.shredded.or(period.shred_intent) {
            return Err(Refusal::Shredded { period: id.clone(), entry: end.entry });
        }
        rows = rows.saturating_add(state.rows.get(&period.key).copied().unwrap_or_default());
    }
    if rows > ROWS_MAX { Err(Refusal::CountTooLarge { rows, most: ROWS_MAX }) } else { Ok(()) }
}

/// Takes batches of the count under way. What is not of its set is passed over.
pub(crate) async fn take(warden: &Arc<Warden>, batches: CountBatches) -> Result<CountTaken, Refusal> {
    // Whoever waits here takes no thread from others.
    let turn = warden.taking.clone().lock_owned().await;
    warden
        .blocking(move |warden| {
            let _turn = turn; // its client may have gone, the work goes on
            forget(warden);
            let mut counting = warden.counting();
            let own = counting.as_mut().filter(|own| own.is_of(&batches.handle));
            let own = own.ok_or(Refusal::NotFound)?;
            let is_of_set = |batch: &&CountBatch| is_of_set(&warden.book(), own.intent(), batch);
            let of_set: Vec<_> = batches.batches.iter().filter(is_of_set).collect();
            own.take(&warden.custody, &of_set);
            Ok(CountTaken { rows: own.seen() })
        })
        .await
}

/// Whether the ledger had it, with this header, before the count was announced.
fn is_of_set(book: &Book, intent: &Cosigned<CountIntent>, batch: &CountBatch) -> bool {
    let anchored = book.state().anchored(&batch.header.batch);
    anchored.is_some_and(|own| own.entry < intent.index() && own.header == batch.header.salted(&batch.salt))
}

/// Writes what came of it, and then answers.
pub(crate) async fn end(warden: &Arc<Warden>, CountEnd { handle }: CountEnd) -> Result<CountAnswer, Refusal> {
    // A batch may be under way: whoever is served meanwhile does not wait for it.
    let turn = warden.taking.lock().await;
    let taken = move |warden: &Warden| {
        forget(warden);
        warden.counting().take_if(|own| own.is_of(&handle))
    };
    let own = warden.blocking(taken).await.ok_or(Refusal::NotFound)?;
    drop(turn);
    let (intent, rows) = (own.intent().clone(), own.rows());
    let count = intent.entry().count;
    let result = warden.blocking(move |_| own.result()).await;
    let (outcome, people) = match &result {
        Ok(Some(people)) => (CountOutcome::Given, Some(*people)),
        Ok(None) => (CountOutcome::Withheld, None),
        Err(_) => (CountOutcome::Failed, None),
    };
    let counted = Counted { count, outcome, people };
    let allowed = move |book: &Book| under_way(book, &count).map(drop);
    let written = warden.quorum.together.append(&warden.book, warden.now(), counted, allowed).await;
    warden.appended.notify_one();
    let counted = written?.index();
    result.map_err(|reason| Refusal::DidNotOpen { reason, intent: intent.index(), receipt: counted })?;
    let prove = move |warden: &Warden| {
        let (book, checkpoint) = (warden.book(), intent.checkpoint());
        let included = book.included(intent.index(), checkpoint.size)?;
        let signed = book.sign_statement(&CountAnswer::statement(&count, rows, people));
        let (intent, checkpoint) = (intent.index(), checkpoint.note.clone());
        Ok(CountAnswer { count, people, rows, intent, counted, checkpoint, included, signed })
    };
    warden.blocking(prove).await
}
