//! Intake: the one way in. A worker's entries are numbered and chained, so one is made at a time: who holds the
//! [`Ticket`] knows the number and hash to seal and sign with, and commits, or drops it and leaves nothing.

use crate::{
    Error, Interchange, Manifest, Name, Vault, anchor,
    control::column,
    delivery, interchange, manifest,
    objects::Staged,
    segment::{self, Place},
};
use ledger::{
    AgreementId, DeliveryId, Hash, Header, Pseudonym, WorkerId, canonical,
    entry::{Anchor, Intake, SealedTo},
};
use rusqlite::{OptionalExtension, Transaction, params};
use seal::Sealed;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{MutexGuard, PoisonError},
};

/// Control numbers are 1 to this, then 1 again (nine digits, as ISA13).
const NUMBER_MAX: u32 = 999_999_999;

/// The longest intake entry as canonical JSON: a leaf of the ledger is at most 65,535 octets (tlog-tiles), and the
/// time and type around it need some. A batch takes about 155 of
/// it, and 115 more for each of its retention groups: a body of more than some 240 batches cannot be committed at once.
pub const INTAKE_OCTETS_MAX: usize = 65_000;

/// What a worker's next intake entry must say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChainHead {
    /// Whose chain.
    pub worker: WorkerId,
    /// The next entry's number, from 1.
    pub sequence: u64,
    /// The hash of the entry before; 32 zero octets before the first.
    pub previous: Hash,
}

/// Everything that one received body leaves.
#[derive(Debug, Clone)]
pub struct Received {
    /// The signed record of it: every body leaves one, refused ones and duplicates too.
    pub intake: Intake,
    /// The document and its answer. None where nothing is kept, for a duplicate.
    pub interchange: Option<Interchange>,
    /// What was taken from it.
    pub manifests: Vec<Manifest>,
    /// What goes to carriers.
    pub deliveries: Vec<DeliveryCopy>,
}

/// A document for a carrier, encrypted so that only the carrier reads it.
#[derive(Clone)]
pub struct DeliveryCopy {
    /// The same for every attempt.
    pub id: DeliveryId,
    /// For whom.
    pub carrier: Pseudonym,
    /// Under which agreement.
    pub agreement: AgreementId,
    /// The encrypted octets.
    pub octets: Vec<u8>,
}

impl std::fmt::Debug for DeliveryCopy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DeliveryCopy").field("id", &self.id).field("octets", &self.octets.len()).finish()
    }
}

/// The right to make the worker's next intake entry.
pub struct Ticket<'a> {
    vault: &'a Vault,
    head: ChainHead,
    numbers: BTreeMap<String, u32>,
    _turn: MutexGuard<'a, ()>,
}

impl Vault {
    /// The head of a worker's chain, as it is on the disk.
    pub fn chain_head(&self, worker: &WorkerId) -> Result<ChainHead, Error> {
        let sql = "SELECT sequence, hash FROM anchor WHERE worker = ?1 ORDER BY sequence DESC LIMIT 1";
        let last = self.control.read(|c| {
            let row = |row: &rusqlite::Row<'_>| Ok((column::count(row, 0)?, Hash(row.get(1)?)));
            Ok(c.prepare_cached(sql)?.query_row([worker.as_str()], row).optional()?)
        })?;
        let (sequence, previous) = last.unwrap_or((0, Hash([0; 32])));
        Ok(ChainHead { worker: worker.clone(), sequence: sequence.saturating_add(1), previous })
    }

    /// Waits for its turn, and then keeps others waiting until the ticket is committed or dropped.
    pub fn begin(&self, worker: &WorkerId) -> Result<Ticket<'_>, Error> {
        // Who panicked with a ticket has changed nothing: what counts is on the disk.
        let turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(Ticket { vault: self, head: self.chain_head(worker)?, numbers: BTreeMap::new(), _turn: turn })
    }
}

