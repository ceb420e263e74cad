//! Writing runs: what was in memory, or several runs as one.

use super::{
    Batch, Entry,
    run::{self, BLOCK, MAGIC, Run},
};
use crate::Error;
use sha2::{Digest, Sha256};
use std::{
    cmp::Reverse,
    collections::BinaryHeap,
    io::{self, BufWriter, Write},
    path::Path,
    sync::Arc,
};

/// Writes a run of the numbers from `first` on to the last batch's, durable once this returns.
pub(super) fn run(
    dir: &Path,
    first: u64,
    last: &Batch,
    entries: impl Iterator<Item = io::Result<Entry>>,
) -> Result<Run, Error> {
    durable::make_dir(dir)?;
    let numbers = first..=last.number;
    let path = run::path(dir, &numbers);
    durable::replace_with(&path, |file| {
        let mut out = BufWriter::with_capacity(1 << 18, file);
        let (mut blocks, mut block, mut count) = (Vec::new(), Vec::new(), 0_u64);
        let mut before = None;
        for entry in entries {
            let entry = entry?;
            if before.replace(entry).is_some_and(|before| before >= entry) {
                return Err(io::Error::new(io::ErrorKind::InvalidData, "entries out of order"));
            }
            block.extend_from_slice(&entry.0);
            count += 1;
            if count.is_multiple_of(BLOCK as u64) {
                out.write_all(&block)?;
                blocks.extend(run::summary(&block));
                block.clear();
            }
        }
        if !block.is_empty() {
            out.write_all(&block)?;
            blocks.extend(run::summary(&block));
        }
        let stated = [count, *numbers.start(), *numbers.end()].map(u64::to_be_bytes).concat();
        let tail = [&blocks, &MAGIC[..], &stated, &last.name].concat();
        out.write_all(&tail)?;
        out.write_all(&Sha256::digest(&tail))?;
        out.flush()
    })?;
    Run::open(&path, numbers)?.ok_or(Error::Damaged { what: "an index that was just written" })
}

/// Writes several runs, which follow on each other, as one. They have no entry in common: their numbers are others.
pub(super) fn merged(dir: &Path, runs: &[Arc<Run>]) -> Result<Run, Error> {
    let [oldest, .., newest] = runs else { return Err(Error::Inconsistent { rule: "two runs or more are merged" }) };
    let mut sources: Vec<_> = runs.iter().map(|run| run.read()).collect();
    let mut heads = BinaryHeap::with_capacity(sources.len());
    for (source, entries) in sources.iter_mut().enumerate() {
        let first = entries.next().transpose().map_err(|error| Error::disk("read an index", error))?;
        heads.extend(first.map(|first| Reverse((first, source))));
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
    run(dir, *oldest.numbers.start(), &newest.last, ascending)
}
