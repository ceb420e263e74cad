//! A gateway that was taken and lies. Its thief stands where it stood: keeps each body, hides some from the ledger, lets others in with fewer
//! parcels, dates one back with the worker's own key. What was truly readable is never above what is answered of the host; where the
//! record alone would say less, it is said that there is no upper bound.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod support;

use ledger::{InstanceId, entry::Intake};
use rustix::process::Signal;
use support::{
    Server,
    answer::{assess, intakes},
    document::{notice, values},
};

/// What the thief has read.
#[derive(Default)]
struct Kept(Vec<Vec<u8>>);

impl Kept {
    /// A shipper's document, which comes to the thief instead of the gateway.
    fn reads(&mut self, document: &[u8]) {
        self.0.push(document.to_vec());
    }

    fn parcels(&self) -> u64 {
        self.0.iter().map(|document| values(document, "MAN*CP", 2).len() as u64).sum()
    }
}

/// An entry of the running instance's next ticket, signed with the stolen key: of five parcels that came a month ago.
fn dated_back(server: &Server) -> Intake {
    let last = intakes(server).pop().unwrap();
    let record = serde_json::json!({
        "worker": last["worker"], "instance": InstanceId([7; 16]), "ticket": 1, "part": 1, "parts": 1,
        "received": "2026-01-01T00:00:00.000Z", "channel": "https", "tls": false, "decryption": null, "octets": 900,
        "rows": 5, "parties": 10, "verdict": "broken", "shipper": null, "batches": [],
    });
    let mut seed = [0; 32];
    let key = std::fs::read_to_string(server.dir("gateway").join("worker.key")).unwrap();
    hex::decode_to_slice(key.trim(), &mut seed).unwrap();
    Intake::new(serde_json::from_value(record).unwrap(), &seed.into())
}

#[test]
fn what_a_lying_gateway_hid_is_not_denied() {
    let mut server = Server::start();
    assert_eq!(server.post(&notice(1, "M-1", 20).bytes()).status, 200);
    server.wait_until_anchored();
    let from = jiff::Timestamp::now().to_string();

    let mut kept = Kept::default();
    // Lets one through, and keeps it.
    kept.reads(&notice(2, "M-2", 7).bytes());
    assert_eq!(server.post(&notice(2, "M-2", 7).bytes()).status, 200);
    // Hides one: no ticket, no entry, no batch.
    kept.reads(&notice(3, "M-3", 11).bytes());
    // Lets one in with one parcel of thirteen.
    kept.reads(&notice(4, "M-4", 13).bytes());
    assert_eq!(server.post(&notice(4, "M-4", 1).bytes()).status, 200);
    server.wait_until_anchored();
    // Dates one back to long before it came.
    kept.reads(&notice(5, "M-5", 5).bytes());
    let entry = dated_back(&server);
    server.kill("gateway", Signal::KILL);
    vault::Vault::open(&server.dir("gateway")).unwrap().note(vec![entry]).unwrap();
    server.start_role("gateway");
    server.wait_until_ready();
    support::wait_for("what was dated back", || (intakes(&server).len() == 4).then_some(()));

    let (found, text) = assess(&server, "host", &["--workers", "gw-1", "--from", &from]);
    let listed = found["entries"].as_array().unwrap();
    let at: Vec<_> = listed.iter().map(|entry| entry["entry"].as_u64().unwrap()).collect();
    let logged = server.entries();
    let rows: Vec<_> = at.iter().map(|at| logged[*at as usize]["entry"]["record"]["rows"].as_u64().unwrap()).collect();
    assert_eq!(rows, [20, 7, 1, 5], "by where they stand in the ledger, whatever date they claim");
    let recorded = found["recorded"]["rows"].as_u64().unwrap();
    assert_eq!((recorded, kept.parcels()), (33, 36), "the thief has read more than the record says");
    assert_eq!(found["at_most"]["unbounded"], true);
    assert!(text.contains("NO UPPER BOUND"), "{text}");
}
