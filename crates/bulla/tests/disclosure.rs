//! The second journey, played against the real processes: ask, log, open; and forget.

#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod support;

use rustix::process::Signal;
use serde_json::Value;
use std::{fs, path::Path};
use support::{
    Ran, Server, copy,
    document::{Notice, notice, values},
    example, http,
};

const FOREVER: &str = "2090-01-01";

fn open(server: &Server, tracking: &str, classes: &str) -> Ran {
    let what = ["open", "--tracking", tracking, "--class", classes];
    server.run(&[&what[..], &["--purpose", "support", "--ticket", "CASE-17"]].concat())
}

/// The sample, sent and delivered, with its text.
fn with_sample() -> (Server, Vec<u8>) {
    let server = Server::start();
    let sample = example("manifest-856.edi");
    server.run(&["send", sample.to_str().unwrap()]).expect(0);
    server.wait_until_delivered();
    (server, fs::read(sample).unwrap())
}

/// What the sealed classes of the sample hold.
fn personal(sample: &[u8]) -> Vec<String> {
    let places =
        [("N1*ST", 2), ("N3", 1), ("N4", 1), ("N4", 3), ("PER", 2), ("PER", 4), ("MAN", 2), ("PRF", 1), ("SAC", 5)];
    let mut all: Vec<String> = places.iter().flat_map(|(begins, element)| values(sample, begins, *element)).collect();
    all.retain(|value| value.len() >= 4);
    assert!(all.len() > 900, "the sample has personal data");
    all
}

fn types(entries: &[Value]) -> Vec<&str> {
    entries.iter().map(|e| e["entry"]["type"].as_str().unwrap()).collect()
}

/// The instruction's parcels are found by each of their numbers and opened; the carrier got the same in its own form.
#[test]
fn an_edifact_instruction_is_found_and_opened() {
    let server = Server::start();
    let sample = example("manifest-iftmin.edi");
    let sent = server.run(&["send", sample.to_str().unwrap()]).expect(0);
    assert!(sent.text().contains("'UCI+IM2611020001+NORTHSHOP:ZZ+DEMOCARRIER:ZZ+7'UCM+1+IFTMIN:D:96A:UN+7'"));
    server.wait_until_delivered();
    let find = |what, number| server.run(&["find", what, number, "--json"]).expect(0).json();
    let numbers = [("--tracking", "399991570759000128"), ("--order", "NS-610002"), ("--manifest", "NS-IM-0002")];
    for (what, number) in numbers {
        let found = find(what, number);
        assert_eq!(found.as_array().unwrap().len(), 1, "{what}");
        assert_eq!((&found[0]["weight_grams"], &found[0]["province"]), (&12_500.into(), &"QC".into()), "{what}");
        assert_eq!((&found[0]["ship_date"], &found[0]["service"]), (&20261103.into(), &"G2".into()), "{what}");
    }
    let shown = open(&server, "9999157075900002", "address,remarks").expect(0).text();
    for value in ["OLVERIN QUASTERBY", "18 FENWILLOW CRESCENT", "APT 204", "G1A0A2"] {
        assert!(shown.contains(value), "{shown}");
    }
}

