//! What is around every page: the bar, the ways to go, the ledger's pulse; and how it looks to whoever asked.

use crate::{Language, assets};
use askama::Template;

/// Light, dark, or as the system is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Theme {
    /// As the system is.
    System,
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

impl Theme {
    /// Each with its word in forms and cookies.
    pub const ALL: [(Self, &'static str); 3] = [(Self::System, "system"), (Self::Light, "light"), (Self::Dark, "dark")];

    /// The one with this word.
    pub fn with_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|(_, own)| *own == word).map(|(theme, _)| theme)
    }

    pub(crate) fn is(self, word: &str) -> bool {
        Self::with_word(word) == Some(self)
    }

    /// Of the root element; empty: the system decides.
    pub(crate) fn class(self) -> &'static str {
        match self {
            Self::System => "",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

/// What every page needs to know.
pub struct Frame {
    /// In which language.
    pub language: Language,
    /// How it looks.
    pub theme: Theme,
    /// The gateway's name.
    pub gateway: String,
    /// Who is logged in, in words.
    pub who: String,
    /// The views that they may enter, for the navigation.
    pub views: Vec<&'static str>,
    /// What each form brings along.
    pub form: String,
    /// The view, for the navigation: `desk`, `test`, `parcels`, `partners`, `retention`, `ledger`,
    /// `incident`, `people`, `tokens`.
    pub view: &'static str,
    /// Path and query of this page.
    pub here: String,
    /// Entries that the ledger does not have yet.
    pub unanchored: u64,
    /// Whether all data is made up.
    pub demo: bool,
}

impl Frame {
    pub(crate) fn say(&self, key: &str) -> String {
        self.language.words().say(key).to_owned()
    }

    pub(crate) fn with(&self, key: &str, place: &str, value: &str) -> String {
        self.language.words().with(key, &[(place, &value)])
    }

    pub(crate) fn count(&self, key: &str, count: &u64) -> String {
        self.language.words().count(key, *count)
    }

    pub(crate) fn is_at(&self, view: &str) -> bool {
        self.view == view
    }

    pub(crate) fn shows(&self, view: &str) -> bool {
        self.views.contains(&view)
    }

    pub(crate) fn languages(&self) -> &'static [Language] {
        &Language::ALL
    }

    pub(crate) fn style(&self) -> String {
        assets::url(&assets::STYLE)
    }

    pub(crate) fn script(&self) -> String {
        assets::url(&assets::PASSKEY)
    }

    pub(crate) fn live_script(&self) -> String {
        assets::url(&assets::LIVE)
    }

    pub(crate) fn views_script(&self) -> String {
        assets::url(&assets::VIEWS)
    }

    pub(crate) fn icon(&self) -> String {
        assets::url(&assets::ICON)
    }
}

#[derive(Template)]
#[template(path = "login.html")]
struct Login<'a> {
    frame: &'a Frame,
    passkeys: bool,
    fault: Option<&'a str>,
}

/// Why somebody is not let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Nobody has this token.
    WrongToken,
    /// It has ended, or was revoked.
    TokenOver,
    /// Too many wrong ones came before.
    Wait(u32),
}

/// The way in; with `passkeys` where the browser came by a name that they are good for.
pub fn login(frame: &Frame, passkeys: bool, fault: Option<Fault>) -> String {
    let words = frame.language.words();
    let fault = fault.map(|fault| match fault {
        Fault::WrongToken => words.say("login.wrong").to_owned(),
        Fault::TokenOver => words.say("login.over").to_owned(),
        Fault::Wait(seconds) => words.count("login.wait", seconds.into()),
    });
    shown(&Login { frame, passkeys, fault: fault.as_deref() })
}

#[derive(Template)]
#[template(path = "join.html")]
struct Join<'a> {
    frame: &'a Frame,
    passkeys: bool,
}

/// Where a link leads to: a passkey is made there.
pub fn join(frame: &Frame, passkeys: bool) -> String {
    shown(&Join { frame, passkeys })
}

#[derive(Template)]
#[template(path = "error.html")]
struct Wrong<'a> {
    frame: &'a Frame,
    title: &'a str,
    what: &'a str,
}

#[derive(Template)]
#[template(path = "stranger.html")]
struct Stranger<'a> {
    frame: &'a Frame,
    title: &'a str,
    what: &'a str,
}

/// What is shown in place of a page: a word for what is wrong (`missing`, `forbidden`, `form`, `state`, `failed`, …), to somebody
/// who is logged in or to nobody known.
pub fn wrong(frame: &Frame, kind: &str, known: bool) -> String {
    let words = frame.language.words();
    let (title, what) = (format!("error.{kind}"), format!("error.{kind}_what"));
    let (title, what) = (words.say(&title), words.say(&what));
    if known { shown(&Wrong { frame, title, what }) } else { shown(&Stranger { frame, title, what }) }
}

/// A template writes to memory, and its own types have nothing that fails.
pub(crate) fn shown(page: &impl Template) -> String {
    page.render().unwrap_or_default()
}
