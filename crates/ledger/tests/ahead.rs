//! Reading ahead on all cores comes to the same end as taking one leaf after the other, whatever the leaves are.
#![allow(clippy::unwrap_used, reason = "a test may panic, its helper functions too")]

use ed25519_dalek::SigningKey;
use ledger::{entry::*, replay::*, *};

const ORIGIN: &str = "ahead.example/ledger";

fn secret(octet: u8) -> SigningKey {
    SigningKey::from_bytes(&[octet; 32])
}

fn public(octet: u8) -> PublicKey {
    PublicKey(secret(octet).verifying_key().to_bytes())
}

fn worker(number: u8) -> WorkerId {
    format!("gw-{number}").parse().unwrap()
}

fn genesis() -> Genesis {
    let place = |text: &str| text.parse::<PlaceName>().unwrap();
    let enrolled = |number| EnrolledWorker {
        worker: worker(number),
        key: public(number),
        organisation: place("Provider"),
        host: place("gw.example"),
    };
    let key = tlog::Signer::new(ORIGIN, &[7; 32]).unwrap().verifier().to_string();
    Genesis {
        origin: ORIGIN.into(),
        authority: Authority { threshold: 1, officers: vec![Officer { organisation: place("Post"), key: public(90) }] },
        warden: PlacedKey { key, organisation: place("Post"), host: place("vault.example") },
        copies_days: 0,
        witnesses: Vec::new(),
        quorum: 0,
        workers: vec![enrolled(1), enrolled(2)],
    }
}

fn intake(number: u8, ticket: u64, key: u8) -> Intake {
    let record = IntakeRecord {
        worker: worker(number),
        received: Time::from_milliseconds(0),
        instance: InstanceId([number; 16]),
        ticket,
        part: 1,
        parts: 1,
        channel: Channel::Https,
        tls: true,
        decryption: None,
        octets: 100,
        rows: 1,
        parties: 2,
        verdict: Verdict::Accepted,
        shipper: None,
        batches: Vec::new(),
    };
    Intake::new(record, &secret(key))
}

/// Two workers' entries, and between them everything that is void: other keys, the same tickets, other forms,
/// workers that nobody knows, octets that are nothing.
fn leaves(count: u64) -> Vec<Vec<u8>> {
    told(count, |index| index % 11)
}

/// As [`leaves`], where `how` says what becomes of each.
fn told(count: u64, how: impl Fn(u64) -> u64) -> Vec<Vec<u8>> {
    let time = Time::from_milliseconds(1_790_000_000_000);
    let leaf = |entry| Logged { time, entry }.to_bytes();
    let mut leaves = vec![leaf(Entry::Genesis(genesis()))];
    for number in [1, 2] {
        let (instance, boot) = (InstanceId([number; 16]), BootId([1; 16]));
        let record = StartRecord { worker: worker(number), instance, boot, closes: Vec::new() };
        leaves.push(leaf(Entry::Start(Start::new(record, &secret(number)))));
    }
    let mut tickets = [1; 2];
    for index in 0..count {
        let number = (index % 2) as usize;
        let (worker, next) = (number as u8 + 1, tickets[number]);
        let good = leaf(Entry::Intake(intake(worker, next, worker)));
        match how(index) {
            3 => leaves.push(leaf(Entry::Intake(intake(worker, next, 3 - worker)))),
            4 => leaves.push(leaf(Entry::Intake(intake(worker, next - 1, worker)))),
            5 => leaves.push([b" ", good.as_slice()].concat()),
            6 => leaves.push(leaf(Entry::Intake(intake(3, 1, 3)))),
            7 => leaves.push(vec![0xff; 40]),
            _ => {
                leaves.push(good);
                tickets[number] = next + 1;
            }
        }
    }
    leaves
}

#[test]
fn reading_ahead_changes_nothing() {
    for leaves in [leaves(0), leaves(40), leaves(3_000), leaves(40).split_off(3), Vec::new()] {
        let mut serial = State::default();
        let taken: Vec<_> = leaves.iter().zip(0..).map(|(leaf, index)| serial.take(index, leaf)).collect();
        if leaves.len() > 40 {
            assert!(taken[0] == Taken::Applied && taken[1] == Taken::Applied && serial.voids.list.len() > 10);
        }
        for known in [Some(genesis()), None] {
            let (mut state, mut again, mut index) = (State::default(), Vec::new(), 0);
            Reader::new(known.as_ref()).each(0, &leaves, |leaf, ahead| {
                assert_eq!(ahead.hash, tlog::leaf_hash(leaf));
                again.push(state.take_ahead(index, leaf, ahead));
                index += 1;
            });
            assert_eq!(again, taken);
            assert_eq!(format!("{state:?}"), format!("{serial:?}"));
        }
    }
}

/// Signatures of a block are judged together: the ones that do not fit are named, at a block's edges, too, and no others.
#[test]
fn a_signature_that_does_not_fit_is_found_among_those_that_do() {
    const BAD: [u64; 7] = [3, 70, 511, 512, 1_023, 1_024, 1_502];
    let leaves = told(1_500, |index| if BAD.contains(&(index + 3)) { 3 } else { 0 });
    let mut state = State::default();
    Reader::new(Some(&genesis())).each(0, &leaves, |leaf, ahead| {
        state.take_ahead(state.size, leaf, ahead);
    });
    let worker = |entry: u64| worker(if entry % 2 == 1 { 1 } else { 2 });
    let found: Vec<_> = state.voids.list.iter().map(|void| (void.entry, void.rule.clone())).collect();
    let wanted = BAD.map(|entry| (entry, Rule::WorkerSignature { worker: worker(entry) }));
    assert_eq!(found, wanted);
}

#[test]
fn what_is_vouched_for_replays_as_what_is_checked() {
    let leaves = told(1_500, |_| 0);
    let mut serial = State::default();
    leaves.iter().zip(0..).for_each(|(leaf, index)| assert_eq!(serial.take(index, leaf), Taken::Applied));
    for signed in [0, 1, 700, 1_503, u64::MAX] {
        let mut state = State::default();
        let reader = Reader::new(Some(&genesis())).vouched(signed);
        // In two parts, as a log is read.
        for (first, part) in [(0, &leaves[..600]), (600, &leaves[600..])] {
            reader.each(first, part, |leaf, ahead| {
                state.take_ahead(state.size, leaf, ahead);
            });
        }
        assert_eq!(format!("{state:?}"), format!("{serial:?}"));
    }
    // Nothing but the signature is taken from whoever vouches, and only below what was signed.
    let forged = told(40, |index| if index == 30 { 3 } else { 0 });
    for (signed, applied) in [(33, false), (34, true)] {
        let (mut state, mut taken) = (State::default(), Vec::new());
        let reader = Reader::new(Some(&genesis())).vouched(signed);
        reader.each(0, &forged, |leaf, ahead| taken.push(state.take_ahead(state.size, leaf, ahead) == Taken::Applied));
        assert_eq!(taken[33], applied);
    }
}
