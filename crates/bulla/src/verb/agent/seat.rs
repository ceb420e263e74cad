//! Who sits before the agent: one browser, let in by a secret that works once, known by a cookie from then on.

use crate::wire::console::look::cookie;
use axum::http::{HeaderMap, header};
use durable::random::{self, NoRandomNumbers};
use sha2::{Digest, Sha256};
use std::{
    net::SocketAddr,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Instant,
};
use zeroize::Zeroizing;

const SESSION: &str = "bulla_agent";

/// The one seat.
pub struct Seat {
    host: String,
    /// Browsers send a machine's cookies to all its ports, but only below their path: nobody else on this machine knows this one.
    pub place: String,
    state: Mutex<State>,
}

struct State {
    /// Until it was used.
    secret: Option<Zeroizing<String>>,
    session: Option<Zeroizing<String>>,
    used: Instant,
}

impl Seat {
    /// A free one, behind this address.
    pub fn new(address: SocketAddr) -> Result<Self, NoRandomNumbers> {
        let secret = Some(Zeroizing::new(hex::encode(random::octets::<32>()?)));
        Ok(Self {
            host: address.to_string(),
            place: format!("/{}", hex::encode(random::octets::<16>()?)),
            state: Mutex::new(State { secret, session: None, used: Instant::now() }),
        })
    }

    /// What lets in, once.
    pub fn url(&self) -> String {
        let secret = self.lock().secret.as_ref().map(|secret| secret.to_string()).unwrap_or_default();
        format!("http://{}{}/enter/{secret}", self.host, self.place)
    }

    /// Whether the browser meant this address: a page elsewhere can make its own name lead here, and is another host then.
    pub fn is_meant(&self, headers: &HeaderMap) -> bool {
        text(headers, header::HOST.as_str()) == Some(&*self.host)
    }

    /// Whether a form comes from a page of ours: browsers send the origin with every form.
    pub fn is_from_here(&self, headers: &HeaderMap) -> bool {
        let origin = text(headers, header::ORIGIN.as_str()).and_then(|origin| origin.strip_prefix("http://"));
        let site = text(headers, "sec-fetch-site").is_none_or(|site| site == "same-origin");
        site && origin == Some(&*self.host)
    }

    /// Takes the seat; the id of who sits here now.
    pub fn enter(&self, secret: &str) -> Option<Zeroizing<String>> {
        let mut state = self.lock();
        if !state.secret.as_ref().is_some_and(|own| same(own, secret)) {
            return None;
        }
        state.secret = None;
        drop(state);
        self.renew()
    }

    /// Another id for who sits here: a browser that keeps pages in memory drops those of the cookie before.
    pub fn renew(&self) -> Option<Zeroizing<String>> {
        let id = Zeroizing::new(hex::encode(random::octets::<32>().ok()?));
        let mut state = self.lock();
        state.session = Some(id.clone());
        state.used = Instant::now();
        Some(id)
    }

    /// What gives a browser this id: no script reads it, and no other site's request brings it.
    pub fn cookie(&self, id: &str) -> String {
        format!("{SESSION}={id}; Path={}; HttpOnly; SameSite=Strict", self.place)
    }

    /// The id of who sits here, if the browser brings it.
    pub fn sitting(&self, headers: &HeaderMap) -> Option<Zeroizing<String>> {
        let mut state = self.lock();
        let id =
            state.session.clone().filter(|own| cookie(headers, SESSION).is_some_and(|brought| same(own, brought)))?;
        state.used = Instant::now();
        Some(id)
    }

    /// When somebody who may be here last did something.
    pub fn used(&self) -> Instant {
        self.lock().used
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// Digests are compared: timing tells nothing of the right one.
fn same(own: &str, brought: &str) -> bool {
    Sha256::digest(own) == Sha256::digest(brought)
}
