//! Tokens of the HTTP interface: whose, good for what, until when; and a new one, shown once.

use crate::{Frame, Words, frame::shown, status::Status, when};
use api::gateway::{IssuedToken, Scope, Token};
use askama::Template;
use ledger::Time;

const DAY: i64 = 86_400_000;
/// From so many days before its end a token is somebody's work.
const ENDING_DAYS: i64 = 30;

/// What the page is made of.
pub struct Tokens {
    /// All of them.
    pub tokens: Vec<Token>,
    /// What was just issued.
    pub issued: Option<IssuedToken>,
    /// Whether there are forms.
    pub may_act: bool,
    /// Whose tokens there may be.
    pub partners: Vec<String>,
    /// As of when.
    pub now: Time,
}

struct Row {
    id: String,
    label: String,
    made: String,
    whose: String,
    scopes: String,
    status: Status,
    used: String,
    revocable: bool,
}

#[derive(Template)]
#[template(path = "tokens.html")]
struct Page<'a> {
    frame: &'a Frame,
    all: &'a Tokens,
    summary: String,
    issued: Option<(String, &'a str)>,
    rows: Vec<Row>,
    scopes: Vec<(&'static str, String)>,
}

/// The whole page.
pub fn tokens(frame: &Frame, all: &Tokens) -> String {
    let words = frame.language.words();
    let ending = all.tokens.iter().filter(|token| is_ending(token, all.now)).count() as u64;
    let issued = all.issued.as_ref();
    shown(&Page {
        frame,
        all,
        summary: match ending {
            0 => words.say("tokens.quiet").to_owned(),
            ending => words.count("tokens.ending", ending),
        },
        issued: issued.map(|one| (words.with("tokens.issued", &[("label", &one.token.label)]), one.secret.as_str())),
        rows: all.tokens.iter().map(|token| row(words, token, all.now)).collect(),
        scopes: Scope::ALL.map(|(scope, word)| (word, said(words, scope))).to_vec(),
    })
}

fn said(words: &Words, scope: Scope) -> String {
    words.say(&format!("scope.{scope}")).to_owned()
}

fn days(end: Time, now: Time) -> i64 {
    end.milliseconds().saturating_sub(now.milliseconds()).div_euclid(DAY)
}

/// What is revoked is nobody's work any more, nor what ended so long ago that its user has noticed.
fn is_ending(token: &Token, now: Time) -> bool {
    let left = token.ends.map(|ends| days(ends, now));
    token.revoked.is_none() && left.is_some_and(|left| (-ENDING_DAYS..ENDING_DAYS).contains(&left))
}

fn row(words: &Words, token: &Token, now: Time) -> Row {
    let made = token.made.zip(token.by.as_ref());
    Row {
        id: token.id.clone(),
        label: token.label.clone(),
        made: made
            .map_or_else(String::new, |(made, by)| words.with("tokens.made", &[("day", &when::day(made)), ("by", by)])),
        whose: token.partner.clone().unwrap_or_else(|| words.say("tokens.operator").to_owned()),
        scopes: token.scopes.iter().map(|scope| said(words, *scope)).collect::<Vec<_>>().join(", "),
        status: status(words, token, now),
        used: token.used.clone().unwrap_or_else(|| words.say("tokens.never").to_owned()),
        revocable: token.revoked.is_none() && token.ends.is_some_and(|ends| ends > now),
    }
}

fn status(words: &Words, token: &Token, now: Time) -> Status {
    let until = |time| words.with("tokens.until", &[("time", &when::dated(words, time))]);
    if let Some(revoked) = token.revoked {
        return Status::new(words, "none", "tokens.revoked", when::dated(words, revoked));
    }
    let Some(ends) = token.ends else {
        return Status::new(words, "late", "tokens.no_end", words.say("tokens.configured").to_owned());
    };
    let shape = match days(ends, now) {
        ..0 => return Status::new(words, "refused", "tokens.ended", until(ends)),
        0..ENDING_DAYS => "late",
        _ => "ok",
    };
    let mut status = Status::new(words, shape, "tokens.good", until(ends));
    status.word = words.count("tokens.left", u64::try_from(days(ends, now)).unwrap_or_default());
    status
}
