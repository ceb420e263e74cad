//! Copies of directories that a thief starts elsewhere, as the processes that they were, with an agent's keys: what they open is
//! never above what is answered of what was stolen, and their ledger is another one, or an older one, for whoever has a note of ours.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod support;
#[path = "support/thief.rs"]
#[allow(dead_code, reason = "other tests use the rest")]
mod thief;

use api::warden::{Ask, Refusal};
use ledger::{
    Classes, FieldClass, Hash, OpeningRequest, Time,
    opening::{Purpose, Scope},
};
use rustix::process::Signal;
use seal::{PeriodSecretKey, Stored};
use std::{collections::BTreeSet, fs};
use support::{
    Ran, Server,
    document::{Notice, notice},
    http,
};
use thief::Keys;

/// What a thief states: his copies, and the agent's keys.
const STOLEN: &str = "[[hypothesis]]\nkind = \"storage\"\n\n[[hypothesis]]\nkind = \"warden\"\n\n\
                      [[hypothesis]]\nkind = \"principal\"\nprincipal = \"support-7\"\n";

fn send(server: &Server, control: u32, parcels: u32) -> Notice {
    let document = notice(control, &format!("COPIED-{control}"), parcels);
    assert_eq!(server.post(&document.bytes()).status, 200);
    server.wait_until_delivered();
    document
}

fn open(server: &Server, tracking: &str) -> Ran {
    server.run(&["open", "--tracking", tracking, "--purpose", "support", "--ticket", "CASE-1"])
}

fn of_kind(server: &Server, kind: &str) -> usize {
    server.entries().iter().filter(|entry| entry["entry"]["type"] == kind).count()
}

/// The bound, of these hypotheses together.
fn at_most(server: &Server, hypotheses: &str) -> u64 {
    let (file, pins) = (server.beside("stolen.toml"), server.beside("pins.toml"));
    fs::write(&file, hypotheses).unwrap();
    let (out, file, pins) = (server.beside("answer"), file.to_str().unwrap(), pins.to_str().unwrap());
    let ask = ["assess", "--hypothesis", file, "--pins", pins, "--json", "--out", out.to_str().unwrap()];
    let found = server.run(&ask).expect(0).json();
    assert_eq!((&found["level"], &found["at_most"]["unbounded"]), (&1.into(), &false.into()));
    found["at_most"]["rows"].as_u64().unwrap()
}

/// What whoever has our pins, and a note of ours besides, says of a bundle: the exit and its words.
fn shown(server: &Server, bundle: &str, note: &str) -> (i32, String) {
    let (pins, file) = (server.beside("pins.toml"), server.beside("note"));
    fs::write(&file, note).unwrap();
    let ran = server.run(&["verify", bundle, "--pins", pins.to_str().unwrap(), "--note", file.to_str().unwrap()]);
    (ran.code, ran.text() + &ran.stderr)
}

fn note(server: &Server) -> String {
    server.run(&["ledger", "head", "--raw"]).expect(0).text()
}

/// Everything was copied, the witness, too: nobody is left who would not cosign.
#[test]
fn a_copied_installation_opens_what_was_copied_and_shows_another_ledger() {
    let server = Server::apart(0);
    let document = send(&server, 1, 5);
    open(&server, &document.tracking(1)).expect(0);
    server.wait_until_anchored();
    let old = note(&server);
    // The witness first: who had seen more than the copied warden's ledger would not cosign for that.
    let mut copy = server.copied(&["witness", "gateway", "warden", "carrier"]);
    let later = send(&server, 2, 3);
    let new = note(&server);
    ["witness", "warden", "carrier", "gateway"].into_iter().for_each(|role| copy.start_role(role));
    copy.wait_until_ready();

    let before = (of_kind(&server, "intent"), of_kind(&server, "start"));
    let reads = |document: &Notice, parcel: &u32| {
        open(&copy, &document.tracking(*parcel)).text().contains(&document.street(*parcel))
    };
    let read: Vec<_> = (1..=5).filter(|parcel| reads(&document, parcel)).collect();
    assert_eq!(read, [1, 2, 3, 4, 5], "he has them all");
    assert!(!(1..=3).any(|parcel| reads(&later, &parcel)), "and nothing that came later");
    assert_eq!((of_kind(&server, "intent"), of_kind(&server, "start")), before, "of which our ledger knows nothing");
    assert_eq!(of_kind(&copy, "intent"), before.0 + 5);
    assert_eq!(at_most(&server, STOLEN), 8);
    let agent = STOLEN.rsplit_once("\n\n").unwrap().1;
    assert_eq!(at_most(&server, agent), 1, "what was taken is to be said: of the agent's keys alone there was one");

    // What he has others believe.
    copy.wait_until_anchored();
    let out = copy.beside("shown");
    copy.run(&["assess", "--kind", "principal", "--principal", "support-7", "--out", out.to_str().unwrap()]).expect(0);
    let bundle = out.join("bundle.bulla");
    let bundle = bundle.to_str().unwrap();
    let (code, text) = shown(&server, bundle, &old);
    assert!((code, text.contains("VERIFIED")) == (0, true), "a note from before tells nobody: {text}");
    let (code, text) = shown(&server, bundle, &new);
    assert!((code, text.contains("SPLIT VIEW")) == (5, true), "{text}");
}

