//! Transparency logs after C2SP, without files, sockets, clocks or randomness.
//!
//! In scope: the Merkle tree of RFC 6962 with inclusion and consistency proofs ([`Tree`], [`verify_inclusion`],
//! [`verify_consistency`]); tiles and entry bundles ([`tile`], [`bundle`]: c2sp.org/tlog-tiles); checkpoints
//! ([`Checkpoint`]: c2sp.org/tlog-checkpoint); signed notes with Ed25519 ([`note`], [`key`]: c2sp.org/signed-note);
//! cosignatures v1 ([`cosignature`]: c2sp.org/tlog-cosignature); the witness's side and the log's side of
//! `add-checkpoint` ([`witness`]: c2sp.org/tlog-witness). Out of scope: storage, HTTP, pruning, ML-DSA cosignatures
//! of subtrees, who is trusted and how many witnesses are enough.
//!
//! A checkpoint's text is origin, size and root:
//!
//! ```text
//! log.example/ledger
//! 3
//! gr4VDtVE3T4XXRk/h2H8khp3Vk7JeWLQVT4KwFaDYRY=
//! ```
//!
//! The same, signed by the log and cosigned by a witness:
//!
//! ```text
//! SAMPLE
//! ```
//!
//! Every text has one written form: numbers without signs or leading zeros, base64 with padding and zero trailing
//! bits; limits apply before decoding, and no octets make anything here panic.

pub mod bundle;
pub mod checkpoint;
pub mod cosignature;
mod error;
pub mod key;
pub mod note;
pub mod proof;
mod text;
pub mod tile;
pub mod tree;
pub mod witness;

pub use checkpoint::Checkpoint;
pub use error::Error;
pub use key::{Algorithm, Cosigner, Signer, Verifier};
pub use note::{Opened, SignatureLine, Verified};
pub use proof::{verify_consistency, verify_inclusion};
pub use tile::Path;
pub use tree::{EMPTY_ROOT, Hash, Tree, leaf_hash, node_hash};
pub use witness::{AddCheckpoint, Refusal, State, Witness};
