//! An append-only file of records: a durable truth from which other things are derived.
//!
//! A record is its length (4 octets, big-endian), the first 8 octets of its digest, and its octets. The digest is the
//! caller's function, so that a log that hashes its entries anyway does so once. What a crash left half written at the
//! end is cut at the next start; but never below what others were told of.

use crate::{
    Action, Error,
    directory::{parent, sync_dir},
    error::refused,
};
use std::{
    fs::{File, OpenOptions},
    io::{self, BufReader, Read, Seek, SeekFrom, Write},
    ops::Range,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

/// The longest record, in octets: what C2SP tlog-tiles allows an entry.
pub const RECORD_OCTETS_MAX: usize = u16::MAX as usize;
const FRAME_OCTETS: u64 = 12;

/// A 32-octet digest of a record; a chance hit on its first 8 octets lets a torn record pass as whole.
pub(crate) type Digest = fn(&[u8]) -> [u8; 32];

/// An open append-only file. One a file: the caller has claimed the directory.
#[derive(Debug)]
pub struct Records {
    path: PathBuf,
    file: File,
    digest: Digest,
    /// Where each record ends, from the first on that is known.
    ends: Vec<u64>,
    before: Before,
    broken: bool,
}

/// What is at the beginning of a file, of which nobody asks where each record is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Before {
    /// How many records.
    pub records: u64,
    /// How many octets of the file they take.
    pub octets: u64,
}

impl Records {
    /// Opens or makes a file (0600) that must have at least `signed` whole records, shows each record with its digest in
    /// order, and cuts a torn tail. What is there then is durable, whoever wrote it: a process that was killed may have
    /// written without an fsync, and nothing is built on that before. A crash in here leaves the tail cut or not, and
    /// opening again does the same.
    ///
    /// # Errors
    /// [`Error::Lost`], with the file as it was; [`Error::Refused`].
    pub fn open(path: &Path, digest: Digest, signed: u64, show: impl FnMut(&[u8], [u8; 32])) -> Result<Self, Error> {
        Self::open_after(path, digest, Before::default(), Vec::new(), signed, show)
    }

    /// As [`Self::open`] of a file whose beginning is known: `ends` has where each record ends that follows `before`. What is known
    /// is neither read nor shown.
    ///
    /// # Errors
    /// [`Error::Lost`], too, for a file that ends before what is known of it, or has no record where the last one is known to be.
    pub fn open_after(
        path: &Path,
        digest: Digest,
        before: Before,
        mut ends: Vec<u64>,
        signed: u64,
        mut show: impl FnMut(&[u8], [u8; 32]),
    ) -> Result<Self, Error> {
        let mut options = OpenOptions::new();
        let file = options.read(true).append(true).create(true).mode(0o600).open(path);
        let file = file.map_err(refused(Action::Open, path))?;
        let mut end = ends.last().copied().unwrap_or(before.octets);
        let mut known = before.records + ends.len() as u64;
        let lost = |whole: u64, signed: u64| Error::Lost { path: path.to_owned(), whole, signed };
        if file.metadata().map_err(refused(Action::Read, path))?.len() < end {
            return Err(lost(0, known));
        }
        let mut reader = BufReader::with_capacity(1 << 20, &file);
        // Where nothing of ours ends, nothing is cut: it is another file than the one that is known.
        let last = ends.len().checked_sub(2).map_or(before.octets, |last| ends[last]);
        reader.seek(SeekFrom::Start(last)).map_err(refused(Action::Read, path))?;
        if !ends.is_empty() {
            let whole = read_record(&mut reader, digest).map_err(refused(Action::Read, path))?;
            if whole.is_none_or(|(record, _)| last + FRAME_OCTETS + record.len() as u64 != end) {
                return Err(lost(known - 1, known));
            }
        }
        while let Some((record, hash)) = read_record(&mut reader, digest).map_err(refused(Action::Read, path))? {
            show(&record, hash);
            end += FRAME_OCTETS + record.len() as u64;
            ends.push(end);
            known += 1;
        }
        if known < signed {
            return Err(lost(known, signed));
        }
        if file.metadata().map_err(refused(Action::Read, path))?.len() > end {
            file.set_len(end).map_err(refused(Action::Cut, path))?;
        }
        file.sync_all().map_err(refused(Action::Sync, path))?;
        sync_dir(parent(path))?;
        Ok(Self { path: path.to_owned(), file, digest, ends, before, broken: false })
    }

