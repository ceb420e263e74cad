//! Every call that can fail, failed and failed-but-persisted; and the process killed. Nothing acknowledged is lost,
//! nothing half-kept.
#![allow(clippy::unwrap_used)] // clippy.toml exempts only functions marked #[test]

mod made_up;

use made_up::*;
use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Command, Stdio},
    sync::{Arc, atomic::Ordering},
};
use vault::{Error, Vault};

/// Exactly these documents are there, whole, and no object without a row.
fn holds_exactly(dir: &Path, vault: &Vault, numbers: &[u32]) {
    let mut ids: Vec<_> = vault.interchanges(10_000).unwrap().into_iter().map(|s| s.interchange.id).collect();
    ids.sort();
    assert_eq!(ids, numbers.iter().map(|n| interchange(*n).id).collect::<Vec<_>>());
    for number in numbers {
        assert_eq!(vault.delivery_octets(&copy(*number).id).unwrap(), copy(*number).octets);
        let [manifest] = &vault.manifests_of(&interchange(*number).id).unwrap()[..] else { panic!("one manifest") };
        let record = vault.batch(&manifest.batches[0]).unwrap().unwrap();
        seal::Stored::parse(&record).unwrap().header().unwrap();
        let found = hits(vault, &[(month(), token(*number))], 10).unwrap();
        assert!(found.iter().any(|hit| hit.batch == manifest.batches[0]), "it is found");
    }
    assert_eq!(files(dir, "segments").len(), numbers.len());
    assert_eq!(files(dir, "outbox").len(), numbers.len());
    assert_eq!(vault.unanchored_count().unwrap(), numbers.len() as u64);
}

#[test]
fn a_put_that_fails_leaves_nothing_whether_it_persisted_or_not() {
    for (put, persists) in [(1, false), (1, true), (2, false), (2, true)] {
        let dir = tempfile::tempdir().unwrap();
        let faults = Arc::new(Faults::default());
        let vault = vault_with(dir.path(), || Faulty::stores(dir.path(), &faults)).unwrap();
        accept(&vault, 1).unwrap();
        faults.persists.store(persists, Ordering::SeqCst);
        faults.put.store(put, Ordering::SeqCst);
        assert!(matches!(accept(&vault, 2), Err(Error::Disk { .. })), "put {put}");
        holds_exactly(dir.path(), &vault, &[1]);
        accept(&vault, 2).unwrap();
        holds_exactly(dir.path(), &vault, &[1, 2]);
    }
}

#[test]
fn what_a_death_between_objects_and_sql_left_is_set_aside_at_opening() {
    for (put, left) in [(1, (2, 1)), (2, (2, 2))] {
        let dir = tempfile::tempdir().unwrap();
        let faults = Arc::new(Faults::default());
        let vault = vault_with(dir.path(), || Faulty::stores(dir.path(), &faults)).unwrap();
        accept(&vault, 1).unwrap();
        faults.persists.store(true, Ordering::SeqCst);
        faults.deletes.store(true, Ordering::SeqCst);
        faults.put.store(put, Ordering::SeqCst);
        accept(&vault, 2).unwrap_err();
        drop(vault);
        let are = (files(dir.path(), "segments").len(), files(dir.path(), "outbox").len());
        assert_eq!(are, left, "the fault must leave something to sweep");
        let vault = vault_in(dir.path()).unwrap();
        holds_exactly(dir.path(), &vault, &[1]);
    }
}

/// Runs SQL on the closed database, and opens the vault again.
fn alter(dir: &Path, vault: Vault, sql: &str) -> Vault {
    drop(vault);
    control::alter(dir, sql);
    vault_in(dir).unwrap()
}

