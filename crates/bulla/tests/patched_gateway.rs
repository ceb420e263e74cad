//! A gateway whose binary was changed by a thief (`gateway::taken`): a real process in its place, with its keys, that keeps what it sees,
//! hides, undercounts and dates back. What is in the thief's hands afterwards is never above what is answered of the host; where the record alone
//! would say less, it is said that there is no upper bound. Only in a build with `--features leaky`.
#![cfg(feature = "leaky")]
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod support;

use rustix::process::Signal;
use serde_json::Value;
use std::fs;
use support::{
    Server,
    answer::{assess, intakes},
    document::{Notice, notice, values},
};

/// The thief's own binary stands where the gateway stood, and is told what to do with which manifest.
fn take_it(server: &mut Server, plan: &str) {
    server.kill("gateway", Signal::KILL);
    assert!(server.try_role("gateway", &[("BULLA_TAKEN", plan)]));
    server.wait_until_ready();
}

/// What the thief has: the tracking numbers in the bodies that he kept.
fn read(server: &Server) -> Vec<String> {
    let kept = fs::read_dir(server.dir("gateway").join("kept")).unwrap();
    let bodies = kept.map(|file| fs::read(file.unwrap().path()).unwrap());
    bodies.flat_map(|body| values(&body, "MAN*CP", 2)).collect()
}

fn send(server: &Server, document: &Notice) {
    let answer = server.post(&document.bytes());
    assert_eq!(answer.status, 200, "its sender sees nothing: {}", answer.text());
}

#[test]
fn what_a_changed_binary_took_is_not_denied() {
    let mut server = Server::start();
    send(&server, &notice(1, "BEFORE-1", 20));
    server.wait_until_anchored();
    let from = jiff::Timestamp::now().to_string();
    take_it(&mut server, "hide=HIDDEN-1 few=FEWER-1 back=BACK-1");
    for document in
        [notice(2, "OPEN-1", 7), notice(3, "HIDDEN-1", 11), notice(4, "FEWER-1", 13), notice(5, "BACK-1", 5)]
    {
        send(&server, &document);
    }
    server.wait_until_anchored();
    assert_eq!(read(&server).len(), 36, "the thief has them all");
    let told: Vec<_> = intakes(&server).iter().map(|record| record["rows"].as_u64().unwrap()).collect();
    assert_eq!(told, [20, 7, 1, 5], "and the ledger heard of fewer");
    let before = intakes(&server)[3]["received"].as_str().unwrap() < &from[..10];
    assert!(before, "one of which came before he did, he says");

    let (found, text) = assess(&server, "host", &["--workers", "gw-1", "--from", &from]);
    let logged = server.entries();
    let rows = |entry: &Value| logged[entry["entry"].as_u64().unwrap() as usize]["entry"]["record"]["rows"].clone();
    let listed: Vec<_> = found["entries"].as_array().unwrap().iter().map(rows).collect();
    assert_eq!(listed, [20, 7, 1, 5], "by where they stand in the ledger, whatever date they claim");
    assert_eq!((&found["recorded"]["rows"], &found["at_most"]["unbounded"]), (&33.into(), &true.into()));
    assert!(text.contains("NO UPPER BOUND"), "{text}");
}
