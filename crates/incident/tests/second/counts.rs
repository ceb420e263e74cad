//! Counts of people: the two read the same ones, and find the same ones void.

use super::{
    Case,
    container::ASSESSMENT,
    estate::*,
    honest::{KINDS, hypothesis},
    tampered::*,
};
use ledger::{entry::*, *};

/// What a warden of a thief's may enter; whether each is void.
fn entered(estate: &mut Estate) -> Vec<bool> {
    let [one, two, three] = [&[0][..], &[0, 1], &[0, 2]].map(|cells| intent(estate, 1 + cells.len() as u8, cells, 3));
    let strange = intent(estate, 9, &[0], 9);
    let (many, next) = (intent(estate, 10, &[0, 1, 2], 3), intent(estate, 11, &[0, 2], 3));
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
        (announced(&next), false),
        (given(&three, 150), true),
        (given(&next, 150), false),
    ];
    let forced = entries.map(|(entry, void)| (forced(estate, entry), void));
    forced.iter().map(|(found, void)| found == void).collect()
}

fn forced(estate: &mut Estate, entry: Entry) -> bool {
    let leaf = Logged { time: estate.now, entry }.to_bytes();
    estate.force(&leaf) != replay::Taken::Applied
}

/// A carrier's key is taken, all of whose rows were counted: its number is in the assessment. And what a forger would have there.
fn told(cases: &mut Vec<Case>) {
    let [warden, key] = [("warden", ""), KINDS[6]].map(|kind| hypothesis(kind, ""));
    let mut estate = of_counts();
    let counted =
        [&[0][..], &[0, 1, 2], &[0, 2]].map(|cells| estate.count(cells, if cells.len() == 1 { 150 } else { 300 }));
    estate.at("2026-10-20T00:00:00.000Z");
    let mut forge = Forge::of(estate, &key);
    let own =
        format!("\"people\":{{\"counted\":{},\"intent\":{},\"people\":300,\"rows\":470}}", counted[1], counted[1] - 1);
    let of = |at: u64, people: u64, rows: u64| {
        format!("\"people\":{{\"counted\":{at},\"intent\":{},\"people\":{people},\"rows\":{rows}}}", at - 1)
    };
    let smaller = of(counted[0], 150, 200);
    let others = [
        of(counted[1], 299, 470),
        of(counted[2], 300, 320),
        of(counted[1], 300, 320),
        "\"people\":null".into(),
        smaller,
    ];
    for other in &others {
        forge.replaced(ASSESSMENT, &own, other);
    }
    forge.replaced(ASSESSMENT, "at most 300 different people", "at most 200 different people");
    forge.replaced(ASSESSMENT, ", more than are reached", "");
    // A leaf that says less than the warden did, and one that leaves a count out.
    let leaves = forge.estate.leaves.clone();
    let at = usize::try_from(counted[1]).unwrap();
    let mut less = leaves.clone();
    less[at] = String::from_utf8(less[at].clone()).unwrap().replacen("300", "250", 1).into_bytes();
    forge.leaves("a smaller number", &less);
    forge.leaves("a count without its end", &[&leaves[..at], &leaves[at + 1..]].concat());
    cases.push(Case::of("a count of what a carrier's key opens", &forge.estate, &key, true));
    cases.push(Case::of("the same without pins", &forge.estate, &key, false));
    cases.extend(forge.cases);
    // The taken warden's own count, into an assessment that has none.
    let mut suspect = Forge::of(forge.estate, &warden);
    suspect.replaced(ASSESSMENT, "\"people\":null", &own);
    cases.extend(suspect.cases);
}