    /// Shows each whole record of a file that is another process's, or a copy, in order; nothing is changed. What that
    /// process is writing meanwhile may be among them or not.
    ///
    /// # Errors
    /// [`Error::Refused`].
    pub fn look(path: &Path, digest: Digest, mut show: impl FnMut(Vec<u8>)) -> Result<(), Error> {
        let file = File::open(path).map_err(refused(Action::Open, path))?;
        let mut reader = BufReader::with_capacity(1 << 20, file);
        while let Some((record, _)) = read_record(&mut reader, digest).map_err(refused(Action::Read, path))? {
            show(record);
        }
        Ok(())
    }

    /// How many records there are.
    pub fn len(&self) -> u64 {
        self.before.records + self.ends.len() as u64
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether an earlier failure left the file in a state that only opening it again can settle.
    pub fn is_broken(&self) -> bool {
        self.broken
    }

    /// Appends records and makes them durable: all of them, or none. A crash in between leaves some of the first ones,
    /// which the next opening shows: the caller either has not told anybody of them, or wants them. After a failed fsync
    /// nobody knows what is on disk, so everything is refused from then on.
    ///
    /// # Errors
    /// [`Error::Refused`]: at `Append`, for example on a full disk, the file is as before, unless
    /// [`is_broken`](Self::is_broken). [`Error::Uncertain`] after that.
    ///
    /// # Panics
    /// If a record is empty or longer than [`RECORD_OCTETS_MAX`]: callers check that before they promise anything.
    pub fn append(&mut self, records: &[Vec<u8>]) -> Result<(), Error> {
        if self.broken {
            return Err(Error::Uncertain { path: self.path.clone() });
        }
        let mut octets = Vec::new();
        let start = self.end();
        let mut ends = Vec::with_capacity(records.len());
        for record in records {
            assert!((1..=RECORD_OCTETS_MAX).contains(&record.len()), "callers check the length of records");
            octets.extend_from_slice(&(record.len() as u32).to_be_bytes());
            octets.extend_from_slice(&(self.digest)(record)[..8]);
            octets.extend_from_slice(record);
            ends.push(start + octets.len() as u64);
        }
        if let Err(error) = self.file.write_all(&octets) {
            // For example a full disk: take back what fitted, and the file is as before.
            self.broken = self.file.set_len(start).and_then(|()| self.file.sync_data()).is_err();
            return Err(refused(Action::Append, &self.path)(error));
        }
        if let Err(error) = self.file.sync_data() {
            self.broken = true;
            return Err(refused(Action::Sync, &self.path)(error));
        }
        self.ends.append(&mut ends);
        Ok(())
    }

    /// Where the last record ends: the length of the file.
    pub fn end(&self) -> u64 {
        self.ends.last().copied().unwrap_or(self.before.octets)
    }

    /// Where each record ends, from the first on that is known.
    pub fn ends(&self) -> &[u64] {
        &self.ends
    }

    /// Where a record begins, and where the next one will; `None` where that is not known.
    pub fn start(&self, index: u64) -> Option<u64> {
        let known = index.checked_sub(self.before.records)?;
        known
            .checked_sub(1)
            .map_or(Some(self.before.octets), |last| self.ends.get(usize::try_from(last).ok()?).copied())
    }

    /// How many octets the records of `range` have, as far as there are such and it is known where they are.
    pub fn octets(&self, range: Range<u64>) -> u64 {
        let end = |count: u64| {
            let count = count.clamp(self.before.records, self.len());
            self.start(count).map_or(0, |start| start - count * FRAME_OCTETS)
        };
        end(range.end).saturating_sub(end(range.start))
    }

    /// Reads the records of `range`.
    ///
    /// # Errors
    /// [`Error::NoSuchRecords`] if it goes beyond the last one, or begins before those of which is known where they are, or somebody
    /// changed the file; [`Error::Refused`].
    pub fn read(&self, range: Range<u64>) -> Result<Vec<Vec<u8>>, Error> {
        let absent = || Error::NoSuchRecords { path: self.path.clone(), from: range.start, to: range.end };
        if range.start > range.end || range.end > self.len() {
            return Err(absent());
        }
        let start = self.start(range.start).ok_or_else(absent)?;
        let mut file = &self.file;
        file.seek(SeekFrom::Start(start)).map_err(refused(Action::Read, &self.path))?;
        let mut reader = BufReader::new(file);
        let mut records = Vec::new();
        for _ in range.clone() {
            let record = read_record(&mut reader, self.digest).map_err(refused(Action::Read, &self.path))?;
            records.push(record.ok_or_else(absent)?.0);
        }
        Ok(records)
    }
}

/// The next whole record; `None` at the end and at anything that is not a whole record.
pub(crate) fn read_record(reader: &mut impl Read, digest: Digest) -> io::Result<Option<(Vec<u8>, [u8; 32])>> {
    let mut frame = [0; FRAME_OCTETS as usize];
    if !fill(reader, &mut frame)? {
        return Ok(None);
    }
    let length = u32::from_be_bytes([frame[0], frame[1], frame[2], frame[3]]) as usize;
    if length == 0 || length > RECORD_OCTETS_MAX {
        return Ok(None);
    }
    let mut record = vec![0; length];
    if !fill(reader, &mut record)? {
        return Ok(None);
    }
    let hash = digest(&record);
    Ok((hash[..8] == frame[4..]).then_some((record, hash)))
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

    /// Good enough to see a changed octet; the users' are SHA-256.
    fn sum(record: &[u8]) -> [u8; 32] {
        let mut sum = [1; 32];
        record.iter().enumerate().for_each(|(n, octet)| sum[n % 8] ^= octet.rotate_left(n as u32 / 8));
        sum
    }

    fn open(path: &Path) -> Records {
        Records::open(path, sum, 0, |_, _| {}).unwrap()
    }

    fn records(path: &Path, signed: u64) -> Result<Vec<Vec<u8>>, Error> {
        let mut seen = Vec::new();
        Records::open(path, sum, signed, |record, hash| {
            assert_eq!(hash, sum(record));
            seen.push(record.to_vec());
        })
        .map(|_| seen)
    }

    #[test]
    fn what_was_appended_is_read_again() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("log");
        let mut log = open(&path);
        log.append(&[b"one".to_vec(), b"two".to_vec()]).unwrap();
        log.append(&[b"three".to_vec()]).unwrap();
        assert_eq!(log.read(1..3).unwrap(), [b"two".to_vec(), b"three".to_vec()]);
        assert_eq!(log.read(0..1).unwrap(), [b"one".to_vec()]);
        assert_eq!([log.octets(0..1), log.octets(1..3), log.octets(2..9), log.octets(8..9)], [3, 8, 5, 0]);
        assert!(matches!(log.read(1..4), Err(Error::NoSuchRecords { from: 1, to: 4, .. })));
        let mut looked = Vec::new();
        Records::look(&path, sum, |record| looked.push(record)).unwrap();
        drop(log);
        assert_eq!(records(&path, 3).unwrap(), looked);
        assert_eq!(looked, [b"one".to_vec(), b"two".to_vec(), b"three".to_vec()]);
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn what_is_known_of_a_file_is_not_read_again() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("log");
        open(&path).append(&[b"one".to_vec(), b"two".to_vec(), b"three".to_vec()]).unwrap();
        let whole = open(&path);
        let two = Before { records: 2, octets: whole.ends()[1] };
        for (before, ends) in [(Before::default(), whole.ends()[..2].to_vec()), (two, Vec::new())] {
            let mut shown = Vec::new();
            let all = ends.len() == 2;
            let show = |record: &[u8], _| shown.push(record.to_vec());
            let mut log = Records::open_after(&path, sum, before, ends, 3, show).unwrap();
            assert_eq!((log.len(), log.end(), shown), (3, whole.end(), vec![b"three".to_vec()]));
            assert_eq!(log.read(0..2).is_ok(), all, "and where the first ones are is not known");
            assert_eq!(log.read(2..3).unwrap(), [b"three".to_vec()]);
            assert_eq!(log.octets(2..3), 5);
            log.append(&[b"four".to_vec()]).unwrap();
            assert_eq!(log.read(2..4).unwrap(), [b"three".to_vec(), b"four".to_vec()]);
            std::fs::OpenOptions::new().write(true).open(&path).unwrap().set_len(whole.end()).unwrap();
        }
        let longer = Before { records: 4, octets: whole.end() + 1 };
        let lost = Records::open_after(&path, sum, longer, Vec::new(), 0, |_, _| {});
        assert!(matches!(lost, Err(Error::Lost { signed: 4, .. })));
        let elsewhere = vec![whole.ends()[0], whole.ends()[1] + 1];
        let lost = Records::open_after(&path, sum, Before::default(), elsewhere, 0, |_, _| {});
        assert!(matches!(lost, Err(Error::Lost { signed: 2, .. })));
        assert_eq!(std::fs::metadata(&path).unwrap().len(), whole.end(), "and nothing was cut");
        let reading = crate::Reading::open(&path, sum).unwrap();
        let starts = [0, whole.ends()[0], 1, whole.end()];
        let found = starts.map(|start| reading.record(start).unwrap());
        assert_eq!(found, [Some(b"one".to_vec()), Some(b"two".to_vec()), None, None]);
    }

