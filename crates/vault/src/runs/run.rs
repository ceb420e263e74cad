//! A run as a file: sorted entries, then what there is of each block, then of the whole.
//!
//! ```text
//! entries                  10 octets each, ascending, none twice
//! of each block            its first entry, and the first 8 octets of its SHA-256; a block is 100 entries, the last one fewer
//! "bulla.run/1\n"          12 octets
//! how many entries         8 octets, big-endian, as the next two
//! first, last number       8 octets each, as the file's name says
//! a name                   16 octets: of the batch with the last number, of whichever month
//! digest                   SHA-256 of everything after the entries
//! ```

use super::{Batch, Entry, NUMBER_MAX, discard};
use crate::Error;
use seal::Mark;
use sha2::{Digest, Sha256};
use std::{
    fs::{self, File},
    io,
    ops::{ControlFlow, RangeInclusive},
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
    sync::Arc,
};

/// Entries of a block: what a look-up reads, and hashes, which takes longer.
pub(super) const BLOCK: usize = 100;
pub(super) const MAGIC: &[u8; 12] = b"bulla.run/1\n";
const ENTRY: usize = size_of::<Entry>();
/// Of a block's digest.
const DIGEST: usize = 8;
/// Magic, three numbers, a name, digest.
const END: u64 = 12 + 3 * 8 + 16 + 32;
const DAMAGED: Error = Error::Damaged { what: "the index of parcels, which `bulla fsck --rebuild-index` makes anew," };

/// A block's first entry and the beginning of its digest.
type Summary = (Entry, [u8; DIGEST]);

/// An open run.
pub(super) struct Run {
    file: File,
    /// How many entries.
    pub(super) entries: u64,
    /// It has all batches of its month with these numbers.
    pub(super) numbers: RangeInclusive<u64>,
    /// The batch with the last of these numbers.
    pub(super) last: Batch,
    blocks: Vec<Summary>,
}

/// What stands in a file of a block.
pub(super) fn summary(block: &[u8]) -> Vec<u8> {
    [&block[..ENTRY.min(block.len())], &Sha256::digest(block)[..DIGEST]].concat()
}

/// Where the run of these numbers is.
pub(super) fn path(dir: &Path, numbers: &RangeInclusive<u64>) -> PathBuf {
    dir.join(format!("{:010x}-{:010x}", numbers.start(), numbers.end()))
}

fn numbers_of(name: &str) -> Option<RangeInclusive<u64>> {
    let (first, last) = name.split_once('-')?;
    let number = |text: &str| u64::from_str_radix(text, 16).ok().filter(|number| (1..=NUMBER_MAX).contains(number));
    let numbers = number(first)?..=number(last)?;
    (!numbers.is_empty() && path(Path::new(""), &numbers) == Path::new(name)).then_some(numbers)
}

/// The runs of a month that follow on each other from its first batch on, as long as `is_there` knows the last batch of
/// each. What else has a run's name is removed: merged ones, what follows a damaged or missing one, those of batches that there are
/// not, and what is no file.
pub(super) fn chain(dir: &Path, is_there: impl Fn(&Batch) -> Result<bool, Error>) -> Result<Vec<Arc<Run>>, Error> {
    let mut found: Vec<_> = durable::names(dir)?.iter().filter_map(|name| numbers_of(name)).collect();
    // Of two that begin alike the longer one is what the other was merged into.
    found.sort_by_key(|numbers| (*numbers.start(), std::cmp::Reverse(*numbers.end())));
    let (mut runs, mut next) = (Vec::new(), 1);
    for numbers in found {
        let path = path(dir, &numbers);
        let follows = *numbers.start() == next && fs::symlink_metadata(&path).is_ok_and(|found| found.is_file());
        // What cannot be read is made again, as is what was never there.
        match follows.then(|| Run::open(&path, numbers.clone()).ok().flatten()).flatten() {
            Some(run) if is_there(&run.last)? => {
                next = numbers.end() + 1;
                runs.push(Arc::new(run));
            }
            _ => discard(&path)?,
        }
    }
    Ok(runs)
}

