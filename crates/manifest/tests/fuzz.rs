//! What a hostile partner would send, as far as some seconds reach: the samples, damaged, through all that reads them.
//! More with `PROPTEST_CASES`; `fuzz/` has the same entry point for as long as one likes.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use edi::{
    Limits, Verdicts,
    acknowledgement::{Echo, Moment, Numbers, contrl, note, ta1, x997},
};
use manifest::{Class, mapping, write};
use proptest::{prelude::*, sample::Index};

const SEEDS: [&[u8]; 3] = [
    include_bytes!("../../../fuzz/seeds/856.edi"),
    include_bytes!("../../../fuzz/seeds/215.edi"),
    include_bytes!("../../../fuzz/seeds/iftmin.edi"),
];
const LIMITS: Limits = Limits { octets: 1 << 20, sets: 100, findings: 100 };

/// Everything that a gateway does with octets before it seals; what it would write is read again.
fn exercise(octets: &[u8]) {
    for (interchange, findings, _) in edi::interchanges(octets, &LIMITS, &edi::Rules::default()).take(16) {
        let census = edi::census(&interchange);
        let verdicts = Verdicts::new(&interchange, &findings);
        let mut rows = 0;
        for (place, group) in interchange.groups.iter().enumerate() {
            for (number, set) in group.sets.iter().enumerate() {
                let Ok(manifest) = mapping::read(&interchange, set, &Class::ALL) else { continue };
                rows += if set.kind == b"IFTMIN" { manifest.parcels.len() as u64 } else { 0 };
                if verdicts.set(place, number).takes_any() {
                    carriers_copy_is_read(&manifest);
                }
            }
        }
        assert!(rows <= census.rows, "{rows} parcels, {census:?}");
        let numbers = Numbers { interchange: 1, group: 1 };
        let at = Moment { year: 2026, month: 12, day: 31, hour: 23, minute: 59 };
        let answers = [
            ta1(&interchange, note(&findings), &Echo::ALL, numbers, at),
            x997(&interchange, &findings, &Echo::ALL, numbers, at),
            contrl(&interchange, &findings, &Echo::ALL, numbers, at),
        ];
        for answer in answers.into_iter().flatten() {
            assert!(edi::read(&answer, &LIMITS).0.header.is_some(), "{}", answer.escape_ascii());
        }
    }
}

fn carriers_copy_is_read(manifest: &manifest::Manifest<'_>) {
    let envelope = write::Envelope {
        sender_qualifier: "ZZ",
        sender: "BULLA",
        receiver_qualifier: "ZZ",
        receiver: "CARRIER",
        group_sender: "BULLA",
        group_receiver: "CARRIER",
        interchange_control: 1,
        group_control: 1,
        date: 20261231,
        time: 2359,
        test: false,
    };
    let written = write::x12_856(manifest, &envelope);
    let (interchange, _) = edi::read(&written, &Limits::default());
    let again = mapping::read(&interchange, &interchange.groups[0].sets[0], &Class::ALL).unwrap();
    assert_eq!(again.parcels.len(), manifest.parcels.len(), "the carrier is told of as many parcels");
}

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
        exercise(seed);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn damaged_documents(seed in 0..SEEDS.len(), damages in prop::collection::vec(damage(), 0..12)) {
        exercise(&damaged(SEEDS[seed].to_vec(), &damages));
    }

    #[test]
    fn one_behind_the_other(first in 0..SEEDS.len(), second in 0..SEEDS.len(), damage in damage()) {
        exercise(&damaged([SEEDS[first], SEEDS[second]].concat(), &[damage]));
    }
}
