//! The append-only file of leaves: the durable truth from which everything else of the ledger is derived.
//!
//! A record is the leaf's length (4 octets, big-endian), the first 8 octets of its leaf hash (RFC 6962), and the leaf.
//! What a crash left half written at the end is cut at the next start; but never below what had been signed.

use crate::disk::{Failure, failed};
use std::{
    fs::File,
    io::{self, BufReader, Read, Seek, SeekFrom, Write},
    ops::Range,
    path::{Path, PathBuf},
};

/// The longest leaf, in octets: tlog-tiles' limit of an entry.
pub const LEAF_OCTETS_MAX: usize = tlog::bundle::ENTRY_OCTETS_MAX;
const FRAME_OCTETS: u64 = 12;

/// Why a log cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Records that had been signed are gone or damaged.
    #[error("{} has {whole} whole entries, but {signed} had been signed: entries are lost or damaged", path.display())]
    Lost {
        /// The file.
        path: PathBuf,
        /// Whole records found.
        whole: u64,
        /// Records that must be there.
        signed: u64,
    },
    /// A file operation failed.
    #[error(transparent)]
    Disk(#[from] Failure),
}

/// An open log.
#[derive(Debug)]
pub struct Log {
    path: PathBuf,
    file: File,
    /// Where each record ends.
    ends: Vec<u64>,
    broken: bool,
}

impl Log {
    /// Opens or makes a log that must have at least `signed` records, shows each leaf with its hash in order, and cuts
    /// a torn tail. The file is not touched if records are missing.
    pub fn open(path: &Path, signed: u64, mut show: impl FnMut(&[u8], tlog::Hash)) -> Result<Self, Error> {
        use std::os::unix::fs::OpenOptionsExt;
        let file = File::options()
            .read(true)
            .append(true)
            .create(true)
            .mode(0o600)
            .open(path)
            .map_err(failed("open", path))?;
        let mut ends = Vec::new();
        let mut end = 0;
        let mut reader = BufReader::with_capacity(1 << 20, &file);
        while let Some((leaf, hash)) = read_record(&mut reader).map_err(failed("read", path))? {
            show(&leaf, hash);
            end += FRAME_OCTETS + leaf.len() as u64;
            ends.push(end);
        }
        if (ends.len() as u64) < signed {
            return Err(Error::Lost { path: path.to_owned(), whole: ends.len() as u64, signed });
        }
        if file.metadata().map_err(failed("read", path))?.len() > end {
            file.set_len(end).map_err(failed("cut", path))?;
        }
        // The tail may have been written but not synced by a process that was killed: nothing is built on it before it is durable.
        file.sync_all().map_err(failed("sync", path))?;
        crate::disk::sync_dir(path.parent().unwrap_or(Path::new(".")))?;
        Ok(Self { path: path.to_owned(), file, ends, broken: false })
    }

