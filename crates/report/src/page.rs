//! The page of an assessment: one file that asks nobody for anything, and prints.

use crate::{
    Language, curve,
    frame::{self, Table},
    picture,
    words::{fill, say},
};
use askama::Template;
use incident::{
    Assessment, Hypothesis,
    assessment::{Absent, End, NotIncluded, People},
    hypothesis::Kind,
};

#[derive(Template)]
#[template(path = "page.html")]
struct Page {
    code: &'static str,
    title: String,
    say: Say,
    hypotheses: Vec<String>,
    answer: String,
    exposed: bool,
    as_of: String,
    beside: Vec<String>,
    cells: Option<String>,
    /// Where a beginning is left open.
    curve_how: Option<String>,
    curve: Option<String>,
    tables: Vec<Table>,
    index: String,
    openings: String,
    statements: Vec<String>,
    assumptions: Vec<(String, String)>,
    proof: String,
}

/// Headings and fixed sentences.
struct Say {
    picture: String,
    picture_how: String,
    curve: String,
    index: String,
    in_english: String,
    openings: String,
    statements: String,
    assumptions: String,
    proof: String,
}

/// The assessment as HTML.
pub fn page(assessment: &Assessment, language: Language) -> String {
    let most = &assessment.at_most;
    let words = |key: &str| say(language, key);
    let number = |number: u64| language.number(number);
    let counts = [("rows", number(most.rows)), ("shippers", number(most.shippers)), ("parties", number(most.parties))];
    let openings = [
        ("justified", number(assessment.openings.justified)),
        ("unexplained", number(assessment.openings.unexplained)),
    ];
    let page = Page {
        code: language.code(),
        title: words("title"),
        say: Say {
            picture: words("picture"),
            picture_how: words("picture_how"),
            curve: words("curve"),
            index: words("index"),
            in_english: words("in_english"),
            openings: words("openings"),
            statements: words("statements"),
            assumptions: words("assumptions"),
            proof: words("proof"),
        },
        hypotheses: assessment.hypothesis.iter().map(|one| hypothesis(one, language)).collect(),
        answer: fill(language, if most.unbounded { "no_bound" } else { "at_most" }, &counts),
        exposed: most.unbounded || most.rows > 0,
        as_of: frame::as_of(&assessment.checkpoint, assessment.level, language),
        beside: beside(assessment, language),
        cells: picture::svg(assessment, language),
        curve_how: curve_how(assessment, language),
        curve: curve::svg(assessment, language),
        tables: tables(assessment, language),
        index: assessment.index_leakage.meaning.clone(),
        openings: fill(language, "openings_are", &openings),
        statements: assessment.statements.clone(),
        assumptions: frame::assumptions(&assessment.assumptions, language),
        proof: fill(language, "proof_is", &[("root", assessment.checkpoint.root.to_string())]),
    };
    page.render().expect("a string takes every line")
}

fn hypothesis(one: &Hypothesis, language: Language) -> String {
    let who = match &one.kind {
        Kind::Principal { principal } => principal.to_string(),
        Kind::CarrierKey { certificate } | Kind::Traffic { certificate } => certificate.to_string(),
        _ => String::new(),
    };
    let key = one.kind.as_str().replace('-', "_");
    let what = fill(language, &key, &[("who", who)]);
    let from = one.from.map_or_else(|| say(language, "unknown_from"), |time| language.time(time));
    let to = one.to.map_or_else(|| say(language, "end_of_ledger"), |time| language.time(time));
    format!("{what}, {}", fill(language, "from_to", &[("from", from), ("to", to)]))
}

/// What stands under the answer.
fn beside(assessment: &Assessment, language: Language) -> Vec<String> {
    let operational = assessment.by_month.iter().fold(0, |sum: u64, share| sum.saturating_add(share.operational));
    let recorded = [
        ("rows", language.number(assessment.recorded.rows)),
        ("confirmed", language.number(assessment.confirmed.rows)),
    ];
    let mut lines: Vec<String> = people(assessment, language).into_iter().collect();
    lines.push(fill(language, "recorded", &recorded));
    if operational > 0 {
        lines.push(fill(language, "operational", &[("rows", language.number(operational))]));
    }
    let (seconds, open) = (assessment.dating.clock_error, assessment.open_end());
    lines.extend(assessment.dating.ends.iter().map(|end| ended(end, seconds, language)));
    lines.extend(open.map(|to| fill(language, "goes_on", &[("to", language.time(to))])));
    // Of two equal ends one is enough.
    lines.dedup();
    lines
}

