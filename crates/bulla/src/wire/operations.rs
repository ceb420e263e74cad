//! What operators, witnesses and monitors ask: openings, the ledger, retention, partners, health.

use super::{
    body::{SMALL_OCTETS_MAX, collect, from_json},
    caller::{Caller, OPERATORS},
    handler::{Answer, Shared, blocking},
    problem::Problem,
};
use axum::{
    Extension, Json,
    extract::{Path, Query, Request, State, rejection::QueryRejection},
    http::{HeaderMap, StatusCode, header},
    response::{AppendHeaders, IntoResponse, Response},
};
use door::Edge;
use gateway::{
    disclosure::{count, open},
    exchange::list,
    incident, partner, retention, tokens,
};
use ledger::{BatchId, DeliveryId};
use serde::Deserialize;

pub async fn open(State(gateway): Shared, request: Request) -> Answer {
    Caller::operator(&gateway, request.headers())?;
    let body = collect(request, OPERATORS, SMALL_OCTETS_MAX).await?;
    Ok(passed_on(open::carry(&gateway, from_json(&body)?).await?))
}

pub async fn count(State(gateway): Shared, request: Request) -> Answer {
    Caller::operator(&gateway, request.headers())?;
    let body = collect(request, OPERATORS, SMALL_OCTETS_MAX).await?;
    Ok(passed_on(count::carry(&gateway, from_json(&body)?).await?))
}

/// Entries from one index up to before another.
#[derive(Deserialize)]
pub struct Range {
    from: Option<u64>,
    to: Option<u64>,
}

pub async fn settle(State(gateway): Shared, headers: HeaderMap) -> Answer {
    Caller::operator(&gateway, &headers)?;
    incident::settle(&gateway).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

pub async fn ledger(State(gateway): Shared, Path(path): Path<String>, range: Queried<Range>) -> Answer {
    let range = asked(range, "`from` and `to` are numbers of entries")?;
    let answer = incident::ledger(&gateway, &path, range.from, range.to).await?;
    let nothing = || Problem::not_found("the ledger has checkpoint, head, policies, entries and tile/");
    answer.map(passed_on).ok_or_else(nothing)
}

/// What the warden said, as it said it.
fn passed_on(answer: api::client::Answer) -> Response {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::BAD_GATEWAY);
    let kind = answer.headers.get(header::CONTENT_TYPE).cloned();
    let mut response = (status, answer.body).into_response();
    if let Some(kind) = kind {
        response.headers_mut().insert(header::CONTENT_TYPE, kind);
    }
    response
}

pub async fn retention_status(State(gateway): Shared, headers: HeaderMap) -> Answer {
    Caller::operator(&gateway, &headers)?;
    Ok(Json(retention::run::status(&gateway).await?).into_response())
}

pub async fn run_retention(State(gateway): Shared, request: Request) -> Answer {
    Caller::operator(&gateway, request.headers())?;
    let body = collect(request, OPERATORS, SMALL_OCTETS_MAX).await?;
    let wanted: api::gateway::Retention = from_json(&body)?;
    let done = retention::run::run(&gateway, wanted.now).await.map_err(|error| match error {
        gateway::Error::NoKeys => Problem::from(error),
        other => Problem::new(StatusCode::CONFLICT, "the warden did not do it", other.to_string()),
    })?;
    Ok(Json(done).into_response())
}

/// Lines in one page: some megabytes.
const LINES_MAX: u32 = 4_096;

const AFTER: &str = "`after` is what `bulla-next` said with the page before";

/// A query, or that it is none of its kind.
type Queried<T> = Result<Query<T>, QueryRejection>;

/// What it asks, or what it may ask: axum's own words are no problem in JSON.
fn asked<T>(query: Queried<T>, may: &str) -> Result<T, Problem> {
    query.map(|Query(asked)| asked).map_err(|_| Problem::bad_request(may))
}

/// Behind which a page begins.
#[derive(Deserialize)]
pub struct After<Id> {
    after: Option<Id>,
}

pub async fn headers(State(gateway): Shared, after: Queried<After<BatchId>>, headers: HeaderMap) -> Answer {
    Caller::operator(&gateway, &headers)?;
    let After { after } = asked(after, AFTER)?;
    blocking(&gateway, move |gateway| Ok(paged(incident::headers(gateway, after, LINES_MAX)?))).await
}

pub async fn confirmations(State(gateway): Shared, after: Queried<After<DeliveryId>>, headers: HeaderMap) -> Answer {
    Caller::operator(&gateway, &headers)?;
    let After { after } = asked(after, AFTER)?;
    blocking(&gateway, move |gateway| Ok(paged(incident::confirmations(gateway, after, LINES_MAX)?))).await
}

