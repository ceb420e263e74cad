//! The tree against the recursive definitions of RFC 6962, and proofs against changes of them.
#![allow(clippy::unwrap_used, reason = "a test may panic, its helper functions too")]

use proptest::{prelude::*, sample::Index};
use tlog::*;

/// Section 2.1: MTH.
fn naive_root(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => EMPTY_ROOT,
        [leaf] => *leaf,
        _ => {
            let (left, right) = leaves.split_at(half(leaves.len()));
            node_hash(&naive_root(left), &naive_root(right))
        }
    }
}

/// Section 2.1.1: PATH.
fn naive_path(index: usize, leaves: &[Hash]) -> Vec<Hash> {
    if leaves.len() == 1 {
        return Vec::new();
    }
    let (left, right) = leaves.split_at(half(leaves.len()));
    let (mut path, sibling) = match index.checked_sub(left.len()) {
        None => (naive_path(index, left), naive_root(right)),
        Some(index) => (naive_path(index, right), naive_root(left)),
    };
    path.push(sibling);
    path
}

/// Section 2.1.2: SUBPROOF.
fn naive_subproof(old: usize, leaves: &[Hash], whole: bool) -> Vec<Hash> {
    if old == leaves.len() {
        return if whole { Vec::new() } else { vec![naive_root(leaves)] };
    }
    let (left, right) = leaves.split_at(half(leaves.len()));
    let (mut proof, sibling) = match old.checked_sub(left.len()) {
        None | Some(0) => (naive_subproof(old, left, whole), naive_root(right)),
        Some(old) => (naive_subproof(old, right, false), naive_root(left)),
    };
    proof.push(sibling);
    proof
}

/// The largest power of two below `count`, counted up to.
fn half(count: usize) -> usize {
    let mut power = 1;
    while power * 2 < count {
        power *= 2;
    }
    power
}

fn leaves(count: usize) -> Vec<Hash> {
    (0..count).map(|n| leaf_hash(n.to_string().as_bytes())).collect()
}

const ALL: usize = 130;

#[test]
fn roots_of_all_small_sizes() {
    let leaves = leaves(ALL);
    let tree: Tree = leaves.iter().copied().collect();
    let mut growing = Tree::new();
    for size in 0..=ALL {
        assert_eq!(growing.size(), size as u64);
        assert_eq!(growing.root(), naive_root(&leaves[..size]), "size {size}");
        assert_eq!(tree.root_at(size as u64), Ok(growing.root()), "size {size}");
        leaves.get(size).map(|leaf| growing.push(*leaf));
    }
    assert_eq!(tree.root_at(131), Err(Error::SizeBeyondTree { asked: 131, size: 130 }));
}

#[test]
fn inclusion_in_all_small_sizes() {
    let leaves = leaves(ALL);
    let tree: Tree = leaves.iter().copied().collect();
    for size in 1..=ALL {
        let root = naive_root(&leaves[..size]);
        for (index, leaf) in leaves[..size].iter().enumerate() {
            let proof = tree.inclusion(index as u64, size as u64).unwrap();
            assert_eq!(proof, naive_path(index, &leaves[..size]), "{index} in {size}");
            assert_eq!(verify_inclusion(leaf, index as u64, size as u64, &proof, &root), Ok(()), "{index} in {size}");
        }
    }
    assert_eq!(tree.inclusion(5, 5), Err(Error::IndexBeyondSize { index: 5, size: 5 }));
    assert_eq!(tree.inclusion(0, 0), Err(Error::IndexBeyondSize { index: 0, size: 0 }));
    assert_eq!(tree.inclusion(0, 131), Err(Error::SizeBeyondTree { asked: 131, size: 130 }));
}

#[test]
fn consistency_of_all_small_sizes() {
    let leaves = leaves(ALL);
    let tree: Tree = leaves.iter().copied().collect();
    for new in 0..=ALL {
        let new_root = naive_root(&leaves[..new]);
        for old in 0..=new {
            let old_root = naive_root(&leaves[..old]);
            let proof = tree.consistency(old as u64, new as u64).unwrap();
            let expected = if old == 0 { Vec::new() } else { naive_subproof(old, &leaves[..new], true) };
            assert_eq!(proof, expected, "{old} to {new}");
            assert_eq!(
                verify_consistency(old as u64, &old_root, new as u64, &new_root, &proof),
                Ok(()),
                "{old} to {new}"
            );
        }
    }
    assert_eq!(tree.consistency(3, 2), Err(Error::OldBeyondNew { old: 3, new: 2 }));
    assert_eq!(tree.consistency(0, 131), Err(Error::SizeBeyondTree { asked: 131, size: 130 }));
}