impl Ticket<'_> {
    /// What the entry must say.
    pub fn head(&self) -> &ChainHead {
        &self.head
    }

    /// The next control number of a series, 1 to 999,999,999 and then 1 again. It is used up by the commit only: a
    /// ticket that is dropped gives it back.
    pub fn next_number(&mut self, series: &str) -> Result<u32, Error> {
        let last = match self.numbers.get(series) {
            Some(last) => *last,
            None => self.vault.control.read(|c| {
                let sql = "SELECT last FROM counter WHERE series = ?1";
                Ok(c.prepare_cached(sql)?.query_row([series], |row| row.get(0)).optional()?.unwrap_or(0))
            })?,
        };
        let next = if last >= NUMBER_MAX { 1 } else { last + 1 };
        self.numbers.insert(series.to_owned(), next);
        Ok(next)
    }

    /// Makes all of it durable, or nothing: first the objects, then one transaction. Only after `Ok` may the body be
    /// acknowledged.
    ///
    /// # Errors
    /// [`Error::Full`]; [`Error::Exists`] for an interchange or manifest that came before; [`Error::State`] where a
    /// manifest to be superseded is no longer current; [`Error::Inconsistent`]; [`Error::Uncertain`] where only
    /// opening the vault again can tell (the intake number is then used or free, and the chain goes on either way).
    pub fn commit(self, received: Received) -> Result<(), Error> {
        consistent(&self.head, &received)?;
        let (octets, places) = segment::lay_out(received.manifests.iter().flat_map(|m| &m.batches))?;
        let mut segments = Staged::new(&*self.vault.segments);
        let mut outbox = Staged::new(&*self.vault.outbox);
        if let Some(first) = places.first() {
            segments.put(first.segment.clone(), &octets)?;
        }
        for copy in &received.deliveries {
            outbox.put(Name::of(&copy.id.0), &copy.octets)?;
        }
        let written = self.vault.control.write(|transaction| self.write(transaction, &received, places));
        if matches!(written, Ok(()) | Err(Error::Uncertain)) {
            // Where the outcome is not known, opening again keeps or sweeps them, as SQL then says.
            segments.keep();
            outbox.keep();
        }
        written
    }

    fn write(&self, transaction: &Transaction<'_>, received: &Received, places: Vec<Place>) -> Result<(), Error> {
        anchor::insert_intake(transaction, &received.intake)?;
        for (series, last) in &self.numbers {
            let sql = "INSERT INTO counter (series, last) VALUES (?1, ?2) ON CONFLICT (series) DO UPDATE SET last = ?2";
            transaction.prepare_cached(sql)?.execute(params![series, last])?;
        }
        let Some(document) = &received.interchange else { return Ok(()) };
        interchange::insert(transaction, document, &self.head.worker, self.head.sequence)?;
        for copy in &received.deliveries {
            delivery::insert(transaction, copy, &document.id, document.answered)?;
        }
        let mut places = places.into_iter();
        for item in &received.manifests {
            manifest::insert(transaction, item, &document.id, document.received)?;
            for (ordinal, (batch, place)) in (0..).zip(item.batches.iter().zip(&mut places)) {
                segment::insert(transaction, &item.id, ordinal, batch, &place)?;
            }
        }
        Ok(())
    }
}

/// The parts fit each other and the chain: what the ledger is told is what is stored.
fn consistent(head: &ChainHead, received: &Received) -> Result<(), Error> {
    let ensure = |holds, rule| if holds { Ok(()) } else { Err(Error::Inconsistent { rule }) };
    let record = &received.intake.record;
    let entry = (&record.worker, record.sequence, record.previous);
    ensure(entry == (&head.worker, head.sequence, head.previous), "the intake entry continues the chain")?;
    match &received.interchange {
        Some(document) => {
            let said = (record.verdict, record.channel, record.received);
            let is = (document.verdict, document.channel, document.received);
            ensure(said == is, "the intake entry has the document's verdict, channel and time")?;
        }
        None => {
            let nothing = received.manifests.is_empty() && received.deliveries.is_empty();
            ensure(nothing, "manifests and deliveries come with their document")?;
        }
    }
    let mut anchors: BTreeMap<_, _> = record.batches.iter().map(|anchor| (anchor.batch, anchor)).collect();
    ensure(anchors.len() == record.batches.len(), "the intake entry names a batch once")?;
    for manifest in &received.manifests {
        for Sealed { header, salt, .. } in &manifest.batches {
            let said = anchors.remove(&header.batch);
            ensure(
                said.is_some_and(|said| *said == anchor(header, salt)),
                "the intake entry has the batches as they are",
            )?;
            let own = (&header.worker, header.sequence) == (&head.worker, head.sequence);
            ensure(own, "a batch's header names the intake entry")?;
            ensure(header.agreement == manifest.agreement, "a batch has its manifest's agreement")?;
        }
    }
    ensure(anchors.is_empty(), "the intake entry names no other batch")?;
    let copies: BTreeSet<_> = received.deliveries.iter().map(|copy| copy.id).collect();
    ensure(copies.len() == received.deliveries.len(), "every delivery has a name of its own")?;
    let named = |manifest: &Manifest| manifest.delivery.is_none_or(|id| copies.contains(&id));
    ensure(received.manifests.iter().all(named), "a manifest names a delivery that is there")?;
    ensure(canonical::bytes(&received.intake).len() <= INTAKE_OCTETS_MAX, "an intake entry fits a ledger leaf")
}

fn anchor(header: &Header, salt: &Hash) -> Anchor {
    let keys = header.groups.iter().map(|group| SealedTo { period: group.period.clone(), key: group.key });
    Anchor {
        batch: header.batch,
        header: header.salted(salt),
        rows: header.rows,
        parties: header.parties,
        keys: keys.collect(),
    }
}
