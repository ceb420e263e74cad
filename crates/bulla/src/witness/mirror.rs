//! The witness's full copy of the ledger: what a warden's directory that was destroyed or changed is held against.

use super::Desk;
use anyhow::{Context, Result, bail};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use tlog::{Checkpoint, Tree, Verifier, bundle, leaf_hash, node_hash, note, tile};
use tokio::{task::spawn_blocking, time::timeout};
use warden::{client::Client, disk, log::Log, tiles};

/// How long to wait for the log before asking it again.
const RETRY: Duration = Duration::from_secs(2);
/// A full bundle of the longest entries.
const BUNDLE_OCTETS_MAX: usize = 256 * (2 + bundle::ENTRY_OCTETS_MAX);

/// The copy.
pub struct Mirror {
    dir: PathBuf,
    log: Log,
    tree: Tree,
    note: Option<String>,
    fault: Option<String>,
}

impl Mirror {
    /// Opens the copy and checks it against its own checkpoint.
    pub fn open(dir: &Path, keys: &[Verifier]) -> Result<Self> {
        disk::make_dir(dir)?;
        let path = dir.join("checkpoint");
        let note = disk::read_if_there(&path, note::NOTE_OCTETS_MAX as u64)?.map(String::from_utf8).transpose()?;
        let checkpoint = note
            .as_deref()
            .map(|text| read(text, keys))
            .transpose()
            .with_context(|| format!("{} is damaged", path.display()))?;
        let mut tree = Tree::new();
        let log = Log::open(&dir.join("log"), checkpoint.as_ref().map_or(0, Checkpoint::size), |_, hash| {
            tree.push(hash);
        })?;
        if checkpoint.is_some_and(|c| tree.root_at(c.size()) != Ok(c.root())) {
            bail!(
                "{} is not the log that {} tells of\n\nhint: move {} away; the witness fetches the copy anew",
                dir.join("log").display(),
                path.display(),
                dir.display()
            );
        }
        Ok(Self { dir: dir.to_owned(), log, tree, note, fault: None })
    }

    /// The newest checkpoint whose entries are all here.
    pub fn note(&self) -> Option<&str> {
        self.note.as_deref()
    }

    /// Entries here.
    pub fn len(&self) -> u64 {
        self.log.len()
    }

    /// That the log serves other entries than it signed for.
    pub fn fault(&self) -> Option<&str> {
        self.fault.as_deref()
    }

    /// A tile or bundle of the copy.
    pub fn tile(&self, path: &str) -> Result<Vec<u8>, tiles::Error> {
        tiles::content(&self.tree, &self.log, path)
    }

    /// Keeps entries that lead to the checkpoint's root; others are the log's fault, and are not kept.
    fn take(&mut self, entries: Vec<Vec<u8>>, checkpoint: &Checkpoint, note: &str) -> Result<()> {
        let mut peaks = Peaks::of(&self.tree);
        entries.iter().for_each(|entry| peaks.push(leaf_hash(entry)));
        if peaks.root() != Some(checkpoint.root()) {
            let fault = format!(
                "the log's entries are not those of the checkpoint of size {} that it signed",
                checkpoint.size()
            );
            disk::write_whole(&self.dir.join("fault"), note.as_bytes())?; // the proof: its signature, and its answers
            self.fault = Some(fault.clone());
            bail!("{fault}");
        }
        self.fault = None;
        if !entries.is_empty() {
            self.log.append(&entries)?;
            self.tree.extend(entries.iter().map(|entry| leaf_hash(entry)));
        }
        disk::write_whole(&self.dir.join("checkpoint"), note.as_bytes())?;
        self.note = Some(note.to_owned());
        Ok(())
    }
}

/// A checkpoint that the log and this witness have signed.
fn read(note: &str, keys: &[Verifier]) -> Result<Checkpoint> {
    let opened = note::open(note.as_bytes(), keys)?;
    if keys.iter().any(|key| opened.by(key).is_none()) {
        bail!("a signature is missing");
    }
    Ok(opened.checkpoint()?)
}

