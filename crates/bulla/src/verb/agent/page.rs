//! The agent's page: asks, shows what will be written, opens, shows once.

use super::seat::Seat;
use crate::{
    verb::{
        asker::{Asker, Case},
        find,
    },
    wire::console::{
        asset, bare,
        form::Form,
        look::{LANGUAGE, Look},
        seal_off,
        session::{form_token, is_form_token},
    },
};
use anyhow::{Context, Result};
use api::{
    gateway::{Parcel, Query},
    warden::{Answer, Fields},
};
use axum::{
    Router,
    extract::{Path, Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, Uri, header},
    middleware::{Next, from_fn_with_state},
    response::{Html, IntoResponse, Redirect, Response},
    routing::{get, post},
};
use console::{
    Frame, Language,
    agent::{self, Field, Opened, PURPOSES, Question, Step},
};
use durable::random;
use ledger::{Classes, FieldClass};
use manifest::Record;
use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError},
};
use zeroize::Zeroizing;

const FORM_OCTETS_MAX: usize = 4096;
/// Of several parcels with one number, so many are offered.
const PARCELS_MAX: usize = 20;
/// So long the fields stand on a screen that nobody leaves.
const SHOWN_SECONDS: u32 = 300;
const POLICY: &str =
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// What the page is made of.
pub struct Agent {
    pub seat: Seat,
    asker: Asker,
    gateway: String,
    waiting: Mutex<Waiting>,
}

#[derive(Default)]
struct Waiting {
    question: Option<Asked>,
    /// Fields were shown to the browser's present cookie.
    shown: bool,
}

/// A question that was shown and not answered.
struct Asked {
    token: String,
    number: Zeroizing<String>,
    case: Case,
    parcels: Vec<Parcel>,
    more: bool,
}

/// What the form asks for. Of several parcels with one number, those in batches that begin so, and in this row.
struct Wanted {
    number: Zeroizing<String>,
    case: Case,
    batch: String,
    row: Option<u32>,
}

impl Agent {
    /// Nothing is asked yet.
    pub fn new(seat: Seat, asker: Asker, gateway: String) -> Self {
        Self { seat, asker, gateway, waiting: Mutex::default() }
    }

    fn waiting(&self) -> std::sync::MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn page(&self, look: Look, session: &str, step: &Step<'_>) -> Response {
        let frame = Frame {
            gateway: self.gateway.clone(),
            who: self.asker.principal.to_string(),
            form: form_token(session),
            here: self.seat.place.clone(),
            ..bare(look)
        };
        let status = match step {
            Step::Stranger => StatusCode::FORBIDDEN,
            Step::Unclear => StatusCode::BAD_REQUEST,
            Step::Nothing => StatusCode::NOT_FOUND,
            Step::Over => StatusCode::GONE,
            _ => StatusCode::OK,
        };
        (status, Html(agent::agent(&frame, step))).into_response()
    }

    /// What a form of the one who sits here holds; nothing of any other.
    async fn form(&self, headers: &HeaderMap, request: Request) -> Option<(Zeroizing<String>, Form)> {
        let session = self.seat.sitting(headers).filter(|_| self.seat.is_from_here(headers))?;
        let body = door::collect(request, "agent", FORM_OCTETS_MAX).await.ok()?;
        let form = Form::read(&body);
        is_form_token(&session, form.get("form")).then_some((session, form))
    }

    fn found(&self, wanted: Wanted) -> Result<Asked> {
        let Wanted { number, case, batch, row } = wanted;
        let query = Query { tracking: Some(number.clone()), ..Query::default() };
        let mut parcels = find::search(&self.asker.access, &query)?;
        parcels.retain(|one| one.batch.to_string().starts_with(&batch) && row.is_none_or(|row| row == one.row));
        let more = parcels.len() > PARCELS_MAX;
        parcels.truncate(PARCELS_MAX);
        let token = hex::encode(random::octets::<16>().context("no random numbers")?);
        Ok(Asked { token, number, case, parcels, more })
    }

