//! The sealed batch: what a gateway keeps of a manifest once it has forgotten it.
//!
//! In scope: periods' key pairs and sealing to them ([`period`]), the batch whose rows open one by
//! one and class by class ([`batch`]), its body ([`Body`]), the record in which a segment stores it
//! ([`Stored`]), and the keyed tokens by which a parcel is found without being readable ([`token`]).
//! Out of scope: what the rows mean (`manifest`), files, sockets, clocks, where keys live, who may
//! open what. Every format is written down in `docs/format.md`, with vectors in `tests/vectors/`.
//!
//! A batch of three parcels in one retention group, as its segment record:
//!
//! ```text
//! BULLASEG 00000001   magic, version
//! …                   lengths; salt of the header's hash in the ledger
//! {"agreement":"A-1","batch":"00…","body":"5f…","carrier":"C-1","counts":[{"classes":…
//! …                   one HPKE encapsulation (1,168 octets; 2,304 with a co-holder's layer) a group: the batch secret
//! …                   the clear operational column: record 0, what all parcels have, and of each what differs
//! …                   sorted pairs of 11 octets: a token's mark and a record
//! …                   SHA-256 of all above
//! BULLABDY …          the body: a column of lengths, then a cell a row, for every class held
//! ```
//!
//! No secret has `Debug`; every secret is wiped when it is dropped; no error carries a value.

pub mod batch;
mod body;
pub mod clear;
mod error;
mod kept;
mod packing;
pub mod period;
pub mod record;
mod row;
pub mod token;
mod xwing;

pub use batch::{OpenGroup, Plan, PlannedGroup, Row, Sealed};
pub use body::{BODY_OCTETS_MAX, Body};
pub use error::Error;
pub use period::{PeriodPublicKey, PeriodSecretKey};
pub use record::{HEADER_OCTETS_MAX, Stored, TOKENS_MAX};
pub use row::VALUE_OCTETS_MAX;
pub use token::{IndexKey, Kind, Mark, Token};

/// The algorithms of `bulla.batch/3`, as the header names them.
///
/// HPKE (RFC 9180) in base mode with KEM 0x647a, KDF 0x0001 (HKDF-SHA256) and AEAD 0x0002
/// (AES-256-GCM). 0x647a is X-Wing as IANA registers it (draft-connolly-cfrg-xwing-kem-06), which
/// draft-ietf-hpke-pq-03 calls MLKEM768-X25519; later revisions of both changed no octet of it. Then
/// HKDF-SHA256 (RFC 5869) and AES-256-GCM-SIV (RFC 8452) for the rows.
pub const SUITE: &str = "HPKE-base/0x647a-0x0001-0x0002 X-Wing/draft-connolly-cfrg-xwing-kem-06=draft-ietf-hpke-pq-03 \
                         HKDF-SHA256 AES-256-GCM-SIV";
