//! Tickets: what a start that is over has left, whatever ended it.
#![allow(clippy::unwrap_used, reason = "a test may panic, its helper functions too")]

mod made_up;

use ledger::{InstanceId, entry::Channel};
use made_up::*;
use vault::{ALLOWANCE, Earlier, Noted, Vault};

const NEXT: InstanceId = InstanceId([8; 16]);

fn noted(ticket: u64, octets: u64) -> Noted {
    Noted { ticket, octets, channel: Channel::As2, tls: true }
}

/// What the next process finds of the first.
fn left(dir: &std::path::Path) -> Vec<Earlier> {
    vault_in(dir).unwrap().take_place().unwrap();
    let vault = vault_in(dir).unwrap();
    vault.begin(NEXT).unwrap();
    vault.earlier(NEXT).unwrap()
}

#[test]
fn a_body_counts_with_what_was_allowed_until_it_leaves_an_entry() {
    let dir = tempfile::tempdir().unwrap();
    let vault = vault_in(dir.path()).unwrap();
    let tickets = vault.begin(INSTANCE).unwrap();
    for expected in 1..=4 {
        assert_eq!(tickets.take(0, Channel::As2, true).unwrap(), expected);
    }
    tickets.raise(2, 1_000_000).unwrap();
    tickets.raise(2, 500_000).unwrap();
    tickets.raise(3, 70_000).unwrap();
    tickets.storing(1, 1);
    commit(&vault, 1, content(1)).unwrap();
    tickets.storing(4, 1);
    tickets.not_stored(4);
    assert_eq!((tickets.noted(1), tickets.noted(4)), (None, Some(noted(4, ALLOWANCE))));
    drop((vault, tickets));
    let broken = vec![noted(2, 1_000_000), noted(3, 70_000), noted(4, ALLOWANCE)];
    assert_eq!(left(dir.path()), [Earlier { instance: INSTANCE, last: 4, broken, ended: true }]);
    let vault = vault_in(dir.path()).unwrap();
    vault.is_over(INSTANCE).unwrap();
    assert_eq!(vault.earlier(NEXT).unwrap(), []);
}

#[test]
fn a_record_that_was_cut_off_is_none_and_one_that_is_lost_counts() {
    let dir = tempfile::tempdir().unwrap();
    let vault = vault_in(dir.path()).unwrap();
    let tickets = vault.begin(INSTANCE).unwrap();
    for _ in 0..3 {
        tickets.take(0, Channel::As2, true).unwrap();
    }
    commit(&vault, 5, content(5)).unwrap();
    drop((vault, tickets));
    let path = dir.path().join("tickets").join(INSTANCE.to_string());
    let octets = std::fs::read(&path).unwrap();
    std::fs::write(&path, &octets[..octets.len() - 7]).unwrap();
    // 5 was answered, so 3 and 4 were given: a power cut took their records.
    let lost = |ticket| Noted { ticket, octets: ALLOWANCE, channel: Channel::Https, tls: false };
    let broken = vec![noted(1, ALLOWANCE), noted(2, ALLOWANCE), lost(3), lost(4)];
    assert_eq!(left(dir.path()), [Earlier { instance: INSTANCE, last: 5, broken, ended: true }]);
}

#[test]
fn the_file_stays_small_and_loses_nobody() {
    let dir = tempfile::tempdir().unwrap();
    let vault = vault_in(dir.path()).unwrap();
    let tickets = vault.begin(INSTANCE).unwrap();
    let old = tickets.take(0, Channel::As2, true).unwrap();
    tickets.raise(old, 9_000_000).unwrap();
    for _ in 0..70_000 {
        let ticket = tickets.take(0, Channel::As2, true).unwrap();
        tickets.storing(ticket, 1);
        tickets.anchored(ticket);
    }
    let last = tickets.take(0, Channel::As2, true).unwrap();
    let path = dir.path().join("tickets").join(INSTANCE.to_string());
    assert!(std::fs::metadata(path).unwrap().len() < 200_000, "written anew");
    assert_eq!(tickets.open(10).unwrap(), (last + 1, vec![old, last]));
    drop((vault, tickets));
    // Nothing of them is in SQL here: what came behind the last time that the file was written is missed.
    let [left] = &left(dir.path())[..] else { panic!("one start") };
    assert_eq!(
        (left.last, left.broken[0], left.broken.last()),
        (last, noted(old, 9_000_000), Some(&noted(last, ALLOWANCE)))
    );
}

