//! The routes. The log's requests are limited before they are read.

use crate::{
    mirror::NoTile,
    rules::{Desk, NotCosigned},
};
use axum::{
    Router,
    extract::{Path, Request, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use door::{Limits, Server};
use memory::spawn_blocking;
use std::sync::Arc;
use tlog::witness::REQUEST_OCTETS_MAX;

type Shared = State<Arc<Desk>>;

/// The routes, with limits: many checkpoints of the longest kind have room, whatever the limits say.
pub(crate) fn server(desk: Arc<Desk>, limits: Limits) -> Server {
    let octets_in_flight_max = limits.octets_in_flight_max.max(16 * REQUEST_OCTETS_MAX);
    let crowded = || (StatusCode::SERVICE_UNAVAILABLE, "too many connections\n");
    Server::new(router(desk), crowded, Limits { octets_in_flight_max, ..limits })
}

fn router(desk: Arc<Desk>) -> Router {
    Router::new()
        .route("/add-checkpoint", post(add_checkpoint))
        .route("/checkpoint", get(checkpoint))
        .route("/tile/{*path}", get(tile))
        .route("/healthz", get(healthz))
        .with_state(desk)
}

impl IntoResponse for NotCosigned {
    fn into_response(self) -> Response {
        match self {
            Self::Refused(refusal) => {
                let status = StatusCode::from_u16(refusal.status()).expect("a known status");
                (status, [(header::CONTENT_TYPE, refusal.content_type())], refusal.body()).into_response()
            }
            other => (StatusCode::SERVICE_UNAVAILABLE, format!("{other}\n")).into_response(),
        }
    }
}

async fn add_checkpoint(State(desk): Shared, request: Request) -> Response {
    let body = match door::collect(request, "log", REQUEST_OCTETS_MAX).await {
        Ok(body) => body,
        Err(unread) => return (unread.status(), format!("{unread}\n")).into_response(),
    };
    match spawn_blocking(move || desk.cosign(&body)).await {
        Ok(Ok(line)) => ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], line.to_string()).into_response(),
        Ok(Err(not)) => not.into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

async fn checkpoint(State(desk): Shared) -> Response {
    match desk.mirror().note() {
        Some(note) => ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], note.to_owned()).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn tile(State(desk): Shared, Path(path): Path<String>) -> Response {
    match spawn_blocking(move || desk.mirror().tile(&format!("tile/{path}"))).await {
        Ok(Ok(octets)) => ([(header::CONTENT_TYPE, "application/octet-stream")], octets).into_response(),
        Ok(Err(NoTile::Tile(_))) => StatusCode::NOT_FOUND.into_response(),
        _ => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}

/// 200 also while the copy is behind; 503 if the log served entries that are not those of its checkpoint.
async fn healthz(State(desk): Shared) -> Response {
    let mirror = desk.mirror();
    match mirror.fault() {
        Some(fault) => (StatusCode::SERVICE_UNAVAILABLE, format!("{fault}\n")).into_response(),
        None => format!("ok, {} entries copied\n", mirror.len()).into_response(),
    }
}
