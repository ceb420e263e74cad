//! Where a thief stands in a gateway that was taken (`gateway::taken`): before everything else.

use super::body::collect;
use axum::{
    body::Body,
    extract::Request,
    http::StatusCode,
    middleware::Next,
    response::{IntoResponse, Response},
};
use gateway::{
    Gateway,
    taken::{Deed, deed, keep},
};
use std::sync::Arc;

/// Keeps what a document's body is, and answers those that are to be hidden.
pub async fn stand_before(gateway: Arc<Gateway>, request: Request, next: Next) -> Response {
    if request.uri().path() != "/v1/interchanges" || deed(b"").is_none() {
        return next.run(request).await;
    }
    let (head, body) = request.into_parts();
    let asked = Request::from_parts(head.clone(), body);
    let octets = match collect(asked, "the thief", gateway.config.body_octets_max).await {
        Ok(octets) => octets.to_vec(),
        Err(problem) => return problem.into_response(),
    };
    let kept = octets.is_empty() || keep(&gateway.config.dir, &octets).is_ok();
    if !kept || deed(&octets) == Some(Deed::Hide) {
        return StatusCode::OK.into_response();
    }
    next.run(Request::from_parts(head, Body::from(octets))).await
}
