//! Who asks, in which language: found once for each request, before anything is looked up.

use super::{
    counts::Counts,
    failure::Failure,
    look::{Look, SESSION, cookie},
    session::{self, Sessions},
    throttle::Throttle,
};
use crate::wire::{caller::Caller, problem::Problem};
use axum::{
    extract::State,
    http::{HeaderMap, Uri},
    response::{Html, IntoResponse, Response},
};
use console::Frame;
use gateway::Gateway;
use std::sync::Arc;

/// What all visits share.
pub struct Console {
    pub gateway: Arc<Gateway>,
    pub sessions: Sessions,
    pub throttle: Throttle,
    pub counts: Arc<Counts>,
    /// Held while a ledger is replayed for a page, by the work itself.
    pub assessing: Arc<tokio::sync::Mutex<()>>,
}

impl Console {
    pub fn new(gateway: Arc<Gateway>) -> Self {
        Self {
            gateway,
            sessions: Sessions::default(),
            throttle: Throttle::default(),
            counts: Arc::default(),
            assessing: Arc::default(),
        }
    }
}

/// The console, as handlers get it.
pub type Shared = State<Arc<Console>>;
/// What a handler returns.
pub type Page = Result<Response, Failure>;

/// Somebody who is logged in.
pub struct Visit {
    pub console: Arc<Console>,
    pub caller: Caller,
    pub look: Look,
    /// Of the session; only its digest is kept.
    id: String,
    here: String,
}

impl Visit {
    /// Whoever has a session; others are sent to the way in.
    pub fn of(console: &Arc<Console>, headers: &HeaderMap, uri: &Uri) -> Result<Self, Failure> {
        let look = Look::of(headers);
        let id = cookie(headers, SESSION).unwrap_or_default();
        let way = console.sessions.way(id, console.gateway.now());
        let caller = way.and_then(|way| way.caller(&console.gateway)).ok_or(Failure::stranger(look))?;
        let here = uri.path_and_query().map_or("/console", |path| path.as_str()).to_owned();
        Ok(Self { console: console.clone(), caller, look, id: id.to_owned(), here })
    }

    /// What a form of this session must bring.
    pub fn form_is_ours(&self, brought: &str) -> Result<(), Failure> {
        if session::is_form_token(&self.id, brought) { Ok(()) } else { Err(self.failure("form")) }
    }

    /// In place of a page, to this person.
    pub fn failure(&self, kind: &'static str) -> Failure {
        // What failed may be a form: there is no page at its path to come back to.
        let frame = Frame { here: "/console".to_owned(), ..self.frame("", 0) };
        Failure::of(kind, self.look, Some(Box::new(frame)))
    }

    /// The same for what a handler of the HTTP interface would answer.
    pub fn problem(&self, problem: &Problem) -> Failure {
        self.failure(super::failure::kind(problem.status()))
    }

    /// The same where a page needs the warden's answer.
    pub fn warden(&self, error: gateway::Error) -> Failure {
        match error {
            gateway::Error::WardenSilent(_) | gateway::Error::WardenStatus { .. } | gateway::Error::WardenAnswer => {
                self.failure("warden")
            }
            other => self.problem(&other.into()),
        }
    }

    /// What is around a page of this person.
    pub fn frame(&self, view: &'static str, unanchored: u64) -> Frame {
        let (gateway, words) = (&self.console.gateway, self.look.language.words());
        let who = match &self.caller {
            Caller::Operator => words.say("frame.operator").to_owned(),
            Caller::Partner(partner) => words.with("frame.partner", &[("partner", &partner.id)]),
        };
        Frame {
            language: self.look.language,
            theme: self.look.theme,
            gateway: gateway.config.worker.to_string(),
            who,
            operator: self.caller.only().is_none(),
            form: session::form_token(&self.id),
            view,
            here: self.here.clone(),
            unanchored,
            demo: gateway.config.demo,
        }
    }

    /// Work on the disk, off the threads that serve connections; then a page.
    pub async fn page(self, work: impl FnOnce(&Self) -> Result<Option<String>, Problem> + Send + 'static) -> Page {
        let look = self.look;
        let done = memory::spawn_blocking(move || {
            let done = work(&self);
            (self, done)
        });
        let (visit, done) = done.await.map_err(|_| Failure::of("failed", look, None))?;
        match done {
            Ok(Some(html)) => Ok(Html(html).into_response()),
            Ok(None) => Err(visit.failure("missing")),
            Err(problem) => Err(visit.problem(&problem)),
        }
    }
}

/// There is no such page.
pub async fn nothing(State(console): Shared, headers: HeaderMap, uri: Uri) -> Failure {
    match Visit::of(&console, &headers, &uri) {
        Ok(visit) => visit.failure("missing"),
        Err(failure) => failure,
    }
}
