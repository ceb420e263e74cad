//! The key gate: the one way to the keys, and the one way to shut intake off from them.
//!
//! Documents are sealed outside of any lock, with keys that were looked up before. So each look-up is a [`Lease`] with the
//! gate's *generation*, and what was sealed under it is stored only while the generation is still the same, which `store`
//! asks in the vault's turn. Retention closes the gate: the generation moves on at once, whoever is in a turn is waited
//! for, and from then on nothing is stored under a key that may be destroyed.

use super::Keys;
use std::sync::{Arc, PoisonError, RwLock};

/// Keys, and whether they may be used.
#[derive(Default)]
pub struct KeyGate {
    state: RwLock<State>,
}

#[derive(Default)]
struct State {
    keys: Option<Arc<Keys>>,
    /// Moved on by whatever takes keys away; new keys alone leave it.
    generation: u64,
    closed: bool,
}

/// Keys as they were looked up.
#[derive(Clone)]
pub struct Lease {
    /// To seal and to search with.
    pub keys: Arc<Keys>,
    generation: u64,
}

impl KeyGate {
    /// The keys of this moment; none before the warden has given any, and while the gate is closed.
    pub fn lease(&self) -> Option<Lease> {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        let keys = state.keys.clone().filter(|_| !state.closed)?;
        Some(Lease { keys, generation: state.generation })
    }

    /// Whether what was made under this lease may be stored.
    pub fn holds(&self, lease: &Lease) -> bool {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        !state.closed && state.generation == lease.generation
    }

    /// The first keys of this process. A closed gate stays closed.
    pub fn open(&self, keys: Keys) {
        let mut state = self.write();
        if !state.closed {
            state.keys = Some(Arc::new(keys));
        }
    }

    /// New keys, made from those of this moment: whoever renews others meanwhile loses nothing. Whether they are in force; they
    /// are not if the gate was closed since the lease: what was learned may be of what is destroyed.
    pub fn renew(&self, lease: &Lease, change: impl FnOnce(&Keys) -> Keys) -> bool {
        let mut state = self.write();
        let current = state.keys.clone().filter(|_| !state.closed && state.generation == lease.generation);
        if let Some(keys) = &current {
            state.keys = Some(Arc::new(change(keys)));
        }
        current.is_some()
    }

    /// Whether the warden has ever given any; they may be shut off.
    pub fn has_keys(&self) -> bool {
        self.state.read().unwrap_or_else(PoisonError::into_inner).keys.is_some()
    }

    /// Shuts intake off; none if it is shut already or there are no keys. The caller then waits for whoever is in a turn.
    pub fn close(&self) -> Option<Closed<'_>> {
        let mut state = self.write();
        if state.closed {
            return None;
        }
        let keys = state.keys.clone()?;
        state.closed = true;
        state.generation += 1;
        Some(Closed { gate: self, keys, reopened_with: None })
    }

    fn write(&self) -> std::sync::RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A closed gate. Dropping it, by whatever way, opens it again; without new keys it then has index keys and no period, so
/// that nothing is sealed until the warden has told what is left. The loop that asks for it does so within a second.
pub struct Closed<'a> {
    gate: &'a KeyGate,
    keys: Arc<Keys>,
    reopened_with: Option<Keys>,
}

impl Closed<'_> {
    /// The keys from before it was closed.
    pub fn keys(&self) -> &Keys {
        &self.keys
    }

    /// Opens with these instead of what was there before.
    pub fn reopen(mut self, keys: Keys) {
        self.reopened_with = Some(keys);
    }
}

impl Drop for Closed<'_> {
    fn drop(&mut self) {
        let keys = self.reopened_with.take().unwrap_or_else(|| self.keys.without_periods());
        let mut state = self.gate.write();
        state.keys = Some(Arc::new(keys));
        state.closed = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ledger::Month;
    use seal::IndexKey;

    fn standing() -> api::warden::Standing {
        let key = tlog::Signer::new("ledger.example/test", &[7; 32]).expect("a name").verifier().to_string();
        let pins = api::warden::Pins::new(&key, &[], 0).expect("a key");
        api::warden::Standing::first(pins, ledger::entry::Authority { threshold: 1, officers: Vec::new() })
    }

    fn keys() -> Keys {
        let month: Month = "2026-11".parse().expect("a month");
        Keys::new(standing(), [], [(month, IndexKey::from_bytes(&[7; 32]))])
    }

    fn open() -> KeyGate {
        let gate = KeyGate::default();
        assert!(gate.lease().is_none(), "the warden has given nothing yet");
        gate.open(keys());
        gate
    }

    #[test]
    fn what_was_leased_before_a_closing_is_not_stored_after_it() {
        let gate = open();
        let before = gate.lease().expect("open");
        assert!(gate.holds(&before));
        let closed = gate.close().expect("it was open");
        assert!(!gate.holds(&before));
        assert!(gate.lease().is_none());
        assert!(gate.close().is_none(), "one retention run at a time");
        closed.reopen(keys());
        assert!(!gate.holds(&before));
        assert!(gate.holds(&gate.lease().expect("open again")));
    }

    #[test]
    fn a_refresh_that_began_before_a_closing_does_not_open_the_gate() {
        let gate = open();
        let before = gate.lease().expect("open");
        let closed = gate.close().expect("it was open");
        assert!(!gate.renew(&before, |_| keys()));
        gate.open(keys());
        assert!(gate.lease().is_none(), "nor does a late first hand-over");
        closed.reopen(keys());
        assert!(!gate.renew(&before, |_| keys()), "nor after it");
        let now = gate.lease().expect("open again");
        assert!(gate.renew(&now, |_| keys()));
        assert!(gate.holds(&now), "more keys take none away");
    }

    /// Two who learn something at once: the index keys of one and the periods of the other are both there.
    #[test]
    fn who_renews_loses_nothing_of_what_another_renewed_meanwhile() {
        let gate = open();
        let (one, other) = (gate.lease().expect("open"), gate.lease().expect("open"));
        let next: Month = "2026-12".parse().expect("a month");
        let months = [next, "2026-11".parse().expect("a month")].into();
        let index = || [(next, IndexKey::from_bytes(&[8; 32]))];
        let decided = api::warden::Standing { number: 7, ..standing() };
        assert!(gate.renew(&other, |keys| keys.with_periods(decided, [])));
        assert!(gate.renew(&one, |keys| keys.with_indexes(index(), &months)));
        let keys = gate.lease().expect("open").keys;
        assert!(keys.index(next).is_some() && keys.standing().number == 7);
        // What was decided before is told later.
        assert!(gate.renew(&one, |keys| keys.with_periods(standing(), [])));
        assert_eq!(gate.lease().expect("open").keys.standing().number, 7);
    }

    #[test]
    fn a_run_that_is_dropped_leaves_the_gate_open_without_periods() {
        let gate = open();
        drop(gate.close().expect("it was open"));
        let lease = gate.lease().expect("open again");
        assert!(lease.keys.has_no_period());
        assert_eq!(lease.keys.indexes().count(), 1);
    }
}
