//! Workers: what they anchor, and their starts.

use crate::{
    api::{Anchored, Anchors, HandedIndexKeys, IndexKeys, Octets, Refusal, SealedIndexKey, Signed, Start, Started},
    book::{Book, Durable, Published},
    quorum::Cosigned,
    warden::Warden,
};
use durable::random::OsRandom;
use ledger::{
    Entry, Month, Time, WorkerId,
    entry::{IndexKey, Intake, WorkerStart},
    replay::Chain,
};
use seal::{PeriodPublicKey, period};
use std::{
    collections::BTreeSet,
    sync::{Arc, atomic::Ordering::Relaxed},
};

/// Writes a worker's entries, those left out that stand in the ledger already, and proves each in a cosigned checkpoint.
/// Whoever is answered has no other copy of the headers to keep for us: they are durable by then.
pub(crate) async fn anchor(warden: &Arc<Warden>, signed: Signed<Anchors>) -> Result<Anchored, Refusal> {
    let written = warden
        .blocking(move |warden| {
            warden.check(&signed)?;
            let Anchors { worker, entries, .. } = signed.request;
            let intakes = entries.iter().map(|entry| entry.intake.clone()).collect();
            let indexes = write(&mut warden.book(), &worker, intakes, warden.now())?;
            warden.headers.keep(&entries)?;
            Ok::<_, Refusal>(indexes)
        })
        .await;
    warden.appended.notify_one(); // also after a refusal: the entries before it are written
    let indexes = written?;
    let size = indexes.iter().map(|index| index + 1).max().unwrap_or(1);
    let Published { size, note, .. } = warden.quorum.reach(&warden.book, size).await?;
    warden.counts.anchored.fetch_add(indexes.len() as u64, Relaxed);
    let place = move |warden: &Warden| {
        let book = warden.book();
        indexes.into_iter().map(|index| book.place(index, size)).collect::<Result<Vec<_>, _>>()
    };
    Ok(Anchored { checkpoint: note, entries: warden.blocking(place).await? })
}

/// The index of each entry.
fn write(book: &mut Book, worker: &WorkerId, entries: Vec<Intake>, now: Time) -> Result<Vec<u64>, Refusal> {
    let mut indexes = Vec::with_capacity(entries.len());
    let mut next = book.size();
    let mut new = Vec::new();
    // Entries that only this request brings may be in it twice.
    let mut chain = book.state().chains.get(worker).copied().unwrap_or(Chain::START);
    let mut refused = None;
    for (position, entry) in entries.into_iter().enumerate() {
        match place(book, worker, &entry, &mut chain, position) {
            Ok(Some(standing)) => indexes.push(standing),
            Ok(None) => {
                indexes.push(next);
                next += 1;
                new.push((position, Entry::Intake(entry)));
            }
            Err(refusal) => {
                refused = Some(refusal);
                break;
            }
        }
    }
    let (positions, new): (Vec<_>, Vec<_>) = new.into_iter().unzip();
    if !new.is_empty() {
        book.append(now, new).map_err(|refusal| moved(refusal, &positions))?;
    }
    match refused {
        Some(refusal) => Err(refusal),
        None => Ok(indexes),
    }
}

/// Where an entry stands already; none if it is to be written now.
fn place(
    book: &Book,
    worker: &WorkerId,
    intake: &Intake,
    chain: &mut Chain,
    position: usize,
) -> Result<Option<u64>, Refusal> {
    let record = &intake.record;
    if record.worker != *worker {
        return Err(Refusal::Signature);
    }
    if let Some(index) = book.intake(worker, record.sequence) {
        let same = matches!(book.logged(index)?.entry, Entry::Intake(standing) if standing == *intake);
        let forked = || Refusal::Forked { worker: worker.clone(), sequence: record.sequence, entry: index, position };
        return if same { Ok(Some(index)) } else { Err(forked()) };
    }
    if record.sequence != chain.next || record.previous != chain.previous {
        return Err(Refusal::Chain { worker: worker.clone(), next: chain.next, previous: chain.previous, position });
    }
    *chain = Chain { next: record.sequence + 1, previous: Intake::hash(intake) };
    Ok(None)
}

/// The ledger counts the entries that are written, the request has others between them.
fn moved(refusal: Refusal, positions: &[usize]) -> Refusal {
    let at = |position: usize| positions.get(position).copied().unwrap_or(position);
    match refusal {
        Refusal::Rule { position, rule } => Refusal::Rule { position: at(position), rule },
        Refusal::EntryTooLong { position } => Refusal::EntryTooLong { position: at(position) },
        other => other,
    }
}