/// One change to a proof that must not pass.
#[derive(Debug, Clone)]
enum Change {
    Flip { at: Index, octet: usize, bit: u8 },
    Drop(Index),
    Repeat(Index),
    Swap(Index, Index),
    Append(Hash),
    Prepend(Hash),
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        (any::<Index>(), 0..32usize, 0..8u8).prop_map(|(at, octet, bit)| Change::Flip { at, octet, bit }),
        any::<Index>().prop_map(Change::Drop),
        any::<Index>().prop_map(Change::Repeat),
        (any::<Index>(), any::<Index>()).prop_map(|(a, b)| Change::Swap(a, b)),
        any::<Hash>().prop_map(Change::Append),
        any::<Hash>().prop_map(Change::Prepend),
    ]
}

/// The changed proof, or none if the change leaves it as it is.
fn changed(proof: &[Hash], change: &Change) -> Option<Vec<Hash>> {
    let mut other = proof.to_vec();
    match change {
        Change::Append(hash) => other.push(*hash),
        Change::Prepend(hash) => other.insert(0, *hash),
        _ if proof.is_empty() => return None,
        Change::Flip { at, octet, bit } => other[at.index(proof.len())][*octet] ^= 1 << bit,
        Change::Drop(at) => drop(other.remove(at.index(proof.len()))),
        Change::Repeat(at) => other.insert(at.index(proof.len()), proof[at.index(proof.len())]),
        Change::Swap(a, b) => other.swap(a.index(proof.len()), b.index(proof.len())),
    }
    (other != proof).then_some(other)
}

proptest! {
    #[test]
    fn changed_inclusion_proofs_fail(size in 1..600u64, at: Index, change in change(), wrong: Hash, other_at: Index) {
        let tree: Tree = leaves(size as usize).into_iter().collect();
        let index = at.index(size as usize) as u64;
        let (leaf, root) = (tree.leaf(index).unwrap(), tree.root());
        let proof = tree.inclusion(index, size).unwrap();
        let refused = Err(Error::InclusionProof { index, size });
        prop_assert_eq!(verify_inclusion(&leaf, index, size, &proof, &root), Ok(()));
        if let Some(other) = changed(&proof, &change) {
            prop_assert_eq!(verify_inclusion(&leaf, index, size, &other, &root), refused.clone());
        }
        prop_assert_eq!(verify_inclusion(&wrong, index, size, &proof, &root), refused.clone());
        prop_assert_eq!(verify_inclusion(&leaf, index, size, &proof, &wrong), refused);
        let other = other_at.index(size as usize) as u64;
        if other != index {
            prop_assert!(verify_inclusion(&leaf, other, size, &proof, &root).is_err());
        }
    }

    #[test]
    fn changed_consistency_proofs_fail(new in 1..600u64, at: Index, change in change(), wrong: Hash, fork_at: Index) {
        let hashes = leaves(new as usize);
        let tree: Tree = hashes.iter().copied().collect();
        let old = 1 + at.index(new as usize) as u64;
        let (old_root, new_root) = (tree.root_at(old).unwrap(), tree.root());
        let proof = tree.consistency(old, new).unwrap();
        let refused = Err(Error::ConsistencyProof { old, new });
        prop_assert_eq!(verify_consistency(old, &old_root, new, &new_root, &proof), Ok(()));
        if let Some(other) = changed(&proof, &change) {
            prop_assert_eq!(verify_consistency(old, &old_root, new, &new_root, &other), refused.clone());
        }
        prop_assert_eq!(verify_consistency(old, &wrong, new, &new_root, &proof), refused.clone());
        prop_assert_eq!(verify_consistency(old, &old_root, new, &wrong, &proof), refused.clone());
        // A log that rewrote one old leaf cannot make a proof that passes.
        let mut rewritten = hashes;
        rewritten[fork_at.index(old as usize)] = wrong;
        let fork: Tree = rewritten.into_iter().collect();
        let forged = fork.consistency(old, new).unwrap();
        prop_assert_eq!(verify_consistency(old, &old_root, new, &fork.root(), &forged), refused);
    }

    #[test]
    fn any_numbers_are_answered(a: u64, b: u64, hash: Hash, proof in prop::collection::vec(any::<Hash>(), 0..70)) {
        prop_assert!(verify_inclusion(&hash, a, b, &proof, &hash).is_err() || (b == 1 && proof.is_empty()));
        let (old, new) = (a.min(b), a.max(b));
        prop_assert!(old == new || verify_consistency(old, &hash, new, &hash, &proof).is_err());
        if old != new {
            let refused = Err(Error::OldBeyondNew { old: new, new: old });
            prop_assert_eq!(verify_consistency(new, &hash, old, &hash, &proof), refused);
        }
        let tree: Tree = [hash].into_iter().collect();
        let _ = (tree.inclusion(a, b), tree.consistency(a, b), tree.root_at(a), tree.leaf(b), tree.complete(a as u32, b));
    }
}

