//! What a hostile partner would send, as far as some seconds reach: the samples, damaged, through all that reads them.
//! More with `PROPTEST_CASES`; `fuzz/` has the same entry point for as long as one likes.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use proptest::{prelude::*, sample::Index};
use taken::LIMITS;

mod taken;

const SEEDS: [&[u8]; 3] = [
    include_bytes!("../../../fuzz/seeds/856.edi"),
    include_bytes!("../../../fuzz/seeds/215.edi"),
    include_bytes!("../../../fuzz/seeds/iftmin.edi"),
];
#[derive(Debug, Clone)]
enum Damage {
    Replace(Index, u8),
    Remove(Index, usize),
    Repeat(Index, usize),
    Cut(Index),
}

fn damage() -> impl Strategy<Value = Damage> {
    let octet = prop_oneof![any::<u8>(), prop::sample::select(b"*~>+:'?\r\n ISAUNBHTGDPC019".to_vec())];
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
fn seeds_are_good() {
    for seed in SEEDS {
        let (interchange, findings) = edi::read(seed, &LIMITS);
        assert_eq!(edi::verdict(&interchange, &findings), edi::Verdict::Accepted, "{findings:?}");
        taken::as_edi(seed);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn damaged_documents(seed in 0..SEEDS.len(), damages in prop::collection::vec(damage(), 0..12)) {
        taken::as_edi(&damaged(SEEDS[seed].to_vec(), &damages));
    }

    #[test]
    fn one_behind_the_other(first in 0..SEEDS.len(), second in 0..SEEDS.len(), damage in damage()) {
        taken::as_edi(&damaged([SEEDS[first], SEEDS[second]].concat(), &[damage]));
    }
}