#[test]
fn finding_shows_nothing_personal() {
    let (server, sample) = with_sample();
    let tracking = values(&sample, "MAN*CP", 2);
    let order = values(&sample, "PRF", 1)[1].clone();
    let number = values(&sample, "BSN", 2)[0].clone();
    let personal = personal(&sample);
    for (what, value, count) in [("--tracking", &tracking[0], 1), ("--order", &order, 2), ("--manifest", &number, 210)]
    {
        let json = server.run(&["find", what, value, "--json"]).expect(0);
        let found = json.json();
        assert_eq!(found.as_array().unwrap().len(), count, "{what}");
        let people = server.run(&["find", what, value]).expect(0);
        for shown in [json.text(), people.text(), people.stderr] {
            let leaked: Vec<_> = personal.iter().filter(|p| shown.contains(p.as_str())).collect();
            assert!(leaked.is_empty(), "{what} shows {leaked:?}");
        }
    }
    let parcel = &server.run(&["find", "--tracking", &tracking[0], "--json"]).expect(0).json()[0];
    assert_eq!(parcel["weight_grams"], 8260);
    assert_eq!((&parcel["province"], &parcel["status"]), (&"ON".into(), &"current".into()));
    assert_eq!((&parcel["shipper"], &parcel["carrier"]), (&"northshop".into(), &"democarrier".into()));
    assert_eq!(parcel["delivery"]["state"], "acknowledged");
    let events: Vec<_> = parcel["history"].as_array().unwrap().iter().map(|e| e["event"].as_str().unwrap()).collect();
    assert_eq!(
        events,
        ["received", "acknowledged to the shipper", "sent to the carrier", "acknowledged by the carrier"]
    );

    let spaced = tracking[0].chars().map(String::from).collect::<Vec<_>>().join(" ");
    assert_eq!(server.run(&["find", "--tracking", &spaced, "--json"]).expect(0).json().as_array().unwrap().len(), 1);
    assert!(server.run(&["find", "--tracking", "9999000000000000"]).expect(1).stderr.contains("nothing found"));
    let from_lakeshop = server.dir("demo").join("lakeshop.token");
    let foreign = ["find", "--tracking", &tracking[0], "--token-file", from_lakeshop.to_str().unwrap()];
    server.run(&foreign).expect(1);
    assert_eq!(types(&server.entries()).iter().filter(|t| **t == "intent").count(), 0, "finding opens nothing");
}