    #[test]
    fn the_form_of_a_record_does_not_change() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("log");
        open(&path).append(&[b"ab".to_vec()]).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"\0\0\0\x02\x60\x63\x01\x01\x01\x01\x01\x01ab");
    }

    #[test]
    fn missing_records_that_were_signed_stop_the_start_and_leave_the_evidence() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("log");
        open(&path).append(&[b"one".to_vec(), b"two".to_vec()]).unwrap();
        let whole = std::fs::read(&path).unwrap();
        std::fs::write(&path, &whole[..whole.len() - 1]).unwrap();
        assert!(matches!(records(&path, 2), Err(Error::Lost { whole: 1, signed: 2, .. })));
        assert_eq!(std::fs::read(&path).unwrap().len(), whole.len() - 1);
    }

    proptest! {
        #[test]
        fn any_cut_or_damage_leaves_a_prefix_that_can_be_appended_to(cut in 0usize..60, damage in any::<Option<u8>>()) {
            let dir = tempfile::tempdir().unwrap();
            let path = dir.path().join("log");
            let wrote: Vec<Vec<u8>> = (0..4u8).map(|n| vec![n; 3]).collect();
            open(&path).append(&wrote).unwrap();
            let mut octets = std::fs::read(&path).unwrap();
            octets.truncate(cut);
            if let (Some(change), Some(last)) = (damage, octets.last_mut()) {
                *last ^= change;
            }
            std::fs::write(&path, &octets).unwrap();
            let first = records(&path, 0).unwrap();
            prop_assert!(wrote.starts_with(&first));
            open(&path).append(&[b"more".to_vec()]).unwrap();
            let again = records(&path, first.len() as u64 + 1).unwrap();
            prop_assert_eq!(again.last().unwrap().as_slice(), b"more");
        }
    }
}
