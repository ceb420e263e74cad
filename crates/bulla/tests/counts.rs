//! People are counted by the real processes: the number is the test's own, nobody sees who, and no set tells of a few.

#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod support;

use rustix::process::Signal;
use serde_json::Value;
use std::{collections::BTreeSet, fs};
use support::{
    Ran, Server,
    document::{Notice, notice},
    http,
};

fn count(server: &Server, who: &str) -> Ran {
    server.run(&["count", "--ticket", "CASE-17", "--principal", who])
}

fn kinds(server: &Server) -> Vec<String> {
    let all = server.entries().into_iter().map(|entry| entry["entry"]["type"].as_str().unwrap().to_owned());
    all.filter(|kind| kind.contains("count")).collect()
}

fn last(server: &Server, kind: &str) -> Value {
    server.entries().into_iter().rev().find(|entry| entry["entry"]["type"] == kind).unwrap()["entry"].take()
}

/// Sends northshop's parcels to these recipients, a document of at most fifty each.
fn send(server: &Server, control: u32, names: &[String]) {
    send_as(server, "northshop", control, names);
}

fn send_as(server: &Server, shop: &str, control: u32, names: &[String]) {
    for (control, names) in (control..).zip(names.chunks(50)) {
        let parcels = u32::try_from(names.len()).unwrap();
        let number = format!("COUNT-{control}");
        let made = Notice { sender: shop.to_uppercase(), ..notice(control, &number, parcels) };
        let mut text = String::from_utf8(made.bytes()).unwrap();
        for (parcel, name) in (1..).zip(names) {
            text = text.replacen(&format!("N1*ST*{}~", made.name(parcel)), &format!("N1*ST*{name}~"), 1);
        }
        let (address, token) = (server.address(), server.token(shop));
        let answer = http::post(&address, "/v1/interchanges", &token, text.as_bytes()).unwrap();
        assert_eq!(answer.status, 200, "{text}");
    }
    server.wait_until_anchored();
}

#[test]
fn the_number_is_that_of_an_independent_count() {
    let mut server = Server::start();
    let names: Vec<String> = (0..300).map(|row| format!("OLVERIN QUASTERBY {}", (row * row) % 211)).collect();
    let people = names.iter().collect::<BTreeSet<_>>().len();
    assert!((100..211).contains(&people));
    let mut written = names;
    // The same people, written otherwise.
    written.extend((0..30).map(|row| format!("Olverin  Quasterby-{}", (row * row) % 211)));
    send(&server, 1, &written);

    let said = count(&server, "lead-1").expect(0);
    assert!(said.text().starts_with(&format!("at most {people} people in 330 rows of ")), "{}", said.text());
    assert!(!said.stderr.contains("QUASTERBY") && said.stderr.contains("nothing was opened before this was cosigned"));
    assert_eq!(kinds(&server), ["count_intent", "counted"]);
    assert_eq!(last(&server, "counted")["people"], people);
    // The same set again gives the same, and not with forty rows more.
    assert_eq!(count(&server, "lead-1").expect(0).text(), said.text());
    send(&server, 20, &written[..40]);
    assert!(count(&server, "lead-1").expect(1).stderr.contains("would tell of 40 rows by themselves, fewer than 100"));
    assert_eq!(kinds(&server).len(), 4, "what is refused is not entered");

    // Nobody without the right, and nobody without the key.
    assert!(count(&server, "support-7").expect(1).stderr.contains("may not have people counted"));
    let key = server.dir("demo").join("support-7.key");
    let stolen = ["count", "--ticket", "C-1", "--principal", "lead-1", "--key", key.to_str().unwrap()];
    assert!(server.run(&stolen).expect(1).stderr.contains("does not fit"));
    let none = ["count", "--ticket", "C-1", "--principal", "lead-1", "--last", "2020-01"];
    assert!(server.run(&none).expect(2).stderr.contains("nothing of that can be counted"));

    // A hundred rows more are a piece of their own; and a warden that starts again knows what was counted.
    send(&server, 30, &written[..100]);
    count(&server, "lead-1").expect(0);
    server.restart("warden");
    assert!(count(&server, "lead-1").expect(0).text().contains(" in 470 rows of "));
}