#[test]
fn a_transaction_that_fails_takes_its_objects_along() {
    for table in ["anchor", "interchange", "delivery", "manifest", "batch", "header"] {
        let dir = tempfile::tempdir().unwrap();
        let vault = vault_in(dir.path()).unwrap();
        accept(&vault, 1).unwrap();
        let trigger =
            format!("CREATE TRIGGER fault BEFORE INSERT ON {table} BEGIN SELECT RAISE(ABORT, 'told to'); END");
        let vault = alter(dir.path(), vault, &trigger);
        assert!(matches!(accept(&vault, 2), Err(Error::Sql(_) | Error::Postgres { .. })), "{table}");
        holds_exactly(dir.path(), &vault, &[1]);
        let vault = alter(dir.path(), vault, "DROP TRIGGER fault");
        accept(&vault, 2).unwrap();
        holds_exactly(dir.path(), &vault, &[1, 2]);
    }
}

#[test]
fn a_commit_of_unknown_outcome_stops_the_vault_until_it_is_opened_again() {
    if control::is_postgres() {
        // It knows: see `outage`.
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let vault = vault_in(dir.path()).unwrap();
    accept(&vault, 1).unwrap();
    // A deferred constraint is checked at COMMIT: the one statement that an fsync could fail in.
    let fault = "CREATE TABLE fault (partner TEXT REFERENCES partner (id) DEFERRABLE INITIALLY DEFERRED); \
         CREATE TRIGGER fault AFTER INSERT ON header BEGIN INSERT INTO fault VALUES ('nobody'); END";
    let vault = alter(dir.path(), vault, fault);
    assert!(matches!(accept(&vault, 2), Err(Error::Uncertain)));
    assert_eq!(files(dir.path(), "segments").len(), 2, "the row may be there, so the object stays");
    assert!(matches!(accept(&vault, 3), Err(Error::Uncertain)));
    assert!(matches!(vault.interchanges(1), Err(Error::Uncertain)));
    let vault = alter(dir.path(), vault, "DROP TRIGGER fault; DROP TABLE fault");
    holds_exactly(dir.path(), &vault, &[1]);
    accept(&vault, 2).unwrap();
}

#[test]
fn a_damaged_delivery_copy_is_not_sent() {
    let dir = tempfile::tempdir().unwrap();
    let vault = vault_in(dir.path()).unwrap();
    accept(&vault, 1).unwrap();
    tamper(dir.path(), "outbox", &copy(1).id.to_string(), Some(b"encrypted 2"));
    assert!(matches!(vault.delivery_octets(&copy(1).id), Err(Error::Damaged { .. })));
}

const CHILD: &str = "VAULT_TEST_DIRECTORY";

/// Not a test of its own: what the killed process does.
#[test]
fn commits_until_it_is_killed() {
    let Some(dir) = std::env::var_os(CHILD) else { return };
    let vault = vault_in(Path::new(&dir)).unwrap();
    for number in vault.unanchored_count().unwrap() as u32 + 1.. {
        accept(&vault, number).unwrap();
        println!("\nacknowledged {number}");
    }
}

#[test]
fn nothing_acknowledged_is_lost_by_kill_9() {
    let dir = tempfile::tempdir().unwrap();
    let mut acknowledged = 0;
    for round in 0..control::kills(8) {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", &control::test(dir.path(), "faults", "commits_until_it_is_killed"), "--nocapture"])
            .env(CHILD, dir.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let mut note = |line: String| {
            if let Some(number) = line.strip_prefix("acknowledged ") {
                acknowledged = number.parse().unwrap();
            }
        };
        lines.by_ref().filter(|l| l.starts_with("acknowledged")).take(1 + round as usize % 3).for_each(&mut note);
        std::thread::sleep(std::time::Duration::from_micros(u64::from(round) * 700));
        child.kill().unwrap();
        child.wait().unwrap();
        lines.for_each(note);
        let vault = vault_in(dir.path()).unwrap();
        let committed = vault.unanchored_count().unwrap() as u32;
        assert!(committed == acknowledged || committed == acknowledged + 1, "{committed} of {acknowledged}");
        holds_exactly(dir.path(), &vault, &(1..=committed).collect::<Vec<_>>());
    }
}
