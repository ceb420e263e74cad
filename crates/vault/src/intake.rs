//! Intake: the one way in, in two steps. What an interchange leaves is staged first: its objects become durable, beside
//! whatever else is being received. Then, in its [`Turn`], it is named in SQL, with its signed intake entries: in one transaction with
//! whatever else came while the last one was written, of which it may be the only one that is refused.

use crate::{Error, Interchange, Manifest, Staged, Vault, anchor, commit::Ready};
use ledger::{AgreementId, DeliveryId, Month, Pseudonym, canonical, entry::Intake};
use std::{
    collections::{BTreeMap, BTreeSet},
    slice::from_ref,
    sync::{PoisonError, RwLockReadGuard},
};

/// The longest intake entry as canonical JSON: a leaf of the ledger is at most 65,535 octets (tlog-tiles), and the
/// time and type around it need some. A batch takes about 185 of it, and 115 more for each of its retention groups: a
/// body of more than some 210 batches has several entries.
pub const INTAKE_OCTETS_MAX: usize = 65_000;

/// What one received body leaves, but for its intake entries.
#[derive(Debug, Clone, Default)]
pub struct Content {
    /// The document and its answer. None where nothing is kept, for a duplicate.
    pub interchange: Option<Interchange>,
    /// What is wrong with it, if anything is: JSON of codes, places, tags and counts, of at most
    /// [`FINDINGS_OCTETS_MAX`](crate::FINDINGS_OCTETS_MAX).
    pub findings: Option<String>,
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
    /// The carrier that alone can read it.
    pub carrier: Pseudonym,
    /// The agreement that its manifest came under.
    pub agreement: AgreementId,
    /// Index of the `policy` entry that gave the carrier the certificate to which it is encrypted.
    pub decided: u64,
    /// The document, signed and encrypted: nothing readable.
    pub octets: Vec<u8>,
    /// How it is sent, and what its receipt must say.
    pub form: Form,
    /// The control numbers in it, by which its carrier's own acknowledgement names it. None for what nobody acknowledges.
    pub control: Option<u32>,
}

/// How a delivery copy is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Form {
    /// The octets of its CMS.
    Cms,
    /// A whole AS2 message, header and body.
    As2(Mic),
}

/// The MIC that the receipt for an AS2 message must state. It is a plain hash of the document, and kept only sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mic {
    /// Under which index key it is sealed.
    pub month: Month,
    /// By `seal::IndexKey::keep`, under the delivery's id as token.
    pub sealed: Vec<u8>,
}

impl std::fmt::Debug for DeliveryCopy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DeliveryCopy").field("id", &self.id).field("octets", &self.octets.len()).finish()
    }
}

/// The right to commit, which several have at a time. [`Vault::wait_for_turns`] waits: between taking it and [`Turn::commit`]
/// stands what must not change in between, nothing that takes long.
pub struct Turn<'a> {
    vault: &'a Vault,
    _turn: RwLockReadGuard<'a, ()>,
}

impl Vault {
    /// Takes a turn, until it is committed or dropped.
    pub fn turn(&self) -> Turn<'_> {
        // Who panicked in a turn has changed nothing: what counts is on the disk.
        Turn { vault: self, _turn: self.turn.read().unwrap_or_else(PoisonError::into_inner) }
    }

    /// Waits until every turn that was taken is over.
    pub fn wait_for_turns(&self) {
        drop(self.turn.write().unwrap_or_else(PoisonError::into_inner));
    }

    /// Makes a body's intake entries durable where nothing else is kept of it.
    ///
    /// # Errors
    /// As [`Turn::commit`].
    pub fn note(&self, intakes: Vec<Intake>) -> Result<(), Error> {
        self.turn().commit(intakes, self.stage(Content::default())?)
    }

    /// Makes the only entries of several bodies durable, of which nothing else is kept, in one transaction: they come as fast as
    /// somebody opens connections and cuts them off.
    ///
    /// # Errors
    /// As [`Turn::commit`]; then none of them is.
    pub fn note_each(&self, intakes: &[Intake]) -> Result<(), Error> {
        let entries: Vec<_> = intakes.iter().map(canonical::bytes).collect();
        let each = || intakes.iter().zip(&entries);
        each().try_for_each(|(own, entry)| consistent(from_ref(own), from_ref(entry), &Content::default()))?;
        let _turn = self.turn();
        self.control.write(|transaction| {
            each().try_for_each(|(own, entry)| anchor::insert_intake(transaction, own, entry).map(drop))
        })
    }
}

