//! The promise as a test: nothing of a manifest is readable where Bulla keeps or writes anything.
//!
//! Made-up documents and the samples go in: accepted ones, erring ones, refused ones, broken ones, with values in places
//! where they do not belong. Then every file, every message and every answer is searched for every value in every form of
//! [`forms`]. Then the memory of the processes, once they are idle. The same searches of a gateway that leaks on purpose (`--features leaky`) must find
//! each of its leaks.

#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod cases;
mod forms;
mod house;
mod made_up;
mod memory;
mod messages;
mod pages;
mod scan;
#[path = "../support/mod.rs"]
mod support;

use cases::{Case, Sender};
use forms::Form;
use house::House;
use made_up::{Person, Shop};
use scan::{Hit, Index};
use std::{collections::BTreeSet, time::Duration};

const SAMPLES: [(&str, &str); 5] = [
    ("manifest-856.edi", "northshop"),
    ("manifest-215.edi", "northshop"),
    ("manifest-856-errors.edi", "northshop"),
    ("manifest-iftmin.edi", "northshop"),
    ("manifest-856-second.edi", "lakeshop"),
];

/// All that a run left, searched.
struct Found {
    shop: Shop,
    /// Which values were in bodies that the gateway took in.
    received: BTreeSet<usize>,
    hits: BTreeSet<Hit>,
}

/// Sends everything, does everything that verbs can do, and searches, while it runs and once it has ended.
fn journey() -> Found {
    let mut seed = [0; 8];
    getrandom::fill(&mut seed).expect("random numbers");
    let seed = u64::from_le_bytes(seed);
    eprintln!("seed {seed}");
    let mut shop = Shop::new(seed);
    let mut house = House::start();
    let mut cases = cases::documents(&mut shop);
    for case in &cases {
        post(&house, case);
    }
    let misplaced = cases::misplaced(&mut shop);
    assert!(misplaced.len() > 500, "every element of two documents, twice");
    for case in &misplaced {
        post(&house, case);
    }
    cases.extend(misplaced);
    let samples = samples(&house, &mut shop);
    let messages = messages::send(&house, &mut shop);
    house.settle();
    pages::see_all(&house, &cases);
    verbs(&house, &mut shop, &cases);
    questions(&house, &mut shop);
    house.settle();
    house.ask("GET", "/metrics", None, b"");
    let index = Index::new(shop.planted.iter().map(|planted| planted.value.as_str()));
    let mut hits = BTreeSet::new();
    index.folder(&house.place(), &mut hits);
    house.stop();
    index.folder(&house.place(), &mut hits);
    let mut received = BTreeSet::new();
    let taken = cases.iter().filter(|case| matches!(case.sender, Sender::Demo(_))).map(|case| case.body.as_slice());
    let taken = taken.chain(samples.iter().map(String::as_bytes)).chain(messages.iter().map(Vec::as_slice));
    taken.for_each(|body| index.octets("", body, &mut received));
    let received = received.iter().filter(|hit| hit.form == Form::Text).map(|hit| hit.value).collect();
    Found { shop, received, hits }
}

fn post(house: &House, case: &Case) {
    let token = match &case.sender {
        Sender::Demo(shipper) => Some(house.token(shipper)),
        Sender::Token(token) => Some(token.clone()),
        Sender::Nobody => None,
    };
    let answer = house.ask("POST", "/v1/interchanges", token.as_deref(), &case.body);
    let verdict = answer.header("bulla-verdict").unwrap_or("-").to_owned();
    if let Some(expected) = case.expected {
        let text = String::from_utf8_lossy(&answer.body);
        assert_eq!((answer.status, verdict.as_str()), expected, "{}: {text}", case.name);
    }
    assert_ne!(answer.status, 500, "{}", case.name);
}

