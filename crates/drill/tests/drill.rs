//! The whole drill, small.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

use drill::{Audience, Case, Outcome, picture, plan::RECIPIENTS_MIN};
use incident::{
    Assessment,
    bundle::{self, Verdict},
};
use report::{Language, cells::Cell};
use std::{collections::BTreeMap, sync::Mutex};

/// Keeps one bundle of each ledger.
#[derive(Default)]
struct Kept(Mutex<BTreeMap<String, Vec<u8>>>);

impl Audience for Kept {
    fn bundle(&self, name: &str, octets: &[u8]) -> std::io::Result<()> {
        if ["e", "d"].contains(&name) {
            self.0.lock().unwrap().insert(name.to_owned(), octets.to_vec());
        }
        Ok(())
    }
}

/// As a stranger would, from the first octet on.
fn verify(kept: &Kept, outcome: &Outcome) {
    let pins = incident::Pins::parse(&outcome.pins).unwrap();
    for (name, level) in [("e", 2), ("d", 1)] {
        let verified = bundle::verify(&kept.0.lock().unwrap()[name], Some(&pins), &[]).unwrap();
        assert_eq!((verified.verdict, verified.level.number()), (Verdict::Verified, level));
    }
}

/// One telling for all tests: it is five years, hour by hour.
#[test]
fn every_figure_is_what_the_documents_say() {
    let kept = Kept::default();
    let outcome = drill::run(1, RECIPIENTS_MIN, &kept).unwrap();
    verify(&kept, &outcome);
    assert_eq!(outcome.differs(), [""; 0]);
    let rows: Vec<_> =
        outcome.panels.iter().map(|panel| (panel.case.letter(), panel.answer.assessment.at_most.rows)).collect();
    assert_eq!(rows, [('a', 1_000), ('b', 0), ('c', 0), ('d', 0), ('e', 0)]);
    let [as_it_was, storage, host, warden, both] = &outcome.panels[..] else { panic!("five cases") };
    assert!([host, both].iter().all(|panel| panel.unbounded.as_ref().unwrap().assessment.at_most.unbounded));
    assert_eq!((both.answer.assessment.level.number(), warden.answer.assessment.level.number()), (2, 1));
    assert!(as_it_was.cells.values().all(|cell| *cell == Cell::Exposed));
    let cells = [storage, host, both].map(|panel| panel.cells.values());
    assert!(cells.into_iter().flatten().all(|cell| *cell == Cell::Sealed));
    assert!(warden.cells.values().all(|cell| *cell == Cell::Shredded));
    for panel in [host, warden] {
        let worst = &panel.worst.as_ref().unwrap().assessment;
        assert!(worst.at_most.rows > 0 && worst.at_most.rows < 1_000, "{:?}", panel.case);
    }
    assert_eq!(warden.case, Case::Warden);
    planted(&outcome);
    looks(&outcome);
    reads(&outcome);
}

/// Whatever figure were another one, the drill would fail, and say which.
fn planted(outcome: &Outcome) {
    let [as_it_was, storage, host, ..] = &outcome.panels[..] else { panic!("five cases") };
    let worst = host.worst.as_ref().unwrap();
    type Change = fn(&mut Assessment);
    let changes: [(&str, Change); 17] = [
        ("recipients", |said| said.at_most.rows += 1),
        ("parties", |said| said.at_most.parties -= 1),
        ("shippers", |said| said.at_most.shippers += 1),
        ("unbounded", |said| said.at_most.unbounded = true),
        ("recorded", |said| said.recorded.rows += 1),
        ("recorded parties", |said| said.recorded.parties += 1),
        ("confirmed", |said| said.confirmed.rows += 1),
        ("confirmed parties", |said| said.confirmed.parties += 1),
        ("by shipper", |said| said.by_shipper[1].parties += 1),
        ("by shipper", |said| said.by_shipper[1].operational += 1),
        ("by month", |said| said.by_month[0].rows += 1),
        ("by month", |said| said.by_month.truncate(1)),
        ("by shipper and month", |said| said.by_shipper_month[0].parties += 1),
        ("by classes", |said| said.by_classes[0].rows += 1),
        ("by classes", |said| said.by_classes.last_mut().unwrap().classes = ledger::Classes::NONE),
        ("by province", |said| said.by_province[0].at_most += 1),
        ("by province", |said| said.by_province.truncate(1)),
    ];
    for (case, answer) in [(Case::AsItWas, &as_it_was.answer), (Case::Host, worst)] {
        let found = |said: &Assessment| drill::compare(case, said, &answer.truth, &answer.clear);
        assert_eq!(found(&answer.assessment), [""; 0]);
        for (number, (what, change)) in changes.iter().enumerate() {
            let mut said = answer.assessment.clone();
            change(&mut said);
            let differs = found(&said);
            assert!(differs.iter().any(|own| own.starts_with(what)), "{number} {what}: {differs:?}");
        }
    }
    let mut said = storage.answer.assessment.clone();
    said.by_month[0].operational -= 1;
    let differs = drill::compare(Case::Storage, &said, &storage.answer.truth, &storage.answer.clear);
    assert!(differs.len() == 1 && differs[0].starts_with("by month, \"2016-09\""), "{differs:?}");
}

/// The picture has every number that it stands for, and nothing that a strict policy would refuse.
fn looks(outcome: &Outcome) {
    for (language, whole, most) in [(Language::En, "1,000", "at most"), (Language::Fr, "1\u{202f}000", "au plus")] {
        let svg = picture::svg(outcome, language);
        assert!(svg.contains(&format!(">{whole}<")) && svg.contains(most));
        for panel in &outcome.panels {
            let worst = panel.worst.as_ref().map(|worst| language.number(worst.assessment.at_most.rows));
            assert!(worst.is_none_or(|worst| svg.contains(&format!("{most} {worst}"))));
        }
        for refused in ["<script", "style=", "href=", "onload", "@import"] {
            assert!(!svg.contains(refused), "{refused}");
        }
        assert_eq!(svg.matches("<g ").count(), svg.matches("</g>").count());
    }
}

/// The page says what the assessment says, and asks nobody for anything.
fn reads(outcome: &Outcome) {
    let worst = &outcome.panels[3].worst.as_ref().unwrap().assessment;
    let rows = worst.at_most.rows;
    for (language, said) in
        [(Language::En, format!("At most {rows} rows")), (Language::Fr, format!("Au plus {rows} lignes"))]
    {
        let page = report::page(worst, language);
        assert!(page.contains(&said), "{said}");
        assert!(page.contains(&worst.checkpoint.root.to_string()));
        assert!(page.contains("url(#exposed)"));
        assert!(report::page(&outcome.panels[3].answer.assessment, language).contains("url(#shredded)"));
        for asked in [" src=", " href=", "url(http", "@import", "<script", "<link"] {
            assert!(!page.contains(asked), "{asked}");
        }
    }
    let unsigned = &outcome.panels[2].unbounded.as_ref().unwrap().assessment;
    assert!(report::page(unsigned, Language::En).contains("No upper bound."));
    assert!(report::page(unsigned, Language::Fr).contains("Pas de borne."));
}
