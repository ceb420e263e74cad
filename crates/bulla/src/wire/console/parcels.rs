//! A parcel by one number, or by its place. The number comes in a form and is forgotten: it stands in no URL, log or session.

use super::{
    entry::small,
    failure::Failure,
    form::Form,
    rights::Room,
    visit::{Page, Shared, Visit},
};
use crate::wire::problem::Problem;
use api::{
    gateway::{Parcel, record::Opening},
    warden::PeriodStatus,
};
use axum::{
    extract::{Path, Request, State},
    http::{HeaderMap, Uri},
};
use console::parcels::{Found, View, parcels};
use gateway::{
    Error,
    disclosure::{find, record},
    exchange::desk,
    retention::kept,
};
use ledger::BatchId;
use seal::Kind;

/// The three searches, by their fields' names.
const KINDS: [(&str, Kind); 3] = [("tracking", Kind::Tracking), ("order", Kind::Order), ("manifest", Kind::Manifest)];

pub async fn show(State(console): Shared, headers: HeaderMap, uri: Uri) -> Page {
    let visit = Visit::to(Room::Parcels, &console, &headers, &uri)?;
    told(visit, Found::Blank).await
}

pub async fn search(State(console): Shared, headers: HeaderMap, uri: Uri, request: Request) -> Page {
    let visit = Visit::to(Room::Parcels, &console, &headers, &uri)?;
    let form = small(&console, &headers, request).await?;
    visit.form_is_ours(form.get("form"))?;
    let Some((name, kind)) = asked(&form) else { return told(visit, Found::Unclear).await };
    let seek = move |visit: &Visit| {
        let number = form.get(name).trim().as_bytes();
        find::search(&visit.console.gateway, visit.caller.only(), kind, number)
    };
    let (visit, mut found) = sought(visit, seek).await?;
    match found.parcels.len() {
        0 => told(visit, Found::Nothing).await,
        1 => shown(visit, found.parcels.remove(0)).await,
        _ => {
            let page = move |visit: &Visit| page(visit, &Found::Several(&found.parcels, found.truncated));
            visit.page(page).await
        }
    }
}

pub async fn one(
    State(console): Shared,
    Path((batch, row)): Path<(String, String)>,
    headers: HeaderMap,
    uri: Uri,
) -> Page {
    let visit = Visit::to(Room::Parcels, &console, &headers, &uri)?;
    let (Ok(batch), Ok(row)) = (batch.parse::<BatchId>(), row.parse::<u32>()) else {
        return Err(visit.failure("missing"));
    };
    let seek = move |visit: &Visit| find::one(&visit.console.gateway, visit.caller.only(), &batch, row);
    match sought(visit, seek).await? {
        (visit, Some(parcel)) => shown(visit, parcel).await,
        (visit, None) => Err(visit.failure("missing")),
    }
}

/// A look at the disk, off the threads that serve connections.
async fn sought<T: Send + 'static>(
    visit: Visit,
    seek: impl FnOnce(&Visit) -> Result<T, Error> + Send + 'static,
) -> Result<(Visit, T), Failure> {
    let look = visit.look;
    let done = memory::spawn_blocking(move || {
        let found = seek(&visit);
        (visit, found)
    });
    let (visit, found) = done.await.map_err(|_| Failure::of("failed", look, None))?;
    match found {
        Ok(found) => Ok((visit, found)),
        Err(error) => Err(visit.problem(&error.into())),
    }
}

/// Exactly one number was given.
fn asked(form: &Form) -> Option<(&'static str, Kind)> {
    let mut given = KINDS.into_iter().filter(|(name, _)| !form.get(name).trim().is_empty());
    given.next().filter(|_| given.next().is_none())
}

async fn told(visit: Visit, found: Found<'static>) -> Page {
    visit.page(move |visit| page(visit, &found)).await
}

/// One parcel, with what the warden says of its keys and its openings, if it says anything.
async fn shown(visit: Visit, mut parcel: Parcel) -> Page {
    let gateway = &visit.console.gateway;
    let mine = |status: &PeriodStatus| parcel.sealed.iter().any(|to| to.period == status.period);
    // Whoever may see the parcel may see until when it is kept.
    let periods: Option<Vec<PeriodStatus>> =
        kept::kept(gateway, None, None).await.ok().map(|kept| kept.periods.into_iter().filter(mine).collect());
    let own = |opening: &Opening| opening.scope.batch == parcel.batch && opening.scope.rows.contains(&parcel.row);
    let openings = record::before(gateway, None, visit.caller.only().cloned()).await;
    let openings: Vec<Opening> =
        openings.map_or_else(|_| Vec::new(), |record| record.openings.into_iter().filter(own).collect());
    let work = move |visit: &Visit| {
        let gateway = &visit.console.gateway;
        let came = parcel.interchange.map(|id| desk::one(gateway, visit.caller.only(), &id)).transpose()?.flatten();
        let came = came.filter(|_| visit.rights.may(Room::Desk));
        // A carrier may see the parcel, and not the document that brought it.
        parcel.interchange = came.as_ref().and(parcel.interchange);
        let view = View {
            parcel: &parcel,
            periods: periods.as_deref(),
            entry: came.and_then(|(row, _)| row.interchange.ledger),
            openings: &openings,
            now: gateway.now(),
        };
        page(visit, &Found::One(view))
    };
    visit.page(work).await
}

fn page(visit: &Visit, found: &Found<'_>) -> Result<Option<String>, Problem> {
    let unanchored = visit.console.gateway.vault.unanchored_count().map_err(Error::from)?;
    Ok(Some(parcels(&visit.frame("parcels", unanchored), found)))
}
