//! Who signs and cosigns the ledger, from which entry on.

use ledger::{entry::PlacedKey, replay::Cast};
use tlog::{Algorithm, Verifier};

/// A key that the ledger names, and on which host of which organisation it is, as these are compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Placed {
    pub key: Verifier,
    pub organisation: String,
    pub host: String,
}

/// Who signs and cosigns a checkpoint of more than `since` entries, until the next ones do.
#[derive(Debug, Clone)]
pub(crate) struct Signers {
    pub since: u64,
    pub warden: Verifier,
    pub witnesses: Vec<Placed>,
    pub quorum: u32,
}

impl Signers {
    /// `None`: a key is not a note verifier key of its kind.
    pub fn of(cast: &Cast) -> Option<Self> {
        let warden = key(&cast.warden.warden, |algorithm| algorithm == Algorithm::Ed25519)?;
        let witnesses = cast.witnesses.keys.iter().map(placed).collect::<Option<_>>()?;
        Some(Self { since: cast.since, warden, witnesses, quorum: cast.witnesses.quorum })
    }

    /// Which of these, in order of the ledger, sign a checkpoint of this size.
    pub fn place(all: &[Self], size: u64) -> Option<usize> {
        all.partition_point(|signers| signers.since < size).checked_sub(1)
    }
}

fn placed(written: &PlacedKey) -> Option<Placed> {
    let key = key(written, Algorithm::cosigns)?;
    Some(Placed { key, organisation: written.organisation.folded(), host: written.host.folded() })
}

/// A key that the ledger names, of the kind that its place asks for.
fn key(written: &PlacedKey, fits: impl Fn(Algorithm) -> bool) -> Option<Verifier> {
    written.key.parse().ok().filter(|key: &Verifier| fits(key.algorithm()))
}
