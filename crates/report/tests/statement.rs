//! The page of a statement has all that the statement has, in either language.
#![allow(clippy::unwrap_used, reason = "a test may panic, its helper functions too")]

use incident::{Level, Statement, bundle::Verdict, statement::Silence};
use report::Language;
use serde_json::{Value, json};

/// No number is in another one, and each kind of everything is there once.
fn everything() -> Value {
    let period = |group: &str, rows: u64| format!("A-1/2026-09/{group}|{rows}");
    let periods = [
        (period("d7", 41_001), json!({"state": "shredded", "entry": 7_301, "time": "2026-10-08T06:07:00.000Z"})),
        (period("d30", 42_002), json!({"state": "held", "until": "2026-11-09T08:09:00.000Z", "hold": null})),
        (
            period("d60", 43_003),
            json!({"state": "held", "until": "2026-12-10T10:11:00.000Z", "hold": "2027-03-01T12:13:00.000Z"}),
        ),
        (period("d90", 44_004), json!({"state": "resurfaced", "entry": 7_404})),
        (period("d99", 45_005), json!({"state": "unknown"})),
    ];
    let periods = periods.map(|(name, mut own)| {
        let (period, rows) = name.split_once('|').unwrap();
        own["period"] = period.into();
        own["rows"] = rows.parse::<u64>().unwrap().into();
        own["classes"] = json!(["linkable", "address", "contact", "remarks", "financial"]);
        own
    });
    let purposes = ["resend", "label", "support", "subject-access", "dispute", "assessment", "notice"];
    let outcomes = [json!("opened"), json!("failed"), Value::Null];
    let openings = purposes.iter().zip(1_u64..).map(|(purpose, number)| {
        json!({
            "opening": "5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8", "intent": 8_100 + number,
            "time": format!("2026-09-{:02}T14:15:00.000Z", 10 + number), "principal": format!("agent-{number}"),
            "purpose": purpose, "ticket": format!("T-9{number}"), "rows": 510 + number, "classes": ["address"],
            "outcome": outcomes[number as usize % 3],
        })
    });
    json!({
        "schema": "bulla.statement/2", "shipper": "S-77", "month": "2026-09",
        "checkpoint": {
            "origin": "post.example/ledger", "size": 9_012, "time": "2026-12-31T16:17:00.000Z",
            "root": "6e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8",
            "cosigners": ["witness.example/w1", "witness.example/w2"]},
        "received": {"rows": 987_654, "parties": 1_975_308}, "held": {"rows": 876_543, "parties": 1_753_086},
        "shredded": {"rows": 111_111, "parties": 222_222},
        "people": {"people": 765_432, "rows": 987_654, "intent": 6_501, "counted": 6_502},
        "periods": periods, "openings": openings.collect::<Vec<_>>(), "void_batches": 3_210,
        "beyond": {"rows": 65_432, "parties": 130_864},
    })
}

fn page(statement: &Value, verdict: Verdict, language: Language) -> String {
    let statement: Statement = serde_json::from_value(statement.clone()).unwrap();
    report::statement(&statement, &[], verdict, Level::ONE_HOST, language)
}

/// What is said of a value, in the order in which they stand. Words of closed lists are in the language of the page.
fn shown(name: &str, value: &Value, language: Language, all: &mut Vec<String>) {
    match value {
        Value::Number(number) => all.push(language.number(number.as_u64().unwrap())),
        Value::String(text) if ["schema", "opening", "state", "purpose", "outcome", "classes"].contains(&name) => {
            assert!(!text.is_empty());
        }
        Value::String(text) if name == "month" => all.push(language.month(text.parse().unwrap())),
        Value::String(text) => all.push(text.parse().map_or_else(|_| text.clone(), |time| language.time(time))),
        Value::Array(values) => values.iter().for_each(|own| shown(name, own, language, all)),
        Value::Object(members) => members.iter().for_each(|(name, own)| shown(name, own, language, all)),
        Value::Null | Value::Bool(_) => {}
    }
}

