//! Entries on their way to the ledger. Carriers' confirmations come after all intake entries; one that the ledger does not
//! take is parked with the reason, and holds up nothing.

use crate::{Error, Gateway, warden};
use api::warden::{AnchorEntry, Anchored, Anchors, Refusal};
use ledger::Entry;
use std::sync::Arc;
use vault::Unanchored;

/// Entries in one request, at most: 65 KB each at most.
pub(super) const ENTRIES_MAX: u32 = 128;

/// Has these entries written to the ledger, and notes where.
pub(super) async fn send(gateway: &Arc<Gateway>, waiting: Vec<Unanchored>) -> Result<(), Error> {
    let (positions, entries): (Vec<_>, Vec<_>) = waiting.into_iter().map(|item| (item.position, item.entry)).unzip();
    let ours = |entry| match entry {
        Entry::Intake(intake) => Ok(AnchorEntry::Intake(intake)),
        Entry::Confirmation(confirmation) => Ok(AnchorEntry::Confirmation(confirmation)),
        _ => Err(vault::Error::Damaged { what: "an entry for the ledger" }),
    };
    let entries = entries.into_iter().map(ours).collect::<Result<Vec<_>, _>>()?;
    let request = Anchors {
        worker: gateway.config.worker.clone(),
        entries: entries.clone(),
        requested: gateway.now(),
        nonce: warden::nonce()?,
    };
    let answer: Anchored = warden::ask(gateway, "/v1/anchors", request).await?;
    // Whoever answers on the warden's address could say that it has them: only the proof ends our keeping them.
    let indexes = answer.verify(entries, &warden::signers(gateway))?;
    let leaves: Vec<(i64, u64)> = positions.into_iter().zip(indexes).collect();
    gateway.blocking(move |gateway| Ok(gateway.vault.anchored(&leaves)?)).await
}

/// The oldest confirmations that wait: one request's, so that intake comes again before the next.
pub(super) async fn confirmations(gateway: &Arc<Gateway>) -> Result<(), Error> {
    let waiting = gateway.blocking(|gateway| Ok(gateway.vault.unanchored_confirmations(ENTRIES_MAX)?)).await?;
    if waiting.is_empty() {
        return Ok(());
    }
    gateway.anchor.notify_one();
    match send(gateway, waiting.clone()).await {
        Err(Error::WardenRefused(refusal)) if is_of_an_entry(&refusal) => {}
        sent => return sent,
    }
    // One by one: a refusal does not always say which.
    for one in waiting {
        let position = one.position;
        match send(gateway, vec![one]).await {
            Err(Error::WardenRefused(refusal)) if is_of_an_entry(&refusal) => {
                eprintln!("a carrier's confirmation is not entered, and not sent again: {refusal}");
                let reason = refusal.to_string();
                gateway.blocking(move |gateway| Ok(gateway.vault.park(position, &reason)?)).await?;
            }
            sent => sent?,
        }
    }
    Ok(())
}

/// Whether the warden would say the same tomorrow.
fn is_of_an_entry(refusal: &Refusal) -> bool {
    matches!(refusal, Refusal::Rule { .. } | Refusal::EntryTooLong { .. } | Refusal::Signature)
}
