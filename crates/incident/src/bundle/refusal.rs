//! Why a bundle is refused: a closed list.

use crate::{dating::Terms, exposure, history, hypothesis};
use ledger::{BatchId, Hash, canonical::NotCanonical};

/// Why a bundle does not prove its assessment.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs)] // the fields are the words in the messages
pub enum Refusal {
    #[error("not a bundle: the first line is not `bulla.bundle/14`")]
    NotABundle,
    #[error("the bundle has {octets} octets, more than this verifier takes")]
    TooLarge { octets: u64 },
    #[error("line {line} of the bundle's index is not as it must be")]
    Index { line: usize },
    #[error("the bundle ends within its section `{section}`")]
    Truncated { section: &'static str },
    #[error("{octets} octets follow after the bundle's last section")]
    Trailing { octets: u64 },
    #[error("section `{section}` does not have the digest that the index gives")]
    Digest { section: &'static str },
    /// Not the bundle's fault: nothing was found out.
    #[error("the bundle's file cannot be read or written: {kind}")]
    File { kind: std::io::ErrorKind },
    #[error("section `{section}` is not text in UTF-8")]
    NotText { section: &'static str },

    #[error("the hypothesis was refused")]
    Hypothesis(#[source] hypothesis::Error),

    #[error("an entry is cut off, or longer than 65,535 octets, at entry {index}")]
    EntryCut { index: u64 },
    #[error(transparent)]
    Ledger(#[from] history::Fault),
    #[error("the checkpoint has {count} signatures by keys that genesis does not name")]
    UnknownSigner { count: usize },

    #[error("the ledger has another origin than the pinned one")]
    PinnedOrigin,
    #[error("the ledger's first entry is not the pinned one: its hash is {found}")]
    FirstLeaf { found: Hash },
    #[error("{found} pinned organisations cosigned, {wanted} must")]
    Cosigners { wanted: u32, found: usize },
    #[error("note {number} is not a checkpoint of this ledger signed by its warden")]
    OwnNote { number: usize },
    #[error("note {number} is of {size} entries, the bundle has {found}: it leaves out what came since")]
    OlderThanNote { number: usize, size: u64, found: u64 },

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
    #[error("confirmation {number} was refused")]
    Confirmation {
        number: usize,
        #[source]
        source: NotCanonical,
    },
    #[error("the confirmations are not sorted lines, each once")]
    ConfirmationOrder,
    #[error("confirmation {number} is not a carrier's word on what the hypothesis reaches")]
    ConfirmationUnneeded { number: usize },
    #[error("totals {number} were refused")]
    Totals {
        number: usize,
        #[source]
        source: NotCanonical,
    },
    #[error("the totals are not sorted lines, each once")]
    TotalsOrder,
    #[error("totals {number} are not a shipper's word, given afterwards, on what the hypothesis reaches")]
    TotalsUnneeded { number: usize },
    #[error("list {number} of unwraps was refused")]
    Unwraps {
        number: usize,
        #[source]
        source: NotCanonical,
    },
    #[error("the lists of unwraps are not sorted lines, each once")]
    UnwrapsOrder,
    #[error("list {number} of unwraps is not a co-holder's word, given afterwards, on what the hypothesis reaches")]
    UnwrapsUnneeded { number: usize },
    #[error("the exposure cannot be computed")]
    Exposure(#[source] exposure::Error),

    #[error("the assessment was refused")]
    Assessment(#[source] NotCanonical),
    #[error("the assessment states level {stated}; with these keys only level {shown} is shown")]
    Level { stated: u8, shown: u8 },
    #[error(
        "the assessment asks of a note {} organisations and {} s of clock error, the pins ask for {} and {} s",
        stated.organisations, stated.clock_error, wanted.organisations, wanted.clock_error
    )]
    Terms { stated: Terms, wanted: Terms },
    #[error("the assessment is not what follows from the ledger: `{field}` differs")]
    AssessmentDiffers { field: String },
}

impl Refusal {
    /// Its name in the format's closed list, which another verifier gives for the same reason: `Ledger:Root`.
    pub fn name(&self) -> String {
        match self {
            Self::Ledger(fault) => format!("Ledger:{}", variant(fault)),
            other => variant(other),
        }
    }

    /// For programs, as [`super::Verified::to_json`]: the verdict's word and the reason's name.
    pub fn to_json(&self) -> Vec<u8> {
        ledger::canonical::bytes(&serde_json::json!({ "verdict": "refused", "refusal": self.name() }))
    }

    /// What a person can do about it, where there is something.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Level { .. } => Some("give the pins with --pins, or ask for a report made without them"),
            Self::Terms { .. } => Some("ask for a report made with these pins: bulla assess --pins FILE"),
            Self::PinnedOrigin | Self::FirstLeaf { .. } | Self::Cosigners { .. } => Some(
                "compare the pins with what the warden and its witnesses publish; do not take them from the bundle",
            ),
            Self::OlderThanNote { .. } => Some("ask for a report of the ledger as it is today"),
            Self::Exposure(exposure::Error::ToAfterLedger { .. }) => {
                Some("leave the end out (`to`, or --until), or state a time that the witnesses have seen")
            }
            Self::Truncated { .. } | Self::Trailing { .. } | Self::Digest { .. } => {
                Some("the file may have been damaged on its way: fetch it again, and ask its sender for its SHA-256")
            }
            _ => None,
        }
    }
}

impl From<std::io::Error> for Refusal {
    fn from(error: std::io::Error) -> Self {
        Self::File { kind: error.kind() }
    }
}

/// What `Debug` begins with: the variant's name.
fn variant(error: &impl std::fmt::Debug) -> String {
    format!("{error:?}").chars().take_while(char::is_ascii_alphanumeric).collect()
}
