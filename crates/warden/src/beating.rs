//! Heartbeats: the newest cosigned note is written into the ledger, so that whoever has the ledger has the witnesses' times
//! with it. Between two heartbeats nothing tells when an entry came (`docs/protocol.md`, R1).

use crate::{
    book::{Book, Undated},
    warden::Warden,
};
use ledger::{Time, entry::Heartbeat};
use std::sync::Arc;

/// At the latest, when nothing else is written.
const IDLE_MILLISECONDS: i64 = 60 * 60 * 1000;
/// While entries come: what is written then is dated within ten minutes.
const BUSY_MILLISECONDS: i64 = 10 * 60 * 1000;

/// Writes a heartbeat if one is due; it is cosigned with what comes next.
pub(crate) async fn beat(warden: &Arc<Warden>) {
    let written = warden
        .blocking(|warden| {
            let (mut book, now) = (warden.book(), warden.now());
            let due = due(&book, now);
            due.map(|beat| book.append_one(now, beat).map(drop))
        })
        .await;
    if let Some(Err(refusal)) = written {
        eprintln!("warden: no heartbeat is written: {refusal}");
    }
}

/// The note to write. At once where an entry helps nobody before it is dated; otherwise now and then.
fn due(book: &Book, now: Time) -> Option<Heartbeat> {
    let published = book.published()?;
    published.time?; // nobody cosigned it: it dates nothing
    let Undated { covered, beat, any, urgent } = book.undated();
    let quiet = beat.map_or(i64::MAX, |beat| now.milliseconds().saturating_sub(beat.milliseconds()));
    let due = (covered < urgent && urgent <= published.size)
        || (covered < any && quiet >= BUSY_MILLISECONDS)
        || quiet >= IDLE_MILLISECONDS;
    due.then(|| Heartbeat { note: published.note.clone() })
}
