//! A run as a file: sorted entries, then the first entry of each block, then what there is of it.
//!
//! ```text
//! entries                  10 octets each, ascending, none twice
//! the first of each block  10 octets each; a block is 400 entries, the last one fewer
//! "bulla.run/1\n"          12 octets
//! how many entries         8 octets, big-endian, as the next two
//! first, last number       8 octets each, as the file's name says
//! digest                   SHA-256 of everything after the entries
//! ```

use super::{Entry, NUMBER_MAX};
use crate::Error;
use seal::Token;
use sha2::{Digest, Sha256};
use std::{
    fs::File,
    io::{self, BufReader, Read, Seek},
    ops::{ControlFlow, RangeInclusive},
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
    sync::Arc,
};

/// Entries of a block: what a look-up reads, in less than a page of 4,096 octets.
pub(super) const BLOCK: usize = 400;
pub(super) const MAGIC: &[u8; 12] = b"bulla.run/1\n";
const ENTRY: usize = size_of::<Entry>();
/// Magic, three numbers, digest.
const END: u64 = 12 + 3 * 8 + 32;

/// An open run.
pub(super) struct Run {
    file: File,
    /// How many entries.
    pub(super) entries: u64,
    /// It has all batches of its month with these numbers.
    pub(super) numbers: RangeInclusive<u64>,
    /// The first entry of each block.
    firsts: Vec<Entry>,
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

/// The runs of a month that follow on each other from its first batch on, up to `last`. The files of others are removed:
/// of merged ones, of what follows a damaged or missing one, and of batches that there are not.
pub(super) fn chain(dir: &Path, last: u64) -> Result<Vec<Arc<Run>>, Error> {
    let mut found: Vec<_> = durable::names(dir)?.iter().filter_map(|name| numbers_of(name)).collect();
    // Of two that begin alike the longer one is what the other was merged into.
    found.sort_by_key(|numbers| (*numbers.start(), std::cmp::Reverse(*numbers.end())));
    let (mut runs, mut next) = (Vec::new(), 1);
    for numbers in found {
        let path = path(dir, &numbers);
        let follows = *numbers.start() == next && *numbers.end() <= last;
        match follows.then(|| Run::open(&path, numbers.clone())).transpose()?.flatten() {
            Some(run) => {
                next = numbers.end() + 1;
                runs.push(Arc::new(run));
            }
            None => durable::remove(&path)?,
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
        let firsts = entries.div_ceil(BLOCK as u64);
        let fits = entries.checked_add(firsts).and_then(|all| all.checked_mul(ENTRY as u64)) == Some(end);
        if !stated.starts_with(MAGIC) || !fits || (number(20)..=number(28)) != numbers {
            return Ok(None);
        }
        let mut octets = vec![0; usize::try_from(firsts).unwrap_or(usize::MAX).saturating_mul(ENTRY)];
        file.read_exact_at(&mut octets, entries * ENTRY as u64).map_err(disk)?;
        if Sha256::new().chain_update(&octets).chain_update(stated).finalize()[..] != *digest {
            return Ok(None);
        }
        let firsts = octets.as_chunks().0.iter().map(|octets| Entry(*octets)).collect();
        Ok(Some(Self { file, entries, numbers, firsts }))
    }

    /// Shows the numbers of the batches that may have a token, newest first.
    pub(super) fn find(
        &self,
        token: &Token,
        visit: &mut impl FnMut(u64) -> Result<ControlFlow<()>, Error>,
    ) -> Result<ControlFlow<()>, Error> {
        let (oldest, newest) = Entry::all(token).into_inner();
        let mut block = self.firsts.partition_point(|first| *first <= newest);
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

    fn block(&self, block: usize) -> Result<Vec<Entry>, Error> {
        let start = (block * BLOCK) as u64;
        let count = usize::try_from(self.entries.saturating_sub(start)).unwrap_or(BLOCK).min(BLOCK);
        let mut octets = vec![0; count * ENTRY];
        self.file
            .read_exact_at(&mut octets, start * ENTRY as u64)
            .map_err(|error| Error::disk("read an index", error))?;
        Ok(octets.as_chunks().0.iter().map(|octets| Entry(*octets)).collect())
    }

    /// All entries, in order. One reader at a time: it moves the file's place, which [`Run::find`] does not use.
    pub(super) fn read(&self) -> io::Result<impl Iterator<Item = io::Result<Entry>>> {
        (&self.file).rewind()?;
        let mut reader = BufReader::with_capacity(1 << 18, &self.file);
        let mut next = move || {
            let mut octets = [0; ENTRY];
            reader.read_exact(&mut octets).map(|()| Entry(octets))
        };
        Ok((0..self.entries).map(move |_| next()))
    }
}
