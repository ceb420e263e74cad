//! Storing: what a body leaves becomes durable in one step, before its sender hears of it. A signed intake entry always (several
//! where one leaf of the ledger cannot name all batches); the interchange with its answer; for what was accepted the
//! sealed batches and delivery copies.

use super::{Body, Ticket, credit, seal::Sealing};
use crate::{Error, Gateway, retention::Lease};
use durable::random;
use edi::Census;
use ledger::{
    Month, Time, canonical,
    entry::{Anchor, Intake, IntakeRecord, Verdict},
    word::MessageKind,
};
use seal::Token;
use std::collections::BTreeSet;
use vault::{Content, DeliveryCopy, INTAKE_OCTETS_MAX, Interchange, InterchangeId, Key, Staged};

const DAY_MILLISECONDS: i64 = 86_400_000;
/// An intake entry without its batches takes about 600 octets.
const ANCHORS_OCTETS_MAX: usize = INTAKE_OCTETS_MAX - 2_000;

/// A body as it is stored: who brought it, what was decided.
pub(crate) struct Outcome<'b> {
    pub(crate) body: &'b Body<'b>,
    pub(crate) ticket: &'b Ticket,
    pub(crate) census: Census,
    pub(crate) kinds: BTreeSet<MessageKind>,
    /// Of its octets, under this month's index key.
    pub(crate) digest: Token,
    pub(crate) key: Option<Key>,
    pub(crate) verdict: Verdict,
    /// What is kept of what is wrong with it.
    pub(crate) findings: Option<String>,
    pub(crate) answer: Vec<u8>,
    /// What of it is kept, if anything is.
    pub(crate) sealing: Option<Sealing<'b>>,
    /// The answer, where it goes by itself.
    pub(crate) acknowledgement: Option<DeliveryCopy>,
}

/// Stores it as an interchange of its own.
///
/// # Errors
/// [`Error::KeysChanged`] if retention has begun since the lease; [`vault::Error::Exists`] and [`vault::Error::State`] in
/// [`Error::Disk`] if another document has come since this one was judged. Nothing is kept then.
pub(crate) fn store(gateway: &Gateway, lease: &Lease, outcome: Outcome<'_>) -> Result<InterchangeId, Error> {
    let id = InterchangeId(random::octets()?);
    commit(gateway, lease, outcome, Some(id))?;
    Ok(id)
}

/// Notes that it came again: an intake entry, and nothing else is kept.
pub(crate) fn store_repeat(gateway: &Gateway, lease: &Lease, outcome: Outcome<'_>) -> Result<(), Error> {
    commit(gateway, lease, outcome, None)
}

fn commit(
    gateway: &Gateway,
    lease: &Lease,
    mut outcome: Outcome<'_>,
    name: Option<InterchangeId>,
) -> Result<(), Error> {
    let mut credit = Taken::nothing(gateway, outcome.body.received);
    let staged = stage(gateway, &mut outcome, &mut credit)?;
    let anchors = staged.anchors();
    let parcels: u64 = anchors.iter().map(|anchor| u64::from(anchor.rows)).sum();
    let totals = Totals::of(&outcome.census, &anchors);
    let interchange = name.map(|id| interchange(gateway, &outcome, id, totals.rows));
    let Outcome { body, ticket, verdict, findings, .. } = outcome;
    let findings = findings.filter(|_| interchange.is_some());
    let intakes = sign(gateway, body, ticket, verdict, parts(body, &totals, anchors));
    let document = gateway.vault.stage(Content { interchange, findings, ..Content::default() })?;
    let turn = gateway.vault.turn();
    if !gateway.gate.holds(lease) {
        return Err(Error::KeysChanged);
    }
    let needed = credit::needed(&intakes);
    let stored = ticket.store(intakes.len(), || turn.commit(intakes, staged.and(document)));
    if matches!(stored, Ok(()) | Err(vault::Error::Uncertain)) {
        credit.keep(needed);
    }
    stored?;
    gateway.anchor.notify_one();
    gateway.metrics.count_body(verdict);
    gateway.metrics.parcels.fetch_add(parcels, std::sync::atomic::Ordering::Relaxed);
    Ok(())
}

/// Seals what is kept of a body and makes it durable, a piece after the other, each once there is credit for it; with the last goes the answer, where
/// that goes by itself.
fn stage(gateway: &Gateway, outcome: &mut Outcome<'_>, credit: &mut Taken<'_>) -> Result<Staged, Error> {
    let mut all: Option<Staged> = None;
    loop {
        let piece = outcome.sealing.as_mut().filter(|sealing| !sealing.is_over()).map(Sealing::next).transpose()?;
        let (manifests, mut deliveries): (Vec<_>, Vec<_>) = piece.unwrap_or_default().into_iter().unzip();
        credit.take(&manifests)?;
        let last = outcome.sealing.as_ref().is_none_or(Sealing::is_over);
        deliveries.extend(outcome.acknowledgement.take_if(|_| last));
        let staged = gateway.vault.stage(Content { manifests, deliveries, ..Content::default() })?;
        let so_far = match all.take() {
            Some(before) => before.and(staged),
            None => staged,
        };
        if last {
            return Ok(so_far);
        }
        all = Some(so_far);
    }
}

