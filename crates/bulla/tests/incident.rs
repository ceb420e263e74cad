//! The third journey, played against the real processes: assess, prove, verify.

#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod support;

use serde_json::Value;
use sha2::{Digest, Sha256};
use std::{fs, path::PathBuf};
use support::{
    Ran, Server,
    document::{Notice, notice, values},
    example, http,
};

/// Parcels of the samples that were accepted: 210, 210, 50 of the other shipper, 1 of the one with errors.
const ROWS: u64 = 471;

/// Everything that can come: two shippers, accepted, in part, refused, repeated, no EDI.
fn after_a_day() -> Server {
    let server = Server::start();
    for sample in ["manifest-856.edi", "manifest-215.edi", "manifest-856-errors.edi"] {
        server.run(&["send", example(sample).to_str().unwrap()]).expect(0);
    }
    let second = example("manifest-856-second.edi");
    server.run(&["send", "--as", "lakeshop", second.to_str().unwrap()]).expect(0);
    let refused = Notice { receiver: "NOBODY".into(), ..notice(900, "NOWHERE-1", 5) };
    assert_eq!(server.post(&refused.bytes()).status, 422);
    assert_eq!(server.post(b"no EDI at all").status, 400);
    assert_eq!(server.post(&fs::read(example("manifest-856.edi")).unwrap()).status, 200);
    server.wait_until_delivered();
    server.wait_until_anchored();
    server
}

