//! Against an implementation that we did not write: Cloudflare's `signed_note` and `tlog_tiles` (of azul, which runs static CT
//! logs). Each side reads, checks and makes what the other made: notes, checkpoints, keys, roots, both kinds of proofs, tiles
//! and their names, over random trees.
//!
//! What these two do not know: cosignatures. Of one, the note around it and the key's id are checked by theirs; the two lines
//! before the text and the signature by this test, after c2sp.org/tlog-cosignature. Entry bundles and the witness's protocol
//! are in neither.
#![allow(clippy::unwrap_used, reason = "a test may panic, its helper functions too")]

use ed25519_dalek::{Signature, VerifyingKey};
use proptest::prelude::*;
use signed_note::{Note, Signer as _, StandardSigner, StandardVerifier, Verifier as _, VerifierList, key_id};
use tlog::{
    Checkpoint, Cosigner, Hash, Signer, Tree, cosignature, leaf_hash, note, tile, verify_consistency, verify_inclusion,
};
use tlog_tiles::{HashReader, Tile};

const ORIGIN: &str = "log.example/ledger";

/// Their tree: all hashes in the order of their indices.
#[derive(Default)]
struct Stored(Vec<tlog_tiles::Hash>);

impl HashReader for Stored {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<tlog_tiles::Hash>, tlog_tiles::Error> {
        Ok(indexes.iter().map(|index| self.0[*index as usize]).collect())
    }
}

/// The same leaves in both trees.
fn trees(leaves: &[Vec<u8>]) -> (Tree, Stored) {
    let (mut ours, mut theirs) = (Tree::new(), Stored::default());
    for (leaf, index) in leaves.iter().zip(0..) {
        ours.push(leaf_hash(leaf));
        let new = tlog_tiles::stored_hashes(index, leaf, &theirs).unwrap();
        theirs.0.extend(new);
    }
    (ours, theirs)
}

fn octets(hashes: Vec<tlog_tiles::Hash>) -> Vec<Hash> {
    hashes.into_iter().map(|hash| hash.0).collect()
}

fn foreign(hashes: &[Hash]) -> Vec<tlog_tiles::Hash> {
    hashes.iter().map(|hash| tlog_tiles::Hash(*hash)).collect()
}

fn leaves() -> impl Strategy<Value = Vec<Vec<u8>>> {
    prop::collection::vec(prop::collection::vec(any::<u8>(), 0..4), 1..600)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn roots_and_proofs_are_the_same(leaves in leaves(), at in any::<prop::sample::Index>(), old in any::<prop::sample::Index>()) {
        let (ours, theirs) = trees(&leaves);
        let (size, index, old) = (ours.size(), at.index(leaves.len()) as u64, 1 + old.index(leaves.len()) as u64);
        let (root, old_root) = (ours.root(), ours.root_at(old).unwrap());
        prop_assert_eq!(tlog_tiles::tree_hash(size, &theirs).unwrap().0, root);
        prop_assert_eq!(tlog_tiles::tree_hash(old, &theirs).unwrap().0, old_root);

        let inclusion = ours.inclusion(index, size).unwrap();
        prop_assert_eq!(&octets(tlog_tiles::prove_record(size, index, &theirs).unwrap()), &inclusion);
        let (leaf, foreign_root) = (leaf_hash(&leaves[index as usize]), tlog_tiles::Hash(root));
        prop_assert_eq!(tlog_tiles::record_hash(&leaves[index as usize]).0, leaf);
        let check = |proof: &[Hash]| tlog_tiles::check_record(&foreign(proof), size, foreign_root, index, tlog_tiles::Hash(leaf));
        prop_assert!(check(&inclusion).is_ok() && verify_inclusion(&leaf, index, size, &inclusion, &root).is_ok());
        if let Some(first) = inclusion.first() {
            let mut forged = inclusion.clone();
            forged[0] = tlog::node_hash(first, first);
            prop_assert!(check(&forged).is_err() && verify_inclusion(&leaf, index, size, &forged, &root).is_err());
        }

        let consistency = ours.consistency(old, size).unwrap();
        prop_assert_eq!(&octets(tlog_tiles::prove_tree(size, old, &theirs).unwrap()), &consistency);
        let of_old = tlog_tiles::Hash(old_root);
        prop_assert!(tlog_tiles::check_tree(&foreign(&consistency), size, foreign_root, old, of_old).is_ok());
        prop_assert!(verify_consistency(old, &old_root, size, &root, &consistency).is_ok());
    }

    #[test]
    fn tiles_have_the_same_names_and_octets(leaves in leaves(), old in any::<prop::sample::Index>()) {
        let (ours, theirs) = trees(&leaves);
        let old = old.index(leaves.len()) as u64;
        let new = Tile::new_tiles(8, old, ours.size());
        // Theirs have the height in their name, which C2SP fixes at 8 and leaves out.
        let mut names: Vec<_> = new.iter().map(|tile| tile.path().replacen("tile/8/", "tile/", 1)).collect();
        let mut own: Vec<_> = tile::tiles_between(old, ours.size()).map(|path| path.to_string()).collect();
        names.sort();
        own.sort();
        prop_assert_eq!(own, names);
        for tile in new {
            let width = u16::try_from(tile.width()).unwrap();
            let octets = tile::contents(&ours, tile.level(), tile.level_index(), width).unwrap();
            prop_assert_eq!(octets, tile.read_data(&theirs).unwrap());
        }
    }
}

