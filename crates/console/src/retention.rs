//! Retention: each agreement's months as cells; what is still held, what ends next, what is gone.

use crate::{Frame, Words, entries, frame::shown, status::Status, when};
use api::{
    gateway::record::Kept,
    warden::{PeriodState, PeriodStatus},
};
use askama::Template;
use ledger::{AgreementId, Classes, GroupId, Month, PeriodId, Time};
use std::collections::{BTreeMap, BTreeSet};

/// Months in one calendar: as many as a wide screen shows.
const MONTHS: usize = 18;
/// Of these, how many a narrow and a middling one show.
const NARROW: usize = 5;
const MIDDLE: usize = 10;
const DAY: i64 = 86_400_000;
/// From so many days before its end a period is said to end.
const ENDING_DAYS: i64 = 30;
const LISTED: usize = 8;

struct Heading {
    year: String,
    /// Where a narrow screen's months begin, its year is told there.
    narrow: String,
    month: String,
    class: String,
}

struct Line {
    name: String,
    classes: String,
    days: String,
    cells: Vec<Cell>,
    rows: String,
}

struct Cell {
    old: &'static str,
    mark: Option<Mark>,
}

struct Mark {
    class: &'static str,
    glyph: &'static str,
    text: String,
    label: String,
    before: u64,
}

struct Next {
    when: String,
    periods: String,
    rows: String,
    status: Status,
}

struct Gone {
    period: String,
    when: String,
    entry: String,
    before: u64,
}

#[derive(Template)]
#[template(path = "retention.html")]
struct Retention<'a> {
    frame: &'a Frame,
    number: Option<String>,
    held: String,
    counted: String,
    headings: Vec<Heading>,
    lines: Vec<Line>,
    next: Vec<Next>,
    gone: Vec<Gone>,
    older: Option<String>,
    newest: bool,
}

/// The whole page: the months up to this one; none: up to now.
pub fn retention(frame: &Frame, kept: &Kept, last: Option<Month>) -> String {
    let (words, now) = (frame.language.words(), Month::of(kept.now));
    let months = months(last.unwrap_or(now));
    let live: BTreeSet<&PeriodId> = kept.periods.iter().filter(|own| has_key(own)).map(|own| &own.period).collect();
    let rows = kept.rows.as_ref().map(|_| rows(kept, |period| live.contains(period)));
    let shippers = shippers(kept, &live);
    let counted = match &kept.rows {
        Some(rows) => words.with("retention.counted", &[("time", &when::short(words, rows.counted, kept.now))]),
        None => words.say("retention.counting").to_owned(),
    };
    let first = months.first().copied();
    let older = kept.periods.iter().any(|own| first.is_some_and(|first| own.period.month < first));
    shown(&Retention {
        frame,
        number: rows.map(|rows| words.count("retention.number", rows)),
        held: words.count_with(
            "retention.held",
            shippers,
            &[("sealed", &words.count("retention.sealed", rows.unwrap_or_default()))],
        ),
        counted,
        headings: headings(words, &months),
        lines: lines(frame, kept, &months),
        next: next(frame, kept),
        gone: gone(frame, kept),
        older: first.filter(|_| older).map(|first| before(first).to_string()),
        newest: last.is_none_or(|last| last >= now),
    })
}

/// Whether something could still be opened with it, as far as is known.
fn has_key(status: &PeriodStatus) -> bool {
    !matches!(status.state, PeriodState::Shredded)
}

/// Parcels that are sealed to at least one of these periods.
fn rows(kept: &Kept, of: impl Fn(&PeriodId) -> bool) -> u64 {
    let all = kept.rows.iter().flat_map(|rows| &rows.sealed);
    all.filter(|(to, _)| to.iter().any(&of)).map(|(_, rows)| rows).sum()
}

