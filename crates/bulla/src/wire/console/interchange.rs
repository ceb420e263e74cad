//! One interchange, and what an operator does to its deliveries.

use super::{
    entry::small,
    form::Form,
    rights::Room,
    visit::{Page, Shared, Visit},
};
use crate::wire::documents;
use axum::{
    extract::{Path, Request, State},
    http::{HeaderMap, Uri},
    response::{IntoResponse, Redirect},
};
use console::{act::Act, interchange::View};
use gateway::exchange::desk;
use ledger::{DeliveryId, InterchangeId};

pub async fn show(State(console): Shared, Path(id): Path<String>, headers: HeaderMap, uri: Uri) -> Page {
    let visit = Visit::to(Room::Desk, &console, &headers, &uri)?;
    let Ok(id) = id.parse::<InterchangeId>() else { return Err(visit.failure("missing")) };
    let done = Act::with_word(Form::read(uri.query().unwrap_or_default().as_bytes()).get("done"));
    let page = move |visit: &Visit| {
        let (gateway, only) = (&*visit.console.gateway, visit.caller.only());
        let Some((row, answer)) = desk::one(gateway, only, &id)? else { return Ok(None) };
        let unanchored = gateway.vault.unanchored_count().map_err(gateway::Error::from)?;
        let view =
            View { row: &row, answer: &answer, now: gateway.now(), may_act: visit.rights.may(Room::Deliveries), done };
        Ok(Some(console::interchange::interchange(&visit.frame("desk", unanchored), &view)))
    };
    visit.page(page).await
}

pub async fn act(
    State(console): Shared,
    Path((id, delivery, act)): Path<(String, String, String)>,
    headers: HeaderMap,
    uri: Uri,
    request: Request,
) -> Page {
    let visit = Visit::to(Room::Deliveries, &console, &headers, &uri)?;
    let form = small(&console, &headers, request).await?;
    visit.form_is_ours(form.get("form"))?;
    let (Ok(id), Ok(delivery)) = (id.parse::<InterchangeId>(), delivery.parse::<DeliveryId>()) else {
        return Err(visit.failure("missing"));
    };
    let Some(wanted) = Act::with_word(&act) else { return Err(visit.failure("missing")) };
    let gateway = visit.console.gateway.clone();
    let done = memory::spawn_blocking(move || {
        let (row, _) = desk::one(&gateway, None, &id)?.ok_or_else(documents::no_delivery)?;
        row.deliveries.iter().find(|own| own.id == delivery).ok_or_else(documents::no_delivery)?;
        documents::act(&gateway, &delivery, &act)
    });
    match done.await {
        Ok(Ok(())) => Ok(Redirect::to(&format!("/console/interchanges/{id}?done={}", wanted.word())).into_response()),
        Ok(Err(problem)) => Err(visit.problem(&problem)),
        Err(_) => Err(visit.failure("failed")),
    }
}
