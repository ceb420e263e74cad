//! A stretch of the ledger, as the URL asks for it.

use super::{
    form::Form,
    rights::Room,
    visit::{Page, Shared, Visit},
};
use axum::{
    extract::State,
    http::{HeaderMap, Uri},
};
use gateway::{Error, disclosure::record};

pub async fn show(State(console): Shared, headers: HeaderMap, uri: Uri) -> Page {
    let visit = Visit::to(Room::Ledger, &console, &headers, &uri)?;
    // What is no index asks for the end.
    let index = Form::read(uri.query().unwrap_or_default().as_bytes()).get("before").trim().parse().ok();
    let record = record::before(&console.gateway, index, visit.caller.only().cloned()).await;
    let record = record.map_err(|error| visit.warden(error))?;
    let page = move |visit: &Visit| {
        let unanchored = visit.console.gateway.vault.unanchored_count().map_err(Error::from)?;
        Ok(Some(console::entries::ledger(&visit.frame("ledger", unanchored), &record)))
    };
    visit.page(page).await
}
