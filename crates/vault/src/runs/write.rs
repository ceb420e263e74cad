//! Writing runs: what was in memory, or several runs as one.

use super::{
    Entry,
    run::{self, BLOCK, MAGIC, Run},
};
use crate::Error;
use sha2::{Digest, Sha256};
use std::{
    cmp::Reverse,
    collections::BinaryHeap,
    io::{self, BufWriter, Write},
    ops::RangeInclusive,
    path::Path,
    sync::Arc,
};

/// Writes a run, durable once this returns.
pub(super) fn run(
    dir: &Path,
    numbers: RangeInclusive<u64>,
    entries: impl Iterator<Item = io::Result<Entry>>,
) -> Result<Run, Error> {
    durable::make_dir(dir)?;
    let path = run::path(dir, &numbers);
    durable::replace_with(&path, |file| {
        let mut out = BufWriter::with_capacity(1 << 18, file);
        let (mut firsts, mut count) = (Vec::new(), 0_u64);
        for entry in entries {
            let entry = entry?;
            if count.is_multiple_of(BLOCK as u64) {
                firsts.extend_from_slice(&entry.0);
            }
            out.write_all(&entry.0)?;
            count += 1;
        }
        let stated = [count, *numbers.start(), *numbers.end()].map(u64::to_be_bytes).concat();
        let tail = [&firsts, &MAGIC[..], &stated].concat();
        out.write_all(&tail)?;
        out.write_all(&Sha256::digest(&tail))?;
        out.flush()
    })?;
    Run::open(&path, numbers)?.ok_or(Error::Damaged { what: "an index that was just written" })
}

/// Writes several runs as one. They have no entry in common: their numbers are others.
pub(super) fn merged(dir: &Path, numbers: RangeInclusive<u64>, runs: &[Arc<Run>]) -> Result<Run, Error> {
    let disk = |error| Error::disk("read an index", error);
    let mut sources = runs.iter().map(|run| run.read()).collect::<io::Result<Vec<_>>>().map_err(disk)?;
    let mut heads = BinaryHeap::with_capacity(sources.len());
    for (source, entries) in sources.iter_mut().enumerate() {
        heads.extend(entries.next().transpose().map_err(disk)?.map(|first| Reverse((first, source))));
    }
    let ascending = std::iter::from_fn(move || {
        let mut head = heads.peek_mut()?;
        let Reverse((entry, source)) = *head;
        match sources[source].next() {
            Some(Ok(next)) => *head = Reverse((next, source)),
            Some(Err(error)) => return Some(Err(error)),
            None => drop(std::collections::binary_heap::PeekMut::pop(head)),
        }
        Some(Ok(entry))
    });
    run(dir, numbers, ascending)
}
