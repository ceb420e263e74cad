//! Who may enter: their roles, their passkeys, and for admins what can be done about them.

use crate::{Frame, Words, frame::shown, status::Status, when};
use askama::Template;
use ledger::Time;

/// Somebody who may enter, or could.
pub struct Person {
    /// In forms.
    pub id: String,
    /// What others call them.
    pub name: String,
    /// A role's word.
    pub role: &'static str,
    /// Whose person that is, of a partner's.
    pub partner: Option<String>,
    /// Each by its id's digest, and since when.
    pub passkeys: Vec<(String, Time)>,
    /// Kept out.
    pub disabled: bool,
    /// Until when there is a link that nobody has used.
    pub link_ends: Option<Time>,
}

/// A link, shown this once.
pub struct Link {
    /// For whom.
    pub name: String,
    /// What they open.
    pub url: String,
}

/// What the page is made of.
pub struct People {
    /// All of them.
    pub people: Vec<Person>,
    /// What was just given out.
    pub link: Option<Link>,
    /// Whether there are forms.
    pub may_act: bool,
    /// The roles' words, as they are given.
    pub roles: Vec<&'static str>,
    /// Whose people there may be.
    pub partners: Vec<String>,
}

struct Row {
    id: String,
    name: String,
    role: String,
    status: Status,
    passkeys: Vec<Held>,
    disabled: bool,
}

struct Held {
    digest: String,
    /// So much of it as tells one from another.
    short: String,
    since: String,
}

#[derive(Template)]
#[template(path = "people.html")]
struct Page<'a> {
    frame: &'a Frame,
    all: &'a People,
    given: String,
    rows: Vec<Row>,
    roles: Vec<(&'static str, String)>,
}

/// The whole page.
pub fn people(frame: &Frame, all: &People) -> String {
    let words = frame.language.words();
    let given = all.link.as_ref().map(|link| words.with("people.given", &[("name", &link.name)]));
    shown(&Page {
        frame,
        all,
        given: given.unwrap_or_default(),
        rows: all.people.iter().map(|person| row(words, person)).collect(),
        roles: all.roles.iter().map(|word| (*word, role(words, word))).collect(),
    })
}

fn role(words: &Words, word: &str) -> String {
    words.say(&format!("role.{word}")).to_owned()
}

fn row(words: &Words, person: &Person) -> Row {
    let until = person.link_ends.map(|ends| words.with("people.link_until", &[("time", &when::dated(words, ends))]));
    let until = until.unwrap_or_default();
    let status = match (person.disabled, person.passkeys.is_empty(), person.link_ends) {
        (true, ..) => Status::new(words, "none", "people.disabled", String::new()),
        (false, false, _) => Status::new(words, "ok", "people.enters", until),
        (false, true, Some(_)) => Status::new(words, "waiting", "people.invited", until),
        (false, true, None) => Status::new(words, "late", "people.no_way", String::new()),
    };
    let role = match &person.partner {
        None => role(words, person.role),
        Some(partner) => words.with("frame.partner", &[("partner", partner)]),
    };
    let held = |(digest, since): &(String, Time)| Held {
        digest: digest.clone(),
        short: digest.chars().take(8).collect(),
        since: words.with("people.since", &[("day", &when::day(*since))]),
    };
    Row {
        id: person.id.clone(),
        name: person.name.clone(),
        role,
        status,
        passkeys: person.passkeys.iter().map(held).collect(),
        disabled: person.disabled,
    }
}
