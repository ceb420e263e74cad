//! Both sealed copies of each manifest, made in memory, outside of any lock and on all cores: the vault copy, sealed to the
//! periods' public keys, and the delivery copy, signed by us and encrypted to the carrier's certificate.

use super::{
    judge::{Route, Takes},
    read::{Kept, Placed, Read},
    vault_copy,
};
use crate::{
    Error, Gateway, message,
    partner::{Agreement, certificates, enrolment},
    retention::Keys,
};
use durable::random;
use ledger::{DeliveryId, InstanceId, Month, PeriodId, Time};
use manifest::{Manifest, Personal, write::Envelope};
use seal::{Plan, PlannedGroup, Sealed, Token};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use vault::{DeliveryCopy, Form, ManifestId};
use zeroize::Zeroizing;

/// Parcels of one batch, at most.
const ROWS_MAX: usize = 65_536;

/// The body that manifests came in, as headers name it.
#[derive(Clone, Copy)]
pub(crate) struct Origin {
    pub(crate) instance: InstanceId,
    pub(crate) ticket: u64,
    pub(crate) received: Time,
    /// The moment of sealing, which headers say.
    pub(crate) sealed: Time,
}

/// How many parcels are sealed before what came of them is made durable and leaves the memory.
const PIECE_PARCELS: usize = 16_384;

/// A document on its way to be sealed, a piece after the other.
pub(crate) struct Sealing<'m> {
    gateway: &'m Gateway,
    read: &'m Read<'m>,
    route: &'m Route<'m>,
    keys: &'m Keys,
    origin: Origin,
    works: Vec<Work<'m>>,
    /// How many of them are sealed.
    done: usize,
}

/// What is to be sealed of a document, with the names that it gets.
struct Work<'m> {
    /// Which it is of those that are kept, from 0.
    ordinal: u32,
    placed: &'m Placed<'m>,
    token: Token,
    id: ManifestId,
    supersedes: Option<ManifestId>,
    /// The control number of the document for the carrier.
    number: u32,
    delivery: DeliveryId,
}

/// A manifest's number as a token of this month's key; none if it has no number, or the month no key.
pub(crate) fn manifest_token(number: &Personal<'_>, keys: &Keys, month: Month) -> Option<Token> {
    let number = manifest::parcel::normalise(number.expose());
    let key = keys.index(month).filter(|_| !number.is_empty())?;
    Some(key.token(seal::Kind::Manifest, &number))
}

impl<'m> Sealing<'m> {
    /// Names each manifest, and draws the control numbers of what will be delivered.
    pub(crate) fn plan(
        gateway: &'m Gateway,
        read: &'m Read<'m>,
        route: &'m Route<'m>,
        keys: &'m Keys,
        origin: Origin,
        kept: Vec<Kept<'m, 'm, Token>>,
    ) -> Result<Self, Error> {
        let mut works: Vec<Work<'m>> = Vec::with_capacity(kept.len());
        for (ordinal, (placed, token, takes)) in (0..).zip(kept) {
            let supersedes = match takes {
                Takes::Nobody => None,
                Takes::Earlier(id) => Some(id),
                Takes::Here(place) => Some(works[place].id),
            };
            works.push(Work {
                ordinal,
                placed,
                token,
                id: ManifestId(random::octets()?),
                supersedes,
                number: gateway.vault.next_number(&format!("to {}", route.carrier.id))?,
                delivery: DeliveryId(random::octets()?),
            });
        }
        Ok(Self { gateway, read, route, keys, origin, works, done: 0 })
    }

    /// Whether nothing is left to be sealed.
    pub(crate) fn is_over(&self) -> bool {
        self.done == self.works.len()
    }

