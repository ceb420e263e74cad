//! Changed bundles of other estates: totals, questions, pins, casts.

use super::{Case, container::*, honest, honest::hypothesis, tampered::*, *};
use ledger::{entry::*, *};

pub fn of_totals(forge: &mut Forge) {
    let own = lines(&forge.sections[TOTALS]);
    forge.section("no totals", TOTALS, vec![]);
    forge.section("one shipper's totals", TOTALS, own[0].clone());
    forge.section("totals reversed", TOTALS, [&own[1][..], &own[0]].concat());
    let line = |totals: &SentTotals| [canonical::bytes(totals), vec![b'\n']].concat();
    let first = forge.estate.totals[0].record.clone();
    type Change<'a> = &'a dyn Fn(&mut SentTotalsRecord);
    let changes: [(&str, Change, u8); 7] = [
        ("more rows, signed by somebody else", &|record| record.rows = 90, 72),
        ("more rows, signed", &|record| record.rows = 90, 71),
        ("of another ledger", &|record| record.origin = "other.example/ledger".into(), 71),
        ("before the window", &|record| record.to = time("2026-09-30T00:00:00.000Z"), 71),
        ("nothing before it", &|record| record.from = record.to, 71),
        ("no note", &|record| record.seen = String::new(), 71),
        ("a number that is too large", &|record| record.bodies = u64::MAX, 71),
    ];
    for (name, change, by) in changes {
        let mut record = first.clone();
        change(&mut record);
        forge.section(format!("totals: {name}"), TOTALS, line(&SentTotals::new(record, &secret(by))));
    }
}

/// Questions that are none, or do not fit the ledger, in a bundle of another one.
pub fn questions() -> Vec<Case> {
    let mut forge = Forge::of(autumn(), WARDEN);
    for text in [
        "",
        "hypothesis = 1\n",
        "[hypothesis]\nkind = \"warden\"\n",
        "[[hypothesis]]\n",
        "[[hypothesis]]\nkind = \"co-holder\"\n",
        "[[hypothesis]]\nkind = 3\n",
        "[[hypothesis]]\nkind = \"warden\"\nworkers = []\n",
        "[[hypothesis]]\nkind = \"principal\"\n",
        "[[hypothesis]]\nkind = \"host\"\nworkers = [\"GW\"]\n",
        "[[hypothesis]]\nkind = \"host\"\nworkers = [\"gw-9\"]\n",
        "[[hypothesis]]\nkind = \"carrier-key\"\ncertificate = \"sha256:00\"\n",
        "[[hypothesis]]\nkind = \"principal\"\nprincipal = \"nobody\"\n",
        "a = 1\n[[hypothesis]]\nkind = \"warden\"\n",
        "[[hypothesis]]\nkind = \"warden\"\nkind = \"warden\"\n",
        "\u{0}",
        "\"",
        "[[[",
    ] {
        forge.section(format!("question {text:?}"), HYPOTHESIS, text);
    }
    for from in [
        "2026-10-02",
        "2026-10-02T00:00:00",
        "\"2026-10-02T00:00:00Z\"",
        "2026-13-02T00:00:00Z",
        "2026-10-02T00:00:00.0001Z",
        "00:00:00",
        "2026-10-02T00:00:60Z",
        "2026-10-02T24:00:00Z",
        "2026-10-02T00:00:00+99:00",
        "0001-01-01T00:00:00+01:00",
        "2026-10-02 00:00:00z",
        "1",
    ] {
        let text = hypothesis(("warden", ""), &format!("from = {from}\n"));
        forge.section(format!("question {text:?}"), HYPOTHESIS, text);
    }
    for times in [
        "from = 2026-10-02T00:00:00Z\nto = 2026-10-01T00:00:00Z\n",
        "to = 2027-10-02T00:00:00Z\n",
        "from = 2027-10-02T00:00:00Z\n",
    ] {
        forge.section(format!("question of {times:?}"), HYPOTHESIS, hypothesis(("warden", ""), times));
    }
    forge.section("a long question", HYPOTHESIS, format!("# {}\n{WARDEN}", "x".repeat(65_536)));
    forge.section("65 questions", HYPOTHESIS, WARDEN.repeat(65));
    forge.section("64 questions", HYPOTHESIS, WARDEN.repeat(64));
    forge.section("another question", HYPOTHESIS, "[[hypothesis]]\nkind = \"storage\"\n");
    forge.section("a remark more", HYPOTHESIS, format!("{WARDEN}# remark\n"));
    forge.cases
}

