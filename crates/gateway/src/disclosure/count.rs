//! Carries a signed request to count people to the warden, and then every sealed batch of its set, one after the other. The gateway
//! can leave batches out, which the warden sees, and add none.

use crate::{Error, Gateway};
use api::{
    client::{Answer, Client},
    warden::{CountBatch, CountBatches, CountBegun, CountEnd},
};
use ledger::{BatchId, CountRequest, Hash, Header, PeriodId};
use seal::Stored;
use serde::Serialize;
use std::{collections::BTreeSet, sync::Arc, time::Duration};

const CLIENT: Client = Client::new(Duration::from_secs(120), 1 << 20);
/// So many octets of sealed batches go in one request, and one batch more.
const OCTETS_AT_ONCE: usize = 4 << 20;

/// Asks, hands the batches over, and hands out the warden's answer or refusal as it is.
///
/// # Errors
/// [`Error::WardenSilent`]: there is an intent without an end at most. [`Error::Disk`] if a batch cannot be read.
pub async fn carry(gateway: &Arc<Gateway>, request: CountRequest) -> Result<Answer, Error> {
    let begun = post(gateway, "/v1/counts", &request).await?;
    if begun.status != 200 {
        return Ok(begun);
    }
    let CountBegun { handle, .. } = serde_json::from_slice(&begun.body).map_err(|_| Error::WardenAnswer)?;
    let mut waiting = gateway.blocking(move |gateway| of_set(gateway, &request.scope.periods)).await?;
    while !waiting.is_empty() {
        let (rest, batches) = gateway.blocking(move |gateway| next(gateway, waiting, handle)).await?;
        let taken = post(gateway, "/v1/counts/batches", &batches).await?;
        if taken.status != 200 {
            return Ok(taken);
        }
        waiting = rest;
    }
    post(gateway, "/v1/counts/end", &CountEnd { handle }).await
}

async fn post(gateway: &Gateway, path: &str, body: &impl Serialize) -> Result<Answer, Error> {
    let body = serde_json::to_vec(body).expect("string keys and plain values");
    Ok(CLIENT.post(&format!("{}{path}", gateway.config.warden), "application/json", body).await?)
}

/// The batches that have a group of one of these periods.
fn of_set(gateway: &Gateway, periods: &BTreeSet<PeriodId>) -> Result<Vec<BatchId>, Error> {
    let mut found = Vec::new();
    for stored in gateway.vault.headers() {
        let header: Result<Header, _> = ledger::canonical::read(&stored?.header);
        let header = header.map_err(|_| vault::Error::Damaged { what: "a batch's header" })?;
        if header.groups.iter().any(|group| periods.contains(&group.period)) {
            found.push(header.batch);
        }
    }
    Ok(found)
}

/// As many of the batches as one request has room for, and those that are left.
fn next(gateway: &Gateway, mut waiting: Vec<BatchId>, handle: Hash) -> Result<(Vec<BatchId>, CountBatches), Error> {
    let (mut octets, mut batches) = (0, Vec::new());
    while octets < OCTETS_AT_ONCE
        && let Some(id) = waiting.pop()
    {
        let stored = gateway.vault.batch(&id)?.ok_or(vault::Error::Missing { what: "batch" })?;
        let damaged = |_| vault::Error::Damaged { what: "a sealed batch" };
        let stored = Stored::parse(&stored).map_err(damaged)?;
        let header = stored.header().map_err(damaged)?;
        let encapsulations = stored.encapsulations(&header).into_iter().map(|octets| octets.to_vec().into()).collect();
        let body = stored.body().to_vec();
        octets += body.len();
        batches.push(CountBatch { header, salt: stored.salt(), encapsulations, body: body.into() });
    }
    Ok((waiting, CountBatches { handle, batches }))
}
