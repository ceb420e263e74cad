//! Checking proofs without a tree: RFC 9162 sections 2.1.3.2 and 2.1.4.2.

use crate::{
    Error, Hash,
    tree::{EMPTY_ROOT, node_hash},
};

/// Checks that `leaf` (a leaf *hash*) is leaf `index` of the tree with this `size` and `root`.
///
/// # Errors
/// [`Error::IndexBeyondSize`], [`Error::InclusionProof`].
pub fn verify_inclusion(leaf: &Hash, index: u64, size: u64, proof: &[Hash], root: &Hash) -> Result<(), Error> {
    if index >= size {
        return Err(Error::IndexBeyondSize { index, size });
    }
    let wrong = Error::InclusionProof { index, size };
    let (mut node, mut last) = (index, size - 1);
    let mut hash = *leaf;
    for sibling in proof {
        if last == 0 {
            return Err(wrong); // longer than the tree is high
        }
        if node % 2 == 1 || node == last {
            hash = node_hash(sibling, &hash);
            while node % 2 == 0 && node != 0 {
                node >>= 1;
                last >>= 1;
            }
        } else {
            hash = node_hash(&hash, sibling);
        }
        node >>= 1;
        last >>= 1;
    }
    if last == 0 && hash == *root { Ok(()) } else { Err(wrong) }
}

/// Checks that the tree (`new`, `new_root`) continues the tree (`old`, `old_root`).
///
/// From the empty tree every tree continues and the proof is empty; between equal sizes the proof is empty and the
/// roots are equal. A size of zero has the root [`EMPTY_ROOT`].
///
/// # Errors
/// [`Error::OldBeyondNew`], [`Error::ConsistencyProof`].
pub fn verify_consistency(old: u64, old_root: &Hash, new: u64, new_root: &Hash, proof: &[Hash]) -> Result<(), Error> {
    if old > new {
        return Err(Error::OldBeyondNew { old, new });
    }
    let wrong = Error::ConsistencyProof { old, new };
    let holds = if old == new {
        proof.is_empty() && old_root == new_root && (old != 0 || *old_root == EMPTY_ROOT)
    } else if old == 0 {
        proof.is_empty() && *old_root == EMPTY_ROOT
    } else {
        connects(old, old_root, new, new_root, proof)
    };
    if holds { Ok(()) } else { Err(wrong) }
}

/// The case `0 < old < new`.
fn connects(old: u64, old_root: &Hash, new: u64, new_root: &Hash, proof: &[Hash]) -> bool {
    // A complete old tree is a node of the new one: the proof leaves it out, since the verifier has it.
    let (first, rest) = match (old.is_power_of_two(), proof.split_first()) {
        (true, _) => (old_root, proof),
        (false, Some((first, rest))) => (first, rest),
        (false, None) => return false,
    };
    let complete_levels = (old - 1).trailing_ones();
    let (mut node, mut last) = (shift(old - 1, complete_levels), shift(new - 1, complete_levels));
    let (mut from_old, mut from_new) = (*first, *first);
    for sibling in rest {
        if last == 0 {
            return false;
        }
        if node % 2 == 1 || node == last {
            from_old = node_hash(sibling, &from_old);
            from_new = node_hash(sibling, &from_new);
            while node % 2 == 0 && node != 0 {
                node >>= 1;
                last >>= 1;
            }
        } else {
            from_new = node_hash(&from_new, sibling);
        }
        node >>= 1;
        last >>= 1;
    }
    last == 0 && from_old == *old_root && from_new == *new_root
}

/// `value >> bits`, zero when all bits are shifted out.
fn shift(value: u64, bits: u32) -> u64 {
    value.checked_shr(bits).unwrap_or(0)
}