fn text(size: u64) -> String {
    Checkpoint::new(ORIGIN, size, [9; 32]).unwrap().to_text()
}

#[test]
fn a_checkpoint_of_either_is_the_others() {
    for size in [0, 1, 20_852_163, u64::MAX] {
        let theirs = tlog_tiles::Checkpoint::from_bytes(text(size).as_bytes()).unwrap();
        assert_eq!((theirs.origin(), theirs.size(), theirs.hash().0), (ORIGIN, size, [9; 32]));
        assert_eq!(theirs.to_bytes(), text(size).as_bytes());
        let made = tlog_tiles::Checkpoint::new(ORIGIN, size, tlog_tiles::Hash([9; 32]), "one\ntwo\n").unwrap();
        let made = String::from_utf8(made.to_bytes()).unwrap();
        let read = Checkpoint::parse(&made).unwrap();
        assert_eq!((read.size(), read.extensions().collect::<Vec<_>>()), (size, vec!["one", "two"]));
        assert_eq!(read.to_text(), made);
    }
}

#[test]
fn our_note_verifies_there_and_theirs_here() {
    let signer = Signer::new(ORIGIN, &[1; 32]).unwrap();
    let key = || VerifierList::new(vec![Box::new(StandardVerifier::new(&signer.verifier().to_string()).unwrap())]);
    let ours = note::sign(&text(3), &signer).unwrap();
    let read = Note::from_bytes(ours.as_bytes()).unwrap();
    let (verified, unknown) = read.verify(&key()).unwrap();
    assert_eq!((verified.len(), unknown.len(), read.text()), (1, 0, text(3).as_bytes()));
    assert_eq!(verified[0].id(), signer.verifier().id());
    // Another text under the same signature.
    let forged = ours.replacen("\n3\n", "\n4\n", 1);
    assert!(Note::from_bytes(forged.as_bytes()).unwrap().verify(&key()).is_err());

    let theirs = StandardSigner::new(&signer.to_text()).unwrap();
    let mut made = Note::new(text(3).as_bytes(), &[]).unwrap();
    made.add_sigs(&[&theirs]).unwrap();
    assert_eq!(made.to_bytes(), ours.as_bytes());
    assert!(note::open(&made.to_bytes(), &[signer.verifier()]).unwrap().by(&signer.verifier()).is_some());
    assert_eq!(theirs.key_id(), signer.verifier().id());
}

/// A cosignature as C2SP writes it, checked with what is theirs as far as it goes.
struct Watching {
    name: String,
    key: Vec<u8>,
}

impl signed_note::Verifier for Watching {
    fn name(&self) -> &str {
        &self.name
    }

    fn key_id(&self) -> u32 {
        key_id(&self.name, &self.key)
    }

    fn verify(&self, text: &[u8], signature: &[u8]) -> bool {
        let (time, signature) = signature.split_at(8);
        let time = u64::from_be_bytes(time.try_into().unwrap());
        let message = [format!("cosignature/v1\ntime {time}\n").as_bytes(), text].concat();
        let key = VerifyingKey::from_bytes(self.key[1..].try_into().unwrap()).unwrap();
        key.verify_strict(&message, &Signature::from_slice(signature).unwrap()).is_ok()
    }
}

#[test]
fn our_cosignature_stands_in_their_note() {
    let (signer, witness) =
        (Signer::new(ORIGIN, &[1; 32]).unwrap(), Cosigner::new("witness.example/w1", &[2; 32]).unwrap());
    let line = cosignature::cosign(&text(3), &witness, 1_790_000_000).unwrap();
    let whole = note::append(&note::sign(&text(3), &signer).unwrap(), &line).unwrap();
    let watching = || {
        let key = [vec![4], witness.verifier().public().to_vec()].concat();
        Watching { name: "witness.example/w1".to_owned(), key }
    };
    let log = StandardVerifier::new(&signer.verifier().to_string()).unwrap();
    assert_eq!(watching().key_id(), witness.verifier().id());
    let known = VerifierList::new(vec![Box::new(log), Box::new(watching())]);
    let (verified, unknown) = Note::from_bytes(whole.as_bytes()).unwrap().verify(&known).unwrap();
    assert_eq!((verified.len(), unknown.len()), (2, 0));
    // Under another checkpoint it is refused.
    let other = note::append(&note::sign(&text(4), &signer).unwrap(), &line).unwrap();
    let known = VerifierList::new(vec![Box::new(watching())]);
    assert!(Note::from_bytes(other.as_bytes()).unwrap().verify(&known).is_err());
}
