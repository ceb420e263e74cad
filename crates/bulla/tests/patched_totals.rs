//! Shippers' signed totals against a gateway whose binary was changed (`gateway::taken`), which hides and undercounts: real
//! processes at level 1. With the word of all shippers on the whole window there is an upper bound, and what was hidden is in it. Only in
//! a build with `--features leaky`.
#![cfg(feature = "leaky")]
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod support;

use ledger::{SentTotals, SentTotalsRecord, Time, canonical};
use rustix::process::Signal;
use serde_json::Value;
use std::{fs, path::PathBuf};
use support::{
    Server,
    answer::at_most,
    bulla,
    document::{Notice, notice, values},
    http,
};

const SHIPPERS: [&str; 2] = ["northshop", "lakeshop"];

fn text(server: &Server, name: &str) -> String {
    server.beside(name).to_str().unwrap().to_owned()
}

fn now() -> Time {
    Time::from_milliseconds(jiff::Timestamp::now().as_millisecond())
}

/// A moment that is certainly after what was cosigned until now: clocks differ by one second.
fn after_this() -> Time {
    wait(1_100)
}

/// Until what is cosigned from then on is certainly after this moment: notes tell whole seconds.
fn until_it_is_over() {
    wait(2_100);
}

fn wait(milliseconds: i64) -> Time {
    let end = now().milliseconds() + milliseconds;
    support::wait_for("some seconds", || Some(now()).filter(|now| now.milliseconds() >= end))
}

/// Officers sign who may do what from now on: as it stands, with a change.
fn decide(server: &Server, change: impl FnOnce(String) -> String) {
    let (file, draft) = (text(server, "people.toml"), text(server, "draft.json"));
    fs::write(&file, change(server.run(&["authority", "people"]).expect(0).text())).unwrap();
    server.run(&["authority", "draft", &file, "--out", &draft]).expect(0);
    let key = server.dir("demo").join("authority.key");
    bulla(&["authority", "sign", &draft, "--key", key.to_str().unwrap()], &server.beside(".")).expect(0);
    server.run(&["authority", "submit", &draft]).expect(0);
}

/// A private key in a file, and its public half.
fn key(server: &Server, name: &str) -> String {
    bulla(&["totals", "init", "--key", &text(server, name)], &server.beside(".")).expect(0).text().trim().to_owned()
}

fn pseudonym(server: &Server, shipper: &str) -> String {
    let partners: toml::Table = fs::read_to_string(server.dir("demo").join("partners.toml")).unwrap().parse().unwrap();
    let all = partners["partner"].as_array().unwrap();
    let own = all.iter().find(|own| own["id"].as_str() == Some(shipper)).unwrap();
    own["pseudonym"].as_str().unwrap().to_owned()
}

/// What a shipper sends goes into files of its own as well, which the gateway never sees.
fn send(server: &Server, shipper: &str, document: Notice) {
    let document = Notice { sender: shipper.to_uppercase(), ..document };
    let folder = server.beside(shipper);
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join(format!("{}.edi", document.control)), document.bytes()).unwrap();
    let token = server.token(shipper);
    let answer = http::post(&server.address(), "/v1/interchanges", &token, &document.bytes()).unwrap();
    assert_eq!(answer.status, 200, "its sender sees nothing: {}", answer.text());
}

/// `bulla totals sign` counts what was sent and signs whole days that are over. This window ended just now: the same counts are signed
/// for it.
fn totals(server: &Server, shipper: &str, window: [Time; 2], seen: &str) -> SentTotals {
    let files = fs::read_dir(server.beside(shipper)).unwrap().map(|file| file.unwrap().path());
    let files: Vec<PathBuf> = files.collect();
    let (own, out) = (text(server, &format!("{shipper}.key")), text(server, "days.json"));
    let day = (jiff::Timestamp::now() - jiff::SignedDuration::from_hours(24)).to_string()[..10].to_owned();
    let sign =
        ["totals", "sign", "--shipper", &pseudonym(server, shipper), "--day", &day, "--key", &own, "--out", &out];
    let files: Vec<&str> = files.iter().map(|path| path.to_str().unwrap()).collect();
    server.run(&[&sign[..], &files].concat()).expect(0);
    let counted: SentTotals = serde_json::from_slice(&fs::read(&out).unwrap()).unwrap();
    let seed: [u8; 32] = hex::decode(fs::read_to_string(own).unwrap().trim()).unwrap().try_into().unwrap();
    let [from, to] = window;
    SentTotals::new(SentTotalsRecord { from, to, seen: seen.to_owned(), ..counted.record }, &seed.into())
}