    /// How many leaves there are.
    pub fn len(&self) -> u64 {
        self.ends.len() as u64
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Whether an earlier failure left the file in a state that only a new start can settle.
    pub fn is_broken(&self) -> bool {
        self.broken
    }

    /// Appends leaves and makes them durable: all of them, or none. After a failed fsync nobody knows what is on disk,
    /// so the log refuses from then on.
    ///
    /// # Panics
    /// If a leaf is longer than [`LEAF_OCTETS_MAX`]: callers check that before they promise anything.
    pub fn append(&mut self, leaves: &[Vec<u8>]) -> Result<(), Failure> {
        if self.broken {
            return Err(failed("append to", &self.path)(io::Error::other("an earlier write did not become durable")));
        }
        let mut octets = Vec::new();
        let start = self.ends.last().copied().unwrap_or(0);
        let mut ends = Vec::with_capacity(leaves.len());
        for leaf in leaves {
            assert!(leaf.len() <= LEAF_OCTETS_MAX, "callers check the length of leaves");
            octets.extend_from_slice(&(leaf.len() as u32).to_be_bytes());
            octets.extend_from_slice(&tlog::leaf_hash(leaf)[..8]);
            octets.extend_from_slice(leaf);
            ends.push(start + octets.len() as u64);
        }
        if let Err(error) = self.file.write_all(&octets) {
            // For example a full disk: take back what fitted, and the log is as before.
            self.broken = self.file.set_len(start).and_then(|()| self.file.sync_data()).is_err();
            return Err(failed("append to", &self.path)(error));
        }
        if let Err(error) = self.file.sync_data() {
            self.broken = true;
            return Err(failed("sync", &self.path)(error));
        }
        self.ends.append(&mut ends);
        Ok(())
    }

    /// Reads leaves `range`, which must exist.
    pub fn read(&self, range: Range<u64>) -> Result<Vec<Vec<u8>>, Failure> {
        let there = range.start <= range.end && range.end <= self.len();
        if !there {
            return Err(failed("read", &self.path)(io::Error::from(io::ErrorKind::InvalidInput)));
        }
        let start = range.start.checked_sub(1).map_or(0, |before| self.ends[before as usize]);
        let mut file = &self.file;
        file.seek(SeekFrom::Start(start)).map_err(failed("read", &self.path))?;
        let mut reader = BufReader::new(file);
        let mut leaves = Vec::new();
        for _ in range {
            let record = read_record(&mut reader).map_err(failed("read", &self.path))?;
            let (leaf, _) =
                record.ok_or_else(|| failed("read", &self.path)(io::Error::from(io::ErrorKind::InvalidData)))?;
            leaves.push(leaf);
        }
        Ok(leaves)
    }
}

/// The next whole record; `None` at the end and at anything that is not a whole record.
fn read_record(reader: &mut impl Read) -> io::Result<Option<(Vec<u8>, tlog::Hash)>> {
    let mut frame = [0; FRAME_OCTETS as usize];
    if !fill(reader, &mut frame)? {
        return Ok(None);
    }
    let length = u32::from_be_bytes([frame[0], frame[1], frame[2], frame[3]]) as usize;
    if length == 0 || length > LEAF_OCTETS_MAX {
        return Ok(None);
    }
    let mut leaf = vec![0; length];
    if !fill(reader, &mut leaf)? {
        return Ok(None);
    }
    let hash = tlog::leaf_hash(&leaf);
    Ok((hash[..8] == frame[4..]).then_some((leaf, hash)))
}

fn fill(reader: &mut impl Read, buffer: &mut [u8]) -> io::Result<bool> {
    match reader.read_exact(buffer) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn leaves(path: &Path, signed: u64) -> Result<Vec<Vec<u8>>, Error> {
        let mut seen = Vec::new();
        Log::open(path, signed, |leaf, _| seen.push(leaf.to_vec())).map(|_| seen)
    }

    #[test]
    fn what_was_appended_is_read_again() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("log");
        let mut log = Log::open(&path, 0, |_, _| {}).unwrap();
        log.append(&[b"one".to_vec(), b"two".to_vec()]).unwrap();
        log.append(&[b"three".to_vec()]).unwrap();
        assert_eq!(log.read(1..3).unwrap(), [b"two".to_vec(), b"three".to_vec()]);
        assert_eq!(log.read(0..1).unwrap(), [b"one".to_vec()]);
        assert!(log.read(1..4).is_err());
        drop(log);
        assert_eq!(leaves(&path, 3).unwrap(), [b"one".to_vec(), b"two".to_vec(), b"three".to_vec()]);
    }

    #[test]
    fn missing_records_that_were_signed_stop_the_start_and_leave_the_evidence() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("log");
        Log::open(&path, 0, |_, _| {}).unwrap().append(&[b"one".to_vec(), b"two".to_vec()]).unwrap();
        let whole = std::fs::read(&path).unwrap();
        std::fs::write(&path, &whole[..whole.len() - 1]).unwrap();
        assert!(matches!(leaves(&path, 2), Err(Error::Lost { whole: 1, signed: 2, .. })));
        assert_eq!(std::fs::read(&path).unwrap().len(), whole.len() - 1);
    }

    proptest! {
        #[test]
        fn any_cut_or_damage_leaves_a_prefix_that_can_be_appended_to(cut in 0usize..60, damage in any::<Option<u8>>()) {
            let dir = tempfile::tempdir().unwrap();
            let path = dir.path().join("log");
            let wrote: Vec<Vec<u8>> = (0..4u8).map(|n| vec![n; 3]).collect();
            Log::open(&path, 0, |_, _| {}).unwrap().append(&wrote).unwrap();
            let mut octets = std::fs::read(&path).unwrap();
            octets.truncate(cut);
            if let (Some(change), Some(last)) = (damage, octets.last_mut()) {
                *last ^= change;
            }
            std::fs::write(&path, &octets).unwrap();
            let first = leaves(&path, 0).unwrap();
            prop_assert!(wrote.starts_with(&first));
            Log::open(&path, first.len() as u64, |_, _| {}).unwrap().append(&[b"more".to_vec()]).unwrap();
            let again = leaves(&path, first.len() as u64 + 1).unwrap();
            prop_assert_eq!(again.last().unwrap().as_slice(), b"more");
        }
    }
}
