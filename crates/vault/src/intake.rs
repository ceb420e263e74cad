//! Intake: the one way in, in two steps. What a body leaves is staged first: its objects become durable, beside
//! whatever else is being received. Then, in its [`Turn`], it is named in one transaction, with its signed intake entries.

use crate::{
    Error, Interchange, Manifest, Name, Vault, anchor, delivery, interchange, manifest,
    objects::Pending,
    runs::Batch,
    segment::{self, Place},
};
use ledger::{
    AgreementId, DeliveryId, Month, Pseudonym, canonical,
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
/// time and type around it need some. A batch takes about 185 of it, and 115 more for each of its retention groups: a
/// body of more than some 210 batches has several entries.
pub const INTAKE_OCTETS_MAX: usize = 65_000;

/// What one received body leaves, but for its intake entries.
#[derive(Debug, Clone, Default)]
pub struct Content {
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

/// The last control number given out in each series, and which of them SQL does not know yet.
#[derive(Default)]
pub(crate) struct Numbers {
    last: BTreeMap<String, u32>,
    unsaved: BTreeSet<String>,
}

/// Content whose objects are durable and which nothing names yet: gone again when dropped.
pub struct Staged<'a> {
    content: Content,
    places: Vec<Place>,
    segments: Pending<'a>,
    outbox: Pending<'a>,
}

/// The right to commit. Others wait: between taking it and [`Turn::commit`] stands what must not change in between, nothing
/// that takes long.
pub struct Turn<'a> {
    vault: &'a Vault,
    _turn: MutexGuard<'a, ()>,
}

impl Vault {
    /// The next control number of a series, 1 to 999,999,999 and then 1 again. It is durable with the next commit,
    /// whoever's that is, and so before it leaves this machine. One whose commit fails is a gap and is not given again,
    /// unless the process ends before anything was committed: then nobody has seen it.
    pub fn next_number(&self, series: &str) -> Result<u32, Error> {
        let mut numbers = self.numbers.lock().unwrap_or_else(PoisonError::into_inner);
        let last = match numbers.last.get(series) {
            Some(last) => *last,
            None => self.control.read(|c| {
                let sql = "SELECT last FROM counter WHERE series = ?1";
                Ok(c.prepare_cached(sql)?.query_row([series], |row| row.get(0)).optional()?.unwrap_or(0))
            })?,
        };
        let next = if last >= NUMBER_MAX { 1 } else { last + 1 };
        numbers.last.insert(series.to_owned(), next);
        numbers.unsaved.insert(series.to_owned());
        Ok(next)
    }

    /// Makes the content's objects durable. Nothing names them until [`Turn::commit`]; should the process end before
    /// that, opening sweeps them. Several bodies are staged at the same time.
    ///
    /// # Errors
    /// [`Error::Full`], [`Error::Disk`]; then nothing is kept.
    pub fn stage(&self, content: Content) -> Result<Staged<'_>, Error> {
        let (octets, places) = segment::lay_out(content.manifests.iter().flat_map(|m| &m.batches))?;
        let mut segments = Pending::new(&*self.segments);
        let mut outbox = Pending::new(&*self.outbox);
        if let Some(first) = places.first() {
            segments.put(first.segment.clone(), &octets)?;
        }
        for copy in &content.deliveries {
            outbox.put(Name::of(&copy.id.0), &copy.octets)?;
        }
        Ok(Staged { content, places, segments, outbox })
    }

    /// Waits for its turn, and then keeps others waiting until it is committed or dropped.
    pub fn turn(&self) -> Turn<'_> {
        // Who panicked in a turn has changed nothing: what counts is on the disk.
        let turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        Turn { vault: self, _turn: turn }
    }

    /// Makes a body's intake entries durable where nothing else is kept of it.
    ///
    /// # Errors
    /// As [`Turn::commit`].
    pub fn note(&self, intakes: &[Intake]) -> Result<(), Error> {
        self.turn().commit(intakes, self.stage(Content::default())?)
    }

    /// Makes the only entries of several bodies durable, of which nothing else is kept, in one transaction: they come as fast as
    /// somebody opens connections and cuts them off.
    ///
    /// # Errors
    /// As [`Turn::commit`]; then none of them is.
    pub fn note_each(&self, intakes: &[Intake]) -> Result<(), Error> {
        intakes.iter().try_for_each(|intake| consistent(std::slice::from_ref(intake), &Content::default()))?;
        let _turn = self.turn();
        self.control
            .write(|transaction| intakes.iter().try_for_each(|own| anchor::insert_intake(transaction, own).map(drop)))
    }
}

impl Turn<'_> {
    /// Makes all of it durable, or nothing, in one transaction. Only after `Ok` may the body be acknowledged. `intakes` are
    /// its signed records, part 1 first: every body leaves one, refused ones and duplicates too.
    ///
    /// # Errors
    /// [`Error::Full`]; [`Error::Exists`] for an interchange or manifest that came before; [`Error::State`] where a
    /// manifest to be superseded is no longer current; [`Error::Inconsistent`]; [`Error::Uncertain`] where only
    /// opening the vault again can tell.
    pub fn commit(self, intakes: &[Intake], staged: Staged<'_>) -> Result<(), Error> {
        let Staged { content, places, segments, outbox } = staged;
        consistent(intakes, &content)?;
        let Self { vault, _turn: turn } = self;
        let numbers = vault.unsaved_numbers();
        let written = vault.control.write(|transaction| {
            save_numbers(transaction, &numbers)?;
            write(transaction, intakes, &content, places)
        });
        if matches!(written, Ok(_) | Err(Error::Uncertain)) {
            // Where the outcome is not known, opening again keeps or sweeps them, as SQL then says.
            segments.keep();
            outbox.keep();
        }
        let batches = written?;
        vault.saved_numbers(&numbers);
        for (number, batch) in batches.into_iter().zip(content.manifests.iter().flat_map(|m| &m.batches)) {
            let tokens = batch.tokens.iter().map(|(token, _)| *token).collect();
            vault.runs.note(batch.header.month, Batch { number, name: batch.header.batch.0 }, tokens);
        }
        drop(turn);
        vault.runs.settle();
        Ok(())
    }
}

