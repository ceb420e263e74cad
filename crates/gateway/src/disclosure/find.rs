//! Finding a parcel: operational data, status and history. The number that is sought becomes a keyed token and is
//! forgotten; nothing personal is stored that could be shown.

use crate::{Error, Gateway, partner::Partner};
use api::gateway::{DeliveryStatus, Event, Found, Parcel, SealedTo};
use ledger::{BatchId, Hash, Header, Month, Pseudonym};
use manifest::Operational;
use seal::{Kind, Token};
use std::ops::ControlFlow;
use vault::{History, Hit};

const PARCELS_MAX: usize = 1000;
/// So many are looked at, whoever's they are: others may have given the same number to many. Beyond it the answer says that it is
/// not all.
const HITS_MAX: usize = 50_000;

/// Looks for a number in all live months; `only`: a partner sees its own.
pub fn search(gateway: &Gateway, only: Option<&Partner>, kind: Kind, number: &[u8]) -> Result<Found, Error> {
    let lease = gateway.gate.lease().ok_or(Error::NoKeys)?;
    let normalised = manifest::parcel::search_form(kind, number);
    let tokens: Vec<(Month, Token)> =
        lease.keys.indexes().map(|(month, key)| (month, key.token(kind, &normalised))).collect();
    let (mut own, mut seen, mut truncated) = (Vec::new(), 0, false);
    gateway.vault.find(&tokens, |hit| {
        seen += 1;
        truncated = seen > HITS_MAX || own.len() > PARCELS_MAX;
        if truncated {
            return Ok(ControlFlow::Break(()));
        }
        let batch = Batch::of(gateway, &hit.batch)?.ok_or_else(damaged)?;
        if batch.is_of(only) {
            own.push((batch, hit));
        }
        Ok(ControlFlow::Continue(()))
    })?;
    let mut parcels = Vec::new();
    for (batch, hit) in own {
        for row in batch.rows(&hit) {
            if parcels.len() == PARCELS_MAX {
                return Ok(Found { parcels, truncated: true });
            }
            parcels.push(batch.parcel(gateway, row)?);
        }
    }
    Ok(Found { parcels, truncated })
}

/// The parcel in this row of a batch; none if there is none that `only` may see.
///
/// # Errors
/// [`Error::Disk`].
pub fn one(gateway: &Gateway, only: Option<&Partner>, batch: &BatchId, row: u32) -> Result<Option<Parcel>, Error> {
    match Batch::of(gateway, batch)? {
        Some(batch) if batch.is_of(only) && (1..=batch.header.rows).contains(&row) => {
            batch.parcel(gateway, row).map(Some)
        }
        _ => Ok(None),
    }
}

fn damaged() -> vault::Error {
    vault::Error::Damaged { what: "a batch's header" }
}

/// A batch's header, and what the ledger calls it.
struct Batch {
    header: Header,
    salted: Hash,
}

impl Batch {
    fn of(gateway: &Gateway, batch: &BatchId) -> Result<Option<Self>, vault::Error> {
        let Some(stored) = gateway.vault.header(batch)? else { return Ok(None) };
        let header: Header = ledger::canonical::read(&stored.header).map_err(|_| damaged())?;
        let salted = header.salted(&stored.salt);
        Ok(Some(Self { header, salted }))
    }

    /// Whether this partner may see it.
    fn is_of(&self, only: Option<&Partner>) -> bool {
        only.is_none_or(|p| p.pseudonym == self.header.shipper || p.pseudonym == self.header.carrier)
    }

    /// Record 0 is the manifest's own: it stands for all its parcels.
    fn rows(&self, hit: &Hit) -> std::ops::RangeInclusive<u32> {
        if hit.row > 0 { hit.row..=hit.row } else { 1..=self.header.rows }
    }

    fn parcel(&self, gateway: &Gateway, row: u32) -> Result<Parcel, Error> {
        let Header { batch, shipper, carrier, agreement, received, groups, .. } = &self.header;
        let partners = gateway.partners();
        let name = |name: &Pseudonym| partners.by_pseudonym(name).map_or("unknown".to_owned(), |p| p.id.to_string());
        let damaged = || vault::Error::Damaged { what: "a batch's clear column" };
        let octets = gateway.vault.operational(batch, row)?.ok_or_else(damaged)?;
        let operational = Operational::from_bytes(&octets).map_err(|_| damaged())?;
        let manifest = gateway.vault.manifest_of(batch)?;
        let history = match &manifest {
            Some(manifest) => gateway.vault.history(&manifest.id)?,
            None => None,
        };
        let delivery = match manifest.as_ref().and_then(|manifest| manifest.delivery) {
            Some(id) => gateway.vault.delivery(&id)?,
            None => None,
        };
        Ok(Parcel {
            batch: *batch,
            row,
            header: self.salted,
            shipper: name(shipper),
            carrier: name(carrier),
            agreement: agreement.clone(),
            received: *received,
            service: operational.service.map(|code| code.to_string()),
            weight_grams: operational.weight_grams,
            ship_date: operational.ship_date,
            province: operational.province.as_str().to_owned(),
            country: operational.country.map(|letters| letters.iter().map(|b| char::from(*b)).collect()),
            pieces: operational.pieces,
            sealed: groups.iter().map(|g| SealedTo { period: g.period.clone(), classes: g.classes }).collect(),
            interchange: manifest.as_ref().map(|manifest| manifest.interchange),
            status: manifest.as_ref().map(|manifest| manifest.state),
            history: history.as_ref().map_or(Vec::new(), events),
            delivery: delivery.map(|delivery| DeliveryStatus { id: delivery.id, state: delivery.state }),
        })
    }
}

fn events(history: &History) -> Vec<Event> {
    let events = [
        (Some(history.received), "received"),
        (Some(history.answered), "acknowledged to the shipper"),
        (history.sent, "sent to the carrier"),
        (history.delivered, "acknowledged by the carrier"),
        (history.superseded, "superseded by another manifest"),
    ];
    let event = |(time, event): (Option<ledger::Time>, &str)| time.map(|time| Event { time, event: event.to_owned() });
    events.into_iter().filter_map(event).collect()
}
