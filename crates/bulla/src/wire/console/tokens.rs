//! Which programs may ask for what: tokens listed, issued and revoked, as the HTTP interface does it.

use super::{
    entry::small,
    failure::Failure,
    form::Form,
    look::Look,
    rights::Room,
    visit::{Page, Shared, Visit},
};
use crate::wire::{
    problem::Problem,
    tokens::{revoked, say_issued},
};
use api::gateway::{IssuedToken, Scope, WantedToken};
use axum::{
    extract::{Path, Request, State},
    http::{HeaderMap, StatusCode, Uri},
    response::{IntoResponse, Redirect},
};
use console::tokens::Tokens;
use gateway::tokens;
use std::collections::BTreeSet;

pub async fn show(State(console): Shared, headers: HeaderMap, uri: Uri) -> Page {
    let visit = Visit::to(Room::Tokens, &console, &headers, &uri)?;
    visit.page(|visit| shown(visit, None).map(Some)).await
}

/// A new one, on the page this once.
pub async fn issue(State(console): Shared, headers: HeaderMap, uri: Uri, request: Request) -> Page {
    let visit = Visit::to(Room::Issue, &console, &headers, &uri)?;
    let form = small(&console, &headers, request).await?;
    visit.form_is_ours(form.get("form"))?;
    let wanted = wanted(&form).ok_or_else(|| visit.failure("token"))?;
    let issued = memory::spawn_blocking(move || {
        let issued = tokens::issue(&visit.console.gateway, wanted, &visit.rights.scopes, visit.actor());
        (visit, issued)
    });
    let (visit, issued) = issued.await.map_err(|_| Failure::of("failed", Look::of(&headers), None))?;
    let issued = issued.map_err(|error| {
        let problem = Problem::from(error);
        if problem.status() == StatusCode::BAD_REQUEST { visit.failure("token") } else { visit.problem(&problem) }
    })?;
    say_issued(&issued, visit.actor());
    visit.page(|visit| shown(visit, Some(issued)).map(Some)).await
}

/// What the form asks for; none where a scope or a number is none.
fn wanted(form: &Form) -> Option<WantedToken> {
    let scopes = form.all("scope").map(str::parse).collect::<Result<BTreeSet<Scope>, _>>().ok()?;
    Some(WantedToken {
        label: form.get("label").to_owned(),
        partner: Some(form.get("partner").to_owned()).filter(|partner| !partner.is_empty()),
        scopes,
        days: Some(form.get("days").parse().ok()?),
    })
}

pub async fn revoke(
    State(console): Shared,
    Path(id): Path<String>,
    headers: HeaderMap,
    uri: Uri,
    request: Request,
) -> Page {
    let visit = Visit::to(Room::Issue, &console, &headers, &uri)?;
    let form = small(&console, &headers, request).await?;
    visit.form_is_ours(form.get("form"))?;
    let done = memory::spawn_blocking(move || {
        let done = revoked(&visit.console.gateway, &id, visit.actor());
        (visit, done)
    });
    match done.await {
        Ok((_, Ok(_))) => Ok(Redirect::to("/console/tokens").into_response()),
        Ok((visit, Err(problem))) => Err(visit.problem(&problem)),
        Err(_) => Err(Failure::of("failed", Look::of(&headers), None)),
    }
}

fn shown(visit: &Visit, issued: Option<IssuedToken>) -> Result<String, Problem> {
    let gateway = &visit.console.gateway;
    let page = Tokens {
        tokens: tokens::list(gateway),
        issued,
        may_act: visit.rights.may(Room::Issue),
        partners: gateway.partners().partners().map(|partner| partner.id.to_string()).collect(),
        now: gateway.now(),
    };
    let unanchored = gateway.vault.unanchored_count().map_err(gateway::Error::from)?;
    Ok(console::tokens::tokens(&visit.frame("tokens", unanchored), &page))
}
