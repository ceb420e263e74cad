//! Incident: what could have been read, at most, under a stated hypothesis. What is computed here is a look; the proof is made, and
//! checked, on a machine of one's own.

use crate::{Frame, Words, assets, entries::classes, frame::shown, steps, when};
use askama::Template;
use ledger::{FieldClass, Month, Time};
use std::fmt::Display;

/// What is asked, as it stands in the URL.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Question {
    /// What was taken: a word of [`KINDS`]; empty: nothing is asked yet.
    pub kind: String,
    /// Since which day; empty: unknown.
    pub from: String,
    /// Until which day; empty: until now.
    pub to: String,
}

/// What may be asked here. What needs a key's or a certificate's name is asked at the command line.
pub const KINDS: [&str; 3] = ["storage", "host", "warden"];

/// What came of it.
#[derive(Debug, Clone)]
pub enum Found {
    /// Nothing was asked.
    Nothing,
    /// So many entries are too many to be read for a page.
    TooLong(u64),
    /// More batches than so many are too many to be read for a page.
    TooMany(u64),
    /// The end that was stated is before the beginning.
    Backwards,
    /// The beginning that was stated is in the future.
    FromAhead,
    /// The end that was stated is in the future.
    ToAhead,
    /// Nothing was cosigned yet after the end that was stated.
    NotOver,
    /// Another one is being computed.
    Busy,
    /// The ledger cannot be read, or the question has no answer.
    Failed,
    /// At most so much.
    Answer(Box<Answer>),
}

/// So many.
#[derive(Debug, Clone)]
pub struct Figures {
    /// Parcels.
    pub rows: u64,
    /// Parties named in their batches.
    pub parties: u64,
    /// Who sent them.
    pub shippers: u64,
}

/// A bound, and by what it is split.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The bound.
    pub at_most: Figures,
    /// What of it is on record.
    pub recorded: Figures,
    /// Rows of it, at most, that a running gateway may have taken in since its last entry.
    pub beyond: u64,
    /// There is no bound; the figures are what is on record.
    pub unbounded: bool,
    /// At which level.
    pub level: u8,
    /// Entries that it was computed from.
    pub size: u64,
    /// When they were cosigned.
    pub time: Time,
    /// Who cosigned them.
    pub cosigners: Vec<String>,
    /// If the warden stood on a host of its own, where nothing shows that it does.
    pub elsewhere: Option<Elsewhere>,
    /// A stated end that ends nothing: what was taken counts until now.
    pub goes_on: bool,
    /// What came after the end of what was copied; none: no such end is stated.
    pub late: Option<Late>,
    /// The rows by the day on which it began.
    pub curve: Vec<(Time, u64)>,
    /// These are no bound but what is on record.
    pub curve_unbounded: bool,
    /// The beginning that was stated.
    pub from: Option<Time>,
    /// What is on record by partner's id; none: not known.
    pub by_shipper: Vec<(Option<String>, u64)>,
    /// The same by month of receipt.
    pub by_month: Vec<(Month, u64)>,
    /// The bound, or what there is without one, by the sealed classes of a row that could be read.
    pub by_classes: Vec<(Vec<FieldClass>, u64)>,
}

/// What it would be at another level.
#[derive(Debug, Clone)]
pub struct Elsewhere {
    /// Rows, at most.
    pub rows: u64,
    /// There would be no bound either; the rows are what is on record.
    pub unbounded: bool,
}

/// What an end leaves out, because a gateway had seen later before it began to take it.
#[derive(Debug, Clone)]
pub struct Late {
    /// Documents.
    pub documents: u64,
    /// Rows of them.
    pub rows: u64,
    /// The ledger's entry of the first of them; none: there is none.
    pub first: Option<u64>,
}

/// The days among which a slider chooses.
struct Slider {
    /// The question without its beginning.
    page: String,
    first: String,
    days: i64,
    at: i64,
    day: String,
    script: String,
}

const DAY: i64 = 86_400_000;

struct Choice {
    value: &'static str,
    word: String,
    chosen: bool,
}

struct Share {
    name: String,
    rows: String,
}

