//! What the warden gave this gateway, in memory only: what officers decided, the periods' public keys, and the months'
//! index keys.

use api::warden::Standing;
use ledger::{Month, PeriodId};
use seal::{IndexKey, PeriodPublicKey};
use std::collections::{BTreeMap, BTreeSet};

/// The keys of one start.
pub struct Keys {
    standing: Standing,
    periods: BTreeMap<PeriodId, PeriodPublicKey>,
    indexes: BTreeMap<Month, IndexKey>,
}

impl Keys {
    /// From what the warden's answers held, already checked against the ledger.
    pub fn new(
        standing: Standing,
        periods: impl IntoIterator<Item = (PeriodId, PeriodPublicKey)>,
        indexes: impl IntoIterator<Item = (Month, IndexKey)>,
    ) -> Self {
        Self { standing, periods: periods.into_iter().collect(), indexes: indexes.into_iter().collect() }
    }

    /// What officers have decided: carriers and agreements that may be used.
    pub fn standing(&self) -> &Standing {
        &self.standing
    }

    /// A period's public key.
    pub fn period(&self, period: &PeriodId) -> Option<&PeriodPublicKey> {
        self.periods.get(period)
    }

    /// Nothing can be sealed.
    pub fn has_no_period(&self) -> bool {
        self.periods.is_empty()
    }

    /// A month's index key.
    pub fn index(&self, month: Month) -> Option<&IndexKey> {
        self.indexes.get(&month)
    }

    /// All index keys: what is searched for may have come in any live month.
    pub fn indexes(&self) -> impl Iterator<Item = (Month, &IndexKey)> {
        self.indexes.iter().map(|(month, key)| (*month, key))
    }

    /// The index keys, and no period.
    pub fn without_periods(&self) -> Self {
        let copy = |key: &IndexKey| IndexKey::from_bytes(&key.to_bytes());
        let kept = self.indexes().map(|(month, key)| (month, copy(key)));
        Self { standing: self.standing.clone(), periods: BTreeMap::new(), indexes: kept.collect() }
    }

    /// The same index keys with these periods, and what was decided by then; as it was if more is decided already.
    pub fn with_periods(
        &self,
        standing: Standing,
        periods: impl IntoIterator<Item = (PeriodId, PeriodPublicKey)>,
    ) -> Self {
        if standing.number < self.standing.number {
            return Self { periods: self.periods.clone(), ..self.without_periods() };
        }
        Self { standing, periods: periods.into_iter().collect(), ..self.without_periods() }
    }

    /// The same periods with these index keys as well, and no other months' than these.
    pub fn with_indexes(&self, indexes: impl IntoIterator<Item = (Month, IndexKey)>, months: &BTreeSet<Month>) -> Self {
        let mut more = self.with_periods(self.standing.clone(), self.periods.clone());
        more.indexes.extend(indexes);
        more.indexes.retain(|month, _| months.contains(month));
        more
    }
}
