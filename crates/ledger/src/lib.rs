//! What is written in Bulla's ledger, and what it means.
//!
//! In scope: the closed set of ledger entries ([`Entry`]), the clear header of a sealed batch
//! ([`Header`]), requests to open ([`OpeningRequest`]) and to count ([`CountRequest`]), carriers' word ([`Confirmation`]), their canonical bytes (RFC 8785), their
//! signatures (Ed25519, RFC 8032), and the replay of a whole ledger into a [`replay::State`].
//! Out of scope: Merkle trees and checkpoints (`tlog`), files, sockets, clocks, randomness.
//!
//! A leaf is the canonical JSON of one [`Logged`]:
//!
//! ```text
//! {"entry":{"key":"9f…","period":"A-1/2026-11/d90","reason":"retention","type":"shred"},"time":"2026-11-23T22:41:00.000Z"}
//! ```
//!
//! No entry has a field that could hold personal data: identifiers are random pseudonyms, tickets
//! are `[A-Z0-9-]{1,32}`, everything else is a count, a time, a digest or a closed word.
pub mod canonical;
mod classes;
mod confirmation;
pub mod cores;
mod count;
pub mod entry;
pub mod header;
pub mod identifier;
pub mod opening;
pub mod replay;
pub mod signature;
mod totals;
mod unwraps;
pub mod word;

pub use classes::Classes;
pub use confirmation::{Confirmation, ConfirmationRecord};
pub use count::{CountRequest, CountScope};
pub use entry::{Entry, Logged};
pub use header::{Disclosed, Header};
pub use identifier::*;
pub use opening::OpeningRequest;
pub use signature::{PublicKey, Signature};
pub use totals::{SentTotals, SentTotalsRecord};
pub use unwraps::{Unwrap, Unwraps, UnwrapsRecord};
pub use word::{FieldClass, Province};