#[test]
fn a_tick_lists_what_the_ledger_is_not_known_to_have() {
    let dir = tempfile::tempdir().unwrap();
    let vault = vault_in(dir.path()).unwrap();
    let tickets = vault.begin(INSTANCE).unwrap();
    for _ in 0..5 {
        tickets.take(0, Channel::As2, true).unwrap();
    }
    tickets.storing(1, 2);
    tickets.storing(3, 1);
    tickets.anchored(1);
    tickets.anchored(3);
    assert_eq!(tickets.open(10).unwrap(), (6, vec![1, 2, 4, 5]), "one of the first one's entries is not there yet");
    tickets.anchored(1);
    assert_eq!(tickets.open(10).unwrap(), (6, vec![2, 4, 5]));
    assert_eq!(tickets.open(2).unwrap(), (5, vec![2, 4]), "of more than may be listed, the first");
}

#[test]
fn what_the_ledger_has_without_effect_waits_again() {
    let dir = tempfile::tempdir().unwrap();
    let vault = vault_in(dir.path()).unwrap();
    let tickets = vault.begin(INSTANCE).unwrap();
    for ticket in 1..=2 {
        tickets.take(0, Channel::Https, false).unwrap();
        tickets.storing(ticket, 1);
        tickets.anchored(ticket);
    }
    assert_eq!(tickets.open(9).unwrap(), (3, vec![]));
    (0..2).for_each(|_| tickets.unanchored(noted(1, 70)));
    assert_eq!(tickets.open(9).unwrap(), (3, vec![1]));
    tickets.anchored(1);
    assert_eq!(tickets.open(9).unwrap(), (3, vec![1]), "one of its two entries is still missing");
    tickets.anchored(1);
    assert_eq!(tickets.open(9).unwrap(), (3, vec![]));
}

/// Half a record, and those behind it: their numbers are anything up to 2^64, and are not counted up to.
#[test]
fn a_torn_record_moves_those_behind_it() {
    let dir = tempfile::tempdir().unwrap();
    let vault = vault_in(dir.path()).unwrap();
    let tickets = vault.begin(INSTANCE).unwrap();
    for _ in 0..3 {
        tickets.take(0, Channel::As2, true).unwrap();
    }
    drop((tickets, vault));
    let path = dir.path().join("tickets").join(INSTANCE.to_string());
    let whole = std::fs::read(&path).unwrap();
    std::fs::write(&path, [&whole[..24], &[0; 24][..], &[7; 11][..], &whole[24..]].concat()).unwrap();
    assert_eq!(
        left(dir.path()),
        [Earlier { instance: INSTANCE, last: 1, broken: vec![noted(1, ALLOWANCE)], ended: true }]
    );
}

/// A restored gateway ends before it could put aside what the first one's starts left: the next process knows it for a copy, too.
#[test]
fn a_copy_is_opened_twice() {
    let dir = tempfile::tempdir().unwrap();
    let (first, second) = (dir.path().join("first"), dir.path().join("second"));
    let vault = vault_in(&first).unwrap();
    vault.take_place().unwrap();
    vault.begin(INSTANCE).unwrap();
    let ended = |vault: &Vault| vault.earlier(NEXT).unwrap()[0].ended;
    drop(vault);
    assert!(ended(&vault_in(&first).unwrap()));
    assert!(std::process::Command::new("cp").arg("-r").args([&first, &second]).status().unwrap().success());
    for _ in 0..2 {
        assert!(!ended(&vault_in(&second).unwrap()));
    }
    assert!(ended(&vault_in(&first).unwrap()));
}
