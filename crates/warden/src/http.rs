//! The routes. Bodies are limited before they are read; whoever asks is known by what is signed inside.

use crate::{
    anchoring,
    api::{self, Problem, Refusal},
    counting, opening, policy,
    refusing::{self, disk},
    shredding, tiles,
    warden::Warden,
};
use axum::{
    Extension, Router,
    extract::{Path, Query, Request, State, rejection::QueryRejection},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use door::{Collected, Edge, Limits, Server};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::{
    future::Future,
    sync::{Arc, atomic::Ordering::Relaxed},
};

/// A signed request of a worker: entries, terms.
const REQUEST_OCTETS_MAX: usize = 16 * 1024 * 1024;
/// A whole sealed body as base64, and its header.
const OPENING_OCTETS_MAX: usize = seal::BODY_OCTETS_MAX / 3 * 4 + REQUEST_OCTETS_MAX;

/// Who shares room for bodies with whom, and how long a body may be. Before a body is read nobody is known: who opens
/// and who anchors must not be able to take the other's room.
type Desk = (&'static str, usize);
const WORKERS: Desk = ("workers", REQUEST_OCTETS_MAX);
const OFFICERS: Desk = ("officers", 256 * 1024);
const OPENINGS: Desk = ("openings", OPENING_OCTETS_MAX);
const COUNTS: Desk = ("openings", 256 * 1024);

/// So many entries are read while the book is held.
const PIECE: usize = 64;

/// When there may be room again.
const RETRY_SECONDS: u32 = 5;

type Shared = State<Arc<Warden>>;

/// The routes, with limits: one opening of the longest kind has room, whatever the limits say.
pub(crate) fn server(warden: Arc<Warden>, limits: Limits) -> Server {
    let octets_in_flight_max = limits.octets_in_flight_max.max(2 * OPENING_OCTETS_MAX);
    Server::new(router(warden), || problem(Refusal::Crowded), Limits { octets_in_flight_max, ..limits })
}

fn router(warden: Arc<Warden>) -> Router {
    Router::new()
        .route(
            "/v1/workers/start",
            post(async |State(w): Shared, request: Request| {
                answer(w, request, WORKERS, async |w, r| anchoring::start(&w, r).await).await
            }),
        )
        .route(
            "/v1/workers/index-keys",
            post(async |State(w): Shared, request: Request| {
                answer(w, request, WORKERS, async |w, r| anchoring::index_keys(&w, r).await).await
            }),
        )
        .route(
            "/v1/anchors",
            post(async |State(w): Shared, request: Request| {
                answer(w, request, WORKERS, async |w, r| anchoring::anchor(&w, r).await).await
            }),
        )
        .route(
            "/v1/policy",
            post(async |State(w): Shared, request: Request| {
                answer(w, request, OFFICERS, async |w, r| policy::decide(&w, r).await).await
            }),
        )
        .route(
            "/v1/revocations",
            post(async |State(w): Shared, request: Request| {
                answer(w, request, OFFICERS, async |w, r| policy::revoke(&w, r).await).await
            }),
        )
        .route(
            "/v1/lockdown",
            post(async |State(w): Shared, request: Request| {
                answer(w, request, OFFICERS, async |w, r| policy::lock(&w, r).await).await
            }),
        )
        .route(
            "/v1/periods",
            post(async |State(w): Shared, request: Request| {
                answer(w, request, WORKERS, async |w, r| policy::list(&w, r).await).await
            }),
        )
        .route(
            "/v1/retention",
            post(async |State(w): Shared, request: Request| {
                answer(w, request, WORKERS, async |w, r| shredding::run(&w, r).await).await
            })
            .get(retention),
        )
        .route("/v1/policies", get(policies))
        .route("/v1/entries", get(entries))
        .route("/v1/head", get(head))
        .route("/checkpoint", get(checkpoint))
        .route("/tile/{*path}", get(tile))
        .route("/healthz", get(healthz))
        .route("/metrics", get(metrics))
        .route(
            "/v1/openings",
            post(async |State(w): Shared, request: Request| {
                answer(w, request, OPENINGS, async |w, r| opening::open(&w, r).await).await
            }),
        )
        .merge(counts())
        .with_state(warden)
}

fn counts() -> Router<Arc<Warden>> {
    Router::new()
        .route(
            "/v1/counts",
            post(async |State(w): Shared, request: Request| {
                answer(w, request, COUNTS, async |w, r| counting::begin(&w, r).await).await
            }),
        )
        .route(
            "/v1/counts/batches",
            post(async |State(w): Shared, request: Request| {
                answer_in_turn(w, request, OPENINGS, async |w, r| counting::take(&w, r).await).await
            }),
        )
        .route(
            "/v1/counts/end",
            post(async |State(w): Shared, request: Request| {
                answer(w, request, COUNTS, async |w, r| counting::end(&w, r).await).await
            }),
        )
}

/// Reads a JSON body, does what it asks, writes a JSON answer or a problem.
async fn answer<Q, A, F>(
    warden: Arc<Warden>,
    request: Request,
    desk: Desk,
    work: impl FnOnce(Arc<Warden>, Q) -> F,
) -> Response
where
    Q: DeserializeOwned,
    A: Serialize,
    F: Future<Output = Result<A, Refusal>>,
{
    match read(request, desk).await {
        Ok((request, body)) => {
            drop(body);
            told(work(warden, request).await)
        }
        Err(refusal) => problem(refusal),
    }
}

/// The same for those who wait for each other: each keeps the room of its body until it is answered, so that no more of them are
/// held than there is room for.
async fn answer_in_turn<Q, A, F>(
    warden: Arc<Warden>,
    request: Request,
    desk: Desk,
    work: impl FnOnce(Arc<Warden>, Q) -> F,
) -> Response
where
    Q: DeserializeOwned,
    A: Serialize,
    F: Future<Output = Result<A, Refusal>>,
{
    match read(request, desk).await {
        Ok((request, _room)) => told(work(warden, request).await),
        Err(refusal) => problem(refusal),
    }
}

/// What a JSON body says, and the body.
async fn read<Q: DeserializeOwned>(request: Request, (who, octets_max): Desk) -> Result<(Q, Collected), Refusal> {
    let body = door::collect(request, who, octets_max).await.map_err(refusing::unread)?;
    match serde_json::from_slice(&body) {
        Ok(request) => Ok((request, body)),
        // Where, not what: serde's own words may quote the body.
        Err(error) => Err(Refusal::Malformed { line: error.line(), column: error.column() }),
    }
}

fn told(done: Result<impl Serialize, Refusal>) -> Response {
    match done {
        Ok(answer) => json(&answer),
        Err(refusal) => problem(refusal),
    }
}

fn json(answer: &impl Serialize) -> Response {
    let body = serde_json::to_vec(answer).expect("string keys and plain values");
    ([(header::CONTENT_TYPE, "application/json")], body).into_response()
}

fn problem(refusal: Refusal) -> Response {
    let problem = Problem::from(refusal);
    let status = StatusCode::from_u16(problem.status).expect("a known status");
    let body = serde_json::to_vec(&problem).expect("string keys and plain values");
    let mut response = (status, [(header::CONTENT_TYPE, "application/problem+json")], body).into_response();
    if problem.refusal == Refusal::Crowded || problem.refusal == Refusal::TooMuch {
        response.headers_mut().insert(header::RETRY_AFTER, RETRY_SECONDS.into());
    }
    response
}

fn text(body: String) -> Response {
    ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], body).into_response()
}

