//! One interchange: where it is, what is wrong with it, what was answered, and what stands in the ledger.

use crate::{
    Frame, Words,
    act::Act,
    answer::{self, Said},
    desk, finding,
    frame::shown,
    status::{self, Status},
    when,
};
use api::gateway::{Delivery, desk::Row};
use askama::Template;
use ledger::{
    Time,
    word::{
        DeliveryState::{Acknowledged, Expired, Held, Sent, Waiting},
        Outcome,
    },
};

/// What of one interchange is shown.
pub struct View<'a> {
    /// The interchange, with every attempt of its deliveries.
    pub row: &'a Row,
    /// Its acknowledgement, octet for octet.
    pub answer: &'a [u8],
    /// As of when.
    pub now: Time,
    /// Whether whoever asks may hold, release and send again.
    pub may_act: bool,
    /// What was just done.
    pub done: Option<Act>,
}

struct Figure {
    name: &'static str,
    status: Status,
    to: &'static str,
}

struct Event {
    class: &'static str,
    glyph: &'static str,
    time: String,
    after: String,
    what: String,
    more: String,
}

struct Line {
    id: String,
    short: String,
    carrier: String,
    status: Status,
    answer: String,
    octets: String,
    acts: Vec<Button>,
}

struct Button {
    act: &'static str,
    word: String,
    label: String,
}

#[derive(Template)]
#[template(path = "interchange.html")]
struct Interchange<'a> {
    frame: &'a Frame,
    id: String,
    title: String,
    control: String,
    about: String,
    done: Option<String>,
    figures: Vec<Figure>,
    events: Vec<Event>,
    lines: Vec<Line>,
    may_act: bool,
    said: Said,
    findings: Option<finding::Shown<'a>>,
    answered: String,
    entry: Option<(u64, u64)>,
    entry_number: String,
    ticket: String,
    at_most: String,
}

/// The whole page.
pub fn interchange(frame: &Frame, view: &View<'_>) -> String {
    let (words, row, now) = (frame.language.words(), view.row, view.now);
    let this = &row.interchange;
    let number = |number| frame.language.number(number);
    let about = words.count_with(
        "interchange.about",
        this.rows,
        &[
            ("channel", &desk::channel(words, row.channel)),
            ("octets", &number(this.octets)),
            ("time", &when::dated(words, this.received)),
        ],
    );
    let ticket = words.with(
        "interchange.ticket",
        &[
            ("worker", &this.worker),
            ("ticket", &number(this.ticket)),
            ("verdict", &status::valid(words, this.verdict).word),
        ],
    );
    shown(&Interchange {
        frame,
        id: this.id.to_string(),
        title: desk::names(words, row),
        control: this.control.clone().unwrap_or_default(),
        about,
        done: view.done.map(|act| words.say(&format!("interchange.done_{}", act.word())).to_owned()),
        figures: vec![
            Figure { name: "desk.valid", status: status::valid(words, this.verdict), to: "#answer" },
            Figure { name: "desk.delivered", status: status::delivered(words, row, now), to: "#deliveries" },
            Figure { name: "desk.acknowledged", status: status::acknowledged(words, row, now), to: "#timeline" },
        ],
        events: events(frame, view),
        lines: row.deliveries.iter().map(|delivery| line(frame, delivery, view)).collect(),
        may_act: view.may_act,
        said: answer::said(words, view.answer),
        findings: this.findings.as_ref().map(|findings| finding::shown(frame, findings)),
        answered: when::exact(row.answered),
        entry: this.ledger.map(|entry| (entry, entry.saturating_add(1))),
        entry_number: this.ledger.map_or_else(String::new, number),
        ticket,
        at_most: words.count("interchange.at_most", this.rows),
    })
}

fn line(frame: &Frame, delivery: &Delivery, view: &View<'_>) -> Line {
    let words = frame.language.words();
    let acts = match delivery.state {
        Waiting | Sent => vec!["resend", "hold"],
        Held => vec!["release"],
        Acknowledged => vec!["resend"],
        Expired => Vec::new(),
    };
    let id = delivery.id.to_string();
    let short = id.get(..8).unwrap_or_default().to_owned();
    let button = |act| Button {
        act,
        word: words.say(&format!("interchange.do_{act}")).to_owned(),
        label: words.with(&format!("interchange.act_{act}"), &[("delivery", &short)]),
    };
    Line {
        short: short.clone(),
        id,
        carrier: delivery.carrier.clone(),
        status: status::way(words, delivery, view.now),
        answer: delivery.last_answer.clone().unwrap_or_default(),
        octets: frame.language.number(delivery.octets),
        acts: acts.into_iter().filter(|_| view.may_act).map(button).collect(),
    }
}

