//! What came of a drill, as a table and as JSON.

use crate::{shell::word, verb::table::Table};
use drill::{Answer, Outcome, Panel, picture, words};
use report::Language;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// A line a case, and what is to be said with each figure.
pub fn print(outcome: &Outcome, language: Language) {
    let mut table = Table::new(&["", "", ""]);
    for panel in &outcome.panels {
        let (of, rows) = (words::of(language, panel.case), panel.answer.assessment.at_most.rows);
        let level = words::level(language, panel);
        let figure = format!("{} {}, {level}", language.number(rows), words::at_most(language, panel.case, rows));
        let figure = figure.trim_end_matches(", ").to_owned();
        table.row([format!("({})", panel.case.letter()), of.name.to_owned(), figure]);
        let mut notes = picture::lines(panel, language).into_iter();
        table.row([String::new(), of.what.to_owned(), notes.next().unwrap_or_default()]);
        notes.for_each(|note| table.row([String::new(), String::new(), note]));
    }
    table.print();
    println!("\n{}", words::words(language).foot);
}

/// How a stranger checks each bundle.
pub fn checks(mut bundles: Vec<PathBuf>, pins: &Path) -> String {
    bundles.sort_by(|one, other| one.file_stem().cmp(&other.file_stem()));
    let line = |bundle: &PathBuf| format!("  bulla-verify {} --pins {}\n", word(bundle), word(pins));
    let lines: String = bundles.iter().map(line).collect();
    format!("written, each with what it takes to check it:\n{}", lines.trim_end_matches('\n'))
}

/// `bulla.drill/1`, canonical.
pub fn json(outcome: &Outcome) -> Vec<u8> {
    let cases: Vec<Value> = outcome.panels.iter().map(case).collect();
    ledger::canonical::bytes(&json!({
        "schema": "bulla.drill/1",
        "seed": outcome.seed,
        "recipients": outcome.recipients,
        "documents": outcome.documents,
        "days_kept": drill::DAYS,
        "copies_days": drill::COPIES_DAYS,
        "cases": cases,
        "passed": outcome.differs().is_empty(),
    }))
}

fn case(panel: &Panel) -> Value {
    json!({
        "case": panel.case.letter().to_string(),
        "name": words::of(Language::En, panel.case).name,
        "answer": answer(&panel.answer),
        "worst": panel.worst.as_ref().map(answer),
        "unbounded": panel.unbounded.as_ref().map(answer),
    })
}

fn answer(answer: &Answer) -> Value {
    let said = &answer.assessment;
    json!({
        "from": answer.window.from(),
        "to": answer.window.to(),
        "level": said.level,
        "at_most": said.at_most,
        "truth": { "recipients": answer.truth.whole().recipients, "shippers": answer.truth.shippers().len() },
        "by_month": said.by_month,
        "by_classes": said.by_classes,
        "by_province": said.by_province,
        "differs": answer.differs,
    })
}