impl Run {
    /// None if it is not what its name says, or damaged in what is read of it at once.
    pub(super) fn open(path: &Path, numbers: RangeInclusive<u64>) -> Result<Option<Self>, Error> {
        let disk = |error| Error::disk("read an index", error);
        let file = File::open(path).map_err(disk)?;
        let length = file.metadata().map_err(disk)?.len();
        let Some(end) = length.checked_sub(END) else { return Ok(None) };
        let mut tail = [0; END as usize];
        file.read_exact_at(&mut tail, end).map_err(disk)?;
        let (stated, digest) = tail.split_at(tail.len() - 32);
        let number = |at: usize| u64::from_be_bytes(stated[at..at + 8].try_into().expect("eight octets"));
        let entries = number(12);
        let summaries = entries.div_ceil(BLOCK as u64).saturating_mul((ENTRY + DIGEST) as u64);
        let fits = entries.checked_mul(ENTRY as u64).and_then(|all| all.checked_add(summaries)) == Some(end);
        if !stated.starts_with(MAGIC) || !fits || (number(20)..=number(28)) != numbers {
            return Ok(None);
        }
        let mut octets = vec![0; usize::try_from(summaries).unwrap_or(usize::MAX)];
        file.read_exact_at(&mut octets, entries * ENTRY as u64).map_err(disk)?;
        if Sha256::new().chain_update(&octets).chain_update(stated).finalize()[..] != *digest {
            return Ok(None);
        }
        let block = |octets: &[u8; ENTRY + DIGEST]| {
            let (first, digest) = (octets.first_chunk(), octets.last_chunk());
            (Entry(*first.expect("ten octets of 18")), *digest.expect("eight octets of 18"))
        };
        let blocks = octets.as_chunks().0.iter().map(block).collect();
        let name = stated[stated.len() - 16..].try_into().expect("sixteen octets");
        let last = Batch { number: *numbers.end(), name };
        Ok(Some(Self { file, entries, numbers, last, blocks }))
    }

    /// Shows the numbers of the batches that may have a token, newest first.
    pub(super) fn find(
        &self,
        token: &Mark,
        visit: &mut impl FnMut(u64) -> Result<ControlFlow<()>, Error>,
    ) -> Result<ControlFlow<()>, Error> {
        let (oldest, newest) = Entry::all(token).into_inner();
        let mut block = self.blocks.partition_point(|(first, _)| *first <= newest);
        while block > 0 {
            block -= 1;
            for entry in self.block(block)?.into_iter().rev().skip_while(|entry| *entry > newest) {
                if entry < oldest {
                    return Ok(ControlFlow::Continue(()));
                }
                if visit(entry.number())?.is_break() {
                    return Ok(ControlFlow::Break(()));
                }
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    /// Whether it has exactly this entry.
    pub(super) fn has(&self, entry: &Entry) -> Result<bool, Error> {
        let Some(block) = self.blocks.partition_point(|(first, _)| first <= entry).checked_sub(1) else {
            return Ok(false);
        };
        Ok(self.block(block)?.binary_search(entry).is_ok())
    }

    fn block(&self, block: usize) -> Result<Vec<Entry>, Error> {
        let start = (block * BLOCK) as u64;
        let count = usize::try_from(self.entries.saturating_sub(start)).unwrap_or(BLOCK).min(BLOCK);
        let mut octets = vec![0; count * ENTRY];
        self.file
            .read_exact_at(&mut octets, start * ENTRY as u64)
            .map_err(|error| Error::disk("read an index", error))?;
        if Sha256::digest(&octets)[..DIGEST] != self.blocks[block].1 {
            return Err(DAMAGED);
        }
        Ok(octets.as_chunks().0.iter().map(|octets| Entry(*octets)).collect())
    }

    /// All entries, in order.
    pub(super) fn read(&self) -> impl Iterator<Item = io::Result<Entry>> {
        let entries = |block| match self.block(block) {
            Ok(entries) => entries.into_iter().map(Ok).collect(),
            Err(error) => vec![Err(io::Error::other(error))],
        };
        (0..self.blocks.len()).flat_map(entries)
    }
}
