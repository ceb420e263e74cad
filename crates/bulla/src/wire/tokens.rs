//! Tokens, for operators: issued, listed, revoked. Each act leaves a line in the gateway's log, by ids and not by labels.

use super::{
    body::{SMALL_OCTETS_MAX, collect, from_json},
    caller::{Caller, Credential, OPERATORS},
    handler::{Answer, Shared, blocking},
    problem::Problem,
};
use api::gateway::{IssuedToken, Token, WantedToken};
use axum::{
    Json,
    extract::{Path, Request, State},
    http::HeaderMap,
    response::IntoResponse,
};
use gateway::{Gateway, tokens};

pub async fn list(State(gateway): Shared, headers: HeaderMap) -> Answer {
    Caller::operator(&gateway, &headers)?;
    blocking(&gateway, |gateway| Ok(Json(tokens::list(gateway)).into_response())).await
}

pub async fn issue(State(gateway): Shared, request: Request) -> Answer {
    Caller::operator(&gateway, request.headers())?;
    let credential = Credential::of(&gateway, request.headers())?;
    let wanted: WantedToken = from_json(&collect(request, OPERATORS, SMALL_OCTETS_MAX).await?)?;
    blocking(&gateway, move |gateway| {
        let issued = tokens::issue(gateway, wanted, &credential.scopes, &credential.id)?;
        say_issued(&issued, &credential.id);
        Ok(Json(issued).into_response())
    })
    .await
}

pub async fn revoke(State(gateway): Shared, Path(id): Path<String>, headers: HeaderMap) -> Answer {
    Caller::operator(&gateway, &headers)?;
    let by = Credential::of(&gateway, &headers)?.id;
    blocking(&gateway, move |gateway| Ok(Json(revoked(gateway, &id, &by)?).into_response())).await
}

/// Revokes a token, and says so.
pub fn revoked(gateway: &Gateway, id: &str, by: &str) -> Result<Token, Problem> {
    let token = tokens::revoke(gateway, id)?;
    eprintln!("gateway: token {} is revoked by {by}", token.id);
    Ok(token)
}

/// The log's line.
pub fn say_issued(issued: &IssuedToken, by: &str) {
    let scopes: Vec<_> = issued.token.scopes.iter().map(|scope| scope.as_str()).collect();
    let whose = issued.token.partner.as_deref().unwrap_or("an operator");
    eprintln!("gateway: token {} of {whose} ({}) is issued by {by}", issued.token.id, scopes.join(", "));
}
