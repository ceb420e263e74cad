//! The page of a statement: what is still held of a shipper's month, for that shipper.

use crate::{
    Language,
    frame::{self, Table},
    words::{fill, say},
};
use askama::Template;
use incident::{
    Level, Statement,
    assessment::{self, People, Totals},
    bundle::Verdict,
    statement::{Fate, Silence},
};

#[derive(Template)]
#[template(path = "statement.html")]
struct Page {
    code: &'static str,
    title: String,
    say: Say,
    answer: String,
    as_of: String,
    silences: Vec<String>,
    beside: Vec<String>,
    tables: Vec<Table>,
    assumptions: Vec<(String, String)>,
    proof: String,
}

/// Headings.
struct Say {
    assumptions: String,
    proof: String,
}

/// The statement as HTML, with why it says nothing where it does, what the bundle that it is from is worth, and the level that was shown.
pub fn statement(
    statement: &Statement,
    silences: &[Silence],
    verdict: Verdict,
    level: Level,
    language: Language,
) -> String {
    let month = language.month(statement.month);
    let title = [("shipper", statement.shipper.to_string()), ("month", month)];
    let proof = [
        ("shipper", statement.shipper.to_string()),
        ("month", statement.month.to_string()),
        ("root", statement.checkpoint.root.to_string()),
    ];
    let page = Page {
        code: language.code(),
        title: fill(language, "statement_title", &title),
        say: Say { assumptions: say(language, "assumptions"), proof: say(language, "proof") },
        answer: fill(language, "statement_held", &both(statement.held, language)),
        as_of: frame::as_of(&statement.checkpoint, level, language),
        silences: silences.iter().map(|silence| silent(*silence, language)).collect(),
        beside: beside(statement, verdict, language),
        tables: tables(statement, language),
        assumptions: frame::assumptions(&assessment::assumptions(), language),
        proof: fill(language, "statement_proof", &proof),
    };
    page.render().expect("a string takes every line")
}

fn both(totals: Totals, language: Language) -> [(&'static str, String); 2] {
    [("rows", language.number(totals.rows)), ("parties", language.number(totals.parties))]
}

fn silent(silence: Silence, language: Language) -> String {
    match silence {
        Silence::Nobody => say(language, "statement_nobody"),
        Silence::Before { began } => fill(language, "statement_before", &[("time", language.time(began))]),
        Silence::After { ended } => fill(language, "statement_after", &[("time", language.time(ended))]),
    }
}

/// What stands under the answer.
fn beside(statement: &Statement, verdict: Verdict, language: Language) -> Vec<String> {
    let number = |number: u64| language.number(number);
    let verdict = match verdict {
        Verdict::Verified => "verdict_verified",
        Verdict::Consistent => "verdict_consistent",
        Verdict::Damaged => "verdict_damaged",
        Verdict::SplitView => "verdict_split_view",
    };
    let mut lines = vec![say(language, verdict)];
    if let Some(People { people, rows, intent, counted }) = statement.people {
        let places = [
            ("people", number(people)),
            ("rows", number(rows)),
            ("intent", number(intent)),
            ("entry", number(counted)),
        ];
        lines.push(fill(language, "statement_people", &places));
    }
    if statement.shredded != Totals::default() {
        lines.push(say(language, "statement_copies"));
    }
    lines.push(say(language, "statement_deliveries"));
    if statement.void_batches > 0 {
        lines.push(fill(language, "statement_void", &[("batches", number(statement.void_batches))]));
    }
    if statement.beyond != Totals::default() {
        lines.push(fill(language, "statement_beyond", &both(statement.beyond, language)));
    }
    if statement.openings.is_empty() {
        lines.push(say(language, "opened_none"));
    }
    lines
}

fn tables(statement: &Statement, language: Language) -> Vec<Table> {
    let number = |number: u64| language.number(number);
    let totals = [("sealed", statement.received), ("held", statement.held), ("gone", statement.shredded)];
    let totals = totals.map(|(name, own)| vec![say(language, name), number(own.rows), number(own.parties)]);
    let periods = statement.periods.iter().map(|kept| {
        let opens = frame::classes(kept.classes, language);
        vec![kept.period.to_string(), opens, fate(kept.state, language), number(kept.rows)]
    });
    let openings = statement.openings.iter().map(|own| {
        let outcome = own.outcome.map_or_else(|| "no_receipt".to_owned(), |outcome| outcome.to_string());
        vec![
            number(own.intent),
            language.time(own.time),
            own.principal.to_string(),
            say(language, own.purpose.as_str()),
            own.ticket.to_string(),
            frame::classes(own.classes, language),
            say(language, &outcome),
            number(own.rows),
        ]
    });
    let opened = [
        "opened_entry",
        "opened_time",
        "opened_by",
        "opened_for",
        "opened_ticket",
        "opened_classes",
        "opened_end",
        "all_rows",
    ];
    let table = |title, texts, heads: &[&str], rows| frame::table(language, title, texts, heads, rows);
    let all = [
        table("totals", 1, &["", "all_rows", "parties"], totals.to_vec()),
        table("periods", 3, &["period", "opens", "state", "all_rows"], periods.collect()),
        table("openings", 7, &opened, openings.collect()),
    ];
    all.into_iter().flatten().collect()
}

fn fate(fate: Fate, language: Language) -> String {
    let number = |number: u64| language.number(number);
    match fate {
        Fate::Held { until, hold: None } => fill(language, "held_until", &[("until", language.time(until))]),
        Fate::Held { until, hold: Some(hold) } => {
            fill(language, "held_longer", &[("until", language.time(until)), ("hold", language.time(hold))])
        }
        Fate::Shredded { entry, time } => {
            fill(language, "destroyed", &[("entry", number(entry)), ("time", language.time(time))])
        }
        Fate::Resurfaced { entry } => fill(language, "resurfaced", &[("entry", number(entry))]),
        Fate::Unknown => say(language, "unknown_key"),
    }
}
