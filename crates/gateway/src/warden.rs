//! The tie to the warden: signed requests, and answers that are believed as far as the pinned keys prove them.

mod clock;
mod seen;

pub(crate) use clock::OurClock;
pub(crate) use seen::Seen;

use crate::{Error, Gateway};
use api::{
    client::Client,
    warden::{Checkpoint, LEASE_DAYS, Pins, Problem, Refusal, Request, Signed, Unproven},
};
use durable::random;
use ledger::{Hash, Time};
use serde::{Serialize, de::DeserializeOwned};
use std::{
    sync::{Arc, PoisonError},
    time::Duration,
};

/// The warden may wait for its witnesses.
const CLIENT: Client = Client::new(Duration::from_secs(30), 64 << 20);

/// An answer about keys is used only while witnesses vouch that it is of today: their outage of less than a day is none of
/// intake, and whoever holds an old answer back cannot show it later.
const LEASE_MILLISECONDS: i64 = LEASE_DAYS as i64 * 86_400_000;

/// Who signs and cosigns the ledger, as far as this gateway knows.
pub fn signers(gateway: &Gateway) -> Pins {
    gateway.signers.read().unwrap_or_else(PoisonError::into_inner).clone()
}

/// What it was told of them when it was set up: where every start begins.
pub fn first_signers(gateway: &Gateway) -> Result<Pins, Error> {
    let config = &gateway.config;
    Ok(Pins::new(&config.warden_key, &config.witness_keys, config.quorum)?)
}

/// Checks a checkpoint that came with an answer about keys: by these keys, of the last 24 hours by its earliest
/// cosignature, and not from before one that was seen, by this process or an earlier one.
pub async fn believe(gateway: &Arc<Gateway>, signers: &Pins, checkpoint: &str) -> Result<Checkpoint, Error> {
    let (checkpoint, cosigned) = signers.dated(checkpoint)?;
    let now = gateway.now();
    let cosigned = cosigned.map(|times| *times.start());
    cosigned.into_iter().for_each(|time| gateway.our_clock.witness(time));
    if let Some(cosigned) = cosigned
        && now.milliseconds().saturating_sub(cosigned.milliseconds()) > LEASE_MILLISECONDS
    {
        return Err(Unproven::Lease { cosigned, now }.into());
    }
    gateway
        .blocking(move |gateway| {
            gateway.ledger_seen.take(&checkpoint)?;
            Ok(checkpoint)
        })
        .await
}

/// A request signed by this worker, and the warden's answer.
pub async fn ask<Q: Request, A: DeserializeOwned>(gateway: &Gateway, path: &str, request: Q) -> Result<A, Error>
where
    Signed<Q>: Serialize,
{
    let signed = Signed::new(request, &gateway.worker_key);
    let body = serde_json::to_vec(&signed).expect("string keys and plain values");
    let url = format!("{}{path}", gateway.config.warden);
    answer(CLIENT.post(&url, "application/json", body).await?)
}

/// A request of now; or of the time that the warden says it is, where it finds ours wrong. Whether it is shows only a note that was
/// made for what is asked.
pub async fn ask_timed<Q: Request, A: DeserializeOwned>(
    gateway: &Gateway,
    path: &str,
    request: impl Fn(Time) -> Result<Q, Error>,
) -> Result<A, Error>
where
    Signed<Q>: Serialize,
{
    match ask(gateway, path, request(gateway.now())?).await {
        Err(Error::WardenRefused(Refusal::Stale { now, .. })) => {
            gateway.our_clock.doubt();
            ask(gateway, path, request(now)?).await
        }
        answered => answered,
    }
}

/// What is signed by others than this worker, and the warden's answer.
pub async fn tell<Q: Serialize, A: DeserializeOwned>(gateway: &Gateway, path: &str, said: &Q) -> Result<A, Error> {
    let body = serde_json::to_vec(said).expect("string keys and plain values");
    answer(CLIENT.post(&format!("{}{path}", gateway.config.warden), "application/json", body).await?)
}

/// What anyone may read of the warden.
pub async fn get<A: DeserializeOwned>(gateway: &Gateway, path: &str) -> Result<A, Error> {
    answer(CLIENT.get(&format!("{}{path}", gateway.config.warden)).await?)
}

fn answer<A: DeserializeOwned>(answer: api::client::Answer) -> Result<A, Error> {
    if answer.status != 200 {
        return Err(refusal(&answer.body).map_or(Error::WardenStatus { status: answer.status }, Into::into));
    }
    // serde_json's own words could quote.
    serde_json::from_slice(&answer.body).map_err(|_| Error::WardenAnswer)
}

fn refusal(body: &[u8]) -> Option<Refusal> {
    serde_json::from_slice::<Problem>(body).ok().map(|problem| problem.refusal)
}

/// 32 random octets: no two requests are the same.
pub fn nonce() -> Result<Hash, Error> {
    Ok(Hash(random::octets()?))
}
