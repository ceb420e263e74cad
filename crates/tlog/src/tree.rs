//! The Merkle tree of RFC 6962 section 2.1, in memory, append-only.

use crate::Error;
use sha2::{Digest, Sha256};

/// A SHA-256 hash: of a leaf, of a subtree, or a root.
pub type Hash = [u8; 32];

/// The root of the tree without leaves: SHA-256 of nothing.
pub const EMPTY_ROOT: Hash = [
    0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24, 0x27, 0xae, 0x41,
    0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55,
];

/// The hash of a leaf: SHA-256(0x00 || entry).
pub fn leaf_hash(entry: &[u8]) -> Hash {
    Sha256::new().chain_update([0]).chain_update(entry).finalize().into()
}

/// The hash of an inner node: SHA-256(0x01 || left || right).
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    Sha256::new().chain_update([1]).chain_update(left).chain_update(right).finalize().into()
}

/// An append-only Merkle tree: all leaf hashes and the hashes of all complete subtrees, 64 octets a leaf.
///
/// Appending costs two hashes on average; a root or a proof costs at most 64 and 64².
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tree {
    /// `levels[l][i]` is the hash of leaves `i * 2^l .. (i + 1) * 2^l`.
    levels: Vec<Vec<Hash>>,
}

impl Tree {
    /// The tree without leaves.
    pub fn new() -> Self {
        Self::default()
    }

    /// The tree of which these are the hashes of all complete subtrees: `levels[l][i]` of leaves `i * 2^l .. (i + 1) * 2^l`. `None` where
    /// there are too many or too few of a level. No hash is computed: the caller knows them, and compares a root.
    pub fn from_levels(levels: Vec<Vec<Hash>>) -> Option<Self> {
        let size = levels.first().map_or(0, Vec::len);
        let depth = (usize::BITS - size.leading_zeros()) as usize;
        let whole = levels.len() == depth && levels.iter().enumerate().all(|(level, row)| row.len() == size >> level);
        whole.then_some(Self { levels })
    }

    /// The hashes of the subtrees that these leaves completed, level by level.
    ///
    /// # Panics
    /// If there are not so many leaves.
    pub fn completed(&self, leaves: std::ops::Range<u64>) -> impl Iterator<Item = &[Hash]> {
        let place = |leaf: u64, level: usize| usize::try_from(leaf).expect("a leaf is in memory") >> level;
        let rows = self.levels.iter().enumerate();
        rows.map(move |(level, row)| &row[place(leaves.start, level)..place(leaves.end, level)])
    }

    /// Appends a leaf by its [`leaf_hash`]; returns its index.
    pub fn push(&mut self, leaf: Hash) -> u64 {
        let index = self.size();
        let mut hash = leaf;
        for level in 0.. {
            if level == self.levels.len() {
                self.levels.push(Vec::new());
            }
            let row = &mut self.levels[level];
            row.push(hash);
            if row.len() % 2 == 1 {
                break;
            }
            hash = node_hash(&row[row.len() - 2], &row[row.len() - 1]);
        }
        index
    }

    /// The number of leaves.
    pub fn size(&self) -> u64 {
        self.levels.first().map_or(0, |leaves| leaves.len() as u64)
    }

    /// The root over all leaves.
    pub fn root(&self) -> Hash {
        match self.size() {
            0 => EMPTY_ROOT,
            size => self.subtree(0, size),
        }
    }

    /// The root when the tree had `size` leaves.
    ///
    /// # Errors
    /// [`Error::SizeBeyondTree`].
    pub fn root_at(&self, size: u64) -> Result<Hash, Error> {
        self.reach(size)?;
        Ok(if size == 0 { EMPTY_ROOT } else { self.subtree(0, size) })
    }

    /// The hash of leaf `index`, if there is one.
    pub fn leaf(&self, index: u64) -> Option<Hash> {
        self.complete(0, index)
    }

    /// The hash of the `index`-th complete subtree of 2^`level` leaves, if it is complete.
    pub fn complete(&self, level: u32, index: u64) -> Option<Hash> {
        let row = self.levels.get(usize::try_from(level).ok()?)?;
        row.get(usize::try_from(index).ok()?).copied()
    }

    /// The proof that leaf `index` is in the tree of the first `size` leaves (RFC 6962 section 2.1.1).
    ///
    /// # Errors
    /// [`Error::SizeBeyondTree`], [`Error::IndexBeyondSize`].
    pub fn inclusion(&self, index: u64, size: u64) -> Result<Vec<Hash>, Error> {
        self.reach(size)?;
        if index >= size {
            return Err(Error::IndexBeyondSize { index, size });
        }
        let (mut start, mut end) = (0, size);
        let mut proof = Vec::new();
        while end - start > 1 {
            let middle = start + split(end - start);
            if index < middle {
                proof.push(self.subtree(middle, end));
                end = middle;
            } else {
                proof.push(self.subtree(start, middle));
                start = middle;
            }
        }
        proof.reverse(); // from the leaf up
        Ok(proof)
    }

    /// The proof that the tree of the first `new` leaves continues the one of the first `old` (RFC 6962 section 2.1.2).
    /// Empty if `old` is zero or `new`.
    ///
    /// # Errors
    /// [`Error::SizeBeyondTree`], [`Error::OldBeyondNew`].
    pub fn consistency(&self, old: u64, new: u64) -> Result<Vec<Hash>, Error> {
        self.reach(new)?;
        if old > new {
            return Err(Error::OldBeyondNew { old, new });
        }
        if old == 0 || old == new {
            return Ok(Vec::new());
        }
        let (mut start, mut end) = (0, new);
        let mut proof = Vec::new();
        // Down to the subtree that ends where the old tree ended.
        while end != old {
            let middle = start + split(end - start);
            if old <= middle {
                proof.push(self.subtree(middle, end));
                end = middle;
            } else {
                proof.push(self.subtree(start, middle));
                start = middle;
            }
        }
        // The verifier knows that subtree already if it is the whole old tree.
        if start != 0 {
            proof.push(self.subtree(start, end));
        }
        proof.reverse();
        Ok(proof)
    }

    fn reach(&self, asked: u64) -> Result<(), Error> {
        let size = self.size();
        if asked > size { Err(Error::SizeBeyondTree { asked, size }) } else { Ok(()) }
    }

    /// The hash of leaves `start..end`, a range that splitting `0..size` at powers of two leads to.
    fn subtree(&self, start: u64, end: u64) -> Hash {
        let count = end - start;
        if count.is_power_of_two() {
            let level = count.trailing_zeros();
            return self.complete(level, start >> level).expect("ranges within the tree have all complete subtrees");
        }
        let middle = start + split(count);
        node_hash(&self.subtree(start, middle), &self.subtree(middle, end))
    }
}

impl FromIterator<Hash> for Tree {
    fn from_iter<T: IntoIterator<Item = Hash>>(leaves: T) -> Self {
        let mut tree = Self::new();
        tree.extend(leaves);
        tree
    }
}

impl Extend<Hash> for Tree {
    fn extend<T: IntoIterator<Item = Hash>>(&mut self, leaves: T) {
        leaves.into_iter().for_each(|leaf| {
            self.push(leaf);
        });
    }
}

/// The largest power of two smaller than `count`, which is at least two.
fn split(count: u64) -> u64 {
    1 << (count - 1).ilog2()
}