/// Whose parcels these are; an agreement that is nobody's any more counts for one.
fn shippers(kept: &Kept, live: &BTreeSet<&PeriodId>) -> u64 {
    let all = kept.rows.iter().flat_map(|rows| rows.sealed.keys());
    let held = all.filter_map(|to| to.iter().find(|period| live.contains(period)));
    let shipper = |period: &PeriodId| match kept.names.get(&period.agreement) {
        Some((shipper, _)) => shipper.clone(),
        None => period.agreement.to_string(),
    };
    held.map(shipper).collect::<BTreeSet<_>>().len() as u64
}

fn before(month: Month) -> Month {
    if month.month == 1 { Month { year: month.year - 1, month: 12 } } else { Month { month: month.month - 1, ..month } }
}

/// The newest last.
fn months(last: Month) -> Vec<Month> {
    let mut months: Vec<Month> =
        std::iter::successors(Some(last), |month| (month.year > 1).then(|| before(*month))).take(MONTHS).collect();
    months.reverse();
    months
}

/// Which screens have no room for a month.
fn old(place: usize, of: usize) -> &'static str {
    match of - place {
        0..=NARROW => "",
        left if left <= MIDDLE => "old",
        _ => "old older",
    }
}

fn headings(words: &Words, months: &[Month]) -> Vec<Heading> {
    let heading = |(place, month): (usize, &Month)| {
        let begins = place == 0 || month.month == 1;
        let class = format!("{} {}", if begins { "yr" } else { "" }, old(place, months.len()));
        Heading {
            year: if begins { month.year.to_string() } else { String::new() },
            narrow: if !begins && months.len() - place == NARROW { month.year.to_string() } else { String::new() },
            month: words.say(&format!("when.short_{}", month.month)).to_owned(),
            class: class.trim().to_owned(),
        }
    };
    months.iter().enumerate().map(heading).collect()
}

type Own<'a> = BTreeMap<Month, Vec<&'a PeriodStatus>>;

fn lines(frame: &Frame, kept: &Kept, months: &[Month]) -> Vec<Line> {
    let words = frame.language.words();
    let mut all: BTreeMap<(&AgreementId, &GroupId), Own<'_>> = BTreeMap::new();
    for status in &kept.periods {
        let own = all.entry((&status.period.agreement, &status.period.group)).or_default();
        own.entry(status.period.month).or_default().push(status);
    }
    let line = |((agreement, group), own): (&(&AgreementId, &GroupId), &Own<'_>)| {
        let name = name(words, kept, agreement);
        let classes = own.values().flatten().map(|status| status.classes).collect::<Classes>();
        let periods: BTreeSet<&PeriodId> =
            own.values().flatten().filter(|status| has_key(status)).map(|status| &status.period).collect();
        let cell = |(place, month): (usize, &Month)| Cell {
            old: old(place, months.len()),
            mark: own.get(month).and_then(|made| mark(frame, kept, &name, made)),
        };
        let days = group.as_str().strip_prefix('d').filter(|days| days.bytes().all(|b| b.is_ascii_digit()));
        Line {
            classes: entries::classes(words, classes.iter()),
            days: days.map_or_else(|| group.to_string(), |days| words.with("when.days", &[("n", &days)])),
            cells: months.iter().enumerate().map(cell).collect(),
            rows: counted(frame, kept, |period| periods.contains(period)),
            name,
        }
    };
    all.iter().map(line).collect()
}

fn name(words: &Words, kept: &Kept, agreement: &AgreementId) -> String {
    let names = kept.names.get(agreement);
    names.map_or_else(
        || agreement.to_string(),
        |(shipper, carrier)| words.with("desk.from_whom", &[("shipper", shipper), ("carrier", carrier)]),
    )
}

/// A number of parcels; nothing while they are counted.
fn counted(frame: &Frame, kept: &Kept, of: impl Fn(&PeriodId) -> bool) -> String {
    kept.rows.as_ref().map_or_else(String::new, |_| frame.language.number(rows(kept, of)))
}

