//! A retention run: the warden destroys the keys of what has ended. Intake is shut meanwhile, and what was received before
//! is anchored first: no batch is sealed to a key that is gone.

use crate::{Error, Gateway, exchange::anchor, warden};
use api::warden::{PeriodStatus, RetentionDone, RetentionRun};
use ledger::Time;
use std::sync::Arc;

/// What exists, until when, and what was shredded.
pub async fn status(gateway: &Gateway) -> Result<Vec<PeriodStatus>, Error> {
    warden::get(gateway, "/v1/retention").await
}

/// Runs to its end even if whoever asked for it has gone: a run that stops in the middle would leave intake shut, or
/// nobody to tell what was destroyed. `now` is the moment as of which things have ended; none: the witnesses' time.
pub async fn run(gateway: &Arc<Gateway>, now: Option<Time>) -> Result<RetentionDone, Error> {
    let gateway = gateway.clone();
    tokio::spawn(async move { run_to_end(&gateway, now).await }).await.map_err(|_| Error::Failed)?
}

async fn run_to_end(gateway: &Arc<Gateway>, now: Option<Time>) -> Result<RetentionDone, Error> {
    let closed = gateway.gate.close().ok_or(Error::NoKeys)?;
    wait_for_turns(gateway).await?;
    let done = destroy(gateway, now).await;
    // Whatever came of it, the warden tells which periods are left; where it does not, the loop asks until it does.
    let left = closed.keys().without_periods();
    closed.reopen(match anchor::periods(gateway).await {
        Ok((standing, periods)) => left.with_periods(standing, periods),
        Err(_) => left,
    });
    // What this run has destroyed is of no use here any more.
    if let Err(error) = anchor::renew_indexes(gateway).await {
        eprintln!("what is left of shredded months stays for an hour, unreadable: {error}");
    }
    done
}

/// Whoever has a turn now may have looked at the gate before it was closed; whoever gets one later finds it closed.
async fn wait_for_turns(gateway: &Arc<Gateway>) -> Result<(), Error> {
    gateway
        .blocking(|gateway| {
            gateway.vault.wait_for_turns();
            Ok(())
        })
        .await
}

async fn destroy(gateway: &Arc<Gateway>, now: Option<Time>) -> Result<RetentionDone, Error> {
    anchor::ship_all(gateway).await?;
    let worker = gateway.config.worker.clone();
    let request = RetentionRun { worker, now, requested: gateway.now(), nonce: warden::nonce()? };
    warden::ask(gateway, "/v1/retention", request).await
}
