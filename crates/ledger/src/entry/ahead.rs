//! The result that is dear, computed of an entry before its turn in a replay.

use crate::signature::{BadSignature, PublicKey, Ready};

/// Whether a worker's signature fits. Only [`super::Intake`] and [`super::Tick`] have it set when they are looked at ahead,
/// by whoever gives the entry to the replay and to nobody who could change it; a copy is without.
#[derive(Debug, Default)]
pub(super) struct Ahead(Option<(PublicKey, Result<(), BadSignature>)>);

impl Ahead {
    pub(super) fn looked(key: &Ready, verified: Result<(), BadSignature>) -> Self {
        Self(Some((key.key, verified)))
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
