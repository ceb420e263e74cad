//! Who stands where.

use super::{ORIGIN, public, warden, witness};
use ledger::entry::{Authority, EnrolledWorker, Genesis, Officer, PlacedKey};

/// Where each key of the estate is: warden, first and second witness, first and second worker.
pub type Hosts<'a> = [&'a str; 5];
pub const HOSTS: Hosts = ["vault.example", "w1.example", "w2.example", "gw-1.example", "gw-2.example"];

pub fn genesis([vault, first, second, gw_1, gw_2]: Hosts, copies_days: u32) -> Genesis {
    let placed = |key: tlog::Verifier, organisation: &str, host: &str| PlacedKey {
        key: key.to_string(),
        organisation: organisation.parse().unwrap(),
        host: host.parse().unwrap(),
    };
    let enrolled = |worker: &str, octet, host: &str| EnrolledWorker {
        worker: worker.parse().unwrap(),
        key: public(octet),
        organisation: "Provider".parse().unwrap(),
        host: host.parse().unwrap(),
    };
    Genesis {
        origin: ORIGIN.into(),
        authority: Authority {
            threshold: 1,
            officers: vec![Officer { organisation: "Post".parse().unwrap(), key: public(90) }],
        },
        warden: placed(warden().verifier(), "Post", vault),
        copies_days,
        witnesses: vec![
            placed(witness(1).verifier(), "Audit", first),
            placed(witness(2).verifier(), "Second Audit", second),
        ],
        quorum: 1,
        workers: vec![enrolled("gw-1", 1, gw_1), enrolled("gw-2", 2, gw_2)],
    }
}
