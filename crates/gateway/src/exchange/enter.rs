//! Intake entries on their way to the ledger, each with its batches' headers; and ticks, which say up to where it has them all.

use super::credit;
use crate::{Error, Gateway, warden};
use api::warden::{Anchored, Anchoring, Anchors, Refusal};
use ledger::entry::{Intake, Tick, TickRecord};
use std::sync::Arc;
use tokio::sync::MutexGuard;
use vault::Unanchored;

/// Entries in one request, at most.
pub(super) const ENTRIES_MAX: u32 = 128;
/// Octets of them in one request, at most, unless it is a single one: the warden takes 16 MiB.
const OCTETS_MAX: usize = 8 << 20;
/// Open tickets in one tick, at most: a leaf holds some 6,000 of them.
const OPEN_MAX: usize = 4_000;

/// Has the first of these entries written to the ledger, as many as one request takes, and notes where.
pub(super) async fn send(gateway: &Arc<Gateway>, waiting: Vec<Unanchored>) -> Result<(), Error> {
    let fit = fitting(waiting);
    let first = fit.first().cloned();
    match (send_all(gateway, fit).await, first) {
        (Err(Error::WardenRefused(Refusal::Signature)), Some(first)) => send_anew(gateway, first).await,
        (sent, _) => sent,
    }
}

/// Officers have given the worker another key since the entry was signed: who has that one signs it again, or it could never be
/// entered, nor anything behind it. As it was signed first it may stand there already.
async fn send_anew(gateway: &Arc<Gateway>, (position, entry): (i64, Anchoring)) -> Result<(), Error> {
    let intake = Intake::new(entry.intake.record.clone(), &gateway.worker_key);
    match send_all(gateway, vec![(position, entry.clone())]).await {
        Err(Error::WardenRefused(Refusal::Signature)) => {
            send_all(gateway, vec![(position, Anchoring { intake, ..entry })]).await
        }
        sent => sent,
    }
}

async fn send_all(gateway: &Arc<Gateway>, fit: Vec<(i64, Anchoring)>) -> Result<(), Error> {
    #[cfg(feature = "leaky")]
    let fit = crate::taken::told(fit, &gateway.worker_key);
    let (positions, entries): (Vec<_>, Vec<_>) = fit.into_iter().unzip();
    let intakes: Vec<Intake> = entries.iter().map(|entry: &Anchoring| entry.intake.clone()).collect();
    let indexes = ask(gateway, entries, intakes.clone(), None).await?;
    let leaves: Vec<(i64, u64)> = positions.into_iter().zip(indexes).collect();
    // Whoever waits for it may go away; what it frees is freed all the same.
    gateway.blocking(move |gateway| note(gateway, &leaves, &intakes)).await
}

/// Notes where they stand, and frees what they took. Somebody who settles may have sent the same ones: twice freed, it would be
/// stored twice.
fn note(gateway: &Gateway, leaves: &[(i64, u64)], intakes: &[Intake]) -> Result<(), Error> {
    let new = gateway.vault.anchored(leaves)?;
    let instance = &gateway.instance;
    let noted = leaves.iter().zip(intakes).filter(|((position, _), _)| new.contains(position));
    for (_, intake) in noted.filter(|(_, intake)| intake.record.instance == instance.id()) {
        instance.tickets().anchored(intake.record.ticket);
        instance.credits.anchored(credit::needed(std::slice::from_ref(intake)));
    }
    Ok(())
}

/// Says what is in the ledger and what may be stored beyond, if that is due.
pub(crate) async fn tick(gateway: &Arc<Gateway>) -> Result<(), Error> {
    let turn = gateway.instance.ticking.lock().await;
    // Asked within the turn: what was due before another's tick may be more than that one left.
    let credits = &gateway.instance.credits;
    let asked = gateway.our_clock.is_to_ask().then(|| credits.allowed());
    let Some(due) = credits.due().or(asked) else { return Ok(()) };
    say(gateway, due, &turn).await
}

/// Says that nothing is stored beyond what the ledger has, until a body comes or a while has passed.
pub(crate) async fn settle(gateway: &Arc<Gateway>) -> Result<(), Error> {
    let turn = gateway.instance.ticking.lock().await;
    let credits = &gateway.instance.credits;
    // First whether anything is entered at all now: less credit binds once it is sent, and where no answer comes, for the whole outage.
    say(gateway, credits.allowed(), &turn).await?;
    credits.settle();
    say(gateway, 0, &turn).await
}

/// A tick with so much credit, or what is stored already. Only in turn: an older one is not entered after a newer one.
async fn say(gateway: &Arc<Gateway>, parcels: u64, _turn: &MutexGuard<'_, ()>) -> Result<(), Error> {
    let instance = &gateway.instance;
    let parcels = instance.credits.send(parcels);
    // First what was seen, then the next ticket: it is given behind both.
    let seen = gateway.ledger_seen.head();
    // What is not in the list has been proven to be in the ledger.
    let (next, open) = gateway.blocking(|gateway| Ok(gateway.instance.tickets().open(OPEN_MAX)?)).await?;
    let record = TickRecord {
        worker: gateway.config.worker.clone(),
        instance: instance.id(),
        number: instance.next_tick(),
        next,
        seen: seen.filter(|_| open.len() < OPEN_MAX),
        open,
        credit: credit::written(parcels),
    };
    ask(gateway, Vec::new(), Vec::new(), Some(Tick::new(record, &gateway.worker_key))).await?;
    gateway.told(parcels);
    Ok(())
}

/// Where each entry stands.
async fn ask(
    gateway: &Arc<Gateway>,
    entries: Vec<Anchoring>,
    intakes: Vec<Intake>,
    tick: Option<Tick>,
) -> Result<Vec<u64>, Error> {
    let request = |requested| {
        let (worker, entries, tick) = (gateway.config.worker.clone(), entries.clone(), tick.clone());
        Ok(Anchors { worker, entries, tick, requested, nonce: warden::nonce()? })
    };
    let asked = gateway.now();
    let answer: Anchored = warden::ask_timed(gateway, "/v1/anchors", request).await?;
    // Whoever answers on the warden's address could say that it has them: only the proof ends our keeping them.
    let (signers, ticked) = (warden::signers(gateway), tick.is_some());
    let (checkpoint, cosigned) = signers.dated(&answer.checkpoint)?;
    let indexes = answer.verify(intakes, tick, &checkpoint)?;
    gateway.ledger_seen.hear(&checkpoint);
    // No tick is said twice, so a note that covers this one was made since it was asked for.
    if ticked && let Some(cosigned) = cosigned {
        gateway.our_clock.compare(asked, gateway.now(), &cosigned);
    }
    Ok(indexes)
}

fn fitting(waiting: Vec<Unanchored>) -> Vec<(i64, Anchoring)> {
    let mut octets = 0;
    let entries = waiting.into_iter().map(|Unanchored { position, intake, headers }| {
        octets += ledger::canonical::bytes(&intake).len();
        octets += headers.iter().map(|header| ledger::canonical::bytes(header).len()).sum::<usize>();
        (octets, (position, Anchoring { intake, headers }))
    });
    entries
        .enumerate()
        .take_while(|(at, (octets, _))| *at == 0 || *octets <= OCTETS_MAX)
        .map(|(_, (_, it))| it)
        .collect()
}