/// Returns the numbers of the batches, in order.
fn write(
    transaction: &Transaction<'_>,
    intakes: &[Intake],
    content: &Content,
    places: Vec<Place>,
) -> Result<Vec<u64>, Error> {
    let mut anchors = Vec::with_capacity(intakes.len());
    for intake in intakes {
        anchors.push(anchor::insert_intake(transaction, intake)?);
    }
    let (Some(document), [first, ..], [at, ..]) = (&content.interchange, intakes, &anchors[..]) else {
        return Ok(Vec::new());
    };
    interchange::insert(transaction, document, &first.record.worker, *at)?;
    for copy in &content.deliveries {
        delivery::insert(transaction, copy, &document.id, document.answered)?;
    }
    let (mut places, mut numbers) = (places.into_iter(), Vec::new());
    for item in &content.manifests {
        manifest::insert(transaction, item, &document.id, document.received)?;
        for (ordinal, (batch, place)) in (0..).zip(item.batches.iter().zip(&mut places)) {
            numbers.push(segment::insert(transaction, &item.id, ordinal, batch, &place)?);
        }
    }
    Ok(numbers)
}

impl Vault {
    fn unsaved_numbers(&self) -> Vec<(String, u32)> {
        let numbers = self.numbers.lock().unwrap_or_else(PoisonError::into_inner);
        numbers.unsaved.iter().map(|series| (series.clone(), numbers.last[series])).collect()
    }

    fn saved_numbers(&self, saved: &[(String, u32)]) {
        let mut numbers = self.numbers.lock().unwrap_or_else(PoisonError::into_inner);
        for (series, last) in saved {
            // Another may have drawn from it since.
            if numbers.last.get(series) == Some(last) {
                numbers.unsaved.remove(series);
            }
        }
    }
}

fn save_numbers(transaction: &Transaction<'_>, numbers: &[(String, u32)]) -> Result<(), Error> {
    for (series, last) in numbers {
        let sql = "INSERT INTO counter (series, last) VALUES (?1, ?2) ON CONFLICT (series) DO UPDATE SET last = ?2";
        transaction.prepare_cached(sql)?.execute(params![series, last])?;
    }
    Ok(())
}

/// The parts fit each other: what the ledger is told is what is stored.
fn consistent(intakes: &[Intake], content: &Content) -> Result<(), Error> {
    let Some(first) = intakes.first() else { return ensure(false, "every body leaves an intake entry") };
    for (part, intake) in (1..).zip(intakes) {
        let record = &intake.record;
        let body = (&record.worker, record.instance, record.ticket, record.part, record.parts as usize);
        let first = &first.record;
        let whole = (&first.worker, first.instance, first.ticket, part, intakes.len());
        ensure(body == whole, "the entries are the parts of one body, in order")?;
        ensure(canonical::bytes(intake).len() <= INTAKE_OCTETS_MAX, "an intake entry fits a ledger leaf")?;
    }
    let record = &first.record;
    match &content.interchange {
        Some(document) => {
            let said = (record.verdict, record.channel, record.received);
            let is = (document.verdict, document.channel, document.received);
            ensure(said == is, "the intake entry has the document's verdict, channel and time")?;
        }
        None => {
            let nothing = content.manifests.is_empty() && content.deliveries.is_empty();
            ensure(nothing, "manifests and deliveries come with their document")?;
        }
    }
    deliveries_fit(content)?;
    batches_fit(intakes, content)
}

fn ensure(holds: bool, rule: &'static str) -> Result<(), Error> {
    if holds { Ok(()) } else { Err(Error::Inconsistent { rule }) }
}

fn batches_fit(intakes: &[Intake], content: &Content) -> Result<(), Error> {
    let record = &intakes[0].record;
    let named = || intakes.iter().flat_map(|intake| &intake.record.batches);
    let mut anchors: BTreeMap<_, _> = named().map(|anchor| (anchor.batch, anchor)).collect();
    ensure(anchors.len() == named().count(), "the intake entry names a batch once")?;
    let decided: BTreeMap<_, _> = content.deliveries.iter().map(|copy| (copy.id, copy.decided)).collect();
    for manifest in &content.manifests {
        let decided = manifest.delivery.and_then(|id| decided.get(&id).copied());
        for sealed in &manifest.batches {
            let header = &sealed.header;
            let said = anchors.remove(&header.batch);
            let as_it_is = said.is_some_and(|said| *said == anchor(sealed, decided.unwrap_or(said.carrier)));
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

fn anchor(sealed: &Sealed, carrier: u64) -> Anchor {
    let Sealed { header, salt, .. } = sealed;
    let keys = header.groups.iter().map(|group| SealedTo { period: group.period.clone(), key: group.key });
    Anchor {
        batch: header.batch,
        header: header.salted(salt),
        rows: header.rows,
        parties: header.parties,
        octets: sealed.octets(),
        carrier,
        keys: keys.collect(),
    }
}
