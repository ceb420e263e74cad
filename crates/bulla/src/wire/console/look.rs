//! What a browser's cookies say: who it is, and how pages look to it.

use axum::http::{HeaderMap, header};
use console::{Language, Theme};

pub const SESSION: &str = "bulla_session";
/// Before anybody is logged in: binds the way in's forms to a browser.
pub const DOOR: &str = "bulla_door";
pub const THEME: &str = "bulla_theme";
pub const LANGUAGE: &str = "bulla_language";

/// Before the names of the two above where the browser came by TLS: no other host, and nobody on a way without TLS, can set such a one.
const HOST: &str = "__Host-";

/// How a cookie that lets somebody in is called.
pub fn guarded(name: &str, tls: bool) -> String {
    if tls { format!("{HOST}{name}") } else { name.to_owned() }
}

/// Its value. Where all come by TLS, one that a browser took by another way is worth nothing.
pub fn guarded_cookie<'h>(headers: &'h HeaderMap, name: &str, tls: bool) -> Option<&'h str> {
    let host = cookie(headers, &guarded(name, true));
    if tls { host } else { host.or_else(|| cookie(headers, name)) }
}

/// How pages look to whoever asks.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Look {
    pub language: Language,
    pub theme: Theme,
}

impl Look {
    /// As its cookies say; else as the browser asks.
    pub fn of(headers: &HeaderMap) -> Self {
        let accepted = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let language = cookie(headers, LANGUAGE).and_then(Language::with_code);
        let theme = cookie(headers, THEME).and_then(Theme::with_word).unwrap_or(Theme::System);
        Self { language: language.unwrap_or_else(|| Language::accepted(accepted)), theme }
    }
}

/// A cookie's value.
pub fn cookie<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let all = headers.get_all(header::COOKIE).into_iter().filter_map(|value| value.to_str().ok());
    let mut pairs = all.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(own, _)| *own == name).map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_tls_a_cookie_counts_that_only_this_host_can_have_set() {
        let sent = |text: &'static str| HeaderMap::from_iter([(header::COOKIE, text.parse().unwrap())]);
        let planted = sent("bulla_session=planted");
        assert_eq!(guarded_cookie(&planted, SESSION, true), None);
        assert_eq!(guarded_cookie(&planted, SESSION, false), Some("planted"));
        let both = sent("bulla_session=planted; __Host-bulla_session=ours");
        assert_eq!([true, false].map(|tls| guarded_cookie(&both, SESSION, tls)), [Some("ours"); 2]);
    }
}
