//! What an assessment is computed from: the warden's ledger, passed on, and the headers of all batches.

use crate::{
    clock,
    exchange::anchor,
    gateway::Gateway,
    wire::{https::from_vault, problem::Problem},
};
use api::{
    client::Client,
    warden::{RetentionDone, RetentionRun},
};
use axum::{
    Json,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use ledger::Time;
use serde::Deserialize;
use std::{sync::Arc, time::Duration};

const CLIENT: Client = Client { timeout: Duration::from_secs(60), octets_max: 256 << 20 };

/// `checkpoint`, `tile/…`, `head` and `entries` of the warden's ledger. They hold nothing personal: whoever keeps a copy
/// or cosigns needs no credential.
pub async fn ledger(gateway: &Gateway, path: &str, from: Option<u64>, to: Option<u64>) -> Result<Response, Problem> {
    let path = match path {
        "checkpoint" => "/checkpoint".to_owned(),
        "head" => "/v1/head".to_owned(),
        "entries" => format!("/v1/entries?from={}&to={}", from.unwrap_or(0), to.unwrap_or(u64::MAX >> 11)),
        tile if is_tile(tile) => format!("/{tile}"),
        _ => return Err(Problem::not_found("the ledger has checkpoint, head, entries and tile/")),
    };
    pass_on(gateway, &path).await
}

fn is_tile(path: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b == b'/' || b == b'.';
    path.starts_with("tile/") && path.bytes().all(allowed) && !path.contains("..")
}

async fn pass_on(gateway: &Gateway, path: &str) -> Result<Response, Problem> {
    let url = format!("{}{path}", gateway.config.warden);
    let answer = CLIENT.get(&url).await.map_err(|error| {
        Problem::unavailable("the warden does not answer", format!("{error}; the witness has a copy of the ledger"))
    })?;
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::BAD_GATEWAY);
    let kind = answer.headers.get(header::CONTENT_TYPE).cloned();
    let mut response = (status, answer.body).into_response();
    if let Some(kind) = kind {
        response.headers_mut().insert(header::CONTENT_TYPE, kind);
    }
    Ok(response)
}

/// What exists, until when, and what was shredded.
pub async fn retention_status(gateway: &Gateway) -> Result<Response, Problem> {
    pass_on(gateway, "/v1/retention").await
}

/// `{"now": TIME}`, or `{}` for the witnesses' time.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Run {
    now: Option<Time>,
}

/// Has the warden destroy what has ended. Intake pauses meanwhile, and what was received before is anchored first: no
/// batch is sealed to a key that is gone.
pub async fn retention_run(gateway: &Arc<Gateway>, run: Run) -> Result<Response, Problem> {
    let failed =
        |error: anyhow::Error| Problem::new(StatusCode::CONFLICT, "the warden did not do it", format!("{error:#}"));
    let paused =
        gateway.pause().ok_or_else(|| Problem::unavailable("no keys from the warden yet", "look whether it runs"))?;
    let done = destroy(gateway, run).await;
    let kept = match &done {
        Ok(done) => paused.without(&done.index_keys),
        Err(_) => paused.without(&[]),
    };
    let resumed = anchor::resume(gateway, kept).await;
    let done = done.map_err(failed)?;
    resumed.map_err(failed)?;
    Ok(Json(done).into_response())
}

async fn destroy(gateway: &Arc<Gateway>, run: Run) -> anyhow::Result<RetentionDone> {
    anchor::ship_all(gateway).await?;
    let worker = gateway.config.worker.clone();
    let request = RetentionRun { worker, now: run.now, requested: clock::now(), nonce: anchor::nonce()? };
    anchor::ask(gateway, "/v1/retention", request).await
}

/// Every batch's clear header with its salt, as JSON lines.
pub fn batches(gateway: &Gateway) -> Result<Response, Problem> {
    let mut lines = Vec::new();
    for stored in gateway.vault.headers() {
        let stored = stored.map_err(from_vault)?;
        lines.extend_from_slice(b"{\"header\":");
        lines.extend_from_slice(&stored.header);
        lines.extend_from_slice(format!(",\"salt\":\"{}\"}}\n", stored.salt).as_bytes());
    }
    Ok(([(header::CONTENT_TYPE, "application/jsonl")], lines).into_response())
}
