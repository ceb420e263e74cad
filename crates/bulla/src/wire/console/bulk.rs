//! One form, several interchanges: each delivery of theirs is held, released or sent again as if by itself.

use super::{
    entry::small,
    failure::Failure,
    look::Look,
    rights::Room,
    visit::{Page, Shared, Visit},
};
use crate::wire::{documents, problem::Problem};
use axum::{
    extract::{Request, State},
    http::{HeaderMap, StatusCode, Uri},
};
use console::{
    act::Act,
    bulk::{Line, Outcome, bulk},
};
use gateway::{Gateway, exchange::desk};
use ledger::{DeliveryId, InterchangeId};
use std::collections::BTreeSet;

/// As many as a page of the list has.
const INTERCHANGES_MAX: usize = 50;

pub async fn act(State(console): Shared, headers: HeaderMap, uri: Uri, request: Request) -> Page {
    let visit = Visit::to(Room::Deliveries, &console, &headers, &uri)?;
    let form = small(&console, &headers, request).await?;
    visit.form_is_ours(form.get("form"))?;
    let named: BTreeSet<String> = form.all("interchange").map(str::to_owned).collect();
    let act = Act::with_word(form.get("act")).ok_or_else(|| visit.failure("missing"))?;
    if named.is_empty() || named.len() > INTERCHANGES_MAX {
        return Err(visit.failure("bulk"));
    }
    let done = memory::spawn_blocking(move || {
        let lines: Vec<Line> = named.iter().flat_map(|id| of_one(&visit, id, act)).collect();
        (visit, lines)
    });
    let (visit, lines) = done.await.map_err(|_| Failure::of("failed", Look::of(&headers), None))?;
    let page = move |visit: &Visit| {
        let unanchored = visit.console.gateway.vault.unanchored_count().map_err(gateway::Error::from)?;
        Ok(Some(bulk(&visit.frame("desk", unanchored), act, &lines)))
    };
    visit.page(page).await
}

/// What becomes of an interchange's deliveries. Whoever asks sees and does here what they would one by one.
fn of_one(visit: &Visit, named: &str, act: Act) -> Vec<Line> {
    let gateway = &*visit.console.gateway;
    let found =
        named.parse::<InterchangeId>().ok().and_then(|id| desk::one(gateway, visit.caller.only(), &id).transpose());
    let none = |outcome| {
        let interchange = named.chars().take(32).filter(char::is_ascii_hexdigit).collect();
        vec![Line { interchange, delivery: None, carrier: String::new(), outcome }]
    };
    let deliveries = match found {
        Some(Ok((row, _))) if !row.deliveries.is_empty() => row.deliveries,
        Some(Err(_)) => return none(Outcome::Failed),
        _ => return none(Outcome::Missing),
    };
    let line = |delivery: api::gateway::Delivery| Line {
        interchange: named.to_owned(),
        outcome: outcome(gateway, &delivery.id, act),
        delivery: Some(delivery.id.to_string()),
        carrier: delivery.carrier,
    };
    deliveries.into_iter().map(line).collect()
}

fn outcome(gateway: &Gateway, id: &DeliveryId, act: Act) -> Outcome {
    match documents::act(gateway, id, act.word()).as_ref().map_err(Problem::status) {
        Ok(()) => Outcome::Done,
        Err(StatusCode::CONFLICT) => Outcome::State,
        Err(StatusCode::NOT_FOUND) => Outcome::Missing,
        Err(_) => Outcome::Failed,
    }
}
