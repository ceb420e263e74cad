//! Ledgers that nobody honest has written. More with `PROPTEST_CASES`; `fuzz/` has the same entry point for as long as one likes.
#![allow(clippy::unwrap_used, reason = "a test may panic, its helper functions too")]

mod estate;
mod forger;

use forger::Forged;
use proptest::{collection::vec, prelude::*};

/// For each question.
#[test]
fn what_nobody_changed_is_answered() {
    for question in 0..8 {
        assert!(Forged::by(&[question]).is_answered(), "{question}");
    }
}

#[test]
fn what_changes_an_entry_changes_what_is_answered_or_is_void() {
    // The ninth entry twice, and the last one gone: there is an answer all the same.
    assert!(Forged::by(&[0, 0, 2, 8, 9, 0, 0, 0, 0]).is_answered());
    assert!(Forged::by(&[0, 0, 1, 255, 0, 0, 0, 0, 0]).is_answered());
    // A header of which an octet is gone is none.
    assert!(Forged::by(&[0, 1, 4, 0, 0, 0, 20, 1, 0]).is_answered());
}

proptest! {
    // Each is a ledger, replayed three times.
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases / 4, ..ProptestConfig::default() })]

    #[test]
    fn any_octets_are_answered_or_refused(question: u8, acts in vec((0..3_u8, any::<[u8; 6]>(), vec(any::<u8>(), 0..12)), 1..6)) {
        let mut octets = vec![question];
        for (list, [act, line, other, at, far, cut], put) in acts {
            octets.extend([list, act, line, other, at % 8, far, cut % 32, put.len() as u8]);
            octets.extend(put);
        }
        Forged::by(&octets).is_answered();
    }
}