#[derive(Template)]
#[template(path = "incident.html")]
struct Incident<'a> {
    frame: &'a Frame,
    question: &'a Question,
    kinds: Vec<Choice>,
    command: String,
    notice: Option<(&'static str, String, String)>,
    answer: Option<(String, String)>,
    slider: Option<Slider>,
    downloads: Vec<(String, &'a str)>,
    level: String,
    beyond: Option<String>,
    elsewhere: Option<String>,
    ended: Vec<String>,
    plots: String,
    curve_read: &'a str,
    rows: &'a str,
    curve_rows: &'a str,
    curve: Vec<(String, Share)>,
    shippers: Vec<Share>,
    months: Vec<Share>,
    classes: Vec<Share>,
    classes_rows: &'a str,
}

/// The whole page.
pub fn incident(frame: &Frame, question: &Question, found: &Found) -> String {
    let words = frame.language.words();
    let kind = |kind: &&'static str| Choice {
        value: kind,
        word: words.say(&format!("incident.kind_{kind}")).to_owned(),
        chosen: question.kind == **kind,
    };
    let answer = match found {
        Found::Answer(answer) => Some(&**answer),
        _ => None,
    };
    let share = |name: String, rows: u64| Share { name, rows: frame.language.number(rows) };
    // What is not on record is nobody's in particular, and of no month.
    let beyond = answer.map(|answer| answer.beyond).filter(|beyond| *beyond > 0);
    let rest = || beyond.map(|rows| share(words.say("incident.unaccounted").to_owned(), rows));
    let unbounded = answer.is_some_and(|answer| answer.unbounded);
    let nobody = || words.say("desk.nobody").to_owned();
    let shippers = answer.iter().flat_map(|answer| &answer.by_shipper);
    let months = answer.iter().flat_map(|answer| &answer.by_month);
    let by_classes = answer.iter().flat_map(|answer| &answer.by_classes);
    let curve = answer.iter().flat_map(|answer| &answer.curve);
    shown(&Incident {
        frame,
        question,
        kinds: KINDS.iter().map(kind).collect(),
        command: command(question),
        notice: notice(words, found),
        answer: answer.map(|answer| told(frame, question, answer)),
        slider: answer.and_then(|answer| slider(question, answer)),
        downloads: answer.map_or_else(Vec::new, |_| downloads(words, question)),
        level: answer.map_or_else(String::new, |answer| words.with("incident.level", &[("level", &answer.level)])),
        beyond: beyond
            .map(|rows| words.count(if unbounded { "incident.beyond" } else { "incident.beyond_within" }, rows)),
        elsewhere: answer.and_then(|answer| answer.elsewhere.as_ref()).map(|own| {
            words.count(if own.unbounded { "incident.elsewhere_record" } else { "incident.elsewhere" }, own.rows)
        }),
        ended: answer.iter().flat_map(|answer| ended(frame, question, answer)).collect(),
        curve_read: words.say(match answer {
            Some(answer) if answer.curve_unbounded => "incident.curve_record",
            _ => "incident.curve_read",
        }),
        rows: words.say(if unbounded { "incident.rows_record" } else { "incident.rows" }),
        curve_rows: words.say(match answer {
            Some(answer) if answer.curve_unbounded => "incident.rows_no_bound",
            _ => "incident.rows",
        }),
        plots: answer.map_or_else(String::new, |answer| plots(frame, question, answer)),
        curve: curve.map(|(from, rows)| (link(question, *from), share(when::dated(words, *from), *rows))).collect(),
        shippers: shippers
            .map(|(name, rows)| share(name.clone().unwrap_or_else(nobody), *rows))
            .chain(rest())
            .collect(),
        months: months.map(|(month, rows)| share(month.to_string(), *rows)).chain(rest()).collect(),
        classes: by_classes.map(|(own, rows)| share(classes(words, own.iter().copied()), *rows)).collect(),
        classes_rows: words.say(if unbounded { "incident.rows_no_bound" } else { "incident.rows" }),
    })
}

/// Why there is no answer: a shape, a title, what to do.
fn notice(words: &Words, found: &Found) -> Option<(&'static str, String, String)> {
    let said = |shape, name: &str| {
        let key = format!("incident.{name}");
        Some((shape, words.say(&key).to_owned(), words.say(&format!("{key}_what")).to_owned()))
    };
    let counted = |name: &str, count| {
        let key = format!("incident.{name}");
        Some(("waiting", words.say(&key).to_owned(), words.count(&format!("{key}_what"), count)))
    };
    match found {
        Found::TooLong(entries) => counted("long", *entries),
        Found::TooMany(batches) => counted("many", *batches),
        Found::Backwards => said("late", "backwards"),
        Found::FromAhead => said("late", "from_ahead"),
        Found::ToAhead => said("late", "to_ahead"),
        Found::NotOver => said("waiting", "not_over"),
        Found::Busy => said("waiting", "busy"),
        Found::Failed => said("late", "failed"),
        Found::Nothing | Found::Answer(_) => None,
    }
}

