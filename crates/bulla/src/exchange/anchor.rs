//! The gateway's tie to the warden: keys at the start, then everything that the ledger must get, within a second.

use crate::{clock, gateway::Gateway, keys::Keys, random};
use anyhow::{Context, Result, bail};
use api::{
    client::Client,
    warden::{
        AnchorEntry, Anchored, Anchors, PeriodList, Pins, Problem, Refusal, Request, Signed, Start, Started, Terms,
    },
};
use ledger::{Entry, Hash, entry};
use seal::PeriodSecretKey;
use serde::{Serialize, de::DeserializeOwned};
use std::{sync::Arc, time::Duration};

/// The warden may wait for its witnesses.
const CLIENT: Client = Client { timeout: Duration::from_secs(30), octets_max: 64 << 20 };
/// Entries in one request, at most: 60 KB each at most.
const ENTRIES_MAX: u32 = 256;
const TERMS_EVERY: Duration = Duration::from_secs(3600);

/// Runs for as long as the gateway does. Whatever fails is tried again; the same failure is said once.
pub async fn run(gateway: Arc<Gateway>) {
    let mut said = String::new();
    loop {
        let Err(error) = serve(&gateway, &mut said).await else { continue };
        let message = format!("{error:#}");
        if message != said {
            eprintln!("the warden: {message}");
            said = message;
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

/// From the first contact to the first failure.
async fn serve(gateway: &Arc<Gateway>, said: &mut String) -> Result<()> {
    // What an earlier process received comes first: a worker starts where its chain ends.
    while ship(gateway).await? {}
    if gateway.keys().is_none() {
        start(gateway).await?;
    }
    let mut terms = tokio::time::Instant::now();
    let mut partners = gateway.partners();
    loop {
        if !said.is_empty() {
            eprintln!("the warden answers again");
            said.clear();
        }
        while ship(gateway).await? {}
        let wanting = gateway.keys().is_some_and(|keys| keys.has_no_period());
        if terms.elapsed() > TERMS_EVERY || wanting || !Arc::ptr_eq(&partners, &gateway.partners()) {
            partners = gateway.partners();
            refresh(gateway).await?;
            terms = tokio::time::Instant::now();
        }
        let _ = tokio::time::timeout(Duration::from_millis(500), gateway.anchor.notified()).await;
    }
}

/// Sends the oldest entries that the ledger does not have; whether there were any.
async fn ship(gateway: &Arc<Gateway>) -> Result<bool> {
    let shared = gateway.clone();
    let waiting = tokio::task::spawn_blocking(move || shared.vault.unanchored(ENTRIES_MAX)).await??;
    if waiting.is_empty() {
        return Ok(false);
    }
    let (positions, entries): (Vec<_>, Vec<_>) = waiting.into_iter().map(|item| (item.position, item.entry)).unzip();
    let entries = entries.into_iter().map(|entry| match entry {
        Entry::Intake(intake) => Ok(AnchorEntry::Intake(intake)),
        Entry::Confirmation(confirmation) => Ok(AnchorEntry::Confirmation(confirmation)),
        _ => bail!("the gateway's queue holds an entry that is not a gateway's"),
    });
    let request = Anchors {
        worker: gateway.config.worker.clone(),
        entries: entries.collect::<Result<_>>()?,
        requested: clock::now(),
        nonce: nonce()?,
    };
    let answer: Anchored = ask(gateway, "/v1/anchors", request).await?;
    let leaves: Vec<(i64, u64)> = positions.into_iter().zip(answer.entries).collect();
    let shared = gateway.clone();
    tokio::task::spawn_blocking(move || shared.vault.anchored(&leaves)).await??;
    Ok(true)
}

/// Tells the warden that this process begins, and gets the index keys, sealed to a key of this start.
async fn start(gateway: &Arc<Gateway>) -> Result<()> {
    let secret = PeriodSecretKey::generate(&mut random::OsRandom);
    let head = gateway.vault.chain_head(&gateway.config.worker)?;
    let request = Start {
        worker: gateway.config.worker.clone(),
        next: head.sequence,
        previous: head.previous,
        key: secret.public().to_bytes().into(),
        requested: clock::now(),
        nonce: nonce()?,
    };
    let started: Started = ask(gateway, "/v1/workers/start", request).await?;
    let mut indexes = Vec::new();
    for sealed in &started.index_keys {
        indexes.push((sealed.month, sealed.open(&secret, &gateway.config.worker)?));
    }
    let periods = periods(gateway).await?;
    gateway.set_keys(Keys::new(periods, indexes));
    Ok(())
}

/// The periods' keys again: a new month, or new agreements.
async fn refresh(gateway: &Arc<Gateway>) -> Result<()> {
    let Some(keys) = gateway.keys() else { return Ok(()) };
    let periods = periods(gateway).await?;
    gateway.set_keys(keys.with_periods(periods));
    Ok(())
}

/// Goes on after retention, with these index keys and the periods that are left. Where the warden does not tell them
/// now, intake waits until it does.
pub async fn resume(gateway: &Arc<Gateway>, keys: Keys) -> Result<()> {
    let periods = periods(gateway).await;
    let told = periods.as_ref().map_or(&[][..], Vec::as_slice).to_vec();
    gateway.set_keys(keys.with_periods(told));
    periods.map(drop)
}

/// Everything that the ledger does not have yet.
pub async fn ship_all(gateway: &Arc<Gateway>) -> Result<()> {
    while ship(gateway).await? {}
    Ok(())
}

/// Every agreement's public keys, each proven to stand in a checkpoint that the pinned keys signed and cosigned.
async fn periods(gateway: &Arc<Gateway>) -> Result<Vec<(ledger::PeriodId, seal::PeriodPublicKey)>> {
    let partners = gateway.partners();
    let pseudonym = |id: &str| partners.partner(id).map(|p| p.pseudonym.clone()).context("agreements are checked");
    let mut carriers = Vec::new();
    for partner in partners.partners() {
        let Some(point) = &partner.delivery else { continue };
        let certificate = as2::Certificate::from_pem(&point.certificate)?;
        carriers.push(entry::Carrier {
            carrier: partner.pseudonym.clone(),
            key: point.key,
            certificate: Hash(certificate.fingerprint()),
        });
    }
    let mut agreements = Vec::new();
    for agreement in partners.agreements() {
        agreements.push(entry::Agreement {
            agreement: agreement.id.clone(),
            shipper: pseudonym(&agreement.shipper)?,
            carrier: pseudonym(&agreement.carrier)?,
            groups: agreement.groups(),
        });
    }
    let worker = gateway.config.worker.clone();
    let request = Terms { worker, carriers, agreements, requested: clock::now(), nonce: nonce()? };
    let list: PeriodList = ask(gateway, "/v1/agreements", request).await?;
    let proven = list.verify(&pins(gateway)?)?;
    Ok(proven.into_iter().map(|period| (period.entry.period, period.public)).collect())
}

/// What this gateway was told of the warden and its witnesses.
pub fn pins(gateway: &Gateway) -> Result<Pins> {
    let config = &gateway.config;
    Ok(Pins::new(&config.warden_key, &config.witness_keys, config.quorum)?)
}

/// A signed request, and the warden's answer or its refusal in words.
pub async fn ask<Q: Request, A: DeserializeOwned>(gateway: &Gateway, path: &str, request: Q) -> Result<A>
where
    Signed<Q>: Serialize,
{
    let signed = Signed::new(request, &gateway.worker_key);
    let url = format!("{}{path}", gateway.config.warden);
    let answer = CLIENT.post(&url, "application/json", serde_json::to_vec(&signed)?).await?;
    if answer.status != 200 {
        return Err(refusal(&answer.body).map_or_else(|| anyhow::anyhow!("HTTP {}", answer.status), Into::into));
    }
    // serde_json's own words could quote.
    serde_json::from_slice(&answer.body).map_err(|_| anyhow::anyhow!("the warden's answer is not of the protocol"))
}

/// The reason in a refusing answer.
pub fn refusal(body: &[u8]) -> Option<Refusal> {
    serde_json::from_slice::<Problem>(body).ok().map(|problem| problem.refusal)
}

/// 32 random octets.
pub fn nonce() -> Result<Hash> {
    Ok(Hash(random::octets()?))
}
