//! Parcels: one by a number, its way and where it is sealed, and what opening it would write to the ledger. Nothing sealed is shown.

use crate::{Frame, Words, entries, frame::shown, status::Status, when};
use api::{
    gateway::{Parcel, record::Opening},
    warden::{PeriodState, PeriodStatus},
};
use askama::Template;
use ledger::{
    Classes, FieldClass, Time,
    word::{
        DeliveryState::{Acknowledged, Expired, Held, Sent, Waiting},
        ManifestState,
    },
};

/// What came of a search.
pub enum Found<'a> {
    /// Nothing was sought.
    Blank,
    /// Not exactly one number was given.
    Unclear,
    /// There is none that whoever asks may see.
    Nothing,
    /// Several, and whether there are more.
    Several(&'a [Parcel], bool),
    /// This one.
    One(View<'a>),
}

/// What of one parcel is shown.
pub struct View<'a> {
    /// The parcel.
    pub parcel: &'a Parcel,
    /// Its periods; none: the warden does not say.
    pub periods: Option<&'a [PeriodStatus]>,
    /// Where the document that brought it stands in the ledger.
    pub entry: Option<u64>,
    /// Who opened what of it lately, newest first.
    pub openings: &'a [Opening],
    /// As of when.
    pub now: Time,
}

struct Line {
    place: String,
    to: String,
    names: String,
    status: Status,
    ship_date: String,
    province: String,
}

struct Sealed {
    classes: String,
    status: Status,
    ends: String,
}

struct Event {
    class: &'static str,
    glyph: &'static str,
    time: String,
    after: String,
    what: String,
    more: String,
    to: Option<u64>,
}

struct One {
    title: String,
    marks: Vec<Status>,
    facts: Vec<(String, String)>,
    interchange: Option<String>,
    entry: Option<(u64, u64, String)>,
    sealed: Vec<Sealed>,
    events: Vec<Event>,
    scope: String,
    classes: Option<String>,
    agent: String,
    command: String,
}

#[derive(Template)]
#[template(path = "parcels.html")]
struct Parcels<'a> {
    frame: &'a Frame,
    notice: Option<(&'static str, &'static str)>,
    blank: bool,
    counted: Option<String>,
    lines: Vec<Line>,
    truncated: bool,
    one: Option<One>,
}

/// The whole page.
pub fn parcels(frame: &Frame, found: &Found<'_>) -> String {
    let words = frame.language.words();
    let (lines, truncated) = match found {
        Found::Several(parcels, truncated) => (parcels.iter().map(|one| line(words, one)).collect(), *truncated),
        _ => (Vec::new(), false),
    };
    let counted = match found {
        Found::Several(parcels, _) => Some(words.count("parcels.found", parcels.len() as u64)),
        _ => None,
    };
    shown(&Parcels {
        frame,
        notice: match found {
            Found::Unclear => Some(("parcels.one_number", "parcels.one_number_what")),
            Found::Nothing => Some(("parcels.nothing", "parcels.nothing_what")),
            _ => None,
        },
        blank: matches!(found, Found::Blank),
        counted,
        lines,
        truncated,
        one: match found {
            Found::One(view) => Some(one(frame, view)),
            _ => None,
        },
    })
}

pub(crate) fn names(words: &Words, parcel: &Parcel) -> String {
    words.with("desk.from_whom", &[("shipper", &parcel.shipper), ("carrier", &parcel.carrier)])
}

pub(crate) fn title(words: &Words, parcel: &Parcel) -> String {
    words.with("parcels.title", &[("row", &parcel.row), ("batch", &short(parcel))])
}

fn short(parcel: &Parcel) -> String {
    parcel.batch.to_string().get(..12).unwrap_or_default().to_owned()
}

fn line(words: &Words, parcel: &Parcel) -> Line {
    Line {
        place: title(words, parcel),
        to: format!("/console/parcels/{}/{}", parcel.batch, parcel.row),
        names: names(words, parcel),
        status: manifest(words, parcel)
            .unwrap_or_else(|| Status::new(words, "none", "parcels.not_said", String::new())),
        ship_date: date(words, parcel),
        province: parcel.province.clone(),
    }
}

