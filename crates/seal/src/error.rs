//! What can go wrong, by whose fault it is. No variant carries a value of a document or a key.

use crate::{BODY_OCTETS_MAX, TOKENS_MAX, VALUE_OCTETS_MAX};
use ledger::{FieldClass, canonical::NotCanonical};

/// Why something could not be sealed, read or opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs)] // the fields are the words in the messages
pub enum Error {
    // The caller's: what was to be sealed.
    /// A batch has 1 to 65,536 parcels.
    #[error("a batch has 1 to 65,536 parcels; a manifest with more is several batches")]
    Rows,
    /// A record holds a class that no group of the plan keeps.
    #[error("record {row} holds {class}, which no retention group of the plan keeps")]
    ClassWithoutGroup {
        row: u32,
        /// Which class; `operational` is never sealed.
        class: FieldClass,
    },
    /// A record holds more of a class than a cell can.
    #[error("record {row} holds {octets} octets of {class}, more than {VALUE_OCTETS_MAX}")]
    ValueTooLong { row: u32, class: FieldClass, octets: usize },
    /// The batch does not fit.
    #[error("the sealed body would be longer than {BODY_OCTETS_MAX} octets")]
    BodyTooLong,
    /// The batch does not fit.
    #[error("more than {TOKENS_MAX} tokens in one batch")]
    TooManyTokens,
    /// A token names a record that is not there.
    #[error("a token names record {row}, which the batch does not have")]
    TokenWithoutRecord { row: u32 },
    /// HPKE's `info` is limited, see [`crate::period::INFO_OCTETS_MAX`].
    #[error("the info is longer than HPKE allows here")]
    InfoTooLong,

    // The bytes': what was to be read.
    /// A key of another length, or not a point and a vector that X-Wing accepts.
    #[error("not a valid X-Wing public key")]
    PublicKey,
    /// Not the canonical JSON of a header.
    #[error("the header cannot be read")]
    HeaderForm(#[source] NotCanonical),
    /// A rule of [`ledger::Header::check`] or of this crate.
    #[error("the header breaks a rule: {rule}")]
    HeaderRule { rule: &'static str },
    /// Not a segment record.
    #[error("not a segment record: {rule}")]
    Record { rule: &'static str },
    /// The octets are no body of a batch.
    #[error("not a sealed body: {rule}")]
    Body { rule: &'static str },
    /// The body is not the one that the header names, or rows were changed in the store.
    #[error("the body's digest is not the header's")]
    BodyDigest,
    /// A segment record's clear part was changed in the store.
    #[error("the record's digest is not that of what stands before it")]
    RecordDigest,

    // The key's: what was to be opened.
    /// The header has no such group.
    #[error("the header has no group {group}")]
    NoSuchGroup {
        /// Position in the header's `groups`.
        group: usize,
    },
    /// The private key is not the one that the header names.
    #[error("the private key is not that of the period's public key in the header")]
    WrongKey,
    /// There is no co-holder's layer to be taken off.
    #[error("the group has no co-holder's layer")]
    NotWrapped,
    /// HPKE does not open: another key, another header, or changed octets.
    #[error("the sealed octets do not open with this key and context")]
    Unsealable,
    /// The secret inside is not the one that the header commits to.
    #[error("the batch secret is not the one that the header commits to")]
    Commitment,
    /// The group does not keep this class.
    #[error("the group does not keep {class}")]
    ClassNotInGroup { class: FieldClass },
    /// The batch has no such record.
    #[error("the batch has no record {row}")]
    NoSuchRecord { row: u32 },
    /// The ciphertext of a cell was changed, moved, or sealed wrongly.
    #[error("the {class} of record {row} does not open")]
    Cell { row: u32, class: FieldClass },
}
