//! Pages: of some entries that follow each other the hashes of all subtrees that they completed, level by level, and where each
//! ends in the log (8 octets, big-endian). Page after page they are the tree, and where everything is.

use super::files::{Listed, hashed};
use durable::Records;
use serde::{Deserialize, Serialize};
use std::{ops::Range, path::Path};
use tlog::Tree;

const END: usize = size_of::<u64>();

/// A page, in its file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Page {
    pub(super) entries: Range<u64>,
    pub(super) file: Listed,
}

/// The octets of a page.
pub(super) fn octets(tree: &Tree, log: &Records, entries: Range<u64>) -> Vec<u8> {
    let place = |entry: u64| usize::try_from(entry).expect("an entry's hash is in memory");
    let hashes = tree.completed(entries.clone()).flat_map(|row| row.as_flattened()).copied();
    let ends = log.ends()[place(entries.start)..place(entries.end)].iter().flat_map(|end| end.to_be_bytes());
    hashes.chain(ends).collect()
}

impl Page {
    pub(super) fn write(dir: &Path, entries: Range<u64>, octets: &[u8]) -> Result<Self, durable::Error> {
        let name = format!("page-{}-{}", entries.start, entries.end);
        durable::replace(&dir.join(&name), octets)?;
        Ok(Self { entries, file: Listed { name, octets: octets.len() as u64, sha256: hashed(octets) } })
    }
}

/// The tree of so many entries, and where each ends; `None` where a page is not there as it was written.
pub(super) fn read(dir: &Path, size: u64, pages: &[Page]) -> Option<(Tree, Vec<u64>)> {
    let count = usize::try_from(size).ok()?;
    let depth = (usize::BITS - count.leading_zeros()) as usize;
    let mut levels: Vec<_> = (0..depth).map(|level| vec![[0; 32]; count >> level]).collect();
    let mut ends = vec![[0; END]; count];
    let mut next = 0;
    for Page { entries, file } in pages {
        if entries.start != next || entries.end > size || entries.is_empty() {
            return None;
        }
        let place = |entry: u64| usize::try_from(entry).expect("at most the size, which fits");
        let (from, to) = (place(entries.start), place(entries.end));
        let rows = levels.iter_mut().enumerate();
        let mut parts: Vec<&mut [u8]> =
            rows.map(|(level, row)| row[from >> level..to >> level].as_flattened_mut()).collect();
        parts.push(ends[from..to].as_flattened_mut());
        file.read(dir, &mut parts)?;
        next = entries.end;
    }
    let ends = ends.into_iter().map(u64::from_be_bytes).collect();
    (next == size).then(|| Tree::from_levels(levels)).flatten().map(|tree| (tree, ends))
}
