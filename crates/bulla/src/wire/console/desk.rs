//! The day and the list, as the URL asks for it.

use super::{
    form::Form,
    rights::Room,
    visit::{Page, Shared, Visit},
};
use api::gateway::desk::{Standing, Wanted};
use axum::{
    extract::State,
    http::{HeaderMap, Uri},
    response::{IntoResponse, Redirect},
};
use console::desk::{CHANNELS, Filter, SINCE};
use gateway::{Gateway, exchange::desk};
use ledger::{Time, word::MessageKind};
use std::collections::BTreeSet;

const CONTROL_LENGTH_MAX: usize = 14;
const DAY: i64 = 86_400_000;

pub async fn show(State(console): Shared, headers: HeaderMap, uri: Uri) -> Page {
    let visit = Visit::of(&console, &headers, &uri)?;
    if !visit.rights.may(Room::Desk) {
        let home = visit.rights.home().ok_or_else(|| visit.failure("forbidden"))?;
        return Ok(Redirect::to(home).into_response());
    }
    let filter = filter(&Form::read(uri.query().unwrap_or_default().as_bytes()));
    let page = move |visit: &Visit| {
        let (gateway, only) = (&*visit.console.gateway, visit.caller.only());
        let figures = desk::figures(gateway, only)?;
        let list = desk::page(gateway, only, &wanted(&filter, figures.now))?;
        let partners = if only.is_none() { shippers(gateway) } else { Vec::new() };
        let unanchored = gateway.vault.unanchored_count().map_err(gateway::Error::from)?;
        Ok(Some(console::desk::desk(
            &visit.frame("desk", unanchored),
            &figures,
            &list,
            &filter,
            (&partners, visit.rights.may(Room::Deliveries)),
        )))
    };
    visit.page(page).await
}

/// What is not of the form's own lists is left out.
fn filter(asked: &Form) -> Filter {
    let known = |name: &str, is: &dyn Fn(&str) -> bool| {
        Some(asked.get(name)).filter(|value| is(value)).unwrap_or_default().to_owned()
    };
    let mut since = known("since", &|word| SINCE.iter().any(|(own, _)| *own == word));
    if since.is_empty() {
        since = "day".to_owned();
    }
    Filter {
        partner: known("partner", &|id| id.parse::<gateway::partner::PartnerId>().is_ok()),
        channel: known("channel", &|word| CHANNELS.iter().any(|(own, _)| *own == word)),
        kind: known("kind", &|word| kind(word).is_some()),
        state: known("state", &|word| Standing::ALL.iter().any(|(_, own)| *own == word)),
        since,
        control: asked.get("control").trim().chars().take(CONTROL_LENGTH_MAX).collect(),
        after: known("after", &|place| place.parse::<api::gateway::desk::Place>().is_ok()),
    }
}

fn kind(word: &str) -> Option<MessageKind> {
    MessageKind::ALL.into_iter().find(|kind| kind.as_str() == word)
}

fn wanted(filter: &Filter, now: Time) -> Wanted {
    let days = SINCE.iter().find(|(word, _)| *word == filter.since).and_then(|(_, days)| *days);
    let since = match (days, &*filter.since) {
        (Some(days), _) => now.milliseconds() - i64::from(days) * DAY,
        (None, "today") => now.milliseconds().div_euclid(DAY) * DAY,
        (None, _) => i64::MIN,
    };
    let some = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
    Wanted {
        partner: some(&filter.partner),
        channel: CHANNELS.iter().find(|(word, _)| *word == filter.channel).map(|(_, channel)| *channel),
        kind: kind(&filter.kind),
        standing: Standing::ALL.iter().find(|(_, word)| *word == filter.state).map(|(standing, _)| *standing),
        control: some(&filter.control),
        since: Time::from_milliseconds(since),
        after: filter.after.parse().ok(),
    }
}

/// Who sends, by name.
fn shippers(gateway: &Gateway) -> Vec<String> {
    let partners = gateway.partners();
    let ids: BTreeSet<_> = partners.agreements().map(|agreement| agreement.shipper.to_string()).collect();
    ids.into_iter().collect()
}
