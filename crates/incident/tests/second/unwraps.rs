//! Lists of what a co-holder unwrapped that were changed, and what else says whose layer there is.

use super::{Case, co_holders::*, container::*, honest::hypothesis, tampered::*, *};
use ledger::*;

/// Lists that were changed, in a bundle with an honest one.
pub fn cases() -> Vec<Case> {
    let taken = hypothesis(("warden", ""), SIX_WEEKS);
    let mut forge = Forge::of(honest_one(), &taken);
    let (estate, batches) = november(Estate::new(), "Audit");
    let own = forge.sections[UNWRAPS].clone();
    assert_eq!(own, line(&forge.estate.unwraps[0]));
    forge.section("no list", UNWRAPS, vec![]);
    forge.section("the list twice", UNWRAPS, [&own[..], &own].concat());
    let mut both = [own, line(&listed(&estate, &[]))];
    both.sort();
    forge.section("one list more", UNWRAPS, both.concat());
    both.reverse();
    forge.section("lists reversed", UNWRAPS, both.concat());
    let two = record(&batches[..2], estate.note());
    changed(&mut forge, &two);
    over_notes(&mut forge, &estate, &two);
    written(&mut forge);
    of_layers(&mut forge);
    for other in ["storage", "co-holder"] {
        let unneeded = forge.sections[UNWRAPS].clone();
        let mut of_other = Forge::of(honest_one(), &hypothesis((other, ""), SIX_WEEKS));
        of_other.section(format!("a list for {other}"), UNWRAPS, unneeded);
        forge.cases.extend(of_other.cases);
    }
    // Nobody proves with a list that does not count: it is put there.
    for (name, estate) in estates() {
        let own: Vec<_> = estate.unwraps.iter().map(line).collect();
        let mut forge_of = Forge::of(estate, &taken);
        forge_of.section(format!("{name}: its lists"), UNWRAPS, own.concat());
        forge.cases.extend(forge_of.cases);
    }
    forge.cases
}

fn line(list: &Unwraps) -> Vec<u8> {
    [canonical::bytes(list), vec![b'\n']].concat()
}

/// Of two batches, signed by whoever.
fn changed(forge: &mut Forge, two: &UnwrapsRecord) {
    let mut signed = |name: &str, by: u8, change: &dyn Fn(&mut UnwrapsRecord)| {
        let mut record = two.clone();
        change(&mut record);
        forge.section(format!("list: {name}"), UNWRAPS, line(&Unwraps::new(record, &secret(by))));
    };
    signed("another, signed", 60, &|_| {});
    signed("signed by an agent", 3, &|_| {});
    signed("signed by the other co-holder", 63, &|_| {});
    signed("the other co-holder's", 63, &|own| own.co_holder = OTHER.parse().unwrap());
    signed("nobody's", 60, &|own| own.co_holder = "nobody".parse().unwrap());
    signed("of another ledger", 60, &|own| own.origin = "other.example/ledger".into());
    signed("a hole", 60, &|own| (own.unwraps[1].number, own.count) = (3, 3));
    signed("a hole, not counted", 60, &|own| own.unwraps[1].number = 3);
    signed("a number twice", 60, &|own| own.unwraps[1].number = 1);
    signed("from 0", 60, &|own| (own.unwraps[0].number, own.unwraps[1].number) = (0, 1));
    signed("reversed", 60, &|own| own.unwraps.reverse());
    signed("cut", 60, &|own| own.unwraps.truncate(1));
    signed("counted short", 60, &|own| own.count = 1);
    signed("counted beyond all", 60, &|own| own.count = u64::MAX);
    signed("a batch twice", 60, &|own| own.unwraps[1].batch = own.unwraps[0].batch);
    signed("numbers that nobody checks", 60, &|own| own.unwraps[0].seen = u64::MAX);
}