/// What a stated end leaves out, and from which entry on; or that it leaves out nothing.
fn ended(frame: &Frame, question: &Question, answer: &Answer) -> Option<String> {
    let words = frame.language.words();
    let day = ("day", &question.to as &dyn Display);
    if answer.goes_on {
        return Some(words.with("incident.goes_on", &[day]));
    }
    let late = answer.late.as_ref()?;
    let Some(first) = late.first else { return Some(words.with("incident.late_nothing", &[day])) };
    Some(words.with(
        "incident.late",
        &[
            day,
            ("documents", &words.count("incident.count_documents", late.documents)),
            ("rows", &words.count("incident.count_rows", late.rows)),
            ("entry", &frame.language.number(first)),
        ],
    ))
}

/// What makes the same answer with its proof, on a machine of one's own.
fn command(question: &Question) -> String {
    let kind = if question.kind.is_empty() { "host" } else { &question.kind };
    let stated = [("kind", kind), ("from", &question.from), ("until", &question.to)];
    let options = stated.into_iter().filter(|(_, value)| !value.is_empty());
    let lines = options.map(|(option, value)| format!("--{option} {value}"));
    let rest = ["--pins pins.toml", "--out assessment --html"].map(str::to_owned);
    ["bulla assess".to_owned()].into_iter().chain(lines).chain(rest).collect::<Vec<_>>().join(" \\\n  ")
}

/// The bound, and what it stands on.
fn told(frame: &Frame, question: &Question, answer: &Answer) -> (String, String) {
    let words = frame.language.words();
    let number = if answer.unbounded {
        words.say("incident.no_bound").to_owned()
    } else {
        words.count("incident.at_most", answer.at_most.rows)
    };
    let from = match answer.from {
        Some(from) => words.with("incident.since", &[("day", &when::day(from))]),
        None => words.say("incident.since_unknown").to_owned(),
    };
    let cosigners =
        if answer.cosigners.is_empty() { words.say("incident.nobody").to_owned() } else { answer.cosigners.join(", ") };
    let figures = if answer.unbounded { &answer.recorded } else { &answer.at_most };
    let under = words.with(
        if answer.unbounded { "incident.on_record" } else { "incident.under" },
        &[
            ("rows", &words.count("incident.count_rows", figures.rows)),
            ("shippers", &words.count("incident.count_shippers", figures.shippers)),
            ("parties", &words.count("incident.count_parties", figures.parties)),
            ("what", &words.say(&format!("incident.taken_{}", question.kind))),
            ("since", &from),
            ("size", &frame.language.number(answer.size)),
            ("time", &when::dated(words, answer.time)),
            ("cosigners", &cosigners),
            ("level", &answer.level),
        ],
    );
    (number, under)
}

/// The same question, if it began on that day.
fn link(question: &Question, from: Time) -> String {
    let asked = Question { from: when::day(from), ..question.clone() };
    format!("/console/incident?{}", query(&asked))
}

/// A question as it stands in a URL.
pub fn query(Question { kind, from, to }: &Question) -> String {
    format!("kind={kind}&from={from}&to={to}")
}

/// What can be taken along from here.
fn downloads<'w>(words: &'w Words, question: &Question) -> Vec<(String, &'w str)> {
    let file =
        |(name, key): (&str, &'static str)| (format!("/console/incident/{name}?{}", query(question)), words.say(key));
    [("bundle.bulla", "incident.bundle"), ("assessment.html", "incident.page")].map(file).to_vec()
}

/// From the day before anything began, which is as good as unknown, to the last day that is cosigned.
fn slider(question: &Question, answer: &Answer) -> Option<Slider> {
    let day = |time: Time| time.milliseconds().div_euclid(DAY);
    let first = day(answer.curve.first()?.0) - 1;
    let days = day(answer.time) - first;
    let at = answer.from.map_or(0, |from| day(from) - first).clamp(0, days.max(0));
    (1..=36_525).contains(&days).then(|| Slider {
        page: format!("/console/incident?{}", query(&Question { from: String::new(), ..question.clone() })),
        first: when::day(Time::from_milliseconds(first * DAY)),
        days,
        at,
        day: when::day(Time::from_milliseconds((first + at) * DAY)),
        script: assets::url(&assets::SINCE),
    })
}

fn plots(frame: &Frame, question: &Question, answer: &Answer) -> String {
    let sizes = [("wide", 720.0), ("narrow", 328.0)];
    let svg = |size| {
        let link = |from| link(question, from).replace('&', "&amp;");
        steps::svg(frame.language, &answer.curve, answer.time, answer.from, link, size)
    };
    sizes.map(svg).concat()
}
