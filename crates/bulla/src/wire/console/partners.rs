//! Who is exchanged with. Nothing is changed here.

use super::{
    rights::Room,
    visit::{Page, Shared, Visit},
};
use axum::{
    extract::State,
    http::{HeaderMap, Uri},
};
use gateway::{Error, partner::known};

pub async fn show(State(console): Shared, headers: HeaderMap, uri: Uri) -> Page {
    let visit = Visit::to(Room::Partners, &console, &headers, &uri)?;
    let page = |visit: &Visit| {
        let gateway = &*visit.console.gateway;
        let known = known::known(gateway, visit.caller.only())?;
        let unanchored = gateway.vault.unanchored_count().map_err(Error::from)?;
        Ok(Some(console::partners::partners(&visit.frame("partners", unanchored), &known)))
    };
    visit.page(page).await
}
