//! What is answered of an incident, and what the ledger was told.

use super::Server;
use serde_json::Value;

/// The answer of one kind, and what whoever verifies it is shown; by the demo's pins it is verified.
#[track_caller]
pub fn assess(server: &Server, kind: &str, more: &[&str]) -> (Value, String) {
    asked(server, &[&["--kind", kind], more].concat())
}

/// As [`assess`], of what several hypotheses say together.
#[track_caller]
pub fn asked(server: &Server, question: &[&str]) -> (Value, String) {
    let (out, pins) = (server.beside("answer"), server.dir("demo").join("pins.toml"));
    let (bundle, pins) = (out.join("bundle.bulla"), pins.to_str().unwrap());
    let own = ["assess", "--json", "--out", out.to_str().unwrap()];
    let found = server.run(&[&own, question].concat()).expect(0).json();
    let verified = server.run(&["verify", bundle.to_str().unwrap(), "--pins", pins]).expect(0);
    (found, verified.text())
}

/// The bound, unless there is said to be none.
pub fn at_most(found: &Value) -> Option<u64> {
    let most = &found["at_most"];
    (!most["unbounded"].as_bool().unwrap()).then(|| most["rows"].as_u64().unwrap())
}

/// Intake entries' records, in order of the ledger.
pub fn intakes(server: &Server) -> Vec<Value> {
    let all = server.entries().into_iter().map(|entry| entry["entry"].clone());
    all.filter(|entry| entry["type"] == "intake").map(|entry| entry["record"].clone()).collect()
}
