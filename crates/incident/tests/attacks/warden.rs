//! What a taken warden, with an honest witness, can write: whatever it likes, and every reader sees it.

use super::*;
use incident::assessment::Openings;
use ledger::opening::*;
use std::process::Command;

const AFTER: &str = "2027-01-01T00:00:00Z";

/// Exit code of `bulla-verify` for what this estate proves.
fn exit_code(estate: &Estate, hypothesis: &str) -> Option<i32> {
    let (note, known) = (estate.note(), estate.pins());
    let parts = Parts { leaves: &estate.leaves, note: note.as_bytes(), hypothesis, pins: Some(&known) };
    let directory = tempfile::tempdir().unwrap();
    let [path, pins] = ["bundle.bulla", "pins.toml"].map(|name| directory.path().join(name));
    std::fs::write(&path, bundle::prove(parts, &estate.beside()).unwrap().octets).unwrap();
    std::fs::write(&pins, estate.pins_text()).unwrap();
    let ran = Command::new(env!("CARGO_BIN_EXE_bulla-verify")).arg(&path).arg("--pins").arg(&pins).output().unwrap();
    let text = String::from_utf8(ran.stdout).unwrap();
    let word = if ran.status.code() == Some(4) { "DAMAGED: " } else { "VERIFIED: " };
    assert!(text.contains(word) && String::from_utf8(ran.stderr).unwrap().is_empty(), "{text}");
    ran.status.code()
}

fn shred_of(estate: &Estate, period: &str) -> Shred {
    let period: PeriodId = period.parse().unwrap();
    let key = estate.state.periods[&period].key;
    Shred { period, key }
}

#[test]
fn the_warden_writes_a_shred_that_nobody_announced() {
    let mut estate = autumn();
    let (late, early) = (from(WARDEN, AFTER), from(WARDEN, "2026-12-01T00:00:00Z"));
    assert_eq!(bound(&verified(&estate, &late).assessment), (24, 48, 2), "before");
    assert_eq!((exit_code(&estate, &late), exit_code(&estate, &early)), (Some(0), Some(0)));
    let entry = estate.state.size;
    let shred = Entry::Shred(shred_of(&estate, OCTOBER));
    assert!(matches!(estate.forced(shred), Rule::ShredWithoutIntent { .. }));
    let found = verified(&estate, &late).assessment;
    assert_eq!(bound(&found), (24, 48, 2), "after: twenty rows of October are still in it");
    assert_eq!(voids(&found), [(entry, "shred", Signer::Warden)]);
    assert_eq!(found.voids[0].rule, "period A-1/2026-10/d90 is shredded without a shred_intent before");
    assert_eq!((exit_code(&estate, &late), exit_code(&estate, WARDEN)), (Some(4), Some(4)));
    // A warden that was taken on 1 December did it: that is the incident, not a damage before it.
    assert_eq!(exit_code(&estate, &early), Some(0));
    assert_eq!(bound(&verified(&estate, &early).assessment), (34, 68, 2));
}

/// It makes another key for the period, has batches sealed to that, and destroys the first for all to see.
#[test]
fn the_warden_makes_a_second_key_for_a_period() {
    let late = from(WARDEN, AFTER);
    let mut honest = autumn();
    honest.shred(OCTOBER);
    assert_eq!(bound(&verified(&honest, &late).assessment), (4, 8, 1), "before");

    let mut estate = autumn();
    let period: PeriodId = OCTOBER.parse().unwrap();
    let second = SealedTo { period: period.clone(), key: Hash([202; 32]) };
    let made = PeriodKey {
        period,
        classes: set(&[Address]),
        key: second.key,
        co_holder: None,
        ends: estate.now.plus_days(90),
    };
    assert!(matches!(estate.forced(Entry::PeriodKey(made)), Rule::PeriodTwice { .. }));
    let sealed = Anchor { keys: vec![second], ..anchor(&estate, BatchId([203; 16]), 7, OCTOBER) };
    let sealed = signed(&estate, vec![sealed]);
    assert!(matches!(estate.forced(sealed), Rule::UnknownKey { .. }));
    estate.shred(OCTOBER);
    let found = verified(&estate, &late);
    assert_eq!((bound(&found.assessment), found.assessment.damaged), ((11, 22, 2), true), "after");
    // What the second key was made for, and the second shipper's four rows.
    let opened = found.assessment.by_classes.iter().find(|share| share.classes == set(&[Operational, Address]));
    assert_eq!(opened.unwrap().rows, 11);
}

#[test]
fn the_warden_writes_a_leaf_that_nobody_can_read() {
    let mut estate = autumn();
    let before = verified(&estate, WARDEN).assessment;
    let entry = estate.state.size;
    assert_eq!(estate.force(b"\x00 no entry \x1b[2J"), Taken::Void(Rule::Leaf));
    estate.beat(&[1]);
    let found = verified(&estate, WARDEN);
    assert_eq!(bound(&found.assessment), bound(&before));
    assert_eq!(voids(&found.assessment), [(entry, "unreadable", Signer::Warden)]);
    assert!(found.assessment.damaged && !found.assessment.to_text().contains('\x1b'));
    assert!(!verified(&estate, &from(WARDEN, "2026-12-29T00:00:00Z")).assessment.damaged);
}