/// What is left out because it came after an end.
fn ended(end: &End, seconds: u32, language: Language) -> String {
    let to = ("to", language.time(end.to));
    let seconds = ("seconds", language.number(seconds.into()));
    let Some((first, time)) = end.first.zip(end.time) else { return fill(language, "ended_nothing", &[to, seconds]) };
    let number = |number: u64| language.number(number);
    let (documents, rows) = (("documents", number(end.documents)), ("rows", number(end.rows)));
    fill(language, "ended", &[to, seconds, documents, rows, ("entry", number(first)), ("time", language.time(time))])
}

/// What the answer by the day on which it began is, or that it is the same for each; none where every beginning is stated.
fn curve_how(assessment: &Assessment, language: Language) -> Option<String> {
    let first = assessment.curve.first()?;
    let same = assessment.curve.iter().all(|point| point.rows == first.rows);
    let key = match (same, assessment.at_most.unbounded) {
        (false, false) => "curve_how",
        (false, true) => "curve_no_bound",
        (true, false) => "curve_same",
        (true, true) => "curve_same_no_bound",
    };
    Some(fill(language, key, &[("rows", language.number(assessment.at_most.rows))]))
}

/// Of how many different people, where a count is believed.
fn people(assessment: &Assessment, language: Language) -> Option<String> {
    let People { people, rows, counted, .. } = assessment.people?;
    let key = if rows > assessment.at_most.rows { "people_larger" } else { "people" };
    let number = |number: u64| language.number(number);
    Some(fill(language, key, &[("people", number(people)), ("rows", number(rows)), ("entry", number(counted))]))
}

fn tables(assessment: &Assessment, language: Language) -> Vec<Table> {
    let number = |number: u64| language.number(number);
    // Without a bound nothing is at most so many.
    let rows = if assessment.at_most.unbounded { "all_rows" } else { "rows" };
    let shares = ["", rows, "parties", "only_operational"];
    let shipper =
        |own: &Option<ledger::Pseudonym>| own.as_ref().map_or_else(|| say(language, "not_known"), ToString::to_string);
    let by_shipper = assessment.by_shipper.iter();
    let by_shipper = by_shipper
        .map(|own| vec![shipper(&own.shipper), number(own.rows), number(own.parties), number(own.operational)]);
    let by_month = assessment.by_month.iter();
    let by_month = by_month
        .map(|own| vec![language.month(own.month), number(own.rows), number(own.parties), number(own.operational)]);
    let by_classes = assessment.by_classes.iter();
    let by_classes = by_classes.map(|own| vec![frame::classes(own.classes, language), number(own.rows)]);
    let by_province = assessment.by_province.iter();
    let by_province =
        by_province.map(|own| vec![frame::province(own.province, language), number(own.rows), number(own.at_most)]);
    let curve = assessment.curve.iter().map(|point| vec![language.time(point.from), number(point.rows)]);
    let missing =
        assessment.not_included.iter().map(|own| vec![own.period.to_string(), why(own, language), number(own.rows)]);
    let table = |title, texts, heads: &[&str], rows| frame::table(language, title, texts, heads, rows);
    let all = [
        table("by_shipper", 1, &shares, by_shipper.collect()),
        table("by_month", 1, &shares, by_month.collect()),
        table("by_classes", 1, &["", rows], by_classes.collect()),
        table("by_province", 1, &["", rows, "with_unknown"], by_province.collect()),
        table("began", 1, &["", rows], curve.collect()),
        table("not_included", 2, &["", "not_included", "all_rows"], missing.collect()),
    ];
    all.into_iter().flatten().collect()
}

fn why(missing: &NotIncluded, language: Language) -> String {
    let (key, entry, time) = match missing.why {
        Absent::Shredded { shred, cosigned } => ("shredded", shred, cosigned),
        Absent::MadeAfter { policy, signed } => ("made_after", policy, signed),
    };
    fill(language, key, &[("entry", language.number(entry)), ("time", language.time(time))])
}
