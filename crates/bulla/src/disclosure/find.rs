//! Finding a parcel: operational data, status and history. The number that is sought becomes a keyed token and is
//! forgotten; nothing personal is stored that could be shown.

use crate::{
    gateway::Gateway,
    partner::Partner,
    wire::{https::from_vault, problem::Problem},
};
use ledger::{Header, Month};
use manifest::Operational;
use seal::{Kind, Token};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use vault::{Delivery, History, Hit, ManifestRow, Stored};
use zeroize::Zeroizing;

const PARCELS_MAX: usize = 1000;

/// What is sought; exactly one of them.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Query {
    tracking: Option<Zeroizing<String>>,
    manifest: Option<Zeroizing<String>>,
    order: Option<Zeroizing<String>>,
}

/// What was found.
#[derive(Serialize)]
pub struct Found {
    parcels: Vec<Value>,
    /// There are more than are shown.
    truncated: bool,
}

/// Looks in all live months; `only`: a partner sees its own.
pub fn search(gateway: &Gateway, only: Option<&Partner>, query: &Query) -> Result<Found, Problem> {
    let (kind, value) = match (&query.tracking, &query.manifest, &query.order) {
        (Some(value), None, None) => (Kind::Tracking, value),
        (None, Some(value), None) => (Kind::Manifest, value),
        (None, None, Some(value)) => (Kind::Order, value),
        _ => return Err(Problem::bad_request("ask for exactly one of tracking, manifest and order")),
    };
    let keys =
        gateway.keys().ok_or_else(|| Problem::unavailable("no keys from the warden yet", "look whether it runs"))?;
    let normalised = manifest::parcel::normalise(value.as_bytes());
    let tokens: Vec<(Month, Token)> =
        keys.indexes().map(|(month, key)| (month, key.token(kind, &normalised))).collect();
    let hits = gateway.vault.find(&tokens, PARCELS_MAX + 1).map_err(from_vault)?;
    let mut parcels = Vec::new();
    for hit in hits {
        for hit in rows_of(gateway, hit)? {
            if let Some(parcel) = parcel(gateway, only, &hit)? {
                parcels.push(parcel);
            }
            if parcels.len() > PARCELS_MAX {
                parcels.truncate(PARCELS_MAX);
                return Ok(Found { parcels, truncated: true });
            }
        }
    }
    Ok(Found { parcels, truncated: false })
}

/// Record 0 is the manifest's own: it stands for all its parcels.
fn rows_of(gateway: &Gateway, hit: Hit) -> Result<Vec<Hit>, Problem> {
    if hit.row > 0 {
        return Ok(vec![hit]);
    }
    let rows = header(gateway, &hit)?.map_or(0, |(header, _)| header.rows).min(PARCELS_MAX as u32 + 1);
    Ok((1..=rows).map(|row| Hit { batch: hit.batch, row }).collect())
}

fn header(gateway: &Gateway, hit: &Hit) -> Result<Option<(Header, ledger::Hash)>, Problem> {
    let Some(stored) = gateway.vault.header(&hit.batch).map_err(from_vault)? else { return Ok(None) };
    let header: Header = ledger::canonical::read(&stored.header)
        .map_err(|_| from_vault(vault::Error::Damaged { what: "a batch's header" }))?;
    let salted = header.salted(&stored.salt);
    Ok(Some((header, salted)))
}

fn parcel(gateway: &Gateway, only: Option<&Partner>, hit: &Hit) -> Result<Option<Value>, Problem> {
    let Some((header, salted)) = header(gateway, hit)? else { return Ok(None) };
    if only.is_some_and(|p| p.pseudonym != header.shipper && p.pseudonym != header.carrier) {
        return Ok(None);
    }
    let partners = gateway.partners();
    let name = |pseudonym| partners.by_pseudonym(pseudonym).map_or("unknown", |p| p.id.as_str()).to_owned();
    let operational = gateway.vault.operational(&hit.batch, hit.row).map_err(from_vault)?;
    let operational = operational.and_then(|octets| Operational::from_bytes(&octets).ok()).unwrap_or_default();
    let row = gateway.vault.manifest_of(&hit.batch).map_err(from_vault)?;
    let mut value = json!({
        "batch": hit.batch, "row": hit.row, "header": salted,
        "shipper": name(&header.shipper), "carrier": name(&header.carrier), "agreement": header.agreement,
        "received": header.received,
        "service": operational.service.map(|c| c.to_string()),
        "weight_grams": operational.weight_grams,
        "ship_date": operational.ship_date,
        "province": header::province(&operational),
        "country": operational.country.map(|c| c.iter().map(|b| char::from(*b)).collect::<String>()),
        "pieces": operational.pieces,
        "sealed": header.groups.iter().map(|g| json!({"period": g.period, "classes": g.classes})).collect::<Vec<_>>(),
    });
    if let Some(row) = row {
        add_story(gateway, &row, &mut value)?;
    }
    Ok(Some(value))
}

