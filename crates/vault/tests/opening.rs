//! Opening: one process, one version; and a disk that is full.
#![allow(clippy::unwrap_used)] // clippy.toml exempts only functions marked #[test]

mod made_up;

use made_up::*;
use std::{path::Path, process::Command};
use vault::{Error, Vault};

#[test]
fn a_second_opening_is_refused_and_says_by_whom() {
    let dir = tempfile::tempdir().unwrap();
    let vault = vault_in(dir.path()).unwrap();
    let refused = vault_in(dir.path()).err().unwrap();
    assert!(matches!(refused, Error::InUse { pid: Some(pid) } if pid == std::process::id()));
    let message = format!("the data directory is in use by process {}", std::process::id());
    assert_eq!(refused.to_string(), message);
    accept(&vault, 1).unwrap();
    drop(vault);
    vault_in(dir.path()).unwrap();
}

#[test]
fn a_newer_version_is_left_as_it_is() {
    let dir = tempfile::tempdir().unwrap();
    let vault = vault_in(dir.path()).unwrap();
    accept(&vault, 1).unwrap();
    drop(vault);
    let database = dir.path().join("control.db");
    rusqlite::Connection::open(&database).unwrap().pragma_update(None, "user_version", 13).unwrap();
    // Newer programs may keep objects that this one does not know.
    std::fs::write(dir.path().join("segments/0123"), b"of a newer version").unwrap();
    let before = std::fs::read(&database).unwrap();
    assert!(matches!(vault_in(dir.path()), Err(Error::Newer { found: 13, known: 12 })));
    assert_eq!(std::fs::read(&database).unwrap(), before);
    assert_eq!(files(dir.path(), "segments").len(), 2);
}

#[test]
fn what_is_no_database_is_damaged() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("control.db"), [b'?'; 4096]).unwrap();
    assert!(matches!(vault_in(dir.path()), Err(Error::Damaged { what: "the control database" })));
}

#[test]
fn documents_of_partners_are_replaced_by_id() {
    let dir = tempfile::tempdir().unwrap();
    let vault = vault_in(dir.path()).unwrap();
    vault.put_partner("b", "{}").unwrap();
    vault.put_partner("a", "{\"v\":1}").unwrap();
    vault.put_partner("a", "{\"v\":2}").unwrap();
    vault.put_agreement("A-1", "[]").unwrap();
    let pair = |id: &str, document: &str| (id.to_owned(), document.to_owned());
    assert_eq!(vault.partners().unwrap(), [pair("a", "{\"v\":2}"), pair("b", "{}")]);
    assert_eq!(vault.agreements().unwrap(), [pair("A-1", "[]")]);
}

/// A file system of its own; unmounted at the end.
struct Small(tempfile::TempDir);

impl Small {
    fn mount(size: &str) -> Result<Self, String> {
        let dir = tempfile::tempdir().unwrap();
        let size = format!("size={size}");
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(dir.path());
        match mount.output() {
            Ok(output) if output.status.success() => Ok(Self(dir)),
            Ok(output) => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
            Err(error) => Err(error.to_string()),
        }
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.0.path()).status();
    }
}

/// Accepts until the disk is full; tells how many are there.
fn fill(vault: &Vault, mut number: u32) -> u32 {
    loop {
        match accept(vault, number + 1) {
            Ok(()) => number += 1,
            Err(Error::Full) => return number,
            Err(other) => panic!("only a full disk was expected: {other:?}"),
        }
        assert!(number < 10_000, "the disk never became full");
    }
}

fn is_whole(dir: &Path, vault: &Vault, count: u32) {
    let stored = vault.interchanges(10_000).unwrap();
    assert_eq!(stored.len(), count as usize);
    for number in 1..=count {
        assert_eq!(vault.delivery_octets(&copy(number).id).unwrap(), copy(number).octets);
    }
    assert_eq!((files(dir, "segments").len(), files(dir, "outbox").len()), (count as usize, count as usize));
}

#[test]
fn a_full_disk_refuses_cleanly_and_recovers_by_itself() {
    let small = match Small::mount("2560k") {
        Ok(small) => small,
        Err(reason) => return println!("skipped: cannot mount a small tmpfs: {reason}"),
    };
    let dir = small.0.path().join("gateway");
    let vault = vault_in(&dir).unwrap();
    let mut count = 0;
    // The fillers' sizes let the space end at an object once and within the database once.
    for filler in [1_000_000_usize, 700_000, 500_000, 493_000, 489_000] {
        let filler_path = small.0.path().join("filler");
        let _ = std::fs::write(&filler_path, vec![0; filler]);
        count = fill(&vault, count);
        is_whole(&dir, &vault, count);
        std::fs::remove_file(filler_path).unwrap();
        accept(&vault, count + 1).unwrap();
        count += 1;
    }
    drop(vault);
    let vault = vault_in(&dir).unwrap();
    is_whole(&dir, &vault, count);
    assert_eq!(vault.unanchored_count().unwrap(), u64::from(count));
}