/// Logs a worker's start and hands it the index keys.
pub(crate) async fn start(warden: &Arc<Warden>, signed: Signed<Start>) -> Result<Started, Refusal> {
    let worker = signed.request.worker.clone();
    let logged = warden
        .blocking(move |warden| {
            warden.check(&signed)?;
            let start = signed.request;
            let public = PeriodPublicKey::from_bytes(&start.key.0).map_err(|_| Refusal::Key)?;
            let mut book = warden.book();
            let now = not_replayed(&book, &start, warden.now())?;
            let chain = book.state().chains.get(&start.worker).copied().unwrap_or(Chain::START);
            if (start.next, start.previous) != (chain.next, chain.previous) {
                let Chain { next, previous } = chain;
                return Err(Refusal::Chain { worker: start.worker, next, previous, position: 0 });
            }
            let entry = WorkerStart { worker: start.worker.clone(), next: start.next, previous: start.previous };
            let entry = book.append_one(now, entry)?.index();
            Ok((entry, public, log_keys(warden, &mut book, &start.worker, &BTreeSet::new(), now)?))
        })
        .await;
    warden.appended.notify_one();
    let (entry, public, logged) = logged?;
    let cosigned = warden.quorum.cosign(&warden.book, logged).await?;
    let hand = move |warden: &Warden| {
        let handed = hand_over(warden, &worker, &public, &cosigned)?;
        // This month's key is always among them, so that their checkpoint covers the start as well.
        let size = cosigned.first().map_or(0, |cosigned| cosigned.checkpoint().size);
        Ok(Started { place: warden.book().place(entry, size)?, handed })
    };
    warden.blocking(hand).await
}

/// Hands a running worker the index keys that it does not have: it asks when a month begins.
pub(crate) async fn index_keys(warden: &Arc<Warden>, signed: Signed<IndexKeys>) -> Result<HandedIndexKeys, Refusal> {
    let worker = signed.request.worker.clone();
    let logged = warden
        .blocking(move |warden| {
            warden.check(&signed)?;
            let IndexKeys { worker, held, key, .. } = signed.request;
            let public = PeriodPublicKey::from_bytes(&key.0).map_err(|_| Refusal::Key)?;
            let mut book = warden.book();
            Ok::<_, Refusal>((public, log_keys(warden, &mut book, &worker, &held, warden.now())?))
        })
        .await;
    warden.appended.notify_one();
    let (public, logged) = logged?;
    let cosigned = warden.quorum.cosign(&warden.book, logged).await?;
    warden.blocking(move |warden| hand_over(warden, &worker, &public, &cosigned)).await
}

/// A start that was recorded is not taken again, also by a warden that was started anew in between: it would move the
/// moment from which the worker's memory counts as clean. Each start is entered later than it was asked for.
fn not_replayed(book: &Book, start: &Start, now: Time) -> Result<Time, Refusal> {
    if let Some(last) = book.state().starts.iter().rev().find(|last| last.worker == start.worker) {
        let since = book.state().cast().map_or(0, |cast| cast.generation_since);
        // An earlier generation may have written a start of a time to come: then none of this worker's would be taken.
        let renewed = if last.at.entry < since { book.logged(since)?.time } else { last.at.time };
        if start.requested <= last.at.time.min(renewed) {
            return Err(Refusal::Replayed);
        }
    }
    Ok(if start.requested == now { Time::from_milliseconds(now.milliseconds() + 1) } else { now })
}

/// Logs the hand-over of the keys of this month, the next, and every month of which something is still kept, but those
/// that it has.
fn log_keys(
    warden: &Warden,
    book: &mut Book,
    worker: &WorkerId,
    held: &BTreeSet<Month>,
    now: Time,
) -> Result<Vec<Durable<IndexKey>>, Refusal> {
    let this = Month::of(now);
    let live = book.state().periods.iter().filter(|(_, period)| period.shredded.is_none()).map(|(id, _)| id.month);
    let mut months: BTreeSet<_> = live.filter(|month| *month <= this).collect();
    months.extend(warden.custody.index_months()?);
    months.extend([this, this.next()]);
    let mut entries = Vec::with_capacity(months.len());
    for month in months.into_iter().filter(|month| !held.contains(month)) {
        let key = warden.custody.index_key(month)?.name();
        entries.push(IndexKey { month, key, worker: worker.clone() });
    }
    if entries.is_empty() { Ok(Vec::new()) } else { book.append_all(now, entries) }
}

/// Seals the keys whose hand-over a quorum has seen. Until then nothing leaves: an entry that is lost would leave a key
/// with the worker that nobody knows of.
fn hand_over(
    warden: &Warden,
    worker: &WorkerId,
    public: &PeriodPublicKey,
    cosigned: &[Cosigned<IndexKey>],
) -> Result<HandedIndexKeys, Refusal> {
    let Some(checkpoint) = cosigned.first().map(Cosigned::checkpoint) else {
        let published = warden.book().published().cloned().ok_or(Refusal::NotFound)?;
        return Ok(HandedIndexKeys { checkpoint: published.note, keys: Vec::new() });
    };
    let sealed = |cosigned: &Cosigned<IndexKey>| {
        let IndexKey { month, key, .. } = cosigned.entry();
        let info = SealedIndexKey::info(*month);
        let octets = warden.custody.index_key(*month)?.to_bytes();
        let octets =
            period::seal_to(public, info.as_bytes(), worker.as_str().as_bytes(), octets.as_slice(), &mut OsRandom);
        let sealed = Octets(octets.map_err(|_| Refusal::Key)?);
        let place = warden.book().place(cosigned.index(), checkpoint.size)?;
        Ok(SealedIndexKey { month: *month, key: *key, place, sealed })
    };
    let keys = cosigned.iter().map(sealed).collect::<Result<_, Refusal>>()?;
    Ok(HandedIndexKeys { checkpoint: checkpoint.note.clone(), keys })
}
