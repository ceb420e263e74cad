//! Anchoring: keys at the start, then everything that the ledger must get, within a second; and the keys anew while the
//! process runs, so that a gateway needs no restart for a new month or a new agreement.

use super::{enter, over};
use crate::{
    Error, Gateway,
    partner::certificates,
    retention::{Keys, forget},
    warden,
};
use api::warden::{HandedIndexKeys, IndexKeys, PeriodList, Periods, Refusal, Standing, Started, Starting};
use durable::random;
use ledger::{
    InstanceId, Month, PeriodId,
    entry::{Closed, Start},
};
use seal::{IndexKey, PeriodPublicKey, PeriodSecretKey};
use std::{
    sync::{Arc, PoisonError},
    time::Duration,
};
use tokio::time::Instant;

const LIST_EVERY: Duration = Duration::from_secs(3600);
const PAUSE: Duration = Duration::from_millis(500);
/// How often the pause is doubled at most: to half a minute.
const UNPROVEN_MAX: u32 = 6;

/// Runs for as long as the gateway does. Whatever fails is tried again; the same failure is said once.
pub(crate) async fn run(gateway: Arc<Gateway>) {
    let (mut said, mut listed, mut unproven) = (String::new(), Instant::now(), 0);
    loop {
        let Err(error) = serve(&gateway, &mut said, &mut listed).await else { continue };
        let message = error.to_string();
        if message != said {
            eprintln!("{message}");
            said = message;
        }
        if is_to_learn(&error, listed.elapsed()) && learn(&gateway).await.is_ok() {
            listed = Instant::now();
        }
        // Each start that is asked for is entered, with a key for each month: one that is not believed is asked for ever more seldom.
        let starts = matches!(error, Error::Unproven(_)) && !gateway.gate.has_keys();
        unproven = if starts { UNPROVEN_MAX.min(unproven + 1) } else { 0 };
        tokio::time::sleep(PAUSE * (1 << unproven)).await;
    }
}

/// Another warden may keep the ledger now: that is in what officers have decided, or it is not believed. And whatever else
/// fails, again and again: within the hour a gateway reads which keys it no longer seals to.
fn is_to_learn(error: &Error, listed: Duration) -> bool {
    matches!(error, Error::Unproven(_)) || listed > LIST_EVERY
}

/// From the first contact to the first failure; `listed` is when what stands was last read, here or before.
async fn serve(gateway: &Arc<Gateway>, said: &mut String, listed: &mut Instant) -> Result<(), Error> {
    if !gateway.gate.has_keys() {
        begin(gateway).await?;
        *listed = Instant::now();
    }
    certificates::warn(gateway);
    loop {
        if !said.is_empty() {
            eprintln!("the warden answers again");
            said.clear();
        }
        ship_all(gateway).await?;
        let mut untold = None;
        match enter::tick(gateway).await {
            Err(Error::WardenRefused(Refusal::NotStarted { instance })) => {
                let _one = gateway.instance.shipping.lock().await;
                begin_again(gateway, instance).await?;
            }
            // What else keeps it from being entered does not keep keys from being renewed.
            ticked => untold = ticked.err(),
        }
        let wanting = gateway.gate.lease().is_some_and(|lease| lease.keys.has_no_period());
        if listed.elapsed() > LIST_EVERY || wanting {
            certificates::warn(gateway);
            renew_periods(gateway).await?;
            renew_indexes(gateway).await?;
            *listed = Instant::now();
        } else if lacks_an_index(gateway) {
            renew_indexes(gateway).await?;
        }
        untold.map_or(Ok(()), Err)?;
        let _ = tokio::time::timeout(PAUSE, gateway.anchor.notified()).await;
    }
}

/// Every intake entry that the ledger does not have yet, those of bodies that ended too early among them.
pub(crate) async fn ship_all(gateway: &Arc<Gateway>) -> Result<(), Error> {
    let _one = gateway.instance.shipping.lock().await;
    // In turns: however fast bodies are cut off, what others sent is not kept waiting.
    loop {
        let more = gateway.blocking(|gateway| over::note_broken(gateway)).await?;
        while ship(gateway).await? {}
        if !more {
            return Ok(());
        }
    }
}

