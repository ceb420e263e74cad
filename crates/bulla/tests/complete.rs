//! What a gateway received is in the ledger, or counts: bodies cut off, too large, or in a process that is killed; a warden
//! that does not answer.
#![allow(clippy::unwrap_used, reason = "a test may panic, its helper functions too")]

mod support;

use rustix::process::{Signal, kill_process};
use serde_json::Value;
use std::{
    io::{Read, Write},
    net::TcpStream,
    time::{Duration, Instant},
};
use support::{Server, document::notice, http, wait_for};

fn of(server: &Server, kind: &str) -> Vec<Value> {
    let all = server.entries().into_iter().map(|entry| entry["entry"].clone());
    all.filter(|entry| entry["type"] == kind).map(|entry| entry["record"].clone()).collect()
}

fn broken(server: &Server) -> Vec<Value> {
    of(server, "intake").into_iter().filter(|record| record["verdict"] == "broken").collect()
}

fn assessed(server: &Server, kind: &str) -> Value {
    let out = server.beside("assessed");
    server.run(&["assess", "--kind", kind, "--json", "--out", out.to_str().unwrap()]).expect(0).json()
}

/// A request whose body is longer than what is sent of it.
fn begin(server: &Server, announced: usize, sent: &[u8]) -> TcpStream {
    let address = server.address();
    let mut stream = TcpStream::connect(address).unwrap();
    let token = server.token("northshop");
    let head = format!(
        "POST /v1/interchanges HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\ncontent-length: {announced}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(sent).unwrap();
    stream
}

#[test]
fn a_body_that_is_cut_off_counts_with_what_may_have_been_read_of_it() {
    let server = Server::start();
    drop(begin(&server, 9_000, b"ISA*00*"));
    let first = wait_for("its entry", || broken(&server).first().cloned());
    assert_eq!(
        (&first["octets"], &first["rows"], &first["channel"]),
        (&65_536.into(), &32_768.into(), &"https".into())
    );
    // A larger one: noted in steps, before more of it is read.
    let large = vec![b'x'; 300_000];
    let stream = begin(&server, 9_000_000, &large);
    std::thread::sleep(Duration::from_millis(300));
    drop(stream);
    let second = wait_for("its entry", || broken(&server).get(1).cloned());
    assert_eq!(second["octets"], 1_048_576);
    // Too large to be read at all, and one without a credential: neither is a body of anybody's.
    let mut answer = [0; 12];
    begin(&server, 1 << 40, b"").read_exact(&mut answer).unwrap();
    assert_eq!(answer, *b"HTTP/1.1 413");
    let stranger = http::post(&server.address(), "/v1/interchanges", "nobody", &notice(1, "M-1", 1).bytes()).unwrap();
    assert_eq!(stranger.status, 401);
    let third = wait_for("the entry of the one that was too large", || broken(&server).get(2).cloned());
    assert_eq!(third["octets"], 65_536);
    // All of it is in the host's window, and nothing of it is stored.
    let found = assessed(&server, "host");
    assert_eq!(found["entries"].as_array().unwrap().len(), 3);
    assert_eq!(found["recorded"]["rows"], 32_768 + 524_288 + 32_768);
    assert_eq!(assessed(&server, "storage")["gaps"], serde_json::json!([]));
}

#[test]
fn a_killed_process_counts_until_the_next_one_has_said_what_it_left() {
    let mut server = Server::start();
    assert_eq!(server.post(&notice(1, "M-1", 2).bytes()).status, 200);
    server.wait_until_anchored();
    let stream = begin(&server, 9_000, b"ISA*00*");
    let directory = server.dir("gateway").join("tickets");
    let noted = || {
        let files = std::fs::read_dir(&directory).unwrap().map(|file| file.unwrap().metadata().unwrap().len());
        files.sum::<u64>()
    };
    wait_for("its ticket on the disk", || (noted() >= 48).then_some(()));
    server.kill("gateway", Signal::KILL);
    drop(stream);
    let copy = server.beside("copy");
    support::copy(&server.dir("warden").join("ledger"), &copy);
    let of_copy = |kind| {
        let out = server.beside("dead");
        let arguments =
            ["assess", "--kind", kind, "--json", "--out", out.to_str().unwrap(), "--ledger", copy.to_str().unwrap()];
        server.run(&arguments).expect(0).json()
    };
    let dead = of_copy("warden");
    assert_eq!((&dead["gaps"][0]["rows"], &dead["at_most"]["rows"]), (&1_000.into(), &1_002.into()));
    assert_eq!(of_copy("storage")["at_most"]["rows"], 0);

    server.start_role("gateway");
    server.wait_until_ready();
    let left = wait_for("the entry of what it left", || broken(&server).first().cloned());
    let (starts, ticks) = (of(&server, "start"), of(&server, "tick"));
    assert_eq!((&left["instance"], &left["octets"]), (&starts[0]["instance"], &65_536.into()));
    let closed = &starts[1]["closes"][0];
    assert_eq!((&closed["instance"], &closed["last"]), (&starts[0]["instance"], &2.into()));
    assert_eq!(starts[0]["boot"], starts[1]["boot"], "the machine runs since then");
    assert_eq!(ticks.last().unwrap()["instance"], starts[1]["instance"]);
    let files: Vec<_> = std::fs::read_dir(&directory).unwrap().map(|file| file.unwrap().file_name()).collect();
    assert_eq!(files.len(), 1, "what is over is forgotten");
    let found = assessed(&server, "warden");
    assert_eq!((&found["gaps"], &found["at_most"]["rows"]), (&serde_json::json!([]), &2.into()));
    // What the killed process had in its memory may be there until the machine is started anew.
    let now = jiff::Timestamp::now().to_string();
    let out = server.beside("host");
    let host = server.run(&["assess", "--kind", "host", "--from", &now, "--json", "--out", out.to_str().unwrap()]);
    assert_eq!(host.expect(0).json()["entries"].as_array().unwrap().len(), 2);
}

#[test]
fn a_gateway_goes_on_without_the_warden_as_far_as_it_said() {
    let server = Server::start();
    assert_eq!(server.post(&notice(1, "M-1", 400).bytes()).status, 200);
    server.wait_until_anchored();
    let warden = server.pid("warden").unwrap();
    kill_process(warden, Signal::STOP).unwrap();
    assert_eq!(server.post(&notice(2, "M-2", 600).bytes()).status, 200);
    assert_eq!(server.post(&notice(3, "M-3", 400).bytes()).status, 200);
    let began = Instant::now();
    let refused = server.post(&notice(4, "M-4", 1).bytes());
    assert_eq!(refused.status, 503, "{}", refused.text());
    assert!(refused.text().contains("the ledger is behind") && began.elapsed() > Duration::from_secs(5));
    // What stores nothing needs no credit.
    assert_eq!(server.post(b"no EDI at all").status, 400);
    kill_process(warden, Signal::CONT).unwrap();
    let token = server.token("northshop");
    let taken = wait_for("the same document to be taken", || {
        let answer = http::post(&server.address(), "/v1/interchanges", &token, &notice(4, "M-4", 1).bytes()).ok()?;
        (answer.status == 200).then_some(answer)
    });
    assert_eq!(taken.header("bulla-verdict"), Some("accepted"));
    server.wait_until_anchored();
    assert_eq!(assessed(&server, "warden")["at_most"]["rows"], 1_401);
    let verdicts: Vec<_> = of(&server, "intake").iter().map(|record| record["verdict"].clone()).collect();
    assert_eq!(verdicts.iter().filter(|verdict| **verdict == "accepted").count(), 4);
}

/// More than the credit at once: it is asked for while the body waits.
#[test]
fn a_large_document_asks_for_the_credit_that_it_needs() {
    let server = Server::start();
    assert_eq!(server.post(&notice(1, "M-1", 2_500).bytes()).status, 200);
    server.wait_until_anchored();
    let ticks = of(&server, "tick");
    let credits: Vec<_> = ticks.iter().map(|tick| tick["credit"]["rows"].as_u64().unwrap()).collect();
    assert_eq!(credits[..2], [1_000, 5_000]);
    let open: Vec<_> = ticks.iter().map(|tick| tick["open"].clone()).collect();
    assert_eq!(open[1], serde_json::json!([1]), "the body that waits is open");
}

/// Less credit binds as soon as it is sent. With a warden that does not answer, it would for as long as that.
#[test]
fn an_assessment_during_an_outage_does_not_stop_intake() {
    let server = Server::start();
    assert_eq!(server.post(&notice(1, "M-1", 2).bytes()).status, 200);
    server.wait_until_anchored();
    let warden = server.pid("warden").unwrap();
    kill_process(warden, Signal::STOP).unwrap();
    let (address, token) = (server.address(), server.token("operator"));
    let settling = std::thread::spawn(move || http::post(&address, "/v1/settle", &token, b""));
    std::thread::sleep(Duration::from_secs(1));
    let answer = server.post(&notice(2, "M-2", 1).bytes());
    assert_eq!(answer.status, 200, "{}", answer.text());
    kill_process(warden, Signal::CONT).unwrap();
    let _ = settling.join().unwrap();
    server.wait_until_anchored();
    assert_eq!(assessed(&server, "warden")["at_most"]["rows"], 3);
}

/// What a warden that was taken has entered where it has no effect, the next one never heard of. Entries behind it waited for ever.
#[test]
fn a_start_that_the_ledger_has_without_effect_is_entered_once_more() {
    let mut server = Server::start();
    assert_eq!(server.post(&notice(1, "M-1", 2).bytes()).status, 200);
    server.wait_until_anchored();
    let worker = of(&server, "start")[0]["worker"].clone();
    server.kill("gateway", Signal::KILL);
    let earlier = ledger::InstanceId([7; 16]);
    let record = serde_json::json!({
        "worker": worker, "instance": earlier, "ticket": 1, "part": 1, "parts": 1,
        "received": "2026-11-01T00:00:00.000Z", "channel": "https", "tls": false, "decryption": null, "octets": 9,
        "rows": 4, "parties": 8, "verdict": "broken", "shipper": null, "batches": [],
    });
    let mut seed = [0; 32];
    let key = std::fs::read_to_string(server.dir("gateway").join("worker.key")).unwrap();
    hex::decode_to_slice(key.trim(), &mut seed).unwrap();
    let intake = ledger::entry::Intake::new(serde_json::from_value(record).unwrap(), &seed.into());
    vault::Vault::open(&server.dir("gateway")).unwrap().note(vec![intake]).unwrap();
    server.start_role("gateway");
    server.wait_until_ready();
    assert_eq!(server.post(&notice(2, "M-2", 1).bytes()).status, 200);
    server.wait_until_anchored();
    let starts = of(&server, "start");
    assert_eq!((starts.len(), &starts[1]["instance"]), (3, &serde_json::json!(earlier)));
    let entered = &broken(&server)[0];
    assert_eq!((&entered["instance"], &entered["rows"]), (&starts[1]["instance"], &4.into()));
}
