//! Workers: what they anchor, and their starts.

use crate::{
    api::{Anchored, Anchors, HandedIndexKeys, IndexKeys, Octets, Refusal, SealedIndexKey, Signed, Started, Starting},
    book::{Book, Durable, Published},
    quorum::Cosigned,
    warden::Warden,
};
use durable::random::OsRandom;
use ledger::{
    Entry, Hash, InstanceId, Month, Time, WorkerId,
    entry::{IndexKey, Intake, Start, Tick},
    replay::Instance,
};
use seal::{PeriodPublicKey, period};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, atomic::Ordering::Relaxed},
};

/// Writes a worker's entries, those left out that stand in the ledger already, and proves each in a cosigned checkpoint.
/// Whoever is answered has no other copy of the headers to keep for us: they are durable by then.
pub(crate) async fn anchor(warden: &Arc<Warden>, signed: Signed<Anchors>) -> Result<Anchored, Refusal> {
    let ticks = signed.request.tick.is_some();
    let written = warden
        .blocking(move |warden| {
            warden.check(&signed)?;
            let Anchors { worker, entries, tick, .. } = signed.request;
            let intakes = entries.iter().map(|entry| Entry::Intake(entry.intake.clone()));
            let all = intakes.chain(tick.map(Entry::Tick)).collect();
            let indexes = write(&mut warden.book(), &worker, all, warden.now())?;
            warden.headers.keep(&entries)?;
            Ok::<_, Refusal>(indexes)
        })
        .await;
    warden.appended.notify_one(); // also after a refusal: the entries before it are written
    let indexes = written?;
    let size = indexes.iter().map(|index| index + 1).max().unwrap_or(1);
    let Published { size, note, .. } = warden.quorum.reach(&warden.book, size).await?;
    warden.counts.anchored.fetch_add(indexes.len() as u64 - u64::from(ticks), Relaxed);
    let place = move |warden: &Warden| {
        let book = warden.book();
        indexes.into_iter().map(|index| book.place(index, size)).collect::<Result<Vec<_>, _>>()
    };
    let mut entries = warden.blocking(place).await?;
    let tick = if ticks { entries.pop() } else { None };
    Ok(Anchored { checkpoint: note, entries, tick })
}

/// The index of each entry.
fn write(book: &mut Book, worker: &WorkerId, entries: Vec<Entry>, now: Time) -> Result<Vec<u64>, Refusal> {
    let mut indexes = Vec::with_capacity(entries.len());
    let mut next = book.size();
    let mut new = Vec::new();
    // Entries that only this request brings may be in it twice.
    let mut own = BTreeMap::new();
    let mut refused = None;
    for (position, entry) in entries.into_iter().enumerate() {
        match place(book, worker, &entry, position) {
            Ok(Some(standing)) => indexes.push(standing),
            Ok(None) => {
                let first = *own.entry(name(&entry)).or_insert(next);
                indexes.push(first);
                if first == next {
                    next += 1;
                    new.push((position, entry));
                }
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

/// What tells an entry of a worker from its others: instance, ticket and part; of a tick the number.
fn name(entry: &Entry) -> (InstanceId, u64, u32) {
    match entry {
        Entry::Intake(Intake { record, .. }) => (record.instance, record.ticket, record.part),
        Entry::Tick(Tick { record, .. }) => (record.instance, record.number, 0),
        Entry::Start(Start { record, .. }) => (record.instance, 0, 0),
        _ => unreachable!("a worker anchors nothing else"),
    }
}

/// Where an entry stands already; none if it is to be written now.
fn place(book: &Book, worker: &WorkerId, entry: &Entry, position: usize) -> Result<Option<u64>, Refusal> {
    let (instance, ticket, part) = name(entry);
    let (own, standing) = match entry {
        Entry::Intake(Intake { record, .. }) => {
            standing(book, instance)?;
            (&record.worker, book.state().part(&instance, ticket, part))
        }
        Entry::Start(Start { record, .. }) => {
            (&record.worker, standing(book, instance).ok().map(|known| known.start.entry))
        }
        Entry::Tick(Tick { record, .. }) => {
            let last = standing(book, instance)?.tick.as_ref().filter(|(_, last)| last.number == record.number);
            (&record.worker, last.map(|(at, _)| at.entry))
        }
        _ => unreachable!("a worker anchors nothing else"),
    };
    if own != worker {
        return Err(Refusal::Signature);
    }
    let Some(index) = standing else { return Ok(None) };
    let forked = || Refusal::Forked { worker: worker.clone(), instance, ticket, entry: index, position };
    if book.logged(index)?.entry == *entry { Ok(Some(index)) } else { Err(forked()) }
}

fn standing(book: &Book, instance: InstanceId) -> Result<&Instance, Refusal> {
    book.state().instances.get(&instance).ok_or(Refusal::NotStarted { instance })
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
pub(crate) async fn start(warden: &Arc<Warden>, signed: Signed<Starting>) -> Result<Started, Refusal> {
    let (worker, nonce) = (signed.request.worker.clone(), signed.request.nonce);
    let logged = warden
        .blocking(move |warden| {
            warden.check(&signed)?;
            let request = signed.request;
            let public = PeriodPublicKey::from_bytes(&request.key.0).map_err(|_| Refusal::Key)?;
            let (mut book, now) = (warden.book(), warden.now());
            let start = Entry::Start(request.start.clone());
            let entry = match place(&book, &request.worker, &start, 0)? {
                Some(standing) => standing,
                None => book.append_one(now, request.start)?.index(),
            };
            Ok::<_, Refusal>((entry, public, log_keys(warden, &mut book, &request.worker, &BTreeSet::new(), now)?))
        })
        .await;
    warden.appended.notify_one();
    let (entry, public, logged) = logged?;
    let cosigned = warden.quorum.cosign(&warden.book, logged).await?;
    let hand = move |warden: &Warden| {
        let handed = hand_over(warden, (&worker, &nonce), &public, &cosigned)?;
        // This month's key is always among them, so that their checkpoint covers the start as well.
        let size = cosigned.first().map_or(0, |cosigned| cosigned.checkpoint().size);
        Ok(Started { place: warden.book().place(entry, size)?, handed })
    };
    warden.blocking(hand).await
}

/// Hands a running worker the index keys that it does not have: it asks when a month begins.
pub(crate) async fn index_keys(warden: &Arc<Warden>, signed: Signed<IndexKeys>) -> Result<HandedIndexKeys, Refusal> {
    let (worker, nonce) = (signed.request.worker.clone(), signed.request.nonce);
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
    warden.blocking(move |warden| hand_over(warden, (&worker, &nonce), &public, &cosigned)).await
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
    (worker, nonce): (&WorkerId, &Hash),
    public: &PeriodPublicKey,
    cosigned: &[Cosigned<IndexKey>],
) -> Result<HandedIndexKeys, Refusal> {
    let months = warden.custody.index_months()?.into_iter().collect();
    let months = warden.book().sign_statement(&HandedIndexKeys::statement(worker, nonce, &months));
    let Some(checkpoint) = cosigned.first().map(Cosigned::checkpoint) else {
        let published = warden.book().published().cloned().ok_or(Refusal::NotFound)?;
        return Ok(HandedIndexKeys { checkpoint: published.note, keys: Vec::new(), months });
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
    Ok(HandedIndexKeys { checkpoint: checkpoint.note.clone(), keys, months })
}
