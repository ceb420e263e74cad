//! What the warden gave this gateway, in memory only: the periods' public keys, and the months' index keys.

use ledger::{Month, PeriodId};
use seal::{IndexKey, PeriodPublicKey};
use std::collections::BTreeMap;

/// The keys of one start.
#[derive(Default)]
pub struct Keys {
    periods: BTreeMap<PeriodId, PeriodPublicKey>,
    indexes: BTreeMap<Month, IndexKey>,
}

impl Keys {
    /// From what the warden's answers held, already checked against the ledger.
    pub fn new(
        periods: impl IntoIterator<Item = (PeriodId, PeriodPublicKey)>,
        indexes: impl IntoIterator<Item = (Month, IndexKey)>,
    ) -> Self {
        Self { periods: periods.into_iter().collect(), indexes: indexes.into_iter().collect() }
    }

    /// A period's public key.
    pub fn period(&self, period: &PeriodId) -> Option<&PeriodPublicKey> {
        self.periods.get(period)
    }

    /// A month's index key.
    pub fn index(&self, month: Month) -> Option<&IndexKey> {
        self.indexes.get(&month)
    }

    /// All index keys: what is searched for may have come in any live month.
    pub fn indexes(&self) -> impl Iterator<Item = (Month, &IndexKey)> {
        self.indexes.iter().map(|(month, key)| (*month, key))
    }
}
