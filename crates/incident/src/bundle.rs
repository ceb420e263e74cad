//! The bundle: one file with everything that is needed to check an assessment offline.
//!
//! ```text
//! bulla.bundle/14
//! hypothesis 0000000036 b2c4…            eight lines: section, octets, SHA-256
//! checkpoint 0000000412 77a0…
//! entries 0000009120 09fe…
//! headers 0000002230 51d8…
//! confirmations 0000000812 9e01…
//! totals 0000000000 e3b0…
//! unwraps 0000000000 e3b0…
//! assessment 0000003105 c40b…
//!                                        an empty line, then the sections' octets, one after the other
//! ```
//!
//! There is one written form: fixed order, canonical JSON, sorted lines, no octet too many. The
//! digests of the index find accidents; what proves is the warden's signature over the root of
//! `entries`, and that every other number follows from them. `docs/bundle.md` has the whole format.
//!
//! A bundle of a large ledger is gigabytes: it is made on a file, and read from one ([`Octets`]), with little of it in memory.

mod beside;
mod index;
mod leaves;
mod lines;
pub mod octets;
mod proof;
mod refusal;
mod sheet;
mod words;

pub use beside::Lines;
pub use leaves::{Entries, Leaves, write_leaf};
pub use octets::Octets;
pub use proof::{Keys, Parts, Proven, Prover, Verdict, Verified, open, prove, verify};
pub use refusal::Refusal;

/// The format's name, the first line.
pub const VERSION: &str = "bulla.bundle/14";
/// Largest accepted bundle, in octets: 4 GiB, some 30 million entries.
pub const OCTETS_MAX: u64 = 1 << 32;
/// The sections, in their order.
pub const SECTIONS: [&str; 8] =
    ["hypothesis", "checkpoint", "entries", "headers", "confirmations", "totals", "unwraps", "assessment"];