/// Rows that come after every count, a void batch, a count that is no help, and one that nobody made.
fn untold(cases: &mut Vec<Case>) {
    let kinds = [KINDS[3], KINDS[5], KINDS[6], KINDS[7]];
    let mut all = |name: &str, estate: &Estate| {
        for kind in kinds {
            let text = hypothesis(kind, "");
            cases.push(Case::of(&format!("{name}: {text:?}"), estate, &text, true));
        }
    };
    let mut estate = of_counts();
    estate.at("2026-10-03T00:00:00.000Z");
    all("nobody counted", &estate);
    estate.count(&[0, 2], 320);
    all("all are different", &estate);
    estate.count(&[0, 1, 2], 470);
    all("all of all are different", &estate);
    let mut shredded = estate.clone();
    shredded.shred(CELLS[0]);
    all("shredded since", &shredded);
    let mut later = estate.clone();
    later.receive("gw-1", Verdict::Accepted, 0, &[("A-1", &[(Province::QC, &[FieldClass::Address], 50)])]);
    all("50 rows came since", &later);
    later.shred(CELLS[2]);
    all("and are shredded", &later);
    let again = estate.leaves.iter().position(|leaf| String::from_utf8_lossy(leaf).contains("\"intake\"")).unwrap();
    let leaf = estate.leaves[again].clone();
    assert_ne!(estate.force(&leaf), replay::Taken::Applied, "it was entered before");
    all("a batch that is void", &estate);
}

/// As many periods as one entry has room for, which is more than the 1,452 of 44 shippers' 33 months; and one more, which a leaf holds and
/// no rule allows.
fn largest(cases: &mut Vec<Case>) {
    let key = hypothesis(KINDS[6], "");
    let mut estate = of_counts();
    let named = CountScope::PERIODS_OCTETS_MAX / (CELLS[0].len() + 3);
    let months = (0_usize..).map(|number| format!("A-1/{:04}-{:02}/d90", 1700 + number / 12, 1 + number % 12));
    let more: Vec<PeriodId> = months.take(named - 1).map(|name| name.parse().unwrap()).collect();
    for (number, period) in (1_u16..).zip(&more) {
        let mut key = [0; 32];
        key[..2].copy_from_slice(&number.to_be_bytes());
        let (classes, ends) = ([FieldClass::Address].into(), estate.now.plus_days(9));
        let made = PeriodKey { period: period.clone(), classes, key: Hash(key), ends, co_holder: None };
        assert!(!forced(&mut estate, Entry::PeriodKey(made)));
    }
    let asked = |estate: &Estate, cells: &[usize], nonce| {
        let mut scope = intent(estate, nonce, cells, 3).request.scope;
        scope.periods.extend(more.iter().cloned());
        let request = CountRequest::new(scope, &secret(3));
        CountIntent { count: request.id(), request }
    };
    let (whole, over) = (asked(&estate, &[0], 1), asked(&estate, &[0, 1], 2));
    assert_eq!((whole.request.scope.periods.len(), over.request.scope.periods.len()), (3_611, 3_612));
    assert!(forced(&mut estate, Entry::CountIntent(over)), "one too many");
    assert!(!forced(&mut estate, Entry::CountIntent(whole.clone())));
    assert!(!forced(&mut estate, given(&whole, 150)));
    estate.at("2026-10-20T00:00:00.000Z");
    cases.push(Case::of("the largest count", &estate, &key, true));
}

/// Bundles with counts in them, and changed ones.
pub fn cases() -> Vec<Case> {
    let warden = hypothesis(("warden", ""), "");
    let mut honest = of_counts();
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
    let mut cases = Vec::new();
    told(&mut cases);
    untold(&mut cases);
    largest(&mut cases);
    cases.push(Case::of("a count", &forge.estate, &warden, true));
    cases.extend(forge.cases);
    let mut late = of_counts();
    late.shred(CELLS[0]);
    let gone = intent(&late, 1, &[0, 1], 3);
    assert!(!forced(&mut late, Entry::CountIntent(gone.clone())));
    assert!(forced(&mut late, given(&gone, 150)), "after the shred");
    late.at("2026-10-20T00:00:00.000Z");
    cases.push(Case::of("counted after a shred", &late, &warden, true));
    let mut voids = of_counts();
    let right = entered(&mut voids);
    assert!(right.iter().all(|right| *right), "{right:?}");
    voids.receive("gw-1", Verdict::Accepted, 0, &[("A-1", &[(Province::QC, &[FieldClass::Address], 50)])]);
    let more = intent(&voids, 20, &[0, 2], 3);
    assert!(forced(&mut voids, Entry::CountIntent(more)), "50 rows more than before");
    voids.at("2026-10-20T00:00:00.000Z");
    cases.push(Case::of("counts that are void", &voids, &warden, true));
    cases
}
