//! Attacks on the running system, each named after what the attacker does, played against the real processes.

#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod support;

use rustix::process::Signal;
use std::{
    io::{Read, Write},
    net::TcpListener,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};
use support::{Server, document::notice, example, http, wait_for};

/// Answers every anchoring request with a real checkpoint of the ledger and places in it that are none.
fn impostor(address: &str, checkpoint: String) -> Arc<AtomicUsize> {
    // The killed process's own connections may hold the port for a moment.
    let listener = wait_for("the warden's port", || TcpListener::bind(address).ok());
    let answered = Arc::new(AtomicUsize::new(0));
    let count = answered.clone();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            stream.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
            let mut request = Vec::new();
            let _ = stream.read_to_end(&mut request); // until the client waits for the answer
            let text = String::from_utf8_lossy(&request).into_owned();
            let entries = text.matches("\"previous\":").count();
            let place = serde_json::json!({ "time": "2026-11-25T00:00:00.000Z", "index": 3, "proof": [] });
            let body = serde_json::json!({ "checkpoint": checkpoint, "entries": vec![place; entries] }).to_string();
            let head =
                format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n", body.len());
            if text.starts_with("POST /v1/anchors") {
                count.fetch_add(1, Relaxed);
            }
            let _ = stream.write_all(format!("{head}{body}").as_bytes());
        }
    });
    answered
}

fn unanchored(server: &Server) -> u64 {
    let metrics = http::get(&server.address(), "/metrics", "").unwrap().text();
    let line = metrics.lines().find(|line| line.starts_with("bulla_unanchored ")).unwrap().to_owned();
    line.rsplit(' ').next().unwrap().parse().unwrap()
}

/// The gateway took whatever answered on that port for the warden: an entry that was swallowed so was in no bound for ever.
#[test]
fn whoever_takes_the_wardens_port_anchors_nothing() {
    let mut server = Server::start();
    server.run(&["send", example("manifest-856.edi").to_str().unwrap()]).expect(0);
    server.wait_until_delivered();
    let before = server.entries().len();
    let checkpoint = server.run(&["ledger", "head", "--raw"]).expect(0).text();
    let address = std::fs::read_to_string(server.dir("warden").join("address")).unwrap();
    server.kill("warden", Signal::KILL);
    let address = address.trim().trim_start_matches("http://").to_owned();
    let answered = {
        let answered = impostor(&address, checkpoint);
        assert_eq!(server.post(&notice(81, "SWALLOWED-1", 7).bytes()).status, 200);
        wait_for("the impostor was asked twice", || (answered.load(Relaxed) >= 2).then_some(()));
        answered
    };
    assert!(unanchored(&server) > 0, "asked {} times, believed never", answered.load(Relaxed));
    // A process of the warden's own, on another port: the gateway is told of it by its configuration.
    let config = server.dir("gateway").join("gateway.toml");
    let own = server.dir("warden").join("warden.toml");
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    for path in [config, own, server.dir("witness").join("witness.toml")] {
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, text.replace(&address, &free)).unwrap();
    }
    server.restart("witness");
    server.start_role("warden");
    server.restart("gateway");
    server.wait_until_ready();
    server.wait_until_anchored();
    let entries = server.entries();
    let swallowed =
        entries[before..].iter().find(|entry| entry["entry"]["type"] == "intake").expect("it is sent again");
    assert_eq!(swallowed["entry"]["record"]["rows"], 7);
}

/// Posts a file of partners with the operator's token, as `bulla partner apply` does, and signs nothing.
fn apply(server: &Server, file: &toml::Table) -> u16 {
    let body = toml::to_string(file).unwrap().into_bytes();
    http::post(&server.address(), "/v1/partners", &server.token("operator"), &body).unwrap().status
}

fn partner<'t>(file: &'t mut toml::Table, id: &str) -> &'t mut toml::Table {
    let all = file["partner"].as_array_mut().unwrap();
    all.iter_mut().map(|one| one.as_table_mut().unwrap()).find(|one| one["id"].as_str() == Some(id)).unwrap()
}

