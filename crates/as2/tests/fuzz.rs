//! What somebody would send who means harm, as far as some seconds reach: the vectors, damaged, through all that reads them.
//! More with `PROPTEST_CASES`; `fuzz/` has the same entry points for as long as one likes. Each run is the same.
#![allow(clippy::unwrap_used, reason = "a test without its files has failed")]

use std::sync::LazyLock;

use as2::mdn;
use as2::message::Policy;
use as2::mime::Entity;
use desk::{ANYTHING, Desk, splitting};
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::RngSeed;

mod desk;

static DESK: LazyLock<Desk> =
    LazyLock::new(|| Desk::of(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors").as_ref()));

#[derive(Debug, Clone)]
enum Damage {
    Replace(Index, u8),
    Remove(Index, usize),
    Repeat(Index, usize),
    Cut(Index),
}

fn damage() -> impl Strategy<Value = Damage> {
    let octet = prop_oneof![
        any::<u8>(),
        prop::sample::select(b"\r\n -=;:\"\\\x00\x02\x04\x06\x24\x30\x31\x80\x81\x84\xa0\xff".to_vec())
    ];
    prop_oneof![
        4 => (any::<Index>(), octet).prop_map(|(at, by)| Damage::Replace(at, by)),
        2 => (any::<Index>(), 0..80usize).prop_map(|(at, count)| Damage::Remove(at, count)),
        2 => (any::<Index>(), 0..200usize).prop_map(|(at, count)| Damage::Repeat(at, count)),
        1 => any::<Index>().prop_map(Damage::Cut),
    ]
}

fn damaged(mut octets: Vec<u8>, damages: &[Damage]) -> Vec<u8> {
    for damage in damages {
        if octets.is_empty() {
            return octets;
        }
        let length = octets.len();
        match damage {
            Damage::Replace(at, by) => octets[at.index(length)] = *by,
            Damage::Remove(at, count) => drop(octets.drain(at.index(length)..length.min(at.index(length) + count))),
            Damage::Repeat(at, count) => {
                let piece = octets[at.index(length)..length.min(at.index(length) + count)].to_vec();
                octets.splice(at.index(length)..at.index(length), piece);
            }
            Damage::Cut(at) => octets.truncate(at.index(length)),
        }
    }
    octets
}

#[test]
fn seeds_are_what_they_should_be() {
    assert_eq!((DESK.messages.len(), DESK.receipts.len()), (37, 3));
    assert!(DESK.bare.len() > 20 && DESK.payloads.len() == 1, "{} {}", DESK.bare.len(), DESK.payloads.len());
    let taken = |octets: &&Vec<u8>| DESK.open(octets, Policy::default()).is_some();
    assert_eq!(DESK.messages.iter().filter(taken).count(), 2, "two are signed and encrypted");
    DESK.messages.iter().for_each(|octets| DESK.message(octets));
    let confirmed = |octets: &&Vec<u8>| {
        let entity = Entity::read(octets).unwrap();
        mdn::read(&entity.headers, entity.body, &DESK.partner, &[], ANYTHING).unwrap().signed_with.is_some()
    };
    assert_eq!(DESK.receipts.iter().filter(confirmed).count(), 2, "two are signed");
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(4130),
        ..ProptestConfig::default()
    })]

    #[test]
    fn damaged_messages(seed in any::<Index>(), damages in prop::collection::vec(damage(), 0..6)) {
        let octets = damaged(seed.get(&DESK.messages).clone(), &damages);
        DESK.message(&octets);
        splitting(&octets, 0);
    }

    #[test]
    fn damaged_syntax(seed in any::<Index>(), damages in prop::collection::vec(damage(), 0..4)) {
        DESK.syntax(&damaged(seed.get(&DESK.bare).clone(), &damages));
    }

    #[test]
    fn damaged_receipts(seed in any::<Index>(), damages in prop::collection::vec(damage(), 0..4)) {
        let octets = damaged(seed.get(&DESK.receipts).clone(), &damages);
        DESK.receipt(&octets);
        splitting(&octets, 0);
    }
}