#[test]
fn empty_trees() {
    let wrong = leaf_hash(b"");
    assert_eq!(verify_consistency(0, &EMPTY_ROOT, 0, &EMPTY_ROOT, &[]), Ok(()));
    assert_eq!(verify_consistency(0, &EMPTY_ROOT, 9, &wrong, &[]), Ok(()));
    for (old_root, new, new_root, proof) in [
        (wrong, 0, wrong, &[][..]),
        (wrong, 9, wrong, &[]),
        (EMPTY_ROOT, 0, EMPTY_ROOT, &[wrong]),
        (EMPTY_ROOT, 9, wrong, &[wrong]),
    ] {
        let refused = Err(Error::ConsistencyProof { old: 0, new });
        assert_eq!(verify_consistency(0, &old_root, new, &new_root, proof), refused);
    }
}

/// Whoever chooses the roots as well must still not prove with a proof of the wrong length.
#[test]
fn lengths_are_checked_whatever_the_roots() {
    let (a, b, c, d, x) = ([1; 32], [2; 32], [3; 32], [4; 32], [5; 32]);
    let no_inclusion = |index, size| Err(Error::InclusionProof { index, size });
    assert_eq!(verify_inclusion(&a, 0, 1, &[x], &node_hash(&x, &a)), no_inclusion(0, 1));
    assert_eq!(verify_inclusion(&a, 0, 2, &[], &a), no_inclusion(0, 2));
    assert_eq!(verify_inclusion(&b, 1, 2, &[a, x], &node_hash(&x, &node_hash(&a, &b))), no_inclusion(1, 2));
    assert_eq!(verify_inclusion(&a, 0, 3, &[b], &node_hash(&a, &b)), no_inclusion(0, 3));

    let no_consistency = |old, new| Err(Error::ConsistencyProof { old, new });
    assert_eq!(verify_consistency(1, &a, 2, &a, &[]), no_consistency(1, 2));
    assert_eq!(verify_consistency(3, &a, 4, &a, &[]), no_consistency(3, 4));
    let ab = node_hash(&a, &b);
    let (three, four) = (node_hash(&ab, &c), node_hash(&ab, &node_hash(&c, &d)));
    assert_eq!(verify_consistency(3, &three, 4, &four, &[c, d, ab]), Ok(()));
    let longer = verify_consistency(3, &node_hash(&x, &three), 4, &node_hash(&x, &four), &[c, d, ab, x]);
    assert_eq!(longer, no_consistency(3, 4));
    assert_eq!(verify_consistency(3, &c, 4, &node_hash(&c, &d), &[c, d]), no_consistency(3, 4));
}

/// A tree is its hashes, however they come together again.
#[test]
fn a_tree_is_made_of_the_hashes_that_its_parts_completed() {
    let all: Vec<Hash> = (0..70).map(|n| leaf_hash(&[n])).collect();
    for size in 0..70 {
        let whole: Tree = all[..size].iter().copied().collect();
        for cut in 0..=size as u64 {
            let mut levels: Vec<Vec<Hash>> = whole.completed(0..cut).map(<[Hash]>::to_vec).collect();
            levels.iter_mut().zip(whole.completed(cut..size as u64)).for_each(|(row, more)| row.extend(more));
            assert_eq!(Tree::from_levels(levels).as_ref(), Some(&whole));
        }
        let mut more: Vec<Vec<Hash>> = whole.completed(0..size as u64).map(<[Hash]>::to_vec).collect();
        more.push(vec![[0; 32]]);
        assert_eq!(Tree::from_levels(more.clone()).is_some(), size == 0, "which then is one of a leaf");
        more.truncate(more.len().saturating_sub(2));
        assert_eq!(Tree::from_levels(more).is_some(), size < 2, "too few levels, or none at all");
    }
}