mod header {
    /// The province's letters.
    pub fn province(operational: &manifest::Operational) -> String {
        format!("{:?}", operational.province).to_uppercase()
    }
}

fn add_story(gateway: &Gateway, row: &ManifestRow, value: &mut Value) -> Result<(), Problem> {
    value["interchange"] = json!(row.interchange);
    value["status"] = json!(row.state);
    if let Some(history) = gateway.vault.history(&row.id).map_err(from_vault)? {
        value["history"] = Value::Array(events(&history));
    }
    if let Some(id) = &row.delivery
        && let Some(delivery) = gateway.vault.delivery(id).map_err(from_vault)?
    {
        value["delivery"] = json!({"id": delivery.id, "state": delivery.state});
    }
    Ok(())
}

fn events(history: &History) -> Vec<Value> {
    let events = [
        (Some(history.received), "received"),
        (Some(history.answered), "acknowledged to the shipper"),
        (history.sent, "sent to the carrier"),
        (history.delivered, "acknowledged by the carrier"),
        (history.superseded, "superseded by another manifest"),
    ];
    events.iter().filter_map(|(time, event)| time.map(|time| json!({"time": time, "event": event}))).collect()
}

/// An interchange as lists show it.
pub fn interchange_json(gateway: &Gateway, stored: &Stored) -> Result<Value, Problem> {
    let this = &stored.interchange;
    let partners = gateway.partners();
    let manifests = gateway.vault.manifests_of(&this.id).map_err(from_vault)?;
    let receiver = this.key.as_ref().and_then(|k| partners.by_edi(&k.receiver)).map(|p| p.id.clone());
    Ok(json!({
        "id": this.id, "received": this.received, "shipper": this.partner, "carrier": receiver,
        "control": this.key.as_ref().map(|k| &k.control), "test": this.key.as_ref().map(|k| k.test),
        "verdict": this.verdict, "octets": this.octets, "manifests": manifests.len(),
        "rows": manifests.iter().map(|m| u64::from(m.rows)).sum::<u64>(),
        "worker": stored.worker, "sequence": stored.sequence, "ledger": stored.leaf,
        "deliveries": manifests.iter().filter_map(|m| m.delivery).collect::<Vec<_>>(),
    }))
}

/// A delivery as lists show it; `whole` with every attempt.
pub fn delivery_json(gateway: &Gateway, delivery: &Delivery, whole: bool) -> Result<Value, Problem> {
    let partners = gateway.partners();
    let carrier = partners.by_pseudonym(&delivery.carrier).map_or(delivery.carrier.to_string(), |p| p.id.clone());
    let mut value = json!({
        "id": delivery.id, "interchange": delivery.interchange, "carrier": carrier, "state": delivery.state,
        "attempts": delivery.attempts, "next_attempt": delivery.next_attempt,
        "last_answer": delivery.last_answer.as_ref().map(ToString::to_string), "digest": delivery.digest,
        "octets": delivery.octets, "created": delivery.created, "acknowledged": delivery.acknowledged,
        "batches": delivery.batches,
    });
    if whole {
        let attempts = gateway.vault.attempts(&delivery.id).map_err(from_vault)?;
        let attempts =
            attempts.iter().map(|a| json!({"time": a.time, "outcome": a.outcome, "answer": a.answer.to_string()}));
        value["history"] = attempts.collect();
    }
    Ok(value)
}
