//! Who may enter, for those who look after that. Each act leaves a line in the gateway's log, by numbers and not by names.

use super::{
    entrance,
    entry::small,
    failure::Failure,
    form::Form,
    person::Name,
    rights::{Role, Room},
    roll::Error,
    visit::{Page, Shared, Visit},
};
use axum::{
    Extension,
    extract::{Path, Request, State},
    http::{HeaderMap, Uri},
    response::{IntoResponse, Redirect},
};
use console::people::{Link, People, Person};
use door::Edge;
use gateway::partner::PartnerId;
use ledger::Time;

pub async fn show(State(console): Shared, headers: HeaderMap, uri: Uri) -> Page {
    let visit = Visit::to(Room::People, &console, &headers, &uri)?;
    shown(visit, None).await
}

/// Somebody new, with a link for their first passkey.
pub async fn invite(
    State(console): Shared,
    Extension(edge): Extension<Edge>,
    headers: HeaderMap,
    uri: Uri,
    request: Request,
) -> Page {
    let (visit, form) = acting(State(console), &headers, &uri, request).await?;
    let Some((name, role, partner)) = wanted(&visit, &form) else { return Err(visit.failure("person")) };
    let origin = origin(&visit, &edge, &headers)?;
    let work = move |visit: &Visit| {
        let console = &visit.console;
        let (id, secret) = console.entrance.roll.invite(name.clone(), role, partner, console.gateway.now())?;
        eprintln!("console: person {} ({}) is invited by {}", id.as_str(), role.word(), visit.actor());
        Ok(Link { name: name.as_str().to_owned(), url: entrance::link(&origin, secret.expose()) })
    };
    let (visit, link) = done(visit, work).await?;
    shown(visit, Some(link)).await
}

/// What the form asks for, if it is whole.
fn wanted(visit: &Visit, form: &Form) -> Option<(Name, Role, Option<PartnerId>)> {
    let (name, role) = (Name::read(form.get("name"))?, Role::with_word(form.get("role"))?);
    if role != Role::Partner {
        return Some((name, role, None));
    }
    let partner: PartnerId = form.get("partner").parse().ok()?;
    visit.console.gateway.partners().partner(&partner)?;
    Some((name, role, Some(partner)))
}

/// Another link for somebody, a passkey taken away, kept out, or let in again.
pub async fn act(
    State(console): Shared,
    Extension(edge): Extension<Edge>,
    Path((id, act)): Path<(String, String)>,
    headers: HeaderMap,
    uri: Uri,
    request: Request,
) -> Page {
    let (visit, form) = acting(State(console), &headers, &uri, request).await?;
    match &*act {
        "link" | "enable" => {
            let origin = origin(&visit, &edge, &headers)?;
            let work = move |visit: &Visit| {
                let (roll, now) = (&visit.console.entrance.roll, visit.console.gateway.now());
                let again = act == "enable";
                let secret = if again { roll.enable(&id, now) } else { roll.link(&id, now) }?;
                let what = if again { "is let in again, with a new link," } else { "has a new link" };
                eprintln!("console: person {id} {what} by {}", visit.actor());
                let name =
                    roll.read(|people| people.iter().find(|one| one.id.as_str() == id).map(|one| one.name.clone()));
                let name = name.ok_or(Error::Missing)?.as_str().to_owned();
                Ok(Link { name, url: entrance::link(&origin, secret.expose()) })
            };
            let (visit, link) = done(visit, work).await?;
            return shown(visit, Some(link)).await;
        }
        "disable" => {
            let work = move |visit: &Visit| {
                visit.console.entrance.roll.disable(&id)?;
                eprintln!("console: person {id} is kept out by {}", visit.actor());
                Ok(())
            };
            done(visit, work).await?;
        }
        "remove" => {
            let mut digest = [0; 32];
            if hex::decode_to_slice(form.get("passkey"), &mut digest).is_err() {
                return Err(visit.failure("missing"));
            }
            let work = move |visit: &Visit| {
                visit.console.entrance.roll.remove(&id, &digest)?;
                let passkey = hex::encode(digest);
                eprintln!("console: passkey {passkey} of person {id} is taken away by {}", visit.actor());
                Ok(())
            };
            done(visit, work).await?;
        }
        _ => return Err(visit.failure("missing")),
    }
    Ok(Redirect::to("/console/people").into_response())
}

/// Somebody who may let in and keep out, with a form of this session.
async fn acting(
    State(console): Shared,
    headers: &HeaderMap,
    uri: &Uri,
    request: Request,
) -> Result<(Visit, Form), Failure> {
    let visit = Visit::to(Room::Entrance, &console, headers, uri)?;
    let form = small(&console, headers, request).await?;
    visit.form_is_ours(form.get("form"))?;
    Ok((visit, form))
}

/// Of the links that are given out: where this person is.
fn origin(visit: &Visit, edge: &Edge, headers: &HeaderMap) -> Result<String, Failure> {
    let place = visit.console.entrance.place(edge.tls, headers).ok_or_else(|| visit.failure("passkey"))?;
    Ok(place.origin().to_owned())
}

/// A change of the roll, off the threads that serve connections.
async fn done<T: Send + 'static>(
    visit: Visit,
    work: impl FnOnce(&Visit) -> Result<T, Error> + Send + 'static,
) -> Result<(Visit, T), Failure> {
    let look = visit.look;
    let done = memory::spawn_blocking(move || {
        let done = work(&visit);
        (visit, done)
    });
    match done.await.map_err(|_| Failure::of("failed", look, None))? {
        (visit, Ok(done)) => Ok((visit, done)),
        (visit, Err(Error::Missing)) => Err(visit.failure("missing")),
        (visit, Err(Error::State)) => Err(visit.failure("people")),
        (visit, Err(error @ (Error::Disk(_) | Error::Random(_)))) => {
            eprintln!("console: {error}");
            Err(visit.failure("failed"))
        }
    }
}

async fn shown(visit: Visit, link: Option<Link>) -> Page {
    let page = move |visit: &Visit| {
        let gateway = &visit.console.gateway;
        let now = gateway.now();
        let people = visit.console.entrance.roll.read(|people| people.iter().map(|one| told(one, now)).collect());
        let people = People {
            people,
            link,
            may_act: visit.rights.may(Room::Entrance),
            roles: Role::GIVEN.map(|(_, word)| word).to_vec(),
            partners: gateway.partners().partners().map(|partner| partner.id.to_string()).collect(),
        };
        let unanchored = gateway.vault.unanchored_count().map_err(gateway::Error::from)?;
        Ok(Some(console::people::people(&visit.frame("people", unanchored), &people)))
    };
    visit.page(page).await
}

fn told(person: &super::person::Person, now: Time) -> Person {
    let passkey = |held: &super::person::Held| (hex::encode(passkey::digest(held.passkey.id())), held.since);
    Person {
        id: person.id.as_str().to_owned(),
        name: person.name.as_str().to_owned(),
        role: person.role.word(),
        partner: person.partner.as_ref().map(ToString::to_string),
        passkeys: person.passkeys.iter().map(passkey).collect(),
        disabled: person.disabled,
        link_ends: person.link_ends(now),
    }
}
