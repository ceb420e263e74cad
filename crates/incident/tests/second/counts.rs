//! Counts of people: the two read the same ones, and find the same ones void.

use super::{Case, estate::*, honest::hypothesis, tampered::*};
use ledger::{entry::*, opening::Purpose, *};
use std::collections::BTreeSet;

const CELLS: [&str; 3] = ["A-1/2026-09/d90", "A-2/2026-09/d90", "A-1/2026-10/d90"];

/// 200, 150 and 120 rows in three cells, and somebody who may have people counted.
fn estate() -> Estate {
    let mut estate = Estate::new();
    let counter = Principal {
        purposes: BTreeSet::from([Purpose::Assessment]),
        counts: Some(100),
        ..estate.state.principals[&"support-7".parse().unwrap()].clone()
    };
    let policy = estate.policy(vec![counter], vec![], vec![]);
    estate.push(policy);
    for (month, agreement, rows) in [("2026-09", "A-1", 200), ("2026-09", "A-2", 150), ("2026-10", "A-1", 120)] {
        estate.at(&format!("{month}-02T00:00:00.000Z"));
        estate.receive("gw-1", Verdict::Accepted, 0, &[(agreement, &[(Province::QC, &[FieldClass::Address], rows)])]);
    }
    estate
}

fn intent(estate: &Estate, nonce: u8, cells: &[usize], by: u8) -> CountIntent {
    let scope = CountScope {
        principal: "support-7".parse().unwrap(),
        ticket: "T-1".parse().unwrap(),
        periods: cells.iter().map(|cell| CELLS[*cell].parse().unwrap()).collect(),
        requested: estate.now,
        nonce: Hash([nonce; 32]),
    };
    let request = CountRequest::new(scope, &secret(by));
    CountIntent { count: request.id(), request }
}

fn given(intent: &CountIntent, people: u64) -> Entry {
    Entry::Counted(Counted { count: intent.count, outcome: CountOutcome::Given, people: Some(people) })
}

/// What a warden of a thief's may enter; whether each is void.
fn entered(estate: &mut Estate) -> Vec<bool> {
    let [one, two, three] = [&[0][..], &[0, 1], &[0, 2]].map(|cells| intent(estate, 1 + cells.len() as u8, cells, 3));
    let strange = intent(estate, 9, &[0], 9);
    let many = intent(estate, 10, &[0, 1, 2], 3);
    let announced = |own: &CountIntent| Entry::CountIntent(own.clone());
    let entries = [
        (given(&one, 150), true),
        (announced(&strange), true),
        (announced(&one), false),
        (given(&one, 99), true),
        (given(&one, 201), true),
        (given(&one, 150), false),
        (given(&one, 150), true),
        (announced(&one), true),
        (announced(&two), false),
        (Entry::Counted(Counted { count: two.count, outcome: CountOutcome::Withheld, people: None }), false),
        (announced(&many), false),
        (Entry::Counted(Counted { count: many.count, outcome: CountOutcome::Given, people: None }), true),
        (Entry::Counted(Counted { count: many.count, outcome: CountOutcome::Failed, people: None }), false),
        (announced(&three), false),
    ];
    let forced = entries.map(|(entry, void)| (forced(estate, entry), void));
    forced.iter().map(|(found, void)| found == void).collect()
}

fn forced(estate: &mut Estate, entry: Entry) -> bool {
    let leaf = Logged { time: estate.now, entry }.to_bytes();
    estate.force(&leaf) != replay::Taken::Applied
}

/// Bundles with counts in them, and changed ones.
pub fn cases() -> Vec<Case> {
    let warden = hypothesis(("warden", ""), "");
    let mut honest = estate();
    let set = intent(&honest, 1, &[0, 1, 2], 3);
    let announced = honest.push(Entry::CountIntent(set.clone()));
    honest.push(given(&set, 333));
    honest.shred(CELLS[0]);
    honest.at("2026-10-20T00:00:00.000Z");
    let mut forge = Forge::of(honest, &warden);
    let leaves = forge.estate.leaves.clone();
    let at = usize::try_from(announced).unwrap();
    forge.leaves("a count without its intent", &[&leaves[..at], &leaves[at + 1..]].concat());
    forge.leaves("a count ended twice", &[&leaves[..at + 2], &leaves[at + 1..]].concat());
    for (from, to) in
        [("333", "334"), ("333", "99"), ("333", "471"), ("given", "failed"), ("2026-09/d90", "2026-08/d90")]
    {
        let mut altered = leaves.clone();
        let place = if from.contains('/') { at } else { at + 1 };
        let text = String::from_utf8(altered[place].clone()).unwrap();
        altered[place] = text.replacen(from, to, 1).into_bytes();
        forge.leaves(&format!("a count: {from} is {to}"), &altered);
    }
    let mut cases = vec![Case::of("a count", &forge.estate, &warden, true)];
    cases.extend(forge.cases);
    let mut late = estate();
    late.shred(CELLS[0]);
    let gone = intent(&late, 1, &[0, 1], 3);
    assert!(!forced(&mut late, Entry::CountIntent(gone.clone())));
    assert!(forced(&mut late, given(&gone, 150)), "after the shred");
    late.at("2026-10-20T00:00:00.000Z");
    cases.push(Case::of("counted after a shred", &late, &warden, true));
    let mut voids = estate();
    let right = entered(&mut voids);
    assert!(right.iter().all(|right| *right), "{right:?}");
    voids.receive("gw-1", Verdict::Accepted, 0, &[("A-1", &[(Province::QC, &[FieldClass::Address], 50)])]);
    let more = intent(&voids, 20, &[0, 2], 3);
    assert!(forced(&mut voids, Entry::CountIntent(more)), "50 rows more than before");
    voids.at("2026-10-20T00:00:00.000Z");
    cases.push(Case::of("counts that are void", &voids, &warden, true));
    cases
}
