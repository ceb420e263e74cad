//! What the ledger says of a shipper's month.
#![allow(clippy::unwrap_used, reason = "a test may panic, its helper functions too")]

mod estate;

use estate::*;
use incident::{
    Statement,
    assessment::People,
    bundle::{self, Parts},
    statement::Fate,
};
use ledger::{Province, entry::Verdict};

fn of(estate: &Estate, shipper: &str, month: &str) -> Statement {
    Statement::of(&estate.history(), &shipper.parse().unwrap(), month.parse().unwrap())
}

#[test]
fn what_is_held_and_shredded_and_opened() {
    let estate = autumn();
    let september = of(&estate, "S-1", "2026-09");
    let rows = |statement: &Statement| (statement.received.rows, statement.held.rows, statement.shredded.rows);
    // Both periods of September have ended: remarks after a week, the rest at the end of December.
    assert_eq!(rows(&september), (10, 0, 10));
    let fates: Vec<_> = september.periods.iter().map(|kept| (kept.period.to_string(), kept.rows)).collect();
    assert_eq!(fates, [("A-1/2026-09/d7".to_owned(), 10), ("A-1/2026-09/d90".to_owned(), 10)]);
    assert!(september.periods.iter().all(|kept| matches!(kept.state, Fate::Shredded { .. })));
    assert!(september.openings.is_empty());

    let october = of(&estate, "S-1", "2026-10");
    assert_eq!(rows(&october), (20, 20, 0));
    assert!(october.periods.iter().all(|kept| matches!(kept.state, Fate::Held { hold: None, .. })));
    let [opened] = &october.openings[..] else { panic!("one opening") };
    assert_eq!((opened.principal.as_str(), opened.ticket.as_str(), opened.rows), ("support-7", "T-1", 2));
    assert_eq!(opened.classes, set(&[Address, Contact]));
    assert!(opened.outcome.is_some());

    assert_eq!(rows(&of(&estate, "S-2", "2026-09")), (4, 4, 0));
    assert_eq!(rows(&of(&estate, "S-2", "2026-10")), (0, 0, 0));
    assert_eq!(rows(&of(&estate, "S-9", "2026-09")), (0, 0, 0), "nobody of that name sent anything");
}

/// One of its keys is enough to hold a batch, and a key that came back is there.
#[test]
fn what_some_key_opens_is_held() {
    let mut estate = autumn();
    estate.at("2027-01-02T00:00:00.000Z").shred("A-1/2026-10/d7");
    let half = of(&estate, "S-1", "2026-10");
    assert_eq!((half.held.rows, half.shredded.rows), (20, 0));
    let shredded = half.periods.iter().filter(|kept| matches!(kept.state, Fate::Shredded { .. })).count();
    assert_eq!(shredded, 1);
    estate.at("2027-02-01T00:00:00.000Z").shred("A-1/2026-10/d90");
    assert_eq!(of(&estate, "S-1", "2026-10").held.rows, 0);
    let period = "A-1/2026-09/d90".parse().unwrap();
    let key = estate.state.periods[&period].key;
    estate.push(ledger::Entry::Resurfaced(ledger::entry::Shred { period, key }));
    let back = of(&estate, "S-1", "2026-09");
    assert_eq!((back.held.rows, back.shredded.rows), (10, 0));
    assert!(back.periods.iter().any(|kept| matches!(kept.state, Fate::Resurfaced { .. })));
}

/// A count of just this month is told, whoever else's was counted; one of more, or from before the last of it, is not.
#[test]
fn just_this_months_people_are_told() {
    let mut estate = of_counts();
    let people = |estate: &Estate, shipper, month| of(estate, shipper, month).people;
    estate.count(&[0, 1, 2], 300);
    assert_eq!(people(&estate, "S-1", "2026-09"), None, "a larger set");
    estate.count(&[0, 2], 250);
    assert_eq!(people(&estate, "S-1", "2026-09"), None, "two months");
    let first = estate.count(&[0], 150);
    estate.count(&[0], 150);
    let told = People { people: 150, rows: 200, intent: first - 1, counted: first };
    assert_eq!(people(&estate, "S-1", "2026-09"), Some(told));
    assert_eq!((people(&estate, "S-2", "2026-09"), people(&estate, "S-1", "2026-10")), (None, None));
    let text = of(&estate, "S-1", "2026-09").to_text();
    let entries = format!("ledger entries {} and {first}", first - 1);
    let line =
        format!("Sealed of at most 150 different people by name and postal code: counted by the warden, {entries}");
    assert!(text.contains(&line), "{text}");
    let fewer = estate.count(&[0], 140);
    assert_eq!(people(&estate, "S-1", "2026-09").map(|own| own.counted), Some(fewer));
    estate.shred(CELLS[0]);
    assert_eq!(people(&estate, "S-1", "2026-09").map(|own| own.people), Some(140), "a number outlives the keys");
    let mut later = of_counts();
    later.count(&[2], 110);
    assert_eq!(people(&later, "S-1", "2026-10").map(|own| own.people), Some(110));
    later.receive("gw-1", Verdict::Accepted, 0, &[("A-1", &[(Province::QC, &[Address], 50)])]);
    assert_eq!(people(&later, "S-1", "2026-10"), None, "more came since");
}

/// Whoever has a bundle of the ledger computes the same.
#[test]
fn it_follows_from_a_bundle() {
    let estate = autumn();
    let (note, pins) = (estate.note(), estate.pins());
    let hypothesis = "[[hypothesis]]\nkind = \"storage\"\n";
    let parts = Parts { leaves: &estate.leaves, note: note.as_bytes(), hypothesis, pins: Some(&pins) };
    let proven = bundle::prove(parts, &estate.beside()).unwrap();
    let (history, _) = bundle::open(&proven.octets, Some(&pins), &[]).unwrap();
    let found = Statement::of(&history, &"S-1".parse().unwrap(), "2026-10".parse().unwrap());
    assert_eq!(found, of(&estate, "S-1", "2026-10"));
    assert_eq!(ledger::canonical::read::<Statement>(&found.to_bytes()), Ok(found.clone()));
    let dir = tempfile::tempdir().unwrap();
    let [bundle, pins] = ["bundle", "pins"].map(|name| dir.path().join(name));
    std::fs::write(&bundle, &proven.octets).unwrap();
    std::fs::write(&pins, estate.pins_text()).unwrap();
    let run = |month| {
        let verify = std::process::Command::new(env!("CARGO_BIN_EXE_bulla-verify"))
            .arg(&bundle)
            .arg("--pins")
            .arg(&pins)
            .args(["--json", "--statement", month])
            .output()
            .unwrap();
        (verify.status.code(), verify.stdout)
    };
    assert_eq!(run("S-1/2026-10"), (Some(0), found.to_bytes()));
    assert_eq!(run("S-1"), (Some(2), Vec::new()));
    let text = found.to_text();
    for said in ["Held                20 rows", "support-7 for support, T-1: 2 rows", "held until 2026-12-30"] {
        assert!(text.contains(said), "{said}\n{text}");
    }
}