/// Sends them; returns them.
fn samples(house: &House, shop: &mut Shop) -> Vec<String> {
    let mut texts = Vec::new();
    for (name, shipper) in SAMPLES {
        let path = format!("{}/../../examples/{name}", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(&path).expect("a sample");
        shop.document(name);
        let values = made_up::values_of(&text);
        assert!(values.len() > 8, "{name} has values");
        for (what, value) in values {
            shop.plant(&what, value);
        }
        let ran = house.bulla(&["send", &path, "--as", shipper], "");
        assert_eq!(ran.code, 0, "{name}: {}", ran.stderr);
        house.bulla(&["check", &path], "");
        texts.push(text);
    }
    texts
}

/// Everything of one parcel.
const OPEN: [&str; 9] = [
    "open",
    "--tracking",
    "-",
    "--class",
    "address,contact,linkable,remarks,financial",
    "--purpose",
    "support",
    "--ticket",
    "CASE-17",
];

fn open(house: &House, wanted: &Person) {
    let opened = house.bulla_showing(&OPEN, &wanted.tracking);
    let shown = String::from_utf8_lossy(&opened.stdout);
    for value in [&wanted.street, &wanted.name, &wanted.phone, &wanted.tracking] {
        assert!(shown.contains(value.as_str()), "opened: {shown}{}", opened.stderr);
    }
}

/// Everything that a person can ask for; `open` shows on purpose, and only on its standard output.
fn verbs(house: &House, shop: &mut Shop, cases: &[Case]) {
    let wanted = &cases[0].persons[0];
    let output = house.place();
    let (export, assessment) =
        (output.join("ledger").display().to_string(), output.join("assessment").display().to_string());
    let found = house.bulla(&["find", "--tracking", "-"], &wanted.tracking);
    assert!(String::from_utf8_lossy(&found.stdout).contains("batch"), "{}", found.stderr);
    house.bulla(&["find", "--json", "--order", &wanted.order], "");
    shop.document("questions for what is not there");
    let unknown = shop.word("order", 11);
    house.bulla(&["find", "--order", &unknown], "");
    open(house, wanted);
    house.bulla_showing(&OPEN, &unknown);
    for case in cases.iter().filter(|case| case.file.is_some()) {
        let path = house.given(case.file.expect("filtered"), &case.body).display().to_string();
        house.bulla(&["send", &path], "");
        house.bulla(&["check", &path], "");
        house.bulla(&["check", "--json", &path], "");
        house.bulla(&["check", "--ack", "997", &path], "");
        house.bulla(&["check", "--ack", "ta1", &path], "");
    }
    let list = house.bulla(&["interchange", "list", "--json"], "");
    let list: serde_json::Value = serde_json::from_slice(&list.stdout).expect("JSON");
    let id = list[0]["id"].as_str().expect("an interchange").to_owned();
    for arguments in [
        &["interchange", "list"][..],
        &["interchange", "show", &id],
        &["interchange", "ack", &id],
        &["delivery", "list", "--json"],
        &["partner", "list"],
        &["ledger", "head"],
        &["ledger", "entries"],
        &["ledger", "entries", "--json"],
        &["ledger", "export", &export],
        &["retention", "status", "--json"],
        &["assess", "--kind", "warden", "--out", &assessment],
        &["retention", "run", "--now", "2036-01-01"],
    ] {
        let ran = house.bulla(arguments, "");
        assert_eq!(ran.code, 0, "{arguments:?}: {}", ran.stderr);
    }
    // Its key is gone now.
    assert_eq!(house.bulla(&OPEN, &wanted.tracking).code, 1);
}

/// Values in paths, in JSON that is none, in tokens.
fn questions(house: &House, shop: &mut Shop) {
    shop.document("a question to the gateway");
    let operator = house.token("operator");
    for path in
        ["/", "/v1/interchanges/", "/v1/deliveries/", "/v1/ledger/", "/v1/ledger/tile/", "/v1/ledger/entries?from="]
    {
        let path = path.to_owned() + &shop.word(path, 10);
        house.ask("GET", &path, Some(&operator), b"");
    }
    for path in ["/v1/parcels/search", "/v1/openings", "/v1/retention"] {
        for form in [
            "{\"tracking\": \"",
            "{\"order\": 5, \"",
            "\"",
            "",
            "{\"batch\": \"",
            "{\"record\":{\"scope\":{\"ticket\":\"",
            "[[partner]]\nid = ",
        ] {
            let body = format!("{form}{}", shop.word(path, 10));
            house.ask("POST", path, Some(&operator), body.as_bytes());
            house.ask("POST", path, Some(&operator), format!("{body}\"}}").as_bytes());
        }
    }
}

/// One line for each value and form, with the first place.
fn report(found: &Found) -> String {
    let mut seen = BTreeSet::new();
    let mut lines = Vec::new();
    for hit in &found.hits {
        let planted = &found.shop.planted[hit.value];
        let place = hit.place.split("/data/").last().unwrap_or(&hit.place);
        if seen.insert((hit.value, hit.form, place.to_owned())) {
            let inflated = if hit.inflated { ", decompressed" } else { "" };
            lines.push(format!("{} ({}) in {place} as {}{inflated}", planted.what, planted.value, hit.form));
        }
    }
    let rest = lines.len().saturating_sub(100);
    lines.truncate(100);
    format!("{}\n… and {rest} more", lines.join("\n"))
}

#[cfg(not(feature = "leaky"))]
#[test]
fn nothing_readable_stays() {
    let found = journey();
    assert!(found.received.len() > 1_500, "{} values were received", found.received.len());
    assert!(found.hits.is_empty(), "readable:\n{}", report(&found));
}

/// As many people as a number is given of, in one document; how many.
fn many(house: &House, shop: &mut Shop) -> usize {
    shop.document("an 856 of people who are counted");
    let persons: Vec<Person> = (0..120).map(|_| shop.person()).collect();
    let answer =
        house.ask("POST", "/v1/interchanges", Some(&house.token("northshop")), &shop.ship_notice(&persons).text());
    assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
    persons.len()
}

/// The warden looks at each name and postal code, whole months of them; these people are among whom it finds.
fn count(house: &House, least: usize) {
    let counted = house.bulla(&["count", "--ticket", "CASE-17", "--principal", "lead-1"], "");
    let said = String::from_utf8_lossy(&counted.stdout);
    let people = said.strip_prefix("at most ").and_then(|rest| rest.split(' ').next()).and_then(|n| n.parse().ok());
    assert!(people.is_some_and(|people: usize| people >= least), "{said}{}", counted.stderr);
}

/// Takes in, opens and counts whatever there is, by HTTP, AS2 and TLS, and searches the memory of the processes once they are idle
/// for so long. None: this user may not look.
fn memory_of_the_idle(idle: Duration) -> Option<Found> {
    let mut shop = Shop::new(u64::from(std::process::id()));
    let mut house = House::start();
    let cases = cases::documents(&mut shop);
    cases.iter().for_each(|case| post(&house, case));
    messages::send(&house, &mut shop);
    let [stays, by_tls] = ["an 856 on a connection that stays", "an 856 by TLS"].map(|name| {
        shop.document(name);
        let persons: Vec<Person> = (0..20).map(|_| shop.person()).collect();
        shop.ship_notice(&persons).text()
    });
    let connection = house.send_and_stay(&stays);
    let counted = many(&house, &mut shop);
    house.settle();
    open(&house, &cases[0].persons[0]);
    count(&house, counted);
    let index = Index::new(shop.planted.iter().map(|planted| planted.value.as_str()));
    if !memory::may_search(house.pid("gateway")) {
        eprintln!("NOT TESTED: only root may look into the memory of a process that is not dumpable");
        return None;
    }
    // What is there is found: a body that is still coming.
    let begun = house.begin(&cases[0].body);
    let name = shop.planted.iter().position(|planted| planted.value == cases[0].persons[0].name).expect("planted");
    support::wait_for("a body in flight in the gateway's memory", || {
        memory::search(&house, "gateway", &index).iter().any(|hit| hit.value == name).then_some(())
    });
    assert!(memory::dump(&house, "gateway", &index).iter().any(|hit| hit.value == name), "it is in a dump");
    drop(begun);
    let mut hits = memory::search_idle(&house, &index, idle);
    drop(connection);
    house.speak_tls();
    for (name, body) in [("by-tls.edi", &by_tls), ("refused-by-tls.edi", &cases[0].body)] {
        let path = house.given(name, body).display().to_string();
        house.bulla(&["send", &path], "");
    }
    hits.extend(memory::search_idle(&house, &index, idle));
    hits.extend(memory::dump(&house, "gateway", &index));
    Some(Found { shop, received: BTreeSet::new(), hits })
}

#[cfg(not(feature = "leaky"))]
#[test]
fn the_memory_of_idle_processes_holds_nothing_readable() {
    let Some(found) = memory_of_the_idle(memory::IDLE) else { return };
    assert!(found.hits.is_empty(), "readable:\n{}", report(&found));
}

/// A test of the test: without an allocator that overwrites, much of what was freed is found.
#[cfg(feature = "leaky")]
#[test]
fn what_was_freed_and_not_overwritten_is_found() {
    // Who leaks has as much after a second as after twenty.
    let Some(found) = memory_of_the_idle(Duration::from_secs(1)) else { return };
    let values: BTreeSet<usize> = found.hits.iter().map(|hit| hit.value).collect();
    assert!(values.len() > 20, "{} values are found", values.len());
}

/// A test of the test: each leak of `src/leak.rs` is found, for every value that the gateway received.
#[cfg(feature = "leaky")]
#[test]
fn each_leak_is_found() {
    let found = journey();
    let values = |place: &str, form: Form, inflated: bool| -> BTreeSet<usize> {
        let these = found.hits.iter().filter(|h| h.place.ends_with(place) && h.form == form && h.inflated == inflated);
        these.map(|hit| hit.value).collect()
    };
    let missing = |kind: &dyn Fn(&made_up::Planted) -> bool, there: &BTreeSet<usize>| -> Vec<&str> {
        let all = found.received.difference(there).map(|value| &found.shop.planted[*value]);
        all.filter(|planted| kind(planted)).map(|planted| planted.what.as_str()).collect()
    };
    let none: [&str; 0] = [];
    for (place, form, inflated) in [
        (".edi", Form::Text, false),
        (".lower", Form::Text, false),
        (".utf16", Form::Utf16Le, false),
        (".gz", Form::Text, true),
        ("serve.err", Form::Base64, false),
    ] {
        assert_eq!(missing(&|_| true, &values(place, form, inflated)), none, "{form} in {place}");
    }
    // Those that stood in a MAN.
    let tracking = |planted: &made_up::Planted| {
        let what = planted.what.as_str();
        what.starts_with("MAN02 in manifest") || what.starts_with("tracking number") && !what.ends_with("no EDI")
    };
    let known = found.received.iter().filter(|value| tracking(&found.shop.planted[**value])).count();
    assert!(known > 400, "there are {known} tracking numbers");
    assert_eq!(missing(&tracking, &values(".sha256", Form::Sha256, false)), none, "digests of tracking numbers");
    let elsewhere = found.hits.iter().filter(|hit| !hit.place.contains("/spool/") && !hit.place.ends_with("serve.err"));
    assert_eq!(elsewhere.count(), 0, "readable where no leak was made:\n{}", report(&found));
}