fn assess(server: &Server, [from, to]: [Time; 2], totals: &str) -> Value {
    let (pins, out) = (text(server, "pins.toml"), text(server, "answer"));
    let (from, to) = (from.to_string(), to.to_string());
    let ask = ["assess", "--kind", "host", "--workers", "gw-1", "--from", &from, "--until", &to, "--totals", totals];
    let found = server.run(&[&ask[..], &["--pins", &pins, "--json", "--out", &out]].concat()).expect(0).json();
    let verified = server.run(&["verify", &format!("{out}/bundle.bulla"), "--pins", &pins]).expect(0).text();
    assert!(verified.contains("VERIFIED") && found["level"] == 1, "{verified}");
    assert_eq!(verified.contains("NO UPPER BOUND"), at_most(&found).is_none(), "{verified}");
    found
}

/// Through a gateway that hides eleven and four, and says one of thirteen: what the thief has kept, and when he was there.
fn while_it_was_taken(server: &mut Server) -> (u64, [Time; 2]) {
    let from = after_this();
    server.kill("gateway", Signal::KILL);
    assert!(server.try_role("gateway", &[("BULLA_TAKEN", "hide=HIDDEN few=FEWER-1 back=BACK-1")]));
    server.wait_until_ready();
    send(server, "northshop", notice(2, "OPEN-1", 7));
    send(server, "northshop", notice(3, "HIDDEN-1", 11));
    send(server, "northshop", notice(4, "FEWER-1", 13));
    send(server, "northshop", notice(5, "BACK-1", 5));
    send(server, "lakeshop", notice(6, "HIDDEN-2", 4));
    server.wait_until_anchored();
    let kept = fs::read_dir(server.dir("gateway").join("kept")).unwrap();
    let kept = kept.map(|file| values(&fs::read(file.unwrap().path()).unwrap(), "MAN*CP", 2).len() as u64).sum();
    server.kill("gateway", Signal::KILL);
    let to = now();
    until_it_is_over();
    (kept, [from, to])
}

#[test]
fn shippers_totals_bound_what_a_changed_gateway_hid() {
    let mut server = Server::apart(0);
    let keys = SHIPPERS.map(|shipper| (pseudonym(&server, shipper), key(&server, &format!("{shipper}.key"))));
    let enrolled = keys.map(|(shipper, key)| format!("\n[[shipper]]\nshipper = \"{shipper}\"\nkey = \"{key}\"\n"));
    decide(&server, |people| people + &enrolled.concat());
    send(&server, "northshop", notice(1, "BEFORE-1", 20));
    server.wait_until_anchored();
    let (read, taken) = while_it_was_taken(&mut server);
    assert_eq!(read, 40);

    // The gateway is set up anew, with a key that no thief has seen.
    server.start_role("gateway");
    server.wait_until_ready();
    server.wait_until_anchored();
    let old = fs::read_to_string(server.dir("gateway").join("worker.key")).unwrap();
    let old = ed25519_dalek::SigningKey::from_bytes(&hex::decode(old.trim()).unwrap().try_into().unwrap());
    let new = key(&server, "worker.key");
    decide(&server, |people| people.replace(&hex::encode(old.verifying_key().to_bytes()), &new));
    server.kill("gateway", Signal::KILL);
    fs::copy(server.beside("worker.key"), server.dir("gateway").join("worker.key")).unwrap();
    server.start_role("gateway");
    server.wait_until_ready();
    server.wait_until_anchored();
    let over = after_this();
    let window = [Time::from_milliseconds(over.milliseconds() - 86_400_000), over];
    until_it_is_over();
    let next = notice(7, "AFTER-1", 2);
    assert_eq!(server.post(&next.bytes()).status, 200);
    server.wait_until_anchored();
    let seen = server.run(&["ledger", "head", "--raw"]).expect(0).text();

    let folder = server.beside("totals");
    fs::create_dir(&folder).unwrap();
    let write = |shipper: &str| {
        let totals = totals(&server, shipper, window, &seen);
        fs::write(folder.join(format!("{shipper}.json")), canonical::bytes(&totals)).unwrap();
    };
    write("northshop");
    let found = assess(&server, taken, folder.to_str().unwrap());
    assert_eq!((at_most(&found), &found["recorded"]["rows"]), (None, &33.into()), "one shipper has not said anything");
    write("lakeshop");
    let found = assess(&server, taken, folder.to_str().unwrap());
    assert_eq!((at_most(&found), &found["recorded"]["rows"]), (Some(60), &33.into()), "{found}");
    let own = |list: &str, shipper: &str| {
        let all = found[list].as_array().unwrap();
        all.iter().find(|own| own["shipper"] == *pseudonym(&server, shipper)).unwrap().clone()
    };
    for (shipper, sent, recorded) in [("northshop", 56, 33), ("lakeshop", 4, 0)] {
        let said = own("sent", shipper);
        assert_eq!((&said["rows"], &said["recorded"], &said["covers"]), (&sent.into(), &recorded.into(), &true.into()));
        assert_eq!(
            own("by_shipper", shipper)["rows"],
            sent,
            "he has read 36 of the one's parcels and 4 of the other's"
        );
    }
}
