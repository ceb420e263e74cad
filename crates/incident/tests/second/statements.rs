//! The statements of every shipper and month, of ledgers to which everything has happened.

use super::{
    Case, co_holders, deeds,
    estate::*,
    honest::{self, hypothesis},
};
use incident::{
    Statement,
    statement::{Fate, Opened},
};
use ledger::{entry::*, *};
use std::collections::BTreeSet;

/// What nobody of that name sent, and months in which nothing was received, are asked for, too.
const MONTHS: [&str; 6] = ["2026-08", "2026-09", "2026-10", "2026-11", "2026-12", "2027-01"];

/// Each with one bundle, whatever it assesses; and the statements.
pub fn cases() -> (Vec<Case>, Vec<Statement>) {
    let (mut cases, mut stated) = (Vec::new(), Vec::new());
    for (number, (name, estate)) in estates().into_iter().enumerate() {
        let kind = honest::KINDS[[0, 1, 8][number % 3]];
        let bundle = Case::of("", &estate, &hypothesis(kind, ""), !number.is_multiple_of(4));
        let history = estate.history();
        for (shipper, month) in asked(&estate) {
            stated.push(Statement::of(&history, &shipper, month));
            let name = format!("{name}: {shipper}/{month}");
            cases.push(Case { name, statement: Some((shipper, month)), ..bundle.clone() });
        }
    }
    (cases, stated)
}

fn asked(estate: &Estate) -> Vec<(Pseudonym, Month)> {
    let versions = estate.state.agreements.values().flatten().chain(&estate.state.voids.agreements);
    let sources = estate.state.intakes.iter().chain(&estate.state.voids.intakes);
    let mut shippers: BTreeSet<_> = versions.map(|terms| terms.shipper.clone()).collect();
    shippers.extend(sources.filter_map(|intake| intake.source.shipper.clone()));
    shippers.insert("S-0".parse().unwrap());
    let months = MONTHS.map(|month| month.parse().unwrap());
    shippers.into_iter().flat_map(|shipper| months.map(|month| (shipper.clone(), month))).collect()
}

fn estates() -> Vec<(String, Estate)> {
    let mut all = vec![
        ("autumn", autumn()),
        ("gaps", honest::gaps()),
        ("seen", honest::seen()),
        ("voids", honest::voids()),
        ("renewed", honest::renewed()),
        ("forked", honest::forked()),
        ("held", held()),
        ("came back", came_back()),
        ("late", late()),
        ("openings", openings()),
        ("counted", counted()),
        ("a new shipper", moved()),
        ("the last and the first millisecond", boundary()),
    ];
    all.extend(co_holders::estates());
    let mut all: Vec<_> = all.into_iter().map(|(name, estate)| (name.to_owned(), estate)).collect();
    all.extend(deeds::estates(32).into_iter().enumerate().map(|(number, estate)| (format!("deeds {number}"), estate)));
    all
}

/// Officers keep September longer, and October no more.
fn held() -> Estate {
    let mut estate = autumn();
    for (first, last, until) in [
        ("2026-09", "2026-10", Some("2027-03-01T00:00:00.000Z")),
        ("2026-09", "2026-09", Some("2027-05-01T00:00:00.000Z")),
        ("2026-10", "2026-10", None),
    ] {
        for agreement in ["A-1", "A-2"] {
            let [first, last] = [first, last].map(|month| month.parse().unwrap());
            let hold = Hold { agreement: agreement.parse().unwrap(), first, last, until: until.map(time) };
            let entry = honest::policy(&estate, None, |record| record.holds = vec![hold]);
            estate.push(entry);
        }
    }
    estate.beat(&[1]);
    estate
}

/// Of two shredded keys a copy was found, of one twice.
fn came_back() -> Estate {
    let mut estate = autumn();
    for period in ["A-1/2026-09/d90", "A-1/2026-09/d7", "A-1/2026-09/d90"] {
        let period: PeriodId = period.parse().unwrap();
        let key = estate.state.periods[&period].key;
        estate.push(Entry::Resurfaced(Shred { period, key }));
    }
    estate.beat(&[1]);
    estate
}

