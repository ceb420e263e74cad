//! Whatever comes in: no panic, true positions, readable answers.

mod asked;
mod sample;

use edi::{Limits, Verdict};
use proptest::prelude::*;
use sample::*;

#[derive(Debug, Clone)]
enum Change {
    Replace(prop::sample::Index, u8),
    Insert(prop::sample::Index, Vec<u8>),
    Remove(prop::sample::Index, usize),
    Repeat(prop::sample::Index, usize),
    Cut(prop::sample::Index),
}

fn change() -> impl Strategy<Value = Change> {
    let octet = prop_oneof![any::<u8>(), prop::sample::select(b"*~>\r\n \0ISAGSTHLE0123456789".to_vec())];
    let place = any::<prop::sample::Index>;
    prop_oneof![
        4 => (place(), octet.clone()).prop_map(|(at, by)| Change::Replace(at, by)),
        2 => (place(), prop::collection::vec(octet, 0..12)).prop_map(|(at, what)| Change::Insert(at, what)),
        2 => (place(), 0..80usize).prop_map(|(at, length)| Change::Remove(at, length)),
        2 => (place(), 0..80usize).prop_map(|(at, length)| Change::Repeat(at, length)),
        1 => place().prop_map(Change::Cut),
    ]
}

fn changed(mut octets: Vec<u8>, changes: &[Change]) -> Vec<u8> {
    for change in changes.iter().filter(|_| !octets.is_empty()).cloned().collect::<Vec<_>>() {
        if octets.is_empty() {
            break;
        }
        let length = octets.len();
        match change {
            Change::Replace(at, by) => octets[at.index(length)] = by,
            Change::Insert(at, what) => drop(octets.splice(at.index(length)..at.index(length), what)),
            Change::Remove(at, count) => drop(octets.drain(at.index(length)..length.min(at.index(length) + count))),
            Change::Repeat(at, count) => {
                let piece = octets[at.index(length)..length.min(at.index(length) + count)].to_vec();
                octets.splice(at.index(length)..at.index(length), piece);
            }
            Change::Cut(at) => octets.truncate(at.index(length)),
        }
    }
    octets
}

fn good() -> Vec<u8> {
    interchange(&[
        group("SH", "7", "004010", &[set("856", "0001", SHIP_NOTICE), set("856", "0002", SHIP_NOTICE)]),
        group("UP", "8", "004010", &[set("215", "0001", PICKUP)]),
        group(
            "FA",
            "9",
            "004010",
            &[set("997", "0001", "AK1*SH*7~AK2*856*0001~AK3*HL*2**8~AK4*1*628*7~AK5*R*5~AK9*R*1*1*0~")],
        ),
    ])
    .into_bytes()
}

fn limits() -> impl Strategy<Value = Limits> {
    prop_oneof![
        3 => Just(Limits::default()),
        1 => (0..4000usize, 0..5usize, 0..10usize).prop_map(|(octets, sets, findings)| Limits { octets, sets, findings }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn any_octets(octets in prop::collection::vec(any::<u8>(), 0..600), limits in limits()) {
        asked::everything(&octets, &limits);
    }

    #[test]
    fn any_octets_after_an_isa(octets in prop::collection::vec(any::<u8>(), 0..600), limits in limits()) {
        asked::everything(&[ISA.as_bytes(), &octets].concat(), &limits);
    }

    #[test]
    fn changed_documents(changes in prop::collection::vec(change(), 1..8), limits in limits()) {
        asked::everything(&changed(good(), &changes), &limits);
    }

    #[test]
    fn any_segments(tags in prop::collection::vec(prop::sample::select(vec![
        "ISA*", "GS*SH*A*B*20260105*0930*1*X*004010", "ST*856*0001", "BSN*00*M-1*20260105*0930", "HL*1**S", "HL*2*1*P", "N1*ST*X",
        "N3*X", "REF*CN*1", "LM*1", "MAN*GM*1", "CTT*2", "SE*5*0001", "GE*1*1", "IEA*1*000000007", "TA1", "", "ZZZZ", "BIN*5*",
    ]), 0..60)) {
        let body: String = tags.iter().map(|tag| format!("{tag}~")).collect();
        asked::everything(format!("{ISA}{body}").as_bytes(), &Limits::default());
    }

    #[test]
    fn unchanged_meaning(terminator in prop::sample::select(vec!["~\n", "~\r\n", "\n", "\r\n", "'", "\u{1c}"]),
                         element in prop::sample::select(vec!["*", "|", "+", "\u{1d}"])) {
        let text = String::from_utf8(good()).expect("text").replace('*', element).replace('~', terminator);
        assert_eq!(asked::everything(text.as_bytes(), &Limits::default()), Verdict::Accepted);
    }
}
