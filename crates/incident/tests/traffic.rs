//! `traffic`: who has recorded the lines, and gets the key of one of our own certificates.
#![allow(clippy::unwrap_used, reason = "a test may panic, its helper functions too")]

mod estate;

use estate::*;
use incident::{Assessment, Hypotheses, exposure};
use ledger::{entry::*, *};

fn assess(estate: &Estate, rest: &str) -> Result<Assessment, exposure::Error> {
    let text = format!("[[hypothesis]]\nkind = \"traffic\"\n{rest}");
    exposure::assess(&estate.history(), &estate.beside(), &Hypotheses::parse(&text).unwrap(), APART)
}

fn of(certificate: u8) -> String {
    format!("certificate = \"sha256:{}\"\n", Hash([certificate; 32]))
}

/// A body of so many rows that were never sealed.
fn came(estate: &mut Estate, ticket: u64, rows: u64, channel: Channel, decryption: Option<u8>) {
    let record = IntakeRecord {
        worker: "gw-1".parse().unwrap(),
        received: estate.now,
        instance: FIRST,
        ticket,
        part: 1,
        parts: 1,
        channel,
        tls: false,
        decryption: decryption.map(|octet| Hash([octet; 32])),
        octets: 1_000,
        rows,
        parties: rows,
        verdict: Verdict::Refused,
        shipper: None,
        batches: Vec::new(),
    };
    estate.push(Entry::Intake(Intake::new(record, &secret(1))));
}

/// Two certificates of ours, one after the other, and what came by other ways.
fn year() -> Estate {
    let mut estate = Estate::new();
    estate.at("2026-09-02T00:00:00.000Z");
    came(&mut estate, 1, 1, Channel::As2, Some(7));
    estate.at("2026-09-03T00:00:00.000Z");
    came(&mut estate, 2, 10, Channel::As2, Some(7));
    came(&mut estate, 3, 100, Channel::As2, Some(8));
    came(&mut estate, 4, 1_000, Channel::As2, None);
    came(&mut estate, 5, 10_000, Channel::Https, None);
    estate.at("2026-09-04T00:00:00.000Z");
    estate.beat(&[1]);
    came(&mut estate, 6, 100_000, Channel::As2, Some(7));
    estate.at("2026-09-05T00:00:00.000Z");
    estate.at("2026-09-06T00:00:00.000Z");
    estate
}

#[test]
fn what_was_encrypted_to_the_certificate_is_recorded_and_never_bounded() {
    let estate = year();
    let rows = |rest: &str| {
        let found = assess(&estate, rest).unwrap();
        assert!(found.at_most.unbounded && found.to_text().contains("NO UPPER BOUND"));
        assert_eq!(found.recorded.rows, found.at_most.rows);
        found.at_most.rows
    };
    // What came by AS2 and does not tell which certificate it was may have been this one.
    assert_eq!(rows(&of(7)), 101_011);
    assert_eq!(rows(&of(8)), 1_100);
    // What was recorded from the third on; an end that no gateway had seen leaves nothing out (`late.rs`).
    assert_eq!(rows(&format!("{}from = 2026-09-02T12:00:00Z\n", of(7))), 101_010);
    assert_eq!(rows(&format!("{}to = 2026-09-03T12:00:00Z\n", of(7))), 101_011);
    let statements = assess(&estate, &of(7)).unwrap().statements;
    assert!(statements.iter().any(|said| said.starts_with("Traffic: there is no upper bound. Of 101011 rows")));
}

#[test]
fn a_certificate_that_nothing_was_encrypted_to_is_a_mistake() {
    let error = assess(&year(), &of(9)).unwrap_err();
    assert_eq!(error, exposure::Error::UnknownDecryption { certificate: Hash([9; 32]) });
}

/// A gateway that leaves the certificate's name out, or a warden that spoils the entry, makes nothing smaller.
#[test]
fn an_entry_that_does_not_tell_counts() {
    let mut estate = year();
    let before = assess(&estate, &of(7)).unwrap().at_most.rows;
    let at = estate.state.intakes.iter().find(|intake| intake.ticket == 2).unwrap().at.entry;
    let again = estate.leaves[usize::try_from(at).unwrap()].clone();
    estate.force(&again);
    assert_eq!(assess(&estate, &of(7)).unwrap().at_most.rows, before + 10);
}
