//! Both sealed copies of each manifest, made in memory, outside of any lock and on all cores: the vault copy, sealed to the
//! periods' public keys, and the delivery copy, signed by us and encrypted to the carrier's certificate.

use super::{
    judge::{Route, Takes},
    vault_copy,
};
use crate::{
    Error, Gateway, message,
    partner::{Agreement, certificates, enrolment},
    retention::Keys,
};
use durable::random;
use ledger::{DeliveryId, InstanceId, Month, PeriodId, Time};
use manifest::{Manifest, write::Envelope};
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

/// What is to be sealed of a document, with the names that it gets.
pub(crate) struct Work<'a, 'm> {
    manifest: &'m Manifest<'a>,
    token: Token,
    id: ManifestId,
    supersedes: Option<ManifestId>,
    /// The control number of the document for the carrier.
    number: u32,
    delivery: DeliveryId,
}

/// A manifest's number as a token of this month's key; none if it has no number, or the month no key.
pub(crate) fn manifest_token(manifest: &Manifest<'_>, keys: &Keys, month: Month) -> Option<Token> {
    let number = manifest::parcel::normalise(manifest.number.expose());
    let key = keys.index(month).filter(|_| !number.is_empty())?;
    Some(key.token(seal::Kind::Manifest, &number))
}

/// Names each manifest, and draws the control numbers of what will be delivered.
pub(crate) fn plan<'a, 'm>(
    gateway: &Gateway,
    route: &Route<'_>,
    manifests: Vec<(&'m Manifest<'a>, Token, Takes)>,
) -> Result<Vec<Work<'a, 'm>>, Error> {
    let mut works: Vec<Work<'a, 'm>> = Vec::with_capacity(manifests.len());
    for (manifest, token, takes) in manifests {
        let supersedes = match takes {
            Takes::Nobody => None,
            Takes::Earlier(id) => Some(id),
            Takes::Here(place) => Some(works[place].id),
        };
        works.push(Work {
            manifest,
            token,
            id: ManifestId(random::octets()?),
            supersedes,
            number: gateway.vault.next_number(&format!("to {}", route.carrier.id))?,
            delivery: DeliveryId(random::octets()?),
        });
    }
    Ok(works)
}

/// Makes both copies of each.
pub(crate) fn seal(
    gateway: &Gateway,
    route: &Route<'_>,
    origin: Origin,
    keys: &Keys,
    works: &[Work<'_, '_>],
) -> Result<Vec<(vault::Manifest, DeliveryCopy)>, Error> {
    let point = route.carrier.delivery.as_ref().expect("partners are checked: a carrier has a delivery point");
    let certificate = certificates::holds(&route.carrier.id, point, origin.received)?;
    let decided = enrolment::check(keys.standing(), route.agreement, route.shipper, route.carrier)?;
    let month = Month::of(origin.received);
    let groups = planned_groups(route.agreement, month, keys)?;
    let sealed = on_all_cores(works, |work| {
        let batches = vault_copies(gateway, route, origin, keys, &groups, work.manifest)?;
        let document = document(gateway, route, work, origin.received);
        let as2 = route.carrier.as2.as_ref().filter(|_| point.as2);
        let (octets, form) = match as2 {
            Some(as2) => message::compose(gateway, keys, month, (as2, &certificate), &work.delivery, &document)?,
            None => {
                let signed = as2::cms::sign(&document, &gateway.signer)?;
                let to = std::slice::from_ref(&certificate);
                (as2::cms::encrypt(&signed, to, &mut random::OsRandom)?, Form::Cms)
            }
        };
        Ok((batches, octets, form))
    })?;
    let finish = |((ordinal, work), (batches, octets, form)): ((u32, &Work<'_, '_>), _)| {
        let copy = DeliveryCopy {
            id: work.delivery,
            carrier: route.carrier.pseudonym.clone(),
            agreement: route.agreement.id.clone(),
            decided,
            octets,
            form,
            control: Some(work.number),
        };
        (stored(route, origin, ordinal, work, batches), copy)
    };
    Ok((0..).zip(works).zip(sealed).map(finish).collect())
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

fn stored(
    route: &Route<'_>,
    origin: Origin,
    ordinal: u32,
    work: &Work<'_, '_>,
    batches: Vec<Sealed>,
) -> vault::Manifest {
    vault::Manifest {
        id: work.id,
        ordinal,
        agreement: route.agreement.id.clone(),
        token: work.token,
        month: Month::of(origin.received),
        purpose: work.manifest.purpose,
        supersedes: work.supersedes,
        rows: batches.iter().map(|batch| batch.header.rows).sum(),
        delivery: Some(work.delivery),
        batches,
    }
}

/// One manifest as one batch, or several if it has more than 65,536 parcels; none if it has no parcel.
fn vault_copies(
    gateway: &Gateway,
    route: &Route<'_>,
    origin: Origin,
    keys: &Keys,
    groups: &[PlannedGroup],
    manifest: &Manifest<'_>,
) -> Result<Vec<Sealed>, Error> {
    let month = Month::of(origin.received);
    let index = keys.index(month).ok_or(Error::NoIndexKey { month })?;
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

/// The document for the carrier: an X12 856 with all that the manifest carries, from us to it.
fn document(gateway: &Gateway, route: &Route<'_>, work: &Work<'_, '_>, received: Time) -> Zeroizing<Vec<u8>> {
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
        interchange_control: work.number,
        group_control: work.number,
        date: u32::from(at.year) * 10_000 + u32::from(at.month) * 100 + u32::from(at.day),
        time: u32::from(at.hour) * 100 + u32::from(at.minute),
        test: false,
    };
    manifest::write::x12_856(work.manifest, &envelope)
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