fn one(frame: &Frame, view: &View<'_>) -> One {
    let (words, parcel) = (frame.language.words(), view.parcel);
    let left = left(view);
    let places: [(&str, &dyn std::fmt::Display); 2] = [("batch", &short(parcel)), ("row", &parcel.row)];
    let classes = entries::classes(words, left.iter().filter(|class| *class != FieldClass::Linkable));
    let mut marks: Vec<Status> = manifest(words, parcel).into_iter().chain(delivery(words, parcel)).collect();
    marks.push(match left.contains(FieldClass::Address) {
        true => Status::new(words, "sealed", "parcels.recipient", String::new()),
        false => Status::new(words, "shredded", "parcels.gone", String::new()),
    });
    One {
        title: title(words, parcel),
        marks,
        facts: facts(frame, parcel),
        interchange: parcel.interchange.map(|id| id.to_string()),
        entry: view.entry.map(|entry| {
            let number = frame.language.number(entry);
            (entry, entry.saturating_add(1), words.with("parcels.see_entry", &[("entry", &number)]))
        }),
        sealed: sealed(words, view),
        events: events(words, view),
        scope: words.with("parcels.scope_says", &places),
        classes: (!left.is_empty()).then(|| words.with("parcels.classes_says", &[("all", &classes)])),
        agent: verb("bulla agent".to_owned(), frame.demo),
        command: verb(command(left), frame.demo),
    }
}

/// The classes that can still be opened, as far as is known.
fn left(view: &View<'_>) -> Classes {
    let gone = |state| matches!(state, PeriodState::Shredded | PeriodState::Missing | PeriodState::Ending);
    let lives = |period: &ledger::PeriodId| {
        let all = view.periods.unwrap_or_default();
        !all.iter().any(|own| own.period == *period && gone(own.state))
    };
    let live = view.parcel.sealed.iter().filter(|to| lives(&to.period));
    live.map(|to| to.classes).collect()
}

fn facts(frame: &Frame, parcel: &Parcel) -> Vec<(String, String)> {
    let words = frame.language.words();
    let said = |value: Option<String>| value.unwrap_or_else(|| words.say("parcels.not_said").to_owned());
    let grams = |grams: u32| words.with("parcels.grams", &[("n", &frame.language.number(grams.into()))]);
    let province = match &parcel.country {
        Some(country) => format!("{} {country}", parcel.province),
        None => parcel.province.clone(),
    };
    let facts = [
        ("parcels.from_to", names(words, parcel)),
        ("parcels.service", said(parcel.service.clone())),
        ("parcels.weight", said(parcel.weight_grams.map(grams))),
        ("parcels.ship_date", date(words, parcel)),
        ("parcels.province", province),
        ("parcels.pieces", frame.language.number(parcel.pieces.into())),
        ("parcels.batch", parcel.batch.to_string()),
        ("parcels.row", parcel.row.to_string()),
    ];
    facts.into_iter().map(|(key, value)| (words.say(key).to_owned(), value)).collect()
}

fn date(words: &Words, parcel: &Parcel) -> String {
    let Some(date) = parcel.ship_date else { return words.say("parcels.not_said").to_owned() };
    format!("{:04}-{:02}-{:02}", date / 10_000, date / 100 % 100, date % 100)
}

fn manifest(words: &Words, parcel: &Parcel) -> Option<Status> {
    let (shape, key) = match parcel.status? {
        ManifestState::Current => ("ok", "parcels.is_current"),
        ManifestState::Replaced => ("none", "parcels.is_replaced"),
        ManifestState::Cancelled => ("late", "parcels.is_cancelled"),
    };
    Some(Status::new(words, shape, key, String::new()))
}