/// Asks a copied warden itself, with the agent's key and what a copied gateway has of a parcel.
fn ask(copy: &Server, row: u32) -> Refusal {
    let vault = vault::Vault::open(&copy.dir("gateway")).unwrap();
    let batch = vault.headers().next().unwrap().unwrap().batch;
    let octets = vault.batch(&batch).unwrap().unwrap();
    let stored = Stored::parse(&octets).unwrap();
    let header = stored.header().unwrap();
    let key = |name: &str| -> [u8; 32] {
        let text = fs::read_to_string(copy.dir("demo").join(name)).unwrap();
        hex::decode(text.trim()).unwrap().try_into().unwrap()
    };
    let scope = Scope {
        principal: "support-7".parse().unwrap(),
        purpose: Purpose::Support,
        ticket: "CASE-2".parse().unwrap(),
        batch,
        header: header.salted(&stored.salt()),
        rows: [row].into(),
        classes: Classes::of(&[FieldClass::Address]),
        requested: Time::from_milliseconds(jiff::Timestamp::now().as_millisecond()),
        nonce: Hash([row as u8; 32]),
    };
    let wrapped = stored.encapsulations(&header).into_iter().map(|octets| octets.to_vec().into()).collect();
    let ask = Ask {
        request: OpeningRequest::new(scope, &key("support-7.key").into()),
        result_key: PeriodSecretKey::from_bytes(&key("support-7.result-key")).public().to_bytes().into(),
        approval: None,
        salt: stored.salt(),
        encapsulations: wrapped,
        body: stored.body().to_vec().into(),
        header,
    };
    let address = fs::read_to_string(copy.dir("warden").join("address")).unwrap();
    let body = serde_json::to_vec(&ask).unwrap();
    let answer = http::post(address.trim().trim_start_matches("http://"), "/v1/openings", "", &body).unwrap();
    let problem: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
    serde_json::from_value(problem["refusal"].clone()).unwrap()
}

/// He has no witness: that which has seen our ledger go on cosigns no other.
#[test]
fn a_copied_warden_opens_nothing_without_a_witness_and_shows_an_older_ledger() {
    let server = Server::apart(0);
    let document = send(&server, 1, 5);
    let mut copy = server.copied(&["gateway", "warden"]);
    let ledger = copy.beside("old-ledger");
    support::copy(&copy.dir("warden").join("ledger"), &ledger);
    copy.start_role("warden");
    let read: BTreeSet<_> =
        Keys::among(&copy.dir("warden")).read(&copy.dir("gateway")).iter().map(|own| own.row).collect();
    assert_eq!(read, [0, 1, 2, 3, 4, 5].into(), "from the files alone he reads them");
    assert!(read.len() as u64 - 1 <= at_most(&server, STOLEN));
    send(&server, 2, 3);
    for row in 1..=5 {
        let refusal = ask(&copy, row);
        assert!(matches!(refusal, Refusal::Quorum { got: 0, .. } | Refusal::Stopped { .. }), "{refusal}");
        assert!(refusal.to_string().contains("this directory is older than what the witness has seen"), "{refusal}");
    }
    copy.start_role("gateway");
    let said = open(&copy, &document.tracking(1)).expect(2);
    assert!(said.stdout.is_empty() && said.stderr.contains("no keys from the warden yet"), "{}", said.stderr);
    copy.kill("warden", Signal::KILL);
    assert!(!copy.try_role("warden", &[]), "nor does it start once more");
    assert!(copy.output().contains("this directory is older than what the witness has seen"), "{}", copy.output());
    assert_eq!(of_kind(&server, "intent"), 0);
    open(&server, &document.tracking(1)).expect(0);
    server.wait_until_anchored();

    let (out, old) = (copy.beside("shown"), ledger.to_str().unwrap());
    let show = ["assess", "--kind", "principal", "--principal", "support-7", "--ledger", old, "--out"];
    copy.run(&[&show[..], &[out.to_str().unwrap()]].concat()).expect(0);
    let (code, text) = shown(&server, out.join("bundle.bulla").to_str().unwrap(), &note(&server));
    assert!(code == 1 && text.contains("it leaves out what came since"), "{code} {text}");
}