/// What happened at which time, as far as a time of it is known; then what is waited for.
fn events(frame: &Frame, view: &View<'_>) -> Vec<Event> {
    let (words, row) = (frame.language.words(), view.row);
    let (this, begun) = (&row.interchange, row.interchange.received);
    let channel = desk::channel(words, row.channel);
    let shape = status::valid(words, this.verdict);
    let octets = frame.language.number(this.octets);
    let answered = if this.verdict.is_accepted() { "event.answered" } else { "event.answered_only" };
    let mut all = vec![
        (
            this.received,
            "ok",
            words.with("event.received", &[("channel", &channel)]),
            words.count_with("event.received_more", this.rows, &[("octets", &octets)]),
        ),
        (row.answered, shape.glyph, words.say(answered).to_owned(), shape.word.clone()),
    ];
    for delivery in &row.deliveries {
        all.extend(of_delivery(words, delivery));
    }
    if let Some(due) = row.answer_due.filter(|due| *due < view.now) {
        all.push((due, "late", words.say("event.due").to_owned(), String::new()));
    }
    all.sort_by_key(|(time, ..)| *time);
    let same_day =
        |time: Time| time.milliseconds().div_euclid(86_400_000) == begun.milliseconds().div_euclid(86_400_000);
    let mut events: Vec<Event> = all
        .into_iter()
        .map(|(time, shape, what, more)| Event {
            class: if shape == "ok" { "" } else { shape },
            glyph: shape,
            time: if same_day(time) { when::exact(time) } else { when::dated(words, time) },
            after: if time == begun {
                String::new()
            } else {
                words.with("event.after", &[("time", &when::after(words, begun, time))])
            },
            what,
            more,
        })
        .collect();
    if let Some(what) = waited_for(words, row) {
        let after = words.with("event.after", &[("time", &when::after(words, begun, view.now))]);
        let now = words.say("event.now").to_owned();
        events.push(Event { class: "waiting", glyph: "waiting", time: now, after, what, more: String::new() });
    }
    events
}

type Happened = (Time, &'static str, String, String);

fn of_delivery(words: &Words, delivery: &Delivery) -> Vec<Happened> {
    let carrier = &delivery.carrier;
    let mut all = Vec::new();
    for attempt in delivery.history.iter().flatten() {
        let more = words.with("event.said", &[("code", &attempt.answer)]);
        let what = match attempt.outcome {
            Outcome::Sent => ("ok", "event.sent"),
            Outcome::Failed => ("late", "event.failed"),
        };
        all.push((attempt.time, what.0, words.with(what.1, &[("carrier", carrier)]), more));
    }
    if let Some(time) = delivery.acknowledged {
        all.push((
            time,
            "ok",
            words.with("event.delivered", &[("carrier", carrier)]),
            words.say("event.delivered_more").to_owned(),
        ));
    }
    if let (Some(time), Some(answer)) = (delivery.answered, delivery.answer.as_deref()) {
        let (shape, key) = match answer {
            "refused" => ("refused", "status.rejected"),
            "accepted-in-part" => ("late", "status.in_part"),
            _ => ("ok", "status.accepted"),
        };
        all.push((time, shape, words.with("event.judged", &[("carrier", carrier)]), words.say(key).to_owned()));
    }
    all
}

fn waited_for(words: &Words, row: &Row) -> Option<String> {
    let under_way = row.deliveries.iter().find(|delivery| matches!(delivery.state, Waiting | Sent));
    let held = row.deliveries.iter().find(|delivery| delivery.state == Held);
    let unanswered = row.deliveries.iter().find(|delivery| row.answer_due.is_some() && delivery.answered.is_none());
    let of = |key: &str, delivery: &Delivery| words.with(key, &[("carrier", &delivery.carrier)]);
    held.map(|delivery| of("event.held", delivery))
        .or_else(|| under_way.map(|delivery| of("event.under_way", delivery)))
        .or_else(|| unanswered.map(|delivery| of("event.unanswered", delivery)))
}
