//! Carries a signed request to the warden, with the sealed batch that it is about. The gateway can neither change the
//! request nor read the answer.

use crate::{
    gateway::Gateway,
    wire::{
        https::{blocking, from_vault},
        problem::Problem,
    },
};
use api::{client::Client, warden::Ask};
use axum::{
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use ledger::OpeningRequest;
use seal::Stored;
use std::{
    sync::{Arc, atomic::Ordering::Relaxed},
    time::Duration,
};

const CLIENT: Client = Client { timeout: Duration::from_secs(60), octets_max: 64 << 20 };

/// Adds the batch, asks, and passes the answer on as it is.
pub async fn carry(gateway: &Arc<Gateway>, request: OpeningRequest) -> Result<Response, Problem> {
    gateway.metrics.openings.fetch_add(1, Relaxed);
    let shared = gateway.clone();
    let ask = blocking(move || ask(&shared, request)).await?;
    let body = serde_json::to_vec(&ask).map_err(|_| Problem::bad_request("the request cannot be written as JSON"))?;
    let url = format!("{}/v1/openings", gateway.config.warden);
    let answer = CLIENT.post(&url, "application/json", body).await.map_err(|error| {
        Problem::unavailable(
            "the warden does not answer",
            format!("nothing was opened: {error}; start the warden and ask again"),
        )
    })?;
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::BAD_GATEWAY);
    let kind = if status.is_success() { "application/json" } else { "application/problem+json" };
    Ok((status, [(header::CONTENT_TYPE, kind)], answer.body).into_response())
}

fn ask(gateway: &Gateway, request: OpeningRequest) -> Result<Ask, Problem> {
    let octets = gateway.vault.batch(&request.scope.batch).map_err(from_vault)?;
    let octets = octets.ok_or_else(|| Problem::not_found("no batch of this id is kept here"))?;
    let damaged = |_| from_vault(vault::Error::Damaged { what: "a sealed batch" });
    let stored = Stored::parse(&octets).map_err(damaged)?;
    Ok(Ask {
        header: stored.header().map_err(damaged)?,
        salt: stored.salt(),
        encapsulations: stored.encapsulations().map(|octets| octets.to_vec().into()).collect(),
        body: stored.body().to_vec().into(),
        request,
    })
}
