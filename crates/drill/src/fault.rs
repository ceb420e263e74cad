//! Why a drill ended before its end.

use ledger::replay::Violation;

/// Each is a fault of ours: what is made up is made to be accepted.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)] // the fields are the words in the messages
pub enum Fault {
    #[error("something that must be there is not")]
    Empty,
    #[error("a made-up document has {findings} findings and is not accepted")]
    Document { findings: usize },
    #[error("a made-up document is no manifest: {0}")]
    Mapping(#[from] manifest::mapping::Error),
    #[error("a manifest could not be sealed: {0}")]
    Seal(#[from] seal::Error),
    #[error("an entry broke a rule of the ledger: {0}")]
    Ledger(#[from] Violation),
    #[error("a checkpoint could not be made: {0}")]
    Note(#[from] tlog::Error),
    #[error("the ledger could not be assessed: {0}")]
    Assess(#[from] incident::bundle::Refusal),
    #[error("the reader's pins are not pins: {0}")]
    Pins(#[from] incident::pins::Error),
    #[error("the co-holder signs no list: {0}")]
    Holder(#[from] coholder::Refusal),
    #[error("a bundle could not be kept: {0}")]
    Kept(#[from] std::io::Error),
    #[error("there are {0} recipients; a drill has {min} to {max}", min = crate::plan::RECIPIENTS_MIN, max = crate::plan::RECIPIENTS_MAX)]
    Recipients(u64),
}
