//! The witness's full copy of the ledger: what a warden's directory that was destroyed or changed is held against.

use crate::{Error, fetch, rules::Desk};
use durable::Records;
use memory::spawn_blocking;
use std::{
    error::Error as _,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use tlog::{Checkpoint, Peaks, Tree, Verifier, leaf_hash, note, tile};
use tokio::time::timeout;

/// How long to wait for the log before asking it again.
const RETRY: Duration = Duration::from_secs(2);

/// Every entry that was fetched can be kept.
const _: () = assert!(tlog::bundle::ENTRY_OCTETS_MAX <= durable::RECORD_OCTETS_MAX);

/// The copy of the log, and what is known against it.
pub(crate) struct Mirror {
    dir: PathBuf,
    log: Records,
    tree: Tree,
    note: Option<String>,
    fault: Option<String>,
}

/// Why there is no such tile in the copy.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoTile {
    /// Not the path of a tile, or of one that the copy does not have yet.
    #[error(transparent)]
    Tile(#[from] tlog::Error),
    #[error(transparent)]
    Disk(#[from] durable::Error),
}

/// Why the copy is behind.
#[derive(Debug, thiserror::Error)]
enum Behind {
    #[error(transparent)]
    Fetch(#[from] fetch::Error),
    #[error(transparent)]
    Disk(#[from] durable::Error),
    #[error("the log's entries are not those of the checkpoint of size {size} that it signed")]
    Fault { size: u64 },
}

impl Mirror {
    /// Opens the copy and checks it against its own checkpoint.
    pub(crate) fn open(dir: &Path, keys: &[Verifier]) -> Result<Self, Error> {
        durable::make_dir(dir)?;
        durable::sweep(dir)?;
        let path = dir.join("checkpoint");
        let damaged = || Error::Checkpoint { path: path.clone() };
        let note = durable::read_if_there(&path, note::NOTE_OCTETS_MAX as u64)?;
        let note = note.map(String::from_utf8).transpose().map_err(|_| damaged())?;
        let checkpoint = note.as_deref().map(|text| read(text, keys).ok_or_else(damaged)).transpose()?;
        let mut tree = Tree::new();
        let signed = checkpoint.as_ref().map_or(0, Checkpoint::size);
        let log = Records::open(&dir.join("log"), leaf_hash, signed, |_, hash| {
            tree.push(hash);
        })?;
        if checkpoint.is_some_and(|c| tree.root_at(c.size()) != Ok(c.root())) {
            return Err(Error::OtherLog { log: dir.join("log"), checkpoint: path });
        }
        Ok(Self { dir: dir.to_owned(), log, tree, note, fault: None })
    }

    /// The newest checkpoint whose entries are all here.
    pub(crate) fn note(&self) -> Option<&str> {
        self.note.as_deref()
    }

    /// How many entries are here: those of the last cosigned checkpoint, or fewer.
    pub(crate) fn len(&self) -> u64 {
        self.log.len()
    }

    /// That the log serves other entries than it signed for.
    pub(crate) fn fault(&self) -> Option<&str> {
        self.fault.as_deref()
    }

    /// A tile or bundle of the copy.
    pub(crate) fn tile(&self, path: &str) -> Result<Vec<u8>, NoTile> {
        tile::served(&self.tree, path, |entries| Ok(self.log.read(entries)?))
    }

    /// Keeps entries that lead to the checkpoint's root; others are the log's fault, and are not kept. A crash between
    /// entries and checkpoint leaves more entries than the checkpoint has: the next one is checked from there.
    fn take(&mut self, entries: Vec<Vec<u8>>, checkpoint: &Checkpoint, note: &str) -> Result<(), Behind> {
        let mut peaks = Peaks::of(&self.tree);
        entries.iter().for_each(|entry| peaks.push(leaf_hash(entry)));
        if peaks.root() != checkpoint.root() {
            let fault = Behind::Fault { size: checkpoint.size() };
            self.fault = Some(fault.to_string());
            durable::replace(&self.dir.join("fault"), note.as_bytes())?; // the proof: its signature, and its answers
            return Err(fault);
        }
        self.fault = None;
        if !entries.is_empty() {
            self.log.append(&entries)?;
            self.tree.extend(entries.iter().map(|entry| leaf_hash(entry)));
        }
        durable::replace(&self.dir.join("checkpoint"), note.as_bytes())?;
        self.note = Some(note.to_owned());
        Ok(())
    }
}

/// A checkpoint that this witness, whose key is the first, and the log have signed: with its key, or with one that it had.
fn read(note: &str, keys: &[Verifier]) -> Option<Checkpoint> {
    let opened = note::open(note.as_bytes(), keys).ok()?;
    let (own, log) = keys.split_first()?;
    let signed = opened.by(own).is_some() && log.iter().any(|key| opened.by(key).is_some());
    signed.then(|| opened.checkpoint().ok()).flatten()
}

/// After each cosignature the new entries are fetched; what is not there is fetched again and again.
pub(crate) async fn follow(desk: Arc<Desk>) {
    let (mut complaint, mut failures) = (String::new(), 0);
    loop {
        match catch_up(&desk).await {
            Ok(()) => {
                complaint.clear();
                failures = 0;
                desk.cosigned.notified().await;
            }
            Err(error) => {
                let text = with_causes(&error);
                failures += 1;
                // A warden has its first entries cosigned before it listens.
                if failures >= 3 && text != complaint {
                    eprintln!("witness: the copy of the ledger is behind: {text}");
                    complaint = text;
                }
                let _ = timeout(RETRY, desk.cosigned.notified()).await;
            }
        }
    }
}

async fn catch_up(desk: &Arc<Desk>) -> Result<(), Behind> {
    let Some(note) = desk.latest() else { return Ok(()) };
    // `latest` may have been torn by a crash: then there is nothing to do before the next one.
    let Some(checkpoint) = read(&note, &desk.keys) else { return Ok(()) };
    let have = desk.mirror().len();
    if checkpoint.size() < have || desk.mirror().note() == Some(note.as_str()) {
        return Ok(());
    }
    let entries = fetch::entries(&desk.config.log, have, checkpoint.size()).await?;
    let desk = desk.clone();
    let taken = spawn_blocking(move || desk.mirror().take(entries, &checkpoint, &note)).await;
    taken.expect("keeping entries does not panic")
}

fn with_causes(error: &Behind) -> String {
    let (mut text, mut cause) = (error.to_string(), error.source());
    while let Some(error) = cause {
        text += &format!(": {error}");
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_that_are_not_the_checkpoints_are_a_fault_and_not_kept() {
        let dir = tempfile::tempdir().unwrap();
        let key = tlog::Signer::new("log.example", &[1; 32]).unwrap();
        let checkpoint = Checkpoint::new("log.example", 1, leaf_hash(b"one")).unwrap();
        let own = tlog::Cosigner::new("witness.example", &[2; 32]).unwrap();
        let text = checkpoint.to_text();
        let cosigned = tlog::cosignature::cosign(&text, &own, 1_790_000_000).unwrap();
        let note = note::append(&note::sign(&text, &key).unwrap(), &cosigned).unwrap();
        let keys = [own.verifier(), key.verifier()];
        let mut mirror = Mirror::open(dir.path(), &keys).unwrap();
        assert!(matches!(mirror.take(vec![b"other".to_vec()], &checkpoint, &note), Err(Behind::Fault { size: 1 })));
        assert!(mirror.fault().is_some() && mirror.note().is_none());
        assert_eq!(std::fs::read_to_string(dir.path().join("fault")).unwrap(), note);
        assert_eq!(mirror.len(), 0);
        mirror.take(vec![b"one".to_vec()], &checkpoint, &note).unwrap();
        assert!(mirror.fault().is_none());
        drop(mirror);
        let again = Mirror::open(dir.path(), &keys).unwrap();
        assert_eq!((again.len(), again.note()), (1, Some(note.as_str())));
        assert_eq!(again.tile("tile/entries/000.p/1").unwrap(), b"\0\x03one");
        std::fs::remove_file(dir.path().join("log")).unwrap();
        let lost = Mirror::open(dir.path(), &keys).err().unwrap();
        assert!(matches!(lost, Error::Disk(durable::Error::Lost { whole: 0, signed: 1, .. })), "it says so: {lost}");
    }
}