/// Of one shipper, of both, and of what an assessment has; and then the assessment says it.
#[test]
fn people_of_a_shipper_and_of_an_assessment() {
    let server = Server::start();
    let names = |row: u32| format!("OLVERIN QUASTERBY {row}");
    let north: Vec<String> = (0..150).map(|row| names(row % 110)).collect();
    let lake: Vec<String> = (0..120).map(|row| names(100 + row % 105)).collect();
    send(&server, 1, &north);
    send_as(&server, "lakeshop", 11, &lake);
    server.wait_until_delivered();

    let entries = server.entries();
    let carriers = entries.iter().find_map(|entry| entry["entry"]["record"]["carriers"].as_array()).unwrap();
    let certificate = format!("sha256:{}", carriers[0]["certificates"][0].as_str().unwrap());
    let assess = |name: &str| {
        let out = server.beside(name);
        let out = out.to_str().unwrap();
        let key = ["--kind", "carrier-key", "--certificate", &certificate, "--html"];
        let found = server.run(&[&["assess", "--json", "--out", out], &key[..]].concat()).expect(0).json();
        (found, server.beside(name))
    };
    let (before, out) = assess("before");
    assert_eq!((&before["at_most"]["rows"], &before["people"]), (&270.into(), &Value::Null));
    let offered = |found: &Value| found["statements"].to_string().contains("with `bulla count`");
    assert!(offered(&before));
    let shares = before["by_shipper"].as_array().unwrap();
    let shipper = |rows: u64| shares.iter().find(|own| own["rows"] == rows).unwrap()["shipper"].as_str().unwrap();

    let counted = |more: &[&str]| {
        let ask = ["count", "--ticket", "CASE-17", "--principal", "lead-1"];
        let said = server.run(&[&ask, more].concat()).expect(0).text().to_owned();
        said.split_once(" of ").unwrap().0.to_owned()
    };
    assert_eq!(counted(&["--shipper", shipper(150)]), "at most 110 people in 150 rows");
    assert_eq!(counted(&["--shipper", shipper(120)]), "at most 105 people in 120 rows");
    assert!(offered(&assess("parts").0), "of parts there is no sum");
    let both = format!("{},{}", shipper(150), shipper(120));
    assert_eq!(counted(&["--shipper", &both]), "at most 205 people in 270 rows");
    let written = out.join("assessment.json");
    assert_eq!(counted(&["--of", written.to_str().unwrap()]), "at most 205 people in 270 rows");

    let (after, out) = assess("after");
    assert_eq!(
        (&after["people"]["people"], &after["people"]["rows"], offered(&after)),
        (&205.into(), &270.into(), false)
    );
    for (file, said) in [
        ("assessment.txt", "of at most 205 different people by name and postal code"),
        (
            "assessment.html",
            "They go to at most 205 different people by name and postal code, as the warden counted them",
        ),
        (
            "assessment.fr.html",
            "Elles vont à 205 personnes différentes au plus, selon nom et code postal, comptées par",
        ),
    ] {
        assert!(fs::read_to_string(out.join(file)).unwrap().contains(said), "{file}");
    }
    let bundle = out.join("bundle.bulla");
    server.run(&["verify", bundle.to_str().unwrap()]).expect(3);
    // A taken warden's word is nobody's.
    let taken = server.run(&["assess", "--json", "--kind", "warden", "--out", out.to_str().unwrap()]).expect(0).json();
    assert_eq!((&taken["at_most"]["rows"], &taken["people"]), (&270.into(), &Value::Null));
}

/// Fewer people than a number is given of: it is logged that there was a count, and no more.
#[test]
fn few_people_in_many_rows_are_not_told() {
    let server = Server::start();
    send(&server, 1, &(0..120).map(|row| format!("OLVERIN QUASTERBY {}", row % 99)).collect::<Vec<_>>());
    let said = count(&server, "lead-1").expect(0).text();
    assert!(said.starts_with("too few people in 120 rows of "), "{said}");
    assert_eq!(
        (&last(&server, "counted")["people"], &last(&server, "counted")["outcome"]),
        (&Value::Null, &"withheld".into())
    );
}

/// The warden is killed between announcing and counting: what is in the ledger says so, and the same set can be counted again.
#[test]
fn a_killed_warden_leaves_an_intent_without_an_end() {
    let mut server = Server::start();
    send(&server, 1, &(0..120).map(|row| format!("OLVERIN QUASTERBY {row}")).collect::<Vec<_>>());
    server.kill("witness", Signal::KILL);
    let asked = std::thread::scope(|scope| {
        let asking = scope.spawn(|| count(&server, "lead-1"));
        support::wait_for("an intent", || {
            (server.dir("warden").join("ledger/log").exists() && has_intent(&server)).then_some(())
        });
        server.kill("warden", Signal::KILL);
        asking.join().unwrap()
    });
    assert_ne!(asked.code, 0, "{}", asked.stderr);
    server.start_role("witness");
    server.start_role("warden");
    assert_eq!(kinds(&server), ["count_intent"]);
    assert!(count(&server, "lead-1").expect(0).text().starts_with("at most 120 people"));
    assert_eq!(kinds(&server), ["count_intent", "count_intent", "counted"]);
}

/// It is durable in the warden's log before anything else.
fn has_intent(server: &Server) -> bool {
    let log = std::fs::read(server.dir("warden").join("ledger/log")).unwrap();
    log.windows(14).any(|part| part == b"\"count_intent\"".as_slice())
}
