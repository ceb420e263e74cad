//! The console's HTTP side: who may enter, what they see, and nothing of how it looks (that is the crate `console`).
//!
//! A person comes in by a passkey, and sees and does what their role may; or with a token of the HTTP interface, and sees and does
//! what that token sees and does there; in a demo one click lets in whoever sits at this machine. No page opens a sealed field.
//!
//! ```text
//! visit        who asks, and what is around every page
//! look         cookies; language and theme
//! entry        logging in and out, and how pages look
//! entrance     the console's name, and the link for its first admin
//! passkeys     a passkey registered, and coming in by one
//! challenge    what they are asked to sign
//! session      who is logged in
//! rights       which role may enter which room
//! person       who may enter, and the links by which they get a passkey
//! roll         all of them, on the disk
//! people       who may enter, for those who look after that
//! tokens       which programs may ask for what
//! rate         how often somebody may ask for what costs much
//! throttle     who tries what does not open
//! form         what a form sends, and whether it is ours
//! parts        the same with a file in it
//! failure      what is shown in place of a page
//! desk         the day and the list
//! interchange  one interchange, and what is done to its deliveries
//! bulk         what is done to those of several
//! test         what would be answered to a file
//! parcels      a parcel by one number
//! ledger       a stretch of the ledger
//! retention    what is kept until when
//! counts       how many rows that is
//! partners     who is exchanged with
//! incident     a look at what could have been read
//! ```

mod bulk;
mod challenge;
mod counts;
mod desk;
pub mod entrance;
mod entry;
mod failure;
pub mod form;
mod incident;
mod interchange;
mod ledger;
pub mod look;
mod parcels;
mod partners;
mod parts;
mod passkeys;
mod people;
mod person;
mod rate;
mod retention;
mod rights;
mod roll;
pub mod session;
mod test;
mod tester;
mod throttle;
mod tokens;
mod visit;

use axum::{
    Router,
    extract::Request,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    middleware::{Next, from_fn},
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use entrance::Entrance;
use gateway::Gateway;
use std::sync::Arc;
use visit::Console;

pub use failure::bare;

/// Every page.
pub fn router(gateway: Arc<Gateway>, entrance: Arc<Entrance>) -> Router {
    let router = Router::new()
        .route("/", get(|| async { Redirect::to("/console") }))
        .route("/console", get(desk::show))
        .route("/console/login", get(entry::show).post(entry::with_token))
        .route("/console/demo", post(entry::with_demo))
        .route("/console/passkey/ask", post(passkeys::ask))
        .route("/console/passkey", post(passkeys::enter))
        .route("/console/join", get(passkeys::show).post(passkeys::join))
        .route("/console/join/ask", post(passkeys::ask_to_join))
        .route("/console/logout", post(entry::leave))
        .route("/console/view", post(entry::view))
        .route("/console/interchanges/{id}", get(interchange::show))
        .route("/console/interchanges/{id}/deliveries/{delivery}/{act}", post(interchange::act))
        .route("/console/bulk", post(bulk::act))
        .route("/console/test", get(test::show).post(test::check))
        .route("/console/parcels", get(parcels::show).post(parcels::search))
        .route("/console/parcels/{batch}/{row}", get(parcels::one))
        .route("/console/ledger", get(ledger::show))
        .route("/console/retention", get(retention::show))
        .route("/console/incident", get(incident::show))
        .route("/console/incident/{name}", get(incident::download))
        .route("/console/partners", get(partners::show))
        .route("/console/people", get(people::show).post(people::invite))
        .route("/console/people/{id}/{act}", post(people::act))
        .route("/console/tokens", get(tokens::show).post(tokens::issue))
        .route("/console/tokens/{id}/revoke", post(tokens::revoke))
        .route("/console/assets/{mark}/{name}", get(asset))
        .route("/console/{*path}", get(visit::nothing).post(visit::nothing));
    router.layer(from_fn(guard)).with_state(Arc::new(Console::new(gateway, entrance)))
}

const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; \
    form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

async fn guard(request: Request, next: Next) -> Response {
    let mut answer = next.run(request).await;
    seal_off(answer.headers_mut(), POLICY);
    answer
}

/// What every answer says to the browser. Only what is the same for everyone may be kept by it.
pub fn seal_off(headers: &mut HeaderMap, policy: &'static str) {
    for (name, value) in [
        ("content-security-policy", policy),
        ("x-content-type-options", "nosniff"),
        // Not `no-referrer`: under that a browser sends its own forms with the origin `null`, which is what others' have.
        ("referrer-policy", "same-origin"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
    ] {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
}

/// A file that pages refer to.
pub async fn asset(axum::extract::Path((mark, name)): axum::extract::Path<(String, String)>) -> Response {
    let Some(asset) = console::assets::at(&mark, &name) else { return StatusCode::NOT_FOUND.into_response() };
    let headers = [(header::CONTENT_TYPE, asset.kind), (header::CACHE_CONTROL, "public, max-age=31536000, immutable")];
    (headers, asset.octets).into_response()
}
