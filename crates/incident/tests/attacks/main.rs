//! Attacks on the bound, each named after what the attacker does, with the figures before and after.
#![allow(clippy::unwrap_used, reason = "a test may panic, its helper functions too")]

mod certificate;
mod co_holder;
mod dates;
#[path = "../estate/mod.rs"]
mod estate;
mod lists;
mod pins;
mod renewal;
mod totality;
mod warden;
mod worker;

use estate::*;
use incident::{
    Assessment, History, Hypotheses, Level, Pins,
    assessment::{Absent, AtMost},
    bundle::{self, Parts, Proven, Refusal, Verified},
    dating::Terms,
    exposure::{self, Ground},
    history::Fault,
};
use ledger::{entry::*, replay::*, *};

const WARDEN: &str = "[[hypothesis]]\nkind = \"warden\"\n";
const STORAGE: &str = "[[hypothesis]]\nkind = \"storage\"\n";
const HOST: &str = "[[hypothesis]]\nkind = \"host\"\nworkers = [\"gw-1\"]\n";
const AGENT: &str = "[[hypothesis]]\nkind = \"principal\"\nprincipal = \"support-7\"\n";
/// Of the anchors that are made up here: `linkable`, `address` and `contact` of October.
const OCTOBER: &str = "A-1/2026-10/d90";

/// Proves and verifies with the reader's pins, so that the bundle's way is the one that is tested.
fn verified(estate: &Estate, hypothesis: &str) -> Verified {
    let (note, pins) = (estate.note(), estate.pins());
    let parts = Parts { leaves: &estate.leaves, note: note.as_bytes(), hypothesis, pins: Some(&pins) };
    let Proven { octets, assessment, .. } = bundle::prove(parts, &estate.beside()).unwrap();
    let verified = bundle::verify(&octets, Some(&pins), &[]).unwrap();
    assert_eq!(verified.assessment, assessment);
    verified
}

fn assess_at(estate: &Estate, hypothesis: &str, ground: Ground) -> Assessment {
    let hypotheses = Hypotheses::parse(hypothesis).unwrap();
    exposure::assess(&estate.history(), &estate.beside(), &hypotheses, ground).unwrap()
}

fn from(hypothesis: &str, from: &str) -> String {
    format!("{hypothesis}from = {from}\n")
}

/// Rows, parties, shippers.
fn bound(assessment: &Assessment) -> (u64, u64, u64) {
    let AtMost { rows, parties, shippers, .. } = assessment.at_most;
    (rows, parties, shippers)
}

/// `(entry, kind, signer)` of each void entry.
fn voids(assessment: &Assessment) -> Vec<(u64, &str, Signer)> {
    assessment.voids.iter().map(|void| (void.entry, void.kind.as_str(), void.signer)).collect()
}

fn anchor(estate: &Estate, batch: BatchId, rows: u32, period: &str) -> Anchor {
    let period: PeriodId = period.parse().unwrap();
    let key = estate.state.periods[&period].key;
    Anchor {
        batch,
        header: Hash([222; 32]),
        rows,
        parties: u64::from(rows) * 2,
        octets: 10_000,
        carrier: CARRIERS,
        keys: vec![SealedTo { period, key }],
    }
}

/// What whoever has the first worker's key can sign: an entry of its start, without any body.
fn signed(estate: &Estate, anchors: Vec<Anchor>) -> Entry {
    let worker: WorkerId = "gw-1".parse().unwrap();
    let ticket = estate.state.instances.get(&FIRST).map_or(0, |own| own.largest()) + 50;
    Entry::Intake(Intake::new(
        IntakeRecord {
            worker,
            received: estate.now,
            instance: FIRST,
            ticket,
            part: 1,
            parts: 1,
            channel: Channel::Https,
            tls: true,
            decryption: None,
            octets: 1_000,
            rows: anchors.iter().map(|anchor| u64::from(anchor.rows)).sum(),
            parties: anchors.iter().map(|anchor| anchor.parties).sum(),
            verdict: Verdict::Accepted,
            shipper: None,
            batches: anchors,
        },
        &secret(1),
    ))
}

impl Estate {
    /// A taken warden writes an entry that breaks a rule.
    fn forced(&mut self, entry: Entry) -> Rule {
        let leaf = Logged { time: self.now, entry }.to_bytes();
        match self.force(&leaf) {
            Taken::Void(rule) => rule,
            Taken::Applied => panic!("it was to break a rule"),
        }
    }
}