/// Sends the oldest intake entries that the ledger does not have; whether there were any.
async fn ship(gateway: &Arc<Gateway>) -> Result<bool, Error> {
    let waiting = gateway.blocking(|gateway| Ok(gateway.vault.unanchored(enter::ENTRIES_MAX)?)).await?;
    if waiting.is_empty() {
        return Ok(false);
    }
    match enter::send(gateway, waiting).await {
        Err(Error::WardenRefused(Refusal::NotStarted { instance })) => begin_again(gateway, instance).await?,
        sent => sent?,
    }
    Ok(true)
}

/// A warden that was taken has written this start, or what came before it, where it has no effect, and proven that it stands there.
/// Without it nothing of it could ever be entered, nor anything behind it: it starts once more, and what is in the ledger without
/// effect is sent again.
async fn begin_again(gateway: &Arc<Gateway>, instance: InstanceId) -> Result<(), Error> {
    if !gateway.instance.may_begin_again(instance) {
        return Err(Refusal::NotStarted { instance }.into());
    }
    eprintln!("the ledger has no start {instance} that has effect: it is entered once more, and what came in it");
    let again = over::again(gateway, instance);
    handed(gateway, &PeriodSecretKey::generate(&mut random::OsRandom), again).await?;
    gateway.blocking(move |gateway| over::unanchor(gateway, instance)).await
}

/// What earlier starts received comes first; then this one begins, and says what it may store.
async fn begin(gateway: &Arc<Gateway>) -> Result<(), Error> {
    let mut over = gateway.blocking(|gateway| over::take_up(gateway)).await?;
    ship_all(gateway).await?;
    let keys = loop {
        let instance = match start(gateway, &over).await {
            // A copy of this directory was used since, or its tickets are not all here: that start stays open.
            Err(Error::WardenRefused(Refusal::NotOver { instance })) => instance,
            // It was never heard of, so it had no keys and took nothing.
            Err(Error::WardenRefused(Refusal::NotStarted { instance })) => {
                gateway.blocking(move |gateway| Ok(gateway.vault.is_over(instance)?)).await?;
                instance
            }
            other => break other?,
        };
        gateway.starting.forget();
        over.retain(|closed| closed.instance != instance);
    };
    gateway.blocking(move |gateway| Ok(over.iter().try_for_each(|own| gateway.vault.is_over(own.instance))?)).await?;
    // Nothing may be stored before a tick says how much.
    enter::tick(gateway).await?;
    gateway.gate.open(keys);
    Ok(())
}

/// Tells the warden that this process begins, and gets the index keys, sealed to a key of this start.
async fn start(gateway: &Arc<Gateway>, over: &[Closed]) -> Result<Keys, Error> {
    let secret = PeriodSecretKey::generate(&mut random::OsRandom);
    let turn = gateway.believing.lock().await;
    let handed = handed(gateway, &secret, gateway.starting.entry(gateway, over)).await?;
    let indexes = opened(gateway, &secret, &handed).await?;
    drop(turn);
    let (standing, periods) = periods(gateway).await?;
    Ok(Keys::new(standing, periods, indexes))
}

/// Has a start entered, and proven to stand in the ledger.
async fn handed(gateway: &Arc<Gateway>, secret: &PeriodSecretKey, start: Start) -> Result<HandedIndexKeys, Error> {
    let request = Starting {
        worker: gateway.config.worker.clone(),
        start,
        key: secret.public().to_bytes().into(),
        requested: gateway.now(),
        nonce: warden::nonce()?,
    };
    let started: Started = warden::ask(gateway, "/v1/workers/start", request.clone()).await?;
    started.verify(&request, &warden::signers(gateway).checkpoint(&started.handed.checkpoint)?)?;
    Ok(started.handed)
}

/// Who signs the ledger now, and what may be sealed to.
async fn learn(gateway: &Arc<Gateway>) -> Result<(), Error> {
    if gateway.gate.has_keys() { renew_periods(gateway).await } else { periods(gateway).await.map(drop) }
}

