//! What both pages have: tables, which ledger it is, what it rests on.

use crate::{
    Language,
    words::{fill, say},
};
use incident::{
    Level,
    assessment::{Assumption, Seen},
};
use ledger::{Classes, FieldClass, Province};

/// Lines of a table; the JSON has them all.
const LINES: usize = 200;

/// Rows under headings, for the template `tables.html`.
pub struct Table {
    pub title: String,
    pub heads: Vec<String>,
    /// So many columns are words; those behind them are numbers.
    pub texts: usize,
    pub rows: Vec<Vec<String>>,
    pub more: String,
}

/// A table; none if there is nothing in it.
pub fn table(
    language: Language,
    title: &str,
    texts: usize,
    heads: &[&str],
    mut rows: Vec<Vec<String>>,
) -> Option<Table> {
    let more = rows.len().saturating_sub(LINES);
    let more = match more {
        0 => String::new(),
        more => fill(language, "more", &[("rows", language.number(more as u64))]),
    };
    rows.truncate(LINES);
    let heads = heads.iter().map(|head| say(language, head)).collect();
    (!rows.is_empty()).then(|| Table { title: say(language, title), heads, texts, rows, more })
}

/// Which ledger, up to where, and how far apart its parties are shown to be.
pub fn as_of(seen: &Seen, level: Level, language: Language) -> String {
    let cosigners = match seen.cosigners.is_empty() {
        true => say(language, "nobody"),
        false => seen.cosigners.join(", "),
    };
    let places = [
        ("size", language.number(seen.size)),
        ("origin", seen.origin.clone()),
        ("cosigners", cosigners),
        ("time", language.time(seen.time)),
        ("level", level.number().to_string()),
        ("meaning", say(language, &format!("level_{}", level.number()))),
    ];
    fill(language, "as_of", &places)
}

/// A province by its letters, and what is none by a word.
pub fn province(province: Province, language: Language) -> String {
    match province {
        Province::Abroad => say(language, "abroad"),
        Province::Unknown => say(language, "no_province"),
        known => known.to_string(),
    }
}

/// Classes with their names.
pub fn classes(classes: Classes, language: Language) -> String {
    let name = |class: FieldClass| match class {
        FieldClass::Operational => say(language, "operational_class"),
        other => say(language, other.as_str()),
    };
    classes.iter().map(name).collect::<Vec<_>>().join(", ")
}

/// In the reader's language where there is a translation; the bundle's own words otherwise.
pub fn assumptions(assumptions: &[Assumption], language: Language) -> Vec<(String, String)> {
    let own = |text: &str, id: &str| {
        Some(say(language, id)).filter(|said| !said.is_empty() && said != id).unwrap_or_else(|| text.to_owned())
    };
    assumptions.iter().map(|one| (one.id.clone(), own(&one.text, &one.id))).collect()
}