    /// Makes both copies of each of the next manifests: as many as have [`PIECE_PARCELS`] together, or one.
    pub(crate) fn next(&mut self) -> Result<Vec<(vault::Manifest, DeliveryCopy)>, Error> {
        let mut parcels = 0;
        let mut full = |work: &Work<'_>| {
            let before = parcels;
            parcels += work.placed.parcels;
            before >= PIECE_PARCELS
        };
        let rest = &self.works[self.done..];
        let works = &rest[..rest.iter().position(&mut full).unwrap_or(rest.len())];
        let sealed = self.seal(works)?;
        self.done += works.len();
        Ok(sealed)
    }

    fn seal(&self, works: &[Work<'_>]) -> Result<Vec<(vault::Manifest, DeliveryCopy)>, Error> {
        let Self { gateway, route, keys, .. } = *self;
        let Route { agreement, shipper, carrier, .. } = route;
        let received = self.origin.received;
        let point = carrier.delivery.as_ref().expect("partners are checked: a carrier has a delivery point");
        let decided = enrolment::check(keys.standing(), agreement, shipper, carrier)?;
        let certificate = certificates::decided(&carrier.id, point, &decided.carrier.certificates, received)?;
        let month = Month::of(received);
        let (accepts, groups) = (agreement.accepts(), planned_groups(agreement, month, keys)?);
        on_all_cores(works, |work| {
            let manifest = self.read.manifest(work.placed, &accepts).map_err(|_| Error::Failed)?;
            let batches = self.vault_copies(&groups, &manifest)?;
            let document = document(gateway, route, &manifest, work.number, received);
            let (octets, form) = match carrier.as2.as_ref().filter(|_| point.as2) {
                Some(as2) => message::compose(gateway, keys, month, (as2, &certificate), &work.delivery, &document)?,
                None => {
                    let signed = as2::cms::sign(&document, &gateway.signer)?;
                    let to = std::slice::from_ref(&certificate);
                    (as2::cms::encrypt(&signed, to, &mut random::OsRandom)?, Form::Cms)
                }
            };
            let copy = DeliveryCopy {
                id: work.delivery,
                carrier: carrier.pseudonym.clone(),
                agreement: agreement.id.clone(),
                decided: decided.entry,
                octets,
                form,
                control: Some(work.number),
            };
            Ok((self.stored(work, batches), copy))
        })
    }

    fn stored(&self, work: &Work<'_>, batches: Vec<Sealed>) -> vault::Manifest {
        vault::Manifest {
            id: work.id,
            ordinal: work.ordinal,
            agreement: self.route.agreement.id.clone(),
            token: work.token,
            month: Month::of(self.origin.received),
            purpose: work.placed.purpose,
            supersedes: work.supersedes,
            rows: batches.iter().map(|batch| batch.header.rows).sum(),
            delivery: Some(work.delivery),
            batches,
        }
    }

    /// One manifest as one batch, or several if it has more than 65,536 parcels; none if it has no parcel.
    fn vault_copies(&self, groups: &[PlannedGroup], manifest: &Manifest<'_>) -> Result<Vec<Sealed>, Error> {
        let Self { gateway, route, origin, .. } = self;
        let month = Month::of(origin.received);
        let index = self.keys.index(month).ok_or(Error::NoIndexKey { month })?;
        let mut copies = Vec::new();
        for (chunk, parcels) in manifest.parcels.chunks(ROWS_MAX).enumerate() {
            let plan = Plan {
                batch: ledger::BatchId(random::octets()?),
                agreement: route.agreement.id.clone(),
                shipper: route.shipper.pseudonym.clone(),
                carrier: route.carrier.pseudonym.clone(),
                worker: gateway.config.worker.clone(),
                instance: origin.instance,
                ticket: origin.ticket,
                received: origin.received,
                sealed: origin.sealed,
                groups: groups.to_vec(),
            };
            let rows = chunk * ROWS_MAX..chunk * ROWS_MAX + parcels.len();
            copies.push(vault_copy::seal(plan, manifest, rows, index, &mut random::OsRandom)?);
        }
        Ok(copies)
    }
}
/// The answer to a document that came by AS2, for a partner that takes it the same way.
pub(crate) fn acknowledgement(
    gateway: &Gateway,
    route: &Route<'_>,
    keys: &Keys,
    received: Time,
    answer: &[u8],
) -> Result<Option<DeliveryCopy>, Error> {
    let Some(as2) = route.shipper.as2.as_ref().filter(|as2| as2.url.is_some() && !answer.is_empty()) else {
        return Ok(None);
    };
    // Without a valid certificate it stays to be fetched; that the last one ends was said before.
    let Some(certificate) = as2.recipient(gateway.now()) else { return Ok(None) };
    let id = DeliveryId(random::octets()?);
    let (octets, form) = message::compose(gateway, keys, Month::of(received), (as2, &certificate), &id, answer)?;
    let (carrier, agreement) = (route.shipper.pseudonym.clone(), route.agreement.id.clone());
    Ok(Some(DeliveryCopy { id, carrier, agreement, decided: 0, octets, form, control: None }))
}

/// The document for the carrier: an X12 856 with all that the manifest carries, from us to it.
fn document(
    gateway: &Gateway,
    route: &Route<'_>,
    manifest: &Manifest<'_>,
    number: u32,
    received: Time,
) -> Zeroizing<Vec<u8>> {
    let own = &gateway.config.edi;
    let carrier = route.carrier.edi.first().expect("a route leads to an EDI id of the carrier");
    let at = received.civil();
    let envelope = Envelope {
        sender_qualifier: own.qualifier(),
        sender: own.id(),
        receiver_qualifier: carrier.qualifier(),
        receiver: carrier.id(),
        group_sender: own.id(),
        group_receiver: carrier.id(),
        interchange_control: number,
        group_control: number,
        date: u32::from(at.year) * 10_000 + u32::from(at.month) * 100 + u32::from(at.day),
        time: u32::from(at.hour) * 100 + u32::from(at.minute),
        test: false,
    };
    manifest::write::x12_856(manifest, &envelope)
}

/// Does `work` on each item, in their order's results; the first failure ends it.
fn on_all_cores<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> Result<R, Error> + Sync) -> Result<Vec<R>, Error> {
    // How many cores there are is asked in files: not for a document of one manifest.
    if items.len() <= 1 {
        return items.iter().map(work).collect();
    }
    let cores = std::thread::available_parallelism().map_or(1, usize::from).min(items.len());
    let next = AtomicUsize::new(0);
    // Each thread takes the next item when it has done one, and notes which it was.
    let share = || {
        let mut done: Vec<(usize, R)> = Vec::new();
        loop {
            let place = next.fetch_add(1, Relaxed);
            let Some(item) = items.get(place) else { return Ok(done) };
            done.push((place, work(item)?));
        }
    };
    let parts: Vec<Result<Vec<(usize, R)>, Error>> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..cores).map(|_| scope.spawn(|| memory::wiping(share))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap_or(Err(Error::Failed))).collect()
    });
    let mut all: Vec<(usize, R)> = parts.into_iter().collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect();
    all.sort_by_key(|(place, _)| *place);
    Ok(all.into_iter().map(|(_, result)| result).collect())
}

fn planned_groups(agreement: &Agreement, month: Month, keys: &Keys) -> Result<Vec<PlannedGroup>, Error> {
    let generation = keys.standing().generation;
    let planned = |group: ledger::entry::RetentionGroup| {
        let period = PeriodId { agreement: agreement.id.clone(), month, group: group.group, generation };
        let public = keys.period(&period).ok_or_else(|| Error::NoPeriodKey { period: period.clone() })?;
        Ok(PlannedGroup { public: public.clone(), co_holder: None, period, classes: group.classes })
    };
    agreement.groups().into_iter().map(planned).collect()
}
