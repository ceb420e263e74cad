//! Transparency logs after C2SP, without files, sockets, clocks or randomness.
//!
//! In scope: the Merkle tree of RFC 6962 with inclusion and consistency proofs ([`Tree`], [`Peaks`],
//! [`verify_inclusion`], [`verify_consistency`]); tiles and entry bundles ([`tile`], [`bundle`]: c2sp.org/tlog-tiles); checkpoints
//! ([`Checkpoint`]: c2sp.org/tlog-checkpoint); signed notes with Ed25519 ([`note`], [`key`], [`ed25519`]: c2sp.org/signed-note);
//! cosignatures ([`cosignature`]: c2sp.org/tlog-cosignature, made with Ed25519, verified with ML-DSA-44 too); the witness's side
//! and the log's side of `add-checkpoint` ([`witness`]: c2sp.org/tlog-witness); policies as files ([`policy`]: c2sp.org/tlog-policy). Out of
//! scope: storage, HTTP, pruning, cosigning with ML-DSA, cosignatures of a part of a tree, who is trusted and how many
//! witnesses are enough.
//!
//! A checkpoint's text is three lines, origin, size and root; signed by the log and cosigned by a witness it is this:
//!
//! ```
//! let note = "\
//! log.example/ledger
//! 3
//! w2UeVBcUxT1kjsx7rsp/4sNu9PplvM4ksdcShkN95WY=
//!
//! — log.example/ledger dINIFdELczMsXwzyfH10QQkuzbgQmP6CXi4vjRl3K0BJNdCwqvhpawsqRjNQdAtVqHaspN/Ds3o5uuDJT9vPPVIiEgI=
//! — witness.example/w1 3xwKNQAAAABqsTuAppaexH61N5RWzSbEvFlIfCj2ffjoGuazVVQZSHrpmmm//7+Wdu8bwj8tvZiouBnq2bpKiaGoIAoCG0oHXb6CAA==
//! ";
//! let log: tlog::Verifier = "log.example/ledger+74834815+AYqI4910CfGV/VLbLTy6XXLKZwm/HZQSG/N0iAG0D29c".parse()?;
//! let witness = "witness.example/w1+df1c0a35+BIE5dw6ofRdfVqNUZsNMfszLjYqRtO43ol32D1uPybOU".parse()?;
//!
//! let keys = [log, witness];
//! let opened = tlog::note::open(note.as_bytes(), &keys)?;
//! assert!(opened.by(&keys[0]).is_some(), "the log signed");
//! assert_eq!(opened.by(&keys[1]).and_then(|cosignature| cosignature.time), Some(1_790_000_000));
//! let tree: tlog::Tree = ["first", "second", "third"].map(|entry| tlog::leaf_hash(entry.as_bytes())).into_iter().collect();
//! assert_eq!(opened.checkpoint()?, tlog::Checkpoint::new("log.example/ledger", 3, tree.root())?);
//! # Ok::<(), tlog::Error>(())
//! ```
//!
//! Every text has one written form: numbers without signs or leading zeros, base64 with padding and zero trailing
//! bits; limits apply before decoding, and no octets make anything here panic.

pub mod bundle;
pub mod checkpoint;
pub mod cosignature;
pub mod ed25519;
mod error;
pub mod key;
pub mod note;
mod peaks;
pub mod policy;
pub mod proof;
mod text;
pub mod tile;
pub mod tree;
pub mod witness;

pub use checkpoint::Checkpoint;
pub use error::Error;
pub use key::{Algorithm, Cosigner, Signer, Verifier};
pub use note::{Opened, SignatureLine, Verified};
pub use peaks::Peaks;
pub use proof::{verify_consistency, verify_inclusion};
pub use tile::Path;
pub use tree::{EMPTY_ROOT, Hash, Tree, leaf_hash, node_hash};
pub use witness::{AddCheckpoint, Refusal, State, Witness};