/// One request with an operator's token replaced the carrier's certificate, and every later manifest was the thief's to
/// read, without an intent and without any entry in the ledger.
#[test]
fn an_operator_swaps_the_carriers_certificate() {
    let server = Server::start();
    let honest: toml::Table =
        std::fs::read_to_string(server.dir("demo").join("partners.toml")).unwrap().parse().unwrap();
    assert_eq!(server.post(&notice(91, "BEFORE-1", 1).bytes()).status, 200);
    server.wait_until_delivered();
    let deliveries = || server.get("/v1/deliveries").as_array().unwrap().len();
    let (before, refused) = (deliveries(), |control, file: &toml::Table, what: &str| {
        assert_eq!(apply(&server, file), 204, "an operator may draft anything: {what}");
        let answer = server.post(&notice(control, &format!("SWAPPED-{control}"), 1).bytes());
        assert_eq!(answer.status, 503, "{what}: {}", answer.text());
        assert!(answer.text().contains("officers have not signed"), "{what}: {}", answer.text());
    });
    // Any certificate of the thief's; the gateway's own is one that the test has.
    let certificate = std::fs::read_to_string(server.dir("gateway").join("signing.crt.pem")).unwrap();
    let mut swapped = honest.clone();
    let only = |pem: &String| toml::Value::Array(vec![pem.clone().into()]);
    partner(&mut swapped, "democarrier")["delivery"]["certificates"] = only(&certificate);
    refused(92, &swapped, "another certificate");
    let mut other_key = honest.clone();
    partner(&mut other_key, "democarrier")["delivery"]["key"] = "ab".repeat(32).into();
    refused(93, &other_key, "another key for its acknowledgements");
    // The carrier's name in documents given to another partner, with an agreement of its own.
    let mut rerouted = honest.clone();
    let mut thief = partner(&mut rerouted, "democarrier").clone();
    partner(&mut rerouted, "democarrier")["edi"] = toml::Value::Array(vec!["ZZ:ELSEWHERE".into()]);
    thief["id"] = "thief".into();
    thief["pseudonym"] = "C-000000000001".into();
    thief["delivery"]["certificates"] = only(&certificate);
    rerouted["partner"].as_array_mut().unwrap().push(thief.into());
    let agreements = rerouted["agreement"].as_array_mut().unwrap();
    let mut own = agreements.iter().find(|one| one["shipper"].as_str() == Some("northshop")).unwrap().clone();
    own["id"] = "A-000000000001".into();
    own["carrier"] = "thief".into();
    agreements.push(own);
    refused(94, &rerouted, "another carrier under its name");
    // Longer retention is nobody's to grant alone, either.
    let mut kept = honest.clone();
    for agreement in kept["agreement"].as_array_mut().unwrap() {
        agreement["retention_days"]["contact"] = 3650.into();
    }
    // The names are as they were again, and the thief stays without a name.
    partner(&mut kept, "democarrier")["edi"] = toml::Value::Array(vec!["ZZ:DEMOCARRIER".into()]);
    let mut parked = rerouted.clone();
    partner(&mut parked, "thief")["edi"] = toml::Value::Array(vec!["ZZ:NOBODY".into()]);
    partner(&mut parked, "democarrier")["edi"] = toml::Value::Array(vec!["ZZ:DEMOCARRIER".into()]);
    assert_eq!(apply(&server, &parked), 204);
    refused(95, &kept, "ten years");
    assert_eq!(deliveries(), before, "nothing was encrypted to anybody");
    let kinds: Vec<_> = server.entries().iter().map(|entry| entry["entry"]["type"].to_string()).collect();
    assert_eq!(kinds.iter().filter(|kind| *kind == "\"policy\"").count(), 1, "and nothing was decided");
    // As it was, or as an officer signs it, documents are taken again.
    assert_eq!(apply(&server, &honest), 204);
    assert_eq!(server.post(&notice(96, "AFTER-1", 1).bytes()).status, 200);
    let file = server.beside("changed.toml");
    std::fs::write(&file, toml::to_string(&swapped).unwrap()).unwrap();
    let shown = server.run(&["authority", "show"]).expect(0).text();
    assert!(shown.contains("carrier C-000000000001: documents are encrypted to certificate sha256:"), "{shown}");
    let signed = server.run(&["partner", "apply", file.to_str().unwrap()]).expect(0);
    assert!(signed.stderr.contains("decided: policy 2 is ledger entry "), "{}", signed.stderr);
    assert_eq!(server.post(&notice(97, "AFTER-2", 1).bytes()).status, 200);
    server.wait_until_anchored();
    // Each batch's entry names the policy whose certificate its copy is encrypted to.
    let entries: Vec<_> = server.entries().into_iter().map(|mut entry| entry["entry"].take()).collect();
    let policies = (0_u64..).zip(&entries).filter(|(_, entry)| entry["type"] == "policy").map(|(index, _)| index);
    let policies: Vec<_> = policies.collect();
    let anchors =
        entries.iter().filter_map(|entry| entry["record"]["batches"].as_array()?.first()?["carrier"].as_u64());
    assert_eq!(anchors.collect::<Vec<_>>(), [policies[0], policies[0], policies[1]]);
}