impl Turn<'_> {
    /// Makes all of it durable, or nothing. Only after `Ok` may it be acknowledged. `intakes` are its signed records, part 1
    /// first: every body leaves one, refused ones and duplicates too.
    ///
    /// # Errors
    /// [`Error::Full`]; [`Error::Exists`] for an interchange or manifest that came before; [`Error::State`] where a
    /// manifest to be superseded is no longer current; [`Error::Inconsistent`]; [`Error::Uncertain`] where only
    /// opening the vault again can tell.
    pub fn commit(self, intakes: Vec<Intake>, staged: Staged) -> Result<(), Error> {
        let entries: Vec<_> = intakes.iter().map(canonical::bytes).collect();
        consistent(&intakes, &entries, &staged.content)?;
        batches_fit(&intakes, &staged)?;
        let vault = self.vault;
        vault.commit_intake(Ready { intakes, entries, staged })?;
        drop(self);
        vault.runs.settle();
        Ok(())
    }
}

/// The parts fit each other: what the ledger is told is what is stored.
fn consistent(intakes: &[Intake], entries: &[Vec<u8>], content: &Content) -> Result<(), Error> {
    let Some(first) = intakes.first() else { return ensure(false, "every body leaves an intake entry") };
    for (part, (intake, entry)) in (1..).zip(intakes.iter().zip(entries)) {
        let record = &intake.record;
        let body = (&record.worker, record.instance, record.ticket, record.part, record.parts as usize);
        let first = &first.record;
        let whole = (&first.worker, first.instance, first.ticket, part, intakes.len());
        ensure(body == whole, "the entries are the parts of one body, in order")?;
        ensure(entry.len() <= INTAKE_OCTETS_MAX, "an intake entry fits a ledger leaf")?;
    }
    let record = &first.record;
    match &content.interchange {
        Some(document) => {
            let said = (record.verdict, record.channel, record.received);
            let is = (document.verdict, document.channel, document.received);
            ensure(said == is, "the intake entry has the document's verdict, channel and time")?;
        }
        None => {
            let nothing = content.manifests.is_empty() && content.deliveries.is_empty() && content.findings.is_none();
            let named = intakes.iter().any(|intake| !intake.record.batches.is_empty());
            ensure(nothing && !named, "manifests, deliveries and findings come with their document")?;
        }
    }
    deliveries_fit(content)
}

fn ensure(holds: bool, rule: &'static str) -> Result<(), Error> {
    if holds { Ok(()) } else { Err(Error::Inconsistent { rule }) }
}

fn batches_fit(intakes: &[Intake], staged: &Staged) -> Result<(), Error> {
    let content = &staged.content;
    let record = &intakes[0].record;
    let named = || intakes.iter().flat_map(|intake| &intake.record.batches);
    let mut anchors: BTreeMap<_, _> = named().map(|anchor| (anchor.batch, anchor)).collect();
    ensure(anchors.len() == named().count(), "the intake entry names a batch once")?;
    let decided: BTreeMap<_, _> = content.deliveries.iter().map(|copy| (copy.id, copy.decided)).collect();
    for (manifest, filed) in content.manifests.iter().zip(&staged.filed) {
        let decided = manifest.delivery.and_then(|id| decided.get(&id).copied());
        for batch in filed {
            let header = &batch.header;
            let said = anchors.remove(&header.batch);
            let as_it_is = said.is_some_and(|said| *said == batch.anchor(decided.unwrap_or(said.carrier)));
            ensure(as_it_is, "the intake entry has the batches as they are, and the policy of their delivery")?;
            let own = (&header.worker, header.instance, header.ticket);
            ensure(
                own == (&record.worker, record.instance, record.ticket),
                "a batch's header names the body's ticket",
            )?;
            ensure(header.agreement == manifest.agreement, "a batch has its manifest's agreement")?;
        }
    }
    ensure(anchors.is_empty(), "the intake entry names no other batch")
}

fn deliveries_fit(content: &Content) -> Result<(), Error> {
    let copies: BTreeSet<_> = content.deliveries.iter().map(|copy| copy.id).collect();
    ensure(copies.len() == content.deliveries.len(), "every delivery has a name of its own")?;
    let named = |manifest: &Manifest| manifest.delivery.is_none_or(|id| copies.contains(&id));
    ensure(content.manifests.iter().all(named), "a manifest names a delivery that is there")
}
