//! What is told of a carrier's certificate, and by whom: the worker names the policy, officers gave the certificate.

use super::*;

const PERIOD: &str = "A-1/2026-09/d90";

fn key_of(certificate: u8) -> String {
    format!("[[hypothesis]]\nkind = \"carrier-key\"\ncertificate = \"sha256:{}\"\n", Hash([certificate; 32]))
}

/// Rows that the key of each of these certificates reads.
fn read(estate: &Estate, certificates: [u8; 2]) -> [u64; 2] {
    certificates.map(|certificate| verified(estate, &key_of(certificate)).assessment.at_most.rows)
}

fn carrier_with(carrier: &str, certificates: &[u8]) -> Carrier {
    let certificates = certificates.iter().map(|certificate| Hash([*certificate; 32])).collect();
    Carrier { carrier: carrier.parse().unwrap(), key: Some(public(4)), certificates, edi: [].into() }
}

fn carrier(carrier: &str, certificate: u8) -> Carrier {
    carrier_with(carrier, &[certificate])
}

fn decide(estate: &mut Estate, carriers: Vec<Carrier>) -> u64 {
    estate.push(estate.policy(vec![], carriers, vec![]))
}

fn receive(estate: &mut Estate, rows: u32) {
    estate.receive("gw-1", Verdict::Accepted, 0, &[("A-1", &[(Province::QC, &[Address], rows)])]);
}

/// Four rows under the first certificate, eight under the second, and where officers gave that.
fn replaced() -> (Estate, u64) {
    let mut estate = Estate::new();
    receive(&mut estate, 4);
    let second = decide(&mut estate, vec![carrier("C-1", 91)]);
    receive(&mut estate, 8);
    (estate, second)
}

#[test]
fn a_certificate_was_replaced() {
    let (mut estate, _) = replaced();
    assert_eq!(read(&estate, [81, 91]), [4, 8]);
    // The ledger alone tells them apart.
    estate.headers.clear();
    assert_eq!(read(&estate, [81, 91]), [4, 8]);
    // Officers go back to the first one, and then change what has nothing to do with this carrier.
    decide(&mut estate, vec![carrier("C-1", 81)]);
    receive(&mut estate, 16);
    decide(&mut estate, vec![carrier("C-2", 92)]);
    receive(&mut estate, 32);
    assert_eq!(read(&estate, [81, 91]), [52, 8]);
    let both = key_of(81) + &key_of(91);
    assert_eq!(verified(&estate, &both).assessment.at_most.rows, 60);
}

/// The next one stands beside the one that ends: which of them was used, the ledger does not say, so both count.
#[test]
fn certificates_overlap() {
    let mut estate = Estate::new();
    receive(&mut estate, 4);
    decide(&mut estate, vec![carrier_with("C-1", &[81, 91])]);
    receive(&mut estate, 8);
    decide(&mut estate, vec![carrier("C-1", 91)]);
    receive(&mut estate, 16);
    assert_eq!(read(&estate, [81, 91]), [12, 24]);
    estate.headers.clear();
    assert_eq!(read(&estate, [81, 91]), [12, 24]);
    let both = key_of(81) + &key_of(91);
    assert_eq!(verified(&estate, &both).assessment.at_most.rows, 28);
}

/// A policy that nobody signed adds one to others.
#[test]
fn a_void_policy_gives_several() {
    let (mut estate, _) = replaced();
    let several = vec![carrier_with("C-1", &[66, 67])];
    let record = PolicyRecord { carriers: several, ..PolicyRecord::new(ORIGIN, 9, None) };
    estate.forced(Entry::Policy(Policy::new(record, vec![])));
    assert_eq!(read(&estate, [66, 67]), [12, 12]);
    assert_eq!(read(&estate, [81, 91]), [4, 8]);
}