async fn retention(State(warden): Shared) -> Response {
    json(&warden.blocking(shredding::status).await)
}

#[derive(Deserialize)]
struct Between {
    #[serde(default)]
    from: u64,
    to: Option<u64>,
}

/// Whoever waits for openings and anchors gets the book between two pieces.
async fn entries(State(warden): Shared, between: Result<Query<Between>, QueryRejection>) -> Response {
    let Ok(Query(between)) = between else { return problem(Refusal::Range) };
    let turn = warden.entries.clone().acquire_owned().await.expect("is not closed");
    let lines = warden
        .blocking(move |warden| {
            let _turn = turn; // its client may have gone, the work goes on
            lines(warden, &between)
        })
        .await;
    match lines {
        Ok(body) => ([(header::CONTENT_TYPE, "application/jsonl")], body).into_response(),
        Err(error) => problem(disk(error)),
    }
}

fn lines(warden: &Warden, between: &Between) -> Result<Vec<u8>, durable::Error> {
    let end = between.to.unwrap_or(u64::MAX).min(warden.book().size());
    let start = between.from.min(end);
    let end = end.min(start.saturating_add(api::ENTRIES_MAX));
    let mut body = Vec::new();
    for from in (start..end).step_by(PIECE) {
        let leaves = warden.book().log().read(from..end.min(from + PIECE as u64))?;
        body.reserve(leaves.iter().map(|leaf| leaf.len() + 1).sum());
        for leaf in leaves {
            body.extend_from_slice(&leaf);
            body.push(b'\n');
        }
    }
    Ok(body)
}

