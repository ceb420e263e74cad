//! The way in, the way out, and how pages look.

use super::{
    failure::{Failure, bare},
    form::{Form, is_from_here},
    look::{DOOR, LANGUAGE, Look, SESSION, THEME, guarded},
    session::{self, Way},
    visit::{Console, Page, Shared, Visit},
};
use crate::wire::{
    body::collect,
    caller::{self, Credential},
};
use axum::{
    Extension,
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, Uri, header},
    response::{Html, IntoResponse, Redirect, Response},
};
use console::{Fault, Frame, Language, Theme};
use door::{Edge, Peer};
use durable::random;
use gateway::tokens;
use zeroize::Zeroizing;

/// A token and two small fields.
const FORM_OCTETS_MAX: usize = 4096;
/// Whose share of the room for bodies it is before anybody is known.
const VISITORS: &str = "the console's visitors";

pub async fn show(State(console): Shared, Extension(edge): Extension<Edge>, headers: HeaderMap) -> Page {
    // A demo is entered by its name only, which no other machine's page can lead here.
    if let Some(origin) = console.entrance.instead(&edge, &headers).filter(|_| console.gateway.config.demo) {
        return Ok(Redirect::temporary(&format!("{origin}/console/login")).into_response());
    }
    Ok(way_in(&console, &edge, &headers, None))
}

/// A page with forms that are bound to this browser by a cookie, for whoever is not known yet.
pub fn at_the_door(
    console: &Console,
    edge: &Edge,
    headers: &HeaderMap,
    here: &str,
    page: impl FnOnce(&Frame) -> String,
) -> Response {
    let look = Look::of(headers);
    let known = console.cookie(headers, DOOR).filter(|id| id.len() == 64).map(str::to_owned);
    let Some(id) = known.or_else(|| random::octets::<32>().ok().map(hex::encode)) else {
        return Failure::of("failed", look, None).into_response();
    };
    let frame = Frame {
        gateway: console.gateway.config.worker.to_string(),
        form: session::form_token(&id),
        demo: console.gateway.config.demo && console.entrance.is_local(headers),
        here: here.to_owned(),
        views: if console.entrance.open_tests { vec!["test"] } else { Vec::new() },
        ..bare(look)
    };
    let mut page = Html(page(&frame)).into_response();
    set_cookie(&mut page, DOOR, &id, "", by_tls(console, edge, headers));
    page
}

fn way_in(console: &Console, edge: &Edge, headers: &HeaderMap, fault: Option<Fault>) -> Response {
    let passkeys = console.entrance.place(edge.tls, headers).is_some();
    let page = |frame: &Frame| console::login(frame, passkeys, fault);
    let mut page = at_the_door(console, edge, headers, "/console/login", page);
    *page.status_mut() = match fault {
        None => StatusCode::OK,
        Some(Fault::WrongToken | Fault::TokenOver) => StatusCode::FORBIDDEN,
        Some(Fault::Wait(_)) => StatusCode::TOO_MANY_REQUESTS,
    };
    page
}

/// A form of whoever is not known yet: from here, and bound to this browser. Its fields.
pub async fn entering(console: &Console, headers: &HeaderMap, request: Request) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let look = Look::of(headers);
    is_from_here(headers, console.gateway.config.demo, look)?;
    let body = collect(request, VISITORS, FORM_OCTETS_MAX).await;
    let body = body.map_err(|problem| Failure::of(super::failure::kind(problem.status()), look, None))?;
    is_of_the_door(console, headers, Form::read(&body).get("form"))?;
    Ok(Zeroizing::new(body.to_vec()))
}

/// Whether a form brought what those of this browser have while nobody is known.
pub fn is_of_the_door(console: &Console, headers: &HeaderMap, brought: &str) -> Result<(), Failure> {
    let id = console.cookie(headers, DOOR).filter(|id| id.len() == 64);
    let ours = id.is_some_and(|id| session::is_form_token(id, brought));
    if ours { Ok(()) } else { Err(Failure::of("form", Look::of(headers), None)) }
}

pub async fn with_token(
    State(console): Shared,
    Extension(edge): Extension<Edge>,
    Extension(Peer(peer)): Extension<Peer>,
    headers: HeaderMap,
    request: Request,
) -> Page {
    let body = entering(&console, &headers, request).await?;
    let now = console.gateway.now();
    // Who has a token comes in, however many others behind the same address try what is none.
    let digest = caller::digest(Form::read(&body).get("token").trim());
    let shown = Credential::by_digest(&console.gateway, digest);
    if let Err(error) = &shown {
        if let Some(seconds) = console.throttle.wait_seconds(peer, now) {
            let mut page = way_in(&console, &edge, &headers, Some(Fault::Wait(seconds)));
            page.headers_mut().insert(header::RETRY_AFTER, seconds.into());
            return Ok(page);
        }
        console.throttle.wrong(peer, now);
        let over = matches!(error, tokens::Error::Ended(_) | tokens::Error::Revoked(_));
        let fault = if over { Fault::TokenOver } else { Fault::WrongToken };
        return Ok(way_in(&console, &edge, &headers, Some(fault)));
    }
    shown.iter().for_each(|credential| credential.is_used(&console.gateway));
    console.throttle.right(peer);
    enter(&console, &edge, &headers, Way::Token(digest))
}

