//! Why a bundle is refused: a closed list.

use crate::{exposure, hypothesis};
use ledger::{BatchId, canonical::NotCanonical};

/// Why a bundle does not prove its assessment.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs)] // the fields are the words in the messages
pub enum Refusal {
    #[error("not a bundle: the first line is not `bulla.bundle/2`")]
    NotABundle,
    #[error("the bundle has {octets} octets, more than this verifier takes")]
    TooLarge { octets: u64 },
    #[error("line {line} of the bundle's index is not as it must be")]
    Index { line: usize },
    #[error("the bundle ends within its section `{section}`")]
    Truncated { section: &'static str },
    #[error("{octets} octets follow after the bundle's last section")]
    Trailing { octets: usize },
    #[error("section `{section}` does not have the digest that the index gives")]
    Digest { section: &'static str },
    #[error("section `{section}` is not text in UTF-8")]
    NotText { section: &'static str },

    #[error("the hypothesis was refused")]
    Hypothesis(#[source] hypothesis::Error),

    #[error("an entry is cut off, or longer than 65,535 octets, at entry {index}")]
    EntryCut { index: u64 },
    #[error("the checkpoint is of {size} entries, the bundle has {found}")]
    EntryCount { size: u64, found: u64 },
    #[error("the ledger's first entry is not genesis: there are no keys to check with")]
    NoGenesis,
    #[error("a key in the ledger's genesis is not a note verifier key of its kind")]
    GenesisKey,

    #[error("the checkpoint note was refused: it is altered, forged, or by other keys")]
    Note(#[source] tlog::Error),
    #[error("the checkpoint is not signed by the warden's key")]
    WardenSignature,
    #[error("the checkpoint has {count} signatures by keys that genesis does not name")]
    UnknownSigner { count: usize },
    #[error(
        "the checkpoint's lines are not in their one form: the warden's signature, then cosignatures sorted by name"
    )]
    NoteForm,
    #[error("the checkpoint is of another ledger than its genesis says")]
    Origin,
    #[error("{found} witnesses cosigned, {wanted} must")]
    Quorum { wanted: u32, found: u32 },
    #[error("the entries do not have the root that the warden signed")]
    Root,
    #[error("the ledger's warden key is not among the pinned keys")]
    WardenNotPinned,
    #[error("{found} pinned witnesses cosigned, {wanted} must")]
    PinnedQuorum { wanted: u32, found: u32 },

    #[error("header {number} was refused")]
    Header {
        number: usize,
        #[source]
        source: NotCanonical,
    },
    #[error("the headers are not lines sorted by batch, each once")]
    HeaderOrder,
    #[error("the header of batch {batch} is not needed for this hypothesis")]
    HeaderUnneeded { batch: BatchId },
    #[error("the header of batch {batch} is not the one anchored, or does not agree with the ledger")]
    HeaderNotAnchored { batch: BatchId },
    #[error("the exposure cannot be computed")]
    Exposure(#[source] exposure::Error),

    #[error("the assessment was refused")]
    Assessment(#[source] NotCanonical),
    #[error("the assessment states level {stated}; with these keys only level {shown} is shown")]
    Level { stated: u8, shown: u8 },
    #[error("the assessment is not what follows from the ledger: `{field}` differs")]
    AssessmentDiffers { field: String },
}

impl Refusal {
    /// What a person can do about it, where there is something.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Level { .. } => Some("give the pinned keys of warden and gateways with --pins"),
            Self::WardenNotPinned | Self::PinnedQuorum { .. } => Some(
                "compare the pins with what the warden and its witnesses publish; do not take keys from the bundle",
            ),
            Self::Truncated { .. } | Self::Trailing { .. } | Self::Digest { .. } => {
                Some("the file may have been damaged on its way: fetch it again, and ask its sender for its SHA-256")
            }
            _ => None,
        }
    }
}