    fn opened(&self, asked: &Asked, parcel: &Parcel) -> Result<std::result::Result<Opened, String>> {
        let (of, rows) = ((parcel.batch, parcel.header), BTreeSet::from([parcel.row]));
        let opened = match self.asker.checked(&asked.case, of, &rows, asked.number.as_bytes())? {
            Ok(opened) => opened,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let (fields, none) = fields(&opened.fields, &asked.case)?;
        let Answer { opening, intent, receipt, checkpoint, .. } = opened.answer;
        Ok(Ok(Opened { fields, none, opening: opening.to_string(), intent, receipt, checkpoint }))
    }
}

type Shared = State<Arc<Agent>>;

/// Every path. All but what pages refer to are below the seat's.
pub fn router(agent: Arc<Agent>) -> Router {
    let place = agent.seat.place.clone();
    Router::new()
        .route(&place, get(show))
        .route(&format!("{place}/enter/{{secret}}"), get(enter))
        .route(&format!("{place}/ask"), post(ask).get(show))
        .route(&format!("{place}/open"), post(open).get(show))
        .route("/console/assets/{mark}/{name}", get(asset))
        .layer(from_fn_with_state(agent.clone(), guard))
        .with_state(agent)
}

/// Nothing for who means another host, and nothing that a browser keeps.
async fn guard(State(agent): Shared, request: Request, next: Next) -> Response {
    let meant = agent.seat.is_meant(request.headers());
    let mut answer = if meant { next.run(request).await } else { StatusCode::MISDIRECTED_REQUEST.into_response() };
    seal_off(answer.headers_mut(), POLICY);
    // A connection's buffers go with it.
    answer.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    answer
}

async fn enter(State(agent): Shared, Path(secret): Path<String>, headers: HeaderMap) -> Response {
    let Some(id) = agent.seat.enter(&secret) else {
        return agent.page(Look::of(&headers), "", &Step::Stranger);
    };
    with_cookie(Redirect::to(&agent.seat.place).into_response(), &agent.seat.cookie(&id))
}

/// The form. Whoever comes here has left what was shown.
async fn show(State(agent): Shared, headers: HeaderMap, uri: Uri) -> Response {
    let mut look = Look::of(&headers);
    let chosen = Language::with_code(Form::read(uri.query().unwrap_or_default().as_bytes()).get("language"));
    look.language = chosen.unwrap_or(look.language);
    let Some(session) = agent.seat.sitting(&headers) else { return agent.page(look, "", &Step::Stranger) };
    let left = std::mem::take(&mut *agent.waiting());
    let renewed = if left.shown { agent.seat.renew() } else { None };
    let mut answer = agent.page(look, renewed.as_ref().unwrap_or(&session), &Step::Ask);
    if let Some(id) = &renewed {
        answer = with_cookie(answer, &agent.seat.cookie(id));
    }
    match chosen {
        Some(language) => {
            let cookie =
                format!("{LANGUAGE}={}; Path={}; HttpOnly; SameSite=Strict", language.code(), agent.seat.place);
            with_cookie(answer, &cookie)
        }
        None => answer,
    }
}

/// Finds it, and shows what would be written.
async fn ask(State(agent): Shared, headers: HeaderMap, request: Request) -> Response {
    let look = Look::of(&headers);
    let Some((session, form)) = agent.form(&headers, request).await else {
        return agent.page(look, "", &Step::Stranger);
    };
    let Some(wanted) = read(&form) else { return agent.page(look, &session, &Step::Unclear) };
    drop(form);
    let shared = agent.clone();
    let asked = match memory::spawn_blocking(move || shared.found(wanted)).await {
        Ok(Ok(asked)) => asked,
        Ok(Err(error)) => return agent.page(look, &session, &Step::Failed(&format!("{error:#}"))),
        Err(_) => return agent.page(look, &session, &Step::Failed("")),
    };
    if asked.parcels.is_empty() {
        return agent.page(look, &session, &Step::Nothing);
    }
    let key = agent.asker.public_key().to_string();
    let classes = asked.case.asked();
    let question = Question {
        token: &asked.token,
        key: key.get(..12).unwrap_or_default().to_owned(),
        purpose: asked.case.purpose,
        ticket: &asked.case.ticket,
        classes,
        parcels: &asked.parcels,
        more: asked.more,
    };
    let page = agent.page(look, &session, &Step::Choose(question));
    agent.waiting().question = Some(asked);
    page
}

/// Opens it. A question is answered once: who sends the form again gets nothing.
async fn open(State(agent): Shared, headers: HeaderMap, request: Request) -> Response {
    let look = Look::of(&headers);
    let Some((session, form)) = agent.form(&headers, request).await else {
        return agent.page(look, "", &Step::Stranger);
    };
    let asked = agent.waiting().question.take().filter(|asked| asked.token == form.get("question"));
    let which = form.get("which").parse::<usize>().ok();
    let chosen = asked.and_then(|asked| Some((asked.parcels.get(which?)?.clone(), asked)));
    let Some((parcel, asked)) = chosen else { return agent.page(look, &session, &Step::Over) };
    let shared = agent.clone();
    match memory::spawn_blocking(move || shared.opened(&asked, &parcel)).await {
        Ok(Ok(Ok(opened))) => {
            agent.waiting().shown = true;
            let mut page = agent.page(look, &session, &Step::Opened(opened));
            if let Ok(away) = HeaderValue::from_str(&format!("{SHOWN_SECONDS}; url={}", agent.seat.place)) {
                page.headers_mut().insert(header::REFRESH, away);
            }
            page
        }
        Ok(Ok(Err(refusal))) => agent.page(look, &session, &Step::Refused(&refusal)),
        Ok(Err(error)) => agent.page(look, &session, &Step::Failed(&format!("{error:#}"))),
        Err(_) => agent.page(look, &session, &Step::Failed("")),
    }
}

/// What is asked for; none if a part of it is missing or no such.
fn read(form: &Form) -> Option<Wanted> {
    let number = Zeroizing::new(form.get("number").trim().to_owned());
    let classes: Classes = FieldClass::SEALED.into_iter().filter(|class| form.get(class.as_str()) == "on").collect();
    let purpose = PURPOSES.into_iter().find(|own| own.as_str() == form.get("purpose"))?;
    let ticket = form.get("ticket").trim().parse().ok()?;
    let row = Some(form.get("row").trim()).filter(|row| !row.is_empty()).map(str::parse).transpose().ok()?;
    let batch = form.get("batch").trim().to_owned();
    let whole = !number.is_empty() && !classes.is_empty();
    whole.then_some(Wanted { number, case: Case { purpose, ticket, classes }, batch, row })
}

/// What of the answer was asked for, and which classes hold nothing.
fn fields(opened: &Fields, case: &Case) -> Result<(Vec<Field>, Vec<FieldClass>)> {
    let (mut fields, mut none) = (Vec::new(), Vec::new());
    for cell in opened.fields.iter().filter(|cell| case.classes.contains(cell.class)) {
        let Some(value) = &cell.value else {
            none.push(cell.class);
            continue;
        };
        for field in &Record::decode(cell.class, &value.0).context("the opened fields are damaged")? {
            fields.push(Field {
                class: cell.class,
                role: field.role.as_str(),
                name: field.tag.as_str(),
                qualifier: String::from_utf8_lossy(field.qualifier.as_bytes()).into_owned(),
                value: String::from_utf8_lossy(field.value.expose()).into_owned(),
            });
        }
    }
    Ok((fields, none))
}

fn with_cookie(mut answer: Response, cookie: &str) -> Response {
    if let Ok(cookie) = HeaderValue::from_str(cookie) {
        answer.headers_mut().append(header::SET_COOKIE, cookie);
    }
    answer
}