/// A page, which names where the next one begins, if there is one.
fn paged<Id: ToString>(page: incident::Page<Id>) -> Response {
    let next = page.next.map(|next| [(api::gateway::NEXT, next.to_string())]);
    ([(header::CONTENT_TYPE, "application/jsonl")], next.map(AppendHeaders), page.lines).into_response()
}

pub async fn list_partners(State(gateway): Shared, headers: HeaderMap) -> Answer {
    Caller::operator(&gateway, &headers)?;
    let all = gateway.partners();
    let guide = all.guides().texts().map(str::to_owned).collect();
    let (partner, agreement) = (all.partners().cloned().collect(), all.agreements().cloned().collect());
    Ok(Json(partner::File { guide, partner, agreement }).into_response())
}

pub async fn apply_partners(State(gateway): Shared, request: Request) -> Answer {
    Caller::operator(&gateway, request.headers())?;
    let body = collect(request, OPERATORS, SMALL_OCTETS_MAX).await?;
    blocking(&gateway, move |gateway| {
        let text = std::str::from_utf8(&body).map_err(|_| Problem::bad_request("the file is not UTF-8"))?;
        gateway.apply(partner::File::read(text).map_err(gateway::Error::from)?)?;
        Ok(StatusCode::NO_CONTENT.into_response())
    })
    .await
}

pub async fn draft(State(gateway): Shared, headers: HeaderMap) -> Answer {
    Caller::operator(&gateway, &headers)?;
    Ok(Json(partner::enrolment::draft(&gateway)?).into_response())
}

pub async fn decide(State(gateway): Shared, request: Request) -> Answer {
    let decided = partner::enrolment::decide(&gateway, officers_word(&gateway, request).await?).await;
    Ok(Json(decided.map_err(not_taken)?).into_response())
}

pub async fn revoke(State(gateway): Shared, request: Request) -> Answer {
    let decided = partner::enrolment::revoke(&gateway, officers_word(&gateway, request).await?).await;
    Ok(Json(decided.map_err(not_taken)?).into_response())
}

pub async fn lock(State(gateway): Shared, request: Request) -> Answer {
    let decided = partner::enrolment::lock(&gateway, officers_word(&gateway, request).await?).await;
    Ok(Json(decided.map_err(not_taken)?).into_response())
}

/// What officers have signed: whoever carries it can change nothing.
async fn officers_word<T: serde::de::DeserializeOwned>(
    gateway: &std::sync::Arc<gateway::Gateway>,
    request: Request,
) -> Result<T, Problem> {
    Caller::operator(gateway, request.headers())?;
    from_json(&collect(request, OPERATORS, SMALL_OCTETS_MAX).await?)
}

fn not_taken(error: gateway::Error) -> Problem {
    match error {
        gateway::Error::WardenRefused(refusal) => {
            Problem::new(StatusCode::CONFLICT, "the warden does not take it", refusal.to_string())
        }
        other => Problem::from(other),
    }
}

pub async fn openapi() -> Response {
    Json(api::gateway::openapi()).into_response()
}

pub async fn alive() -> &'static str {
    "ok\n"
}

pub async fn ready(State(gateway): Shared) -> Answer {
    match gateway.ready() {
        Ok(()) => {
            let pairs = gateway.identity().map(gateway::message::Identity::pairs);
            let aside = pairs.iter().flat_map(|pairs| pairs.aside()).map(|one| format!("AS2: {one}\n"));
            Ok(format!("ready\n{}", aside.collect::<String>()).into_response())
        }
        Err(why) => Err(Problem::unavailable(why, "look whether the warden runs, and at the gateway's messages")),
    }
}

pub async fn metrics(State(gateway): Shared, Extension(edge): Extension<Edge>) -> Answer {
    let counts = blocking(&gateway, |gateway| {
        let unanchored = gateway.vault.unanchored_count().map_err(gateway::Error::from)?;
        Ok((unanchored, list::unanswered(gateway)?))
    });
    let (unanchored, (refused, overdue)) = counts.await?;
    let counted = gateway.metrics.to_text()
        + &edge.turned.to_text()
        + &partner::certificates::to_text(&gateway)
        + &tokens::to_text(&gateway);
    let text = counted
        + &format!("# TYPE bulla_unanchored gauge\nbulla_unanchored {unanchored}\n")
        + &format!("# TYPE bulla_deliveries_refused gauge\nbulla_deliveries_refused {refused}\n")
        + &format!("# TYPE bulla_deliveries_overdue gauge\nbulla_deliveries_overdue {overdue}\n");
    Ok(([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], text).into_response())
}
