//! The gateway's HTTP interface. TLS is a proxy's, for now: this listens on loopback only.

use crate::{
    clock,
    disclosure::{find, open},
    exchange::receive,
    gateway::Gateway,
    incident::source,
    partner::Partner,
    wire::problem::Problem,
};
use axum::{
    Json, Router,
    body::Body,
    extract::{Path, Query, Request, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::Body as _;
use ledger::{DeliveryId, Hash};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::sync::Arc;
use vault::InterchangeId;
use zeroize::Zeroizing;

type Shared = State<Arc<Gateway>>;
type Answer = Result<Response, Problem>;

const SMALL_OCTETS_MAX: usize = 1 << 20;
const LISTED_MAX: u32 = 1000;

/// Every path of the gateway.
pub fn router(gateway: Arc<Gateway>) -> Router {
    Router::new()
        .route("/v1/interchanges", post(post_interchange).get(list_interchanges))
        .route("/v1/interchanges/{id}", get(show_interchange))
        .route("/v1/interchanges/{id}/acknowledgement", get(show_acknowledgement))
        .route("/v1/deliveries", get(list_deliveries))
        .route("/v1/deliveries/{id}", get(show_delivery))
        .route("/v1/deliveries/{id}/{action}", post(act_on_delivery))
        .route("/v1/parcels/search", post(search))
        .route("/v1/openings", post(post_opening))
        .route("/v1/ledger/{*path}", get(ledger))
        .route("/v1/retention", get(retention_status).post(retention_run))
        .route("/v1/batches", get(batches))
        .route("/v1/partners", get(list_partners).post(apply_partners))
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
        .fallback(|| async { Problem::not_found("this path is not part of the interface; see the README") })
        .with_state(gateway)
}

/// Who asks.
pub enum Caller {
    /// Sees and does everything but open.
    Operator,
    /// Sees and does its own.
    Partner(Box<Partner>),
}

impl Caller {
    fn of(gateway: &Gateway, headers: &HeaderMap) -> Result<Self, Problem> {
        let value = headers.get(header::AUTHORIZATION).and_then(|v| v.to_str().ok()).unwrap_or_default();
        let token = value.strip_prefix("Bearer ").ok_or_else(Problem::unauthorized)?.trim();
        // Tokens are 256 random bits: comparing digests tells nothing by its timing.
        let digest = Hash(Sha256::digest(token.as_bytes()).into());
        if gateway.config.operators.contains(&digest) {
            return Ok(Self::Operator);
        }
        let partner = gateway.partners().by_token(&digest).cloned().ok_or_else(Problem::unauthorized)?;
        Ok(Self::Partner(Box::new(partner)))
    }

    fn operator(gateway: &Gateway, headers: &HeaderMap) -> Result<(), Problem> {
        match Self::of(gateway, headers)? {
            Self::Operator => Ok(()),
            Self::Partner(_) => Err(Problem::forbidden("this needs an operator's token")),
        }
    }

    /// None: everyone's.
    pub fn only(&self) -> Option<&Partner> {
        match self {
            Self::Operator => None,
            Self::Partner(partner) => Some(partner),
        }
    }
}

async fn post_interchange(State(gateway): Shared, request: Request) -> Answer {
    let caller = Caller::of(&gateway, request.headers())?;
    let Caller::Partner(partner) = caller else {
        return Err(Problem::forbidden("send with the token of the shipper, not of an operator"));
    };
    if gateway.keys().is_none() {
        return Err(Problem::unavailable(
            "no keys from the warden yet",
            "the gateway seals to keys that the warden gives it at its start; look whether the warden runs",
        ));
    }
    let body = collect(request.into_body(), gateway.config.body_octets_max).await?;
    let received = clock::now();
    let reply = blocking(move || receive::receive(&gateway, &partner, &body, received)).await?;
    let headers = [
        ("content-type", "application/edi-x12".to_owned()),
        ("bulla-interchange", reply.interchange.to_string()),
        ("bulla-verdict", reply.verdict.to_owned()),
    ];
    let status = if reply.refused { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let mut response = (status, reply.answer).into_response();
    for (name, value) in headers {
        response.headers_mut().insert(name, value.parse().expect("words and hexadecimal digits are a header's value"));
    }
    Ok(response)
}

/// The whole body in memory that is overwritten when freed; never more than `octets_max`.
async fn collect(body: Body, octets_max: usize) -> Result<Zeroizing<Vec<u8>>, Problem> {
    let too_large = || {
        let detail = format!("the body is larger than {octets_max} octets; split it into several interchanges");
        Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too large", detail)
    };
    // What announces more than is taken is not read at all.
    if body.size_hint().lower() > octets_max as u64 {
        return Err(too_large());
    }
    let mut limited = Limited::new(body, octets_max);
    let mut octets = Zeroizing::new(Vec::new());
    while let Some(frame) = limited.frame().await {
        let frame = frame.map_err(|error| {
            if error.downcast_ref::<LengthLimitError>().is_some() {
                too_large()
            } else {
                Problem::bad_request("the body ended before its announced length; send it again")
            }
        })?;
        if let Some(data) = frame.data_ref() {
            grow(&mut octets, data);
        }
    }
    Ok(octets)
}

/// Appends without leaving a copy behind when the buffer moves.
fn grow(octets: &mut Zeroizing<Vec<u8>>, data: &[u8]) {
    if octets.capacity() - octets.len() < data.len() {
        let mut larger =
            Zeroizing::new(Vec::with_capacity((octets.len() + data.len()).next_power_of_two().max(1 << 16)));
        larger.extend_from_slice(octets);
        *octets = larger;
    }
    octets.extend_from_slice(data);
}

async fn list_interchanges(State(gateway): Shared, headers: HeaderMap) -> Answer {
    let caller = Caller::of(&gateway, &headers)?;
    blocking(move || {
        let list = gateway.vault.interchanges(LISTED_MAX).map_err(from_vault)?;
        let shown: Result<Vec<_>, Problem> = list
            .iter()
            .filter(|s| caller.only().is_none_or(|p| s.interchange.partner.as_ref() == Some(&p.id)))
            .map(|s| find::interchange_json(&gateway, s))
            .collect();
        Ok(Json(shown?).into_response())
    })
    .await
}

fn stored(gateway: &Gateway, caller: &Caller, id: &str) -> Result<vault::Stored, Problem> {
    let id: InterchangeId = id.parse().map_err(|e| Problem::bad_request(format!("{e}")))?;
    let found = gateway.vault.interchange(&id).map_err(from_vault)?;
    found
        .filter(|s| caller.only().is_none_or(|p| s.interchange.partner.as_ref() == Some(&p.id)))
        .ok_or_else(|| Problem::not_found("no interchange of this id; `bulla interchange list` shows them"))
}

async fn show_interchange(State(gateway): Shared, Path(id): Path<String>, headers: HeaderMap) -> Answer {
    let caller = Caller::of(&gateway, &headers)?;
    blocking(move || {
        let stored = stored(&gateway, &caller, &id)?;
        Ok(Json(find::interchange_json(&gateway, &stored)?).into_response())
    })
    .await
}

async fn show_acknowledgement(State(gateway): Shared, Path(id): Path<String>, headers: HeaderMap) -> Answer {
    let caller = Caller::of(&gateway, &headers)?;
    blocking(move || {
        let stored = stored(&gateway, &caller, &id)?;
        Ok(([(header::CONTENT_TYPE, "application/edi-x12")], stored.interchange.answer).into_response())
    })
    .await
}

async fn list_deliveries(State(gateway): Shared, headers: HeaderMap) -> Answer {
    Caller::operator(&gateway, &headers)?;
    blocking(move || {
        let list = gateway.vault.deliveries(LISTED_MAX).map_err(from_vault)?;
        let shown: Result<Vec<_>, Problem> = list.iter().map(|d| find::delivery_json(&gateway, d, false)).collect();
        Ok(Json(shown?).into_response())
    })
    .await
}

async fn show_delivery(State(gateway): Shared, Path(id): Path<String>, headers: HeaderMap) -> Answer {
    Caller::operator(&gateway, &headers)?;
    blocking(move || delivery_response(&gateway, &delivery_id(&id)?)).await
}

async fn act_on_delivery(
    State(gateway): Shared,
    Path((id, action)): Path<(String, String)>,
    headers: HeaderMap,
) -> Answer {
    Caller::operator(&gateway, &headers)?;
    blocking(move || {
        let id = delivery_id(&id)?;
        let done = match action.as_str() {
            "resend" => gateway.vault.resend(&id, clock::now()),
            "hold" => gateway.vault.hold(&id),
            "release" => gateway.vault.release(&id, clock::now()),
            _ => return Err(Problem::not_found("the actions are resend, hold and release")),
        };
        done.map_err(|error| match error {
            vault::Error::State { .. } if action == "resend" => Problem::new(
                StatusCode::CONFLICT,
                "the delivery copy has expired",
                "copies go 14 days after the carrier's acknowledgement; making this one again needs an opening with purpose resend, which this version cannot do yet",
            ),
            vault::Error::State { .. } => {
                Problem::new(StatusCode::CONFLICT, "not in a state for that", "hold takes a waiting delivery, release a held one")
            }
            other => from_vault(other),
        })?;
        gateway.deliver.notify_one();
        delivery_response(&gateway, &id)
    })
    .await
}

fn delivery_id(id: &str) -> Result<DeliveryId, Problem> {
    id.parse().map_err(|e| Problem::bad_request(format!("{e}")))
}

fn delivery_response(gateway: &Gateway, id: &DeliveryId) -> Answer {
    let found = gateway.vault.delivery(id).map_err(from_vault)?;
    let found = found.ok_or_else(|| Problem::not_found("no delivery of this id; `bulla delivery list` shows them"))?;
    Ok(Json(find::delivery_json(gateway, &found, true)?).into_response())
}

async fn search(State(gateway): Shared, request: Request) -> Answer {
    let caller = Caller::of(&gateway, request.headers())?;
    let body = collect(request.into_body(), SMALL_OCTETS_MAX).await?;
    blocking(move || {
        let query: find::Query = from_json(&body)?;
        Ok(Json(find::search(&gateway, caller.only(), &query)?).into_response())
    })
    .await
}

async fn post_opening(State(gateway): Shared, request: Request) -> Answer {
    Caller::operator(&gateway, request.headers())?;
    let body = collect(request.into_body(), SMALL_OCTETS_MAX).await?;
    open::carry(&gateway, from_json(&body)?).await
}

async fn ledger(State(gateway): Shared, Path(path): Path<String>, query: Query<Range>) -> Answer {
    source::ledger(&gateway, &path, query.0.from, query.0.to).await
}

/// Entries from one index up to before another.
#[derive(Deserialize)]
struct Range {
    from: Option<u64>,
    to: Option<u64>,
}

async fn retention_status(State(gateway): Shared, headers: HeaderMap) -> Answer {
    Caller::operator(&gateway, &headers)?;
    source::retention_status(&gateway).await
}

async fn retention_run(State(gateway): Shared, request: Request) -> Answer {
    Caller::operator(&gateway, request.headers())?;
    let body = collect(request.into_body(), SMALL_OCTETS_MAX).await?;
    source::retention_run(&gateway, from_json(&body)?).await
}

async fn batches(State(gateway): Shared, headers: HeaderMap) -> Answer {
    Caller::operator(&gateway, &headers)?;
    blocking(move || source::batches(&gateway)).await
}

async fn list_partners(State(gateway): Shared, headers: HeaderMap) -> Answer {
    Caller::operator(&gateway, &headers)?;
    let partners = gateway.partners();
    let file = serde_json::json!({
        "partner": partners.partners().collect::<Vec<_>>(),
        "agreement": partners.agreements().collect::<Vec<_>>(),
    });
    Ok(Json(file).into_response())
}

async fn apply_partners(State(gateway): Shared, request: Request) -> Answer {
    Caller::operator(&gateway, request.headers())?;
    let body = collect(request.into_body(), SMALL_OCTETS_MAX).await?;
    blocking(move || {
        let text = std::str::from_utf8(&body).map_err(|_| Problem::bad_request("the file is not UTF-8"))?;
        let file = toml::from_str(text).map_err(|e| Problem::bad_request(format!("the file is not valid: {e}")))?;
        gateway.apply(file).map_err(|e| Problem::bad_request(format!("{e:#}")))?;
        gateway.anchor.notify_one();
        Ok(StatusCode::NO_CONTENT.into_response())
    })
    .await
}

async fn ready(State(gateway): Shared) -> Answer {
    if gateway.keys().is_some() {
        Ok("ready\n".into_response())
    } else {
        Err(Problem::unavailable("no keys from the warden yet", "look whether the warden runs"))
    }
}

async fn metrics(State(gateway): Shared) -> Answer {
    let unanchored = {
        let gateway = gateway.clone();
        blocking(move || gateway.vault.unanchored_count().map_err(from_vault)).await?
    };
    let text = gateway.metrics.to_text() + &format!("# TYPE bulla_unanchored gauge\nbulla_unanchored {unanchored}\n");
    Ok(([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], text).into_response())
}

fn from_json<T: serde::de::DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    // serde_json's own words can quote what was sent.
    serde_json::from_slice(body).map_err(|e| {
        Problem::bad_request(format!("the JSON is not as documented, at line {} column {}", e.line(), e.column()))
    })
}

/// What went wrong on the disk, for whoever asked.
pub fn from_vault(error: vault::Error) -> Problem {
    match error {
        vault::Error::Full => Problem::new(
            StatusCode::INSUFFICIENT_STORAGE,
            "the gateway's disk is full",
            "nothing of this request was kept; free space on the gateway's disk and send it again",
        )
        .retry_after(60),
        vault::Error::Uncertain => Problem::unavailable(
            "the gateway's disk failed",
            "the gateway must be started again before it takes anything",
        ),
        vault::Error::Missing { what } => Problem::not_found(format!("there is no such {what}")),
        other => {
            eprintln!("disk: {other}");
            Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "the gateway's disk failed", "see the gateway's messages")
        }
    }
}

/// Work on the disk or with much arithmetic, off the threads that serve connections.
pub async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Problem> + Send + 'static,
) -> Result<T, Problem> {
    let failed = |_| {
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "the gateway failed", "nothing was acknowledged; send it again")
    };
    tokio::task::spawn_blocking(work).await.map_err(failed)?
}