async fn head(State(warden): Shared) -> Response {
    let head = warden
        .blocking(|warden| {
            let book = warden.book();
            let (published, state) = (book.published(), book.state());
            api::Head {
                organisation: warden.config.organisation.to_string(),
                size: book.size(),
                signed: book.head().note.clone(),
                cosigned: published.map(|published| published.note.clone()),
                cosigned_size: published.map_or(0, |published| published.size),
                quorum: warden.quorum.needed(),
                witnesses: warden.quorum.status(),
                stopped: book.stopped().map(str::to_owned),
                generation: state.cast().map_or(1, |cast| cast.generation),
                lockdowns: state.lockdown.0,
                closed: state.lockdown.1.map(|at| at.entry),
            }
        })
        .await;
    json(&head)
}

async fn policies(State(warden): Shared) -> Response {
    match warden.blocking(policy::decided).await {
        Ok(list) => json(&list),
        Err(refusal) => problem(refusal),
    }
}

async fn checkpoint(State(warden): Shared) -> Response {
    match warden.blocking(|warden| warden.book().published().map(|published| published.note.clone())).await {
        Some(note) => text(note),
        None => problem(Refusal::NotFound),
    }
}

async fn tile(State(warden): Shared, Path(path): Path<String>) -> Response {
    let content = warden
        .blocking(move |warden| {
            let book = warden.book();
            tiles::content(book.tree(), book.log(), &format!("tile/{path}"))
        })
        .await;
    match content {
        Ok(octets) => ([(header::CONTENT_TYPE, "application/octet-stream")], octets).into_response(),
        Err(tiles::Error::Tile(_)) => problem(Refusal::NotFound),
        Err(tiles::Error::Disk(error)) => problem(disk(error)),
    }
}

async fn healthz(State(warden): Shared) -> Response {
    match warden.blocking(|warden| warden.book().working()).await {
        Ok(()) => text("ok\n".to_owned()),
        Err(refusal) => problem(refusal),
    }
}

async fn metrics(State(warden): Shared, Extension(edge): Extension<Edge>) -> Response {
    let (size, cosigned) = warden
        .blocking(|warden| {
            let book = warden.book();
            (book.size(), book.published().map_or(0, |published| published.size))
        })
        .await;
    let counts = &warden.counts;
    let lines = [
        ("gauge", "bulla_warden_ledger_entries", size),
        ("gauge", "bulla_warden_cosigned_entries", cosigned),
        ("counter", "bulla_warden_openings_total", counts.opened.load(Relaxed)),
        ("counter", "bulla_warden_openings_refused_total", counts.refused.load(Relaxed)),
        ("counter", "bulla_warden_anchored_total", counts.anchored.load(Relaxed)),
        ("counter", "bulla_warden_shredded_total", counts.shredded.load(Relaxed)),
        ("counter", "bulla_warden_alarms_total", counts.alarms.load(Relaxed)),
        ("counter", "bulla_warden_headers_unfit_total", warden.headers.unfit.load(Relaxed)),
    ];
    let own: String =
        lines.iter().map(|(kind, name, count)| format!("# TYPE {name} {kind}\n{name} {count}\n")).collect();
    let held = warden.blocking(crate::held::to_text).await;
    text(own + &held + &edge.turned.to_text())
}
