//! What is kept until when, as people look at it: periods from the warden, names from the partners, parcels from the headers here.

use super::run;
use crate::{Error, Gateway, partner::Partner};
use api::gateway::record::{Kept, Rows};
use ledger::{AgreementId, Header, PeriodId};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// All periods that `only` may see.
///
/// # Errors
/// [`Error::WardenSilent`].
pub async fn kept(gateway: &Arc<Gateway>, only: Option<&Partner>, rows: Option<&Rows>) -> Result<Kept, Error> {
    let mut periods = run::status(gateway).await?;
    let names: BTreeMap<AgreementId, (String, String)> = {
        let partners = gateway.partners();
        let own = partners.agreements().filter(|own| only.is_none_or(|partner| own.shipper == partner.id));
        own.map(|own| (own.id.clone(), (own.shipper.to_string(), own.carrier.to_string()))).collect()
    };
    let seen = |period: &PeriodId| only.is_none() || names.contains_key(&period.agreement);
    periods.retain(|status| seen(&status.period));
    let rows = rows.map(|rows| Rows {
        counted: rows.counted,
        sealed: rows.sealed.iter().filter(|(to, _)| to.iter().all(seen)).map(|(to, n)| (to.clone(), *n)).collect(),
    });
    Ok(Kept { now: gateway.now(), periods, names, rows })
}

/// Counts the parcels of every batch: as long as it takes to read all headers.
///
/// # Errors
/// [`Error::Disk`].
pub fn count(gateway: &Gateway) -> Result<Rows, Error> {
    let mut sealed: BTreeMap<BTreeSet<PeriodId>, u64> = BTreeMap::new();
    let counted = gateway.now();
    for stored in gateway.vault.headers() {
        let damaged = |_| vault::Error::Damaged { what: "a batch's header" };
        let header: Header = serde_json::from_slice(&stored?.header).map_err(damaged)?;
        let to = header.groups.into_iter().map(|group| group.period).collect();
        *sealed.entry(to).or_default() += u64::from(header.rows);
    }
    Ok(Rows { counted, sealed })
}