/// Of several generations' periods of a month the one that matters most.
fn mark(frame: &Frame, kept: &Kept, name: &str, made: &[&PeriodStatus]) -> Option<Mark> {
    let words = frame.language.words();
    let rank = |status: &&&PeriodStatus| match status.state {
        PeriodState::Missing => 5,
        PeriodState::Overdue | PeriodState::Ending => 4,
        PeriodState::Held => 3,
        PeriodState::Live => 2,
        PeriodState::Shredded => 1,
    };
    let status = made.iter().max_by_key(rank)?;
    let left = (status.ends.milliseconds().saturating_sub(kept.now.milliseconds())).div_euclid(DAY);
    let (class, glyph, key, entry) = match status.state {
        PeriodState::Missing => ("c-ending", "refused", "missing", status.born),
        PeriodState::Overdue | PeriodState::Ending => ("c-ending", "", "over", status.born),
        PeriodState::Held => ("c-hold", "hold", "hold", status.born),
        PeriodState::Live if left <= ENDING_DAYS => ("c-ending", "", "ending", status.born),
        PeriodState::Live => ("c-live", "sealed", "live", status.born),
        PeriodState::Shredded => ("c-shredded", "shredded", "shredded", status.shred.unwrap_or(status.born)),
    };
    let text = if glyph.is_empty() { words.with("when.days", &[("n", &left.max(0))]) } else { String::new() };
    let periods: BTreeSet<&PeriodId> = made.iter().map(|own| &own.period).collect();
    let (days, entry_number) = (left.max(0), frame.language.number(entry));
    let mut label = words.with(
        &format!("retention.cell_{key}"),
        &[("name", &name), ("month", &status.period.month), ("days", &days), ("entry", &entry_number)],
    );
    if kept.rows.is_some() {
        label += &words.count("retention.cell_rows", rows(kept, |period| periods.contains(period)));
    }
    Some(Mark { class, glyph, text, label, before: entry.saturating_add(1) })
}

fn next(frame: &Frame, kept: &Kept) -> Vec<Next> {
    let words = frame.language.words();
    let mut ends: BTreeMap<(Time, bool), BTreeSet<&PeriodId>> = BTreeMap::new();
    // Keys are made for months to come, which nothing is sealed to yet.
    let holds = |period: &PeriodId| kept.rows.is_none() || rows(kept, |own| own == period) > 0;
    for status in kept.periods.iter().filter(|status| has_key(status) && holds(&status.period)) {
        let end = status.held.unwrap_or(status.ends).max(status.ends);
        ends.entry((end, status.held.is_some())).or_default().insert(&status.period);
    }
    let next = |((end, held), periods): (&(Time, bool), &BTreeSet<&PeriodId>)| Next {
        when: when::day(*end),
        periods: frame.language.number(periods.len() as u64),
        rows: counted(frame, kept, |period| periods.contains(period)),
        status: match (held, *end <= kept.now) {
            (true, _) => Status::new(words, "hold", "retention.waits_hold", String::new()),
            (false, true) => Status::new(words, "late", "retention.waits_run", String::new()),
            (false, false) => Status::new(words, "waiting", "retention.waits_day", String::new()),
        },
    };
    ends.iter().take(LISTED).map(next).collect()
}

fn gone(frame: &Frame, kept: &Kept) -> Vec<Gone> {
    let words = frame.language.words();
    let mut gone: Vec<(u64, &PeriodStatus)> =
        kept.periods.iter().filter_map(|status| Some((status.shred?, status))).collect();
    gone.sort_by_key(|(entry, _)| std::cmp::Reverse(*entry));
    let gone = gone.into_iter().take(LISTED).map(|(entry, status)| Gone {
        period: words.with(
            "retention.of",
            &[
                ("name", &name(words, kept, &status.period.agreement)),
                ("month", &status.period.month),
                ("group", &status.period.group),
            ],
        ),
        when: status.shredded.map_or_else(String::new, |time| when::short(words, time, kept.now)),
        entry: frame.language.number(entry),
        before: entry.saturating_add(1),
    });
    gone.collect()
}
