//! What is kept until when, and how much of it there is.

use super::{
    form::Form,
    rights::Room,
    visit::{Page, Shared, Visit},
};
use axum::{
    extract::State,
    http::{HeaderMap, Uri},
};
use gateway::{Error, retention::kept};

pub async fn show(State(console): Shared, headers: HeaderMap, uri: Uri) -> Page {
    let visit = Visit::to(Room::Retention, &console, &headers, &uri)?;
    let until = Form::read(uri.query().unwrap_or_default().as_bytes()).get("until").parse().ok();
    let (counts, gateway) = (console.counts.clone(), console.gateway.clone());
    let rows = memory::spawn_blocking(move || counts.rows(&gateway)).await.map_err(|_| visit.failure("failed"))?;
    let kept = kept::kept(&console.gateway, visit.caller.only(), rows.as_deref()).await;
    let kept = kept.map_err(|error| visit.warden(error))?;
    let page = move |visit: &Visit| {
        let unanchored = visit.console.gateway.vault.unanchored_count().map_err(Error::from)?;
        Ok(Some(console::retention::retention(&visit.frame("retention", unanchored), &kept, until)))
    };
    visit.page(page).await
}
