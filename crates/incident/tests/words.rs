//! Carriers' words, many of them: lines of a file, none of which is kept in memory.
#![allow(clippy::unwrap_used, reason = "a test may panic, its helper functions too")]

mod estate;

use estate::*;
use incident::{
    bundle::{self, Lines, Parts, Prover, Refusal},
    exposure::{Beside, Files, Shown},
};
use ledger::*;
use std::{collections::BTreeSet, sync::Mutex};

const WARDEN: &str = "[[hypothesis]]\nkind = \"warden\"\n";

fn prove(estate: &Estate, beside: &impl Beside) -> Result<Vec<u8>, Refusal> {
    let (note, pins) = (estate.note(), estate.pins());
    let parts = Parts { leaves: &estate.leaves, note: note.as_bytes(), hypothesis: WARDEN, pins: Some(&pins) };
    bundle::prove(parts, beside).map(|proven| proven.octets)
}

/// Words on each batch and each two of them, and hundreds on one: of different deliveries, in no order.
fn words(estate: &Estate) -> Vec<Confirmation> {
    let record = &estate.confirmations[0].record;
    let rows = |batches: &BTreeSet<BatchId>| batches.iter().map(|own| u64::from(estate.headers[own].header.rows)).sum();
    let word = |number: u16, batches: BTreeSet<BatchId>| {
        let mut delivery = [0; 16];
        delivery[..2].copy_from_slice(&number.wrapping_mul(40_503).to_be_bytes());
        let (delivery, rows) = (DeliveryId(delivery), rows(&batches));
        Confirmation::new(ConfirmationRecord { delivery, rows, batches, ..record.clone() }, &secret(4))
    };
    let all: Vec<_> = estate.headers.keys().copied().collect();
    let pairs = all.iter().flat_map(|one| all.iter().map(|other| BTreeSet::from([*one, *other])));
    let many = std::iter::repeat_n(record.batches.clone(), 600);
    pairs.chain(many).zip(1..).map(|(batches, number)| word(number, batches)).collect()
}

fn lines(words: &[Confirmation]) -> Vec<String> {
    words.iter().map(|own| String::from_utf8(canonical::bytes(own)).unwrap() + "\n").collect()
}

#[test]
fn a_bundle_has_those_that_count_by_their_octets_however_they_come() {
    let mut estate = autumn();
    let mut counting = words(&estate);
    let mut expected = lines(&counting);
    expected.sort();
    expected.dedup();
    assert!(expected.len() == counting.len() && !lines(&counting).is_sorted());
    let forged = counting.iter().step_by(7).map(|own| Confirmation::new(own.record.clone(), &secret(5)));
    let forged: Vec<_> = forged.collect();
    // Each fifth twice.
    counting.extend(counting.clone().into_iter().step_by(5));
    counting.extend(forged);
    let headers: Vec<_> = estate.headers.values().map(canonical::bytes).collect();
    let headers = headers.join(&b'\n');
    let mut made = Vec::new();
    for _ in 0..2 {
        counting.reverse();
        estate.confirmations.clone_from(&counting);
        made.push(prove(&estate, &estate.beside()).unwrap());
        let words = lines(&counting).concat().into_bytes();
        let beside = Lines::of(&headers).unwrap().0.confirmed(&words).unwrap();
        made.push(prove(&estate, &beside).unwrap());
    }
    assert!(made.iter().all(|bundle| *bundle == made[0]));
    let text = String::from_utf8_lossy(&made[0]);
    let section = text.split("{\"record\":{\"batches\":[\"").next().unwrap().len();
    assert!(text[section..].starts_with(&expected.concat()));
    let (verified, octets) = (bundle::verify(&made[0], Some(&estate.pins()), &[]).unwrap(), expected.concat().len());
    assert!(text.contains(&format!("confirmations {octets:010} ")) && verified.assessment.confirmed.rows > 0);
}

/// Each word is another one when it is asked for again.
struct Turning {
    files: Files,
    asked: Mutex<BTreeSet<usize>>,
}

impl Beside for Turning {
    fn disclosed(&self, batch: &BatchId) -> Option<Shown<'_>> {
        self.files.disclosed(batch)
    }

    fn written(&self, batch: &BatchId) -> Option<Vec<u8>> {
        self.files.written(batch)
    }

    fn confirmations(&self) -> usize {
        self.files.confirmations()
    }

    fn confirmation(&self, number: usize) -> Option<Vec<u8>> {
        let mut word = self.files.confirmations[number].clone();
        if !self.asked.lock().unwrap().insert(number) {
            word.signature = Confirmation::new(word.record.clone(), &secret(5)).signature;
        }
        Some(canonical::bytes(&word))
    }

    fn totals(&self) -> &[SentTotals] {
        self.files.totals()
    }

    fn unwraps(&self) -> &[Unwraps] {
        self.files.unwraps()
    }
}

#[test]
fn a_word_that_is_another_when_it_is_written_is_not_taken_for_the_one_that_counted() {
    let estate = autumn();
    let turning = Turning { files: estate.beside(), asked: Mutex::default() };
    assert_eq!(prove(&estate, &turning), Err(Refusal::ConfirmationUnneeded { number: 0 }));
}

#[test]
fn a_file_of_words_that_fails_proves_nothing() {
    let (estate, dir) = (autumn(), tempfile::tempdir().unwrap());
    let path = |name: &str| dir.path().join(name);
    std::fs::write(path("headers"), "").unwrap();
    std::fs::write(path("words"), lines(&words(&estate)).concat()).unwrap();
    let open = |name: &str| std::fs::File::options().read(true).write(true).open(path(name)).unwrap();
    let (headers, words) = (open("headers"), open("words"));
    let beside = Lines::of(&headers).unwrap().0.confirmed(&words).unwrap();
    let (note, pins) = (estate.note(), estate.pins());
    let prover = Prover::read(&estate.leaves, note.as_bytes(), Some(&pins)).unwrap();
    assert!(prover.prove(WARDEN, &beside).is_ok() && beside.all_read().is_ok());
    words.set_len(1_000).unwrap();
    let _ = prover.prove(WARDEN, &beside);
    assert_eq!(beside.all_read(), Err(Refusal::File { kind: std::io::ErrorKind::UnexpectedEof }));
}
