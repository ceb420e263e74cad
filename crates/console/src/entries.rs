//! The ledger: who opened what, why and when; who watches; when it was silent. A stretch of it at a time.

use crate::{Frame, Words, beats, days, frame::shown, status::Status, when};
use api::gateway::record::{Opening, RECEIPTS_WITHIN, Record, Watcher};
use askama::Template;
use ledger::{FieldClass, Time, entry::Outcome};

struct Figure {
    name: String,
    number: String,
    usual: String,
    to: &'static str,
    out: bool,
}

struct Day {
    name: String,
    count: String,
}

struct Line {
    index: String,
    when: String,
    who: String,
    why: String,
    ticket: String,
    shipper: String,
    what: String,
    status: Status,
}

struct Silent {
    from: String,
    to: String,
    length: String,
}

struct Watch {
    name: String,
    cosigned: String,
    size: String,
    status: Status,
}

struct Kind {
    name: String,
    count: String,
}

struct Other {
    index: String,
    when: String,
    kind: String,
    about: String,
}

#[derive(Template)]
#[template(path = "ledger.html")]
struct Ledger<'a> {
    frame: &'a Frame,
    stopped: bool,
    closed: Option<String>,
    figures: Vec<Figure>,
    plots: String,
    silences: Vec<Silent>,
    stretch: String,
    days: String,
    days_read: String,
    by_day: Vec<Day>,
    lines: Vec<Line>,
    watches: Vec<Watch>,
    kinds: Vec<Kind>,
    others: Vec<Other>,
    before: String,
    older: Option<u64>,
    newest: bool,
}

/// The whole page.
pub fn ledger(frame: &Frame, record: &Record) -> String {
    let (words, newest) = (frame.language.words(), record.until >= record.head.size);
    let number = |number| frame.language.number(number);
    // An older stretch ends where its last entry does, the newest one now.
    let span = record.times.map(|(begin, end)| (begin, if newest { record.now.max(end) } else { end }));
    let silences = span.map_or_else(Vec::new, |(begin, end)| beats::silences(&record.beats, begin, end));
    let longest = silences.iter().max_by_key(|gap| gap.to.milliseconds() - gap.from.milliseconds());
    let longest = longest.map(|gap| when::after(words, gap.from, gap.to));
    let plots = span.map_or_else(String::new, |span| {
        beats::svg(words, &record.beats, span, "wide", 1100.0)
            + &beats::svg(words, &record.beats, span, "narrow", 328.0)
    });
    let opened: Vec<Time> = record.openings.iter().map(|opening| opening.time).collect();
    let counts = span.map_or_else(Vec::new, |span| days::counts(&opened, span));
    let day = |(day, count): &(i64, u64)| Day { name: days::name(*day), count: number(*count) };
    let silent = |gap: &beats::Silence| Silent {
        from: when::short(words, gap.from, record.now),
        to: when::short(words, gap.to, record.now),
        length: when::after(words, gap.from, gap.to),
    };
    let other = |other: &api::gateway::record::Other| Other {
        index: other.index.to_string(),
        when: when::short(words, other.time, record.now),
        kind: kind(words, other.kind),
        about: other.about.clone(),
    };
    shown(&Ledger {
        frame,
        stopped: record.head.stopped.is_some(),
        closed: record.head.closed.map(number),
        figures: figures(frame, record, longest),
        plots,
        silences: silences.iter().map(silent).collect(),
        stretch: words.with(
            "ledger.stretch",
            &[("from", &number(record.from)), ("until", &number(record.until)), ("all", &number(record.head.size))],
        ),
        days: days::svg(&counts, "wide", 1100.0) + &days::svg(&counts, "narrow", 328.0),
        days_read: words.count("ledger.days_read", counts.len() as u64),
        by_day: counts.iter().filter(|(_, count)| *count > 0).map(day).collect(),
        lines: record.openings.iter().map(|opening| line(frame, opening, record.now)).collect(),
        watches: record.watchers.iter().map(|watcher| watch(frame, watcher, record)).collect(),
        kinds: kinds(frame, record),
        others: record.others.iter().map(other).collect(),
        before: if newest { String::new() } else { record.until.to_string() },
        older: (record.from > 0).then_some(record.from),
        newest,
    })
}

