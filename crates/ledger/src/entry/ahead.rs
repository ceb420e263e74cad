//! The result that is dear, computed of an entry before its turn in a replay.

use crate::{
    identifier::WorkerId,
    signature::{BadSignature, PublicKey, Ready},
};
use tlog::ed25519::Asked;

/// An entry by a worker, of which most are: its signature can be checked before its turn.
pub(crate) trait ByWorker {
    /// Whose it says it is.
    fn worker(&self) -> &WorkerId;

    /// What its turn in a replay will ask, `verify` by this key, where other cores may ask the same of other entries. Whoever
    /// has the record's canonical bytes spares their being written again.
    fn asks(&self, key: &Ready, record: Option<&[u8]>) -> Asked;

    /// The answer to that. The entry must not be changed from then on.
    fn looked(&mut self, key: &Ready, fits: bool);
}

/// Whether a worker's signature fits. Only [`super::Intake`] and [`super::Tick`] have it set when they are looked at ahead,
/// by whoever gives the entry to the replay and to nobody who could change it; a copy is without.
#[derive(Debug, Default)]
pub(super) struct Ahead(Option<(PublicKey, Result<(), BadSignature>)>);

impl Ahead {
    pub(super) fn looked(key: &Ready, fits: bool) -> Self {
        Self(Some((key.key, if fits { Ok(()) } else { Err(BadSignature) })))
    }

    /// The result, if it was computed by this key.
    pub(super) fn by(&self, key: &PublicKey) -> Option<Result<(), BadSignature>> {
        self.0.filter(|(looked, _)| looked == key).map(|(_, verified)| verified)
    }
}

impl Clone for Ahead {
    fn clone(&self) -> Self {
        Self(None)
    }
}

/// It follows from the rest.
impl PartialEq for Ahead {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Ahead {}