fn interchange(gateway: &Gateway, outcome: &Outcome<'_>, id: InterchangeId, rows: u64) -> Interchange {
    Interchange {
        id,
        partner: Some(outcome.body.partner.id.to_string()),
        key: outcome.key.clone(),
        channel: outcome.body.channel,
        verdict: outcome.verdict,
        kinds: outcome.kinds.clone(),
        received: outcome.body.received,
        answered: gateway.now(),
        octets: outcome.body.octets.len() as u64,
        rows,
        digest: digest(&outcome.digest),
        digest_month: Month::of(outcome.body.received),
        answer: outcome.answer.clone(),
    }
}

/// Notes a body that says nothing of anybody: a receipt for something of ours.
pub(crate) fn store_receipt(gateway: &Gateway, body: &Body<'_>) -> Result<(), Error> {
    let nothing = Part { octets: body.octets.len() as u64, ..Part::default() };
    let intakes = sign(gateway, body, body.ticket, Verdict::Accepted, vec![nothing]);
    body.ticket.store(1, || gateway.vault.note(intakes))?;
    gateway.anchor.notify_one();
    Ok(())
}

/// Credit for a body's batches: given back unless it is kept.
struct Taken<'g> {
    gateway: &'g Gateway,
    parcels: u64,
    day: i64,
}

impl<'g> Taken<'g> {
    fn nothing(gateway: &'g Gateway, received: Time) -> Self {
        Self { gateway, parcels: 0, day: received.milliseconds().div_euclid(DAY_MILLISECONDS) }
    }

    /// For these, too: at least what the intake entries that will name their batches need.
    fn take(&mut self, manifests: &[vault::Manifest]) -> Result<(), Error> {
        let headers = manifests.iter().flat_map(|manifest| &manifest.batches).map(|batch| &batch.header);
        let parcels = headers.map(|header| credit::of(u64::from(header.rows), header.parties)).sum();
        self.gateway.instance.credits.take(parcels, || self.gateway.anchor.notify_one())?;
        self.parcels += parcels;
        Ok(())
    }

    /// The entries need so much of it, which is kept.
    fn keep(mut self, needed: u64) {
        self.parcels = self.parcels.saturating_sub(needed);
        self.gateway.instance.credits.keep(needed, self.day);
    }
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        self.gateway.instance.credits.give_back(self.parcels);
    }
}

/// Parcels and parties of a whole body, at most.
struct Totals {
    rows: u64,
    parties: u64,
}

impl Totals {
    fn of(census: &Census, anchors: &[Anchor]) -> Self {
        Self {
            rows: census.rows.max(anchors.iter().map(|anchor| u64::from(anchor.rows)).sum()),
            parties: census.parties.max(anchors.iter().map(|anchor| anchor.parties).sum()),
        }
    }
}

/// What one of a body's intake entries says of it; all of them add up to the body.
#[derive(Default)]
struct Part {
    octets: u64,
    rows: u64,
    parties: u64,
    anchors: Vec<Anchor>,
}

/// As many parts as the anchors need. What was never sealed of the body counts in the first.
fn parts(body: &Body<'_>, totals: &Totals, anchors: Vec<Anchor>) -> Vec<Part> {
    let mut parts = vec![Part::default()];
    let mut room = ANCHORS_OCTETS_MAX;
    for anchor in anchors {
        let octets = canonical::bytes(&anchor).len() + 1;
        if octets > room {
            parts.push(Part::default());
            room = ANCHORS_OCTETS_MAX;
        }
        room = room.saturating_sub(octets);
        let part = parts.last_mut().expect("there is always one");
        part.rows += u64::from(anchor.rows);
        part.parties += anchor.parties;
        part.anchors.push(anchor);
    }
    let (rows, parties) = parts.iter().fold((0, 0), |(rows, parties), part| (rows + part.rows, parties + part.parties));
    parts[0].rows += totals.rows - rows;
    parts[0].parties += totals.parties - parties;
    parts[0].octets = body.octets.len() as u64;
    parts
}

/// The body's entries.
fn sign(gateway: &Gateway, body: &Body<'_>, ticket: &Ticket, verdict: Verdict, parts: Vec<Part>) -> Vec<Intake> {
    let count = u32::try_from(parts.len()).expect("a body has far fewer batches");
    let sign = |(part, Part { octets, rows, parties, anchors })| {
        let record = IntakeRecord {
            worker: gateway.config.worker.clone(),
            received: body.received,
            instance: ticket.instance(),
            ticket: ticket.number(),
            part,
            parts: count,
            channel: body.channel,
            tls: body.tls,
            decryption: body.decryption,
            octets,
            rows,
            parties,
            verdict,
            shipper: Some(body.partner.pseudonym.clone()),
            batches: anchors,
        };
        Intake::new(record, &gateway.worker_key)
    };
    (1..).zip(parts).map(sign).collect()
}

/// A token as the column's 32 octets: 16, and 16 zeros, as the column is made for longer digests.
pub(crate) fn digest(token: &Token) -> [u8; 32] {
    let mut digest = [0; 32];
    digest[..16].copy_from_slice(&token.0);
    digest
}