/// Readers that know something else than the bundle says.
pub fn pinned() -> Vec<Case> {
    let (estate, bundle) = (autumn(), Forge::of(autumn(), WARDEN));
    let (bundle, pins) = (pack(&bundle.sections), estate.pins_text());
    let second = witness(2).verifier().to_string();
    let mut cases = vec![Case::new("without pins", bundle.clone(), None)];
    for (from, to) in [
        ("post.example", "other.example"),
        ("first_leaf = \"", "first_leaf = \"00000000"),
        ("clock_error = 1", "clock_error = 2"),
        ("clock_error = 1\n", ""),
        (&witness(1).verifier().to_string(), &second),
    ] {
        let mut changed = pins.replacen(from, to, 1);
        if let Some(at) = changed.find("00000000").filter(|_| to.ends_with("00000000")) {
            changed.replace_range(at + 64..at + 72, "");
        }
        cases.push(Case::new(format!("pins: {from:?} is {to:?}"), bundle.clone(), Some(changed)));
    }
    let more = format!("{pins}\n[[cosigner]]\norganisation = \"More\"\nkey = \"{second}\"\n")
        .replace("organisations = 1", "organisations = 2");
    cases.push(Case::new("pins of two organisations", bundle.clone(), Some(more)));
    let leaves = [&estate.leaves[..], &[estate.leaves[4].clone()]].concat();
    for (name, note) in [
        ("a longer note", note_over(&leaves, &[1], estate.now)),
        ("no note", String::new()),
        ("a note of nothing", note_over(&[], &[1], estate.now)),
        ("a note nobody signed", note_over(&leaves[..9], &[], estate.now).replace("\u{2014} post", "\u{2014} most")),
    ] {
        cases.push(Case::new(name, bundle.clone(), Some(pins.clone())).with_note(note));
    }
    cases
}

/// Who signs that may not: a policy of other officers, a retired key, a genesis that cannot be.
pub fn cast() -> Vec<Case> {
    let mut cases = Vec::new();
    let mut estate = autumn();
    let record = PolicyRecord {
        authority: Some(Authority {
            threshold: 1,
            officers: vec![Officer { organisation: "X".parse().unwrap(), key: public(91) }],
        }),
        ..PolicyRecord::new(ORIGIN, estate.state.policies + 1, None)
    };
    let signature = record.sign(&secret(91));
    estate.force(&Logged { time: estate.now, entry: Entry::Policy(Policy::new(record, vec![signature])) }.to_bytes());
    cases.push(Case::of("a policy of another authority", &estate, WARDEN, true));
    let estate = honest::renewed();
    let mut forge = Forge::of(estate.clone(), WARDEN);
    let text = estate.note().split_once("\n\n").unwrap().0.to_owned() + "\n";
    forge.note("the retired warden signs", cosigned(&text, &[1], estate.now));
    let (first, all) = (String::from_utf8(estate.leaves[0].clone()).unwrap(), estate.leaves.clone());
    for (from, to) in [
        ("\"quorum\":1", "\"quorum\":3"),
        ("\"quorum\":1", "\"quorum\":0"),
        ("\"threshold\":1", "\"threshold\":2"),
        ("gw-2", "gw-1"),
        (&*warden().verifier().to_string(), "post.example/ledger+00000000+AA"),
        (&*witness(2).verifier().to_string(), &*warden().verifier().to_string()),
        (&*witness(2).verifier().to_string(), &*witness(1).verifier().to_string()),
        ("\"origin\":\"post", "\"origin\":\"most"),
        ("\"quorum\":1", "\"quorum\":4294967296"),
        ("\"copies_days\":0", "\"copies_days\":-1"),
        ("\"type\":\"genesis\"", "\"type\":\"policy\""),
    ] {
        let leaves = [&[first.replacen(from, to, 1).into_bytes()], &all[1..]].concat();
        forge.leaves(&format!("genesis: {from:?} is {to:?}"), &leaves);
    }
    cases.extend(forge.cases);
    cases
}
