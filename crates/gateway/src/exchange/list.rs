//! What has been exchanged, as lists show it.

use super::findings;
use crate::{
    Error, Gateway,
    partner::{Partner, Partners},
};
use api::gateway::{Attempt, Delivery, Interchange};
use ledger::{DeliveryId, InterchangeId, Time};
use vault::Stored;

const LISTED_MAX: u32 = 1000;

/// The latest documents, newest first; `only`: a partner sees its own.
pub fn interchanges(gateway: &Gateway, only: Option<&Partner>) -> Result<Vec<Interchange>, Error> {
    let list = gateway.vault.interchanges(LISTED_MAX)?;
    list.iter().filter(|stored| is_of(only, stored)).map(|stored| interchange(gateway, stored)).collect()
}

/// One document with its answer.
pub fn find_interchange(
    gateway: &Gateway,
    only: Option<&Partner>,
    id: &InterchangeId,
) -> Result<Option<(Interchange, Vec<u8>)>, Error> {
    let Some(stored) = gateway.vault.interchange(id)?.filter(|stored| is_of(only, stored)) else { return Ok(None) };
    let shown = Interchange { findings: findings::of(gateway, id)?, ..interchange(gateway, &stored)? };
    Ok(Some((shown, stored.interchange.answer)))
}

/// The latest deliveries, newest first.
pub fn deliveries(gateway: &Gateway) -> Result<Vec<Delivery>, Error> {
    Ok(gateway.vault.deliveries(LISTED_MAX)?.into_iter().map(|delivery| shown(gateway, delivery)).collect())
}

/// One delivery with every attempt.
pub fn find_delivery(gateway: &Gateway, id: &DeliveryId) -> Result<Option<Delivery>, Error> {
    let Some(found) = gateway.vault.delivery(id)? else { return Ok(None) };
    let attempt = |a: vault::Attempt| Attempt { time: a.time, outcome: a.outcome, answer: a.answer.to_string() };
    let attempts = gateway.vault.attempts(id)?.into_iter().map(attempt).collect();
    Ok(Some(Delivery { history: Some(attempts), ..shown(gateway, found) }))
}

pub(crate) fn is_of(only: Option<&Partner>, stored: &Stored) -> bool {
    only.is_none_or(|partner| stored.interchange.partner.as_deref() == Some(partner.id.as_str()))
}

pub(crate) fn interchange(gateway: &Gateway, stored: &Stored) -> Result<Interchange, Error> {
    let this = &stored.interchange;
    let partners = gateway.partners();
    let manifests = gateway.vault.manifests_of(&this.id)?;
    let receiver = this.key.as_ref().and_then(|key| key.receiver.parse().ok());
    Ok(Interchange {
        id: this.id,
        received: this.received,
        shipper: this.partner.clone(),
        carrier: receiver.and_then(|id| partners.by_edi(&id)).map(|partner| partner.id.to_string()),
        control: this.key.as_ref().map(|key| key.control.clone()),
        test: this.key.as_ref().map(|key| key.test),
        verdict: this.verdict,
        octets: this.octets,
        manifests: manifests.len(),
        rows: manifests.iter().map(|manifest| u64::from(manifest.rows)).sum(),
        worker: stored.worker.clone(),
        instance: stored.instance,
        ticket: stored.ticket,
        ledger: stored.leaf,
        deliveries: manifests.iter().filter_map(|manifest| manifest.delivery).collect(),
        findings: None,
    })
}

/// How many deliveries their carriers have refused, and how many wait for their carriers' word for longer than was agreed.
pub fn unanswered(gateway: &Gateway) -> Result<(u64, u64), Error> {
    let (partners, now) = (gateway.partners(), gateway.now());
    let mut overdue = 0;
    for agreement in partners.agreements() {
        let Some(hours) = agreement.answer_hours else { continue };
        let before = Time::from_milliseconds(now.milliseconds() - i64::from(hours) * 3_600_000);
        overdue += gateway.vault.unjudged(&agreement.id, before)?;
    }
    Ok((gateway.vault.refused_by_carriers()?, overdue))
}

/// The carrier's verdict in a word; `overdue` where none has come in time.
fn answer(gateway: &Gateway, partners: &Partners, delivery: &vault::Delivery) -> Option<String> {
    if let Some((verdict, _)) = delivery.judged {
        return Some(verdict.to_string());
    }
    let agreement = partners.agreements().find(|agreement| agreement.id == delivery.agreement)?;
    let (had, hours) = (delivery.acknowledged?, agreement.answer_hours?);
    (had.plus_hours(hours) < gateway.now()).then(|| "overdue".to_owned())
}

pub(crate) fn shown(gateway: &Gateway, delivery: vault::Delivery) -> Delivery {
    let partners = gateway.partners();
    let carrier = partners.by_pseudonym(&delivery.carrier);
    Delivery {
        id: delivery.id,
        interchange: delivery.interchange,
        carrier: carrier.map_or(delivery.carrier.to_string(), |partner| partner.id.to_string()),
        state: delivery.state,
        attempts: delivery.attempts,
        next_attempt: delivery.next_attempt,
        last_answer: delivery.last_answer.as_ref().map(ToString::to_string),
        digest: delivery.digest,
        octets: delivery.octets,
        created: delivery.created,
        acknowledged: delivery.acknowledged,
        answer: answer(gateway, &partners, &delivery),
        answered: delivery.judged.map(|(_, time)| time),
        batches: delivery.batches,
        history: None,
    }
}