#[test]
fn the_warden_forges_an_intent() {
    let mut estate = autumn();
    let before = verified(&estate, AGENT).assessment;
    assert_eq!((bound(&before), before.openings), ((2, 40, 1), Openings { justified: 0, unexplained: 1 }));
    let batch = *estate.headers.keys().last().unwrap();
    let scope = Scope {
        principal: "support-7".parse().unwrap(),
        purpose: Purpose::Support,
        ticket: "T-9".parse().unwrap(),
        batch,
        header: estate.state.batches[&batch].header,
        rows: [1, 2, 3, 21].into(),
        classes: set(&[Address]),
        requested: estate.now,
        nonce: Hash([204; 32]),
    };
    let elsewhere = Scope { batch: BatchId([205; 16]), rows: [0, 1, 2, 3, 4, 5].into(), ..scope.clone() };
    for scope in [scope, elsewhere] {
        let request = OpeningRequest::new(scope, &secret(66));
        let rule = estate.forced(Entry::Intent(Intent { opening: request.id(), request, approval: None }));
        assert!(matches!(rule, Rule::RequestSignature { .. }), "{rule}");
    }
    // Rows 1, 2, 3 and 7 of the batch, its twenty-first that it does not have, and five of a batch that nobody anchored.
    let found = verified(&estate, AGENT);
    assert_eq!((bound(&found.assessment), found.assessment.damaged), ((10, 40, 2), true));
    assert_eq!(found.assessment.openings, Openings { justified: 0, unexplained: 3 });
    assert!(found.assessment.statements.iter().any(|said| said.starts_with("6 opened rows are of no anchored batch")));
    // When it was is not believed.
    assert_eq!(bound(&verified(&estate, &from(AGENT, "2027-05-01T00:00:00Z")).assessment).0, 9);
}

/// A start of another machine would have ended what the worker's memory held; only the worker signs one.
#[test]
fn the_warden_writes_a_start_that_never_was() {
    let mut estate = autumn();
    let late = from(HOST, AFTER);
    let before = assess_at(&estate, &late, APART);
    assert_eq!(bound(&before), (20, 40, 1));
    let worker: WorkerId = "gw-1".parse().unwrap();
    let record = StartRecord { worker, instance: InstanceId([9; 16]), boot: BootId([9; 16]), closes: Vec::new() };
    let start = Start::new(record, &secret(77));
    assert!(matches!(estate.forced(Entry::Start(start)), Rule::WorkerSignature { .. }));
    let found = assess_at(&estate, &late, APART);
    assert_eq!((bound(&found), found.damaged), ((20, 40, 1), true));
}

/// A clock set to the year 9000 for one entry would have made every later one break a rule.
#[test]
fn the_warden_writes_one_entry_of_a_far_future() {
    let mut estate = autumn();
    let (now, entry) = (estate.now, estate.state.size);
    estate.at("9000-01-01T00:00:00.000Z");
    estate.beat(&[1]);
    estate.now = now;
    let sealed = signed(&estate, vec![anchor(&estate, BatchId([206; 16]), 3, OCTOBER)]);
    assert!(matches!(estate.forced(sealed), Rule::TimeBack { .. }));
    let shred = Entry::Shred(shred_of(&estate, OCTOBER));
    assert!(matches!(estate.forced(shred), Rule::TimeBack { .. }));
    let found = verified(&estate, WARDEN);
    assert_eq!(
        (bound(&found.assessment), found.assessment.damaged),
        ((37, 74, 2), true),
        "counted, and nothing destroyed"
    );
    let expected = [(entry + 2, "intake", Signer::Warden), (entry + 3, "shred", Signer::Warden)];
    assert_eq!(voids(&found.assessment), expected);
}

/// The warden's own word that a copy is there, and then a second entry about the same key: the first still holds.
#[test]
fn the_warden_says_something_else_of_a_key_that_resurfaced() {
    let mut estate = Estate::new();
    estate.at("2026-10-05T12:00:00.000Z");
    estate.receive("gw-1", Verdict::Accepted, 0, &[("A-2", &[(Province::QC, &[Address], 20)])]);
    let period: PeriodId = "A-2/2026-10/d90".parse().unwrap();
    let key = estate.state.periods[&period].key;
    estate.forced(Entry::Resurfaced(Shred { period: period.clone(), key }));
    let made = PeriodKey { period: period.clone(), classes: set(&[Address]), key, ends: estate.now, co_holder: None };
    estate.forced(Entry::PeriodKey(made));
    estate.shred(&period.to_string());
    estate.at("2026-12-01T00:00:00.000Z");
    estate.at("2026-12-31T00:00:00.000Z");
    let found = assess_at(&estate, &from(WARDEN, "2026-12-30T00:00:00Z"), APART);
    assert_eq!(bound(&found), (20, 40, 1), "no shred of it is believed, before or after");
}
