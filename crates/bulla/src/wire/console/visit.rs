//! Who asks, in which language: found once for each request, before anything is looked up.

use super::{
    challenge::Challenges,
    counts::Counts,
    entrance::Entrance,
    failure::Failure,
    look::{Look, SESSION, guarded_cookie},
    person::{Name, PersonId},
    rate::Rate,
    rights::{Rights, Role, Room},
    roll::holder,
    session::{self, By, Sessions, Way},
    throttle::Throttle,
};
use crate::wire::{
    caller::{Caller, Credential},
    problem::Problem,
};
use api::gateway::Scope;
use axum::{
    extract::State,
    http::{HeaderMap, Uri},
    response::{Html, IntoResponse, Response},
};
use console::Frame;
use gateway::Gateway;
use std::sync::Arc;

/// More than anybody pastes by hand.
const TESTS_A_MINUTE: u32 = 30;
/// For each address of whoever is not known, and for all of these.
const OPEN_TESTS_A_MINUTE: (u32, u32) = (6, 60);

/// What all visits share.
pub struct Console {
    pub gateway: Arc<Gateway>,
    pub entrance: Arc<Entrance>,
    pub challenges: Challenges,
    pub sessions: Sessions,
    pub throttle: Throttle,
    pub counts: Arc<Counts>,
    /// Files that are tested.
    pub tests: Rate,
    /// The same without logging in: by address, and all together.
    pub open_tests: (Rate, Rate),
    /// Held while a ledger is replayed for a page, by the work itself.
    pub assessing: Arc<tokio::sync::Mutex<()>>,
}

impl Console {
    pub fn new(gateway: Arc<Gateway>, entrance: Arc<Entrance>) -> Self {
        Self {
            gateway,
            entrance,
            challenges: Challenges::default(),
            sessions: Sessions::default(),
            throttle: Throttle::default(),
            counts: Arc::default(),
            tests: Rate::new(TESTS_A_MINUTE),
            open_tests: (Rate::new(OPEN_TESTS_A_MINUTE.0), Rate::new(OPEN_TESTS_A_MINUTE.1)),
            assessing: Arc::default(),
        }
    }

    /// A cookie that lets somebody in.
    pub fn cookie<'h>(&self, headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
        guarded_cookie(headers, name, self.entrance.is_by_tls())
    }

    /// Who came in this way, as they are now, if they may still be here.
    fn who(&self, way: Way) -> Option<Who> {
        let gateway = &self.gateway;
        match way {
            Way::Token(digest) => {
                let Credential { caller, scopes, id, .. } = Credential::by_digest(gateway, digest).ok()?;
                let role = if caller.only().is_none() { Role::Operator } else { Role::Partner };
                Some(Who { caller, rights: Rights { role, scopes }, person: None, token: Some(id) })
            }
            Way::Demo => {
                let rights = Rights { role: Role::Operator, scopes: Scope::all() };
                let who = Who { caller: Caller::Operator, rights, person: None, token: None };
                gateway.config.demo.then_some(who)
            }
            Way::Passkey(digest) => {
                let person =
                    self.entrance.roll.read(|people| holder(people, &digest).map(|(person, _)| person.clone()))?;
                let caller = match &person.partner {
                    None => Caller::Operator,
                    Some(partner) => Caller::Partner(Box::new(gateway.partners().partner(partner)?.clone())),
                };
                // By a passkey the role alone decides.
                let rights = Rights { role: person.role, scopes: Scope::all() };
                Some(Who { caller, rights, person: Some((person.id, person.name)), token: None })
            }
        }
    }
}

/// Somebody, and what they are to this gateway.
struct Who {
    caller: Caller,
    rights: Rights,
    person: Option<(PersonId, Name)>,
    token: Option<String>,
}

/// The console, as handlers get it.
pub type Shared = State<Arc<Console>>;
/// What a handler returns.
pub type Page = Result<Response, Failure>;

/// Somebody who is logged in.
pub struct Visit {
    pub console: Arc<Console>,
    /// Whose things are shown.
    pub caller: Caller,
    /// What may be done here.
    pub rights: Rights,
    person: Option<(PersonId, Name)>,
    /// Under which id the token is listed that was the way in.
    token: Option<String>,
    pub look: Look,
    /// Of the session; only its digest is kept.
    id: String,
    here: String,
}

impl Visit {
    /// Whoever has a session; others are sent to the way in.
    pub fn of(console: &Arc<Console>, headers: &HeaderMap, uri: &Uri) -> Result<Self, Failure> {
        let look = Look::of(headers);
        let id = console.cookie(headers, SESSION).unwrap_or_default();
        let way = console.sessions.way(id, By::of(headers), console.gateway.now());
        let Who { caller, rights, person, token } =
            way.and_then(|way| console.who(way)).ok_or(Failure::stranger(look))?;
        let here = uri.path_and_query().map_or("/console", |path| path.as_str()).to_owned();
        Ok(Self { console: console.clone(), caller, rights, person, token, look, id: id.to_owned(), here })
    }

    /// Whoever has a session and may enter this room.
    pub fn to(room: Room, console: &Arc<Console>, headers: &HeaderMap, uri: &Uri) -> Result<Self, Failure> {
        let visit = Self::of(console, headers, uri)?;
        if visit.rights.may(room) { Ok(visit) } else { Err(visit.failure("forbidden")) }
    }

    /// By what the log knows whoever this is.
    pub fn actor(&self) -> &str {
        let person = self.person.as_ref().map(|(id, _)| id.as_str());
        person.or(self.token.as_deref()).unwrap_or("the demo's visitor")
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
        let who = match (&self.person, &self.caller) {
            (Some((_, name)), _) => {
                let role = words.say(&format!("role.{}", self.rights.role.word())).to_owned();
                words.with("frame.person", &[("name", &name.as_str()), ("role", &role)])
            }
            (None, Caller::Operator) => words.say("frame.operator").to_owned(),
            (None, Caller::Partner(partner)) => words.with("frame.partner", &[("partner", &partner.id)]),
        };
        Frame {
            language: self.look.language,
            theme: self.look.theme,
            gateway: gateway.config.worker.to_string(),
            who,
            views: self.rights.views(),
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
