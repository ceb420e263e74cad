//! Carries a signed request to the warden, with the sealed batch that it is about. The gateway can neither change the
//! request nor read the answer.

use crate::{Error, Gateway};
use api::{
    client::{Answer, Client},
    warden::{Ask, Asked},
};
use seal::Stored;
use std::{
    sync::{Arc, atomic::Ordering::Relaxed},
    time::Duration,
};

const CLIENT: Client = Client::new(Duration::from_secs(60), 64 << 20);

/// Adds the batch, asks, and hands out the warden's answer or refusal as it is.
///
/// # Errors
/// [`Error::WardenSilent`]: nothing was opened. [`vault::Error::Missing`] in [`Error::Disk`] if the batch is not kept here.
pub async fn carry(gateway: &Arc<Gateway>, asked: Asked) -> Result<Answer, Error> {
    gateway.metrics.openings.fetch_add(1, Relaxed);
    let ask = gateway.blocking(move |gateway| ask(gateway, asked)).await?;
    let body = serde_json::to_vec(&ask).expect("string keys and plain values");
    let url = format!("{}/v1/openings", gateway.config.warden);
    Ok(CLIENT.post(&url, "application/json", body).await?)
}

fn ask(gateway: &Gateway, Asked { request, result_key, approval }: Asked) -> Result<Ask, Error> {
    let octets = gateway.vault.batch(&request.scope.batch)?;
    let octets = octets.ok_or(vault::Error::Missing { what: "batch" })?;
    let damaged = |_| vault::Error::Damaged { what: "a sealed batch" };
    let stored = Stored::parse(&octets).map_err(damaged)?;
    let header = stored.header().map_err(damaged)?;
    let encapsulations = stored.encapsulations(&header).into_iter().map(|octets| octets.to_vec().into()).collect();
    Ok(Ask {
        header,
        salt: stored.salt(),
        encapsulations,
        body: stored.body().to_vec().into(),
        request,
        result_key,
        approval,
    })
}