/// `bulla assess`, as JSON, and where the bundle is.
fn assess(server: &Server, name: &str, arguments: &[&str]) -> (Value, PathBuf) {
    let out = server.beside(name);
    let ran = server.run(&[&["assess", "--json", "--out", out.to_str().unwrap()], arguments].concat()).expect(0);
    let written: Value = serde_json::from_slice(&fs::read(out.join("assessment.json")).unwrap()).unwrap();
    assert_eq!(written, ran.json(), "what is printed is what is written");
    assert_eq!(written["schema"], "bulla.assessment/13");
    assert_eq!(written["level"], 0, "all roles are on one host");
    let ids: Vec<_> = written["assumptions"].as_array().unwrap().iter().map(|a| a["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["A1", "A2", "A3", "A4", "A5", "A6", "A7"]);
    let text = fs::read_to_string(out.join("assessment.txt")).unwrap();
    assert!(text.contains("Level 0") && text.contains("\n  A7 "), "{text}");
    (written, out.join("bundle.bulla"))
}

fn verify(server: &Server, bundle: &std::path::Path) -> Ran {
    let pins = server.dir("demo").join("pins.toml");
    server.run(&["verify", bundle.to_str().unwrap(), "--pins", pins.to_str().unwrap()])
}

fn sum(list: &Value, figure: &str) -> u64 {
    list.as_array().unwrap().iter().map(|share| share[figure].as_u64().unwrap()).sum()
}

fn pseudonym(server: &Server, id: &str) -> String {
    let all = server.get("/v1/partners");
    let found = all["partner"].as_array().unwrap().iter().find(|partner| partner["id"] == id).unwrap();
    found["pseudonym"].as_str().unwrap().to_owned()
}

fn of_shipper(assessment: &Value, pseudonym: &str, figure: &str) -> u64 {
    let shares = assessment["by_shipper"].as_array().unwrap();
    shares.iter().find(|share| share["shipper"] == pseudonym).map_or(0, |share| share[figure].as_u64().unwrap())
}

#[test]
fn a_stolen_gateway_tells_nothing_sealed() {
    let server = after_a_day();
    let (found, bundle) = assess(&server, "storage", &["--kind", "storage"]);
    let at_most = &found["at_most"];
    assert_eq!((&at_most["rows"], &at_most["parties"], &at_most["unbounded"]), (&0.into(), &0.into(), &false.into()));
    assert_eq!(sum(&found["by_shipper"], "operational"), ROWS, "all of `operational` is clear");
    assert_eq!(sum(&found["by_month"], "operational"), ROWS);
    let classes: Vec<_> =
        found["by_classes"].as_array().unwrap().iter().map(|share| share["classes"].to_string()).collect();
    assert_eq!(classes, [r#"["operational"]"#]);
    assert_eq!(sum(&found["by_classes"], "rows"), ROWS);
    let shown = verify(&server, &bundle).expect(0);
    assert!(
        shown.text().contains("VERIFIED: cosigned by witness.example/demo (demo); pins sha256:"),
        "{}",
        shown.text()
    );
    // The demo's pins lie beside the bundle's ledger: they are not taken unless they are named.
    let unpinned = server.run(&["verify", bundle.to_str().unwrap()]).expect(3);
    assert!(unpinned.text().contains("CONSISTENT: ") && !unpinned.text().contains("VERIFIED"), "{}", unpinned.text());
    assert!(unpinned.stderr.contains("pins.toml"), "{}", unpinned.stderr);
    let json = server.run(&["verify", bundle.to_str().unwrap(), "--json"]).expect(3).json();
    assert_eq!((&json["verified"], &json["level"], &json["verdict"]), (&false.into(), &0.into(), &"consistent".into()));
}

/// The gateway's host is encrypted, and nobody answers any more: the ledger's directory, which holds no key, is enough.
#[test]
fn ransomware_deletes_the_gateway() {
    let mut server = after_a_day();
    let kinds: [&[&str]; 3] = [&["--kind", "storage"], &["--kind", "warden"], &["--kind", "host"]];
    let before = kinds.map(|kind| assess(&server, "before", kind).0);
    // It lives on: the next body has it ask for credit, which counts once it is dead.
    assert_eq!(server.post(&notice(901, "LATER-1", 3).bytes()).status, 200);
    server.wait_until_anchored();
    let last = server.entries().iter().rfind(|entry| entry["entry"]["type"] == "tick").unwrap().clone();
    let credit = last["entry"]["record"]["credit"]["rows"].as_u64().unwrap();
    assert_eq!(credit, 1_000, "{last}");
    server.stop(rustix::process::Signal::KILL);
    fs::remove_dir_all(server.dir("gateway")).unwrap();
    let copy = server.beside("copy");
    support::copy(&server.dir("warden").join("ledger"), &copy);
    for (kind, before) in kinds.into_iter().zip(before.clone()) {
        let (after, bundle) = assess(&server, "after", &[&["--ledger", copy.to_str().unwrap()], kind].concat());
        let rows = |found: &Value| {
            let sealed = found["at_most"]["rows"].as_u64().unwrap();
            [sealed, sum(&found["by_shipper"], "operational"), sum(&found["by_month"], "rows")]
        };
        // Three rows of the last body, and what the gateway may have had beyond its last tick.
        let more = if kind[1] == "storage" { [0, 3 + credit, 0] } else { [3 + credit, 0, 3 + credit] };
        let (now, then) = (rows(&after), rows(&before));
        assert_eq!([0, 1, 2].map(|at| now[at] - then[at]), more, "{kind:?}");
        assert_eq!(after["gaps"][0]["rows"], credit);
        assert_eq!((&after["without_header"], &after["confirmed"]["rows"]), (&serde_json::json!([]), &0.into()));
        assert!(verify(&server, &bundle).expect(0).text().contains("VERIFIED"));
    }
    // Neither are the headers waited for: spoiled or gone, their batches count with all that they can hold.
    let headers = copy.join("headers");
    let (of, before) = (["--ledger", copy.to_str().unwrap(), "--kind", "storage"], &before[0]);
    let spoiled = |record: &[u8]| {
        let mut octets = (record.len() as u32).to_be_bytes().to_vec();
        octets.extend_from_slice(&tlog::leaf_hash(record)[..8]);
        octets.extend_from_slice(record);
        octets
    };
    for octets in [Some(spoiled(b"{\"header\":7}")), Some(vec![7; 99]), None] {
        match octets {
            Some(octets) => fs::write(&headers, octets).unwrap(),
            None => fs::remove_file(&headers).unwrap(),
        }
        let (after, bundle) = assess(&server, "after", &of);
        assert!(after["at_most"]["rows"].as_u64() >= before["at_most"]["rows"].as_u64(), "{after}");
        assert_ne!(after["without_header"], serde_json::json!([]));
        verify(&server, &bundle).expect(0);
    }
    let none = server.run(&["assess", "--kind", "storage", "--out", "x", "--ledger", "/nowhere"]).expect(2);
    assert!(none.stderr.contains("is not a warden's ledger") && none.stderr.contains("hint: "), "{}", none.stderr);
}

#[test]
fn a_taken_warden_tells_every_row_of_a_live_key() {
    let server = after_a_day();
    let (found, bundle) = assess(&server, "warden", &["--kind", "warden"]);
    let (at_most, north, lake) = (&found["at_most"], pseudonym(&server, "northshop"), pseudonym(&server, "lakeshop"));
    assert_eq!(
        (&at_most["rows"], &at_most["shippers"], &at_most["unbounded"]),
        (&ROWS.into(), &2.into(), &true.into())
    );
    // Whoever has the one host has the gateway, too, which may have left out what it liked.
    let elsewhere = &found["if_the_warden_stood_elsewhere"];
    assert_eq!((&elsewhere["rows"], &elsewhere["unbounded"]), (&ROWS.into(), &false.into()));
    assert_eq!(found["gaps"], serde_json::json!([]), "a gateway that answers says that this is all");
    assert!(at_most["parties"].as_u64().unwrap() >= ROWS);
    assert_eq!(found["people"], Value::Null, "a taken warden's count would be nobody's word");
    assert_eq!((of_shipper(&found, &north, "rows"), of_shipper(&found, &lake, "rows")), (421, 50));
    assert_eq!((sum(&found["by_month"], "rows"), sum(&found["by_classes"], "rows")), (ROWS, ROWS));
    assert_eq!(sum(&found["by_province"], "rows"), ROWS, "every recipient of the samples has a known province");
    let quebec = found["by_province"].as_array().unwrap().iter().find(|share| share["province"] == "QC").unwrap();
    let recipients =
        |name: &str| values(&fs::read(example(name)).unwrap(), "N4", 2).iter().filter(|p| *p == "QC").count();
    assert!(quebec["rows"].as_u64().unwrap() >= recipients("manifest-856.edi") as u64);
    let checkpoint = &found["checkpoint"];
    assert_eq!(
        (&checkpoint["origin"], &checkpoint["cosigners"]),
        (&"ledger.example/demo".into(), &serde_json::json!(["witness.example/demo"]))
    );
    assert!(verify(&server, &bundle).expect(0).text().contains("VERIFIED"));

    let tracking = values(&fs::read(example("manifest-856.edi")).unwrap(), "MAN*CP", 2)[0].clone();
    server.run(&["open", "--tracking", &tracking, "--purpose", "support", "--ticket", "CASE-1"]).expect(0);
    let (found, _) = assess(&server, "principal", &["--kind", "principal", "--principal", "support-7"]);
    assert_eq!(found["at_most"]["rows"], 1, "what this key opened, and nothing else");
    let file = server.beside("both.toml");
    fs::write(
        &file,
        "[[hypothesis]]\nkind = \"storage\"\n\n[[hypothesis]]\nkind = \"principal\"\nprincipal = \"support-7\"\n",
    )
    .unwrap();
    let (found, bundle) = assess(&server, "both", &["--hypothesis", file.to_str().unwrap()]);
    // A combination counts whole batches: more than the one row, never less.
    let rows = found["at_most"]["rows"].as_u64().unwrap();
    assert!((1..=210).contains(&rows), "{rows}");
    assert_eq!(sum(&found["by_shipper"], "operational"), ROWS - rows);
    verify(&server, &bundle).expect(0);
    fs::write(&file, "[[hypothesis]]\nkind = \"burglary\"\n").unwrap();
    let out = server.beside("wrong");
    let wrong = server.run(&["assess", "--out", out.to_str().unwrap(), "--hypothesis", file.to_str().unwrap()]);
    assert!(wrong.code != 0 && wrong.stderr.contains("unknown kind"), "{}", wrong.stderr);
}

#[test]
fn a_taken_host_is_listed_entry_by_entry() {
    let server = after_a_day();
    let (found, bundle) = assess(&server, "host", &["--kind", "host", "--workers", "gw-1"]);
    let entries = found["entries"].as_array().unwrap();
    let verdicts: Vec<_> = entries.iter().map(|e| e["verdict"].as_str().unwrap()).collect();
    let expected = ["accepted", "accepted", "accepted-in-part", "accepted", "refused", "not-edi", "duplicate"];
    assert_eq!(verdicts, expected, "refused bodies passed through, too");
    let logged = server.entries();
    for (number, entry) in (1u64..).zip(entries) {
        let position = entry["entry"].as_u64().unwrap() as usize;
        let record = &logged[position]["entry"]["record"];
        assert_eq!((&record["ticket"], &entry["ticket"]), (&number.into(), &number.into()), "by ledger position");
        assert_eq!(record["rows"], entry["rows"]);
    }
    let (recorded, confirmed) = (&found["recorded"]["rows"], &found["confirmed"]["rows"]);
    assert_eq!(*confirmed, ROWS, "apart: what the carrier confirmed");
    let refused: u64 = entries[4..].iter().map(|e| e["rows"].as_u64().unwrap()).sum();
    // One of the two sets with errors was refused. Its levels do not hang together: each of the three may be a parcel.
    assert_eq!(*recorded, ROWS + 3 + refused);
    assert_eq!(entries[4]["rows"], 5);
    assert_eq!(entries[6]["rows"], 210);
    assert_eq!(found["at_most"]["unbounded"], true, "nobody confirms the refused ones");
    assert!(found["at_most"]["rows"].as_u64().unwrap() >= ROWS, "at level 0 it is the warden's, too");
    assert!(found["if_the_warden_stood_elsewhere"].is_object());
    let text = verify(&server, &bundle).expect(0).text();
    assert!(text.contains("NO UPPER BOUND") && text.contains("If the warden stood elsewhere"), "{text}");

    // An end is the hypothesis's word, and no entry bears it out.
    let (early, bundle) =
        assess(&server, "early", &["--kind", "host", "--from", "2020-01-01", "--until", "2020-02-01"]);
    assert_eq!(early["entries"].as_array().unwrap().len(), entries.len());
    assert_eq!(early["if_the_warden_stood_elsewhere"]["rows"], found["recorded"]["rows"]);
    verify(&server, &bundle).expect(0);
    let out = server.beside("late");
    let late = server.run(&["assess", "--kind", "storage", "--until", "2090-01-01", "--out", out.to_str().unwrap()]);
    assert!(late.code != 0 && late.stderr.contains("nobody knows yet what is between"), "{}", late.stderr);
}

#[test]
fn what_was_forgotten_before_is_not_included() {
    let server = after_a_day();
    let tracking = values(&fs::read(example("manifest-856.edi")).unwrap(), "MAN*CP", 2)[0].clone();
    server.run(&["retention", "run", "--now", "2090-01-01"]).expect(0);
    server.run(&["open", "--tracking", &tracking, "--purpose", "support", "--ticket", "CASE-2"]).expect(1);
    server.wait_until_dated();
    let (before, bundle) = assess(&server, "before", &["--kind", "warden", "--from", "2020-01-01"]);
    assert_eq!(before["at_most"]["rows"], ROWS, "a later shred does not undo it");
    verify(&server, &bundle).expect(0);
    // Beyond what the witness's clock may be wrong by. On one host the witness is taken with the warden, so that its
    // dates help only had it stood elsewhere.
    let later = (jiff::Timestamp::now() + jiff::SignedDuration::from_secs(310)).to_string();
    let (after, bundle) = assess(&server, "after", &["--kind", "warden", "--from", &later]);
    assert_eq!(after["at_most"]["rows"], ROWS);
    assert_eq!(after["if_the_warden_stood_elsewhere"]["rows"], 0);
    assert_eq!(after["dating"]["begins"][0]["entries"], 0);
    verify(&server, &bundle).expect(0);
    let storage = ["--kind", "principal", "--principal", "support-7", "--from", &later];
    let (agent, _) = assess(&server, "dated", &storage);
    let begin = &agent["dating"]["begins"][0];
    let shreds = server.entries().iter().rposition(|e| e["entry"]["type"] == "shred").unwrap() as u64;
    assert!(begin["entries"].as_u64().unwrap() > shreds, "the shreds were dated at once: {begin}");
    assert_eq!(begin["cosigners"], serde_json::json!(["witness.example/demo"]));
}

/// The sections of a bundle, by the format's own words.
fn unpack(bundle: &[u8]) -> Vec<(String, Vec<u8>)> {
    let end = bundle.windows(2).position(|two| two == b"\n\n").unwrap();
    let index = String::from_utf8(bundle[..end].to_vec()).unwrap();
    let mut rest = &bundle[end + 2..];
    let section = |line: &str| {
        let mut words = line.split(' ');
        let (name, octets) = (words.next().unwrap().to_owned(), words.next().unwrap().parse().unwrap());
        let (section, after) = rest.split_at(octets);
        rest = after;
        (name, section.to_vec())
    };
    index.lines().skip(1).map(section).collect()
}

/// With every unsigned digest made anew.
fn pack(sections: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut octets = b"bulla.bundle/14\n".to_vec();
    for (name, section) in sections {
        octets.extend(format!("{name} {:010} {}\n", section.len(), hex::encode(Sha256::digest(section))).into_bytes());
    }
    octets.push(b'\n');
    sections.iter().for_each(|(_, section)| octets.extend(section));
    octets
}

#[test]
fn a_bundle_with_any_octet_changed_is_refused() {
    let server = after_a_day();
    let (_, bundle) = assess(&server, "warden", &["--kind", "warden"]);
    let whole = fs::read(&bundle).unwrap();
    let changed = server.beside("changed.bulla");
    let refused = |octets: &[u8], what: &str| {
        fs::write(&changed, octets).unwrap();
        let ran = verify(&server, &changed);
        assert_eq!((ran.code, ran.stdout.len()), (1, 0), "{what}: {}", ran.stderr);
        assert!(ran.stderr.starts_with("REFUSED: "), "{what}: {}", ran.stderr);
        ran.stderr
    };
    // Every octet is the incident crate's test; here are some of each section.
    let step = whole.len() / 97 + 1;
    for at in (0..whole.len()).step_by(step).chain([whole.len() - 1]) {
        let mut octets = whole.clone();
        octets[at] ^= 1;
        refused(&octets, &format!("octet {at}"));
    }
    refused(&whole[..whole.len() - 1], "cut off");
    refused(&[&whole[..], b"\n"].concat(), "one too many");

    let sections = unpack(&whole);
    assert_eq!(pack(&sections), whole, "the test can rebuild a bundle");
    let rebuilt = |name: &str, edit: &dyn Fn(String) -> String| {
        let edit_one = |(own, octets): &(String, Vec<u8>)| {
            let text = String::from_utf8(octets.clone());
            (own.clone(), if own == name { edit(text.unwrap()).into_bytes() } else { octets.clone() })
        };
        pack(&sections.iter().map(edit_one).collect::<Vec<_>>())
    };
    let fewer = rebuilt("assessment", &|text| {
        text.replace("\"rows\":471", "\"rows\":261").replace("\"rows\":421", "\"rows\":211")
    });
    assert!(refused(&fewer, "other counts").contains("differs"));
    let without = |text: String| text.lines().skip(1).map(|line| format!("{line}\n")).collect::<String>();
    // Its anchor counts all the same, so that the figures given no longer follow.
    assert!(refused(&rebuilt("headers", &without), "a header removed").contains("differs"));
    refused(&without_a_batch(&sections), "a batch and its counts removed");
}

/// An intake entry with its batches removed, the headers too, and a smaller assessment.
fn without_a_batch(sections: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut sections = sections.to_vec();
    let mut gone = String::new();
    let (mut entries, mut rest) = (Vec::new(), &sections[2].1[..]);
    while let Some((length, after)) = rest.split_at_checked(2) {
        let (leaf, after) = after.split_at(usize::from(u16::from_be_bytes([length[0], length[1]])));
        rest = after;
        let mut logged: Value = serde_json::from_slice(leaf).unwrap();
        let record = &mut logged["entry"]["record"];
        let first = record["batches"][0]["batch"].as_str().filter(|_| gone.is_empty()).map(str::to_owned);
        if let Some(batch) = first {
            gone = batch;
            (record["batches"], record["rows"], record["verdict"]) = (Value::Array(vec![]), 0.into(), "refused".into());
        }
        let leaf = logged.to_string().into_bytes();
        entries.extend(u16::try_from(leaf.len()).unwrap().to_be_bytes());
        entries.extend(leaf);
    }
    assert!(!gone.is_empty());
    sections[2].1 = entries;
    let headers = String::from_utf8(sections[3].1.clone()).unwrap();
    sections[3].1 =
        headers.lines().filter(|line| !line.contains(&gone)).flat_map(|l| format!("{l}\n").into_bytes()).collect();
    sections[4].1 =
        String::from_utf8(sections[4].1.clone()).unwrap().replace("\"rows\":471", "\"rows\":261").into_bytes();
    pack(&sections)
}

#[test]
fn an_assessment_needs_a_ledger_and_an_operator() {
    let server = Server::start();
    let out = server.beside("none");
    let token = server.dir("demo").join("northshop.token");
    let arguments =
        ["assess", "--kind", "storage", "--out", out.to_str().unwrap(), "--token-file", token.to_str().unwrap()];
    let refused = server.run(&arguments);
    assert!(refused.code != 0 && !out.join("bundle.bulla").exists(), "{}", refused.stderr);
    assert_eq!(http::get(&server.address(), "/v1/batches", &server.token("northshop")).unwrap().status, 403);
    // What is asked for wrongly is told as every problem is, and what would be right.
    for (path, right) in [
        ("/v1/batches?after=zz", "bulla-next"),
        ("/v1/confirmations?after=", "bulla-next"),
        ("/v1/ledger/entries?from=x", "numbers"),
    ] {
        let answer = http::get(&server.address(), path, &server.token("operator")).unwrap();
        let problem: Value = serde_json::from_slice(&answer.body).unwrap();
        assert_eq!((answer.status, &problem["status"]), (400, &400.into()), "{path}");
        assert!(problem["detail"].as_str().unwrap().contains(right), "{problem}");
    }
    // `--to` is where the gateway is: with a ledger nobody is asked, and an end is `--until`.
    let both = ["assess", "--kind", "storage", "--to", "2026-11-02", "--ledger", "x", "--out", out.to_str().unwrap()];
    assert!(server.run(&both).expect(2).stderr.contains("--ledger"));
    let (found, bundle) = assess(&server, "empty", &["--kind", "warden"]);
    assert_eq!(found["at_most"]["rows"], 0);
    verify(&server, &bundle).expect(0);
    let missing = server.beside("missing.bulla");
    assert!(verify(&server, &missing).expect(2).stderr.contains("missing.bulla"));
}