/// After each cosignature the new entries are fetched; what is not there is fetched again and again.
pub async fn follow(desk: Arc<Desk>) {
    let (mut complaint, mut failures) = (String::new(), 0);
    loop {
        match catch_up(&desk).await {
            Ok(()) => {
                complaint.clear();
                failures = 0;
                desk.cosigned.notified().await;
            }
            Err(error) => {
                let text = format!("{error:#}");
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

async fn catch_up(desk: &Arc<Desk>) -> Result<()> {
    let latest = desk.latest.lock().expect("no thread panics with a text in hand").clone();
    let Some(note) = latest else { return Ok(()) };
    // `latest` may have been torn by a crash: then there is nothing to do before the next one.
    let Ok(checkpoint) = read(&note, &desk.keys) else { return Ok(()) };
    let have = desk.mirror().len();
    if checkpoint.size() < have || desk.mirror().note() == Some(note.as_str()) {
        return Ok(());
    }
    let entries = fetch(&desk.config.log, have, checkpoint.size()).await?;
    let desk = desk.clone();
    spawn_blocking(move || desk.mirror().take(entries, &checkpoint, &note)).await?
}

/// Entries `have..size`.
async fn fetch(log: &str, have: u64, size: u64) -> Result<Vec<Vec<u8>>> {
    let client = Client { timeout: Duration::from_secs(10), octets_max: BUNDLE_OCTETS_MAX };
    let mut entries = Vec::new();
    for path in tile::bundles_between(have, size) {
        let answer = client.get(&format!("{}/{path}", log.trim_end_matches('/'))).await?;
        if answer.status != 200 {
            bail!("the log answers {path} with status {}", answer.status);
        }
        let tlog::Path::Entries { index, width } = path else { continue };
        let first = tiles::range(index, width).start;
        let known = usize::try_from(have.saturating_sub(first)).unwrap_or(usize::MAX);
        let bundle = bundle::decode(&answer.body, width).context("the log's entry bundle cannot be read")?;
        if bundle.iter().any(|entry| entry.is_empty()) {
            bail!("the log has an empty entry");
        }
        entries.extend(bundle.into_iter().skip(known).map(<[u8]>::to_vec));
    }
    Ok(entries)
}

/// The complete subtrees of a tree, largest first: enough to go on from, without a copy of all its hashes.
struct Peaks {
    size: u64,
    hashes: Vec<tlog::Hash>,
}

impl Peaks {
    fn of(tree: &Tree) -> Self {
        let size = tree.size();
        let mut start = 0;
        let mut hashes = Vec::new();
        for level in (0..u64::BITS).rev().filter(|level| size >> level & 1 == 1) {
            hashes.push(tree.complete(level, start >> level).expect("a set bit of the size is a complete subtree"));
            start += 1 << level;
        }
        Self { size, hashes }
    }

    fn push(&mut self, leaf: tlog::Hash) {
        let mut hash = leaf;
        for _ in 0..self.size.trailing_ones() {
            hash = node_hash(&self.hashes.pop().expect("one for each set bit"), &hash);
        }
        self.hashes.push(hash);
        self.size += 1;
    }

    /// None of the empty tree.
    fn root(&self) -> Option<tlog::Hash> {
        let (last, others) = self.hashes.split_last()?;
        Some(others.iter().rev().fold(*last, |right, left| node_hash(left, &right)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn peaks_lead_to_the_trees_own_root() {
        let mut tree = Tree::new();
        assert_eq!(Peaks::of(&tree).root(), None);
        for n in 0..70u8 {
            let mut peaks = Peaks::of(&tree);
            let mut larger = tree.clone();
            for m in 0..5 {
                peaks.push(leaf_hash(&[n, m]));
                larger.push(leaf_hash(&[n, m]));
                assert_eq!(peaks.root(), Some(larger.root()));
            }
            tree.push(leaf_hash(&[n]));
        }
    }

    #[test]
    fn entries_that_are_not_the_checkpoints_are_a_fault_and_not_kept() {
        let dir = tempfile::tempdir().unwrap();
        let key = tlog::Signer::new("log.example", &[1; 32]).unwrap();
        let checkpoint = Checkpoint::new("log.example", 1, leaf_hash(b"one")).unwrap();
        let note = note::sign(&checkpoint.to_text(), &key).unwrap();
        let keys = [key.verifier()];
        let mut mirror = Mirror::open(dir.path(), &keys).unwrap();
        assert!(mirror.take(vec![b"other".to_vec()], &checkpoint, &note).is_err());
        assert!(mirror.fault().is_some() && mirror.note().is_none());
        assert_eq!(mirror.len(), 0);
        mirror.take(vec![b"one".to_vec()], &checkpoint, &note).unwrap();
        assert!(mirror.fault().is_none());
        drop(mirror);
        let again = Mirror::open(dir.path(), &keys).unwrap();
        assert_eq!((again.len(), again.note()), (1, Some(note.as_str())));
        assert_eq!(again.tile("tile/entries/000.p/1").unwrap(), b"\0\x03one");
        std::fs::remove_file(dir.path().join("log")).unwrap();
        assert!(Mirror::open(dir.path(), &keys).is_err(), "a copy that lost entries says so");
    }
}