fn figures(frame: &Frame, record: &Record, longest: Option<String>) -> Vec<Figure> {
    let words = frame.language.words();
    let cosigned: Vec<Time> = record.watchers.iter().filter_map(|watcher| watcher.cosigned).collect();
    let last = cosigned.iter().max().map(|last| when::after(words, *last, record.now));
    let of = |key: &str, number: String, usual: String, to, out| Figure {
        name: words.say(key).to_owned(),
        number,
        usual,
        to,
        out,
    };
    let quorum = words.with(
        "ledger.quorum",
        &[("n", &cosigned.len()), ("all", &record.watchers.len()), ("quorum", &record.head.quorum)],
    );
    let uncosigned = record.head.size.saturating_sub(record.head.cosigned_size);
    vec![
        of(
            "ledger.openings",
            frame.language.number(record.openings.len() as u64),
            words.say("ledger.openings_usual").to_owned(),
            "#openings",
            false,
        ),
        of(
            "ledger.cosigned",
            last.map_or_else(
                || words.say("ledger.never").to_owned(),
                |last| words.with("ledger.ago", &[("time", &last)]),
            ),
            quorum,
            "#witnesses",
            cosigned.len() < record.head.quorum,
        ),
        of(
            "ledger.silence",
            longest.clone().unwrap_or_else(|| words.say("ledger.no_silence").to_owned()),
            words.say("ledger.silence_usual").to_owned(),
            "#beats",
            longest.is_some(),
        ),
        of(
            "ledger.entries",
            frame.language.number(record.head.size),
            words.count("ledger.uncosigned", uncosigned),
            "#others",
            false,
        ),
    ]
}

fn line(frame: &Frame, opening: &Opening, now: Time) -> Line {
    let (words, scope) = (frame.language.words(), &opening.scope);
    let purpose = format!("purpose.is_{}", scope.purpose.as_str().replace('-', "_"));
    let receipt = |index: u64| words.with("ledger.receipt", &[("entry", &frame.language.number(index))]);
    let status = match opening.receipt {
        Some((index, Outcome::Opened)) => Status::new(words, "sealed", "ledger.opened", receipt(index)),
        Some((index, Outcome::Failed)) => Status::new(words, "late", "ledger.failed", receipt(index)),
        None => Status::new(words, "waiting", "ledger.no_receipt", words.count("ledger.looked", RECEIPTS_WITHIN)),
    };
    Line {
        index: frame.language.number(opening.index),
        when: when::short(words, opening.time, now),
        who: scope.principal.to_string(),
        why: words.say(&purpose).to_owned(),
        ticket: scope.ticket.to_string(),
        shipper: opening.shipper.clone().unwrap_or_else(|| words.say("ledger.gone").to_owned()),
        what: words.count_with(
            "ledger.rows",
            scope.rows.len() as u64,
            &[("classes", &classes(words, scope.classes.iter()))],
        ),
        status,
    }
}

fn watch(frame: &Frame, watcher: &Watcher, record: &Record) -> Watch {
    let words = frame.language.words();
    let status = match (watcher.fails, watcher.cosigned) {
        (true, _) => Status::new(words, "late", "ledger.fails", String::new()),
        (false, Some(_)) => Status::new(words, "ok", "ledger.same", String::new()),
        (false, None) => Status::new(words, "waiting", "ledger.not_yet", String::new()),
    };
    Watch {
        name: watcher.name.clone(),
        cosigned: watcher.cosigned.map_or_else(String::new, |time| when::short(words, time, record.now)),
        size: watcher.size.map_or_else(String::new, |size| frame.language.number(size)),
        status,
    }
}

/// The most frequent first.
fn kinds(frame: &Frame, record: &Record) -> Vec<Kind> {
    let mut kinds: Vec<(&str, u64)> = record.kinds.iter().map(|(word, count)| (*word, *count)).collect();
    kinds.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let of = |(word, count)| Kind { name: kind(frame.language.words(), word), count: frame.language.number(count) };
    kinds.into_iter().map(of).collect()
}

fn kind(words: &Words, word: &str) -> String {
    words.say(&format!("entry.is_{word}")).to_owned()
}

/// Kinds of fields, in words.
pub(crate) fn classes(words: &Words, classes: impl Iterator<Item = FieldClass>) -> String {
    let word = |class: FieldClass| words.say(&format!("class.is_{class}")).to_owned();
    classes.map(word).collect::<Vec<_>>().join(", ")
}
