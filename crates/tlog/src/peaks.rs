//! A tree's right edge: what a root needs to go on from, 32 octets for each set bit of the size.

use crate::{EMPTY_ROOT, Hash, Tree, node_hash};

/// The complete subtrees of a tree, largest first: enough to learn the root after more leaves, without a copy of all
/// hashes and without changing the tree. Whoever fetches entries from somebody else tries them here first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Peaks {
    size: u64,
    hashes: Vec<Hash>,
}

impl Peaks {
    /// The peaks of a tree as it is now.
    pub fn of(tree: &Tree) -> Self {
        let size = tree.size();
        let mut start = 0;
        let mut hashes = Vec::new();
        for level in (0..u64::BITS).rev().filter(|level| size >> level & 1 == 1) {
            hashes.push(tree.complete(level, start >> level).expect("a set bit of the size is a complete subtree"));
            start += 1 << level;
        }
        Self { size, hashes }
    }

    /// Appends a leaf by its [`leaf_hash`](crate::leaf_hash).
    pub fn push(&mut self, leaf: Hash) {
        let mut hash = leaf;
        for _ in 0..self.size.trailing_ones() {
            hash = node_hash(&self.hashes.pop().expect("one for each set bit"), &hash);
        }
        self.hashes.push(hash);
        self.size += 1;
    }

    /// The number of leaves.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The root over all leaves.
    pub fn root(&self) -> Hash {
        let Some((last, others)) = self.hashes.split_last() else { return EMPTY_ROOT };
        others.iter().rev().fold(*last, |right, left| node_hash(left, &right))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::leaf_hash;

    #[test]
    fn peaks_lead_to_the_trees_own_root() {
        let mut tree = Tree::new();
        assert_eq!(Peaks::of(&tree).root(), EMPTY_ROOT);
        for n in 0..70u8 {
            let mut peaks = Peaks::of(&tree);
            let mut larger = tree.clone();
            for m in 0..5 {
                peaks.push(leaf_hash(&[n, m]));
                larger.push(leaf_hash(&[n, m]));
                assert_eq!((peaks.size(), peaks.root()), (larger.size(), larger.root()));
            }
            tree.push(leaf_hash(&[n]));
        }
    }
}
