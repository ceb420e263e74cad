//! The first journey, played against the real processes: receive, acknowledge, seal, store, deliver.

#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod support;

use rustix::process::Signal;
use serde_json::Value;
use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
};
use support::{
    Server,
    document::{Notice, all, notice, only, segments, values},
    example, http, wait_for,
};

fn verdict(answer: &http::Response) -> &str {
    answer.header("Bulla-Verdict").unwrap_or("none")
}

/// What the carrier's own people would type.
fn read_delivery(server: &Server, id: &str) -> Vec<u8> {
    let (carrier, gateway) = (server.dir("carrier"), server.dir("gateway"));
    let script = "set -o pipefail
        openssl cms -decrypt -inform DER -in \"$1/inbox/$3.p7m\" -inkey \"$1/carrier.key.pem\" |
        openssl cms -verify -inform DER -CAfile \"$2/signing.crt.pem\" -purpose any";
    let arguments: [&Path; 3] = [&carrier, &gateway, Path::new(id)];
    let output =
        Command::new("bash").args(["-c", script, "bash"]).args(arguments).stdin(Stdio::null()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

fn deliveries(server: &Server) -> Vec<Value> {
    server.get("/v1/deliveries").as_array().unwrap().clone()
}

fn interchanges(server: &Server) -> Vec<Value> {
    server.get("/v1/interchanges").as_array().unwrap().clone()
}

fn parcels(server: &Server, what: &str, value: &str) -> Vec<Value> {
    server.run(&["find", what, value, "--json"]).expect(0).json().as_array().unwrap().clone()
}

#[test]
fn the_samples_are_acknowledged_and_arrive() {
    let server = Server::start();
    for (name, set, parcels) in [("manifest-856.edi", "856", 210), ("manifest-215.edi", "215", 210)] {
        let sample = example(name);
        let ran = server.run(&["send", sample.to_str().unwrap()]).expect(0);
        assert!(ran.stderr.contains("accepted: interchange "), "{}", ran.stderr);
        let sent = fs::read(&sample).unwrap();
        let (isa, own) = (only(&sent, "ISA"), only(&ran.stdout, "ISA"));
        assert_eq!([&own[5..7], &own[7..9]], [&isa[7..9], &isa[5..7]], "the ids are swapped");
        let (gs, own) = (only(&sent, "GS"), only(&ran.stdout, "GS"));
        assert_eq!((own[1].as_str(), &own[2], &own[3], &own[8]), ("FA", &gs[3], &gs[2], &gs[8]));
        assert_eq!(only(&ran.stdout, "AK1"), ["AK1", &gs[1], &gs[6]]);
        assert_eq!(only(&ran.stdout, "AK2"), ["AK2", set, "0001"]);
        assert_eq!(only(&ran.stdout, "AK5"), ["AK5", "A"]);
        assert_eq!(only(&ran.stdout, "AK9"), ["AK9", "A", "1", "1", "1"]);
        assert!(all(&ran.stdout, "TA1").is_empty(), "ISA14 does not ask for one");

        let delivered = server.wait_until_delivered();
        let document = read_delivery(&server, delivered[0]["id"].as_str().unwrap());
        assert_eq!(values(&document, "MAN*CP", 2), values(&sent, "MAN*CP", 2), "every parcel, in order");
        assert_eq!(values(&document, "MAN*CP", 2).len(), parcels);
        for (begins, element) in [("N1*ST", 2), ("N4", 3)] {
            let arrived = values(&document, begins, element);
            let missing: Vec<_> = values(&sent, begins, element).into_iter().filter(|v| !arrived.contains(v)).collect();
            assert_eq!(missing, [""; 0], "{begins} of {name}");
        }
    }
    let listed = server.run(&["interchange", "list", "--json"]).expect(0).json();
    assert_eq!(listed.as_array().unwrap().iter().map(|i| i["rows"].as_u64().unwrap()).sum::<u64>(), 420);
    let id = listed[0]["id"].as_str().unwrap();
    let kept = server.run(&["interchange", "ack", id]).expect(0);
    assert_eq!(only(&kept.stdout, "AK9")[1], "A", "the acknowledgement can be fetched again");
    let openings = server.entries().iter().filter(|e| e["entry"]["type"] == "intent").count();
    assert_eq!(openings, 0, "delivery needs no opening");
}

#[test]
fn the_same_octets_get_the_same_answer_and_go_out_once() {
    let server = Server::start();
    let document = notice(7, "TWICE-1", 3);
    let first = server.post(&document.bytes());
    assert_eq!((first.status, verdict(&first)), (200, "accepted"));
    let second = server.post(&document.bytes());
    assert_eq!((second.status, verdict(&second)), (200, "duplicate"));
    assert_eq!(first.body, second.body, "octet for octet");
    assert_eq!(first.header("Bulla-Interchange"), second.header("Bulla-Interchange"));

    let changed = Notice { parcels: 2, ..document.clone() };
    let refused = server.post(&changed.bytes());
    assert_eq!((refused.status, verdict(&refused)), (422, "refused"));
    let ta1 = only(&refused.body, "TA1");
    assert_eq!((ta1[1].as_str(), &ta1[4..]), ("000000007", &["R".to_owned(), "025".to_owned()][..]));
    assert!(all(&refused.body, "AK1").is_empty(), "nothing but the TA1");

    // ISA15 belongs to the name: a test under the same number is another document.
    let test = server.post(&Notice { usage: 'T', number: "TWICE-2".into(), ..document.clone() }.bytes());
    assert_eq!(test.status, 200, "{}", test.text());
    assert_eq!(server.wait_until_delivered().len(), 1, "a test goes nowhere");
    assert_eq!(server.inbox().len(), 1);
    let kinds: Vec<_> =
        server.entries().iter().filter_map(|e| e["entry"]["record"]["verdict"].as_str().map(str::to_owned)).collect();
    assert_eq!(kinds, ["accepted", "duplicate", "refused", "accepted"], "each body has its intake entry");
}

#[test]
fn a_manifest_number_is_used_once_unless_corrected() {
    let server = Server::start();
    let original = notice(1, "M-4711", 2);
    assert_eq!(server.post(&original.bytes()).status, 200);

    let again = server.post(&Notice { control: 2, ..original.clone() }.bytes());
    assert_eq!((again.status, verdict(&again)), (422, "refused"));
    assert_eq!(only(&again.body, "AK3"), ["AK3", "BSN", "2", "", "8"]);
    assert_eq!(only(&again.body, "AK4"), ["AK4", "2", "396", "7"]);
    assert_eq!(only(&again.body, "AK5")[1], "R");
    assert_eq!(only(&again.body, "AK9"), ["AK9", "R", "1", "1", "0"]);
    let file = server.beside("again.edi");
    fs::write(&file, Notice { control: 3, ..original.clone() }.bytes()).unwrap();
    let told = server.run(&["send", file.to_str().unwrap()]).expect(1);
    assert!(told.stderr.contains("manifest number"), "{}", told.stderr);

    // After a refusal the number of the interchange is free.
    let replaced = Notice { control: 2, purpose: "05", parcels: 3, ..original.clone() };
    let answer = server.post(&replaced.bytes());
    assert_eq!((answer.status, verdict(&answer)), (200, "accepted"), "{}", answer.text());
    server.wait_until_anchored();
    assert_eq!(parcels(&server, "--tracking", &original.tracking(1))[0]["status"], "replaced");
    assert_eq!(parcels(&server, "--tracking", &replaced.tracking(3))[0]["status"], "current");

    let cancel = Notice { control: 4, purpose: "01", parcels: 0, ..original.clone() };
    assert_eq!(server.post(&cancel.bytes()).status, 200);
    assert_eq!(parcels(&server, "--tracking", &replaced.tracking(3))[0]["status"], "cancelled");
    let nothing_there = server.post(&Notice { control: 5, ..cancel.clone() }.bytes());
    assert_eq!(
        (nothing_there.status, &*only(&nothing_there.body, "AK5")[1]),
        (422, "R"),
        "nothing stands to be cancelled"
    );

    server.wait_until_delivered();
    let mut purposes: Vec<_> =
        server.inbox().iter().map(|id| only(&read_delivery(&server, id), "BSN")[1].clone()).collect();
    purposes.sort();
    assert_eq!(
        purposes,
        ["00", "01", "05"],
        "original, replacement and cancellation reach the carrier, nothing else does"
    );
    let anew = server.post(&Notice { control: 6, ..original.clone() }.bytes());
    assert_eq!(anew.status, 200, "a cancelled number may be announced again: {}", anew.text());
}

#[test]
fn a_ta1_where_it_is_asked_for_and_where_the_envelope_is_broken() {
    let server = Server::start();
    let asked = server.post(&Notice { asks: true, ..notice(11, "TA-1", 1) }.bytes());
    assert_eq!((asked.status, verdict(&asked)), (200, "accepted"));
    let ta1 = only(&asked.body, "TA1");
    assert_eq!((ta1[1].as_str(), &ta1[4..]), ("000000011", &["A".to_owned(), "000".to_owned()][..]));
    assert_eq!(all(&asked.body, "ISA").len(), 2, "the TA1 is an interchange of its own");
    assert_eq!(only(&asked.body, "AK9")[1], "A");

    let whole = String::from_utf8(notice(12, "TA-2", 2).bytes()).unwrap();
    let broken = [
        ("001", whole.replace("IEA*1*000000012", "IEA*1*000000013")),
        ("021", whole.replace("IEA*1*", "IEA*2*")),
        ("023", whole.split("IEA").next().unwrap().to_owned()),
        ("023", whole[..whole.len() / 2].to_owned()),
    ];
    for (code, body) in broken {
        let answer = server.post(body.as_bytes());
        assert_eq!((answer.status, verdict(&answer)), (422, "refused"));
        let ta1 = only(&answer.body, "TA1");
        assert_eq!((ta1[1].as_str(), &ta1[4..]), ("000000012", &["R".to_owned(), code.to_owned()][..]));
        assert!(all(&answer.body, "AK1").is_empty(), "no 997 for a broken envelope");
    }
    let repaired = server.post(whole.as_bytes());
    assert_eq!(repaired.status, 200, "after a refusal the number is free: {}", repaired.text());
    assert_eq!(server.wait_until_delivered().len(), 2);
}

#[test]
fn a_refused_set_is_told_with_positions_and_without_values() {
    let server = Server::start();
    let sample = example("manifest-856-errors.edi");
    let sent = fs::read(&sample).unwrap();
    let ran = server.run(&["send", sample.to_str().unwrap()]).expect(0);
    let parts = segments(&ran.stdout);
    let told: Vec<String> = parts.iter().filter(|s| s[0].starts_with("AK")).map(|s| s.join("*")).collect();
    // A date that does not exist, a qualifier that is too long; a parent that is not there, a wrong count.
    let good = "AK2*856*0001 AK3*DTM*4**8 AK4*2*373*8 AK3*REF*10**8 AK4*1*128*5 AK5*E*5";
    let bad = "AK2*856*0002 AK3*HL*13**8 AK4*2*734*7 AK5*R*4*5";
    assert_eq!(told.join(" "), format!("AK1*SH*3 {good} {bad} AK9*P*2*2*1"));
    for segment in parts.iter().filter(|s| s[0] == "AK4") {
        assert!(segment.len() <= 4, "AK404, the copy of bad data, is never there: {segment:?}");
    }
    assert!(ran.stderr.contains("INVALID_DATE") && ran.stderr.contains("HL_PARENT"), "{}", ran.stderr);
    for name in values(&sent, "N1*ST", 2).iter().chain(&values(&sent, "MAN*CP", 2)) {
        assert!(!ran.text().contains(name.as_str()) && !ran.stderr.contains(name.as_str()));
    }
    server.wait_until_delivered();
    let names: Vec<_> = server.inbox().iter().flat_map(|id| values(&read_delivery(&server, id), "N1*ST", 2)).collect();
    assert_eq!(names, [values(&sent, "N1*ST", 2)[0].clone()], "the good set went on, the refused one did not");

    let all_bad = String::from_utf8(notice(21, "BAD-1", 2).bytes()).unwrap().replace("HL*3*1*P", "HL*3*9*P");
    let answer = server.post(all_bad.as_bytes());
    assert_eq!((answer.status, verdict(&answer)), (422, "refused"));
    assert_eq!(only(&answer.body, "AK9"), ["AK9", "R", "1", "1", "0"]);
}

#[test]
fn bodies_that_are_no_documents() {
    let mut server = Server::start();
    let binary: Vec<u8> = (0..4096u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    for (body, word) in [(&b""[..], "empty"), (&binary, "X12"), (b"{\"parcels\": []}", "X12"), (b"ISA*00*", "X12")] {
        let answer = server.post(body);
        assert_eq!(answer.status, 400, "{}", answer.text());
        assert_eq!(answer.header("Content-Type"), Some("application/problem+json"));
        assert!(answer.text().contains(word), "{}", answer.text());
    }
    let empty = server.beside("empty.edi");
    fs::write(&empty, b"").unwrap();
    assert!(server.run(&["send", empty.to_str().unwrap()]).expect(1).stderr.contains("empty"));

    let whole = notice(31, "CUT-1", 2).bytes();
    let token = server.token("northshop");
    let cut = http::post_cut_off(&server.address(), "/v1/interchanges", &token, &whole, whole.len() + 1);
    assert_eq!(cut.as_ref().map(|answer| answer.status).ok(), Some(400), "{cut:?}");

    // The limit, lowered so that it can be met exactly.
    let limit = 6000;
    server.kill("gateway", Signal::TERM);
    let path = server.dir("gateway").join("gateway.toml");
    let mut config: toml::Table = fs::read_to_string(&path).unwrap().parse().unwrap();
    config.insert("body_octets_max".into(), limit.into());
    fs::write(&path, config.to_string()).unwrap();
    server.start_role("gateway");
    server.wait_until_ready();
    let mut body = notice(32, "LARGE-1", 5).bytes();
    body.resize(limit as usize, b'\n');
    body.push(b'\n');
    let answer = server.post(&body);
    assert_eq!(answer.status, 413, "{}", answer.text());
    assert!(answer.text().contains("6000 octets"), "{}", answer.text());
    let file = server.beside("large.edi");
    fs::write(&file, &body).unwrap();
    assert!(server.run(&["send", file.to_str().unwrap()]).expect(1).stderr.contains("split it"));
    let answer = server.post(&body[..limit as usize]);
    assert_eq!(answer.status, 200, "a body of just the limit is taken: {}", answer.text());
    assert_eq!(server.wait_until_delivered().len(), 1);
}

#[test]
fn who_may_send_what_to_whom() {
    let server = Server::start();
    let (address, document) = (server.address(), notice(41, "WHO-1", 1));
    for (token, status) in
        [("", 401), ("0000", 401), (&*server.token("operator"), 403), (&*server.token("lakeshop"), 403)]
    {
        let answer = http::post(&address, "/v1/interchanges", token, &document.bytes()).unwrap();
        assert_eq!(answer.status, status, "{}", answer.text());
    }
    let not_mine = server.post(&Notice { sender: "LAKESHOP".into(), ..document.clone() }.bytes());
    assert_eq!(not_mine.status, 403);
    assert!(not_mine.text().contains("ZZ:NORTHSHOP"), "it says whose ids are good: {}", not_mine.text());

    let nobody = server.post(&Notice { receiver: "NOBODY".into(), ..document.clone() }.bytes());
    assert_eq!((nobody.status, verdict(&nobody)), (422, "refused"));
    assert_eq!(only(&nobody.body, "TA1")[4..], ["R", "009"]);

    let only_mine = http::get(&address, "/v1/deliveries", &server.token("northshop")).unwrap();
    assert_eq!(only_mine.status, 403, "deliveries are the operator's");
    assert_eq!(server.post(&document.bytes()).status, 200);
    let id = interchanges(&server)[0]["id"].as_str().unwrap().to_owned();
    let foreign = http::get(&address, &format!("/v1/interchanges/{id}"), &server.token("lakeshop")).unwrap();
    assert_eq!(foreign.status, 404, "another partner's document is not there");
}

#[test]
fn a_suspended_agreement_takes_nothing_until_it_is_live_again() {
    let server = Server::start();
    let text = fs::read_to_string(server.dir("demo").join("partners.toml")).unwrap();
    let file = server.beside("partners.toml");
    let apply = |status: &str| {
        let mut table: toml::Table = text.parse().unwrap();
        for agreement in table["agreement"].as_array_mut().unwrap() {
            if agreement["shipper"].as_str() == Some("northshop") {
                agreement["status"] = status.into();
            }
        }
        fs::write(&file, table.to_string()).unwrap();
        server.run(&["partner", "apply", file.to_str().unwrap()])
    };
    apply("suspended").expect(0);
    assert!(server.run(&["partner", "list"]).expect(0).text().contains("suspended"));
    let document = notice(51, "SUS-1", 1);
    let answer = server.post(&document.bytes());
    assert_eq!(answer.status, 403);
    assert!(answer.text().contains("suspended"), "{}", answer.text());
    let other = Notice { sender: "LAKESHOP".into(), ..notice(1, "LAKE-1", 1) };
    let answer = http::post(&server.address(), "/v1/interchanges", &server.token("lakeshop"), &other.bytes()).unwrap();
    assert_eq!(answer.status, 200, "the other agreement goes on");
    apply("resting").expect(2);
    apply("live").expect(0);
    assert_eq!(server.post(&document.bytes()).status, 200);
    assert_eq!(server.wait_until_delivered().len(), 2);
}

#[test]
fn deliveries_wait_for_the_carrier_and_arrive_once() {
    let mut server = Server::start();
    server.kill("carrier", Signal::KILL);
    let document = notice(61, "WAIT-1", 2);
    assert_eq!(server.post(&document.bytes()).status, 200, "a carrier that is away keeps nobody waiting");
    let id = deliveries(&server)[0]["id"].as_str().unwrap().to_owned();
    let attempts = |server: &Server| deliveries(server)[0]["attempts"].as_u64().unwrap();
    wait_for("two attempts", || (attempts(&server) >= 2).then_some(()));
    let shown = server.run(&["delivery", "list"]).expect(0).text();
    assert!(shown.contains(&id) && shown.contains("waiting") && shown.contains("UNREACHABLE"), "{shown}");

    server.restart("gateway");
    let before = attempts(&server);
    assert!(before >= 2, "attempts are remembered");
    let held = server.run(&["delivery", "hold", &id, "--json"]).expect(0).json();
    assert_eq!(held["state"], "held");
    server.start_role("carrier");
    assert_eq!(server.inbox(), [""; 0], "a held delivery does not go");
    server.run(&["delivery", "release", &id]).expect(0);
    let delivered = server.wait_until_delivered();
    assert_eq!((delivered.len(), delivered[0]["id"].as_str()), (1, Some(&*id)), "the same id");
    assert_eq!(server.inbox(), std::slice::from_ref(&id));
    assert_eq!(values(&read_delivery(&server, &id), "N1*ST", 2), [document.name(1), document.name(2)]);

    let shown = server.run(&["delivery", "show", &id, "--json"]).expect(0).json();
    let outcomes: Vec<_> =
        shown["history"].as_array().unwrap().iter().map(|a| a["outcome"].as_str().unwrap()).collect();
    assert_eq!(outcomes.last(), Some(&"sent"));
    assert!(outcomes.len() >= 3 && outcomes[..outcomes.len() - 1].iter().all(|o| *o == "failed"), "{outcomes:?}");

    server.run(&["delivery", "resend", &id]).expect(0);
    wait_for("another attempt", || (attempts(&server) > outcomes.len() as u64).then_some(()));
    assert_eq!(server.inbox(), [id], "the carrier knows it by its id");
}
