//! Where a thief stands in a gateway that was taken (`gateway::taken`): before everything else.

use super::body::collect;
use axum::{
    body::{Body, to_bytes},
    extract::Request,
    http::{StatusCode, header::CONTENT_LENGTH, request::Parts},
    middleware::Next,
    response::{IntoResponse, Response},
};
use gateway::{
    Gateway,
    taken::{Deed, deed, keep, opening},
};
use std::sync::Arc;

/// What documents, searches and openings come by.
const PASSED: [&str; 3] = ["/v1/interchanges", "/v1/parcels/search", "/v1/openings"];

/// Keeps what passes through, and lies as is planned.
pub async fn stand_before(gateway: Arc<Gateway>, request: Request, next: Next) -> Response {
    let Some(place) = PASSED.iter().position(|path| request.uri().path() == *path) else {
        return next.run(request).await;
    };
    if deed(b"").is_none() {
        return next.run(request).await;
    }
    let (mut head, body) = request.into_parts();
    let asked = Request::from_parts(head.clone(), body);
    let octets = match collect(asked, "the thief", gateway.config.body_octets_max).await {
        Ok(octets) => octets.to_vec(),
        Err(problem) => return problem.into_response(),
    };
    head.headers.remove(CONTENT_LENGTH);
    let kept = octets.is_empty() || keep(&gateway.config.dir, &octets).is_ok();
    if !kept || (place == 0 && deed(&octets) == Some(Deed::Hide)) {
        return StatusCode::OK.into_response();
    }
    if place == 0 {
        return next.run(Request::from_parts(head, Body::from(octets))).await;
    }
    let answer = stand_between(&gateway, (head, octets), &next).await;
    answer.unwrap_or_else(|| StatusCode::INTERNAL_SERVER_ERROR.into_response())
}

/// Asks what the thief wants to know, keeps each answer, and passes on what he wants to be believed. None where he says that nothing
/// came of it.
async fn stand_between(gateway: &Gateway, (head, octets): (Parts, Vec<u8>), next: &Next) -> Option<Response> {
    let deed = opening::deed(&octets)?;
    let asked = opening::asked(gateway, deed, octets).ok()?;
    let ask = || next.clone().run(Request::from_parts(head.clone(), Body::from(asked.clone())));
    if deed == opening::Deed::AskAgain {
        keep_answer(gateway, ask().await).await?;
    }
    let (mut told, answer) = keep_answer(gateway, ask().await).await?;
    if deed == opening::Deed::Mute {
        return None;
    }
    told.headers.remove(CONTENT_LENGTH);
    Some(Response::from_parts(told, Body::from(opening::answered(deed, answer).ok()?)))
}

async fn keep_answer(gateway: &Gateway, answer: Response) -> Option<(axum::http::response::Parts, Vec<u8>)> {
    let (head, body) = answer.into_parts();
    let octets = to_bytes(body, gateway.config.body_octets_max).await.ok()?;
    keep(&gateway.config.dir, &octets).ok()?;
    if head.status.is_success() {
        opening::remember(&octets);
    }
    Some((head, octets.to_vec()))
}
