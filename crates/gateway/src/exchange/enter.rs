//! Intake entries on their way to the ledger, each with its batches' headers.

use crate::{Error, Gateway, warden};
use api::warden::{Anchored, Anchoring, Anchors};
use std::sync::Arc;
use vault::Unanchored;

/// Entries in one request, at most.
pub(super) const ENTRIES_MAX: u32 = 128;
/// Octets of them in one request, at most, unless it is a single one: the warden takes 16 MiB.
const OCTETS_MAX: usize = 8 << 20;

/// Has the first of these entries written to the ledger, as many as one request takes, and notes where.
pub(super) async fn send(gateway: &Arc<Gateway>, waiting: Vec<Unanchored>) -> Result<(), Error> {
    let (positions, entries): (Vec<_>, Vec<_>) = fitting(waiting).into_iter().unzip();
    let intakes = entries.iter().map(|entry: &Anchoring| entry.intake.clone()).collect();
    let (worker, requested) = (gateway.config.worker.clone(), gateway.now());
    let request = Anchors { worker, entries, requested, nonce: warden::nonce()? };
    let answer: Anchored = warden::ask(gateway, "/v1/anchors", request).await?;
    // Whoever answers on the warden's address could say that it has them: only the proof ends our keeping them.
    let indexes = answer.verify(intakes, &warden::signers(gateway))?;
    let leaves: Vec<(i64, u64)> = positions.into_iter().zip(indexes).collect();
    gateway.blocking(move |gateway| Ok(gateway.vault.anchored(&leaves)?)).await
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