/// The warden enters a policy that nobody signed. It takes nothing away, and may say what is true.
#[test]
fn the_warden_gives_the_carrier_another_certificate() {
    let (mut estate, _) = replaced();
    let record =
        PolicyRecord { carriers: vec![carrier("C-1", 66), carrier("C-1", 91)], ..PolicyRecord::new(ORIGIN, 9, None) };
    let entry = estate.state.size;
    estate.forced(Entry::Policy(Policy::new(record, vec![])));
    assert_eq!(read(&estate, [81, 66]), [4, 12]);
    assert_eq!(read(&estate, [91, 66]), [12, 12]);
    // An anchor that names it is void, and counts for whichever certificate the carrier ever had.
    let named = Anchor { carrier: entry, ..anchor(&estate, BatchId([210; 16]), 100, PERIOD) };
    let rule = Rule::AnchorCarrier { batch: named.batch, entry };
    let entry = signed(&estate, vec![named]);
    assert_eq!(estate.forced(entry), rule);
    assert_eq!(read(&estate, [81, 66]), [104, 112]);
}

/// A worker names what is no policy, what is none yet, or one that names other carriers: that only raises.
#[test]
fn a_worker_names_a_wrong_policy() {
    let (honest, second) = replaced();
    let named = |estate: &Estate, carrier| Anchor { carrier, ..anchor(estate, BatchId([210; 16]), 100, PERIOD) };
    for entry in [0, second + 1, honest.state.size, u64::MAX] {
        let mut estate = honest.clone();
        let lie = signed(&estate, vec![named(&estate, entry)]);
        assert_eq!(estate.forced(lie), Rule::AnchorCarrier { batch: BatchId([210; 16]), entry });
        assert_eq!(read(&estate, [81, 91]), [104, 108], "void: {entry}");
        let found = verified(&estate, &key_of(91)).assessment;
        assert_eq!((voids(&found)[0].2, found.damaged), (Signer::Worker, false));
    }
    let mut estate = honest.clone();
    let other = decide(&mut estate, vec![carrier("C-2", 92)]);
    estate.push(signed(&estate, vec![named(&estate, other)]));
    assert_eq!(read(&estate, [81, 91]), [104, 108], "the policy does not name this agreement's carrier");
    assert_eq!(read(&estate, [92, 82]), [0, 0]);
    // More rows than octets.
    let mut estate = honest;
    let anchor = Anchor { octets: 99, ..named(&estate, second) };
    let rule = Rule::AnchorOctets { batch: anchor.batch, rows: 100, octets: 99 };
    let lie = signed(&estate, vec![anchor]);
    assert_eq!(estate.forced(lie), rule);
    assert_eq!(read(&estate, [81, 91]), [104, 108]);
}

/// The header, which fits, is for a carrier that the named policy does not name.
#[test]
fn an_agreement_changes_its_carrier_and_the_worker_names_the_other_ones_policy() {
    let mut estate = Estate::new();
    let group = ("d90", &[Address][..], 90);
    estate.push(estate.policy(vec![], vec![], vec![terms("A-2", "S-2", "C-1", &[group])]));
    let other = decide(&mut estate, vec![carrier("C-1", 91)]);
    let rows: Rows = &[(Province::QC, &[Address], 8)];
    estate.receive("gw-1", Verdict::Accepted, 0, &[("A-2", rows)]);
    // The estate seals by the agreement's first version: for C-2, whose certificate is the first policy's.
    assert_eq!(read(&estate, [82, 91]), [8, 0]);
    let batch = *estate.headers.keys().next().unwrap();
    let mut lie = estate.anchor(&estate.headers[&batch]);
    (lie.batch, lie.carrier) = (BatchId([211; 16]), other);
    let disclosed = estate.headers[&batch].clone();
    let header = Header { batch: lie.batch, instance: FIRST, ticket: 51, ..disclosed.header };
    lie.header = header.salted(&disclosed.salt);
    estate.headers.insert(lie.batch, ledger::Disclosed { header, salt: disclosed.salt });
    estate.push(signed(&estate, vec![lie]));
    assert!(verified(&estate, &key_of(82)).assessment.without_header.is_empty(), "the header fits");
    assert_eq!(read(&estate, [82, 91]), [16, 0]);
}
