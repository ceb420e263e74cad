//! The two ceremonies over HTTP: a link's holder registers a passkey, and whoever has one comes in. A script of ours asks for a challenge,
//! has the authenticator sign it, and brings what came of it, each as a form of the way in.

use super::{
    challenge::Ceremony,
    entry::{at_the_door, enter as let_in, entering},
    failure::Failure,
    form::Form,
    look::{DOOR, Look},
    person::Secret,
    roll::{Error, holder},
    session::Way,
    visit::{Console, Page, Shared},
};
use axum::{
    Extension, Json,
    extract::{Request, State},
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use door::{Edge, Peer};
use passkey::{Place, Refused};
use serde_json::json;
use std::net::IpAddr;

/// What a browser is asked to have signed.
pub async fn ask(
    State(console): Shared,
    Extension(edge): Extension<Edge>,
    Extension(Peer(peer)): Extension<Peer>,
    headers: HeaderMap,
    request: Request,
) -> Page {
    entering(&console, &headers, request).await?;
    let place = place(&console, &edge, &headers)?;
    let challenge = challenge(&console, &headers, peer, Ceremony::Enter)?;
    Ok(Json(json!({ "challenge": challenge, "rp": place.rp() })).into_response())
}

/// Comes in, or is told nothing of why not.
pub async fn enter(
    console: Shared,
    edge: Extension<Edge>,
    peer: Extension<Peer>,
    headers: HeaderMap,
    request: Request,
) -> Page {
    answered(console, edge, peer, headers, request, (Ceremony::Enter, known)).await
}

/// What is made of an answer to a challenge: the digest of the passkey by which somebody comes in.
type Judge = fn(&Console, &Place, Option<[u8; 32]>, &Form) -> Option<[u8; 32]>;

/// A ceremony's second half, whichever it is.
async fn answered(
    State(console): Shared,
    Extension(edge): Extension<Edge>,
    Extension(Peer(peer)): Extension<Peer>,
    headers: HeaderMap,
    request: Request,
    (ceremony, judge): (Ceremony, Judge),
) -> Page {
    let body = entering(&console, &headers, request).await?;
    let place = place(&console, &edge, &headers)?;
    let challenge = console.challenges.take(door(&console, &headers), ceremony, console.gateway.now());
    let judged = {
        let console = console.clone();
        memory::spawn_blocking(move || judge(&console, &place, challenge, &Form::read(&body)))
    };
    match judged.await.ok().flatten() {
        Some(digest) => {
            console.throttle.right(peer);
            let_in(&console, &edge, &headers, Way::Passkey(digest))
        }
        None => Ok(refused(&console, &headers, peer)),
    }
}

/// The digest of the passkey's id, if this is an answer to the challenge by somebody who may enter.
fn known(console: &Console, place: &Place, challenge: Option<[u8; 32]>, form: &Form) -> Option<[u8; 32]> {
    let digest = passkey::digest(&octets(form, "id")?);
    let held = console.entrance.roll.read(|people| holder(people, &digest).map(|(_, held)| held.clone()))?;
    let (client, data, signature) = (octets(form, "client")?, octets(form, "data")?, octets(form, "signature")?);
    if held.rp != place.rp() {
        return None;
    }
    let judged = passkey::verify(place, &challenge?, &held.passkey, &client, &data, &signature);
    let counted = judged.map(|count| console.entrance.roll.count(&digest, count));
    // Somebody who has the key was at the door: that is worth a line.
    if matches!(counted, Err(Refused::Cloned) | Ok(Err(Error::State))) {
        eprintln!(
            "console: passkey {} is refused: its counter did not go up, so there is a copy of it",
            hex::encode(digest)
        );
    }
    if let Ok(Err(error @ Error::Disk(_))) = &counted {
        eprintln!("console: {error}");
    }
    matches!(counted, Ok(Ok(()))).then_some(digest)
}

/// The page that a link leads to. Its secret comes after the page, from the script: it is in no request's path.
pub async fn show(State(console): Shared, Extension(edge): Extension<Edge>, headers: HeaderMap) -> Page {
    let passkeys = console.entrance.place(edge.tls, &headers).is_some();
    Ok(at_the_door(&console, &edge, &headers, "/console/join", |frame| console::join(frame, passkeys)))
}

/// What a link's holder is asked to have signed, and for whom.
pub async fn ask_to_join(
    State(console): Shared,
    Extension(edge): Extension<Edge>,
    Extension(Peer(peer)): Extension<Peer>,
    headers: HeaderMap,
    request: Request,
) -> Page {
    let body = entering(&console, &headers, request).await?;
    let (place, now) = (place(&console, &edge, &headers)?, console.gateway.now());
    let secret = Secret::brought(Form::read(&body).get("secret"));
    let who = console.entrance.roll.read(|people| {
        let person = people.iter().find(|person| person.is_opened_by(&secret, now))?;
        let held = person.passkeys.iter().map(|held| URL_SAFE_NO_PAD.encode(held.passkey.id()));
        Some((person.id.clone(), person.name.clone(), held.collect::<Vec<_>>()))
    });
    let Some((id, name, held)) = who else { return Ok(refused(&console, &headers, peer)) };
    let challenge = challenge(&console, &headers, peer, Ceremony::Join)?;
    let (user, name) = (id.as_str(), name.as_str());
    // An authenticator that has one of them already would put the new one in its place: the old one would be on the roll, and gone.
    let asked = json!({ "challenge": challenge, "rp": place.rp(), "user": user, "name": name, "held": held });
    Ok(Json(asked).into_response())
}

/// Registers a passkey, and comes in by it.
pub async fn join(
    console: Shared,
    edge: Extension<Edge>,
    peer: Extension<Peer>,
    headers: HeaderMap,
    request: Request,
) -> Page {
    answered(console, edge, peer, headers, request, (Ceremony::Join, registered)).await
}

fn registered(console: &Console, place: &Place, challenge: Option<[u8; 32]>, form: &Form) -> Option<[u8; 32]> {
    let (client, attestation) = (octets(form, "client")?, octets(form, "attestation")?);
    let made = passkey::register(place, &challenge?, &client, &attestation).ok()?;
    let digest = passkey::digest(made.id());
    let secret = Secret::brought(form.get("secret"));
    let joined = console.entrance.roll.join(&secret, made, place.rp(), console.gateway.now());
    if let Err(error @ Error::Disk(_)) = &joined {
        eprintln!("console: {error}");
    }
    let person = joined.ok()?;
    eprintln!("console: person {} has a new passkey {}", person.as_str(), hex::encode(digest));
    Some(digest)
}

fn place(console: &Console, edge: &Edge, headers: &HeaderMap) -> Result<Place, Failure> {
    console.entrance.place(edge.tls, headers).ok_or(Failure::of("passkey", Look::of(headers), None))
}

/// Of this browser, as `entering` has seen it.
fn door<'h>(console: &Console, headers: &'h HeaderMap) -> &'h str {
    console.cookie(headers, DOOR).unwrap_or_default()
}

fn challenge(console: &Console, headers: &HeaderMap, peer: IpAddr, ceremony: Ceremony) -> Result<String, Failure> {
    let given = console.challenges.give(peer, door(console, headers), ceremony, console.gateway.now());
    given.map(|octets| URL_SAFE_NO_PAD.encode(octets)).map_err(|_| Failure::of("failed", Look::of(headers), None))
}

fn octets(form: &Form, name: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(form.get(name)).ok().filter(|octets| !octets.is_empty())
}

/// Whatever was wrong, it is the same answer, and counted. Who has a passkey or a link comes in, however many others behind the same address
/// try what is none.
fn refused(console: &Console, headers: &HeaderMap, peer: IpAddr) -> Response {
    let (look, now) = (Look::of(headers), console.gateway.now());
    let Some(seconds) = console.throttle.wait_seconds(peer, now) else {
        console.throttle.wrong(peer, now);
        return Failure::of("passkey", look, None).into_response();
    };
    let mut answer = Failure::of("wait", look, None).into_response();
    answer.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    answer
}