#[test]
fn an_opening_is_logged_and_cosigned_before_it_shows_the_address() {
    let (server, sample) = with_sample();
    let (tracking, names, streets) =
        (values(&sample, "MAN*CP", 2), values(&sample, "N1*ST", 2), values(&sample, "N3", 1));
    let before = server.entries().len();
    let shown = open(&server, &tracking[0], "address").expect(0);
    assert!(shown.text().contains(&names[0]) && shown.text().contains(&streets[1]), "{}", shown.text());
    for other in names.iter().filter(|name| **name != names[0]) {
        assert!(!shown.text().contains(other.as_str()), "one row was asked for");
    }
    assert!(
        shown.stderr.contains("ledger.example/demo") && shown.stderr.contains("— witness.example/demo "),
        "{}",
        shown.stderr
    );

    let entries = server.entries();
    let new = &entries[before..];
    let intent = new.iter().position(|e| e["entry"]["type"] == "intent").expect("an intent");
    let receipt = new.iter().position(|e| e["entry"]["type"] == "receipt").expect("a receipt");
    assert!(intent < receipt);
    let scope = &new[intent]["entry"]["request"]["scope"];
    let said = [&scope["principal"], &scope["purpose"], &scope["ticket"], &scope["rows"], &scope["classes"]];
    assert_eq!(serde_json::json!(said).to_string(), r#"["support-7","support","CASE-17",[1],["linkable","address"]]"#);
    assert_eq!(new[receipt]["entry"]["outcome"], "opened");
    assert_eq!(new[receipt]["entry"]["opening"], new[intent]["entry"]["opening"]);
    let first_line = shown.stderr.lines().position(|line| line == "ledger.example/demo").expect("a checkpoint");
    let size: u64 = shown.stderr.lines().nth(first_line + 1).unwrap().parse().unwrap();
    assert!(size > (before + intent) as u64, "the checkpoint that was cosigned has the intent");

    let with_phone = values(&sample, "PER*DC", 4);
    let text = String::from_utf8(sample.clone()).unwrap();
    let after_phone = text.split(&with_phone[0]).nth(1).unwrap();
    let its_tracking = values(after_phone.as_bytes(), "MAN*CP", 2)[0].clone();
    let contact = open(&server, &its_tracking, "contact").expect(0);
    assert!(contact.text().contains(&with_phone[0]), "{}", contact.text());

    for (arguments, word) in [
        (["--class", "address", "--purpose", "notice", "--ticket", "CASE-17"], "purpose"),
        (["--class", "operational", "--purpose", "support", "--ticket", "CASE-17"], "class"),
    ] {
        let refused = server.run(&[&["open", "--tracking", &tracking[0]], &arguments[..]].concat());
        assert_eq!((refused.code, refused.stdout.len()), (1, 0), "{}", refused.stderr);
        assert!(refused.stderr.contains(word), "{}", refused.stderr);
    }
}

#[test]
fn without_a_witness_nothing_opens() {
    let (mut server, sample) = with_sample();
    let tracking = &values(&sample, "MAN*CP", 2)[0];
    server.kill("witness", Signal::KILL);
    let refused = open(&server, tracking, "address");
    assert_eq!((refused.code, refused.stdout.len()), (1, 0), "{}", refused.stderr);
    assert!(refused.stderr.contains("witness"), "it says who is missing: {}", refused.stderr);
    let shred = server.run(&["retention", "run", "--now", FOREVER]);
    assert_eq!(shred.code, 2, "without a witness nothing is destroyed either");
    assert!(shred.stderr.contains("witness"), "{}", shred.stderr);
    assert_eq!(server.post(&notice(71, "NO-WITNESS", 1).bytes()).status, 200, "intake goes on");

    server.start_role("witness");
    // Not even an announcement was made: the keys are as they were.
    let status = server.run(&["retention", "status", "--json"]).expect(0).json();
    for period in status.as_array().unwrap() {
        assert_eq!(period["state"], "live", "{period}");
    }
}

#[test]
fn without_a_warden_nothing_opens_but_intake_goes_on() {
    let (mut server, sample) = with_sample();
    let tracking = &values(&sample, "MAN*CP", 2)[0];
    server.kill("warden", Signal::KILL);
    let refused = open(&server, tracking, "address");
    assert_eq!((refused.code, refused.stdout.len()), (1, 0), "{}", refused.stderr);
    assert!(refused.stderr.contains("warden"), "{}", refused.stderr);
    assert_eq!(server.post(&notice(72, "NO-WARDEN", 1).bytes()).status, 200);
    server.start_role("warden");
    server.wait_until_delivered();
    open(&server, tracking, "address").expect(0);
}

/// Everything that a gateway has, as a backup holds it.
fn back_up(server: &mut Server, to: &Path) {
    server.kill("gateway", Signal::TERM);
    copy(&server.dir("gateway"), to);
    server.start_role("gateway");
    server.wait_until_ready();
}

#[test]
fn what_is_forgotten_stays_so_with_an_old_gateway_put_back() {
    let (mut server, sample) = with_sample();
    let tracking = values(&sample, "MAN*CP", 2)[0].clone();
    let backup = server.beside("backup");
    back_up(&mut server, &backup);
    open(&server, &tracking, "address").expect(0);
    let early = server.run(&["retention", "run", "--now", "2020-01-01", "--json"]).expect(0).json();
    assert_eq!(early["shredded"].as_array().unwrap().len(), 0, "nothing has ended yet");
    open(&server, &tracking, "address").expect(0);

    let done = server.run(&["retention", "run", "--now", FOREVER, "--json"]).expect(0).json();
    let shredded = done["shredded"].as_array().unwrap();
    assert!(!shredded.is_empty());
    let entries = server.entries();
    for period in shredded {
        let (intent, shred) = (period["intent"].as_u64().unwrap() as usize, period["shred"].as_u64().unwrap() as usize);
        assert!(intent < shred, "announced before it is done");
        assert_eq!(types(&entries)[intent], "shred_intent");
        assert_eq!(types(&entries)[shred], "shred");
        assert_eq!(entries[shred]["entry"]["period"], period["period"]);
    }
    let status = server.run(&["retention", "status", "--json"]).expect(0).json();
    assert!(status.as_array().unwrap().iter().all(|period| period["state"] == "shredded"), "{status}");

    let refused = |server: &Server, when: &str| {
        let ran = open(server, &tracking, "address,contact,linkable");
        assert_eq!((ran.code, ran.stdout.len()), (1, 0), "{when}: {}", ran.stderr);
        assert!(ran.stderr.contains("shredded"), "{when}: {}", ran.stderr);
    };
    refused(&server, "at once");

    server.kill("gateway", Signal::TERM);
    let gateway = server.dir("gateway");
    fs::rename(&gateway, server.beside("gateway-after")).unwrap();
    copy(&backup, &gateway);
    server.start_role("gateway");
    server.wait_until_ready();
    let found = server.run(&["find", "--tracking", &tracking, "--json"]).expect(0).json();
    assert_eq!(found.as_array().unwrap().len(), 1, "the old gateway still has the sealed batch");
    refused(&server, "with the old gateway");

    server.kill("gateway", Signal::TERM);
    server.restart("warden");
    server.start_role("gateway");
    // Until it has its keys a gateway answers 503, whatever is asked.
    server.wait_until_ready();
    refused(&server, "after a new start of all");
}

#[test]
fn a_month_that_was_forgotten_takes_nothing_more() {
    let (server, _) = with_sample();
    server.run(&["retention", "run", "--now", FOREVER]).expect(0);
    let answer = server.post(&notice(73, "AFTER-1", 1).bytes());
    assert_eq!(answer.status, 503, "{}", answer.text());
    assert!(answer.text().contains("period"), "it says why: {}", answer.text());
}

#[test]
fn an_old_gateway_put_back_goes_on_and_counts_for_what_it_forgot() {
    let (mut server, _) = with_sample();
    let backup = server.beside("backup");
    back_up(&mut server, &backup);
    let later = notice(74, "LATER-1", 1);
    assert_eq!(server.post(&later.bytes()).status, 200);
    server.wait_until_delivered();
    server.kill("gateway", Signal::TERM);
    let gateway = server.dir("gateway");
    fs::rename(&gateway, server.beside("gateway-after")).unwrap();
    copy(&backup, &gateway);
    server.start_role("gateway");
    server.wait_until_ready();
    assert_eq!(server.post(&notice(75, "LATER-2", 1).bytes()).status, 200);
    server.wait_until_anchored();
    // It knows nothing of the start in which the later document came, and so does not say that that one is over.
    let logged = server.entries();
    let of = |kind: &str| logged.iter().map(|e| e["entry"].clone()).filter(|e| e["type"] == kind).collect::<Vec<_>>();
    let (starts, ticks) = (of("start"), of("tick"));
    let instance = |entry: &Value| entry["record"]["instance"].clone();
    let [_, second, third] = &starts[..] else { panic!("three starts: {starts:?}") };
    assert_ne!(third["record"]["closes"][0]["instance"], instance(second));
    let credit =
        ticks.iter().rfind(|tick| instance(tick) == instance(second)).unwrap()["record"]["credit"]["rows"].clone();
    let out = server.beside("assessed");
    let found = server.run(&["assess", "--kind", "warden", "--json", "--out", out.to_str().unwrap()]).expect(0).json();
    assert_eq!((&found["gaps"][0]["instance"], &found["gaps"][0]["rows"]), (&instance(second), &credit));
}

#[test]
fn the_ledger_is_shown_and_exported() {
    let (server, _) = with_sample();
    let head = server.run(&["ledger", "head"]).expect(0).text();
    assert!(head.contains("origin  ledger.example/demo") && head.contains("signed  ledger.example/demo"), "{head}");
    assert!(head.contains("cosigned witness.example/demo at "), "{head}");
    let note = server.run(&["ledger", "head", "--raw"]).expect(0).text();
    assert!(note.starts_with("ledger.example/demo\n") && note.contains("\n\n— ledger.example/demo "), "{note}");
    let size: usize = note.lines().nth(1).unwrap().parse().unwrap();

    let lines = server.run(&["ledger", "entries", "--json"]).expect(0).text();
    let entries: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(entries.len() >= size);
    assert_eq!(types(&entries)[0], "genesis");
    let intakes = server.run(&["ledger", "entries", "--type", "intake"]).expect(0).text();
    assert_eq!(
        intakes.lines().filter(|line| line.contains("gw-1 #1: accepted, at most 210 rows, 1 batches")).count(),
        1,
        "{intakes}"
    );

    let out = server.beside("export");
    server.run(&["ledger", "export", out.to_str().unwrap()]).expect(0);
    let exported = fs::read_to_string(out.join("checkpoint")).unwrap();
    let size: usize = exported.lines().nth(1).unwrap().parse().unwrap();
    let lines = fs::read_to_string(out.join("entries.jsonl")).unwrap();
    assert_eq!(lines.lines().count(), size);
    // One tile of leaf hashes, partial (C2SP tlog-tiles): its hashes are those of the entries, RFC 6962.
    let tile = fs::read(out.join(format!("tile/0/000.p/{size}"))).unwrap();
    let leaf = |line: &str| tlog::leaf_hash(line.as_bytes()).to_vec();
    let hashes: Vec<u8> = lines.lines().flat_map(leaf).collect();
    assert!(tile == hashes, "{} octets for {size} entries", tile.len());
    let bundle = format!("/v1/ledger/tile/entries/000.p/{size}");
    let bundle = http::get(&server.address(), &bundle, "").unwrap().body;
    let leaves = tlog::bundle::decode(&bundle, u16::try_from(size).unwrap()).unwrap();
    assert_eq!(leaves, lines.lines().map(str::as_bytes).collect::<Vec<_>>());
}

/// A number in another form than the document's, and one that stands for the whole manifest.
#[test]
fn what_is_found_can_be_opened() {
    let server = Server::start();
    let sent = notice(73, "FORMS-1", 2);
    let text = String::from_utf8(sent.bytes()).unwrap();
    let text = text.replace("DTM*011", "REF*CN*WHOLE-0073~\nDTM*011").replacen(
        "MAN*CP*",
        "MAN*GM*00095012345678901237~\nMAN*CP*",
        1,
    );
    let text = text.replace("SE*21*", "SE*23*");
    assert_eq!(server.post(text.as_bytes()).status, 200, "{text}");
    server.wait_until_delivered();
    for form in ["00095012345678901237", "095012345678901237", "0950-1234 5678901237"] {
        let shown = open(&server, form, "address").expect(0).text();
        assert!(shown.contains(&sent.name(1)) && !shown.contains(&sent.name(2)), "{form}: {shown}");
        assert!(!shown.contains("linkable"), "only what was asked for is shown");
    }
    let several = open(&server, "WHOLE-0073", "address");
    assert!(several.code == 2 && several.stderr.contains("--batch and --row"), "{}", several.stderr);
    let found = server.run(&["find", "--tracking", "WHOLE-0073", "--json"]).expect(0).json();
    let second = found.as_array().unwrap().iter().find(|own| own["row"] == 2).unwrap();
    let one = |row| {
        let of = ["open", "--tracking", "WHOLE-0073", "--batch", second["batch"].as_str().unwrap(), "--row", row];
        server.run(&[&of[..], &["--purpose", "support", "--ticket", "T-1"]].concat())
    };
    let shown = one("2").expect(0).text();
    assert!(shown.contains(&sent.name(2)) && !shown.contains(&sent.name(1)), "{shown}");
    assert!(one("3").expect(2).stderr.starts_with("bulla: no parcel of this number is there"));
    let whole = ["open", "--tracking", "WHOLE-0073", "--all", "--purpose", "support", "--ticket", "T-2"];
    let shown = server.run(&whole).expect(0).text();
    assert!(shown.contains(&sent.name(1)) && shown.contains(&sent.name(2)), "{shown}");
}

/// Numbers are the shippers' own: another one's thousand parcels of the same order hide nobody's.
#[test]
fn a_partner_finds_its_own_behind_any_number_of_others() {
    let server = Server::start();
    let of_order = |document: Notice| {
        let text = String::from_utf8(document.bytes()).unwrap();
        let lines = text.lines().map(|line| if line.starts_with("PRF*") { "PRF*SHARED-1~" } else { line });
        lines.collect::<Vec<_>>().join("\n")
    };
    let own = of_order(Notice { sender: "LAKESHOP".into(), ..notice(1, "OWN-1", 1) });
    let others = of_order(notice(1, "OTHERS-1", 1_100));
    for (who, document) in [("lakeshop", own), ("northshop", others)] {
        let sent = http::post(&server.address(), "/v1/interchanges", &server.token(who), document.as_bytes()).unwrap();
        assert_eq!(sent.status, 200, "{}", sent.text());
    }
    let find = |who: &str| -> Value {
        let asked = br#"{"order":"SHARED-1"}"#;
        let found = http::post(&server.address(), "/v1/parcels/search", &server.token(who), asked).unwrap();
        serde_json::from_str(&found.text()).unwrap()
    };
    let found = find("lakeshop");
    assert_eq!((found["parcels"].as_array().unwrap().len(), &found["truncated"]), (1, &false.into()));
    assert_eq!(found["parcels"][0]["shipper"], "lakeshop");
    let found = find("northshop");
    assert_eq!((found["parcels"].as_array().unwrap().len(), &found["truncated"]), (1_000, &true.into()));
}