pub async fn with_demo(
    State(console): Shared,
    Extension(edge): Extension<Edge>,
    Extension(Peer(peer)): Extension<Peer>,
    headers: HeaderMap,
    request: Request,
) -> Page {
    entering(&console, &headers, request).await?;
    if !console.gateway.config.demo || !peer.is_loopback() {
        return Err(Failure::of("missing", Look::of(&headers), None));
    }
    if !console.entrance.is_local(&headers) {
        return Err(Failure::of("origin", Look::of(&headers), None));
    }
    enter(&console, &edge, &headers, Way::Demo)
}

/// With an id that nobody knew before; the one that was used until now ends.
pub fn enter(console: &Console, edge: &Edge, headers: &HeaderMap, way: Way) -> Page {
    if let Some(before) = console.cookie(headers, SESSION) {
        console.sessions.end(before);
    }
    let id = console.sessions.begin(way, console.gateway.now());
    let id = id.map_err(|_| Failure::of("failed", Look::of(headers), None))?;
    let mut answer = Redirect::to("/console").into_response();
    set_cookie(&mut answer, SESSION, &id, "", by_tls(console, edge, headers));
    set_cookie(&mut answer, DOOR, "", "; Max-Age=0", by_tls(console, edge, headers));
    Ok(answer)
}

pub async fn leave(
    State(console): Shared,
    Extension(edge): Extension<Edge>,
    headers: HeaderMap,
    uri: Uri,
    request: Request,
) -> Page {
    let visit = Visit::of(&console, &headers, &uri)?;
    let body = small(&console, &headers, request).await?;
    visit.form_is_ours(body.get("form"))?;
    console.sessions.end(console.cookie(&headers, SESSION).unwrap_or_default());
    let mut answer = Redirect::to("/console/login").into_response();
    set_cookie(&mut answer, SESSION, "", "; Max-Age=0", by_tls(&console, &edge, &headers));
    Ok(answer)
}

/// Language and theme, for a year; whoever asks, and whatever they were before.
pub async fn view(
    State(console): Shared,
    Extension(edge): Extension<Edge>,
    headers: HeaderMap,
    request: Request,
) -> Page {
    let form = small(&console, &headers, request).await?;
    let back = form.get("back");
    // Only a path of ours, and nothing that a browser could take for another host.
    let plain = back.starts_with("/console") && back.bytes().all(|octet| octet.is_ascii_graphic() && octet != b'\\');
    let mut answer = Redirect::to(if plain { back } else { "/console" }).into_response();
    if let Some(language) = Language::with_code(form.get("language")) {
        set_cookie(&mut answer, LANGUAGE, language.code(), "; Max-Age=31536000", by_tls(&console, &edge, &headers));
    }
    if Theme::with_word(form.get("theme")).is_some() {
        set_cookie(&mut answer, THEME, form.get("theme"), "; Max-Age=31536000", by_tls(&console, &edge, &headers));
    }
    Ok(answer)
}

/// A small form from a page of ours.
pub async fn small(console: &Console, headers: &HeaderMap, request: Request) -> Result<Form, Failure> {
    let look = Look::of(headers);
    is_from_here(headers, console.gateway.config.demo, look)?;
    let body = collect(request, VISITORS, FORM_OCTETS_MAX).await;
    let body = body.map_err(|problem| Failure::of(super::failure::kind(problem.status()), look, None))?;
    Ok(Form::read(&body))
}

/// Whether the browser came by TLS, ours or that of a proxy before us: browsers send the origin with every form.
fn by_tls(console: &Console, edge: &Edge, headers: &HeaderMap) -> bool {
    edge.tls
        || console.entrance.is_by_tls()
        || headers.get(header::ORIGIN).is_some_and(|origin| origin.as_bytes().starts_with(b"https://"))
}

/// No script reads it, and no other site's request brings it; by TLS only, where there is any.
fn set_cookie(answer: &mut Response, name: &str, value: &str, more: &str, tls: bool) {
    let secure = if tls { "; Secure" } else { "" };
    let name = guarded(name, tls && [SESSION, DOOR].contains(&name));
    let text = format!("{name}={value}; Path=/; HttpOnly; SameSite=Strict{more}{secure}");
    if let Ok(text) = HeaderValue::from_str(&text) {
        answer.headers_mut().append(header::SET_COOKIE, text);
    }
}
