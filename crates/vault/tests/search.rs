//! Tokens, clear columns and headers, read back out of segments.
#![allow(clippy::unwrap_used)] // clippy.toml exempts only functions marked #[test]

mod made_up;

use made_up::*;
use proptest::prelude::*;
use seal::{Stored, Token};
use vault::{Content, Hit, Manifest, Vault};

/// One document with these batches' tokens.
fn accept_batches(vault: &Vault, number: u32, batches: &[Vec<(Token, u32)>]) {
    let sealed = (0..).zip(batches).map(|(n, tokens)| batch(number, number * 1000 + n, tokens.clone())).collect();
    let manifests = vec![Manifest { batches: sealed, ..manifest(number) }];
    commit(vault, number, Content { manifests, ..content(number) }).unwrap();
}

fn hit(number: u32, row: u32) -> Hit {
    Hit { batch: ledger::BatchId(octets(b'b', number)), row }
}

#[test]
fn tokens_are_found_newest_batch_first_within_their_month() {
    let dir = tempfile::tempdir().unwrap();
    let vault = vault_in(dir.path()).unwrap();
    (1..=3).for_each(|number| accept(&vault, number).unwrap());
    let find = |tokens: &[Token]| {
        let tokens: Vec<_> = tokens.iter().map(|token| (month(), *token)).collect();
        hits(&vault, &tokens, 100).unwrap()
    };
    assert_eq!(find(&[token(2)]), [hit(2, 1), hit(1, 2)]);
    assert_eq!(find(&[token(1), token(1), token(4)]), [hit(1, 1), hit(3, 2)]);
    assert_eq!(find(&[token(9)]), []);
    assert_eq!(hits(&vault, &[(month(), token(2))], 1).unwrap(), [hit(2, 1)]);
    assert_eq!(hits(&vault, &[(month().next(), token(2))], 100).unwrap(), []);
}

#[test]
fn one_segment_holds_all_batches_of_a_body() {
    let dir = tempfile::tempdir().unwrap();
    let vault = vault_in(dir.path()).unwrap();
    for number in [1, 2] {
        let batches: Vec<_> = (0..150).map(|n| vec![(token(number * 1000 + n), n % 3)]).collect();
        accept_batches(&vault, number, &batches);
    }
    assert_eq!(files(dir.path(), "segments").len(), 2);
    for n in [1000, 1001, 1149, 2000, 2149] {
        let id = hit(n, 0).batch;
        let record = vault.batch(&id).unwrap().unwrap();
        let stored = Stored::parse(&record).unwrap();
        assert_eq!(stored.header().unwrap().batch, id);
        for row in 0..3 {
            assert_eq!(vault.operational(&id, row).unwrap(), stored.operational(row));
        }
        for row in [3, 4, u32::MAX] {
            assert_eq!(vault.operational(&id, row).unwrap(), None);
        }
        assert_eq!(hits(&vault, &[(month(), token(n))], 9).unwrap(), [hit(n, n % 1000 % 3)]);
        let header = vault.header(&id).unwrap().unwrap();
        assert_eq!((&header.header[..], header.salt), (stored.header_bytes(), stored.salt()));
    }
    let ids: Vec<_> = vault.headers().map(|header| header.unwrap().batch).collect();
    assert_eq!(ids, (1000..1150).chain(2000..2150).map(|n| hit(n, 0).batch).collect::<Vec<_>>());
    assert_eq!(vault.batch(&hit(5000, 0).batch).unwrap(), None);
    assert_eq!(vault.operational(&hit(5000, 0).batch, 0).unwrap(), None);
}

/// What the index says is only where to look: a segment that is gone, or its own, hides nobody else's parcels.
#[test]
fn what_has_no_segment_is_not_found_and_the_rest_is() {
    let dir = tempfile::tempdir().unwrap();
    let mut vault = vault_in(dir.path()).unwrap();
    (1..=20).for_each(|number| accept(&vault, number).unwrap());
    let file = |number: u32| dir.path().join("segments").join(hex::encode(octets::<16>(b'b', number)));
    std::fs::remove_file(file(3)).unwrap();
    std::fs::write(file(5), b"short").unwrap();
    let find = |vault: &Vault, number: u32| hits(vault, &[(month(), token(number))], 9);
    assert!(find(&vault, 5).is_err());
    assert_eq!(find(&vault, 8).unwrap(), [hit(8, 1), hit(7, 2)]);
    vault.rebuild_index().unwrap();
    assert_eq!(find(&vault, 5).unwrap(), [hit(4, 2)]);
    assert_eq!(find(&vault, 8).unwrap(), [hit(8, 1), hit(7, 2)]);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    /// Against a plain scan: few distinct tokens, so that long runs of equal ones cross the reading windows.
    #[test]
    fn the_search_agrees_with_a_scan(numbers in proptest::collection::vec(0_u32..6, 0..400)) {
        let dir = tempfile::tempdir().unwrap();
        let vault = vault_in(dir.path()).unwrap();
        let mut tokens: Vec<_> = (0..).zip(&numbers).map(|(row, n)| (token(*n), row)).collect();
        tokens.sort();
        accept_batches(&vault, 1, std::slice::from_ref(&tokens));
        for n in 0..7 {
            let expected: Vec<_> = tokens.iter().filter(|(t, _)| *t == token(n)).map(|(_, row)| hit(1000, *row)).collect();
            prop_assert_eq!(hits(&vault, &[(month(), token(n))], 1000).unwrap(), expected);
        }
    }
}