/// What stands, and the periods' keys again: a new month, a new policy, a new generation of the warden.
pub(crate) async fn renew_periods(gateway: &Arc<Gateway>) -> Result<(), Error> {
    let Some(lease) = gateway.gate.lease() else { return Ok(()) };
    let (standing, periods) = periods(gateway).await?;
    gateway.gate.renew(&lease, |keys| keys.with_periods(standing, periods));
    Ok(())
}

/// Whether this month is the last that has an index key.
fn lacks_an_index(gateway: &Gateway) -> bool {
    let this = Month::of(gateway.now());
    let lacks = |month| gateway.gate.lease().is_some_and(|lease| lease.keys.index(month).is_none());
    lacks(this) || lacks(this.next())
}

/// The index keys that are lacking, each hand-over of which the warden logs; and those of months that have ended are forgotten.
pub(crate) async fn renew_indexes(gateway: &Arc<Gateway>) -> Result<(), Error> {
    let Some(lease) = gateway.gate.lease() else { return Ok(()) };
    let secret = PeriodSecretKey::generate(&mut random::OsRandom);
    let request = IndexKeys {
        worker: gateway.config.worker.clone(),
        held: lease.keys.indexes().map(|(month, _)| month).collect(),
        key: secret.public().to_bytes().into(),
        requested: gateway.now(),
        nonce: warden::nonce()?,
    };
    let turn = gateway.believing.lock().await;
    let handed: HandedIndexKeys = warden::ask(gateway, "/v1/workers/index-keys", request.clone()).await?;
    let months = handed.months(&request.worker, &request.nonce, &warden::signers(gateway))?;
    let indexes = opened(gateway, &secret, &handed).await?;
    drop(turn);
    let new = !indexes.is_empty();
    if gateway.gate.renew(&lease, |keys| keys.with_indexes(indexes, &months)) && new {
        renew_periods(gateway).await?;
    }
    forget::all_but(gateway, months.into_iter().collect()).await
}

/// Index keys whose hand-over is proven to stand in a cosigned checkpoint.
async fn opened(
    gateway: &Arc<Gateway>,
    secret: &PeriodSecretKey,
    handed: &HandedIndexKeys,
) -> Result<Vec<(Month, IndexKey)>, Error> {
    let worker = &gateway.config.worker;
    let checkpoint = warden::believe(gateway, &warden::signers(gateway), &handed.checkpoint).await?;
    let open = |sealed: &api::warden::SealedIndexKey| {
        sealed.verify(worker, &checkpoint)?;
        Ok((sealed.month, sealed.open(secret, worker)?))
    };
    handed.keys.iter().map(open).collect()
}

/// What officers have decided, and every agreement's public keys: each policy signed by the officers that stood before it,
/// and all of it proven to stand in a checkpoint that is signed and cosigned by whom they have decided on.
pub(crate) async fn periods(gateway: &Arc<Gateway>) -> Result<(Standing, Vec<(PeriodId, PeriodPublicKey)>), Error> {
    let _turn = gateway.believing.lock().await;
    let (worker, requested) = (gateway.config.worker.clone(), gateway.now());
    let request = Periods { worker, requested, nonce: warden::nonce()? };
    let list: PeriodList = warden::ask(gateway, "/v1/periods", request).await?;
    let standing = list.standing(&warden::first_signers(gateway)?, &gateway.config.authority)?;
    warden::believe(gateway, &standing.pins, &list.checkpoint).await?;
    let proven = list.verify(&standing)?;
    *gateway.signers.write().unwrap_or_else(PoisonError::into_inner) = standing.pins.clone();
    Ok((standing, proven.into_iter().map(|period| (period.entry.period, period.public)).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use api::warden::Unproven;

    /// One entry that the warden refuses for ever kept a gateway from hearing of the next warden's keys.
    #[test]
    fn whatever_fails_does_not_keep_the_list_from_being_read_within_the_hour() {
        let refused = Error::WardenStatus { status: 500 };
        assert!(!is_to_learn(&refused, LIST_EVERY) && is_to_learn(&refused, LIST_EVERY + PAUSE));
        assert!(is_to_learn(&Error::Unproven(Unproven::Warden), Duration::ZERO));
    }
}