/// A body is entered after its month's keys are said to be gone, beside one of before.
fn late() -> Estate {
    let mut estate = Estate::new();
    let rows: Rows = &[(Province::QC, &[Address], 30)];
    estate.receive("gw-1", Verdict::Accepted, 0, &[("A-1", rows), ("A-2", rows)]);
    estate.shred("A-1/2026-09/d90");
    estate.shred("A-2/2026-09/d90");
    estate.receive("gw-1", Verdict::Accepted, 0, &[("A-1", rows)]);
    estate.beat(&[1]);
    estate
}

/// With a receipt, without one, failed, and by an intent that breaks a rule.
fn openings() -> Estate {
    let mut estate = autumn();
    let batches: Vec<_> = estate.headers.keys().copied().collect();
    let last = *batches.last().unwrap();
    estate.open(last, &[0], &[Contact], false);
    let failed = estate.open(last, &[4, 5, 6], &[Address], false);
    let opening = estate.state.openings.iter().find(|(_, own)| own.at.entry == failed).map(|(name, _)| *name).unwrap();
    estate.push(Entry::Receipt(Receipt { opening, outcome: Outcome::Failed, answer: None }));
    estate.open(last, &[7], &[Address], true);
    honest::asks_for_other_rows(&mut estate, last);
    estate.beat(&[1]);
    estate
}

/// September of the first shipper was counted by itself, twice; its October, before more came; the other's only together with others.
fn counted() -> Estate {
    let mut estate = of_counts();
    estate.count(&[0], 180);
    estate.count(&[0], 150);
    estate.count(&[2], 110);
    estate.count(&[0, 1, 2], 400);
    estate.receive("gw-1", Verdict::Accepted, 0, &[("A-1", &[(Province::QC, &[Address], 50)])]);
    estate.beat(&[1]);
    estate
}

/// The agreement is another shipper's since; a policy that breaks a rule gives it to a third.
fn moved() -> Estate {
    let mut estate = autumn();
    let of = |shipper| vec![terms("A-1", shipper, "C-1", &[("d7", &[Remarks], 7), ("d90", &[Linkable, Address], 90)])];
    let entry = honest::policy(&estate, None, |record| record.agreements = of("S-3"));
    estate.push(entry);
    let void = honest::policy(&estate, None, |record| (record.agreements, record.number) = (of("S-4"), 9));
    deeds::forced(&mut estate, [void]);
    estate.beat(&[1]);
    estate
}

fn boundary() -> Estate {
    let mut estate = Estate::new();
    for (moment, rows) in [("2026-09-30T23:59:59.999Z", 3), ("2026-10-01T00:00:00.000Z", 5)] {
        estate.at(moment);
        estate.receive("gw-2", Verdict::Accepted, 0, &[("A-2", &[(Province::ON, &[Address], rows)])]);
    }
    estate.beat(&[1]);
    estate
}

/// What of the format no statement of these shows; nothing, where they show all of it.
pub fn missing(statements: &[Statement]) -> Vec<&'static str> {
    let any = |wanted: &dyn Fn(&Statement) -> bool| statements.iter().any(wanted);
    let state = |wanted: fn(&Fate) -> bool| any(&|own| own.periods.iter().any(|kept| wanted(&kept.state)));
    let opened = |wanted: fn(&Opened) -> bool| any(&|own| own.openings.iter().any(wanted));
    let shown = [
        ("nothing", any(&|own| own.received.rows == 0)),
        ("part of it held", any(&|own| own.held.rows > 0 && own.shredded.rows > 0)),
        ("people", any(&|own| own.people.is_some())),
        ("void batches", any(&|own| own.void_batches > 0)),
        ("beyond", any(&|own| own.beyond.rows > 0)),
        ("a period of another month", any(&|own| own.periods.iter().any(|kept| kept.period.month != own.month))),
        ("held", state(|fate| matches!(fate, Fate::Held { hold: None, .. }))),
        ("held by officers", state(|fate| matches!(fate, Fate::Held { hold: Some(_), .. }))),
        ("shredded", state(|fate| matches!(fate, Fate::Shredded { .. }))),
        ("resurfaced", state(|fate| matches!(fate, Fate::Resurfaced { .. }))),
        ("opened", opened(|own| own.outcome == Some(Outcome::Opened))),
        ("failed", opened(|own| own.outcome == Some(Outcome::Failed))),
        ("without a receipt", opened(|own| own.outcome.is_none())),
    ];
    shown.into_iter().filter_map(|(name, shown)| (!shown).then_some(name)).collect()
}
