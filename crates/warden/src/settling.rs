//! The ledger's past: saved now and then, so that a start reads little, and looked through behind a start, because that did not
//! read it.

use crate::{book::PAST, warden::Warden};
use std::{sync::Arc, time::Duration};

/// So many entries are replayed at a start within a second.
const ENTRIES: u64 = 1 << 15;
/// How often it is asked whether there are so many.
const LOOK: Duration = Duration::from_secs(1);
/// Entries that are looked through with the book in hand, and how long it is left to others after that.
const BLOCK: u64 = 512;
const PAUSE: Duration = Duration::from_millis(2);

/// Settles and saves, for as long as the warden runs. What fails is tried with the next entries; the same failure is said once.
pub(crate) async fn keep(warden: Arc<Warden>) {
    let mut said = String::new();
    loop {
        let saved = warden.blocking(save_if_due).await;
        if let Err(error) = saved.map_err(|error| error.to_string())
            && error != said
        {
            eprintln!("warden: the next start reads more of the ledger than it must: {error}");
            said = error;
        }
        tokio::time::sleep(LOOK).await;
    }
}

fn save_if_due(warden: &Warden) -> Result<(), durable::Error> {
    let mut saved = warden.saved.lock().expect("saving does not panic");
    let step = {
        let mut book = warden.book();
        let due = book.size() >= book.settled() + ENTRIES;
        due.then(|| book.settle(&saved)).flatten()
    };
    let Some(mut step) = step else { return Ok(()) };
    let mut headers = warden.headers.settle();
    let (dir, origin) = (warden.book().dir().join(PAST), warden.config.origin.clone());
    let sign = |text: &str| warden.book().sign_statement(text);
    let done = saved.save(&dir, &origin, &mut step, &mut headers, sign);
    warden.book().rename(step.names);
    warden.headers.rename(headers.names);
    done
}

/// Whether the disk still has what is settled: a start has read only what comes behind it. A ledger that has lost an entry writes
/// nothing more.
pub(crate) async fn look_through(warden: Arc<Warden>) {
    let settled = warden.book().settled();
    let mut next = 0;
    while next < settled {
        let end = settled.min(next + BLOCK);
        let whole = warden.blocking(move |warden| {
            let mut book = warden.book();
            let leaves = book.log().read(next..end).unwrap_or_default();
            let whole = leaves.len() as u64 == end - next
                && (next..).zip(&leaves).all(|(entry, leaf)| book.tree().leaf(entry) == Some(tlog::leaf_hash(leaf)));
            if !whole {
                let reason = format!("entries {next} to {end} of DIR/ledger/log are not those that were signed");
                eprintln!("warden: {reason}");
                book.stop(reason);
            }
            whole
        });
        if !whole.await {
            return;
        }
        next = end;
        tokio::time::sleep(PAUSE).await;
    }
}
