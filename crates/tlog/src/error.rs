//! What can be wrong, in one closed list.

/// Why a tree, a proof, a tile or a text was refused. No variant holds what was in a text: only sizes, positions and
/// what was expected.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs)] // the fields are the words in the messages
pub enum Error {
    /// The tree is smaller than the size asked for.
    #[error("size {asked} is beyond the tree's {size} leaves")]
    SizeBeyondTree {
        /// The size asked for.
        asked: u64,
        size: u64,
    },
    /// A leaf index at or after the size.
    #[error("leaf {index} is not in a tree of {size} leaves")]
    IndexBeyondSize {
        /// The leaf's zero-based index.
        index: u64,
        size: u64,
    },
    /// The older of two sizes is the greater one.
    #[error("the older size {old} is greater than the newer size {new}")]
    OldBeyondNew {
        /// The size said to be older.
        old: u64,
        /// The size said to be newer.
        new: u64,
    },
    /// The inclusion proof has a wrong length or does not lead to the root.
    #[error("the inclusion proof of leaf {index} does not lead to the root at size {size}")]
    InclusionProof {
        /// The leaf's zero-based index.
        index: u64,
        size: u64,
    },
    /// The consistency proof has a wrong length or does not lead to both roots.
    #[error("the consistency proof does not connect the roots at sizes {old} and {new}")]
    ConsistencyProof { old: u64, new: u64 },
    /// The tree is too small for that tile.
    #[error("the tile at level {level}, index {index}, width {width} is not in a tree of {size} leaves")]
    TileNotInTree {
        level: u8,
        /// The tile's index within the level.
        index: u64,
        /// Hashes in the tile.
        width: u16,
        size: u64,
    },
    /// A tile's or bundle's octets do not have the length that its width asks for.
    #[error("a tile or entry bundle of width {width} does not have {octets} octets")]
    TileLength {
        /// Hashes or entries expected.
        width: u16,
        octets: usize,
    },
    /// Tiles and bundles are 1 to 256 wide.
    #[error("a tile or entry bundle cannot be {width} wide, only 1 to 256")]
    TileWidth { width: usize },
    /// An entry does not fit its 16-bit length.
    #[error("an entry of {octets} octets is longer than {}", crate::bundle::ENTRY_OCTETS_MAX)]
    EntryTooLong {
        /// Octets of the entry.
        octets: usize,
    },
    /// A text or number is not in its one written form.
    #[error("not a valid {wanted}")]
    Malformed {
        /// What was wanted, for people.
        wanted: &'static str,
    },
    /// A note or request beyond its limit; nothing of it was decoded.
    #[error("{octets} octets are more than the limit of {limit}")]
    TooLarge { octets: usize, limit: usize },
    /// More signature lines than [`SIGNATURES_MAX`](crate::note::SIGNATURES_MAX).
    #[error("the note has more than {} signatures", crate::note::SIGNATURES_MAX)]
    TooManySignatures,
    /// Two signature lines by one known key.
    #[error("the note has two signatures of key {id:08x}")]
    DuplicateSignature { id: u32 },
    /// Two of the verifiers given have the same name and id.
    #[error("two of the known keys have the same name and the id {id:08x}")]
    AmbiguousKey { id: u32 },
    /// A signature with a known key's name and id is not that key's signature.
    #[error("the signature of key {id:08x} does not fit the note")]
    BadSignature { id: u32 },
    /// The note is well-formed but none of the known keys signed it.
    #[error("the note has no signature of a known key")]
    NoKnownSignature,
    /// A cosignature's time must be less than 2^63 seconds.
    #[error("the time {seconds} s is out of range")]
    TimeOutOfRange {
        /// In seconds since 1970-01-01T00:00:00Z.
        seconds: u64,
    },
}

pub(crate) fn malformed(wanted: &'static str) -> Error {
    Error::Malformed { wanted }
}
