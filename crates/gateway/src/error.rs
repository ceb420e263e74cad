//! Why the gateway did not do what was asked, by whose fault it is. No variant holds a value of a document.

use crate::partner::PartnerId;
use api::{client, warden::Refusal};
use ledger::{AgreementId, Month, PeriodId, Time};

/// Nothing of what was asked has been done, unless a variant says so.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)] // the fields are the words in the messages
pub enum Error {
    // Not now: the warden's side.
    /// The warden has given no keys since this process started, or retention has just taken them.
    #[error("there are no keys from the warden")]
    NoKeys,
    /// The keys changed while a document was being taken.
    #[error("the keys have just changed")]
    KeysChanged,
    /// A month's look-up key is not here: the warden has not given it yet, or has shredded it.
    #[error("there is no index key for {month}")]
    NoIndexKey {
        /// The month in which the document came.
        month: Month,
    },
    /// Nothing can be sealed to a period without a key.
    #[error(
        "there is no key for period {period}: retention has shredded it, or the warden does not know the agreement yet"
    )]
    NoPeriodKey { period: PeriodId },
    /// A carrier that is new, or whose certificate, key or names have changed.
    #[error(
        "officers have not signed carrier {carrier} as it is now: its documents are not encrypted to it before that"
    )]
    CarrierNotDecided { carrier: PartnerId },
    /// An agreement that is new, or whose terms have changed.
    #[error("officers have not signed agreement {agreement} as it is now")]
    AgreementNotDecided { agreement: AgreementId },
    /// A carrier's certificate that has ended, or not begun.
    #[error("the certificate of carrier {carrier} is valid from {from} to {until} only")]
    CertificateNotValid { carrier: PartnerId, from: Time, until: Time },
    /// The warden did not answer.
    #[error("the warden does not answer: {0}")]
    WardenSilent(#[from] client::Error),
    /// The warden answered that it will not.
    #[error("the warden refuses: {0}")]
    WardenRefused(#[from] Refusal),
    /// The warden's answer has another HTTP status and no reason.
    #[error("the warden answered HTTP {status}")]
    WardenStatus { status: u16 },
    /// The warden's answer is not of the protocol.
    #[error("the warden's answer is not of the protocol")]
    WardenAnswer,
    /// What the warden says of a key does not follow from the pinned keys.
    #[error("the warden's word is not proven: {0}")]
    Unproven(#[from] api::warden::Unproven),

    /// What our clock says would be written down of what comes, and it is wrong.
    #[error("by this machine's clock it is {now}, by the witnesses' {witnessed}")]
    Clock { now: Time, witnessed: Time },
    /// The ledger cannot be told of more: what is stored and not in it is as much as the worker said that it is at most.
    #[error("more is stored than the ledger was told of, and the warden does not take it")]
    NoCredit,

    // Not now: others.
    /// One partner has as many bodies under way as one partner may.
    #[error("{partner} has as many documents under way as one partner may")]
    TooManyBodies { partner: PartnerId },
    /// Again and again another document came between deciding on this one and storing it.
    #[error("other documents of the same numbers keep coming at the same time")]
    Contended,

    // This machine's.
    /// A4 would not hold.
    #[error(transparent)]
    NoRandomNumbers(#[from] durable::random::NoRandomNumbers),
    /// The gateway's disk refused, or is not known to have kept it.
    #[error("the gateway's disk: {0}")]
    Disk(#[from] vault::Error),
    /// The list of tokens.
    #[error(transparent)]
    Tokens(#[from] crate::tokens::Error),
    /// A document exceeds what a batch can hold, or a key is none.
    #[error("it could not be sealed: {0}")]
    Sealing(#[from] seal::Error),
    /// The carrier's certificate or our own key cannot be used.
    #[error("the delivery copy could not be made: {0}")]
    DeliveryCopy(#[from] as2::Error),
    /// Our own name or keys in AS2 cannot be used.
    #[error("AS2: {what}")]
    As2 {
        /// What is wrong.
        what: String,
    },
    /// A file of this gateway's directory.
    #[error("cannot read {name}")]
    File {
        /// Its name in the directory.
        name: &'static str,
        source: std::io::Error,
    },
    /// A file of this gateway's directory is not what it should be.
    #[error("{name} is not a key")]
    NotAKey {
        /// Its name in the directory.
        name: &'static str,
    },
    /// A file of this gateway's directory is not what it should be.
    #[error("{name} is not the size of a ledger")]
    NotASize {
        /// Its name in the directory.
        name: &'static str,
    },
    /// Partners and agreements that contradict each other, or are not of their form.
    #[error(transparent)]
    Partners(#[from] crate::partner::Wrong),
    /// Partners or guides as they are stored.
    #[error("the stored partners or guides are of another form")]
    StoredPartners,
    /// A step of ours ended without an answer: a defect.
    #[error("a part of the gateway failed")]
    Failed,
}
