//! Who is logged in: an unguessable id in a cookie, and here only its digest. In memory: who restarts the gateway logs everyone
//! out.

use axum::http::HeaderMap;
use durable::random;
use ledger::{Hash, Time};
use sha2::{Digest, Sha256};
use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

const IDLE_MILLISECONDS: i64 = 30 * 60_000;
const WHOLE_MILLISECONDS: i64 = 12 * 3_600_000;
/// Of one token or passkey; with more, the one of these that was used longest ago ends. Nobody's logins end another's sessions.
const SESSIONS_MAX: usize = 50;

/// How somebody got in.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// By a token with this digest: when the token ends, so does the session.
    Token(Hash),
    /// By the passkey whose id has this digest: when it is taken away, or its person kept out, the session ends.
    Passkey([u8; 32]),
    /// By the demo's button.
    Demo,
}

/// Who makes a request.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// Whoever is at the browser.
    Somebody,
    /// A page that keeps itself as it is now, whether anybody is there or not.
    Page,
}

impl By {
    /// As the page's script says it (`assets/live.js`). Whoever says it without need is logged out sooner, no more.
    pub fn of(headers: &HeaderMap) -> Self {
        if headers.contains_key("bulla-live") { Self::Page } else { Self::Somebody }
    }
}

#[derive(Clone, Copy)]
struct Session {
    way: Way,
    begun: Time,
    used: Time,
}

impl Session {
    fn lasts(&self, now: Time) -> bool {
        let since = |then: Time| now.milliseconds() - then.milliseconds();
        since(self.used) < IDLE_MILLISECONDS && since(self.begun) < WHOLE_MILLISECONDS
    }
}

/// All that are logged in.
#[derive(Default)]
pub struct Sessions(Mutex<HashMap<[u8; 32], Session>>);

impl Sessions {
    /// A new session, whatever the browser had before; the id for its cookie.
    pub fn begin(&self, way: Way, now: Time) -> Result<String, random::NoRandomNumbers> {
        let id = hex::encode(random::octets::<32>()?);
        let mut sessions = self.lock();
        sessions.retain(|_, session| session.lasts(now));
        let own = || sessions.iter().filter(|(_, session)| session.way == way);
        if own().count() >= SESSIONS_MAX {
            let oldest = own().min_by_key(|(_, session)| session.used).map(|(digest, _)| *digest);
            oldest.map(|digest| sessions.remove(&digest));
        }
        sessions.insert(digest("session", &id), Session { way, begun: now, used: now });
        Ok(id)
    }

    /// Whose session that is; used now, if somebody uses it.
    pub fn way(&self, id: &str, by: By, now: Time) -> Option<Way> {
        let mut sessions = self.lock();
        let session = sessions.get_mut(&digest("session", id)).filter(|session| session.lasts(now))?;
        if by == By::Somebody {
            session.used = now;
        }
        Some(session.way)
    }

    /// Logs out.
    pub fn end(&self, id: &str) {
        self.lock().remove(&digest("session", id));
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<[u8; 32], Session>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a form of this session must bring along: follows from the id, which no page and no script can read.
pub fn form_token(id: &str) -> String {
    hex::encode(digest("form", id))
}

/// Whether a form brought what the session's forms have. Digests are compared: timing tells nothing of the right one.
pub fn is_form_token(id: &str, brought: &str) -> bool {
    digest("compare", &form_token(id)) == digest("compare", brought)
}

fn digest(what: &str, text: &str) -> [u8; 32] {
    Sha256::new().chain_update(what).chain_update([0]).chain_update(text).finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::{HeaderName, HeaderValue};

    fn at(minutes: i64) -> Time {
        Time::from_milliseconds(minutes * 60_000)
    }

    #[test]
    fn a_session_ends_when_idle_and_after_twelve_hours_however_busy() {
        let sessions = Sessions::default();
        let idle = sessions.begin(Way::Demo, at(0)).unwrap();
        assert!(sessions.way(&idle, By::Somebody, at(29)).is_some());
        assert!(sessions.way(&idle, By::Somebody, at(59)).is_none());
        let busy = sessions.begin(Way::Demo, at(0)).unwrap();
        assert!((0..72).all(|tenth| sessions.way(&busy, By::Somebody, at(tenth * 10)).is_some()));
        assert!(sessions.way(&busy, By::Somebody, at(720)).is_none());
    }

    #[test]
    fn a_session_that_only_a_live_list_uses_ends_when_idle() {
        let sessions = Sessions::default();
        let id = sessions.begin(Way::Demo, at(0)).unwrap();
        let live = HeaderMap::from_iter([(HeaderName::from_static("bulla-live"), HeaderValue::from_static("1"))]);
        assert!((1..30).all(|minute| sessions.way(&id, By::of(&live), at(minute)).is_some()));
        assert!(sessions.way(&id, By::of(&live), at(30)).is_none());
        assert!(sessions.way(&id, By::of(&HeaderMap::new()), at(30)).is_none());
    }

    #[test]
    fn who_is_pushed_out_is_who_was_away_longest() {
        let sessions = Sessions::default();
        let ids: Vec<_> =
            (0..=SESSIONS_MAX).map(|n| sessions.begin(Way::Demo, Time::from_milliseconds(n as i64)).unwrap()).collect();
        assert!(sessions.way(&ids[0], By::Somebody, at(1)).is_none());
        assert!(sessions.way(&ids[1], By::Somebody, at(1)).is_some());
    }

    #[test]
    fn a_form_is_of_its_session_only() {
        assert!(is_form_token("one", &form_token("one")));
        assert!(!is_form_token("two", &form_token("one")) && !is_form_token("one", ""));
    }
}