fn delivery(words: &Words, parcel: &Parcel) -> Option<Status> {
    let (shape, key) = match parcel.delivery.as_ref()?.state {
        Waiting | Sent => ("waiting", "parcels.delivery_waiting"),
        Acknowledged | Expired => ("ok", "parcels.delivery_acknowledged"),
        Held => ("hold", "parcels.delivery_held"),
    };
    Some(Status::new(words, shape, key, String::new()))
}

fn sealed(words: &Words, view: &View<'_>) -> Vec<Sealed> {
    let of = |to: &api::gateway::SealedTo| {
        let status = view.periods.and_then(|all| all.iter().find(|own| own.period == to.period));
        let (shape, key, ends) = match status {
            None => ("sealed", "parcels.unknown", String::new()),
            Some(own) => {
                let end = own.held.unwrap_or(own.ends).max(own.ends);
                let (shape, key) = match own.state {
                    PeriodState::Live => ("sealed", "parcels.is_live"),
                    PeriodState::Held => ("sealed", "parcels.is_held"),
                    PeriodState::Overdue | PeriodState::Ending => ("late", "parcels.is_ended"),
                    PeriodState::Shredded => ("shredded", "parcels.is_shredded"),
                    PeriodState::Missing => ("refused", "parcels.is_missing"),
                };
                (shape, key, when::day(own.shredded.unwrap_or(end)))
            }
        };
        let classes = entries::classes(words, to.classes.iter());
        Sealed { classes, status: Status::new(words, shape, key, String::new()), ends }
    };
    view.parcel.sealed.iter().map(of).collect()
}

/// What happened to it, and who opened what of it.
fn events(words: &Words, view: &View<'_>) -> Vec<Event> {
    let mut all: Vec<(Time, &'static str, String, String, Option<u64>)> = Vec::new();
    for event in &view.parcel.history {
        let key = match &*event.event {
            "received" => "parcels.event_received",
            "acknowledged to the shipper" => "parcels.event_answered",
            "sent to the carrier" => "parcels.event_sent",
            "acknowledged by the carrier" => "parcels.event_delivered",
            _ => "parcels.event_superseded",
        };
        all.push((event.time, "ok", words.say(key).to_owned(), String::new(), None));
    }
    for opening in view.openings {
        let (scope, purpose) =
            (&opening.scope, format!("purpose.is_{}", opening.scope.purpose.as_str().replace('-', "_")));
        let classes = entries::classes(words, scope.classes.iter());
        let places: [(&str, &dyn std::fmt::Display); 3] =
            [("classes", &classes), ("why", &words.say(&purpose)), ("ticket", &scope.ticket)];
        let what = words.with("parcels.opened", &[("who", &scope.principal)]);
        let more = words.with("parcels.opened_more", &places);
        all.push((opening.time, "sealed", what, more, Some(opening.index.saturating_add(1))));
    }
    all.sort_by_key(|(time, ..)| *time);
    let begun = view.parcel.received;
    let event = |(time, glyph, what, more, to): (Time, &'static str, String, String, Option<u64>)| Event {
        class: if glyph == "sealed" { "opened" } else { "" },
        glyph,
        time: when::short(words, time, view.now),
        after: match time > begun {
            true => words.with("event.after", &[("time", &when::after(words, begun, time))]),
            false => String::new(),
        },
        what,
        more,
        to,
    };
    all.into_iter().map(event).collect()
}

/// What both commands need where nothing is found in a demo's directory.
const OWN: &str = " \\\n  --to URL --token-file token \\\n  --principal you --key you.key \\\n  --pins pins.toml";

/// With these options, and the person's own if it is no demo.
fn verb(command: String, demo: bool) -> String {
    if demo { command } else { command + OWN }
}

/// What opens it without the agent.
fn command(left: Classes) -> String {
    let wanted = [FieldClass::Address, FieldClass::Contact].into_iter().filter(|class| left.contains(*class));
    let classes: Vec<_> = wanted.map(FieldClass::as_str).collect();
    let classes = if classes.is_empty() { "linkable".to_owned() } else { classes.join(",") };
    format!("bulla open --tracking - \\\n  --class {classes} \\\n  --purpose support --ticket CASE-1")
}