/// Passes everything on to the gateway, but says of each parcel that is found that it is the next row.
fn steering(gateway: String, token: String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            stream.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
            let mut request = Vec::new();
            let _ = stream.read_to_end(&mut request); // until the client waits for the answer
            let end = request.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
            let head = String::from_utf8(request[..end].to_vec()).unwrap();
            let mut words = head.split(' ');
            let (method, path) = (words.next().unwrap(), words.next().unwrap());
            let answer = http::ask(method, &gateway, path, &token, &request[end + 4..]).unwrap();
            let mut body = answer.body.clone();
            if path == "/v1/parcels/search" {
                let mut found: serde_json::Value = serde_json::from_slice(&body).unwrap();
                for parcel in found["parcels"].as_array_mut().unwrap() {
                    parcel["row"] = (parcel["row"].as_u64().unwrap() + 1).into();
                }
                body = found.to_string().into_bytes();
            }
            let status = answer.status;
            let head = format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
            let _ = stream.write_all(&[head.as_bytes(), &body].concat());
        }
    });
    address
}

/// The gateway cannot read an opening and could steer it: another person's address, with a perfect proof.
#[test]
fn the_gateway_names_another_row() {
    let server = Server::start();
    let sent = notice(98, "STEERED-1", 3);
    assert_eq!(server.post(&sent.bytes()).status, 200);
    server.wait_until_delivered();
    let token = server.dir("demo").join("operator.token");
    let proxy = format!("http://{}", steering(server.address(), server.token("operator")));
    let tracking = sent.tracking(1);
    let ask = ["open", "--tracking", &tracking, "--class", "address", "--purpose", "support", "--ticket", "T-1"];
    let honest = server.run(&ask).expect(0).text();
    assert!(honest.contains(&sent.name(1)), "before");
    let steered = server.run(&[&ask[..], &["--to", &proxy, "--token-file", token.to_str().unwrap()]].concat());
    assert_eq!((steered.code, steered.stdout.len()), (2, 0), "{}", steered.stderr);
    assert!(steered.stderr.contains("the gateway named another row"), "{}", steered.stderr);
    assert!(!steered.stderr.contains("OLVERIN"), "nothing of anybody is shown");
    let rows: Vec<_> =
        server.entries().iter().map(|entry| entry["entry"]["request"]["scope"]["rows"].to_string()).collect();
    assert_eq!(rows.iter().filter(|rows| *rows == "[2]").count(), 1, "it is in the ledger all the same");
}
