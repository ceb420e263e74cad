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
