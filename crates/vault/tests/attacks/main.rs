//! What happens to a gateway's disk, and what carriers say, each named after it.
#![allow(clippy::unwrap_used)] // clippy.toml exempts only functions marked #[test]

#[path = "../made_up/mod.rs"]
mod made_up;

use ed25519_dalek::SigningKey;
use ledger::{BatchId, Confirmation, ConfirmationRecord};
use made_up::*;
use std::{fs, path::Path};
use vault::{DeliveryState, Error, Vault};

/// A directory with so many accepted documents, closed.
fn with(count: u32) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let vault = vault_in(dir.path()).unwrap();
    (1..=count).for_each(|number| accept(&vault, number).unwrap());
    dir
}

/// Puts one directory's control database into another's place.
fn restore(from: &Path, to: &Path) {
    remove_control(to);
    fs::copy(from.join("control.db"), to.join("control.db")).unwrap();
}

fn remove_control(dir: &Path) {
    for name in ["control.db", "control.db-wal", "control.db-shm"] {
        let _ = fs::remove_file(dir.join(name));
    }
}

fn counts(dir: &Path) -> (usize, usize) {
    (files(dir, "segments").len(), files(dir, "outbox").len())
}

/// All of these documents can be read.
fn are_whole(vault: &Vault, numbers: &[u32]) {
    for number in numbers {
        assert_eq!(vault.delivery_octets(&copy(*number).id).unwrap(), copy(*number).octets);
        let [manifest] = &vault.manifests_of(&interchange(*number).id).unwrap()[..] else { panic!("one manifest") };
        let record = vault.batch(&manifest.batches[0]).unwrap().unwrap();
        seal::Stored::parse(&record).unwrap().header().unwrap();
    }
}

#[test]
fn control_db_is_deleted() {
    let dir = with(3);
    let kept = tempfile::tempdir().unwrap();
    fs::copy(dir.path().join("control.db"), kept.path().join("control.db")).unwrap();
    remove_control(dir.path());
    for empty in [false, true] {
        if empty {
            fs::write(dir.path().join("control.db"), b"").unwrap();
        }
        let refused = vault_in(dir.path()).err().unwrap();
        assert!(matches!(refused, Error::NoControl { store: "segments" }), "{refused:?}");
        let words = refused.to_string();
        assert!(
            words.contains("the control database is missing or empty") && words.contains("\n\nhint: restore"),
            "{words}"
        );
        assert_eq!((counts(dir.path()), dir.path().join("lost").exists()), ((3, 3), false), "nothing was moved");
        assert_eq!(dir.path().join("control.db").exists(), empty, "nothing was made");
    }
    restore(kept.path(), dir.path());
    are_whole(&vault_in(dir.path()).unwrap(), &[1, 2, 3]);
}

#[test]
fn control_db_of_yesterday_is_restored() {
    let dir = with(1);
    let [yesterday, today] = [(), ()].map(|()| tempfile::tempdir().unwrap());
    restore(dir.path(), yesterday.path());
    let vault = vault_in(dir.path()).unwrap();
    accept(&vault, 2).unwrap();
    accept(&vault, 3).unwrap();
    drop(vault);
    restore(dir.path(), today.path());

    restore(yesterday.path(), dir.path());
    let vault = vault_in(dir.path()).unwrap();
    are_whole(&vault, &[1]);
    assert_eq!(counts(dir.path()), (1, 1));
    assert_eq!(counts(&dir.path().join("lost")), (2, 2), "what came since is kept");
    drop(vault);
    drop(vault_in(dir.path()).unwrap());
    assert_eq!(counts(&dir.path().join("lost")), (2, 2), "and at every later start");

    restore(today.path(), dir.path());
    are_whole(&vault_in(dir.path()).unwrap(), &[1, 2, 3]);
    assert_eq!((counts(dir.path()), counts(&dir.path().join("lost"))), ((3, 3), (0, 0)), "it is back where it was");
}

#[test]
fn objects_of_another_store_are_put_beside_control_db() {
    for store in ["segments", "outbox"] {
        let (dir, other) = (with(2), with(1));
        fs::rename(dir.path().join(store), dir.path().join("own")).unwrap();
        fs::rename(other.path().join(store), dir.path().join(store)).unwrap();
        let refused = vault_in(dir.path()).err().unwrap();
        assert!(matches!(refused, Error::OtherStore { store: found } if found == store), "{refused:?}");
        assert_eq!((files(dir.path(), store).len(), dir.path().join("lost").exists()), (1, false));
        fs::remove_dir_all(dir.path().join(store)).unwrap();
        fs::rename(dir.path().join("own"), dir.path().join(store)).unwrap();
        are_whole(&vault_in(dir.path()).unwrap(), &[1, 2]);
    }
}

#[test]
fn objects_lose_the_name_of_their_store() {
    let dir = with(1);
    fs::remove_file(dir.path().join("segments/store")).unwrap();
    assert!(matches!(vault_in(dir.path()), Err(Error::OtherStore { store: "segments" })));
    assert_eq!(counts(dir.path()), (1, 1));
}

fn confirmation(vault: &Vault, number: u32, change: impl Fn(&mut ConfirmationRecord)) -> Confirmation {
    let delivery = vault.delivery(&copy(number).id).unwrap().unwrap();
    let mut record = ConfirmationRecord {
        carrier: delivery.carrier,
        delivery: delivery.id,
        batches: delivery.batches.into_iter().collect(),
        digest: delivery.digest,
        rows: 2,
        received: time(50),
    };
    change(&mut record);
    Confirmation::new(record, &SigningKey::from_bytes(&[8; 32]))
}

#[test]
fn a_carrier_confirms_more_rows_than_it_got() {
    let dir = with(1);
    let vault = vault_in(dir.path()).unwrap();
    for rows in [0, 1, 3, 1 << 53, 1 << 60, u64::MAX] {
        let lie = confirmation(&vault, 1, |record| record.rows = rows);
        let fault = vault.confirmation_fault(&lie).unwrap();
        assert_eq!(fault, Some("its rows are not those of its batches"), "{rows}");
        assert!(matches!(vault.acknowledge(&copy(1).id, time(60), Some(&lie)), Err(Error::Inconsistent { .. })));
    }
    assert_eq!(vault.confirmations().unwrap(), []);
    let sound = confirmation(&vault, 1, |_| ());
    assert_eq!(vault.confirmation_fault(&sound).unwrap(), None);
    assert!(vault.acknowledge(&copy(1).id, time(60), Some(&sound)).unwrap());
    assert_eq!(vault.confirmations().unwrap(), [sound]);
}

#[test]
fn a_carrier_confirms_two_thousand_batches() {
    let dir = with(2);
    let vault = vault_in(dir.path()).unwrap();
    let many = |record: &mut ConfirmationRecord| record.batches.extend((0..2_000).map(|n| BatchId(octets(b'z', n))));
    let others = |record: &mut ConfirmationRecord| {
        record.batches = vault.delivery(&copy(2).id).unwrap().unwrap().batches.into_iter().collect();
    };
    for lie in [confirmation(&vault, 1, many), confirmation(&vault, 1, others)] {
        assert_eq!(vault.confirmation_fault(&lie).unwrap(), Some("its batches are not the delivery's"));
        assert!(matches!(vault.acknowledge(&copy(1).id, time(60), Some(&lie)), Err(Error::Inconsistent { .. })));
    }
    assert!(vault.acknowledge(&copy(1).id, time(60), None).unwrap(), "the delivery arrived all the same");
    assert_eq!(vault.delivery(&copy(1).id).unwrap().unwrap().state, DeliveryState::Acknowledged);
}
