//! What partners and operators ask of documents: send, list, show; deliveries; find.

use super::{
    body::{SMALL_OCTETS_MAX, collect, collect_noting, from_json},
    caller::Caller,
    handler::{Answer, Shared, blocking},
    problem::Problem,
};
use api::gateway::Query;
use axum::{
    Extension, Json,
    extract::{Path, Request, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use door::Edge;
use gateway::{
    Gateway,
    disclosure::find,
    exchange::{
        Body, list,
        receive::{self, Reply},
    },
};
use ledger::{DeliveryId, InterchangeId, entry::Channel};
use seal::Kind;
use std::str::FromStr;

/// RFC 1767.
fn content_type(answer: &[u8]) -> &'static str {
    if answer.starts_with(b"UN") { "application/edifact" } else { "application/edi-x12" }
}

pub async fn send(State(gateway): Shared, Extension(edge): Extension<Edge>, request: Request) -> Answer {
    let caller = Caller::of(&gateway, request.headers())?;
    let name = caller.name();
    let Caller::Partner(partner) = caller else {
        return Err(Problem::forbidden("send with the token of the shipper, not of an operator"));
    };
    gateway.taking()?;
    let (channel, tls) = (Channel::Https, edge.tls);
    let ticket = gateway.ticket(&partner.id, channel, tls)?;
    let octets = collect_noting(request, &name, gateway.config.body_octets_max, &ticket).await?;
    let received = gateway.now();
    let replies = memory::spawn_blocking(move || {
        let (octets, partner, ticket, last) = (&octets[..], &partner, &ticket, true);
        let body = Body { ticket, last, partner, octets, received, channel, tls, decryption: None };
        receive::receive(&gateway, &body)
    });
    Ok(answered(&replies.await.map_err(|_| Problem::failed())??))
}

/// The answers one after the other; of several interchanges the headers name each, in their order.
fn answered(replies: &[Reply]) -> Response {
    let taken = replies.iter().any(Reply::taken);
    let status = if taken { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let each = |of: fn(&Reply) -> String| replies.iter().map(of).collect::<Vec<_>>().join(", ");
    let headers = [
        ("content-type", content_type(replies.first().map_or(b"", |reply| &reply.answer)).to_owned()),
        ("bulla-interchange", each(|reply| reply.interchange.to_string())),
        ("bulla-verdict", each(|reply| reply.verdict.to_string())),
    ];
    let answers: Vec<&[u8]> = replies.iter().map(|reply| &reply.answer[..]).collect();
    (status, headers, answers.concat()).into_response()
}

pub async fn list_interchanges(State(gateway): Shared, headers: HeaderMap) -> Answer {
    let caller = Caller::of(&gateway, &headers)?;
    blocking(&gateway, move |gateway| Ok(Json(list::interchanges(gateway, caller.only())?).into_response())).await
}

pub async fn show_interchange(State(gateway): Shared, Path(id): Path<String>, headers: HeaderMap) -> Answer {
    let (interchange, _) = found_interchange(&gateway, &id, &headers).await?;
    Ok(Json(interchange).into_response())
}

pub async fn show_acknowledgement(State(gateway): Shared, Path(id): Path<String>, headers: HeaderMap) -> Answer {
    let (_, answer) = found_interchange(&gateway, &id, &headers).await?;
    Ok(([(header::CONTENT_TYPE, content_type(&answer))], answer).into_response())
}

async fn found_interchange(
    gateway: &std::sync::Arc<Gateway>,
    id: &str,
    headers: &HeaderMap,
) -> Result<(api::gateway::Interchange, Vec<u8>), Problem> {
    let caller = Caller::of(gateway, headers)?;
    let id: InterchangeId = parsed(id)?;
    let found = blocking(gateway, move |gateway| Ok(list::find_interchange(gateway, caller.only(), &id)?)).await?;
    found.ok_or_else(|| Problem::not_found("no interchange of this id; `bulla interchange list` shows them"))
}

pub async fn list_deliveries(State(gateway): Shared, headers: HeaderMap) -> Answer {
    Caller::operator(&gateway, &headers)?;
    blocking(&gateway, |gateway| Ok(Json(list::deliveries(gateway)?).into_response())).await
}

pub async fn show_delivery(State(gateway): Shared, Path(id): Path<String>, headers: HeaderMap) -> Answer {
    Caller::operator(&gateway, &headers)?;
    let id = parsed(&id)?;
    blocking(&gateway, move |gateway| delivery(gateway, &id)).await
}

pub async fn act_on_delivery(
    State(gateway): Shared,
    Path((id, action)): Path<(String, String)>,
    headers: HeaderMap,
) -> Answer {
    Caller::operator(&gateway, &headers)?;
    let id = parsed(&id)?;
    blocking(&gateway, move |gateway| {
        act(gateway, &id, &action)?;
        delivery(gateway, &id)
    })
    .await
}

/// Does what an operator asks of a delivery.
pub fn act(gateway: &Gateway, id: &DeliveryId, action: &str) -> Result<(), Problem> {
    let done = match action {
        "resend" => gateway.vault.resend(id, gateway.now()),
        "hold" => gateway.vault.hold(id),
        "release" => gateway.vault.release(id, gateway.now()),
        _ => return Err(Problem::not_found("the actions are resend, hold and release")),
    };
    done.map_err(|error| match error {
        vault::Error::State { .. } if action == "resend" => Problem::expired(),
        vault::Error::State { .. } => {
            let detail = "hold takes a waiting delivery, release a held one";
            Problem::new(StatusCode::CONFLICT, "not in a state for that", detail)
        }
        other => gateway::Error::from(other).into(),
    })?;
    gateway.wake_delivery();
    Ok(())
}

fn delivery(gateway: &Gateway, id: &DeliveryId) -> Answer {
    let found = list::find_delivery(gateway, id)?;
    Ok(Json(found.ok_or_else(no_delivery)?).into_response())
}

/// There is none of that id.
pub fn no_delivery() -> Problem {
    Problem::not_found("no delivery of this id; `bulla delivery list` shows them")
}

pub async fn search(State(gateway): Shared, request: Request) -> Answer {
    let caller = Caller::of(&gateway, request.headers())?;
    let body = collect(request, &caller.name(), SMALL_OCTETS_MAX).await?;
    blocking(&gateway, move |gateway| {
        let query: Query = from_json(&body)?;
        let (kind, number) = match (&query.tracking, &query.manifest, &query.order) {
            (Some(number), None, None) => (Kind::Tracking, number),
            (None, Some(number), None) => (Kind::Manifest, number),
            (None, None, Some(number)) => (Kind::Order, number),
            _ => return Err(Problem::bad_request("ask for exactly one of tracking, manifest and order")),
        };
        Ok(Json(find::search(gateway, caller.only(), kind, number.as_bytes())?).into_response())
    })
    .await
}

/// An id in a path.
fn parsed<T: FromStr<Err = ledger::Malformed>>(text: &str) -> Result<T, Problem> {
    text.parse().map_err(|error| Problem::bad_request(format!("{error}")))
}