fn over_notes(forge: &mut Forge, estate: &Estate, two: &UnwrapsRecord) {
    let (leaves, now, to) = (&estate.leaves, estate.now, time("2026-12-01T00:00:00.000Z"));
    let mut other = leaves.clone();
    other.last_mut().unwrap().push(b' ');
    for (name, note) in [
        ("no note", String::new()),
        ("of the end", note_over(leaves, &[1], to)),
        ("of before the end", note_over(leaves, &[1], time("2026-11-30T00:00:00.000Z"))),
        ("of a second after", note_over(leaves, &[1], time("2026-12-01T00:00:01.000Z"))),
        ("of fewer entries", note_over(&leaves[..leaves.len() - 1], &[1], now)),
        ("of no entries", note_over(&[], &[1], now)),
        ("nobody cosigned", note_over(leaves, &[], now)),
        ("the other witness cosigned", note_over(leaves, &[2], now)),
        ("a stranger cosigned", note_over(leaves, &[3], now)),
        ("of another tree", note_over(&other, &[1], now)),
    ] {
        let record = UnwrapsRecord { seen: note, ..two.clone() };
        forge.section(format!("a list over a note {name}"), UNWRAPS, line(&Unwraps::new(record, &secret(60))));
    }
}

/// In another form, or with another thing said and not signed.
fn written(forge: &mut Forge) {
    for (from, to) in [
        ("{", "{ "),
        ("\"count\":1", "\"count\":2"),
        ("\"count\":1", "\"count\":-1"),
        ("\"count\":1", "\"count\":1.0"),
        ("\"rows\":20", "\"rows\":21"),
        ("\"rows\":20", "\"rows\":4294967296"),
        ("\"number\":1", "\"a\":1,\"number\":1"),
        ("\"number\":1", "\"Number\":1"),
        ("\"unwraps\":[", "\"unwraps\":[null,"),
        ("T00:00:00.000Z", "T00:00:00Z"),
        ("audit-1", "audit_1"),
        ("audit-1", "audit-\\u0031"),
        ("\"signature\":\"", "\"signature\":\"0"),
    ] {
        forge.replaced(UNWRAPS, from, to);
    }
}

/// What headers, the assessment and a question say of it.
fn of_layers(forge: &mut Forge) {
    let layer = format!("\"co_holder\":\"{}\",", hex::encode([61; 32]));
    forge.replaced(HEADERS, &layer, "");
    forge.replaced(HEADERS, &layer, "\"co_holder\":null,");
    forge.replaced(HEADERS, &layer, &layer.replace("3d3d", "3e3d"));
    for (from, to) in [
        ("\"level\":2", "\"level\":1"),
        ("\"level\":2", "\"level\":3"),
        ("\"level\":2", "\"level\":0"),
        ("\"co_held\":[{", "\"co_held\":[null,{"),
        ("\"unwraps\":1", "\"unwraps\":0"),
        ("\"unwraps\":1", "\"unwraps\":null"),
        ("\"organisation\":\"Audit\"", "\"organisation\":\"Post\""),
        ("took its layer off 1 times", "took its layer off 0 times"),
    ] {
        forge.replaced(ASSESSMENT, from, to);
    }
    let both = hypothesis(("warden", ""), SIX_WEEKS) + &hypothesis(("co-holder", ""), SIX_WEEKS);
    forge.section("the co-holder taken, too", HYPOTHESIS, both);
    let leaves = forge.estate.leaves.clone();
    let named = leaves.iter().position(|leaf| String::from_utf8_lossy(leaf).contains("co_holders")).unwrap();
    let made = |leaf: &Vec<u8>| String::from_utf8_lossy(leaf).contains("\"co_holder\":\"audit-1\",\"ends\"");
    let key = leaves.iter().position(made).unwrap();
    for (at, from, to) in [
        (named, "\"co_holders\"", "\"co_holdera\""),
        (named, "\"organisation\":\"Audit\"", "\"organisation\":\"Post\""),
        (key, "\"co_holder\":\"audit-1\",", ""),
        (key, "\"co_holder\":\"audit-1\",", "\"co_holder\":null,"),
        (key, "audit-1", "audit-2"),
        (key, "audit-1", "audit-9"),
        (key, "audit-1", "Audit"),
    ] {
        let mut altered = leaves.clone();
        altered[at] = String::from_utf8(leaves[at].clone()).unwrap().replacen(from, to, 1).into_bytes();
        assert_ne!(altered, leaves);
        forge.leaves(&format!("entry {at}: {from:?} is {to:?}"), &altered);
    }
}