#[test]
fn every_figure_is_on_both_pages() {
    let statement = everything();
    for language in [Language::En, Language::Fr] {
        let page = page(&statement, Verdict::Verified, language);
        let mut all = Vec::new();
        shown("", &statement, language, &mut all);
        assert!(all.len() > 70, "{all:?}");
        let missing: Vec<_> = all.iter().filter(|text| !page.contains(*text)).collect();
        assert!(missing.is_empty(), "{language:?}: {missing:?}");
    }
}

#[test]
fn the_pages_ask_nobody_and_say_no_key_for_a_sentence() {
    let words = [include_str!("../words/en.toml"), include_str!("../words/fr.toml")];
    let keys: Vec<_> = words[0].lines().filter_map(|line| line.split_once(" = ")).map(|(key, _)| key).collect();
    for (language, code) in [(Language::En, "en"), (Language::Fr, "fr")] {
        for verdict in [Verdict::Verified, Verdict::Consistent, Verdict::Damaged, Verdict::SplitView] {
            let page = page(&everything(), verdict, language);
            for asked in [" src=", " href=", "url(", "@import", "<script", "<link", "<img", "<iframe"] {
                assert!(!page.contains(asked), "{language:?}: {asked}");
            }
            assert!(page.contains("default-src 'none'") && page.contains(&format!("<html lang=\"{code}\">")));
            let said = keys.iter().filter(|key| key.contains('_') && page.contains(**key)).collect::<Vec<_>>();
            assert!(said.is_empty(), "{language:?}: {said:?}");
        }
    }
    let french = page(&everything(), Verdict::Damaged, Language::Fr);
    for word in ["subject-access", "dispute", "without a receipt", "address", "held"] {
        assert!(!french.contains(word), "{word}");
    }
}

/// Where nothing was received and nothing opened, it says so with numbers.
#[test]
fn nothing_is_at_most_nought() {
    let mut statement = everything();
    for name in ["received", "held", "shredded", "beyond"] {
        statement[name] = json!({"rows": 0, "parties": 0});
    }
    (statement["people"], statement["void_batches"]) = (Value::Null, 0.into());
    (statement["periods"], statement["openings"]) = (json!([]), json!([]));
    let [english, french] = [Language::En, Language::Fr].map(|language| page(&statement, Verdict::Verified, language));
    assert!(english.contains("At most 0 rows (parcels)") && english.contains("No opening of anything"), "{english}");
    assert!(french.contains("Au plus 0 ligne (colis)") && french.contains("Aucune ouverture"), "{french}");
    for unsaid in ["different people", "copy of the warden", "beyond the ledger", "without effect"] {
        assert!(!english.contains(unsaid), "{unsaid}");
    }
}

/// What it says nothing of stands on the page, and only there where it is so.
#[test]
fn where_it_says_nothing_it_says_so() {
    let statement: Statement = serde_json::from_value(everything()).unwrap();
    let time = "2026-10-11T12:13:00.000Z".parse().unwrap();
    let of = |silences: &[Silence], language| {
        report::statement(&statement, silences, Verdict::Verified, Level::ONE_HOST, language)
    };
    for (silence, english, french) in [
        (Silence::Nobody, "this says nothing of anybody’s parcels", "ceci ne dit rien des colis de qui que ce soit"),
        (Silence::Before { began: time }, "This ledger began at ", "Ce registre a commencé le "),
        (Silence::After { ended: time }, "The month had not begun at ", "Le mois n’avait pas commencé le "),
    ] {
        for (language, said) in [(Language::En, english), (Language::Fr, french)] {
            let timed = format!("{said}{}", language.time(time));
            let said = if silence == Silence::Nobody { said } else { &timed };
            assert!(of(&[silence], language).contains(said), "{said}");
            assert!(!of(&[], language).contains(said), "{said}");
        }
    }
}
